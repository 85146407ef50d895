"""What a state of a price entity says: a price in the major unit per kWh, nothing, or why it is of no use."""

from dataclasses import dataclass
from decimal import Decimal

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import State

from ..core.prices.unit import PriceUnit, UnitFault, UnitProblem, parse_price
from ..sources.value import said
from ..sources.watch import ProblemKind

_REASONS = {
    UnitFault.MISSING: "it has no unit",
    UnitFault.NOT_PER_ENERGY: "its unit is not per Wh, kWh or MWh",
    UnitFault.OTHER_CURRENCY: "its unit is not of the site's currency",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a state gives no price. `detail` is the unit or text as it was written."""

    kind: ProblemKind
    detail: str | None
    reason: str


def unit_of(state: State | None, *, currency: str, unit: str | None) -> PriceUnit | Refusal:
    """Return the unit of the entity's prices; `unit`, where given, stands in for its own."""
    written = unit or (None if state is None else state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))
    parsed = PriceUnit.parse(None if written is None else str(written), currency)
    if isinstance(parsed, UnitProblem):
        return Refusal(kind=ProblemKind.UNIT, detail=parsed.unit, reason=_REASONS[parsed.fault])
    return parsed


def quote(state: State | None, *, currency: str, unit: str | None) -> Decimal | Refusal | None:
    """Return the price that a state shows, per kWh in the major unit; None where it says nothing."""
    if state is None or (text := said(state)) is None:
        return None
    of_unit = unit_of(state, currency=currency, unit=unit)
    if isinstance(of_unit, Refusal):
        return of_unit
    if (raw := parse_price(text)) is None:
        return Refusal(kind=ProblemKind.NOT_A_NUMBER, detail=text, reason="it is not a number")
    if (price := of_unit.per_kwh(raw)) is None:
        return Refusal(kind=ProblemKind.NOT_A_NUMBER, detail=text, reason="no energy costs as much")
    return price
