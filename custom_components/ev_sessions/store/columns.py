"""Column types of the ledger: everything exact is an integer or plain text.

SQLite keeps NUMERIC as a floating number and gives naive datetimes back; so instants are
microseconds since the epoch and prices decimal text, on every database alike.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
import json
from typing import Any, override

from sqlalchemy import BigInteger, Dialect, String, Text
from sqlalchemy.types import TypeDecorator

from ..core.moment import instant_of, us_of


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as UTC microseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else us_of(value)

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant_of(value)


class DecimalText(TypeDecorator[Decimal]):
    """An exact decimal number, kept as plain text without an exponent."""

    impl = String(48)
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Thousandths(TypeDecorator[float]):
    """A measured quantity (W, A), kept as a whole number of thousandths."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: float | None, dialect: Dialect) -> int | None:
        return None if value is None else round(value * 1000)

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> float | None:
        return None if value is None else value / 1000


class Json(TypeDecorator[Any]):
    """A JSON value, kept as text with sorted keys, so that equal values have equal texts."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else json_text(value)

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:
        return None if value is None else json.loads(value)


class Texts(TypeDecorator[tuple[str, ...]]):
    """A few texts in their order, kept as a JSON list; none are null."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        return json_text(list(value)) if value else None

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[str, ...]:
        return () if value is None else tuple(json.loads(value))


class Word[E: StrEnum](TypeDecorator[E]):
    """A word of one of the core's enumerations, kept as its text."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enumeration: type[E]) -> None:
        super().__init__()
        self.enumeration = enumeration

    @override
    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return None if value is None else self.enumeration(value).value

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> E | None:
        return None if value is None else self.enumeration(value)


def json_text(value: Any) -> str:
    """Return the one text that a JSON value has here."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
