"""A car, the charger that it charges at, and what its entities say of both."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from custom_components.ev_sessions.chargers.entities.bindings.limit_number import LimitNumber
from custom_components.ev_sessions.core.balancing.circuits.circuit import LineUse, Wiring
from custom_components.ev_sessions.core.balancing.load import EvseLoad
from custom_components.ev_sessions.core.balancing.meter.grid import drawn_per_line, summed_a
from custom_components.ev_sessions.core.balancing.override import shown_limit_a
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import Activity, EvseReading
from custom_components.ev_sessions.core.sessions.session import Session, SessionStatus
from custom_components.ev_sessions.core.vehicles.departure import Departure, Times, times
from custom_components.ev_sessions.sources.value import Quantity, measure, said
from tests.core.sessions.tracking.rig import KWH, Rig

from .car_battery import CarBattery
from .stream import STEP_S, Stream

VOLTS = 230.0
MIN_A, MAX_A = 6.0, 16.0
#: The circuit at which the site is connected.
ROOT = "root"

_WORDS = {
    "free": Activity.AVAILABLE,
    "waiting": Activity.PREPARING,
    "charging": Activity.CHARGING,
    "paused": Activity.SUSPENDED_EVSE,
    "full": Activity.SUSPENDED_EV,
}


@dataclass(slots=True)
class Outlet:
    """A car, what its charger lets it have, and what its entities say."""

    name: str
    use: LineUse
    rng: Random
    rig: Rig
    battery: CarBattery
    circuit_id: str = ROOT
    departure: Departure | None = None
    limit_a: float = MAX_A
    plugged: bool = False
    full: bool = False
    drawn_a: float = 0.0
    energy_mj: int = 0
    told_a: list[float] = field(default_factory=list)
    streams: dict[str, Stream] = field(default_factory=dict)
    shown_limit: Stream = field(init=False)
    limits_had: set[float] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make the entities."""
        for key, unit in (("status", None), ("power", "W"), ("register", "kWh")):
            self.streams[key] = Stream(f"{self.name}_{key}", unit, self.rng)
        self.shown_limit = Stream(f"{self.name}_limit", "A", self.battery.rng)
        for line in self.use.lines:
            self.streams[f"l{line}"] = Stream(f"{self.name}_l{line}", "A", self.rng)

    @property
    def power_w(self) -> float:
        return self.drawn_a * VOLTS * len(self.use.lines)

    @property
    def register_mwh(self) -> int:
        """What the register shows: whole Wh."""
        return 1_000 * KWH + self.energy_mj // 3_600_000 * 1_000

    @property
    def word(self) -> str:
        if not self.plugged:
            return "free"
        if self.full or self.battery.is_full:
            return "full"
        return "charging" if self.drawn_a else "paused"

    def live(self) -> None:
        """Let a step pass with what is drawn, then follow what was told: a car needs its time."""
        energy_mj = round(self.power_w * STEP_S * 1000)
        self.energy_mj += energy_mj
        self.battery.take(energy_mj)
        wants = self.plugged and not self.full and not self.battery.is_full and self.limit_a >= MIN_A
        self.drawn_a = min(self.limit_a, MAX_A) if wants else 0.0

    def tell(self, now: Now, *, clean: bool) -> None:
        """Report everything."""
        truth = {
            "status": self.word,
            "power": f"{self.power_w:.1f}",
            "register": f"{Decimal(self.register_mwh) / KWH}",
            **{f"l{line}": f"{self.drawn_a:.2f}" for line in self.use.lines},
        }
        for key, stream in self.streams.items():
            stream.tell(truth[key], now.utc, now.monotonic_s, clean=clean)
        self.battery.tell(now, clean=clean)
        self.shown_limit.pass_a_step(now.monotonic_s, clean=clean)
        self.limits_had.add(round(self.limit_a, 1))
        self.shown_limit.tell(f"{self.limit_a:.1f}", now.utc, now.monotonic_s, clean=clean)

    def read(self, now: Now) -> EvseLoad:
        """Read the entities as the reader of entities does; tell the tracker, and return the load."""
        power_w = self._number("power", Quantity.POWER_W)
        register_mwh = self._number("register", Quantity.ENERGY_MWH)
        currents = [self._number(f"l{line}", Quantity.CURRENT_A) for line in self.use.lines]
        known = [float(current) for current in currents if current is not None]
        currents_a = tuple(known) if len(known) == len(currents) else None
        status = self.streams["status"].newest
        activity = None if status is None else _WORDS.get(said(status.state) or "")
        register = self.streams["register"].newest
        self.rig.now = now
        self.rig.read(
            activity=activity,
            power_w=None if power_w is None else float(power_w),
            register_mwh=None if register_mwh is None else int(register_mwh),
            register_at=None if register is None or register_mwh is None else register.at,
            currents_a=currents_a,
        )
        self.battery.follow(self._session, now, right=all(stream.right for stream in self.streams.values()))
        reading = EvseReading(at=now.utc, currents_a=currents_a, power_w=None if power_w is None else float(power_w))
        drawn_keys = [f"l{line}" for line in self.use.lines] if currents_a is not None else ["power"]
        reports = [report for key in drawn_keys if (report := self.streams[key].newest) is not None]
        drawn_at = max((report.at for report in reports), default=now.utc)
        shown = self.rig.tracker.activity
        left = self._times(now)
        return EvseLoad(
            id=self.name,
            use=self.use,
            circuit_id=self.circuit_id,
            left_s=None if left is None else left.left_s,
            needed_s=0.0 if left is None else left.needed_s,
            got_s=0.0 if left is None else left.got_s,
            allowed=not self.battery.holds_back,
            connected=None if activity is None else activity is not Activity.AVAILABLE,
            wants=shown in {Activity.CHARGING, Activity.PREPARING, Activity.SUSPENDED_EVSE},
            online=any(said(stream.newest.state) for stream in self.streams.values() if stream.newest is not None),
            drawn_a=drawn_per_line(reading, self.use, Wiring.THREE_PHASE_FOUR_WIRE, VOLTS),
            drawn_age_s=max(0.0, (now.utc - drawn_at).total_seconds()),
            lines_measured=currents_a is not None,
            sum_a=summed_a(reading, Wiring.THREE_PHASE_FOUR_WIRE, VOLTS),
            each_a=None if currents_a is None else currents_a[0],
            limit_read_a=self._limit_read_a(),
        )

    def _limit_read_a(self) -> float | None:
        """Return the limit that its charger shows."""
        report = self.shown_limit.newest
        held = None if report is None else LimitNumber.of(report.state, VOLTS * len(self.use.lines))
        return None if held is None or report is None else shown_limit_a(held.read_a(report.state))

    @property
    def _session(self) -> Session | None:
        """The session that goes on."""
        last = next(reversed(self.rig.sessions.values()), None)
        return None if last is None or last.status is SessionStatus.ENDED else last

    def _times(self, now: Now) -> Times | None:
        session = self._session
        to_level_mwh = self.battery.to_level_mwh(self.departure, 0 if session is None else session.energy_mwh)
        return times(
            self.departure,
            self.energy_mj // 3_600_000 * 1_000,
            MAX_A * VOLTS * len(self.use.lines),
            now.utc,
            to_soc_mwh=to_level_mwh,
        )

    def _number(self, key: str, quantity: Quantity) -> Decimal | None:
        report = self.streams[key].newest
        value = None if report is None else measure(report.state, quantity)
        return value if isinstance(value, Decimal) else None
