"""Which fallbacks fit behind the fuses when nobody balances: the chargers then do what they were left at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .circuit import LineUse

#: Nobody knows what the house takes while the meter is lost. Half of the fuse is what is
#: assumed at the worst; a house that takes more for long has no room for cars anyway.
ASSUMED_HOUSE_SHARE = 0.5

#: Sums of decimal currents miss whole numbers by the last bit.
_HAIR_A = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackClaim:
    """What a charger takes when it is left alone, in A on the lines of `use`.

    `fixed`: it takes that whatever we wish, as nobody controls it.
    """

    id: str
    use: LineUse
    fallback_a: float
    priority: int = 5  # the greater goes first
    fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackCheck:
    """Whether all claims fit, and which fallbacks do: 0 for those that find no room.

    `line`, `sum_a` and `fuse_a` tell of the line that is worst off, house included.
    """

    fits: bool
    fallbacks_a: Mapping[str, float]
    line: int
    sum_a: float
    fuse_a: float


def assumed_house_a(fuse_a: Sequence[float]) -> tuple[float, ...]:
    """Return what the house is assumed to take on each line at the worst."""
    return tuple(ASSUMED_HOUSE_SHARE * fuse for fuse in fuse_a)


def fallbacks_that_fit(
    claims: Sequence[FallbackClaim], fuse_a: Sequence[float], house_a: Sequence[float]
) -> FallbackCheck:
    """Grant fallbacks by priority as far as the fuses carry them beside the house; the others get 0."""
    wished = _sum(claims, house_a)
    line = max(range(len(fuse_a)), key=lambda index: wished[index] - fuse_a[index])
    loads = list(house_a)
    granted: dict[str, float] = {}
    for claim in sorted(claims, key=lambda claim: (not claim.fixed, -claim.priority)):
        after = _sum([claim], loads)
        fits = all(after[index] <= fuse_a[index] + _HAIR_A for index in claim.use.lines)
        granted[claim.id] = claim.fallback_a if fits or claim.fixed else 0.0
        if granted[claim.id]:
            loads = after
    return FallbackCheck(
        fits=wished[line] <= fuse_a[line] + _HAIR_A,
        fallbacks_a={claim.id: granted[claim.id] for claim in claims},
        line=line,
        sum_a=wished[line],
        fuse_a=fuse_a[line],
    )


def _sum(claims: Sequence[FallbackClaim], house_a: Sequence[float]) -> list[float]:
    loads = list(house_a)
    for claim in claims:
        for index, load in enumerate(claim.use.per_line(claim.fallback_a, len(loads))):
            loads[index] += load
    return loads
