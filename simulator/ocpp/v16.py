"""OCPP 1.6J as a station says it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, override

from .connector import Connector, Sample, State, Transaction
from .dialect import Dialect
from .line import Call, Payload
from .measurands import Value
from .settings import Setting, Settings
from .v16_commands import Commands16

if TYPE_CHECKING:
    from .station import Station


_FEATURES = (
    "Core",
    "FirmwareManagement",
    "LocalAuthListManagement",
    "Reservation",
    "SmartCharging",
    "RemoteTrigger",
)


class Dialect16(Dialect):
    """The messages of 1.6, and its configuration keys."""

    version: ClassVar[str] = "1.6"
    subprotocol: ClassVar[str] = "ocpp1.6"
    tells_changes: ClassVar[bool] = False

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.settings = Settings(_keys(station))
        self._commands = Commands16(station, self.settings)

    @property
    @override
    def sample_s(self) -> float:
        return self.minded(self.settings["MeterValueSampleInterval"])

    @property
    @override
    def aligned_s(self) -> float:
        aligned = "ClockAlignedDataInterval"
        return self.settings[aligned].number if aligned in self.settings else 0.0

    @property
    @override
    def measurands(self) -> tuple[str, ...]:
        return self.settings["MeterValuesSampledData"].words

    @property
    @override
    def connection_timeout_s(self) -> float:
        return self.settings["ConnectionTimeOut"].number

    @property
    @override
    def authorises_remote(self) -> bool:
        return self.settings["AuthorizeRemoteTxRequests"].is_true

    @property
    @override
    def ping_s(self) -> float:
        return self.settings["WebSocketPingInterval"].number

    @override
    def new_id(self) -> str | None:
        return None

    @override
    def word(self, state: State) -> str:
        return state.value

    @override
    def boot(self, reason: str) -> Call:
        model = self.station.model
        return "BootNotification", {
            "chargePointVendor": model.vendor,
            "chargePointModel": model.model,
            "chargePointSerialNumber": model.serial,
            "firmwareVersion": model.firmware,
        }

    @override
    def status(self, connector: int, state: State, error: str, vendor_error: str | None, at: datetime) -> Call:
        payload: Payload = {"connectorId": connector, "status": state.value, "errorCode": error}
        if vendor_error is not None:
            payload["vendorErrorCode"] = vendor_error
        if self.station.behaviour.status_has_time:
            payload["timestamp"] = instant_text(at)
        return "StatusNotification", payload

    @override
    def problem(self, connector: int, error: str, vendor_error: str | None, *, is_there: bool) -> None:
        """Tell nothing: the status has the error."""

    @override
    def authorise(self, token: str) -> Call:
        return "Authorize", {"idTag": token}

    @override
    def is_accepted(self, answer: Payload) -> bool:
        return bool(answer.get("idTagInfo", {}).get("status", "Accepted") == "Accepted")

    @override
    def started(self, transaction: Transaction, sample: Sample) -> Call:
        payload: Payload = {
            "connectorId": transaction.connector,
            "idTag": transaction.token,
            "meterStart": int(transaction.meter_start_wh),
            "timestamp": instant_text(transaction.start),
        }
        if transaction.reservation_id is not None:
            payload["reservationId"] = transaction.reservation_id
        return "StartTransaction", payload

    @override
    def answered(self, transaction: Transaction, answer: Payload) -> None:
        if "transactionId" in answer:
            transaction.id = str(answer["transactionId"])

    @override
    def metered(self, connector: Connector, transaction: Transaction | None, sample: Sample) -> Call:
        payload: Payload = {"connectorId": connector.number, "meterValue": [meter_value(sample)]}
        if transaction is not None and self.station.behaviour.meter_values_have_transaction:
            payload["transactionId"] = _number(transaction)
        return "MeterValues", payload

    @override
    def changed(self, transaction: Transaction, state: State, sample: Sample) -> Call:
        raise NotImplementedError("a status says it")

    @override
    def ended(self, transaction: Transaction, sample: Sample) -> Call:
        behaviour = self.station.behaviour
        payload: Payload = {
            "transactionId": _number(transaction),
            "idTag": transaction.token,
            "meterStop": int(self._stop_wh(transaction)),
            "timestamp": instant_text(sample.at),
        }
        if behaviour.tells_stop_reason and transaction.reason is not None:
            payload["reason"] = transaction.reason
        if behaviour.transaction_data == "full":
            payload["transactionData"] = [meter_value(one) for one in transaction.samples]
        elif behaviour.transaction_data == "empty":
            empty = replace(transaction.samples[0], values=())
            payload["transactionData"] = [meter_value(empty), meter_value(sample)]
        return "StopTransaction", payload

    def _stop_wh(self, transaction: Transaction) -> float:
        factor = 1000.0 if self.station.behaviour.energy_unit == "kWh" else 1.0
        return sum(value.value for value in transaction.samples[-1].values) * factor

    @override
    async def handle(self, action: str, payload: Payload) -> Payload:
        return await self._commands.handle(action, payload)


def instant_text(at: datetime) -> str:
    """Return an instant as stations write it: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def meter_value(sample: Sample) -> Payload:
    """Return a MeterValue."""
    return {"timestamp": instant_text(sample.at), "sampledValue": [_sampled(sample, value) for value in sample.values]}


def _sampled(sample: Sample, value: Value) -> Payload:
    sampled: Payload = {"value": f"{value.value:.10g}", "context": sample.context}
    for name, told in (("measurand", value.measurand), ("unit", value.unit), ("phase", value.phase)):
        if told is not None:
            sampled[name] = told
    return sampled


def _number(transaction: Transaction) -> int:
    """Return the id that the central system gave; -1 where it never did."""
    return -1 if transaction.id is None else int(transaction.id)


def _keys(station: Station) -> dict[str, Setting]:
    behaviour = station.behaviour
    units = {"A": "Current", "W": "Power"}
    writable = {
        "HeartbeatInterval": "300",
        "MeterValueSampleInterval": "60",
        "MeterValuesSampledData": "Energy.Active.Import.Register",
        "ClockAlignedDataInterval": "0",
        "MeterValuesAlignedData": "Energy.Active.Import.Register",
        "StopTxnSampledData": "Energy.Active.Import.Register",
        "StopTxnAlignedData": "",
        "StopTransactionOnEVSideDisconnect": "true",
        "StopTransactionOnInvalidId": "true",
        "AuthorizeRemoteTxRequests": "false",
        "LocalPreAuthorize": "false",
        "LocalAuthorizeOffline": "true",
        "LocalAuthListEnabled": "false" if behaviour.local_list_needs_enabling else "true",
        "AllowOfflineTxForUnknownId": "false",
        "AuthorizationCacheEnabled": "true",
        "WebSocketPingInterval": "0",
        "ConnectionTimeOut": "60",
        "TransactionMessageAttempts": "3",
        "TransactionMessageRetryInterval": "60",
        "ResetRetries": "1",
        "MinimumStatusDuration": "0",
        "UnlockConnectorOnEVSideDisconnect": "true",
        "ConnectorPhaseRotation": "NotApplicable",
    }
    fixed = {
        "NumberOfConnectors": str(len(station.connectors)),
        "SupportedFeatureProfiles": ",".join(_FEATURES),
        "GetConfigurationMaxKeys": "50",
        "MeterValuesSampledDataMaxLength": "20",
        "LocalAuthListMaxLength": "100",
        "SendLocalListMaxLength": "20",
        "ReserveConnectorZeroSupported": "true",
        "ChargingScheduleAllowedChargingRateUnit": ",".join(units[unit] for unit in sorted(behaviour.profile_units)),
        "ChargeProfileMaxStackLevel": str(behaviour.max_stack_level),
        "ChargingScheduleMaxPeriods": str(behaviour.max_periods),
        "MaxChargingProfilesInstalled": "20",
        "ConnectorSwitch3to1PhaseSupported": str(behaviour.phase_switching).lower(),
        "SecurityProfile": "1",
    }
    keys = {key: Setting(value=value) for key, value in writable.items()}
    keys |= {key: Setting(value=value, readonly=True) for key, value in fixed.items()}
    keys["AuthorizationKey"] = Setting(value="", secret=True)
    return {key: setting for key, setting in keys.items() if key not in behaviour.unsupported_keys}
