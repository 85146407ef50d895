"""The household that the server serves: which chargers, whose cars, and what can be switched on by hand."""

from dataclasses import dataclass

from .plant.appliances import on_line
from .plant.car import CarModel
from .plant.charger import ChargerModel
from .plant.plant import FAMILY_PLACES, Place

#: A socket in the yard, on the third line: a plug that measures power and nothing else.
YARD_PLUG = Place(
    charger=ChargerModel(id="yard", name="Yard plug", lines=(2,), max_a=10.0, plug_in_limit_a=10.0),
    car=CarModel(name="Guest", battery_kwh=40.0, max_a=10.0, lines=1),
    visits_per_day=0.0,
)
#: A charger of one line in the driveway, on the third: for whoever visits.
DRIVEWAY = Place(
    charger=ChargerModel(id="driveway", name="Driveway", lines=(2,), register_step_wh=10.0),
    car=CarModel(name="Hatchback", battery_kwh=52.0, lines=1),
    visits_per_day=0.5,
    register_wh=428_160.0,
)
#: Two outlets of one station in the barn, and the station of the annex: they speak OCPP, and nothing else.
STATION_PLACES = (
    Place(
        charger=ChargerModel(id="barn_left", name="Barn left"),
        car=CarModel(name="Van", battery_kwh=68.0),
        visits_per_day=0.4,
        register_wh=1_204_410.0,
    ),
    Place(
        charger=ChargerModel(id="barn_right", name="Barn right", lines=(1, 2, 0)),
        car=CarModel(name="Coupé", battery_kwh=60.0),
        visits_per_day=0.3,
        register_wh=377_960.0,
    ),
    Place(
        charger=ChargerModel(id="annex", name="Annex", lines=(2, 0, 1)),
        car=CarModel(name="Tenant", battery_kwh=45.0),
        visits_per_day=0.5,
        register_wh=96_330.0,
    ),
)
STATION_OUTLETS = frozenset(place.charger.id for place in STATION_PLACES)
CHARGING_PLACES = (*FAMILY_PLACES, DRIVEWAY)
HOUSEHOLD = (*CHARGING_PLACES, YARD_PLUG)
PLUGS = frozenset({"yard"})
#: Whose integrations stand in for the chargers where the house has brands.
BRANDS = {"garage": "lektrico", "carport": "peblar", "driveway": "openevse"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandLoad:
    """Something that a person switches on: W per line."""

    id: str
    name: str
    power_w: tuple[float, float, float]


HAND_LOADS = {
    load.id: load
    for load in (
        HandLoad(id="kettle", name="Kettle", power_w=on_line(0, 2200.0)),
        HandLoad(id="sauna", name="Sauna", power_w=(3000.0, 3000.0, 3000.0)),
    )
}
