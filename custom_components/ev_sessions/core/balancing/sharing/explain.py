"""The reason of a limit, found after it was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..circuits.bounds import BoundKind, Bounds
from ..reasons import Reason, ReasonKey, amperes
from .allotment import Contender
from .fair_share import NEARLY, Loads, fits


@dataclass(frozen=True)
class Scene:
    """What was known when the limits were decided; all per bound.

    `left` is the present room less the new limits, `present` and `lasting` the room for
    all that share, `load` what each bound carries now, `limit` what it may carry. `goal` is
    what each is to have, `held` what is held back per line of the root for loads that return.
    """

    bounds: Bounds
    present: Sequence[float]
    lasting: Sequence[float]
    left: Sequence[float]
    load: Sequence[float]
    limit: Sequence[float]
    voltage_v: float
    goal: Mapping[str, float]
    held: Sequence[float]
    hold_s: float
    known: dict[tuple[Loads, float], ReasonKey] = field(default_factory=dict)  # of those that load the same
    told: dict[tuple[ReasonKey, int], Reason] = field(default_factory=dict)  # of those held down by the same

    @cached_property
    def left_beside(self) -> list[float]:
        """What of `left` is not held back."""
        return self._beside(self.left)

    @cached_property
    def present_beside(self) -> list[float]:
        """What of `present` is not held back."""
        return self._beside(self.present)

    def _beside(self, room: Sequence[float]) -> list[float]:
        return [have - kept for have, kept in zip(room, self.held, strict=False)] + list(room[len(self.held) :])


#: What a full bound is called; None is a line of the root.
_FULL = {
    None: ReasonKey.LINE_FULL,
    BoundKind.LINE: ReasonKey.CIRCUIT_FULL,
    BoundKind.POWER: ReasonKey.POWER_FULL,
    BoundKind.UNBALANCE: ReasonKey.UNBALANCED,
}
_PAUSED = {
    None: ReasonKey.PAUSED_LINE_FULL,
    BoundKind.LINE: ReasonKey.PAUSED_CIRCUIT_FULL,
    BoundKind.POWER: ReasonKey.PAUSED_POWER_FULL,
    BoundKind.UNBALANCE: ReasonKey.PAUSED_UNBALANCED,
}


def _kind(bound: int, bounds: Bounds) -> BoundKind | None:
    """Return what a bound holds down; None for a line of the root."""
    return None if bound < bounds.line_count else bounds.across_of(bound).kind


def key_of(contender: Contender, limit_a: float, wish_a: float, scene: Scene) -> ReasonKey:
    """Return what decided the limit of an EVSE that shares."""
    claim = contender.claim
    if limit_a <= 0:
        return _why_paused(contender, scene)
    if limit_a >= contender.full_a - NEARLY:
        return ReasonKey.OWNER_LIMIT if contender.full_a >= wish_a - claim.step_a + NEARLY else ReasonKey.MAXIMUM
    if limit_a >= claim.max_a - NEARLY:
        return ReasonKey.TAKES_LESS
    alike = (claim.loads, claim.step_a)
    if (key := scene.known.get(alike)) is None:
        key = scene.known[alike] = _why_no_more(contender, scene)
    return key


def _why_no_more(contender: Contender, scene: Scene) -> ReasonKey:
    """Return why an EVSE that charges has not a step more."""
    claim = contender.claim
    if fits(claim, claim.step_a, scene.left):
        kept = not any(scene.held) or fits(claim, claim.step_a, scene.left_beside)
        return ReasonKey.PATIENCE if kept else ReasonKey.EXPECTS_LOAD
    return _FULL[_kind(tightest(contender, scene.left), scene.bounds)]


def _why_paused(contender: Contender, scene: Scene) -> ReasonKey:
    """Return why an EVSE that wants a share has none."""
    claim = contender.claim
    if not fits(claim, claim.min_a, scene.present):
        return _PAUSED[_kind(tightest(contender, scene.present), scene.bounds)]
    if any(scene.held) and not fits(claim, claim.min_a, scene.present_beside):
        return ReasonKey.EXPECTS_LOAD
    if not contender.may_rise or not fits(claim, claim.min_a, scene.lasting):
        return ReasonKey.RESUME_DELAY
    return ReasonKey.MAKING_WAY if claim.id in scene.goal else ReasonKey.TURN


def tightest(contender: Contender, room: Sequence[float]) -> int:
    """Return the bound of an EVSE on which the least is left for it."""
    loads = contender.claim.loads
    left_a = [room[bound] / factor for bound, factor in loads]
    return loads[left_a.index(min(left_a))][0]


def reason_of(key: ReasonKey, contender: Contender, scene: Scene) -> Reason:
    """Return the reason with its placeholders."""
    if key is ReasonKey.TAKES_LESS:
        return Reason(key=key, placeholders={"drawn_a": amperes(contender.committed_a)})
    room = scene.left if key in _FULL.values() else scene.present
    if key is ReasonKey.RESUME_DELAY:
        room = scene.lasting
    if key is ReasonKey.EXPECTS_LOAD:
        room = scene.left_beside
    bound = tightest(contender, room)
    if (known := scene.told.get((key, bound))) is not None:
        return known
    circuit, line = scene.bounds.circuit_and_line(bound)
    placeholders = {
        "line": f"L{line + 1}",
        "circuit": circuit.name,
        "load_a": amperes(scene.load[bound]),
        "fuse_a": amperes(scene.limit[bound]),
        "load_kw": _kilowatts(scene.load[bound], scene),
        "limit_kw": _kilowatts(scene.limit[bound], scene),
        "kept_a": amperes(scene.held[line]),
        "hold_s": amperes(scene.hold_s),
    }
    reason = scene.told[key, bound] = Reason(key=key, placeholders=placeholders)
    return reason


def _kilowatts(sum_a: float, scene: Scene) -> str:
    """Return the power of a bound for a sentence."""
    return f"{sum_a * scene.voltage_v / 1000:.1f}"
