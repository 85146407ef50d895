"""A house, its meter and two cars in virtual time, every input of which is wrong now and then.

What the readers make of the entities' states goes to the balancer and to the session
trackers; what the balancer commands goes to the cars. All is drawn from one seed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random

from custom_components.ev_sessions.core.balancer import balance
from custom_components.ev_sessions.core.balancer_state import BalancerState
from custom_components.ev_sessions.core.circuit import Circuit, LineUse, Wiring
from custom_components.ev_sessions.core.grid import GridMeter, MeterForm, drawn_per_line, summed_a
from custom_components.ev_sessions.core.load import BalancingState, Decision, EvseLoad, SiteLimits
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import Activity, EvseReading, GridReading
from custom_components.ev_sessions.sources.value import Quantity, measure, said
from tests.core.closed_loop import House
from tests.core.rig import KWH, TEN, Rig

from .stream import SPELLS, Stream

STEP_S = 10.0
FUSE_A = 25.0
VOLTS = 230.0
MIN_A, MAX_A = 6.0, 16.0
#: The longest time-out that there is, and what a look may be late by: the house is looked at in steps.
MOST_TIMEOUT_S = 180.0
#: What our own chargers must show to draw for a meter that stands still to be suspect.
_KNOWN_DRAW_A = 3.0
#: Spells: how often an input falls into one, and for how long.
SPELL_EVERY_S = 4 * 3600.0
SPELL_S = (60.0, 1500.0)

_WORDS = {
    "free": Activity.AVAILABLE,
    "waiting": Activity.PREPARING,
    "charging": Activity.CHARGING,
    "paused": Activity.SUSPENDED_EVSE,
    "full": Activity.SUSPENDED_EV,
}
_SITE = SiteLimits(
    circuits=(Circuit(id="root", name="House", limit_a=(FUSE_A,) * 3),),
    wiring=Wiring.THREE_PHASE_FOUR_WIRE,
    margin_a=1.0,
)
_METER = GridMeter(form=MeterForm.LINE_CURRENTS, wiring=Wiring.THREE_PHASE_FOUR_WIRE)


@dataclass(slots=True)
class Outlet:
    """A car, what its charger lets it have, and what its entities say."""

    name: str
    use: LineUse
    rng: Random
    rig: Rig
    limit_a: float = MAX_A
    plugged: bool = False
    full: bool = False
    drawn_a: float = 0.0
    energy_mj: int = 0
    told_a: list[float] = field(default_factory=list)
    streams: dict[str, Stream] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the entities."""
        for key, unit in (("status", None), ("power", "W"), ("register", "kWh")):
            self.streams[key] = Stream(f"{self.name}_{key}", unit, self.rng)
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
        if self.full:
            return "full"
        return "charging" if self.drawn_a else "paused"

    def live(self) -> None:
        """Let a step pass with what is drawn, then follow what was told: a car needs its time."""
        self.energy_mj += round(self.power_w * STEP_S * 1000)
        wants = self.plugged and not self.full and self.limit_a >= MIN_A
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
        reading = EvseReading(at=now.utc, currents_a=currents_a, power_w=None if power_w is None else float(power_w))
        drawn_keys = [f"l{line}" for line in self.use.lines] if currents_a is not None else ["power"]
        reports = [report for key in drawn_keys if (report := self.streams[key].newest) is not None]
        drawn_at = max((report.at for report in reports), default=now.utc)
        shown = self.rig.tracker.activity
        return EvseLoad(
            id=self.name,
            use=self.use,
            connected=None if activity is None else activity is not Activity.AVAILABLE,
            wants=shown in {Activity.CHARGING, Activity.PREPARING, Activity.SUSPENDED_EVSE},
            online=any(said(stream.newest.state) for stream in self.streams.values() if stream.newest is not None),
            drawn_a=drawn_per_line(reading, self.use, Wiring.THREE_PHASE_FOUR_WIRE, VOLTS),
            drawn_age_s=max(0.0, (now.utc - drawn_at).total_seconds()),
            lines_measured=currents_a is not None,
            sum_a=summed_a(reading, Wiring.THREE_PHASE_FOUR_WIRE, VOLTS),
            each_a=None if currents_a is None else currents_a[0],
        )

    def _number(self, key: str, quantity: Quantity) -> Decimal | None:
        report = self.streams[key].newest
        value = None if report is None else measure(report.state, quantity)
        return value if isinstance(value, Decimal) else None


class World:
    """All of it. `until` lives on; what must never happen raises at once."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.house = House(self.rng)
        self.now = Now(utc=TEN, monotonic_s=1_000.0)
        uses = (LineUse(lines=(0, 1, 2)), LineUse(lines=(1,)))
        self.outlets = [Outlet(f"car{place}", use, self.rng, Rig()) for place, use in enumerate(uses)]
        self.meter = [Stream(f"grid_l{line}", "A", self.rng) for line in (1, 2, 3)]
        self.state = BalancerState()
        self.decision: Decision | None = None
        self.meter_spell: str | None = None
        self.spell_ends: dict[str, float] = {}
        self.useless_since_s: float | None = None
        self.drew_since_s: float | None = None
        self.lost_seen = 0
        self.commands = 0
        self.over_steps = [0, 0, 0]
        self.longest_over_s = 0.0

    @property
    def t_s(self) -> float:
        return self.now.monotonic_s - 1_000.0

    def until(self, end_s: float, *, clean: bool = False) -> None:
        """Live until then; `clean` lets nothing go wrong any more."""
        while self.t_s < end_s:
            self._step(clean=clean)

    def _step(self, *, clean: bool) -> None:
        self.now = self.now.later(STEP_S)
        if not clean:
            self._people()
            self._spells()
        for outlet in self.outlets:
            outlet.live()
            outlet.tell(self.now, clean=clean)
        flow = self.house.at(self.t_s)
        for outlet in self.outlets:
            for line in outlet.use.lines:
                flow[line] += outlet.drawn_a
        for stream, current_a in zip(self.meter, flow, strict=True):
            stream.tell(f"{current_a:.2f}", self.now.utc, self.now.monotonic_s, clean=clean)
        self._watch_fuse(flow)
        self._balance()

    def _people(self) -> None:
        for outlet in self.outlets:
            if self.rng.random() < STEP_S / (6 * 3600 if outlet.plugged else 3 * 3600):
                outlet.plugged = not outlet.plugged
                outlet.full = False
                if outlet.plugged:
                    outlet.limit_a = MAX_A  # a charger's own default
            elif outlet.plugged and self.rng.random() < STEP_S / (5 * 3600):
                outlet.full = not outlet.full

    def _spells(self) -> None:
        groups: list[tuple[str, list[Stream]]] = [("meter", self.meter)]
        groups += [(stream.name, [stream]) for outlet in self.outlets for stream in outlet.streams.values()]
        for name, streams in groups:
            if name in self.spell_ends:
                if self.t_s >= self.spell_ends[name]:
                    del self.spell_ends[name]
                    for stream in streams:
                        stream.spell = None
            elif self.rng.random() < STEP_S / SPELL_EVERY_S:
                self.spell_ends[name] = self.t_s + self.rng.uniform(*SPELL_S)
                spell = self.rng.choice(SPELLS)
                for stream in streams:
                    stream.spell = spell

    def _grid(self) -> GridReading | None:
        reports = [stream.newest for stream in self.meter if stream.newest is not None]
        if len(reports) < len(self.meter):
            return None
        values = [measure(report.state, Quantity.CURRENT_A) for report in reports]
        numbers = [float(value) if isinstance(value, Decimal) else None for value in values]
        return _METER.read(max(report.at for report in reports), numbers)

    def _alive_at(self) -> datetime | None:
        spoken = [stream.newest.at for stream in self.meter if stream.newest is not None and said(stream.newest.state)]
        return max(spoken, default=None)

    def _balance(self) -> None:
        loads = tuple(outlet.read(self.now) for outlet in self.outlets)
        self.state, self.decision = balance(
            self.state, _SITE, self._grid(), loads, self.now, meter_alive_at=self._alive_at()
        )
        self._judge(loads)
        by_name = {outlet.name: outlet for outlet in self.outlets}
        for command in self.decision.commands:
            assert command.limit_a is not None
            by_name[command.evse_id].limit_a = command.limit_a
            self.commands += 1

    # What must always hold

    def _judge(self, loads: Iterable[EvseLoad]) -> None:
        assert self.decision is not None
        where = f"seed {self.seed}, at {self.t_s:.0f} s"
        for limit in self.decision.limits:
            assert limit.limit_a is not None, where
            assert limit.limit_a == 0 or MIN_A <= limit.limit_a <= MAX_A, (where, limit)
        lost = self.decision.state is BalancingState.METER_LOST
        self.lost_seen += lost
        # Of no use: nothing that can be read has come from the meter, all lines together.
        spell = self.meter[0].spell
        if spell not in {"lost", "nan", "unavailable", "wrong_unit"}:
            self.useless_since_s = None
        elif self.useless_since_s is None:
            # What was said last is of the step before.
            self.useless_since_s = self.t_s - STEP_S
        else:
            timeout_s = self.state.watch.timeout_s(self.state.delay_s(_SITE), None)
            assert timeout_s <= MOST_TIMEOUT_S
            assert lost or self.t_s - self.useless_since_s < timeout_s, (where, spell, timeout_s)
        # A charger that is wrong at the same time may show no draw at all: then nobody can know.
        if spell != "frozen" or self.state.watch.drawn_at_move_a <= _KNOWN_DRAW_A:
            self.drew_since_s = None
        elif self.drew_since_s is None:
            self.drew_since_s = self.t_s
        else:
            assert lost or self.t_s - self.drew_since_s <= MOST_TIMEOUT_S + STEP_S, (where, spell)
        if lost:
            fallback = {load.id: load.fallback_a for load in loads}
            for limit in self.decision.limits:
                assert limit.limit_a is not None
                assert limit.limit_a <= fallback[limit.evse_id], (where, limit)

    def _watch_fuse(self, flow: list[float]) -> None:
        """While the meter tells the truth, no line is over its fuse for long because of our cars."""
        for line, current_a in enumerate(flow):
            ours = any(outlet.drawn_a and line in outlet.use.lines for outlet in self.outlets)
            true = all(stream.right for stream in self.meter)
            self.over_steps[line] = self.over_steps[line] + 1 if ours and true and current_a > FUSE_A else 0
            self.longest_over_s = max(self.longest_over_s, self.over_steps[line] * STEP_S)

    def settle(self) -> None:
        """Let nothing go wrong any more, and the cars charge: what a glitch took comes back with what is used next."""
        for outlet in self.outlets:
            outlet.plugged, outlet.full = True, False
        self.until(self.t_s + 6 * 3600.0, clean=True)

    def energy_told_mwh(self, outlet: Outlet) -> int:
        """Return what the register has counted since the beginning."""
        return outlet.register_mwh - 1_000 * KWH
