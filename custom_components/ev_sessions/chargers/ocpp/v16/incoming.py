"""What a station tells in OCPP 1.6, as events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ....core.energy import MWH_PER_WH
from ....core.reading import Activity
from ....core.station.authorisation import Authorisation, AuthorisationStatus
from ....core.station.clock import told_instant
from ....core.station.events import (
    Authorised,
    SignedFormat,
    SignedValue,
    StationEvent,
    StatusConfirmed,
    StatusTold,
    TransactionEnded,
    TransactionStarted,
)
from ....core.station.measurands import SampledValue
from ..answers import COMMON, take_note
from ..backend import Scan
from ..known_words import KnownWords, Words
from ..loose import records_of, text_of, whole_of
from ..message import Message, Serve, token_of, wire_instant

#: ChargePointStatus; one word of OCPP 1.5 is still heard.
_ACTIVITIES: Final = {
    "Available": Activity.AVAILABLE,
    "Preparing": Activity.PREPARING,
    "Charging": Activity.CHARGING,
    "SuspendedEV": Activity.SUSPENDED_EV,
    "SuspendedEVSE": Activity.SUSPENDED_EVSE,
    "Finishing": Activity.FINISHING,
    "Reserved": Activity.RESERVED,
    "Unavailable": Activity.UNAVAILABLE,
    "Faulted": Activity.FAULT,
}
_OCCUPIED: Final = "Occupied"
_NO_ERROR: Final = frozenset({None, "NoError"})
_LOCAL: Final = "Local"
_LONGEST_SIGNED: Final = 65_536


async def authorize(message: Message) -> dict[str, Any]:
    """Answer whether a token may charge."""
    token = token_of(text_of(message.payload, "idTag"))
    if token is None:
        return {"idTagInfo": {"status": AuthorisationStatus.INVALID.value}}
    authorisation = await message.backend.async_authorise(None, token)
    if authorisation.accepted:
        now = message.arrived_at
        await message.tell((Authorised(at=now, arrived_at=now, token=token),))
    elif authorisation.ends_only:
        # 1.6 has no word for it.
        message.backend.end_all()
    return {"idTagInfo": _id_tag_info(authorisation.to_begin)}


async def status_notification(message: Message) -> dict[str, Any]:
    """Take a connector's status."""
    payload = message.payload
    connector = whole_of(payload, "connectorId")
    if connector is None or connector < 0:
        return {}
    when = message.dated(payload.get("timestamp"))
    word = text_of(payload, "status")
    error = text_of(payload, "errorCode")
    events: list[StationEvent] = [
        StatusTold(
            at=when.at,
            arrived_at=message.arrived_at,
            timed_by=when.timed_by,
            evse=connector,
            activity=_ACTIVITIES.get(word or ""),
            connected=True if word == _OCCUPIED else None,
            error=None if error in _NO_ERROR else error,
            vendor_error=text_of(payload, "vendorErrorCode"),
            info=text_of(payload, "info"),
        )
    ]
    if message.is_of_before(when):
        events.append(StatusConfirmed(at=message.arrived_at, arrived_at=message.arrived_at, evse=connector))
    await message.tell(tuple(events))
    return {}


async def start_transaction(message: Message) -> dict[str, Any]:
    """Give a transaction its number, which it has whether or not its token is accepted."""
    payload = message.payload
    when = message.dated(payload.get("timestamp"))
    number, authorisation = await message.backend.async_start_transaction(
        TransactionStarted(
            at=when.at,
            arrived_at=message.arrived_at,
            timed_by=when.timed_by,
            evse=max(1, whole_of(payload, "connectorId") or 1),
            transaction_id="",
            token=token_of(text_of(payload, "idTag")),
            meter_start_mwh=_register_mwh(payload, "meterStart"),
            told_at=told_instant(payload.get("timestamp")),
            implied=Activity.CHARGING,
            reservation_id=whole_of(payload, "reservationId"),
        )
    )
    return {"transactionId": number, "idTagInfo": _id_tag_info(authorisation.to_begin)}


async def stop_transaction(message: Message) -> dict[str, Any]:
    """Take the end of a transaction, of whatever number; nobody can refuse one."""
    payload = message.payload
    transaction_id = text_of(payload, "transactionId") or ""
    when = message.dated(payload.get("timestamp"))
    token = token_of(text_of(payload, "idTag"))
    samples = message.samples(
        records_of(payload, "transactionData"), _sampled_value, evse=None, transaction_id=transaction_id
    )
    ended = TransactionEnded(
        at=when.at,
        arrived_at=message.arrived_at,
        timed_by=when.timed_by,
        transaction_id=transaction_id,
        token=token,
        meter_stop_mwh=_register_mwh(payload, "meterStop"),
        reason=text_of(payload, "reason") or _LOCAL,
    )
    await message.tell((*samples, ended))
    if token is None:
        return {}
    # Many name the token that began it, whoever ends it.
    held = ended.reason == _LOCAL and not message.is_old(when)
    authorisation = await message.backend.async_authorise(None, token, Scan.TOLD if held else Scan.NONE)
    if authorisation.status is AuthorisationStatus.CONCURRENT_TX:  # it has just ended one
        return {"idTagInfo": {"status": AuthorisationStatus.ACCEPTED.value}}
    return {"idTagInfo": _id_tag_info(authorisation)}


async def meter_values(message: Message) -> dict[str, Any]:
    """Take a connector's samples; connector 0 is the main meter."""
    payload = message.payload
    transaction = whole_of(payload, "transactionId")
    samples = message.samples(
        records_of(payload, "meterValue"),
        _sampled_value,
        evse=whole_of(payload, "connectorId"),
        transaction_id=None if transaction is None or transaction <= 0 else str(transaction),
    )
    if samples:
        await message.tell(tuple(samples))
    return {}


def _sampled_value(value: Mapping[str, Any], at: datetime) -> SampledValue:
    told = (value.get("measurand"), value.get("unit"), value.get("phase"), value.get("location"))
    signed = _signed_value(value, at) if value.get("format") == SignedFormat.SIGNED_DATA else None
    return SampledValue(value.get("value"), *_WORDS.of(value, told), signed)


def _words(value: Mapping[str, Any]) -> Words:
    unit, phase = text_of(value, "unit"), text_of(value, "phase")
    return text_of(value, "measurand"), unit, 0, phase, text_of(value, "location")


_WORDS: Final = KnownWords(_words)


def _signed_value(value: Mapping[str, Any], at: datetime) -> SignedValue | None:
    data = value.get("value")
    if not isinstance(data, str) or not 0 < len(data) <= _LONGEST_SIGNED:
        return None
    return SignedValue(at=at, data=data, format=SignedFormat.SIGNED_DATA, context=text_of(value, "context"))


def _register_mwh(payload: Mapping[str, Any], key: str) -> int | None:
    """Return a register in mWh; it is told in whole Wh, and by some with decimals all the same."""
    value = payload.get(key)
    if isinstance(value, float) and 0 <= value < 1e12:
        return round(value * MWH_PER_WH)
    number = whole_of(payload, key)
    return None if number is None or not 0 <= number < 10**12 else number * MWH_PER_WH


def _id_tag_info(authorisation: Authorisation) -> dict[str, Any]:
    info = {"status": authorisation.status.value}
    if authorisation.expires_at is not None:
        info["expiryDate"] = wire_instant(authorisation.expires_at)
    if authorisation.group is not None and len(authorisation.group) <= 20:
        info["parentIdTag"] = authorisation.group
    return info


ACTIONS: Final[dict[str, Serve]] = {
    **COMMON,
    "Authorize": authorize,
    "DiagnosticsStatusNotification": take_note,
    "MeterValues": meter_values,
    "SignedFirmwareStatusNotification": take_note,
    "StartTransaction": start_transaction,
    "StatusNotification": status_notification,
    "StopTransaction": stop_transaction,
}
