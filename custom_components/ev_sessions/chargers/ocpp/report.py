"""Reports of a station: calls that say no more than what was measured, and what of that is news."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from .loose import record_of, records_of

#: Why an event of a transaction is told that says nothing but what was measured.
_SAMPLED: Final = frozenset({"MeterValueClock", "MeterValuePeriodic"})
#: Of what was measured, what somebody has to know soon: what flows, and what is offered.
_FLOWS: Final = ("Power.", "Current.")
#: By so large a share it may tremble and is no news.
_STILL_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report, and when it came (UTC)."""

    action: str
    payload: dict[str, Any]
    arrived_at: datetime


def is_report(action: str, payload: Mapping[str, Any]) -> bool:
    """Tell whether a call is a report: its answer says nothing."""
    if action == "TransactionEvent":
        sampled = payload.get("triggerReason") in _SAMPLED and payload.get("eventType") == "Updated"
        return sampled and "idToken" not in payload
    return action == "MeterValues"


@dataclass(frozen=True, slots=True)
class Glance:
    """What a report says at a glance: of which outlet and transaction, and what flows, in units of its own.

    `flows` is None where that is no plain list of numbers.
    """

    about: tuple[object, ...]
    flows: tuple[float, ...] | None

    def is_news_after(self, before: Glance | None) -> bool:
        """Tell whether it says anything else than the report before, but for its energy."""
        if before is None or before.flows is None or self.flows is None or self.about != before.about:
            return True
        if len(self.flows) != len(before.flows):
            return True
        pairs = zip(self.flows, before.flows, strict=True)
        return not all(abs(now - then) <= _STILL_SHARE * abs(then) for now, then in pairs)


def glance_at(payload: Mapping[str, Any]) -> Glance:
    """Look at a report without reading it."""
    info = record_of(payload, "transactionInfo")
    about = (
        payload.get("connectorId"),
        payload.get("transactionId"),
        payload.get("evseId"),
        payload.get("evse"),
        info.get("transactionId"),
        info.get("chargingState"),
    )
    try:
        flows = tuple(
            float(value["value"])
            for meter_value in records_of(payload, "meterValue")
            for value in records_of(meter_value, "sampledValue")
            if value.get("measurand", "").startswith(_FLOWS)
        )
    except AttributeError, KeyError, OverflowError, TypeError, ValueError:
        flows = None
    return Glance(about, flows)
