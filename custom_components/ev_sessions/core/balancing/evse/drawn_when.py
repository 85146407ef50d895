"""What an EVSE may have drawn when a meter measured: by its samples, and by what it was told meanwhile."""

from collections.abc import Iterable, Iterator, Mapping
from math import inf

from ..load import EvseLoad
from .draw import FRESH_S, SAMPLE_TRUSTED_S, Draw, PerLine, greatest, least
from .memory import EvseMemory

#: A sample of the draw may be so much older than the instant at which it is reported.
_SAMPLE_DELAY_S = 1.0
#: A car's current rises and falls no faster than this.
_RISE_A_S = 4.0
_FALL_A_S = 10.0
#: A charger that is sampled seldom may tell so late what it drew.
_TOLD_LATE_S = 10.0
#: A car that nobody looks at has followed after so long: the command, 5 s (IEC 61851-1), and its way down.
_UNSEEN_FOLLOWS_S = 8.0
#: Nor has it begun to before this, but for cars that are as quick as few are.
_UNSEEN_BEGINS_S = 3.0
#: Whoever was told to stop has stopped after so long.
_SURELY_FOLLOWED_S = 30.0
#: This close to its limit it is at it.
_THERE_A = 0.5


def drawn_when(
    memory: EvseMemory, evse: EvseLoad, measured: tuple[float, float], now_s: float, line_count: int
) -> tuple[PerLine, PerLine]:
    """Return the least and the greatest that the EVSE may have drawn when the meter measured.

    That was between two instants, in monotonic s.
    """
    start_s, end_s = measured
    seen = memory.draw.between(start_s, end_s + _SAMPLE_DELAY_S)
    if seen is None:
        return _presumed(memory, evse, end_s, line_count)
    if not evse.controllable or evse.connected is False:
        # Who is not commanded is on his way to nothing that we know of, nor is there anybody to take what is
        # offered; who has left may have drawn until then.
        return (least(seen[0], (0.0,) * line_count), seen[1]) if evse.connected is False else seen
    low, high = seen
    target = evse.use.per_line(memory.standing_a, line_count)
    if low == high == target and memory.standing_a <= memory.taking.took_a:
        # It draws what it is to draw, as most do at most times.
        return seen
    return _on_its_way(memory, evse, seen, target, end_s, now_s)


def _on_its_way(
    memory: EvseMemory, evse: EvseLoad, seen: tuple[PerLine, PerLine], target: PerLine, end_s: float, now_s: float
) -> tuple[PerLine, PerLine]:
    """Return what an EVSE may have drawn that was told to draw something else than was seen."""
    low, high = seen
    settle_s = memory.settle_s(evse)
    age_s = end_s - memory.draw.sampled_s
    is_quick = _is_quick(memory, end_s)
    told = _has_told(memory, evse, settle_s if is_quick else settle_s + _TOLD_LATE_S)
    if age_s <= FRESH_S and (told or is_quick):
        return _moved_since(memory, seen, evse, age_s)
    if now_s > max(memory.sent_s, memory.draw.sampled_s) + SAMPLE_TRUSTED_S:
        # Whose values stand still since it was told to take less has followed, or ignores that, or they are frozen:
        # they are no proof that what a meter does not show flows back from somewhere.
        return (least(low, target), high) if memory.draw.sampled_s < memory.sent_s else seen
    # A car has not gone down yet, else a step of the house would count anew with each command that it brings.
    stays = not is_quick and end_s <= memory.sent_s + _UNSEEN_BEGINS_S
    if told or stays or memory.standing_a >= memory.previous_a:
        # What it may take, it may have begun to take since.
        return low, greatest(high, target)
    # A command to take less is followed, as long as nothing else was told.
    followed_s = settle_s if is_quick else max(settle_s, _UNSEEN_FOLLOWS_S)
    return least(low, target), target if end_s > memory.sent_s + followed_s else greatest(high, target)


def may_have_left(memory: EvseMemory, measured: tuple[float, float]) -> PerLine | None:
    """Return what the EVSE drew at its last sample, where it may have left that then without telling."""
    start_s, end_s = measured
    just_told = start_s >= memory.draw.sampled_s and end_s <= memory.draw.sampled_s + 2 * FRESH_S
    return None if just_told or _is_quick(memory, end_s) else memory.draw.newest_a


def leaving(
    evses: Iterable[EvseLoad], memories: Mapping[str, EvseMemory], measured: tuple[float, float]
) -> Iterator[PerLine]:
    """Tell one by one what those of our EVSEs drew that may have left it, when a meter measured, without telling."""
    for evse in evses:
        if evse.controllable and (left_a := may_have_left(memories[evse.id], measured)) is not None:
            yield left_a


def told_until_s(memories: Iterable[EvseMemory], at_s: float) -> float:
    """Return until when all these EVSEs have told what they drew, in monotonic s: inf where they tell at once."""
    told_s = inf
    for memory in memories:
        sampled_s = memory.draw.sampled_s
        if sampled_s - _TOLD_LATE_S >= told_s or memory.connected is False or _is_quick(memory, at_s):
            continue
        if memory.standing_a <= 0 and at_s > memory.sent_s + _SURELY_FOLLOWED_S:
            continue  # it draws nothing
        # Who tells of changes only had none.
        trusted_s = at_s - max(SAMPLE_TRUSTED_S, 2 * memory.draw.gap_s)
        told_s = min(told_s, max(sampled_s - _TOLD_LATE_S, trusted_s))
    return told_s


def _is_quick(memory: EvseMemory, at_s: float) -> bool:
    """Tell whether its samples come so often that each tells of its instant."""
    draw = memory.draw
    return draw.gap_s <= FRESH_S and at_s - draw.sampled_s <= FRESH_S


def _has_told(memory: EvseMemory, evse: EvseLoad, after_s: float) -> bool:
    """Tell whether there is a sample that tells what came of the last command, so long after it."""
    if memory.draw.sampled_s >= memory.sent_s + after_s:
        return True
    # Who is seen where he was sent has followed.
    newest_a = memory.draw.newest_a
    there = newest_a is not None and abs(max(newest_a) / evse.use.factor - memory.standing_a) <= _THERE_A
    return there and memory.draw.sampled_s > memory.sent_s


def _moved_since(
    memory: EvseMemory, seen: tuple[PerLine, PerLine], evse: EvseLoad, age_s: float
) -> tuple[PerLine, PerLine]:
    """Return what the EVSE may have drawn so long after its last sample, on its way to its limit.

    A meter that is quicker than the charger's own samples shows our car's ramp first: it is not the house's.
    """
    newest = memory.draw.newest_a
    if age_s <= 0 or newest is None:
        return seen
    low, high = seen
    target = evse.use.per_line(min(memory.standing_a, memory.taking.took_a), len(newest))
    rise_a, fall_a = _RISE_A_S * age_s, _FALL_A_S * age_s
    # Each line goes its way to the target, and not beyond it.
    risen = tuple([max(now_a, min(now_a + rise_a, to_a)) for now_a, to_a in zip(newest, target, strict=True)])
    fallen = tuple([min(now_a, max(now_a - fall_a, to_a)) for now_a, to_a in zip(newest, target, strict=True)])
    return least(low, fallen), greatest(high, risen)


def _presumed(memory: EvseMemory, evse: EvseLoad, end_s: float, count: int) -> tuple[PerLine, PerLine]:
    """Return what an EVSE that nothing measures is held to draw: what it may."""
    nothing = evse.use.per_line(0.0, count)
    if not evse.online or evse.connected is False:
        return nothing, nothing
    now_a = evse.use.per_line(memory.standing_a, count)
    if not evse.wants:
        # Its charger may call it satisfied still, as its car begins: that is not the house then.
        return nothing, now_a
    if end_s > memory.sent_s + memory.settle_s(evse):
        return now_a, now_a
    before_a = evse.use.per_line(memory.previous_a, count)
    return least(now_a, before_a), greatest(now_a, before_a)


def line_draws(evses: Iterable[EvseLoad], memories: Mapping[str, EvseMemory]) -> list[Draw]:
    """Return the draws that are measured line by line, and not known to be wrong."""
    found: list[Draw] = []
    for evse in evses:
        memory = memories[evse.id]
        if evse.lines_measured and evse.drawn_a is not None and not memory.car_lines.doubted:
            found.append(memory.draw)
    return found
