"""What a session costs beside its energy, as a leaflet has it: asked for in a section of its own."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from homeassistant.data_entry_flow import section
import probatio as vol

from ..core.price_unit import GREATEST_PLAUSIBLE_PRICE
from ..core.tariff.plan import PlanFees
from .fields import minutes, money, optional

SECTION_FEES = "fees"
#: The fields, and what of the plan each is.
_AMOUNTS = {
    "session_fee": "session",
    "hour_price": "hour",
    "idle_price": "idle_hour",
    "idle_most": "idle_most",
    "session_most": "most",
}
_FIELD_GRACE = "idle_grace_min"


def fees_field(currency: str) -> dict[Any, Any]:
    """Return the section of the fees, empty at first."""
    fields = {
        optional("session_fee"): money(currency),
        optional("hour_price"): money(f"{currency}/h"),
        optional("idle_price"): money(f"{currency}/h"),
        optional(_FIELD_GRACE): minutes(),
        optional("idle_most"): money(currency),
        optional("session_most"): money(currency),
    }
    return {vol.Required(SECTION_FEES, default=dict): section(vol.Schema(fields), {"collapsed": True})}


def fees_from(answers: Mapping[str, Any]) -> PlanFees:
    """Return the fees that were entered."""
    amounts = {name: _amount(answers.get(field)) for field, name in _AMOUNTS.items()}
    return PlanFees(**amounts, idle_grace_min=int(answers.get(_FIELD_GRACE) or 0))


def fee_errors(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with them."""
    amounts = [amount for field in _AMOUNTS if (amount := _amount(answers.get(field))) is not None]
    if any(not 0 <= amount <= GREATEST_PLAUSIBLE_PRICE for amount in amounts):
        return {"base": "fee_out_of_range"}
    if answers.get("idle_price") is None and any(answers.get(name) for name in (_FIELD_GRACE, "idle_most")):
        return {"base": "idle_without_price"}
    return {}


def fee_answers(fees: PlanFees) -> dict[str, Any]:
    """Return the fees as they were entered."""
    found = {field: float(amount) for field, name in _AMOUNTS.items() if (amount := getattr(fees, name)) is not None}
    return found | ({_FIELD_GRACE: fees.idle_grace_min} if fees.idle_grace_min else {})


def _amount(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
