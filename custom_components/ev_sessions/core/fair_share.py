"""Sharing room out: who is let in, and how much each of them gets.

Room is a list of currents in A, one per bound: a line of a circuit. A claim loads some of
the bounds, each by a factor. Whether the bounds are three lines of one fuse or those of a
tree of circuits makes no difference here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import floor, inf

#: Below this, two currents are the same current: floats carry the sums.
NEARLY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
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
    return all(current_a * factor <= room[bound] + NEARLY for bound, factor in claim.loads)


def take(claim: Claim, current_a: float, room: list[float]) -> None:
    """Take `current_a` of the claim out of the room."""
    for bound, factor in claim.loads:
        room[bound] -= current_a * factor


def admit(claims: Sequence[Claim], room: Sequence[float]) -> list[Claim]:
    """Return those that can have at least their minimum, served in the order given."""
    left = list(room)
    admitted: list[Claim] = []
    for claim in claims:
        if fits(claim, claim.min_a, left):
            take(claim, claim.min_a, left)
            admitted.append(claim)
    return admitted


def share(claims: Sequence[Claim], room: Sequence[float]) -> dict[str, float]:
    """Share the room among admitted claims, max-min fair with weights.

    Progressive filling: the smallest weighted grants rise together; who meets a full bound
    or its own maximum stays. The minima must fit. The order of the claims changes nothing.
    """
    left = list(room)
    for claim in claims:
        take(claim, claim.max_a, left)
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

    Bounds are linear in the level: what stays, plus the level times the weight of those
    that rise. So the level at which each is full is known, and only changes when a claim
    starts to rise or stays; the heap is corrected when an entry comes up.
    """

    def __init__(self, claims: list[Claim], room: Sequence[float]) -> None:
        self.claims = claims
        self.slack = list(room)
        self.rising_weight = [0.0] * len(self.slack)
        self.rising_count = [0] * len(self.slack)
        self.pending = [inf] * len(self.slack)  # the level of each bound's one valid entry
        self.on_bound: list[list[int]] = [[] for _ in self.slack]
        self.rising = [False] * len(claims)
        self.granted = [claim.min_a for claim in claims]
        for index, claim in enumerate(claims):
            for bound, factor in claim.loads:
                self.slack[bound] -= claim.min_a * factor
                self.on_bound[bound].append(index)

    def run(self) -> dict[str, float]:
        """Raise all until each has met a full bound or its maximum."""
        starts = [(claim.min_a / claim.weight, 0, index) for index, claim in enumerate(self.claims)]
        heap = starts
        heapify(heap)
        while heap:
            level, kind, index = heappop(heap)
            if kind == 0:
                self._start(index, heap)
            elif kind == 1:
                self._stay(index, self.claims[index].max_a)
            else:
                self._meet(level, index, heap)
        return {claim.id: current for claim, current in zip(self.claims, self.granted, strict=True)}

    def _start(self, index: int, heap: list[tuple[float, int, int]]) -> None:
        """Let a claim rise from its minimum."""
        claim = self.claims[index]
        self.rising[index] = True
        heappush(heap, (claim.max_a / claim.weight, 1, index))
        for bound, factor in claim.loads:
            self.slack[bound] += claim.min_a * factor
            self.rising_weight[bound] += claim.weight * factor
            self.rising_count[bound] += 1
            self._expect(bound, heap)

    def _stay(self, index: int, current_a: float) -> None:
        """Let a claim stay where it is, if it was rising."""
        if not self.rising[index]:
            return
        claim = self.claims[index]
        self.rising[index] = False
        self.granted[index] = min(claim.max_a, max(claim.min_a, current_a))
        for bound, factor in claim.loads:
            self.slack[bound] -= self.granted[index] * factor
            self.rising_weight[bound] -= claim.weight * factor
            self.rising_count[bound] -= 1

    def _meet(self, level: float, bound: int, heap: list[tuple[float, int, int]]) -> None:
        """Stop those on a bound that is full; look again later where it is not yet."""
        if level != self.pending[bound]:
            return
        self.pending[bound] = inf
        full_at = self._full_at(bound)
        if full_at > level + NEARLY:
            self._expect(bound, heap)
            return
        for index in self.on_bound[bound]:
            self._stay(index, full_at * self.claims[index].weight)

    def _expect(self, bound: int, heap: list[tuple[float, int, int]]) -> None:
        """Look at a bound at the level at which it is full, unless that is foreseen."""
        full_at = self._full_at(bound)
        if full_at < self.pending[bound]:
            self.pending[bound] = full_at
            heappush(heap, (full_at, 2, bound))

    def _full_at(self, bound: int) -> float:
        """Return the level at which a bound is full, were nothing else to change."""
        if not self.rising_count[bound]:
            return inf
        return self.slack[bound] / self.rising_weight[bound]
