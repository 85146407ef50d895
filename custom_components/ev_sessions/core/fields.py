"""Reading JSON field by field: each value is taken or named as a problem, none is guessed."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum
import re
from typing import Any

from .problem import Problem, ProblemKind

#: `HH:MM` of OCPI's restrictions; Python's own readers take more than that.
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_DATE = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")
#: A text longer than this is no number; digits cost memory.
_MOST_DIGITS = 40
#: How much of a value an error repeats.
_SHOWN = 40


class Fields:
    """The fields of one JSON object; what is wrong is put into `problems`, and read as absent."""

    def __init__(self, data: Any, path: str, problems: list[Problem]) -> None:
        self.path = path
        self._problems = problems
        self._data: Mapping[str, Any] = {}
        if isinstance(data, Mapping):
            self._data = data
        else:
            self._wrong(ProblemKind.WRONG_SHAPE, path or "data", data)

    def __contains__(self, name: str) -> bool:
        return self._data.get(name) is not None

    def raw(self, name: str) -> Any:
        """Return a value as it is; None where there is none."""
        return self._data.get(name)

    def others(self, known: frozenset[str]) -> dict[str, Any]:
        """Return what stands there besides the known fields."""
        return {str(name): value for name, value in self._data.items() if name not in known}

    def mark(self, name: str, kind: ProblemKind) -> None:
        """Name a field as wrong."""
        self._wrong(kind, self._at(name), self._data.get(name, ""))

    def required(self, name: str) -> bool:
        """Return whether a field is there; name it where it is missing."""
        if name in self:
            return True
        self._wrong(ProblemKind.MISSING, self._at(name), "")
        return False

    def object(self, name: str) -> Fields | None:
        """Return the fields of an object; None where there is none."""
        return Fields(self._data[name], self._at(name), self._problems) if name in self else None

    def objects(self, name: str) -> list[Fields]:
        """Return the objects of a list that may not be empty."""
        if not self.required(name):
            return []
        found = self._data[name]
        if not isinstance(found, list | tuple) or not found:
            self.mark(name, ProblemKind.WRONG_SHAPE)
            return []
        return [Fields(one, f"{self._at(name)}[{number}]", self._problems) for number, one in enumerate(found)]

    def number(self, name: str, *, least: Decimal | None = None, most: Decimal | None = None) -> Decimal | None:
        """Return a decimal number in [least, most]; JSON's own or text, as floats lose digits."""
        if name not in self:
            return None
        value = self._data[name]
        number = _decimal(value)
        if number is None:
            self.mark(name, ProblemKind.NOT_A_NUMBER)
        elif (least is not None and number < least) or (most is not None and number > most):
            self.mark(name, ProblemKind.OUT_OF_RANGE)
            return None
        return number

    def whole(self, name: str, *, most: int) -> int | None:
        """Return a whole number in [0, most]."""
        number = self.number(name, least=Decimal(0), most=Decimal(most))
        if number is None:
            return None
        if number != number.to_integral_value():
            self.mark(name, ProblemKind.OUT_OF_RANGE)
            return None
        return int(number)

    def word[E: StrEnum](self, name: str, words: type[E]) -> E | None:
        """Return one of the words of an enumeration."""
        known = {word.value.upper(): word for word in words}
        word = self._as(name, lambda value: known.get(value.strip().upper()), ProblemKind.UNKNOWN_WORD)
        if word is None and isinstance(self._data.get(name), str):
            self.mark(name, ProblemKind.UNKNOWN_WORD)
        return word

    def words[E: StrEnum](self, name: str, words: type[E]) -> tuple[E, ...]:
        """Return a list of words, each once, in the order of the enumeration."""
        if name not in self:
            return ()
        found = self._data[name]
        if not isinstance(found, list | tuple):
            self.mark(name, ProblemKind.WRONG_SHAPE)
            return ()
        said = {one.strip().upper() if isinstance(one, str) else "" for one in found}
        if not said <= {word.value for word in words}:
            self.mark(name, ProblemKind.UNKNOWN_WORD)
            return ()
        return tuple(word for word in words if word.value in said)

    def time(self, name: str) -> time | None:
        """Return a time of day, HH:MM."""
        return self._as(name, _time, ProblemKind.NOT_A_TIME)

    def date(self, name: str) -> date | None:
        """Return a calendar day, YYYY-MM-DD."""
        return self._as(name, _date, ProblemKind.NOT_A_TIME)

    def instant(self, name: str, zone: tzinfo = UTC) -> datetime | None:
        """Return an instant in UTC; one without an offset is in `zone`."""
        if isinstance(value := self._data.get(name), datetime):
            return _in_utc(value, zone)
        return self._as(name, lambda text: _in_utc(datetime.fromisoformat(text), zone), ProblemKind.NOT_A_TIME)

    def _as[T](self, name: str, read: Callable[[str], T], kind: ProblemKind) -> T | None:
        if name not in self:
            return None
        value = self._data[name]
        try:
            if isinstance(value, str):
                return read(value)
        except ValueError, OverflowError:
            pass
        self.mark(name, kind)
        return None

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _wrong(self, kind: ProblemKind, path: str, value: Any) -> None:
        self._problems.append(Problem(kind=kind, path=path, value=str(value)[:_SHOWN]))


def _decimal(value: Any) -> Decimal | None:
    """Return a finite number; the digits of a float are those that it is written with."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = value.strip() if isinstance(value, str) else str(value)
    if len(text) > _MOST_DIGITS or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # 1e300 written out would fill a page, and no price has an exponent like that.
    return number if number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS else None


def _time(text: str) -> time:
    if _TIME.fullmatch(text) is None:
        raise ValueError(text)
    return time.fromisoformat(text)


def _date(text: str) -> date:
    if _DATE.fullmatch(text) is None:
        raise ValueError(text)
    return date.fromisoformat(text)


def _in_utc(at: datetime, zone: tzinfo) -> datetime:
    return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)
