"""A house, its meter and two cars in virtual time, every input of which is wrong now and then.

One car charges in a barn with a meter of its own, which somebody else limits at times; owners
say when they leave, and some of them nonsense. What the readers make of the entities' states
goes to the balancer and to the session trackers; what the balancer commands goes to the cars.
Now and then the site stops without a word and begins anew. All is drawn from one seed.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, CircuitMeter, LineUse, Wiring
from custom_components.ev_sessions.core.balancing.kept_site import KeptSite, kept_site, revived_state
from custom_components.ev_sessions.core.balancing.limits.outside_limit import Outside, Told, believable, outside_limit
from custom_components.ev_sessions.core.balancing.load import BalancingState, Decision, EvseLoad, SiteLimits
from custom_components.ev_sessions.core.balancing.meter.branch_meters import MeterShows
from custom_components.ev_sessions.core.balancing.meter.grid import GridMeter, MeterForm
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading
from custom_components.ev_sessions.core.vehicles.departure import Departure
from custom_components.ev_sessions.sources.value import Quantity, measure, said
from tests.core.balancing.closed_loop import House
from tests.core.sessions.tracking.rig import KWH, TEN, Rig

from .car_battery import CarBattery
from .market import Market
from .outlet import MAX_A, MIN_A, ROOT, VOLTS, Outlet
from .stream import SPELL_EVERY_S, SPELL_S, SPELLS, STEP_S, Stream

FUSE_A = 25.0
#: The longest time-out that there is, and what a look may be late by: the house is looked at in steps.
MOST_TIMEOUT_S = 180.0
#: What our own chargers must show to draw for a meter that stands still to be suspect.
_KNOWN_DRAW_A = 3.0
#: How often the site stops without a word, and for how long.
STOP_EVERY_S = 6 * 3600.0
STOPPED_S = (10.0, 60.0, 300.0, 1200.0, 7200.0)
#: The part of the commands that never arrive.
_LOST_COMMANDS = 0.02

BARN = "barn"
BARN_A = 20.0
#: What somebody else allows the barn, in kW, and how long each holds.
BARN_KW = (22.0, 4.2, 2.0, 1.0)
BARN_KW_S = 3 * 3600.0
_OUTSIDE = Outside(switches=False)
_SITE = SiteLimits(
    circuits=(
        Circuit(id=ROOT, name="House", limit_a=(FUSE_A,) * 3),
        Circuit(
            id=BARN,
            name="Barn",
            limit_a=(BARN_A,) * 3,
            parent_id=ROOT,
            limit_w=22_000.0,
            moves=True,
            meter=CircuitMeter(),
        ),
    ),
    wiring=Wiring.THREE_PHASE_FOUR_WIRE,
    margin_a=1.0,
)
_METER = GridMeter(form=MeterForm.LINE_CURRENTS, wiring=Wiring.THREE_PHASE_FOUR_WIRE)


class World:
    """All of it. `until` lives on; what must never happen raises at once."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.house = House(self.rng)
        self.now = Now(utc=TEN, monotonic_s=1_000.0)
        uses = (LineUse(lines=(0, 1, 2)), LineUse(lines=(1,)))
        self.market = Market(seed)
        self.outlets = [
            Outlet(
                f"car{place}",
                use,
                self.rng,
                Rig(price_cuts=self.market.cuts),
                CarBattery(seed, f"car{place}"),
                circuit_id,
            )
            for place, (use, circuit_id) in enumerate(zip(uses, (ROOT, BARN), strict=True))
        ]
        self.meter = [Stream(f"grid_l{line}", "A", self.rng) for line in (1, 2, 3)]
        self.barn_meter = [Stream(f"barn_l{line}", "A", self.rng) for line in (1, 2, 3)]
        self.limiter = Stream("barn_limit", "kW", self.rng)
        self.barn_kw = BARN_KW[0]
        self.told = Told()
        self.barn_lost_seen = 0
        self.barn_useless_since_s: float | None = None
        self.stops = Random(f"stops {seed}")
        self.stopped_until_s: float | None = None
        self.kept = KeptSite()
        self.starts = 0
        self.loses = Random(f"commands {seed}")  # not the world's
        self.state = BalancerState()
        self.decision: Decision | None = None
        self.meter_spell: str | None = None
        self.spell_ends: dict[str, float] = {}
        self.useless_since_s: float | None = None
        self.drew_since_s: float | None = None
        self.lost_seen = 0
        self.commands = 0
        self.over_steps = [0, 0, 0, 0]  # of the three lines, and of the barn's
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
        self.market.live(self.now, clean=clean)
        for outlet in self.outlets:
            outlet.live()
            outlet.tell(self.now, clean=clean)
        flow = self.house.at(self.t_s)
        for outlet in self.outlets:
            for line in outlet.use.lines:
                flow[line] += outlet.drawn_a
        saw_a = 6.0 if self.t_s % 5400.0 < 1500.0 else 0.4 + self.rng.uniform(0, 0.1)  # in the barn
        barn = [0.0, saw_a, 0.0]
        barn[1] += self.outlets[1].drawn_a
        flow[1] += saw_a
        for streams, currents in ((self.meter, flow), (self.barn_meter, barn)):
            for stream, current_a in zip(streams, currents, strict=True):
                stream.tell(f"{current_a:.2f}", self.now.utc, self.now.monotonic_s, clean=clean)
        if self.rng.random() < STEP_S / BARN_KW_S:
            self.barn_kw = self.rng.choice(BARN_KW)
        self.limiter.tell(f"{BARN_KW[0] if clean else self.barn_kw}", self.now.utc, self.now.monotonic_s, clean=clean)
        if self._is_stopped(clean=clean):
            self.over_steps = [0, 0, 0, 0]
            return
        self._watch_fuse(flow, barn[1])
        self._balance(clean=clean)

    def _is_stopped(self, *, clean: bool) -> bool:
        """Let the site stop now and then, its cars at what they were told, and begin with what was kept."""
        if self.stopped_until_s is None:
            if clean or self.stops.random() >= STEP_S / STOP_EVERY_S:
                return False
            self.stopped_until_s = self.t_s + self.stops.choice(STOPPED_S)
            self.kept = kept_site(self.state, "meter", self.now)
        if self.t_s < self.stopped_until_s and not clean:
            return True
        self.stopped_until_s = None
        self.starts += 1
        for outlet in self.outlets:
            outlet.rig.restart(self.now.monotonic_s - outlet.rig.now.monotonic_s)
            outlet.battery.known = None
        # What was kept may be lost as well.
        self.state = revived_state(self.kept, self.stops.choice(("meter", "")), len(self.meter), self.now)
        self.useless_since_s = self.drew_since_s = self.barn_useless_since_s = None
        return False

    def _people(self) -> None:
        for outlet in self.outlets:
            if self.rng.random() < STEP_S / (6 * 3600 if outlet.plugged else 3 * 3600):
                outlet.plugged = not outlet.plugged
                outlet.full = False
                outlet.departure = self._said_of_leaving() if outlet.plugged else None
                if outlet.plugged:
                    outlet.battery.come()
                    outlet.departure = outlet.battery.wished_by(outlet.departure)
                    outlet.limit_a = MAX_A  # a charger's own default
            elif outlet.plugged and self.rng.random() < STEP_S / (5 * 3600):
                outlet.full = not outlet.full

    def _said_of_leaving(self) -> Departure | None:
        """Return what an owner says: nothing, something sensible, that it was yesterday, or too much by far."""
        hours = self.rng.choice((None, self.rng.uniform(0.1, 12), -24.0, 0.0, 24.0 * 365))
        if hours is None:
            return None
        energy_mwh = self.rng.choice((0, 7_000_000, 20_000_000, 10**15))
        return Departure(at=self.now.utc + timedelta(hours=hours), energy_mwh=energy_mwh)

    def _spells(self) -> None:
        groups: list[tuple[str, list[Stream]]] = [
            ("meter", self.meter),
            ("barn meter", self.barn_meter),
            ("barn limit", [self.limiter]),
        ]
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

    def _reading(self, meter: list[Stream]) -> GridReading | None:
        reports = [stream.newest for stream in meter if stream.newest is not None]
        if len(reports) < len(meter):
            return None
        values = [measure(report.state, Quantity.CURRENT_A) for report in reports]
        numbers = [float(value) if isinstance(value, Decimal) else None for value in values]
        return _METER.read(max(report.at for report in reports), numbers)

    def _alive_at(self, meter: list[Stream]) -> datetime | None:
        spoken = [stream.newest.at for stream in meter if stream.newest is not None and said(stream.newest.state)]
        return max(spoken, default=None)

    def _balance(self, *, clean: bool) -> None:
        loads = tuple(outlet.read(self.now) for outlet in self.outlets)
        limit = None if self.limiter.newest is None else measure(self.limiter.newest.state, Quantity.POWER_W)
        if isinstance(limit, Decimal) and believable(told := Told(limit_w=float(limit)), (BARN_A,) * 3, VOLTS):
            self.told = told
        holds = outside_limit(_OUTSIDE, self.told, 1, 3)
        site = _SITE if holds is None else replace(_SITE, now={BARN: holds})
        barn = MeterShows(reading=self._reading(self.barn_meter), alive_at=self._alive_at(self.barn_meter))
        self.state, self.decision = balance(
            self.state,
            site,
            self._reading(self.meter),
            loads,
            self.now,
            meter_alive_at=self._alive_at(self.meter),
            circuit_meters={BARN: barn},
        )
        self._judge(loads)
        by_name = {outlet.name: outlet for outlet in self.outlets}
        for command in self.decision.commands:
            assert command.limit_a is not None
            if clean or self.loses.random() >= _LOST_COMMANDS:
                by_name[command.evse_id].limit_a = command.limit_a
            self.commands += 1

    # What must always hold

    def _judge(self, loads: Iterable[EvseLoad]) -> None:
        assert self.decision is not None
        where = f"seed {self.seed}, at {self.t_s:.0f} s"
        for limit in self.decision.limits:
            assert limit.limit_a is not None, where
            assert limit.limit_a == 0 or MIN_A <= limit.limit_a <= MAX_A, (where, limit)
        # A limit that is shown late looks like somebody's; nonsense does not.
        for outlet in self.outlets:
            told = (self.decision.overrides.get(outlet.name), self.decision.asked_there.get(outlet.name))
            assert outlet.limits_had.issuperset(one for one in told if one is not None), (where, told)
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
        fallback = {load.id: load.fallback_a for load in loads}
        if lost:
            for limit in self.decision.limits:
                assert limit.limit_a is not None
                assert limit.limit_a <= fallback[limit.evse_id], (where, limit)
        self._judge_barn(fallback, where)

    def _judge_barn(self, fallback: dict[str, float], where: str) -> None:
        """What the other one said last holds, and a barn that nobody measures is at its fallback in time."""
        assert self.decision is not None
        limit = next(one for one in self.decision.limits if one.evse_id == self.outlets[1].name)
        assert limit.limit_a is not None
        # Where no car is said to be, the least current stands ready for one.
        if self.told.limit_w is not None and limit.reason.key is not ReasonKey.NO_CAR:
            assert limit.limit_a * VOLTS <= max(0.0, self.told.limit_w) + 1e-6, (where, limit, self.told)
        stands = self.decision.circuits.get(BARN)  # nothing is told of circuits while the house's meter is lost
        lost = self.decision.state is BalancingState.METER_LOST if stands is None else stands.lost
        self.barn_lost_seen += lost
        if lost:
            assert limit.limit_a <= fallback[limit.evse_id], (where, limit)
        spell = self.barn_meter[0].spell
        if spell not in {"lost", "nan", "unavailable", "wrong_unit"}:
            self.barn_useless_since_s = None
        elif self.barn_useless_since_s is None:
            self.barn_useless_since_s = self.t_s - STEP_S
        else:
            assert lost or self.t_s - self.barn_useless_since_s < MOST_TIMEOUT_S, (where, spell)

    def _watch_fuse(self, flow: list[float], barn_a: float) -> None:
        """While the meters tell the truth, no line is over its fuse for long because of our cars."""
        true = all(stream.right for stream in self.barn_meter) and self.outlets[1].drawn_a > 0
        self.over_steps[3] = self.over_steps[3] + 1 if true and barn_a > BARN_A else 0
        self.longest_over_s = max(self.longest_over_s, self.over_steps[3] * STEP_S)
        for line, current_a in enumerate(flow):
            ours = any(outlet.drawn_a and line in outlet.use.lines for outlet in self.outlets)
            true = all(stream.right for stream in self.meter)
            self.over_steps[line] = self.over_steps[line] + 1 if ours and true and current_a > FUSE_A else 0
            self.longest_over_s = max(self.longest_over_s, self.over_steps[line] * STEP_S)

    def settle(self) -> None:
        """Let nothing go wrong any more, and the cars charge: what a glitch took comes back with what is used next."""
        for outlet in self.outlets:
            outlet.plugged, outlet.full = True, False
            outlet.battery.come(empty=True)
        self.until(self.t_s + 6 * 3600.0, clean=True)

    def energy_told_mwh(self, outlet: Outlet) -> int:
        """Return what the register has counted since the beginning."""
        return outlet.register_mwh - 1_000 * KWH
