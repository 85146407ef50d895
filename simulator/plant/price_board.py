"""What the supplier shows: the price of now and, unless it shows no more than that, the prices around it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .prices import PriceSlot, price_at, quarter_of, slots_of_day

#: How far behind and ahead prices are shown that change faster than by the quarter hour.
_AROUND = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBoard:
    """Prices by the quarter hour, or, so that a short test sees many, by slots of `slot_s` (a divisor of 900)."""

    zone: str = "Europe/Berlin"
    slot_s: float | None = None
    ahead: bool = True

    def start_of(self, instant: datetime) -> datetime:
        """Return since when the price of an instant holds."""
        if self.slot_s is None:
            return quarter_of(instant)
        return datetime.fromtimestamp(self._number(instant, self.slot_s) * self.slot_s, UTC)

    def at(self, instant: datetime) -> float:
        """Return the price at an instant in EUR/kWh; neighbouring short slots never have the same."""
        price = price_at(instant, self.zone)
        if self.slot_s is None:
            return price
        return round(price + self._number(instant, self.slot_s) * 7 % 11 / 100, 4)

    def shown(self, instant: datetime) -> list[PriceSlot]:
        """Return the slots that are shown beside the price of now."""
        if not self.ahead:
            return []
        if self.slot_s is None:
            return slots_of_day(instant, self.zone)
        found = []
        start = self.start_of(instant - _AROUND)
        while start < instant + _AROUND:
            end = start + timedelta(seconds=self.slot_s)
            found.append(PriceSlot(start=start, end=end, price=self.at(start)))
            start = end
        return found

    @staticmethod
    def _number(instant: datetime, slot_s: float) -> int:
        return int(instant.timestamp() // slot_s)
