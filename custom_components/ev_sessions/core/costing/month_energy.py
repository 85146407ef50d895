"""The energy of the local month while a session goes on: tiers begin anew at local midnight of the 1st."""

from dataclasses import dataclass
from datetime import tzinfo
from fractions import Fraction

from ..moment import instant_of


@dataclass(slots=True, kw_only=True)
class MonthEnergy:
    """What the month has more (or, in a new month, less) than the session; asked for in order of time."""

    zone: tzinfo
    offset_mwh: int | Fraction
    _month: tuple[int, int] | None = None

    def offset_at(self, at_us: int, session_mwh: int | Fraction) -> int | Fraction:
        """Return the offset at an instant at which the session has so much energy."""
        local = instant_of(at_us).astimezone(self.zone)
        month = (local.year, local.month)
        if self._month not in {None, month}:
            self.offset_mwh = -session_mwh
        self._month = month
        return self.offset_mwh
