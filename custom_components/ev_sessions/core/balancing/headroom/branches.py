"""The room of all circuits but for the lines of the root: branches, power and unbalance.

A branch carries EVSEs only, or what its own meter shows beside them, or those of branches on it.
Where such a meter is lost, the same share of its branch is left to what else hangs there as the
fallbacks assume.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, inf

from ...reading import GridReading
from ..circuits.bounds import Across, BoundKind, Bounds, counted
from ..circuits.circuit import Circuit, CircuitMeter, Protection, Wiring
from ..circuits.fallback import ASSUMED_HOUSE_SHARE
from ..evse.draw import PerLine
from ..evse.drawn_when import drawn_when, leaving
from ..evse.memory import EvseMemory
from ..load import CircuitNow, EvseLimit, EvseLoad, LimitNow, SiteLimits
from ..meter.branch_meters import BranchMeter
from ..meter.grid import total_current_a
from ..meter.metered_below import others_below
from ..meter.others import Others, others_of, voltage_of
from ..reasons import Reason, ReasonKey
from .headroom import LeastRoom

_NOTHING_LESS = LimitNow()
_ALL_IMPORTED = CircuitMeter()

#: Sums of decimal currents miss whole numbers by the last bit.
_HAIR_A = 1e-9


def amperes_now(circuit: Circuit, limits: SiteLimits) -> PerLine:
    """Return what each line of a circuit may carry at this moment."""
    less_a = limits.now.get(circuit.id, _NOTHING_LESS).limit_a
    return circuit.limit_a if less_a is None else tuple(map(min, circuit.limit_a, less_a, strict=True))


def watts_now(circuit: Circuit, limits: SiteLimits) -> float | None:
    """Return what all lines of a circuit may carry together at this moment; None without such a limit."""
    if circuit.limit_w is None:
        return None
    less_w = limits.now.get(circuit.id, _NOTHING_LESS).limit_w
    return circuit.limit_w if less_w is None else min(circuit.limit_w, less_w)


def lowered_now(circuit: Circuit, limits: SiteLimits) -> bool:
    """Tell whether somebody else limits a circuit at this moment: that holds at once, not only where it is sure."""
    now = limits.now.get(circuit.id, _NOTHING_LESS)
    return now.limit_a is not None or now.limit_w is not None


@dataclass(frozen=True, slots=True)
class Branches:
    """The room beyond the root's lines, to be added to what is known of these; all per bound.

    `other_a` is by circuit with a meter, what else hung on it when that was last known.
    """

    present: list[float]
    sure: list[float]
    load: list[float]
    limit: list[float]
    other_a: Mapping[str, PerLine | None]


def branches_of(
    limits: SiteLimits,
    bounds: Bounds,
    evses: Sequence[EvseLoad],
    drawn: Mapping[str, tuple[PerLine, PerLine]],
    memories: Mapping[str, EvseMemory],
    root: Others,
    root_reading: GridReading,
    meters: Mapping[str, BranchMeter],
    now_s: float,
) -> Branches:
    """Return the room of all bounds after those of the root's lines."""
    count = bounds.line_count
    voltage_v = voltage_of(root_reading, limits)
    others: list[Others | None] = [root if limits.protection is Protection.PER_LINE else _sums_only(root)]
    result = Branches([], [], [], [], {})
    members = _members(bounds, evses)
    carried = _carried(bounds, evses, drawn)
    metered = {
        place: _metered(circuit, members[place], meters.get(circuit.id), memories, limits, now_s)
        for place, circuit in enumerate(bounds.circuits)
        if place and circuit.meter is not None
    }
    for place, circuit in enumerate(bounds.circuits[1:], 1):
        allowed_a = amperes_now(circuit, limits)
        result.limit.extend(allowed_a)
        ours_a = tuple(carried[place * count : (place + 1) * count])
        beside, other = circuit.meter or _ALL_IMPORTED, metered.get(place)
        if place in bounds.metered_below:
            below = [(bounds.circuits[one], metered[one]) for one in bounds.metered_below[place]]
            assumed_a = [_part_of(amperes_now(one, limits), ASSUMED_HOUSE_SHARE) for one, _ in below]
            other = others_below(below, assumed_a, _part_of(allowed_a, ASSUMED_HOUSE_SHARE), ours_a, limits)
        others.append(other)
        if other is not None:
            load_a = other.held_a if lowered_now(circuit, limits) else other.certain_a
            result.present.extend(_beside(allowed_a, load_a, limits, beside.power_factor, beside.protection))
            result.sure.extend(_beside(allowed_a, other.possible_a, limits, beside.power_factor, beside.protection))
            result.load.extend(other.shown_a)
            continue
        # A meter that is lost may hide what the fallbacks allow for.
        room_a = allowed_a if circuit.meter is None else _part_of(allowed_a, 1.0 - ASSUMED_HOUSE_SHARE)
        result.present.extend(room_a)
        result.sure.extend(room_a)
        result.load.extend(ours_a)
    surplus_a = _surplus(limits, root)
    for across in bounds.across:
        theirs = members[across.place]
        if across.kind is BoundKind.POWER:
            _add_power(result, bounds, across, limits, others[across.place], theirs, drawn, voltage_v, surplus_a)
        else:
            shown = others[across.place] if bounds.measured(across.place) else None
            _add_unbalance(result, bounds, across, shown, theirs, drawn)
    known = {bounds.circuits[one].id: None if other is None else other.known_a for one, other in metered.items()}
    return Branches(result.present, result.sure, result.load, result.limit, known)


def _part_of(limit_a: PerLine, part: float) -> PerLine:
    return tuple(one_a * part for one_a in limit_a)


def _members(bounds: Bounds, evses: Sequence[EvseLoad]) -> dict[int, list[EvseLoad]]:
    """Return the EVSEs on each circuit and on those below it, by place, where somebody asks for them."""
    members: dict[int, list[EvseLoad]] = {across.place: [] for across in bounds.across}
    members |= {place: [] for place, circuit in enumerate(bounds.circuits) if circuit.meter is not None}
    members |= {place: [] for place in bounds.metered_below}
    if members:
        for evse in evses:
            for place in bounds.chains[evse.circuit_id]:
                if place in members:
                    members[place].append(evse)
    return members


def _carried(bounds: Bounds, evses: Sequence[EvseLoad], drawn: Mapping[str, tuple[PerLine, PerLine]]) -> list[float]:
    """Return what the EVSEs put on each line of each circuit below the root, by bound.

    What nobody controls is in the load already that a meter below shows.
    """
    count = bounds.line_count
    carried = [0.0] * (len(bounds.circuits) * count)
    for evse in evses:
        high = drawn[evse.id][1]
        for place in bounds.chains[evse.circuit_id][1:]:
            if not evse.controllable and place in bounds.metered_below and bounds.in_load(evse.circuit_id, place):
                continue
            for bound, current_a in enumerate(high, place * count):
                carried[bound] += current_a
    return carried


def _sums_only(root: Others) -> Others:
    """Return what a meter of the total tells: nothing of a line."""
    return Others((), (), root.certain_sum_a, root.possible_sum_a, root.shown_a, root.shown_sum_a, None)


def _metered(
    circuit: Circuit,
    evses: Sequence[EvseLoad],
    meter: BranchMeter | None,
    memories: Mapping[str, EvseMemory],
    limits: SiteLimits,
    now_s: float,
) -> Others | None:
    """Return what a circuit's own meter shows beside our EVSEs; None where it is lost."""
    if circuit.meter is None or meter is None or not meter.good or meter.reading is None:
        return None
    measured = meter.measured(circuit.meter)
    count = limits.wiring.line_count
    drawn = [drawn_when(memories[evse.id], evse, measured, now_s, count) for evse in evses if evse.controllable]
    left = leaving(evses, memories, measured)
    return others_of(meter.reading, drawn, limits, circuit.meter.protection, meter.other_a, sums=True, leaving=left)


def _beside(
    allowed_a: PerLine, other_a: PerLine, limits: SiteLimits, power_factor: float, protection: Protection
) -> list[float]:
    """Return what is left on each line beside what else hangs on it."""
    rooms: list[float] = []
    for limit_a, load_a in zip(allowed_a, other_a, strict=True):
        if protection is Protection.TOTAL_ONLY:
            # The export of one line may hide the load of another.
            load_a = max(0.0, load_a)  # noqa: PLW2901 - the load to reckon with
        rooms.append(limit_a - limits.margin_a - (load_a / power_factor if load_a > 0 else load_a))
    return rooms


def _surplus(limits: SiteLimits, root: Others) -> float:
    """Return what the house has to spare of its own power, in A of one line.

    While a car moves, what was known before holds as far as it can: what only may be to spare is
    no right to the grid's power.
    """
    if sum(now.from_grid for now in limits.now.values()) != 1:
        return 0.0  # it cannot be promised twice
    house_a = root.possible_sum_a
    if root.known_sum_a is not None:
        house_a = min(house_a, max(root.known_sum_a, root.certain_sum_a))
    return max(0.0, -house_a)


def _add_power(
    result: Branches,
    bounds: Bounds,
    across: Across,
    limits: SiteLimits,
    other: Others | None,
    evses: Sequence[EvseLoad],
    drawn: Mapping[str, tuple[PerLine, PerLine]],
    voltage_v: float,
    surplus_a: float,
) -> None:
    circuit = bounds.circuits[across.place]
    limit_w = watts_now(circuit, limits)
    limit_a = inf if limit_w is None else limit_w / voltage_v
    most_a, sure_a = limit_a, limit_a
    ours_a = sum(total_current_a(drawn[evse.id][1], limits.wiring) for evse in evses if evse.controllable)
    all_a = sum(total_current_a(drawn[evse.id][1], limits.wiring) for evse in evses)
    in_load_a = sum(
        total_current_a(drawn[evse.id][1], limits.wiring)
        for evse in evses
        if not evse.controllable and bounds.in_load(evse.circuit_id, across.place)
    )
    now = limits.now.get(circuit.id, _NOTHING_LESS)
    if now.from_grid:
        # What is limited are the chargers, whatever else a meter shows.
        most_a = sure_a = limit_a + surplus_a - in_load_a
        load_a = all_a
    elif other is not None:
        other_a = other.held_sum_a if lowered_now(circuit, limits) else other.certain_sum_a
        most_a, sure_a = most_a - other_a, sure_a - other.possible_sum_a
        load_a = other.shown_sum_a if bounds.measured(across.place) else all_a - in_load_a + other.certain_sum_a
    else:
        load_a = all_a
        if circuit.meter is not None:
            most_a, sure_a = most_a * (1.0 - ASSUMED_HOUSE_SHARE), sure_a * (1.0 - ASSUMED_HOUSE_SHARE)
    if now.cars_w is not None:
        cars_a = now.cars_w / voltage_v
        most_a, sure_a = min(most_a, cars_a), min(sure_a, cars_a)
        limit_a = min(limit_a, max(0.0, load_a - ours_a) + max(0.0, cars_a))
    result.present.append(most_a)
    result.sure.append(min(most_a, sure_a))
    result.load.append(load_a)
    result.limit.append(limit_a)


def _add_unbalance(
    result: Branches,
    bounds: Bounds,
    across: Across,
    other: Others | None,
    evses: Sequence[EvseLoad],
    drawn: Mapping[str, tuple[PerLine, PerLine]],
) -> None:
    """Add by how much a line may exceed the least loaded of the others, were nothing of ours on that."""
    limit_a = bounds.circuits[across.place].unbalance_a or 0.0
    most_a = sure_a = limit_a
    if other is not None and other.certain_a:
        shown_a = other.shown_a
        # A line that carries less than the others may first come up to them.
        others_a = [load_a for line, load_a in enumerate(other.certain_a) if line != across.line]
        least_a = min(others_a, default=other.certain_a[across.line])
        most_a = limit_a - (other.certain_a[across.line] - least_a)
        sure_a = min(most_a, limit_a - (other.possible_a[across.line] - least_a))
    else:
        shown_a = tuple(sum(drawn[evse.id][1][line] for evse in evses) for line in range(bounds.line_count))
    result.present.append(most_a)
    result.sure.append(sure_a)
    result.load.append(shown_a[across.line] - min(shown_a))
    result.limit.append(limit_a)


def set_aside(bounds: Bounds, evse: EvseLoad, reserve_a: PerLine, rooms: Sequence[list[float]], wiring: Wiring) -> None:
    """Take what is reserved for an EVSE out of the room of each bound that it loads.

    What nobody controls is in a meter's load already.
    """
    if not any(reserve_a):
        return
    chain = bounds.chains[evse.circuit_id]
    for place in chain:
        in_load = not evse.controllable and bounds.in_load(evse.circuit_id, place)
        factor = counted(bounds.circuits[place]) - in_load
        if factor:
            for bound, current_a in enumerate(reserve_a, place * bounds.line_count):
                for room in rooms:
                    room[bound] -= current_a * factor
    for bound, across in bounds.crossing(chain):
        if not evse.controllable and bounds.in_load(evse.circuit_id, across.place):
            continue
        if across.kind is BoundKind.POWER:
            taken_a = total_current_a(reserve_a, wiring)
        else:
            taken_a = reserve_a[across.line] - min(reserve_a)
        for room in rooms:
            room[bound] -= taken_a


def lasting_rooms(
    before: Mapping[int, LeastRoom],
    bounds: Bounds,
    present: Sequence[float],
    meters: Mapping[str, BranchMeter],
    hold_s: float,
    now_s: float,
) -> dict[int, LeastRoom]:
    """Return the least room of the last seconds, of each bound beyond the root's lines whose room changes.

    A circuit whose meter is lost has none: when it is back, its room has to last anew.
    """
    lost = {
        place for place, circuit in enumerate(bounds.circuits) if circuit.id in meters and not meters[circuit.id].good
    }
    return {
        bound: before.get(bound, LeastRoom.none_before(now_s)).push(now_s, present[bound], now_s - hold_s)
        for bound in bounds.varying
        if bounds.across_of(bound).place not in lost
    }


def circuits_now(
    bounds: Bounds,
    load: Sequence[float],
    limit: Sequence[float],
    limits: SiteLimits,
    voltage_v: float,
    meters: Mapping[str, BranchMeter],
) -> dict[str, CircuitNow]:
    """Return how it stands with each circuit, by id."""
    count = bounds.line_count
    found: dict[str, CircuitNow] = {}
    for place, circuit in enumerate(bounds.circuits):
        load_a = tuple(load[place * count : (place + 1) * count])
        found[circuit.id] = CircuitNow(
            load_a=load_a,
            limit_a=tuple(limit[place * count : (place + 1) * count]),
            load_w=total_current_a(load_a, limits.wiring) * voltage_v,
            limit_w=None,
            lost=circuit.id in meters and not meters[circuit.id].good,
        )
    for bound, across in enumerate(bounds.across, len(bounds.circuits) * count):
        if across.kind is BoundKind.POWER and limit[bound] < inf:
            id_ = bounds.circuits[across.place].id
            found[id_] = replace(found[id_], load_w=load[bound] * voltage_v, limit_w=limit[bound] * voltage_v)
    return found


def overloaded(bounds: Bounds, circuits: Mapping[str, CircuitNow]) -> bool:
    """Tell whether a branch carries more on a line than it may, as far as a meter shows that."""
    return any(
        circuit.meter is not None
        and circuit.meter.protection is Protection.PER_LINE
        and not circuits[circuit.id].lost
        and min(circuits[circuit.id].headroom_a) < 0
        for circuit in bounds.circuits[1:]
    )


def within_now(
    evses: Sequence[EvseLoad], decided: Sequence[EvseLimit], limits: SiteLimits, bounds: Bounds
) -> list[EvseLimit]:
    """Hold limits that were not shared out to what circuits may carry at this moment, by priority.

    For when no meter tells: of what has one, or carries what has, half is left to what else hangs on it.
    """
    if not limits.now:
        return list(decided)
    rooms = [inf] * (len(bounds.circuits) * bounds.line_count + len(bounds.across))
    for bound in range(len(rooms)):
        across = bounds.across_of(bound)
        circuit = bounds.circuits[across.place]
        if circuit.id not in limits.now or across.kind is BoundKind.UNBALANCE:
            continue
        limit_w = watts_now(circuit, limits)
        most_a = amperes_now(circuit, limits)[across.line]
        if across.kind is BoundKind.POWER:
            most_a = inf if limit_w is None else limit_w / limits.voltage_v
        shared = bounds.measured(across.place) or across.place in bounds.metered_below
        rooms[bound] = most_a * (1.0 - ASSUMED_HOUSE_SHARE) if shared else most_a
    held = list(decided)
    for place in sorted(range(len(evses)), key=lambda place: -evses[place].priority):
        evse, limit = evses[place], decided[place]
        limit_a = evse.max_a if limit.limit_a is None else limit.limit_a
        loads = bounds.loads(evse.circuit_id, evse.use.lines, evse.use.factor)
        most_a = min(rooms[bound] / factor for bound, factor in loads)
        if limit.limit_a and limit_a > most_a + _HAIR_A:
            steps = floor((most_a - evse.min_a) / evse.step_a + _HAIR_A)
            limit_a = 0.0 if steps < 0 else evse.min_a + steps * evse.step_a
            held[place] = replace(limit, limit_a=limit_a, reason=Reason(key=ReasonKey.LIMITED_NOW))
        for bound, factor in loads:
            rooms[bound] -= limit_a * factor
    return held
