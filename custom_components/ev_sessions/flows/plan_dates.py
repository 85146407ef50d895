"""A first and a last day, as people say it; inside, the end is the day after the last."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from homeassistant.helpers.selector import DateSelector

from .fields import optional

_FIRST, _LAST = "first_day", "last_day"
_DAY = timedelta(days=1)


def date_fields() -> dict[Any, Any]:
    """Return the fields of both."""
    return {optional(_FIRST): DateSelector(), optional(_LAST): DateSelector()}


def dates_from(answers: Mapping[str, Any]) -> dict[str, str | None]:
    """Return `start_date`, and `end_date` that is exclusive."""
    last = answers.get(_LAST)
    end = None if last is None else (date.fromisoformat(last) + _DAY).isoformat()
    return {"start_date": answers.get(_FIRST), "end_date": end}


def date_answers(start: date | None, end: date | None) -> dict[str, str]:
    """Return both as they were entered."""
    days = {_FIRST: start, _LAST: None if end is None else end - _DAY}
    return {name: day.isoformat() for name, day in days.items() if day is not None}
