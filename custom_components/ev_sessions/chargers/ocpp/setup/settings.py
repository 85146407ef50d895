"""The settings of a station that we read or set, and what each version of OCPP calls them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final, Self, override


class Setting(StrEnum):
    """One setting of a station, whatever its version calls it."""

    # What it is and can
    CONNECTORS = auto()
    FEATURES = auto()
    KEYS_PER_GET = auto()
    VARIABLES_PER_GET = auto()
    VARIABLES_PER_SET = auto()

    # Metering
    SAMPLED_MEASURANDS = auto()
    SAMPLED_MEASURANDS_MAX = auto()
    SAMPLE_INTERVAL = auto()
    ALIGNED_MEASURANDS = auto()
    ALIGNED_INTERVAL = auto()
    START_MEASURANDS = auto()
    STOP_MEASURANDS = auto()
    STOP_INTERVAL = auto()
    STOP_ALIGNED_MEASURANDS = auto()
    STOP_ALIGNED_INTERVAL = auto()
    SUPPORTED_MEASURANDS = auto()  # a vendor's own

    # Signed readings
    SIGN_SAMPLED = auto()
    SIGN_STARTED = auto()
    PUBLIC_KEY = auto()

    # Transactions and who may begin them
    STOP_WHEN_UNPLUGGED = auto()
    STOP_ON_INVALID_TOKEN = auto()
    AUTHORISE_REMOTE_START = auto()
    AUTHORISE_LOCALLY_FIRST = auto()
    AUTHORISE_LOCALLY_OFFLINE = auto()
    OFFLINE_UNKNOWN_TOKEN = auto()
    CONNECTION_TIMEOUT = auto()
    MASTER_PASS_GROUP = auto()
    PLUG_AND_CHARGE_TOKEN = auto()  # a vendor's own
    AUTHORISATION = auto()
    FREE_CHARGING = auto()  # a vendor's own
    FREE_CHARGING_TOKEN = auto()  # a vendor's own
    LOCAL_LIST_AVAILABLE = auto()
    LOCAL_LIST_ENABLED = auto()
    LOCAL_LIST_MAX = auto()
    LOCAL_LIST_PER_MESSAGE = auto()
    RESERVATION_AVAILABLE = auto()

    # The connection
    HEARTBEAT = auto()
    PING = auto()
    SECURITY_PROFILE = auto()

    # Charging profiles
    SMART_CHARGING_AVAILABLE = auto()
    SMART_CHARGING_ENABLED = auto()
    RATE_UNITS = auto()
    STACK_LEVELS = auto()
    SCHEDULE_PERIODS = auto()
    PROFILES_MAX = auto()
    PHASE_SWITCH = auto()

    # What a charge costs, on the station's display
    COST_AVAILABLE = auto()
    COST_ENABLED = auto()
    COST_CURRENCY = auto()


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a component in the device model of 2.x; written `Component.Variable[instance]`."""

    component: str
    variable: str
    instance: str | None = None

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the variable that `str` wrote so; a variable's name may hold points, a component's does not."""
        component, _, rest = name.partition(".")
        variable, _, instance = rest.removesuffix("]").partition("[")
        return cls(component, variable, instance or None)

    @override
    def __str__(self) -> str:
        return f"{self.component}.{self.variable}" + (f"[{self.instance}]" if self.instance else "")


#: The configuration keys of 1.6 (§9, the security white paper, and the white paper on signed meter values).
KEYS: Final[Mapping[Setting, str]] = {
    Setting.CONNECTORS: "NumberOfConnectors",
    Setting.FEATURES: "SupportedFeatureProfiles",
    Setting.KEYS_PER_GET: "GetConfigurationMaxKeys",
    Setting.SAMPLED_MEASURANDS: "MeterValuesSampledData",
    Setting.SAMPLED_MEASURANDS_MAX: "MeterValuesSampledDataMaxLength",
    Setting.SAMPLE_INTERVAL: "MeterValueSampleInterval",
    Setting.ALIGNED_MEASURANDS: "MeterValuesAlignedData",
    Setting.ALIGNED_INTERVAL: "ClockAlignedDataInterval",
    Setting.START_MEASURANDS: "StartTxnSampledData",
    Setting.STOP_MEASURANDS: "StopTxnSampledData",
    Setting.STOP_ALIGNED_MEASURANDS: "StopTxnAlignedData",
    Setting.SIGN_SAMPLED: "SampledDataSignReadings",
    Setting.SIGN_STARTED: "SampledDataSignStartedReadings",
    Setting.PUBLIC_KEY: "PublicKeyWithSignedMeterValue",
    Setting.STOP_WHEN_UNPLUGGED: "StopTransactionOnEVSideDisconnect",
    Setting.STOP_ON_INVALID_TOKEN: "StopTransactionOnInvalidId",
    Setting.AUTHORISE_REMOTE_START: "AuthorizeRemoteTxRequests",
    Setting.AUTHORISE_LOCALLY_FIRST: "LocalPreAuthorize",
    Setting.AUTHORISE_LOCALLY_OFFLINE: "LocalAuthorizeOffline",
    Setting.OFFLINE_UNKNOWN_TOKEN: "AllowOfflineTxForUnknownId",
    Setting.CONNECTION_TIMEOUT: "ConnectionTimeOut",
    Setting.LOCAL_LIST_ENABLED: "LocalAuthListEnabled",
    Setting.LOCAL_LIST_MAX: "LocalAuthListMaxLength",
    Setting.LOCAL_LIST_PER_MESSAGE: "SendLocalListMaxLength",
    Setting.HEARTBEAT: "HeartbeatInterval",
    Setting.PING: "WebSocketPingInterval",
    Setting.SECURITY_PROFILE: "SecurityProfile",
    Setting.RATE_UNITS: "ChargingScheduleAllowedChargingRateUnit",
    Setting.STACK_LEVELS: "ChargeProfileMaxStackLevel",
    Setting.SCHEDULE_PERIODS: "ChargingScheduleMaxPeriods",
    Setting.PROFILES_MAX: "MaxChargingProfilesInstalled",
    Setting.PHASE_SWITCH: "ConnectorSwitch3to1PhaseSupported",
}

#: The variables of 2.0.1 (part 2, appendices, referenced components and variables); 2.1 has the same.
VARIABLES: Final[Mapping[Setting, Variable]] = {
    Setting.VARIABLES_PER_GET: Variable("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"),
    Setting.VARIABLES_PER_SET: Variable("DeviceDataCtrlr", "ItemsPerMessage", "SetVariables"),
    Setting.SAMPLED_MEASURANDS: Variable("SampledDataCtrlr", "TxUpdatedMeasurands"),
    Setting.SAMPLE_INTERVAL: Variable("SampledDataCtrlr", "TxUpdatedInterval"),
    Setting.ALIGNED_MEASURANDS: Variable("AlignedDataCtrlr", "Measurands"),
    Setting.ALIGNED_INTERVAL: Variable("AlignedDataCtrlr", "Interval"),
    Setting.START_MEASURANDS: Variable("SampledDataCtrlr", "TxStartedMeasurands"),
    Setting.STOP_MEASURANDS: Variable("SampledDataCtrlr", "TxEndedMeasurands"),
    Setting.STOP_INTERVAL: Variable("SampledDataCtrlr", "TxEndedInterval"),
    Setting.STOP_ALIGNED_MEASURANDS: Variable("AlignedDataCtrlr", "TxEndedMeasurands"),
    Setting.STOP_ALIGNED_INTERVAL: Variable("AlignedDataCtrlr", "TxEndedInterval"),
    Setting.SIGN_SAMPLED: Variable("SampledDataCtrlr", "SignReadings"),
    Setting.SIGN_STARTED: Variable("SampledDataCtrlr", "SignStartedReadings"),
    Setting.PUBLIC_KEY: Variable("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue"),
    Setting.STOP_WHEN_UNPLUGGED: Variable("TxCtrlr", "StopTxOnEVSideDisconnect"),
    Setting.STOP_ON_INVALID_TOKEN: Variable("TxCtrlr", "StopTxOnInvalidId"),
    Setting.AUTHORISE_REMOTE_START: Variable("AuthCtrlr", "AuthorizeRemoteStart"),
    Setting.AUTHORISE_LOCALLY_FIRST: Variable("AuthCtrlr", "LocalPreAuthorize"),
    Setting.AUTHORISE_LOCALLY_OFFLINE: Variable("AuthCtrlr", "LocalAuthorizeOffline"),
    Setting.OFFLINE_UNKNOWN_TOKEN: Variable("AuthCtrlr", "OfflineTxForUnknownIdEnabled"),
    Setting.AUTHORISATION: Variable("AuthCtrlr", "Enabled"),
    Setting.MASTER_PASS_GROUP: Variable("AuthCtrlr", "MasterPassGroupId"),
    Setting.CONNECTION_TIMEOUT: Variable("TxCtrlr", "EVConnectionTimeOut"),
    Setting.LOCAL_LIST_AVAILABLE: Variable("LocalAuthListCtrlr", "Available"),
    Setting.LOCAL_LIST_ENABLED: Variable("LocalAuthListCtrlr", "Enabled"),
    Setting.LOCAL_LIST_MAX: Variable("LocalAuthListCtrlr", "Entries"),
    Setting.LOCAL_LIST_PER_MESSAGE: Variable("LocalAuthListCtrlr", "ItemsPerMessage"),
    Setting.RESERVATION_AVAILABLE: Variable("ReservationCtrlr", "Available"),
    Setting.HEARTBEAT: Variable("OCPPCommCtrlr", "HeartbeatInterval"),
    Setting.PING: Variable("OCPPCommCtrlr", "WebSocketPingInterval"),
    Setting.SECURITY_PROFILE: Variable("SecurityCtrlr", "SecurityProfile"),
    Setting.SMART_CHARGING_AVAILABLE: Variable("SmartChargingCtrlr", "Available"),
    Setting.SMART_CHARGING_ENABLED: Variable("SmartChargingCtrlr", "Enabled"),
    Setting.RATE_UNITS: Variable("SmartChargingCtrlr", "RateUnit"),
    Setting.STACK_LEVELS: Variable("SmartChargingCtrlr", "ProfileStackLevel"),
    Setting.SCHEDULE_PERIODS: Variable("SmartChargingCtrlr", "PeriodsPerSchedule"),
    Setting.PROFILES_MAX: Variable("SmartChargingCtrlr", "Entries", "ChargingProfiles"),
    Setting.PHASE_SWITCH: Variable("SmartChargingCtrlr", "ACPhaseSwitchingSupported"),
    Setting.COST_AVAILABLE: Variable("TariffCostCtrlr", "Available", "Cost"),
    Setting.COST_ENABLED: Variable("TariffCostCtrlr", "Enabled", "Cost"),
    Setting.COST_CURRENCY: Variable("TariffCostCtrlr", "Currency"),
}
