"""Rooms with foresight: what may be raised into, who may begin, and who makes room before a load returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..sharing.allotment import Contender
from ..sharing.fair_share import Claim, Loads, fits, left_after, share_in_steps, take
from .foresight import Foresight

#: Less is not worth a command ahead of a load that may return.
_WORTH_A = 3.5


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is expected of the house, as room per bound. Only the first bounds, the root's lines, know of it."""

    foresight: Foresight
    present: Sequence[float]

    def for_more(
        self, lasting: Sequence[float], sure: Sequence[float], contenders: Sequence[Contender]
    ) -> tuple[list[float], list[float]]:
        """Return the room to raise into: what has lasted, and what is not held back of the room of now; and that."""
        held = [0.0] * self.foresight.line_count
        if any(contender.current_a < contender.full_a for contender in contenders):
            held = self.foresight.held_for_more()
        beside = self._less(sure, held)
        unused = left_after(((one.claim.loads, one.current_a) for one in contenders), sure)
        room = list(lasting)
        for line in range(self.foresight.line_count):
            # Nobody has to make way for what is only expected.
            used_a = sure[line] - max(0.0, unused[line])
            room[line] = min(lasting[line], max(beside[line], used_a))
        return room, held

    def admitted(self, contenders: Sequence[Contender]) -> list[Contender]:
        """Return the contenders; who would begin a charge that is not likely to last may not join."""
        starting = [one for one in contenders if one.may_join and one.current_a <= 0]
        if not starting:
            return list(contenders)
        room = self._less(self.present, self.foresight.held_for_start())
        # Those that load the same lines by the same least fare the same.
        known: dict[tuple[Loads, float], bool] = {}
        kept: set[str] = set()
        for one in starting:
            alike = (one.claim.loads, one.claim.min_a)
            if (may_start := known.get(alike)) is None:
                may_start = known[alike] = self._may_start(one.claim, room)
            if not may_start:
                kept.add(one.claim.id)
        return [replace(one, may_join=False) if one.claim.id in kept else one for one in contenders]

    def _may_start(self, claim: Claim, room: Sequence[float]) -> bool:
        """Tell whether a charge that begins now is likely to last; `room` is what is not held back."""
        if not fits(claim, claim.min_a, room):
            return False
        count = self.foresight.line_count
        lines = [(bound, factor) for bound, factor in claim.loads if bound < count]
        left = list(self.present[:count])
        for bound, factor in lines:
            left[bound] -= claim.min_a * factor
        return self.foresight.lasts(left, [bound for bound, _ in lines])

    def lowered(self, contenders: Sequence[Contender], granted: Mapping[str, float]) -> dict[str, float]:
        """Return the limits, lowered to make room for what is likely to return. Nobody is paused for that."""
        limits = dict(granted)
        on = [contender for contender in contenders if granted[contender.claim.id] > contender.claim.min_a]
        if not on:
            return limits
        held = self.foresight.held_now()
        if not any(held):
            return limits
        room = self._less(self.present, held)
        if min(left_after(((one.claim.loads, limits[one.claim.id]) for one in contenders), room)) >= 0:
            return limits
        claims = [_up_to(contender.claim, limits[contender.claim.id]) for contender in contenders]
        claims = [claim for claim in claims if claim.max_a >= claim.min_a]
        least = list(room)
        for claim in claims:
            take(claim, claim.min_a, least)
        # The least of each is not touched, whether it fits or not.
        room = [have + max(0.0, -left) for have, left in zip(room, least, strict=True)]
        shares = share_in_steps(claims, room)
        for contender in on:
            id_ = contender.claim.id
            if contender.may_lower and limits[id_] - shares[id_] >= _WORTH_A:
                limits[id_] = shares[id_]
        return limits

    def _less(self, room: Sequence[float], held: Sequence[float]) -> list[float]:
        left = list(room)
        for line, held_a in enumerate(held):
            left[line] -= held_a
        return left


def _up_to(claim: Claim, current_a: float) -> Claim:
    """Return the claim of who is to have no more than that."""
    return Claim(
        id=claim.id,
        min_a=claim.min_a,
        max_a=current_a,
        step_a=claim.step_a,
        weight=claim.weight,
        loads=claim.loads,
    )
