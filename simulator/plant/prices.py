"""A dynamic price per quarter hour: four real weeks of the day-ahead market, over and over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

_FILE = Path(__file__).parent.parent / "data" / "day_ahead_de_lu.csv"
_QUARTER = timedelta(minutes=15)

#: What a supplier puts on top: levies and grid fee in EUR/kWh, then the value added tax.
_SURCHARGE_EUR = 0.1385
_TAX = 1.19


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSlot:
    """A price in EUR/kWh that holds from `start` to `end`."""

    start: datetime
    end: datetime
    price: float


@cache
def _market() -> tuple[tuple[float, ...], ...]:
    """Return EUR/MWh by day (the first is a Monday) and quarter hour."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return tuple(tuple(float(price) for price in line.split(",")[1:]) for line in lines)


def price_at(instant: datetime, zone: str = "Europe/Berlin") -> float:
    """Return the price in EUR/kWh, to four digits, that a household pays at an instant."""
    local = instant.astimezone(ZoneInfo(zone))
    market = _market()
    # Ordinal 1 is a Monday too, so weekdays keep their shape.
    day = market[(local.toordinal() - 1) % len(market)]
    spot = day[local.hour * 4 + local.minute // 15]
    return round((spot / 1000 + _SURCHARGE_EUR) * _TAX, 4)


def quarter_of(instant: datetime) -> datetime:
    """Return the beginning of the instant's quarter hour."""
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)


def slots(start: datetime, end: datetime, zone: str = "Europe/Berlin") -> list[PriceSlot]:
    """Return the prices of the quarter hours from `start` on, until `end`."""
    found = []
    moment = quarter_of(start)
    while moment < end:
        found.append(PriceSlot(start=moment, end=moment + _QUARTER, price=price_at(moment, zone)))
        moment += _QUARTER
    return found


def slots_of_day(instant: datetime, zone: str = "Europe/Berlin") -> list[PriceSlot]:
    """Return the prices of the local day of an instant: 92, 96 or 100 of them."""
    local = instant.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    morrow = local + timedelta(days=1)
    # In UTC, so that a day of 23 or 25 hours has as many quarters.
    utc = ZoneInfo("UTC")
    return slots(local.astimezone(utc), morrow.astimezone(utc), zone)
