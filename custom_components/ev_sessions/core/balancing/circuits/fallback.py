"""Which fallbacks fit behind the fuses when nobody balances: the chargers then do what they were left at.

Twice nobody does. The grid meter is lost: all that we command stand at their fallback. Home
Assistant is gone without a word: a charger that falls back by itself stands there too, but one
that does not takes whatever its own switch lets it, its hardware limit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, inf, sqrt

from .bounds import Across, BoundKind, Bounds
from .circuit import LineUse

#: Nobody knows what the house takes while the meter is lost. Where its owner does not say, half
#: of the fuse is assumed at the worst; a house that takes more for long has no room for cars anyway.
ASSUMED_HOUSE_SHARE = 0.5

#: Sums of decimal currents miss whole numbers by the last bit.
_HAIR_A = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackClaim:
    """What a charger takes when it is left alone, in A on the lines of `use`.

    `fixed`: it takes that whatever we wish, as nobody controls it. `hardware_a` is what it takes
    once Home Assistant is gone, where that is not its fallback.
    """

    id: str
    use: LineUse
    fallback_a: float
    priority: int = 5  # the greater goes first
    fixed: bool = False
    hardware_a: float | None = None
    circuit_id: str | None = None  # None: the root

    @property
    def alone_a(self) -> float:
        """What it takes once Home Assistant is gone."""
        return self.fallback_a if self.hardware_a is None else self.hardware_a


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """The place that is worst off, what it would carry, house included, and what it may, in A.

    `line` is None where the place is all lines of the circuit together.
    """

    circuit: str
    is_root: bool
    line: int | None
    sum_a: float
    limit_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackCheck:
    """What is too much when the meter is lost, and when Home Assistant is gone; and what would fit.

    `fallbacks_a` are the fallbacks that fit, 0 for those that find no room. `hardware_a` are the
    hardware limits that would, of those chargers that have one and do not fit.
    """

    told: Excess | None
    alone: Excess | None
    fallbacks_a: Mapping[str, float]
    hardware_a: Mapping[str, float] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """Whether all claims do."""
        return self.told is None and self.alone is None


def assumed_house_a(fuse_a: Sequence[float], owner_a: float | None = None) -> tuple[float, ...]:
    """Return what the house is assumed to take on each line at the worst; `owner_a` is what its owner says."""
    return tuple(ASSUMED_HOUSE_SHARE * fuse if owner_a is None else min(owner_a, fuse) for fuse in fuse_a)


def fallbacks_that_fit(
    claims: Sequence[FallbackClaim],
    bounds: Bounds,
    house_a: Sequence[float],
    voltage_v: float = 230.0,
) -> FallbackCheck:
    """Grant fallbacks by priority as far as all circuits carry them beside the house; the others get 0.

    `house_a` is what the house takes on each line of the grid connection. Of other circuits that
    carry more than chargers, as a meter of their own or below them tells, a share is left to that.
    """
    limits = _limits(bounds, voltage_v)
    others = _others(bounds, limits, house_a)
    ordered = sorted(claims, key=lambda claim: (not claim.fixed, -claim.priority))
    told, alone = list(others), list(others)
    for claim in claims:
        if claim.hardware_a is not None:
            _add(alone, bounds, claim, claim.hardware_a)
    granted: dict[str, float] = {}
    for claim in ordered:
        fallback_a = claim.fallback_a
        rooms = (told,) if claim.hardware_a is not None else (told, alone)
        fits = all(_fits(loads, limits, bounds, claim, fallback_a) for loads in rooms)
        granted[claim.id] = fallback_a if fits or claim.fixed else 0.0
        for loads in rooms:
            _add(loads, bounds, claim, granted[claim.id])
    for loads, current in ((told := list(others), "fallback_a"), (alone := list(others), "alone_a")):
        for claim in claims:
            _add(loads, bounds, claim, getattr(claim, current))
    too_much = _excess(bounds, alone, limits) if any(claim.hardware_a is not None for claim in claims) else None
    return FallbackCheck(
        told=_excess(bounds, told, limits),
        alone=too_much,
        fallbacks_a={claim.id: granted[claim.id] for claim in claims},
        hardware_a={} if too_much is None else _hardware_that_fits(ordered, bounds, limits, others),
    )


def _hardware_that_fits(
    ordered: Iterable[FallbackClaim], bounds: Bounds, limits: Sequence[float], others: Sequence[float]
) -> dict[str, float]:
    """Return the hardware limits, in whole A, that would leave the fuses whole, by priority."""
    loads, found = list(others), {}
    for claim in ordered:
        current_a = claim.fallback_a if claim.fixed else 0.0
        if claim.hardware_a is not None:
            theirs = bounds.loads(claim.circuit_id, claim.use.lines, claim.use.factor)
            room_a = min((limits[bound] - loads[bound]) / factor for bound, factor in theirs)
            current_a = found[claim.id] = max(0.0, min(claim.hardware_a, float(floor(room_a + _HAIR_A))))
        _add(loads, bounds, claim, current_a)
    return found


def _limits(bounds: Bounds, voltage_v: float) -> list[float]:
    """Return what each bound may carry, in A."""
    limits = [limit_a for circuit in bounds.circuits for limit_a in circuit.limit_a]
    for across in bounds.across:
        limit_w = bounds.circuits[across.place].limit_w
        power = across.kind is BoundKind.POWER and limit_w is not None
        # How lines differ is nothing that a fuse melts of.
        limits.append(limit_w / voltage_v if power and limit_w is not None else inf)
    return limits


def _others(bounds: Bounds, limits: Sequence[float], house_a: Sequence[float]) -> list[float]:
    """Return what else each bound carries at the worst, in A."""
    others = list(house_a)
    for bound, limit_a in enumerate(limits[bounds.line_count :], bounds.line_count):
        across = bounds.across_of(bound)
        most_a = ASSUMED_HOUSE_SHARE * limit_a if limit_a < inf else 0.0
        if not bounds.measured(across.place):
            most_a = min(most_a, ASSUMED_HOUSE_SHARE * _below(bounds, across, limits))
        others.append(most_a)
    return others


def _below(bounds: Bounds, across: Across, limits: Sequence[float]) -> float:
    """Return what the next circuits with a meter carry below one that has none, in A: something may hang there."""
    count = bounds.line_count
    starts = [place * count for place in bounds.metered_below.get(across.place, ())]
    if across.kind is BoundKind.LINE:
        return sum(limits[start + across.line] for start in starts)
    lines_a = sum(sum(limits[start : start + count]) for start in starts)
    return lines_a / sqrt(3) if bounds.three_wire else lines_a


def _fits(
    loads: Sequence[float], limits: Sequence[float], bounds: Bounds, claim: FallbackClaim, current_a: float
) -> bool:
    theirs = bounds.loads(claim.circuit_id, claim.use.lines, claim.use.factor)
    return all(loads[bound] + current_a * factor <= limits[bound] + _HAIR_A for bound, factor in theirs)


def _add(loads: list[float], bounds: Bounds, claim: FallbackClaim, current_a: float) -> None:
    for bound, factor in bounds.loads(claim.circuit_id, claim.use.lines, claim.use.factor):
        loads[bound] += current_a * factor


def _excess(bounds: Bounds, loads: Sequence[float], limits: Sequence[float]) -> Excess | None:
    """Return the bound that is worst off, where it carries too much."""
    bound = max(range(len(limits)), key=lambda index: loads[index] - limits[index])
    if loads[bound] <= limits[bound] + _HAIR_A:
        return None
    across = bounds.across_of(bound)
    circuit = bounds.circuits[across.place]
    return Excess(
        circuit=circuit.name,
        is_root=across.place == 0,
        line=across.line if across.kind is BoundKind.LINE else None,
        sum_a=loads[bound],
        limit_a=limits[bound],
    )
