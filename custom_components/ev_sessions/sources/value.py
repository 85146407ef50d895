"""What an entity's state says: a word, a number in the unit that we count in, or nothing."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import Enum, StrEnum
from functools import lru_cache

from homeassistant.const import (
    ATTR_RESTORED,
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.core import State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    EnergyConverter,
    PowerConverter,
)

#: Past this no figure of a house is true, and 64 bits of the ledger would overflow.
_ABSURD = Decimal(10) ** 18


class Quantity(Enum):
    """What is measured, in the unit that we count it in."""

    POWER_W = "power_w"
    ENERGY_MWH = "energy_mwh"
    CURRENT_A = "current_a"
    VOLTAGE_V = "voltage_v"
    SOC_PERCENT = "soc_percent"


_CONVERTERS: dict[Quantity, tuple[type[BaseUnitConverter], str]] = {
    Quantity.POWER_W: (PowerConverter, UnitOfPower.WATT),
    Quantity.ENERGY_MWH: (EnergyConverter, UnitOfEnergy.MILLIWATT_HOUR),
    Quantity.CURRENT_A: (ElectricCurrentConverter, UnitOfElectricCurrent.AMPERE),
    Quantity.VOLTAGE_V: (ElectricPotentialConverter, UnitOfElectricPotential.VOLT),
}


class Unusable(StrEnum):
    """Why a state that is there gives no number."""

    NOT_A_NUMBER = "not_a_number"
    UNIT = "unit"


def said(state: State | None) -> str | None:
    """Return the state's text; None where it says nothing.

    Unavailable, unknown, empty and restored states say nothing: they tell of Home Assistant
    and not of the device.
    """
    if state is None or state.attributes.get(ATTR_RESTORED) is True:
        return None
    text = state.state.strip()
    return None if text in {"", STATE_UNAVAILABLE, STATE_UNKNOWN} else text


def number(text: str) -> Decimal | None:
    """Return the finite number that `text` is, exactly; None for anything else."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    # The exponent first: a short text may name a number that fills the memory.
    if not value.is_finite() or value.adjusted() > _ABSURD.adjusted():
        return None
    return value


def measure(state: State | None, quantity: Quantity) -> Decimal | Unusable | None:
    """Return the state's number in the unit of `quantity`, exactly as it was written.

    None where the state says nothing. The state's own unit is looked at each time, as
    people may change it while we run.
    """
    if state is None or (text := said(state)) is None:
        return None
    if (value := number(text)) is None:
        return Unusable.NOT_A_NUMBER
    if (factor := unit_factor(quantity, state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))) is None:
        return Unusable.UNIT
    value *= factor
    return Unusable.NOT_A_NUMBER if abs(value) >= _ABSURD else value


@lru_cache(maxsize=64)
def unit_factor(quantity: Quantity, unit: str | None) -> Decimal | None:
    """Return how many of our units one `unit` is; None where `unit` is none of this quantity."""
    if quantity is Quantity.SOC_PERCENT:
        return Decimal(1) if unit == PERCENTAGE else None
    converter, ours = _CONVERTERS[quantity]
    try:
        ratio = converter.convert(1.0, unit, ours)
    except HomeAssistantError:
        return None
    # Home Assistant's ratios are floats and may miss a whole number by the last bit.
    whole = round(ratio)
    exact = whole != 0 and abs(ratio - whole) <= 1e-12 * whole
    return Decimal(whole) if exact else Decimal(repr(ratio))


def whole(value: Decimal) -> int:
    """Return the nearest integer, ties to even: energy is kept in whole thousandths of a Wh."""
    return int(value.to_integral_value(ROUND_HALF_EVEN))
