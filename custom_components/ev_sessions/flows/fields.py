"""The fields that the forms are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio as vol

#: Names of the sections; what lies in one is folded away until it is asked for.
SECTION_ADVANCED = "advanced"


def amperes(*, least: float = 0.0, greatest: float = 1000.0, step: float = 0.1) -> NumberSelector:
    """Ask for a current in A."""
    return _number(least, greatest, step, "A")


def seconds(*, greatest: float = 3600) -> NumberSelector:
    """Ask for a time in s."""
    return _number(0, greatest, 1, "s")


def minutes(*, least: float = 0, greatest: float = 10080) -> NumberSelector:
    """Ask for a time in min."""
    return _number(least, greatest, 1, "min")


def watts(*, greatest: float = 10000) -> NumberSelector:
    """Ask for a power in W."""
    return _number(0, greatest, 1, "W")


def kilowatts(*, greatest: float = 10000) -> NumberSelector:
    """Ask for a power in kW."""
    return _number(0.1, greatest, 0.1, "kW")


def kilowatt_hours(*, greatest: float = 1000) -> NumberSelector:
    """Ask for an energy in kWh."""
    return _number(0.1, greatest, 0.1, "kWh")


def grams_per_kilowatt_hour() -> NumberSelector:
    """Ask for a CO₂ intensity in g/kWh."""
    return _number(0, 1_000, 1, "g/kWh")


def volts() -> NumberSelector:
    """Ask for a mains voltage in V."""
    return _number(90, 420, 1, "V")


def whole(least: int, greatest: int) -> NumberSelector:
    """Ask for a whole number."""
    return _number(least, greatest, 1, None)


def any_number() -> NumberSelector:
    """Ask for a number of any size."""
    return NumberSelector(NumberSelectorConfig(step="any", mode=NumberSelectorMode.BOX))


def amount_of(unit: str, *, greatest: float = 1_000_000) -> NumberSelector:
    """Ask for so much of something, with any number of digits."""
    config = NumberSelectorConfig(min=0, max=greatest, step="any", mode=NumberSelectorMode.BOX)
    config["unit_of_measurement"] = unit
    return NumberSelector(config)


def money(unit: str) -> NumberSelector:
    """Ask for a price; any number of digits, and below zero too."""
    config = NumberSelectorConfig(step="any", mode=NumberSelectorMode.BOX, unit_of_measurement=unit)
    return NumberSelector(config)


def _number(least: float, greatest: float, step: float, unit: str | None) -> NumberSelector:
    config = NumberSelectorConfig(min=least, max=greatest, step=step, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def entity(*domains: str, multiple: bool = False) -> EntitySelector:
    """Ask for an entity of some domains."""
    return EntitySelector(EntitySelectorConfig(domain=list(domains), multiple=multiple))


def choice(options: Sequence[str], translation_key: str, *, as_list: bool = False) -> SelectSelector:
    """Ask for one of some options, that are named by the translations."""
    mode = SelectSelectorMode.LIST if as_list else SelectSelectorMode.DROPDOWN
    return SelectSelector(SelectSelectorConfig(options=list(options), translation_key=translation_key, mode=mode))


def optional(key: str, value: Any = None) -> vol.Optional:
    """Make a field that may be left empty, filled in with `value`; what is cleared stays cleared."""
    return vol.Optional(key, description=None if value is None else {"suggested_value": value})


def flat(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's answers without its sections."""
    answers: dict[str, Any] = {}
    for key, value in user_input.items():
        answers.update(value if isinstance(value, Mapping) else {key: value})
    return answers
