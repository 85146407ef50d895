"""Prices that are handed over beside those that are known: what is new, what was known, what contradicts."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..sessions.session import PriceBasis
from .price import PriceInterval
from .timeline import PriceTimeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Intervals by what they are to what is known."""

    new: tuple[PriceInterval, ...]
    known: tuple[PriceInterval, ...]
    other: tuple[PriceInterval, ...]  # some of it has another price from the source's own intervals


def merged(given: Iterable[PriceInterval], timeline: PriceTimeline) -> Merged:
    """Return how given intervals stand to those of a timeline; what an entity merely showed contradicts nothing."""
    new: list[PriceInterval] = []
    known: list[PriceInterval] = []
    other: list[PriceInterval] = []
    for one in given:
        segments = timeline.segments(one.start, one.end)
        told = [part.price for part in segments if part.price.basis is PriceBasis.INTERVAL]
        if any(price.price_per_kwh != one.price_per_kwh for price in told):
            other.append(one)
        elif told and len(told) == len(segments):
            known.append(one)
        else:
            new.append(one)
    return Merged(new=tuple(new), known=tuple(known), other=tuple(other))
