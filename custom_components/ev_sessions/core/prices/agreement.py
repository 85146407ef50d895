"""Whether prices that a source told are those that its entity shows: before tax or after, for this meter or another."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from ..money import add
from .price import PriceInterval

#: An entity changes some minutes after the interval began, and rounds.
_LATE = timedelta(minutes=3)
_HOUR = timedelta(hours=1)
_PART = Decimal("0.005")
_LEAST = Decimal("0.0006")


def agrees(shown: Decimal, told: Iterable[PriceInterval], at: datetime) -> bool:
    """Tell whether the price that an entity shows at an instant is among those told of it.

    It may be that of now or of a moment ago, and where quarter hours are told to an entity
    that shows whole hours, the hour's mean or that of its beginning.
    """
    intervals = list(told)
    began = at.replace(minute=0, second=0, microsecond=0)
    of_now = [one.price_per_kwh for one in intervals if one.start <= at and one.end > at - _LATE]
    of_hour = [one.price_per_kwh for one in intervals if one.start < began + _HOUR and one.end > began]
    first = [one.price_per_kwh for one in intervals if one.start <= began < one.end]
    mean = [sum(of_hour, Decimal(0)) / len(of_hour)] if of_hour else []
    return any(_same(shown, price) for price in (*of_now, *first, *mean))


def _same(one: Decimal, other: Decimal) -> bool:
    return abs(add(one, -other)) <= max(_LEAST, _PART * abs(one))
