"""The own meters of circuits below the root: watched as the grid meter is, each for its branch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...moment import Now
from ...reading import GridReading
from ..circuits.bounds import Bounds
from ..circuits.circuit import Circuit, CircuitMeter, Protection
from ..evse.draw import PerLine
from ..evse.drawn_when import line_draws
from ..evse.memory import EvseMemory
from ..load import EvseLimit, EvseLoad, SiteLimits
from ..reasons import Reason, ReasonKey
from .delay import MeterDelay
from .grid import plausible
from .watch import MeterHealth, MeterWatch, observe

_UNSEEN = MeterWatch()
_DELAY_UNKNOWN = MeterDelay()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterShows:
    """What a circuit's meter shows now, and when any entity of its device was last reported (UTC)."""

    reading: GridReading | None = None
    alive_at: datetime | None = None


_SHOWS_NOTHING = MeterShows()


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchMeter:
    """What is known of a circuit's meter. `other_a` is what else hung on the circuit when that was last known."""

    watch: MeterWatch = _UNSEEN
    delay: MeterDelay = _DELAY_UNKNOWN
    reading: GridReading | None = None
    other_a: PerLine | None = None

    @property
    def good(self) -> bool:
        """Whether it can be believed."""
        return self.watch.health is MeterHealth.GOOD and self.reading is not None and not self.delay.is_turned

    def delay_s(self, meter: CircuitMeter) -> float:
        """Return how late it may be, in s."""
        return self.delay.span_s(meter.delay_s)[1]

    def measured(self, meter: CircuitMeter) -> tuple[float, float]:
        """Return the earliest and the latest instant that the reading may tell of, in monotonic s."""
        return self.watch.measured(*self.delay.span_s(meter.delay_s))


_UNKNOWN = BranchMeter()


def watch_branches(
    before: Mapping[str, BranchMeter],
    shows: Mapping[str, MeterShows],
    limits: SiteLimits,
    bounds: Bounds,
    evses: Sequence[EvseLoad],
    memories: Mapping[str, EvseMemory],
    now: Now,
) -> dict[str, BranchMeter]:
    """Return what is known of each circuit's own meter after one more look, by the circuit's id."""
    return {
        circuit.id: _watched(
            before.get(circuit.id, _UNKNOWN),
            shows.get(circuit.id, _SHOWS_NOTHING),
            limits,
            circuit,
            circuit.meter,
            [evse for evse in evses if place in bounds.chains[evse.circuit_id]],
            memories,
            now,
        )
        for place, circuit in enumerate(bounds.circuits)
        if place and circuit.meter is not None
    }


def _watched(
    state: BranchMeter,
    shows: MeterShows,
    limits: SiteLimits,
    circuit: Circuit,
    meter: CircuitMeter,
    evses: Sequence[EvseLoad],
    memories: Mapping[str, EvseMemory],
    now: Now,
) -> BranchMeter:
    reading = shows.reading
    if reading is not None and not plausible(reading, circuit.limit_a):
        reading = None
    watch = observe(
        state.watch,
        reading,
        shows.alive_at,
        [memories[evse.id].draw for evse in evses],
        now,
        delay_s=state.delay_s(meter),
        owner_timeout_s=limits.meter_timeout_s,
        by_heartbeat=meter.has_heartbeat,
        line_draws=line_draws(evses, memories) if meter.protection is Protection.PER_LINE else (),
    )
    delay = state.delay
    news = reading is not None and watch.measured_s > state.watch.measured_s and not watch.partial
    if reading is not None and news and meter.protection is Protection.PER_LINE:
        draws = [memories[evse.id].draw for evse in evses if evse.controllable]
        delay = delay.look(watch.measured_s, reading.currents_a, draws)
    return replace(state, watch=watch, delay=delay, reading=reading or state.reading)


def left_alone(
    evses: Sequence[EvseLoad],
    meters: Mapping[str, BranchMeter],
    memories: Mapping[str, EvseMemory],
    limits: SiteLimits,
    bounds: Bounds,
    now_s: float,
) -> tuple[list[EvseLoad], dict[str, Circuit]]:
    """Hold those behind a circuit whose meter is lost to their fallback; return by whose circuit, by EVSE.

    The others, and all circuits above, go on.
    """
    lost = {
        place: circuit
        for place, circuit in enumerate(bounds.circuits)
        if circuit.meter is not None and circuit.id in meters and not meters[circuit.id].good
    }
    if not lost:
        return list(evses), {}
    held: list[EvseLoad] = []
    by_circuit: dict[str, Circuit] = {}
    for evse in evses:
        circuit = next((lost[place] for place in bounds.chains[evse.circuit_id] if place in lost), None)
        if circuit is None or circuit.meter is None or not evse.controllable:
            held.append(evse)
            continue
        by_circuit[evse.id] = circuit
        meter, memory = meters[circuit.id], memories[evse.id]
        most_a = evse.fallback_a
        # Just after a start a meter is late rather than lost: no car is paused for that.
        timeout_s = meter.watch.timeout_s(meter.delay_s(circuit.meter), limits.meter_timeout_s)
        late = meter.watch.health is MeterHealth.MISSING and now_s - meter.watch.since_s <= timeout_s
        if late and memory.standing_a >= evse.min_a:
            most_a = max(most_a, evse.min_a)
        held.append(replace(evse, wish_a=min(evse.wish_a, most_a)))
    return held, by_circuit


def for_lost_meter(limit: EvseLimit, circuit: Circuit) -> EvseLimit:
    """Return the limit of an EVSE that is held to its fallback, with that as its reason."""
    if limit.reason.key not in {ReasonKey.OWNER_LIMIT, ReasonKey.MAXIMUM}:
        return limit
    return replace(limit, reason=Reason(key=ReasonKey.CIRCUIT_METER_LOST, placeholders={"circuit": circuit.name}))
