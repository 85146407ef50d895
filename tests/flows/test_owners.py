"""A person says which cars there are and who pays."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import Wiring
from custom_components.ev_sessions.flows.electrical import Asked, electrical_data, electrical_schema
from custom_components.ev_sessions.flows.owner import default_fields
from custom_components.ev_sessions.site.choices import LimitRange
from custom_components.ev_sessions.site.config.owners import payers_of, vehicles_of
from custom_components.ev_sessions.site.config.site import ChargerConfig
from tests.flows.brands import Walk, site_entry, subentry_id, suggested

SIGNS = {"soc": "sensor.car_soc", "plugged": "binary_sensor.car_plug", "presence": "device_tracker.car"}


def car_entities(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.car_soc", "55", {"unit_of_measurement": "%"})
    hass.states.async_set("binary_sensor.car_plug", "off")
    hass.states.async_set("device_tracker.car", "home")


async def test_a_vehicle_is_described_and_changed(hass: HomeAssistant, walk: Walk) -> None:
    car_entities(hass)
    entry = site_entry(hass)
    shown = await walk.subentry(entry, "payer")
    assert shown["step_id"] == "user"
    made = await walk.fill(name="Employer", postal_address="Main St 1\nTown", tax_id="DE1")
    assert made["type"] == "create_entry"
    (payer,) = payers_of(hass)
    assert (payer.name, payer.site_id, payer.person) == ("Employer", entry.entry_id, None)

    await walk.subentry(entry, "vehicle")
    made = await walk.fill(
        name=" Blue one ",
        plate="B-EV 1",
        payer=payer.id,
        tariff=subentry_id(entry, "tariff"),
        signs=SIGNS,
        car={"battery_kwh": 58, "phases": "3", "max_a": 16},
    )
    assert made["type"] == "create_entry"
    (vehicle,) = vehicles_of(hass)
    assert (vehicle.name, vehicle.plate, vehicle.battery_kwh, vehicle.phases) == ("Blue one", "B-EV 1", 58.0, 3)
    assert (vehicle.soc, vehicle.plugged, vehicle.presence, vehicle.odometer) == (*SIGNS.values(), None)
    assert (vehicle.payer_id, vehicle.tariff_id) == (payer.id, subentry_id(entry, "tariff"))

    shown = await walk.subentry(entry, "vehicle", vehicle.id)
    assert suggested(shown)["battery_kwh"] == 58.0
    assert (suggested(shown)["phases"], suggested(shown)["soc"]) == ("3", "sensor.car_soc")
    assert suggested(shown)["tariff"] == vehicle.tariff_id
    done = await walk.fill(name="Red one", signs={"soc": "sensor.car_soc"}, car={})
    assert done["reason"] == "reconfigure_successful"
    (vehicle,) = vehicles_of(hass)
    assert (vehicle.name, vehicle.plate, vehicle.payer_id, vehicle.plugged) == ("Red one", None, None, None)
    assert vehicle.tariff_id is None


async def test_a_payer_is_changed_and_filled_in(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("person.anna", "home")
    entry = site_entry(hass)
    await walk.subentry(entry, "payer")
    await walk.fill(name="Anna", person="person.anna", tariff=subentry_id(entry, "tariff"))
    shown = await walk.subentry(entry, "payer", subentry_id(entry, "payer"))
    assert suggested(shown) == {"name": "Anna", "person": "person.anna", "tariff": subentry_id(entry, "tariff")}
    await walk.fill(name="Anna B.")
    (payer,) = payers_of(hass)
    assert (payer.name, payer.person, payer.tariff_id) == ("Anna B.", None, None)


@pytest.mark.parametrize(
    ("name", "signs", "error"),
    [
        ("   ", {}, {"name": "name_unusable"}),
        ("x" * 101, {}, {"name": "name_unusable"}),
        ("blue ONE", {}, {"name": "name_taken"}),
        ("Green", {"soc": "sensor.gone"}, {"base": "entity_unknown"}),
        ("Green", {"soc": "sensor.price"}, {"base": "not_a_percentage"}),
        ("Green", {"plugged": "binary_sensor.gone"}, {"base": "entity_unknown"}),
    ],
)
async def test_what_is_no_vehicle_is_refused_and_kept(
    hass: HomeAssistant, walk: Walk, name: str, signs: dict[str, str], error: dict[str, str]
) -> None:
    hass.states.async_set("sensor.price", "3", {"unit_of_measurement": "EUR"})
    # Names tell apart whoever looks at a list of all sites.
    other = site_entry(hass, "Cabin")
    await walk.subentry(other, "vehicle")
    await walk.fill(name="Blue one", signs={}, car={})
    entry = site_entry(hass)
    await walk.subentry(entry, "vehicle")
    shown = await walk.fill(name=name, signs=signs, car={})
    assert shown["errors"] == error
    assert suggested(shown)["name"] == name


async def test_a_charger_may_have_a_default_vehicle_and_payer(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await walk.subentry(entry, "vehicle")
    await walk.fill(name="Blue one", signs={}, car={})
    await walk.subentry(entry, "payer")
    await walk.fill(name="Anna")
    fields = default_fields(hass)
    assert [str(key) for key in fields] == ["vehicle", "payer"]
    wiring, limits = Wiring.THREE_PHASE_FOUR_WIRE, LimitRange()
    schema = electrical_schema(wiring, limits, Asked(can_control=False), (), fields)
    assert {"vehicle", "payer"} <= {str(key) for key in schema.schema["advanced"].schema.schema}
    (vehicle,), (payer,) = vehicles_of(hass), payers_of(hass)
    answers = {
        "wired_to": "three_lines_l1_l2_l3",
        "min_a": 6,
        "max_a": 16,
        "step_a": 1,
        "priority": 5,
        "vehicle": vehicle.id,
    }
    data = electrical_data(answers, wiring)
    assert (data["vehicle"], "payer" in data) == (vehicle.id, False)
    config = ChargerConfig.from_data("id", "Garage", {**data, "transport": "entities", "evses": [], "payer": payer.id})
    assert (config.default_vehicle_id, config.default_payer_id) == (vehicle.id, payer.id)
