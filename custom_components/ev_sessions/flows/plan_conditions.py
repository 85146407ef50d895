"""What a price may depend on beside the clock: the power, the current, how long a session is, how much it had."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..core.money import exact_text
from ..core.tariff import Restrictions
from ..core.tariff.writing import restrictions_data
from .fields import amount_of, optional

#: By field: the restriction that it is, how many of that one's units its own is, and its own.
_CONDITIONS: Mapping[str, tuple[str, int, str]] = {
    "from_kw": ("min_power", 1, "kW"),
    "below_kw": ("max_power", 1, "kW"),
    "from_a": ("min_current", 1, "A"),
    "below_a": ("max_current", 1, "A"),
    "from_min": ("min_duration", 60, "min"),
    "below_min": ("max_duration", 60, "min"),
    "from_kwh": ("min_kwh", 1, "kWh"),
    "below_kwh": ("max_kwh", 1, "kWh"),
}


def condition_fields() -> dict[Any, Any]:
    """Return the fields."""
    return {optional(field): amount_of(unit) for field, (_, _, unit) in _CONDITIONS.items()}


def conditions_from(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the restrictions of a tariff that were asked for; a time counts by the second."""
    given = {field: answers[field] for field in _CONDITIONS if answers.get(field) is not None}
    return {
        name: round(given[field] * factor) if factor > 1 else str(given[field])
        for field, (name, factor, _) in _CONDITIONS.items()
        if field in given
    }


def condition_answers(when: Restrictions) -> dict[str, float]:
    """Return them as they were entered."""
    data = restrictions_data(when)
    return {field: float(data[name]) / factor for field, (name, factor, _) in _CONDITIONS.items() if name in data}


def condition_texts(when: Restrictions) -> list[str]:
    """Return them as signs, that are read in any language."""
    said = condition_answers(when)
    return [
        f"{'≥' if field.startswith('from') else '<'} {exact_text(Decimal(str(said[field])))} {unit}"
        for field, (_, _, unit) in _CONDITIONS.items()
        if field in said
    ]
