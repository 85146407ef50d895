"""The intervals that an entity carries in its attributes, in the major unit per kWh, and what is new among them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from homeassistant.core import State

from ..core.prices.price import PriceInterval
from ..core.prices.unit import PriceUnit
from ..sources.value import said
from .quote import Refusal, unit_of
from .shapes import RawInterval, ShapeContext, intervals_in


class CarriedIntervals:
    """Reads one entity. `unit` stands in for its own, `zone` is where times without an offset are."""

    def __init__(self, *, currency: str, unit: str | None, zone: tzinfo) -> None:
        self._currency = currency
        self._unit = unit
        self._zone = zone
        self._read: tuple[Mapping[str, Any], date] | None = None
        self._known: dict[datetime, PriceInterval] = {}

    @property
    def any(self) -> bool:
        """Whether the entity carries any, or did when it was last there."""
        return bool(self._known)

    def news(self, state: State | None, at: datetime) -> tuple[PriceInterval, ...]:
        """Return what is new among the intervals of a state.

        An entity that has gone keeps what it said: its attributes are gone with it.
        """
        context = ShapeContext(zone=self._zone, today=at.astimezone(self._zone).date())
        if state is None or said(state) is None or self._read == (state.attributes, context.today):
            return ()
        self._read = (state.attributes, context.today)
        own = unit_of(state, currency=self._currency, unit=self._unit)
        found = priced(intervals_in(state.attributes, context), own, self._currency, at)
        news = tuple(one for one in found if self._is_news(one))
        self._known = {one.start: one for one in found}
        return news

    def _is_news(self, one: PriceInterval) -> bool:
        known = self._known.get(one.start)
        return known is None or (known.end, known.price_per_kwh) != (one.end, one.price_per_kwh)


def priced(
    found: Iterable[RawInterval], own: PriceUnit | Refusal, currency: str, at: datetime
) -> tuple[PriceInterval, ...]:
    """Return intervals with a price per kWh in the major unit; those that have none are left out.

    `own` is the unit of the entity, for shapes that have none of their own.
    """
    major = PriceUnit(currency=currency, factor=Decimal(1))
    intervals: list[PriceInterval] = []
    for one in found:
        unit = major if one.major_per_kwh else own
        price = None if isinstance(unit, Refusal) else unit.per_kwh(one.raw)
        if price is not None:
            seen_at = at.astimezone(UTC)
            intervals.append(PriceInterval(start=one.start, end=one.end, price_per_kwh=price, seen_at=seen_at))
    return tuple(intervals)
