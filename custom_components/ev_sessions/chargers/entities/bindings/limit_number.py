"""The number entity that holds an EVSE's limit: its range, its step, its unit."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Self

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, PERCENTAGE
from homeassistant.core import State

from ....sources.value import Quantity, number, said, unit_factor

#: What a float may be off by; no charger can be set as finely.
_HAIR = Decimal("0.000001")
#: Above this nobody means a limit; and infinity has no digits to round.
_NO_LIMIT_A = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitNumber:
    """Which values the entity takes, in its own unit; `per_a` of that unit are 1 A of the EVSE."""

    least: Decimal
    greatest: Decimal
    step: Decimal  # 0 where any value will do
    per_a: Decimal

    @classmethod
    def of(
        cls, state: State, watts_per_a: float, *, unit: str | None = None, full_a: float | None = None
    ) -> Self | None:
        """Read the entity's attributes; None where its unit is no current, no power, and no known share.

        `watts_per_a` is the power of the EVSE at 1 A, `full_a` the current that 100 % are.
        `unit` stands in for the entity's own; without either it is in A.
        """
        unit = unit or state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        per_a = _per_ampere(unit, watts_per_a, full_a)
        if per_a is None:
            return None
        return cls(
            least=_attribute(state, "min", Decimal(0)),
            greatest=_attribute(state, "max", Decimal(100)),
            step=max(_attribute(state, "step", Decimal(1)), Decimal(0)),
            per_a=per_a,
        )

    def value_at_most(self, limit_a: float) -> Decimal | None:
        """Return the greatest value that allows no more than `limit_a`; None under the least.

        Steps count from the entity's least value, as in Home Assistant's own dialogue.
        """
        asked = Decimal(str(min(limit_a, _NO_LIMIT_A))).quantize(_HAIR) * self.per_a
        value = min(asked, self.greatest)
        # A limit in A that one of the values is may be a hair too little in its unit.
        hair = _HAIR * self.per_a
        if value + hair < self.least:
            return None
        value = max(value, self.least)
        if self.step:
            steps = ((value + hair - self.least) / self.step).to_integral_value(ROUND_FLOOR)
            value = self.least + steps * self.step
        return value

    def least_from(self, limit_a: float) -> float | None:
        """Return the limit of the least value that allows no less than `limit_a`, in A; None where all do."""
        value = max((Decimal(str(min(limit_a, _NO_LIMIT_A))) - _HAIR) * self.per_a, self.least)
        if self.step:
            steps = ((value - self.least) / self.step).to_integral_value(ROUND_CEILING)
            value = self.least + steps * self.step
        return None if value > self.greatest else max(limit_a, self.limit_a(value))

    def limit_a(self, value: Decimal) -> float:
        """Return the current in A that `value` allows."""
        return float(value / self.per_a)

    def read_a(self, state: State) -> float | None:
        """Return the limit in A that the entity shows; None where it says nothing, or nonsense."""
        if (text := said(state)) is None or (value := number(text)) is None:
            return None
        return self.limit_a(value)


def _attribute(state: State, name: str, otherwise: Decimal) -> Decimal:
    value = number(str(state.attributes.get(name)))
    return otherwise if value is None else value


def _per_ampere(unit: str | None, watts_per_a: float, full_a: float | None) -> Decimal | None:
    """Return how much of a unit 1 A of the EVSE is."""
    if unit is None:
        return Decimal(1)
    if unit == PERCENTAGE:
        return Decimal(100) / Decimal(str(full_a)) if full_a else None
    if (factor := unit_factor(Quantity.CURRENT_A, unit)) is not None:
        return 1 / factor
    if (factor := unit_factor(Quantity.POWER_W, unit)) is not None:
        return Decimal(str(watts_per_a)) / factor
    return None
