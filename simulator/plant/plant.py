"""The whole plant: house, sun, meter, chargers and the cars' plan, moved on by one function."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from random import Random

from .appliances import FAMILY_HOUSE, LINE_COUNT, VOLTAGE_V, Appliance
from .car import CarModel
from .charger import Charger, ChargerModel
from .habits import Visit, visits
from .home_charging import MEAN_VISITS_PER_DAY
from .house import House
from .life import Life
from .meter import GridMeter
from .sun import Sun
from .truth import PlugEvent, Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A charger, the car that uses it, and how often that car comes (0: only when it is told to)."""

    charger: ChargerModel
    car: CarModel
    visits_per_day: float = MEAN_VISITS_PER_DAY
    register_wh: float = 0.0


class _Guest:
    """The plan of one car, and where in it we are."""

    __slots__ = ("next", "plan", "present")

    def __init__(self, plan: Generator[Visit] | None) -> None:
        self.plan = plan
        self.next: Visit | None = next(plan, None) if plan is not None else None
        self.present: Visit | None = None


#: Two chargers of a family: a garage on three lines in rotation, a carport with a car of one line.
FAMILY_PLACES = (
    Place(
        charger=ChargerModel(id="garage", name="Garage"),
        car=CarModel(name="Estate", battery_kwh=77.0),
        visits_per_day=0.9,
        register_wh=2_481_330.0,
    ),
    Place(
        charger=ChargerModel(id="carport", name="Carport", lines=(1, 2, 0), register_step_wh=100.0),
        car=CarModel(name="Runabout", battery_kwh=36.0, lines=1),
        visits_per_day=0.8,
        register_wh=913_700.0,
    ),
)


class Plant:
    """A house with chargers that lives second by second.

    The same seed, start and commands give the same life. `step` moves on; between steps anyone may look at
    `meter.latest`, at `chargers[id]` and at `truth`, and command the chargers.
    """

    def __init__(
        self,
        *,
        seed: int,
        start: datetime,
        places: Iterable[Place] = FAMILY_PLACES,
        appliances: Mapping[str, Appliance] = FAMILY_HOUSE,
        zone: str = "Europe/Berlin",
        pace: float = 1.0,
        meter: GridMeter | None = None,
        fuse_a: float = 25.0,
        solar_peak_w: float = 0.0,
    ) -> None:
        self.seed = seed
        self.now_s = 0.0
        self.fuse_a = fuse_a
        self.life = Life(start, zone=zone, pace=pace)
        self.house = House(seed, self.life, appliances=appliances)
        self.sun = Sun(seed, self.life, peak_w=solar_peak_w)
        self.meter = meter if meter is not None else GridMeter()
        self.places = {place.charger.id: place for place in places}
        self.chargers = {
            name: Charger(place.charger, seed, register_wh=place.register_wh) for name, place in self.places.items()
        }
        self.truth = Truth()
        self.line_currents_a: tuple[float, ...] = (0.0,) * LINE_COUNT
        self._guests = {name: _Guest(self._plan_of(place)) for name, place in self.places.items()}

    @property
    def now(self) -> datetime:
        """Return the wall clock's instant, in UTC."""
        return self.life.instant(self.now_s)

    def step(self, dt_s: float = 1.0) -> None:
        """Live for `dt_s`: what is due happens first, then it flows."""
        now_s = self.now_s
        self.house.step(now_s)
        if self.sun.peak_w:
            self.sun.step(now_s)
        for name, guest in self._guests.items():
            self._keep_plan(name, guest, now_s)
        sun_w = self.sun.power_w / LINE_COUNT
        active_w = [power - sun_w for power in self.house.active_w]
        for charger in self.chargers.values():
            charger.step(now_s, dt_s)
            if charger.current_a:
                for line, current in enumerate(charger.line_currents_a):
                    active_w[line] += current * VOLTAGE_V
        reactive_var = self.house.reactive_var
        self.meter.step(active_w, reactive_var, now_s, dt_s)
        self._record(active_w, reactive_var, now_s, dt_s)
        self.now_s = now_s + dt_s

    def plug_in(self, charger: str, *, need_kwh: float | None = None) -> None:
        """Let the charger's car come now, empty or with `need_kwh` missing."""
        place = self.places[charger]
        if self.chargers[charger].car is not None:
            return
        missing = place.car.battery_kwh if need_kwh is None else need_kwh * place.car.efficiency
        self.chargers[charger].plug_in(place.car, stored_kwh=place.car.battery_kwh - missing)
        self._log_plug(charger, plugged=True)

    def unplug(self, charger: str) -> None:
        """Let the charger's car go now."""
        if self.chargers[charger].car is None:
            return
        self._log_plug(charger, plugged=False)
        self.chargers[charger].unplug()
        self._guests[charger].present = None

    def _plan_of(self, place: Place) -> Generator[Visit] | None:
        if place.visits_per_day <= 0:
            return None
        rng = Random(f"{self.seed} {place.charger.id} {place.car.name}")
        return visits(rng, self.life, battery_kwh=place.car.battery_kwh, per_day=place.visits_per_day)

    def _keep_plan(self, name: str, guest: _Guest, now_s: float) -> None:
        if guest.present is not None and now_s >= guest.present.depart_s:
            self.unplug(name)
        if guest.next is not None and now_s >= guest.next.arrive_s:
            visit = guest.next
            guest.next = next(guest.plan, None) if guest.plan is not None else None
            # A car that someone plugged in by hand stays where it is; the plan's visit is skipped.
            if self.chargers[name].car is None and visit.depart_s > now_s:
                self.plug_in(name, need_kwh=visit.need_kwh)
                guest.present = visit

    def _log_plug(self, name: str, *, plugged: bool) -> None:
        register_wh = self.chargers[name].register_wh
        self.truth.plugs.append(PlugEvent(at_s=self.now_s, charger=name, plugged=plugged, register_wh=register_wh))

    def _record(self, active_w: list[float], reactive_var: list[float], now_s: float, dt_s: float) -> None:
        currents = []
        fuse_a = self.fuse_a
        above = False
        for active, reactive in zip(active_w, reactive_var, strict=True):
            current = sqrt(active * active + reactive * reactive) / VOLTAGE_V
            above = above or (current > fuse_a and active > 0)
            currents.append(current if active >= 0 else -current)
        self.line_currents_a = tuple(currents)
        if above or self.truth.over.running:
            self.truth.over.add(currents, fuse_a, now_s, dt_s)
