"""Sharing room out: who is let in, and how much each of them gets.

Room is a list of currents in A, one per bound: a line of a circuit. A claim loads some of
the bounds, each by a factor. Whether the bounds are three lines of one fuse or those of a
tree of circuits makes no difference here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from math import floor, inf

#: Below this, two currents are the same current: floats carry the sums.
NEARLY = 1e-9

_NO_PACES: Mapping[str, float] = {}


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
    loads: tuple[tuple[int, float], ...]


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


def admit(claims: Sequence[Claim], room: Sequence[float], paces_a: Mapping[str, float] = _NO_PACES) -> list[Claim]:
    """Return those that can have at least their minimum, served in the order given.

    Who has a pace is let in with that, in whole steps, as far as it fits: his claim is returned
    with that as its minimum, so that nobody else's share is at its cost.
    """
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
    left = list(room)
    for claim in claims:
        most_a = claim.max_a
        for bound, factor in claim.loads:
            left[bound] -= most_a * factor
    if min(left, default=0.0) >= 0.0:
        return {claim.id: claim.max_a for claim in claims}
    return _Filling(sorted(claims, key=_by_id), room).run()


def share_in_steps(claims: Sequence[Claim], room: Sequence[float]) -> dict[str, float]:
    """Share the room and round down to each claim's step, counted from its minimum.

    What is left goes out in whole steps by id, as long as each is still in need of it.
    """
    return whole_steps(claims, share(claims, room), room)


def whole_steps(claims: Sequence[Claim], shares: dict[str, float], room: Sequence[float]) -> dict[str, float]:
    """Round shares down to steps; hand out what is left of the room, by id."""
    left = list(room)
    granted: dict[str, float] = {}
    short: list[Claim] = []
    for claim in claims:
        exact = shares[claim.id]
        current = down_to_step(claim, exact)
        granted[claim.id] = current
        take(claim, current, left)
        if current < exact - NEARLY:
            short.append(claim)
    short.sort(key=_by_id)
    for claim in short:
        if granted[claim.id] + claim.step_a <= claim.max_a + NEARLY and fits(claim, claim.step_a, left):
            take(claim, claim.step_a, left)
            granted[claim.id] += claim.step_a
    return granted


def down_to_step(claim: Claim, current_a: float) -> float:
    """Return the greatest current of the claim's steps that is not above `current_a`."""
    steps = floor((current_a - claim.min_a) / claim.step_a + 1e-6)
    return claim.min_a + max(0, steps) * claim.step_a


def _by_id(claim: Claim) -> str:
    return claim.id


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
        self.on_bound: list[list[int]] = [[] for _ in self.slack]
        self.rising = [False] * len(claims)
        self.granted = [claim.min_a for claim in claims]
        slack, coming_weight, on_bound = self.slack, self.coming_weight, self.on_bound
        for index, claim in enumerate(claims):
            least_a, weight = claim.min_a, claim.weight
            for bound, factor in claim.loads:
                slack[bound] -= least_a * factor
                coming_weight[bound] += weight * factor
                on_bound[bound].append(index)
        self.coming_count = [len(on) for on in on_bound]
        self.starts = sorted((claim.min_a / claim.weight, index) for index, claim in enumerate(claims))
        self.started = 0

    def run(self) -> dict[str, float]:
        """Raise all until each has met a full bound or its maximum."""
        tops = sorted((claim.max_a / claim.weight, index) for index, claim in enumerate(self.claims))
        first = self.starts[0][0] if self.starts else 0.0
        looks = [(self._full_at_soonest(bound, first), bound) for bound, on in enumerate(self.on_bound) if on]
        heapify(looks)
        looks.append((inf, -1))
        for level, index in tops:
            while looks[0][0] < level:
                self._look(looks)
            self._start_until(level)
            self._stay(index, self.claims[index].max_a)
        return {claim.id: current for claim, current in zip(self.claims, self.granted, strict=True)}

    def _start_until(self, level: float) -> None:
        """Let those rise from their minimum whose weighted minimum the level has reached."""
        starts, place = self.starts, self.started
        if place == len(starts) or starts[place][0] > level:
            return
        slack, rising_weight, rising_count = self.slack, self.rising_weight, self.rising_count
        coming_weight, coming_count = self.coming_weight, self.coming_count
        while place < len(starts) and starts[place][0] <= level:
            index = starts[place][1]
            place += 1
            self.rising[index] = True
            claim = self.claims[index]
            least_a, weight = claim.min_a, claim.weight
            for bound, factor in claim.loads:
                slack[bound] += least_a * factor
                coming_weight[bound] -= weight * factor
                coming_count[bound] -= 1
                rising_weight[bound] += weight * factor
                rising_count[bound] += 1
        self.started = place

    def _stay(self, index: int, current_a: float) -> None:
        """Let a claim stay where it is, if it was rising."""
        if not self.rising[index]:
            return
        claim = self.claims[index]
        self.rising[index] = False
        weight, granted_a = claim.weight, min(claim.max_a, max(claim.min_a, current_a))
        self.granted[index] = granted_a
        slack, rising_weight, rising_count = self.slack, self.rising_weight, self.rising_count
        for bound, factor in claim.loads:
            slack[bound] -= granted_a * factor
            rising_weight[bound] -= weight * factor
            rising_count[bound] -= 1

    def _look(self, looks: list[tuple[float, int]]) -> None:
        """Stop those on the bound that is due, if it is full; foresee when to look at it again."""
        level, bound = heappop(looks)
        self._start_until(level)
        full_at = self._full_at(bound)
        if full_at <= level + NEARLY:
            for index in self.on_bound[bound]:
                self._stay(index, full_at * self.claims[index].weight)
        if self.rising_count[bound] or self.coming_count[bound]:
            heappush(looks, (self._full_at_soonest(bound, level), bound))

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
