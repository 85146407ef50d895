"""Sharing room out: who is let in, and how much each of them gets.

Room is a list of currents in A, one per bound: a line of a circuit. A claim loads some of
the bounds, each by a factor. Whether the bounds are three lines of one fuse or those of a
tree of circuits makes no difference here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from math import floor, inf
from operator import attrgetter

#: Below this, two currents are the same current: floats carry the sums.
NEARLY = 1e-9
#: So much of a step may be missing to a whole one.
_HAIR = 1e-6

_NO_PACES: Mapping[str, float] = {}

_by_id = attrgetter("id")

#: Pairs (bound, factor): what a claim of 1 A is on each of the bounds that it loads.
type Loads = tuple[tuple[int, float], ...]


@dataclass(slots=True, kw_only=True)
class Claim:
    """What an EVSE asks for: nothing, or from `min_a` to `max_a`, on its `loads`.

    `loads` are pairs (bound, factor): at x A the claim takes x times the factor of it.
    """

    id: str
    min_a: float
    max_a: float
    step_a: float
    weight: float
    loads: Loads


def fits(claim: Claim, current_a: float, room: Sequence[float]) -> bool:
    """Tell whether `current_a` of the claim fits in what is left of the room."""
    # A loop, and no `all` of a generator: this is asked very often.
    for bound, factor in claim.loads:  # noqa: SIM110
        if current_a * factor > room[bound] + NEARLY:
            return False
    return True


def take(claim: Claim, current_a: float, room: list[float]) -> None:
    """Take `current_a` of the claim out of the room."""
    for bound, factor in claim.loads:
        room[bound] -= current_a * factor


def left_after(taken: Iterable[tuple[Loads, float]], room: Sequence[float]) -> list[float]:
    """Return what is left of the room after all these, of whom many load the same bounds."""
    together: defaultdict[Loads, float] = defaultdict(float)
    for loads, current_a in taken:
        together[loads] += current_a
    return _left(together, room)


def _left(together: Mapping[Loads, float], room: Sequence[float]) -> list[float]:
    """Return what is left of the room after what those that load the same take together."""
    left = list(room)
    for loads, current_a in together.items():
        for bound, factor in loads:
            left[bound] -= current_a * factor
    return left


def _all_fit(taken: Iterable[tuple[Loads, float]], room: Sequence[float]) -> bool:
    return min(left_after(taken, room), default=0.0) >= -NEARLY


def admit(claims: Sequence[Claim], room: Sequence[float], paces_a: Mapping[str, float] = _NO_PACES) -> list[Claim]:
    """Return those that can have at least their minimum, served in the order given.

    Who has a pace is let in with that, in whole steps, as far as it fits: his claim is returned
    with that as its minimum, so that nobody else's share is at its cost.
    """
    if not paces_a and _all_fit(((claim.loads, claim.min_a) for claim in claims), room):
        return list(claims)
    left = list(room)
    admitted: list[Claim] = []
    for claim in claims:
        least_a = claim.min_a
        for bound, factor in claim.loads:
            if least_a * factor > left[bound] + NEARLY:
                break
        else:
            admitted_as = claim
            if claim.id in paces_a:
                most_a = min(left[bound] / factor for bound, factor in claim.loads)
                paced_a = down_to_step(claim, min(paces_a[claim.id], most_a, claim.max_a))
                if paced_a > least_a:
                    admitted_as, least_a = replace(claim, min_a=paced_a), paced_a
            for bound, factor in claim.loads:
                left[bound] -= least_a * factor
            admitted.append(admitted_as)
    return admitted


def share(claims: Sequence[Claim], room: Sequence[float]) -> dict[str, float]:
    """Share the room among admitted claims, max-min fair with weights.

    Progressive filling: the smallest weighted grants rise together; who meets a full bound
    or its own maximum stays. The minima must fit. The order of the claims changes nothing.
    """
    filling = _Filling(sorted(claims, key=_by_id), room)
    return {claim.id: claim.max_a for claim in claims} if filling.has_room_for_all else filling.run()


def share_in_steps(claims: Sequence[Claim], room: Sequence[float]) -> dict[str, float]:
    """Share the room and round down to each claim's step, counted from its minimum.

    What is left goes out in whole steps by id, as long as each is still in need of it.
    """
    return whole_steps(claims, share(claims, room), room)


def whole_steps(claims: Sequence[Claim], shares: dict[str, float], room: Sequence[float]) -> dict[str, float]:
    """Round shares down to steps; hand out what is left of the room, by id."""
    granted: dict[str, float] = {}
    together: defaultdict[Loads, float] = defaultdict(float)
    short: list[Claim] = []
    for claim in claims:
        exact, least_a, step_a = shares[claim.id], claim.min_a, claim.step_a
        steps = floor((exact - least_a) / step_a + _HAIR)
        granted[claim.id] = current = least_a + steps * step_a if steps > 0 else least_a
        together[claim.loads] += current
        if current < exact - NEARLY and current + step_a <= claim.max_a + NEARLY:
            short.append(claim)
    if not short:
        return granted
    left = _left(together, room)
    short.sort(key=_by_id)
    for claim in short:
        step_a = claim.step_a
        for bound, factor in claim.loads:
            if step_a * factor > left[bound] + NEARLY:
                break
        else:
            take(claim, step_a, left)
            granted[claim.id] += step_a
    return granted


def down_to_step(claim: Claim, current_a: float) -> float:
    """Return the greatest current of the claim's steps that is not above `current_a`."""
    steps = floor((current_a - claim.min_a) / claim.step_a + _HAIR)
    return claim.min_a + max(0, steps) * claim.step_a


class _Group:
    """The claims that load the same bounds: these see of them only how much weight rises, and will."""

    __slots__ = ("coming_count", "coming_weight", "loads", "members", "most_a", "rising_count", "rising_weight")

    def __init__(self, loads: Loads) -> None:
        self.loads = loads
        self.members: list[int] = []
        self.most_a = self.rising_weight = self.coming_weight = 0.0
        self.rising_count = self.coming_count = 0


class _Filling:
    """One run of progressive filling. The level is the weighted grant of those that rise.

    A bound carries what stays, plus the level times the weight of those that rise. It is looked
    at when it may be full at the soonest: were all to rise on it that do or will. Then it is
    full, or there is a later such level; so it is looked at a few times, not at each start.
    """

    def __init__(self, claims: list[Claim], room: Sequence[float]) -> None:
        self.claims = claims
        self.slack = list(room)
        self.rising_weight = [0.0] * len(self.slack)
        self.coming_weight = [0.0] * len(self.slack)
        # Counted as well: a sum of floats does not come back to nothing.
        self.rising_count = [0] * len(self.slack)
        self.coming_count = [0] * len(self.slack)
        self.on_bound: list[list[_Group]] = [[] for _ in self.slack]
        self.rising = [False] * len(claims)
        self.granted = [claim.min_a for claim in claims]
        self.first = 0.0
        self.starts: list[tuple[float, int]] = []
        self.started = 0
        self.groups: dict[Loads, _Group] = {}
        self.group_of: list[_Group] = []
        groups, group_of = self.groups, self.group_of
        for index, claim in enumerate(claims):
            loads = claim.loads
            if (group := groups.get(loads)) is None:
                group = groups[loads] = _Group(loads)
            group_of.append(group)
            group.members.append(index)
            group.most_a += claim.max_a

    @property
    def has_room_for_all(self) -> bool:
        """Tell whether each can have its maximum."""
        left = list(self.slack)
        for group in self.groups.values():
            for bound, factor in group.loads:
                left[bound] -= group.most_a * factor
        return min(left, default=0.0) >= 0.0

    def _begin(self) -> None:
        """Let those with the smallest weighted minimum rise from the start, and foresee when the others do."""
        slack, rising, group_of = self.slack, self.rising, self.group_of
        starts = [claim.min_a / claim.weight for claim in self.claims]
        self.first = first = min(starts, default=0.0)
        for index, claim in enumerate(self.claims):
            group, weight = group_of[index], claim.weight
            if starts[index] <= first:
                rising[index] = True
                group.rising_weight += weight
                group.rising_count += 1
                continue
            self.starts.append((starts[index], index))
            group.coming_weight += weight
            group.coming_count += 1
            for bound, factor in claim.loads:
                slack[bound] -= claim.min_a * factor
        self.starts.sort()
        rising_weight, rising_count, on_bound = self.rising_weight, self.rising_count, self.on_bound
        for group in self.groups.values():
            weight, count = group.rising_weight, group.rising_count
            for bound, factor in group.loads:
                rising_weight[bound] += weight * factor
                rising_count[bound] += count
                on_bound[bound].append(group)
            if group.coming_count:
                for bound, factor in group.loads:
                    self.coming_weight[bound] += group.coming_weight * factor
                    self.coming_count[bound] += group.coming_count

    def run(self) -> dict[str, float]:
        """Raise all until each has met a full bound or its maximum."""
        self._begin()
        claims, rising, granted = self.claims, self.rising, self.granted
        tops = [claim.max_a / claim.weight for claim in claims]
        looks = [(self._full_at_soonest(bound, self.first), bound) for bound, on in enumerate(self.on_bound) if on]
        heapify(looks)
        looks.append((inf, -1))
        staying: dict[_Group, tuple[float, float, int]] = {}
        reached = -inf
        for index in sorted(range(len(tops)), key=tops.__getitem__):
            level = tops[index]
            if level > reached:
                self._stay(staying)
                staying, reached = {}, level
                while looks[0][0] < level:
                    self._look(looks)
                self._start_until(level)
            if rising[index]:
                rising[index] = False
                claim, group = claims[index], self.group_of[index]
                granted[index] = claim.max_a
                current_a, weight, count = staying.get(group, _NOBODY)
                staying[group] = (current_a + claim.max_a, weight + claim.weight, count + 1)
        return {claim.id: current for claim, current in zip(claims, granted, strict=True)}

    def _start_until(self, level: float) -> None:
        """Let those rise from their minimum whose weighted minimum the level has reached."""
        starts, place = self.starts, self.started
        while place < len(starts) and starts[place][0] <= level:
            index = starts[place][1]
            place += 1
            self.rising[index] = True
            claim, group = self.claims[index], self.group_of[index]
            least_a, weight = claim.min_a, claim.weight
            group.rising_weight += weight
            group.rising_count += 1
            for bound, factor in claim.loads:
                self.slack[bound] += least_a * factor
                self.coming_weight[bound] -= weight * factor
                self.coming_count[bound] -= 1
                self.rising_weight[bound] += weight * factor
                self.rising_count[bound] += 1
        self.started = place

    def _stay(self, staying: Mapping[_Group, tuple[float, float, int]]) -> None:
        """Let some of groups rise no more: what they have together, their weight, and how many they are."""
        slack, rising_weight, rising_count = self.slack, self.rising_weight, self.rising_count
        for group, (current_a, weight, count) in staying.items():
            group.rising_weight -= weight
            group.rising_count -= count
            if not group.rising_count:
                group.rising_weight = 0.0
            for bound, factor in group.loads:
                slack[bound] -= current_a * factor
                rising_weight[bound] -= weight * factor
                rising_count[bound] -= count

    def _look(self, looks: list[tuple[float, int]]) -> None:
        """Stop those on the bound that is due, if it is full; foresee when to look at it again."""
        level, bound = heappop(looks)
        self._start_until(level)
        full_at = self._full_at(bound)
        if full_at <= level + NEARLY:
            self._stay({group: self._stop(group, full_at) for group in self.on_bound[bound] if group.rising_count})
        if self.rising_count[bound] or self.coming_count[bound]:
            heappush(looks, (self._full_at_soonest(bound, level), bound))

    def _stop(self, group: _Group, level: float) -> tuple[float, float, int]:
        """Let all of a group that rise have what the level gives; return what they have, their weight and number."""
        claims, rising, granted = self.claims, self.rising, self.granted
        together_a = 0.0
        for index in group.members:
            if rising[index]:
                rising[index] = False
                claim = claims[index]
                granted[index] = current_a = min(claim.max_a, max(claim.min_a, level * claim.weight))
                together_a += current_a
        return together_a, group.rising_weight, group.rising_count

    def _full_at(self, bound: int) -> float:
        """Return the level at which a bound is full, were nothing else to start or to stay."""
        return self.slack[bound] / self.rising_weight[bound] if self.rising_count[bound] else inf

    def _full_at_soonest(self, bound: int, level: float) -> float:
        """Return a level above this one, before which the bound cannot be full."""
        next_start = self.starts[self.started][0] if self.started < len(self.starts) else inf
        until_start = min(self._full_at(bound), next_start)
        if not self.coming_count[bound]:
            return until_start
        rising_weight = self.rising_weight[bound]
        left = self.slack[bound] - level * rising_weight
        # Were all to rise at once.
        return max(level + left / (rising_weight + self.coming_weight[bound]), until_start)


_NOBODY = (0.0, 0.0, 0)
