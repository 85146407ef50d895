"""Reading the values of a foreign record, each of which may be anything.

What is missing or null is None; what cannot be what it should be raises `RefusedRowError`
with a word that names the field.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from ..energy import mwh_from_kwh

#: No sum of energy or money of a house is as large; ten times it still fits the ledger.
_LIMIT = Decimal(900_000_000)
_DECIMALS = 24
_LONGEST_TEXT = 10_000
#: Electric cars did not report sessions before, and clocks that were never set show earlier years.
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


class RefusedRowError(ValueError):
    """A record that is not taken; `reason` is a word for scripts and translation."""

    def __init__(self, reason: str) -> None:
        """Keep the word."""
        super().__init__(reason)
        self.reason = reason


class Row:
    """A record whose values are read by name."""

    def __init__(self, values: Any) -> None:
        if not isinstance(values, Mapping):
            raise RefusedRowError("not_an_object")
        self._values = values

    def raw(self, name: str) -> Any:
        """Return the value as it is."""
        return self._values.get(name)

    def number(self, name: str) -> Decimal | None:
        """Return a number, or text that is one."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise _not_understood(name)
        try:
            number = Decimal(str(value))
        except ValueError, InvalidOperation:
            raise _not_understood(name) from None
        exponent = number.as_tuple().exponent
        # Also what is not finite has no such exponent. More decimals than that no exact sum takes.
        if not isinstance(exponent, int) or exponent < -_DECIMALS or number.copy_abs() > _LIMIT:
            raise _not_understood(name)
        return number

    def amount(self, name: str) -> Decimal | None:
        """Return a number that is not negative."""
        number = self.number(name)
        if number is not None and number < 0:
            raise _not_understood(name)
        return number

    def energy_mwh(self, name: str) -> int | None:
        """Return an energy that is given in kWh."""
        energy_kwh = self.amount(name)
        return None if energy_kwh is None else mwh_from_kwh(energy_kwh)

    def duration_ms(self, name: str) -> int | None:
        """Return a duration that is given in s."""
        seconds = self.amount(name)
        return None if seconds is None else int(seconds * 1000)

    def instant(self, name: str) -> datetime | None:
        """Return an instant (UTC) that is given with an offset."""
        value = self.raw(name)
        if value is None:
            return None
        local = value if isinstance(value, datetime) else _parsed(value)
        if local is None:
            raise _not_understood(name)
        if local.tzinfo is None:
            raise RefusedRowError(f"{name}_without_offset")
        try:
            at = local.astimezone(UTC)
        except OverflowError:
            raise _not_understood(name) from None
        if at < _FIRST:
            raise _not_understood(name)
        return at

    def word[WordT: StrEnum](self, name: str, words: type[WordT]) -> WordT | None:
        """Return one of the words of an enumeration."""
        value = self.raw(name)
        if value is None:
            return None
        try:
            return words(value)
        except ValueError:
            raise _not_understood(name) from None

    def text(self, name: str) -> str | None:
        """Return text; an empty one is none."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise _not_understood(name)
        if len(value) > _LONGEST_TEXT:
            raise RefusedRowError(f"{name}_too_long")
        return value


def _not_understood(name: str) -> RefusedRowError:
    return RefusedRowError(f"{name}_not_understood")


def _parsed(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except TypeError, ValueError:
        return None
