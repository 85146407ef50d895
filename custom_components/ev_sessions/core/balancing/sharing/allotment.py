"""From who wants what to limits: turns, two views of the room, and steps that are safe.

The room of this moment says what has to go down, at once. The room that has lasted says
what may go up. In between everybody stays where he is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .fair_share import NEARLY, Claim, admit, down_to_step, fits, left_after, share_in_steps, take


@dataclass(slots=True)
class Contender:
    """An EVSE that wants a share, in the order of being served. Not frozen: it is used again for the next decision.

    `current_a` is its limit now, `committed_a` what it may be drawing still. `full_a` is
    the most that it can have where nobody else wants the rest; `claim.max_a` may be less.
    `may_join` is false while a pause is too young, `may_rise` while a command is too young
    to be raised upon, `may_lower` while it is too young to be lowered but for a bound.
    `begins_small` makes it start at its minimum. `may_begin` lets it stand at that without
    patience: it was sent nothing yet. `pace_a` is what it needs to be ready when it leaves:
    it is let in with that where it fits, else with less, but not below its minimum.
    """

    claim: Claim
    full_a: float
    current_a: float
    committed_a: float
    may_join: bool
    may_rise: bool
    may_lower: bool
    begins_small: bool
    may_begin: bool
    pace_a: float = 0.0


def allot(
    contenders: Sequence[Contender], lasting: Sequence[float], sure: Sequence[float], present: Sequence[float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the new limit of each contender, 0 or from its minimum up; and what each is to have.

    `lasting`, `sure` and `present` are the room per bound that has lasted, that is there now
    without doubt, and that may be there now; each is never less than the one before. The
    limits fit in the present room wherever that is in our hands, and no raise uses room that
    has not lasted or that another has not left yet. Only who begins needs no lasting room.
    """
    goal = _grants([c for c in contenders if c.may_join or c.current_a > 0], lasting)
    at_most = _at_most(contenders, goal, present)
    limits = {c.claim.id: c.current_a for c in contenders}
    above = [] if at_most is goal else [c for c in contenders if c.current_a > at_most.get(c.claim.id, 0.0) + NEARLY]
    if above:
        full = _full_bounds(contenders, present)
        limits |= {c.claim.id: _lowered(c, at_most.get(c.claim.id, 0.0), full) for c in above}
    short = _raise(contenders, limits, goal, at_most, lasting)
    if short:
        _make_way(contenders, limits, goal, at_most, short)
    if any(contender.may_begin for contender in contenders):
        _begin(contenders, limits, sure)
    return limits, goal


def _grants(contenders: Sequence[Contender], room: Sequence[float]) -> dict[str, float]:
    """Admit and share; what is left over then goes to those who were held to less."""
    claims = admit([c.claim for c in contenders], room, {c.claim.id: c.pace_a for c in contenders if c.pace_a > 0})
    granted = share_in_steps(claims, room)
    full = {c.claim.id: c.full_a for c in contenders}
    if all(granted[claim.id] >= full[claim.id] - NEARLY for claim in claims):
        return granted
    if all(full[claim.id] <= claim.max_a for claim in claims):
        return granted
    wider = [
        Claim(
            id=claim.id,
            min_a=granted[claim.id],
            max_a=max(granted[claim.id], full[claim.id]),
            step_a=claim.step_a,
            weight=claim.weight,
            loads=claim.loads,
        )
        for claim in claims
    ]
    return share_in_steps(wider, room)


def _at_most(contenders: Sequence[Contender], goal: dict[str, float], present: Sequence[float]) -> dict[str, float]:
    """Return what each can keep at most in the present room: those with a goal, then those on."""
    # Who has no more than his goal keeps it: the goal fits, and is what all are led to.
    if all(c.current_a <= goal.get(c.claim.id, 0.0) + NEARLY for c in contenders):
        return goal
    first = [c for c in contenders if c.claim.id in goal]
    then = [c for c in contenders if c.claim.id not in goal and c.current_a > 0]
    return _grants([*first, *then], present)


def _full_bounds(contenders: Sequence[Contender], present: Sequence[float]) -> set[int]:
    """Return the bounds that the limits of now do not fit in."""
    left = left_after(((c.claim.loads, c.current_a) for c in contenders), present)
    return {bound for bound, room in enumerate(left) if room < -NEARLY}


def _lowered(contender: Contender, at_most_a: float, full: set[int]) -> float:
    """Return what a limit has to be lowered to that is above what it can be at most, or the limit of now."""
    for_a_bound = any(bound in full for bound, _ in contender.claim.loads)
    if for_a_bound or contender.may_lower:
        return at_most_a
    return contender.current_a


def _raise(
    contenders: Sequence[Contender],
    limits: dict[str, float],
    goal: Mapping[str, float],
    at_most: Mapping[str, float],
    lasting: Sequence[float],
) -> list[Contender]:
    """Raise to the goal as far as room is really left; return those who are far from it."""
    rising = [
        (c, min(goal_a, at_most.get(c.claim.id, 0.0)))
        for c in contenders
        if c.may_rise and (goal_a := goal.get(c.claim.id, 0.0)) > limits[c.claim.id] + NEARLY
    ]
    rising = [(c, goal_a) for c, goal_a in rising if goal_a > limits[c.claim.id] + NEARLY]
    if not rising:
        return []
    left = left_after(((c.claim.loads, max(limits[c.claim.id], c.committed_a)) for c in contenders), lasting)
    short: list[Contender] = []
    for contender, goal_a in rising:
        claim = contender.claim
        now_a = limits[claim.id]
        held_a = max(now_a, contender.committed_a)
        reached_a = claim.min_a if contender.begins_small and now_a <= 0 else goal_a
        while reached_a > max(now_a, 0.0) + NEARLY and not fits(claim, max(0.0, reached_a - held_a), left):
            reached_a = _next_lower(claim, reached_a, now_a, left, held_a)
        if reached_a > now_a + NEARLY:
            take(claim, max(0.0, reached_a - held_a), left)
            limits[claim.id] = reached_a
        if limits[claim.id] <= 0 or goal_a - limits[claim.id] >= 2 * claim.step_a - NEARLY:
            short.append(contender)
    return short


def _next_lower(claim: Claim, current_a: float, floor_a: float, left: Sequence[float], held_a: float) -> float:
    """Return the greatest step below `current_a` that fits, or the floor."""
    most_a = held_a + min(max(0.0, left[bound]) / factor for bound, factor in claim.loads)
    if most_a < claim.min_a - NEARLY:
        return floor_a
    return min(down_to_step(claim, most_a), current_a - claim.step_a)


def _make_way(
    contenders: Sequence[Contender],
    limits: dict[str, float],
    goal: Mapping[str, float],
    at_most: Mapping[str, float],
    short: Sequence[Contender],
) -> None:
    """Lower those above their goal who stand in the way of others far below theirs.

    Whose least fits beside theirs keeps that, though the room for it may not have lasted yet.
    """
    wanted = {bound for contender in short for bound, _ in contender.claim.loads}
    for contender in contenders:
        claim = contender.claim
        goal_a = goal.get(claim.id, claim.min_a if claim.id in at_most else 0.0)
        in_the_way = any(bound in wanted for bound, _ in claim.loads)
        if in_the_way and contender.may_lower and goal_a < limits[claim.id] - NEARLY:
            limits[claim.id] = goal_a


def _begin(contenders: Sequence[Contender], limits: dict[str, float], sure: Sequence[float]) -> None:
    """Let those who begin stand at their minimum where that is free beside what all others may draw."""
    left = list(sure)
    beginning: list[Contender] = []
    for contender in contenders:
        limit_a = limits[contender.claim.id]
        if contender.may_begin and limit_a <= 0:
            beginning.append(contender)
        else:
            take(contender.claim, max(limit_a, contender.committed_a), left)
    for contender in beginning:
        claim = contender.claim
        # What it draws by itself already falls to its minimum as it would fall to nothing.
        if fits(claim, claim.min_a, left):
            limits[claim.id] = claim.min_a
        take(claim, limits[claim.id], left)
