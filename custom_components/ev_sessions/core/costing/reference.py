"""What sessions would have cost otherwise: all from the grid, or at any time of the following day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal

from ..moment import us_of
from ..money import weighted_mean
from ..prices.timeline import PriceTimeline
from ..sessions.session import ChargingPeriod
from ..tariff import Tariff


def has_sun_price(tariff: Tariff) -> bool:
    """Return whether energy from the own roof costs something else than that from the grid."""
    return any(element.restrictions.solar is not None for element in tariff.elements)


def from_grid(periods: Sequence[ChargingPeriod]) -> list[ChargingPeriod]:
    """Return the periods as if the sun had given nothing."""
    return [replace(period, solar_mwh=0) for period in periods]


def mean_of_next_day(tariff: Tariff, start: datetime, zone: tzinfo, timeline: PriceTimeline) -> Decimal | None:
    """Return the mean price of a kWh over the local day after that of `start`; None while any of it is unknown.

    That is what somebody pays who charges at any time of it.
    """
    day = start.astimezone(zone).date() + timedelta(days=1)
    begin, end = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    segments = tariff.segments(begin, end, timeline)
    prices = [
        (segment.price.price_per_kwh, us_of(segment.end) - us_of(segment.start))
        for segment in segments
        if segment.price.price_per_kwh is not None
    ]
    return weighted_mean(prices) if len(prices) == len(segments) else None
