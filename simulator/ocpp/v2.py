"""OCPP 2.0.1 and 2.1 as a station says it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, override
from uuid import uuid4

from .connector import Connector, Sample, State, Transaction
from .dialect import Dialect
from .line import Call, Payload
from .measurands import Value
from .settings import Settings
from .v2_commands import Commands2
from .v2_variables import variables
from .v16 import instant_text

if TYPE_CHECKING:
    from .station import Station

_CONNECTOR_STATUS = {
    State.AVAILABLE: "Available",
    State.RESERVED: "Reserved",
    State.UNAVAILABLE: "Unavailable",
    State.FAULTED: "Faulted",
}
_CHARGING_STATES = {
    State.CHARGING: "Charging",
    State.SUSPENDED_EV: "SuspendedEV",
    State.SUSPENDED_EVSE: "SuspendedEVSE",
}
#: Why a transaction ends in the words of 1.6, and what 2.x says: the reason, and what triggered it.
_ENDS = {
    "Local": ("Local", "StopAuthorized"),
    "Remote": ("Remote", "RemoteStop"),
    "MasterPass": ("MasterPass", "StopAuthorized"),
    "EVDisconnected": ("EVDisconnected", "EVCommunicationLost"),
    "DeAuthorized": ("DeAuthorized", "Deauthorized"),
    "PowerLoss": ("PowerLoss", "AbnormalCondition"),
    "UnlockCommand": ("Remote", "UnlockCommand"),
    "SoftReset": ("ImmediateReset", "ResetCommand"),
    "HardReset": ("ImmediateReset", "ResetCommand"),
    "ImmediateReset": ("ImmediateReset", "ResetCommand"),
    "Reboot": ("Reboot", "AbnormalCondition"),
}
_BOOT_REASONS = {"SoftReset": "RemoteReset", "HardReset": "RemoteReset", "ImmediateReset": "RemoteReset"}


class Dialect201(Dialect):
    """The messages of 2.0.1, and its variables."""

    version: ClassVar[str] = "2.0.1"
    subprotocol: ClassVar[str] = "ocpp2.0.1"
    tells_changes: ClassVar[bool] = True

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.settings = Settings(variables(station))
        self._commands = Commands2(station, self.settings)

    @property
    @override
    def sample_s(self) -> float:
        return self.minded(self.settings["SampledDataCtrlr.TxUpdatedInterval"])

    @property
    @override
    def aligned_s(self) -> float:
        interval = "AlignedDataCtrlr.Interval"
        return self.settings[interval].number if interval in self.settings else 0.0

    @property
    @override
    def measurands(self) -> tuple[str, ...]:
        return self.settings["SampledDataCtrlr.TxUpdatedMeasurands"].words

    @property
    @override
    def connection_timeout_s(self) -> float:
        return self.settings["TxCtrlr.EVConnectionTimeOut"].number

    @property
    @override
    def authorises_remote(self) -> bool:
        return self.settings["AuthCtrlr.AuthorizeRemoteStart"].is_true

    @property
    @override
    def ping_s(self) -> float:
        return self.settings["OCPPCommCtrlr.WebSocketPingInterval"].number

    @override
    def new_id(self) -> str | None:
        return str(uuid4())

    @override
    def boot(self, reason: str) -> Call:
        model = self.station.model
        station = {
            "vendorName": model.vendor,
            "model": model.model,
            "serialNumber": model.serial,
            "firmwareVersion": model.firmware,
        }
        return "BootNotification", {"reason": _BOOT_REASONS.get(reason, reason), "chargingStation": station}

    @override
    def word(self, state: State) -> str:
        return _CONNECTOR_STATUS.get(state, "Occupied")

    @override
    def status(self, connector: int, state: State, error: str, vendor_error: str | None, at: datetime) -> Call:
        return "StatusNotification", {
            "timestamp": instant_text(at),
            "connectorStatus": self.word(state),
            "evseId": connector,
            "connectorId": 1,
        }

    @override
    def problem(self, connector: int, error: str, vendor_error: str | None, *, is_there: bool) -> Call:
        at = instant_text(self.station.now())
        event: dict[str, Any] = {
            "eventId": connector,
            "timestamp": at,
            "trigger": "Alerting",
            "actualValue": "true" if is_there else "false",
            "cleared": not is_there,
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": "Connector", "evse": {"id": connector, "connectorId": 1}},
            "variable": {"name": "Problem"},
            "techInfo": error,
        }
        if vendor_error is not None:
            event["techCode"] = vendor_error
        return "NotifyEvent", {"generatedAt": at, "seqNo": 0, "tbc": False, "eventData": [event]}

    @override
    def authorise(self, token: str) -> Call:
        return "Authorize", {"idToken": _id_token(token)}

    @override
    def is_accepted(self, answer: Payload) -> bool:
        return bool(answer.get("idTokenInfo", {}).get("status", "Accepted") == "Accepted")

    @override
    def is_master(self, answer: Payload) -> bool:
        group = answer.get("idTokenInfo", {}).get("groupIdToken", {}).get("idToken")
        key = "AuthCtrlr.MasterPassGroupId"
        return group is not None and key in self.settings and group == self.settings[key].value

    @override
    def started(self, transaction: Transaction, sample: Sample) -> Call:
        remote = transaction.remote_start_id is not None
        event = self._event("Started", "RemoteStart" if remote else "Authorized", transaction, sample)
        event["transactionInfo"]["chargingState"] = "EVConnected"
        if remote:
            event["transactionInfo"]["remoteStartId"] = transaction.remote_start_id
        if not remote or self.station.behaviour.token_after_remote_start:
            event["idToken"] = _id_token(transaction.token)
        if transaction.reservation_id is not None:
            event["reservationId"] = transaction.reservation_id
        event["evse"] = {"id": transaction.connector, "connectorId": 1}
        return "TransactionEvent", event

    @override
    def answered(self, transaction: Transaction, answer: Payload) -> None:
        """Take nothing: the id is ours."""

    @override
    def metered(self, connector: Connector, transaction: Transaction | None, sample: Sample) -> Call:
        behaviour = self.station.behaviour
        if transaction is None or not behaviour.meter_values_have_transaction:
            return "MeterValues", {"evseId": connector.number, "meterValue": [meter_value(sample)]}
        trigger = {"Sample.Clock": "MeterValueClock", "Trigger": "Trigger"}.get(sample.context, "MeterValuePeriodic")
        event = self._event("Updated", trigger, transaction, sample)
        if behaviour.charging_state_in_meter_values:
            event["transactionInfo"]["chargingState"] = self.charging_state(connector)
        return "TransactionEvent", event

    @override
    def changed(self, transaction: Transaction, state: State, sample: Sample) -> Call:
        event = self._event("Updated", "ChargingStateChanged", transaction, sample)
        event["transactionInfo"]["chargingState"] = _charging_state(state)
        return "TransactionEvent", event

    def charging_state(self, connector: Connector) -> str:
        """Return what the car at a connector does."""
        return _charging_state(connector.state)

    @override
    def ended(self, transaction: Transaction, sample: Sample) -> Call:
        behaviour = self.station.behaviour
        reason, trigger = _ENDS.get(transaction.reason or "Local", ("Other", "AbnormalCondition"))
        event = self._event("Ended", trigger, transaction, sample)
        event["transactionInfo"]["chargingState"] = "EVConnected" if reason != "EVDisconnected" else "Idle"
        if behaviour.tells_stop_reason:
            event["transactionInfo"]["stoppedReason"] = reason
        if behaviour.transaction_data == "full":
            event["meterValue"] = [meter_value(one) for one in transaction.samples]
        if reason == "Local":
            event["idToken"] = _id_token(transaction.token)
        return "TransactionEvent", event

    @override
    async def handle(self, action: str, payload: Payload) -> Payload:
        return await self._commands.handle(action, payload)

    def _event(self, kind: str, trigger: str, transaction: Transaction, sample: Sample) -> dict[str, Any]:
        event: dict[str, Any] = {
            "eventType": kind,
            "timestamp": instant_text(sample.at),
            "triggerReason": trigger,
            "seqNo": transaction.seq_no,
            "transactionInfo": {"transactionId": transaction.id},
        }
        if not self.station.behaviour.seq_no_stands_still:
            transaction.seq_no += 1
        if not self.station.behaviour.evse_only_in_started:
            event["evse"] = {"id": transaction.connector, "connectorId": 1}
        if sample.offline:
            event["offline"] = True
        if sample.values:
            event["meterValue"] = [meter_value(sample)]
        return event


def meter_value(sample: Sample) -> Payload:
    """Return a MeterValue."""
    return {"timestamp": instant_text(sample.at), "sampledValue": [_sampled(sample, value) for value in sample.values]}


def _sampled(sample: Sample, value: Value) -> Payload:
    sampled: Payload = {"value": value.value, "context": sample.context}
    if value.measurand is not None:
        sampled["measurand"] = value.measurand
    if value.phase is not None:
        sampled["phase"] = value.phase
    if value.unit is not None:
        sampled["unitOfMeasure"] = {"unit": value.unit}
    return sampled


def _charging_state(state: State) -> str:
    return _CHARGING_STATES.get(state, "EVConnected")


def _id_token(token: str) -> Payload:
    return {"idToken": token, "type": "ISO14443"}
