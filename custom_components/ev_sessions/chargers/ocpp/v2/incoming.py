"""What a station tells in OCPP 2.0.1 and 2.1, as events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ....core.id_token import IdToken
from ....core.reading import Activity
from ....core.station.authorisation import Authorisation, AuthorisationStatus
from ....core.station.clock import Dated, told_instant
from ....core.station.events import (
    Authorised,
    Metered,
    SignedFormat,
    SignedValue,
    StationEvent,
    StatusConfirmed,
    StatusTold,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from ....core.station.measurands import SampledValue
from ..answers import COMMON, failed, rejected, take_note
from ..backend import Scan
from ..known_words import KnownWords, Words
from ..loose import record_of, records_of, text_of, whole_of
from ..message import Message, Serve, token_of, wire_instant
from ..rpc import not_served

#: ConnectorStatusEnumType; Occupied says that a cable is in, and no more.
_ACTIVITIES: Final = {
    "Available": Activity.AVAILABLE,
    "Reserved": Activity.RESERVED,
    "Unavailable": Activity.UNAVAILABLE,
    "Faulted": Activity.FAULT,
}
_OCCUPIED: Final = "Occupied"
#: ChargingStateEnumType; in Idle no car is connected.
_CHARGING_STATES: Final = {
    "Charging": Activity.CHARGING,
    "EVConnected": Activity.PREPARING,
    "SuspendedEV": Activity.SUSPENDED_EV,
    "SuspendedEVSE": Activity.SUSPENDED_EVSE,
    "Idle": Activity.AVAILABLE,
}
#: What a start stands for whose charging state is not told, by why it is told.
_IMPLIED: Final = {
    "CablePluggedIn": Activity.PREPARING,
    "EVDetected": Activity.PREPARING,
    "ChargingStateChanged": Activity.CHARGING,
}
#: Why an event is told when somebody holds a token to the station.
_HELD: Final = frozenset({"Authorized", "Deauthorized", "StopAuthorized"})
#: Why a transaction ended that does not say so itself, by why that is told (2.0.1, TriggerReasonEnumType).
_STOPPED: Final = {
    "Deauthorized": "DeAuthorized",
    "EnergyLimitReached": "EnergyLimitReached",
    "RemoteStop": "Remote",
    "ResetCommand": "ImmediateReset",
    "SoCLimitReached": "SOCLimitReached",
    "TimeLimitReached": "TimeLimitReached",
}
_LONGEST_SIGNED: Final = 65_536


async def authorize(message: Message) -> dict[str, Any]:
    """Answer whether a token may charge; certificates are not looked into."""
    payload = message.payload
    token = _token(payload)
    if token is None:
        return {"idTokenInfo": {"status": AuthorisationStatus.INVALID.value}}
    authorisation = await message.backend.async_authorise(None, token)
    if authorisation.accepted:
        now = message.arrived_at
        await message.tell((Authorised(at=now, arrived_at=now, token=token),))
    elif authorisation.ends_only and not message.backend.takes_master_pass:
        message.backend.end_all()
        authorisation = authorisation.to_begin
    answer: dict[str, Any] = {"idTokenInfo": _id_token_info(authorisation)}
    if payload.get("certificate") or payload.get("iso15118CertificateHashData"):
        answer["certificateStatus"] = "NoCertificateAvailable"
    return answer


async def status_notification(message: Message) -> dict[str, Any]:
    """Take a connector's status."""
    payload = message.payload
    evse = whole_of(payload, "evseId")
    if evse is None or evse < 0:
        return {}
    when = message.dated(payload.get("timestamp"))
    word = text_of(payload, "connectorStatus")
    events: list[StationEvent] = [
        StatusTold(
            at=when.at,
            arrived_at=message.arrived_at,
            timed_by=when.timed_by,
            evse=evse,
            connector=whole_of(payload, "connectorId") or 1,
            activity=_ACTIVITIES.get(word or ""),
            connected=True if word == _OCCUPIED else None,
        )
    ]
    if message.is_of_before(when):
        events.append(StatusConfirmed(at=message.arrived_at, arrived_at=message.arrived_at, evse=evse))
    await message.tell(tuple(events))
    return {}


async def transaction_event(message: Message) -> dict[str, Any]:
    """Take an event of a transaction, with the samples in it."""
    payload = message.payload
    evse = whole_of(record_of(payload, "evse"), "id") or None
    transaction_id = text_of(record_of(payload, "transactionInfo"), "transactionId")
    token = _token(payload)
    answer = await _answer_to_token(message, evse, token)
    samples = message.samples(
        records_of(payload, "meterValue"), _sampled_value, evse=evse, transaction_id=transaction_id
    )
    events: list[StationEvent] = list(samples)
    if transaction_id is not None:
        event = _event(message, transaction_id, evse, token, samples)
        # What a transaction begins with comes after its start, what it ends with before its end.
        events.insert(0 if isinstance(event, TransactionStarted) else len(events), event)
    if events:
        await message.tell(tuple(events))
    if transaction_id is not None and payload.get("eventType") == "Ended":
        # It is told at the end only (E06.FR.15); what is not known is left out, for 0 would be free.
        cost = message.backend.total_cost(transaction_id)
        answer |= {} if cost is None else {"totalCost": cost}
    return answer


async def meter_values(message: Message) -> dict[str, Any]:
    """Take an EVSE's samples; EVSE 0 is the main meter."""
    payload = message.payload
    samples = message.samples(
        records_of(payload, "meterValue"), _sampled_value, evse=whole_of(payload, "evseId"), transaction_id=None
    )
    if samples:
        await message.tell(tuple(samples))
    return {}


async def ev_certificate(_message: Message) -> dict[str, Any]:
    """Answer that no contract certificate is to be had here (ISO 15118)."""
    return {"status": "Failed", "exiResponse": ""}


async def certificate_chain_status(message: Message) -> dict[str, Any]:
    """Answer that no certificate's status is to be had here (2.1)."""
    statuses = [
        {
            "certificateHashData": asked["certificateHashData"],
            "source": asked.get("source", "OCSP"),
            "status": "Failed",
            "nextUpdate": wire_instant(message.arrived_at),
        }
        for asked in records_of(message.payload, "certificateStatusRequests")
        if isinstance(asked.get("certificateHashData"), dict)
    ]
    if not statuses:
        raise not_served("GetCertificateChainStatus", message.version)
    return {"certificateStatus": statuses[:4]}


async def vat_number(message: Message) -> dict[str, Any]:
    """Answer that no VAT number is known here (2.1)."""
    return {"vatNumber": (text_of(message.payload, "vatNumber") or "")[:20], "status": "Rejected"}


async def _answer_to_token(message: Message, evse: int | None, token: IdToken | None) -> dict[str, Any]:
    if token is None:
        return {}
    if token.names_nobody:
        # Nobody is asked, and all the same there has to be an answer to it (2.0.1, TransactionEventResponse).
        return {"idTokenInfo": {"status": AuthorisationStatus.ACCEPTED.value}}
    authorisation = await message.backend.async_authorise(evse, token, _scan(message))
    if message.payload.get("eventType") == "Started":
        authorisation = authorisation.to_begin
    ends = message.payload.get("eventType") == "Ended"
    if ends and authorisation.status is AuthorisationStatus.CONCURRENT_TX:  # it ends one
        return {"idTokenInfo": {"status": AuthorisationStatus.ACCEPTED.value}}
    return {"idTokenInfo": _id_token_info(authorisation)}


def _scan(message: Message) -> Scan:
    """Return whether somebody holds the token of an event to the station: some name it in each."""
    payload = message.payload
    trigger = text_of(payload, "triggerReason")
    held = trigger in _HELD or (payload.get("eventType") == "Started" and trigger != "RemoteStart")
    late = payload.get("offline") is True or message.is_old(message.dated(payload.get("timestamp")))
    return Scan.TOLD if held and not late else Scan.NONE


def _event(
    message: Message, transaction_id: str, evse: int | None, token: IdToken | None, samples: list[Metered]
) -> TransactionStarted | TransactionUpdated | TransactionEnded:
    payload, info = message.payload, record_of(message.payload, "transactionInfo")
    when: Dated = message.dated(payload.get("timestamp"))
    trigger = text_of(payload, "triggerReason")
    activity = _CHARGING_STATES.get(text_of(info, "chargingState") or "")
    common: dict[str, Any] = {
        "at": when.at,
        "arrived_at": message.arrived_at,
        "timed_by": when.timed_by,
        "evse": evse,
        "transaction_id": transaction_id,
        "token": token,
        "sequence": whole_of(payload, "seqNo"),
        "offline": payload.get("offline") is True,
    }
    match payload.get("eventType"):
        case "Started":
            return TransactionStarted(
                **common,
                meter_start_mwh=_register_mwh(samples, "Transaction.Begin"),
                activity=activity,
                implied=_IMPLIED.get(trigger or ""),
                told_at=told_instant(payload.get("timestamp")),
                remote_start_id=whole_of(info, "remoteStartId"),
                reservation_id=whole_of(payload, "reservationId"),
            )
        case "Ended":
            return TransactionEnded(
                **common,
                meter_stop_mwh=_register_mwh(samples, "Transaction.End"),
                reason=text_of(info, "stoppedReason") or _STOPPED.get(trigger or "", "Local"),
                trigger=trigger,
            )
        case _:
            return TransactionUpdated(
                **common, activity=activity, remote_start_id=whole_of(info, "remoteStartId"), trigger=trigger
            )


def _register_mwh(samples: list[Metered], context: str) -> int | None:
    """Return the register of a message's sample of this context; where none says it, of the nearest to that end."""
    told = sorted((sample for sample in samples if sample.sample.register_mwh is not None), key=lambda one: one.at)
    fitting = [sample for sample in told if sample.context == context] or told
    if not fitting:
        return None
    return fitting[0 if context == "Transaction.Begin" else -1].sample.register_mwh


def _sampled_value(value: Mapping[str, Any], at: datetime) -> SampledValue:
    unit = record_of(value, "unitOfMeasure")
    told = (value.get("measurand"), unit.get("unit"), value.get("phase"), value.get("location"))
    signed = None
    if "signedMeterValue" in value:
        signed = _signed_value(record_of(value, "signedMeterValue"), at, text_of(value, "context"))
    # A multiplier is a number, by which nothing is remembered.
    words = _words(value) if unit.get("multiplier") else _WORDS.of(value, told)
    return SampledValue(value.get("value"), *words, signed)


def _words(value: Mapping[str, Any]) -> Words:
    unit = record_of(value, "unitOfMeasure")
    multiplier = whole_of(unit, "multiplier") or 0
    phase, location = text_of(value, "phase"), text_of(value, "location")
    return text_of(value, "measurand"), text_of(unit, "unit"), multiplier, phase, location


_WORDS: Final = KnownWords(_words)


def _signed_value(record: Mapping[str, Any], at: datetime, context: str | None) -> SignedValue | None:
    if text_of(record, "signedMeterData", _LONGEST_SIGNED) is None:
        return None
    return SignedValue(
        at=at,
        data=record["signedMeterData"],
        format=SignedFormat.SIGNED_METER_VALUE,
        context=context,
        encoding=text_of(record, "encodingMethod"),
        method=text_of(record, "signingMethod"),
        public_key=text_of(record, "publicKey"),
    )


def _token(payload: Mapping[str, Any]) -> IdToken | None:
    record = record_of(payload, "idToken")
    value, kind = text_of(record, "idToken"), text_of(record, "type") or ""
    if value is None:  # NoAuthorization has no value
        return IdToken(value="", type=kind) if kind == "NoAuthorization" else None
    return token_of(value, kind)


def _id_token_info(authorisation: Authorisation) -> dict[str, Any]:
    info: dict[str, Any] = {"status": authorisation.status.value}
    if authorisation.expires_at is not None:
        info["cacheExpiryDateTime"] = wire_instant(authorisation.expires_at)
    if authorisation.group is not None and len(authorisation.group) <= 36:
        info["groupIdToken"] = {"idToken": authorisation.group, "type": "Central"}
    return info


ACTIONS: Final[dict[str, Serve]] = {
    **COMMON,
    "Authorize": authorize,
    "ClearedChargingLimit": take_note,
    "Get15118EVCertificate": ev_certificate,
    "GetCertificateStatus": failed,
    "MeterValues": meter_values,
    "NotifyChargingLimit": take_note,
    "NotifyCustomerInformation": take_note,
    "NotifyDisplayMessages": take_note,
    "NotifyEVChargingNeeds": rejected,
    "NotifyEVChargingSchedule": rejected,
    "NotifyEvent": take_note,
    "NotifyMonitoringReport": take_note,
    "NotifyReport": take_note,
    "PublishFirmwareStatusNotification": take_note,
    "ReportChargingProfiles": take_note,
    "ReservationStatusUpdate": take_note,
    "StatusNotification": status_notification,
    "TransactionEvent": transaction_event,
}
#: What 2.1 adds.
ACTIONS_21: Final[dict[str, Serve]] = {
    "BatterySwap": take_note,
    "ClosePeriodicEventStream": take_note,
    "GetCertificateChainStatus": certificate_chain_status,
    "NotifyDERAlarm": take_note,
    "NotifyDERStartStop": take_note,
    "NotifyPeriodicEventStream": take_note,
    "NotifyPriorityCharging": take_note,
    "NotifySettlement": take_note,
    "OpenPeriodicEventStream": rejected,
    "PullDynamicScheduleUpdate": rejected,
    "ReportDERControl": take_note,
    "VatNumberValidation": vat_number,
}
