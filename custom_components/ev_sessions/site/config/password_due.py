"""The time in which a station that was just taken in may still come without its first password.

It is told its password over its connection. Where that is lost before the station was told, or it takes the
password up with its next start only, it has none to show: it may come back as it came first, from the address
at which its owner took it in, until it has come with the password, and for a day at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

_FOR: Final = timedelta(days=1)
_UNTIL: Final = "until"
_ADDRESS: Final = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordDue:
    """Until when (UTC) a station may come without its first password, and from where."""

    until: datetime
    address: str

    @classmethod
    def begun(cls, now: datetime, address: str) -> Self:
        """Return the time that begins now."""
        return cls(until=now + _FOR, address=address)

    @classmethod
    def from_data(cls, data: Mapping[str, Any] | None) -> Self | None:
        """Read it from a charger's subentry; None where the station has to come with its password."""
        return None if data is None else cls(until=datetime.fromisoformat(data[_UNTIL]), address=data[_ADDRESS])

    def to_data(self) -> dict[str, str]:
        """Return it as a charger's subentry holds it."""
        return {_UNTIL: self.until.isoformat(), _ADDRESS: self.address}

    def address_at(self, now: datetime) -> str | None:
        """Return the address from which it may come so at an instant; None where that is over."""
        return self.address if now < self.until else None
