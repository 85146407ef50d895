"""Real prices and real sessions to run on: what they are and where they come from stands in data/SOURCES.md."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
import gzip
from math import pow as power
from pathlib import Path
from zoneinfo import ZoneInfo

_DATA = Path(__file__).parent / "data"
ZONE = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSlot:
    """A price that held from `start` to `end` (UTC), an hour or a quarter; `shown` is as the source wrote it."""

    start: datetime
    end: datetime
    shown: str

    @property
    def eur_per_mwh(self) -> Decimal:
        """Return the price, which the market makes to the cent; the source had it through a float now and then."""
        return Decimal(self.shown).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DcSession:
    """A session at a fast charger. `arrival` is the local clock's, without a zone."""

    arrival: datetime
    evse: int
    stay: timedelta
    energy_wh: int
    max_power_w: int

    def left_at(self, after: timedelta) -> float:
        """Return the share of the time that is left, from 1 to 0."""
        return 1 - min(1.0, max(0.0, after / self.stay))

    def energy_mwh_at(self, after: timedelta) -> int:
        """Return what has flowed `after` arrival, in thousandths of a Wh: the most at first, then less and less."""
        return round(self.energy_wh * 1000 * (1 - power(self.left_at(after), self._taper + 1)))

    def power_w_at(self, after: timedelta) -> int:
        """Return the power at that moment."""
        return round(self.max_power_w * power(self.left_at(after), self._taper))

    @property
    def _taper(self) -> float:
        """Return the exponent with which the power falls so that the energy comes true."""
        return self.max_power_w * (self.stay / timedelta(hours=1)) / self.energy_wh - 1


@cache
def market_since_2020() -> tuple[MarketSlot, ...]:
    """Return the prices of 2,427 local days, in order and without a hole: by the hour, then by the quarter."""
    slots: list[MarketSlot] = []
    with gzip.open(_DATA / "day_ahead_de_lu_2020_2026.csv.gz", "rt", encoding="utf-8") as file:
        for line in file:
            day, *prices = line.rstrip("\n").split(",")
            start = datetime.fromisoformat(day).replace(tzinfo=ZONE).astimezone(UTC)
            # No day has 92 hours: who has more prices than a day has hours has them by the quarter.
            length = timedelta(hours=1) if len(prices) <= 25 else timedelta(minutes=15)
            for price in prices:
                slots.append(MarketSlot(start=start, end=start + length, shown=price))
                start += length
    return tuple(slots)


@cache
def market() -> tuple[MarketSlot, ...]:
    """Return those of 224 days of 2025, which have all that is nasty about prices."""
    return tuple(slot for day in _days_of_2025() for slot in slots_of_day(day))


def _days_of_2025() -> Iterator[datetime]:
    first = datetime(2025, 3, 24, 12, tzinfo=ZONE)
    return (first + timedelta(days=number) for number in range(224))


def slots_of_day(at: datetime) -> tuple[MarketSlot, ...]:
    """Return the prices of the local day of an instant, as a source lists them."""
    midnight = at.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    morrow = (midnight + timedelta(days=1)).astimezone(UTC)
    slots = market_since_2020()
    return slots[bisect_left(slots, midnight.astimezone(UTC), key=_start) : bisect_left(slots, morrow, key=_start)]


def slot_at(at: datetime) -> MarketSlot:
    """Return the price that holds at an instant of those days."""
    slots = market_since_2020()
    return slots[bisect_right(slots, at, key=_start) - 1]


def _start(slot: MarketSlot) -> datetime:
    return slot.start


@cache
def dc_sessions() -> tuple[DcSession, ...]:
    """Return the sessions in the order of their arrival."""
    with (_DATA / "dc_sessions_epfl.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            DcSession(
                arrival=datetime.fromisoformat(row["arrival"]),
                evse=int(row["evse"]),
                stay=timedelta(minutes=int(row["stay_min"])),
                energy_wh=int(row["energy_wh"]),
                max_power_w=int(row["max_power_w"]),
            )
            for row in csv.DictReader(file)
        )
