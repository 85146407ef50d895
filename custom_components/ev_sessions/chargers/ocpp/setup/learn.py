"""What a station can do, from what it told and what is known of its brand."""

from typing import Final

from ....core.station.capabilities import Capabilities, Feature, RateUnit
from ..quirks.quirk import Quirks
from .settings import Setting
from .told import Readout

#: OCPP 1.6 §3.3
_FEATURES: Final = {
    "smartcharging": Feature.SMART_CHARGING,
    "localauthlistmanagement": Feature.LOCAL_LIST,
    "remotetrigger": Feature.REMOTE_TRIGGER,
    "reservation": Feature.RESERVATION,
    "firmwaremanagement": Feature.FIRMWARE,
}
#: 2.x: the controllers that say whether they are there.
_AVAILABLE: Final = {
    Setting.SMART_CHARGING_AVAILABLE: Feature.SMART_CHARGING,
    Setting.LOCAL_LIST_AVAILABLE: Feature.LOCAL_LIST,
    Setting.RESERVATION_AVAILABLE: Feature.RESERVATION,
}
#: 1.6 says Current and Power (§9.4.2); many say as 2.x does.
_UNITS: Final = {
    "a": RateUnit.AMPERE,
    "amp": RateUnit.AMPERE,
    "current": RateUnit.AMPERE,
    "power": RateUnit.WATT,
    "w": RateUnit.WATT,
}
#: No home has more behind one station.
_MOST_EVSES: Final = 64


def learn(readout: Readout, quirks: Quirks) -> Capabilities:
    """Return what a station can do."""
    words = (word.lower() for word in readout.items(Setting.RATE_UNITS))
    units = tuple(dict.fromkeys(_UNITS[word] for word in words if word in _UNITS))
    return Capabilities(
        connectors=_connectors(readout),
        features=_features(readout),
        signed_readings=readout.switch(Setting.SIGN_SAMPLED) is True,
        rate_units=quirks.rate_units or units or (RateUnit.AMPERE,),
        stack_level=_stack_level(readout, quirks),
        max_periods=_positive(readout.number(Setting.SCHEDULE_PERIODS)),
        max_profiles=_positive(readout.number(Setting.PROFILES_MAX)),
        phase_switch=readout.switch(Setting.PHASE_SWITCH) is True,
        vendor_limit=quirks.vendor_limit,
        needs_remote_start=quirks.needs_remote_start,
        plug_and_charge_token=(readout.value(Setting.PLUG_AND_CHARGE_TOKEN) or "").strip() or None,
        local_list_enabled=readout.switch(Setting.LOCAL_LIST_ENABLED) is True,
        master_pass=Setting.MASTER_PASS_GROUP in readout.told,
        local_list_max=_positive(readout.number(Setting.LOCAL_LIST_MAX)),
        local_list_per_message=_positive(readout.number(Setting.LOCAL_LIST_PER_MESSAGE)),
        cost_currency=_cost_currency(readout),
        variables_per_get=_positive(readout.number(Setting.VARIABLES_PER_GET)),
        variables_per_set=_positive(readout.number(Setting.VARIABLES_PER_SET)),
    )


def _features(readout: Readout) -> frozenset[Feature] | None:
    words = {word.lower() for word in readout.items(Setting.FEATURES)}
    if "core" in words:
        return frozenset(feature for word, feature in _FEATURES.items() if word in words)
    # A list without the core that every station has is no such list.
    said = {setting: readout.switch(setting) for setting in _AVAILABLE}
    if all(there is None for there in said.values()):
        return None
    return frozenset(Feature) - {_AVAILABLE[setting] for setting, there in said.items() if there is False}


def _connectors(readout: Readout) -> tuple[int, ...]:
    """Return the connectors of each EVSE; in 1.6 each connector is an EVSE."""
    number = readout.number(Setting.CONNECTORS) or 1
    return readout.connectors or (1,) * max(1, min(number, _MOST_EVSES))


def _cost_currency(readout: Readout) -> str | None:
    """Return in what the station shows costs; None where it shows none."""
    if readout.switch(Setting.COST_AVAILABLE) is not True or readout.switch(Setting.COST_ENABLED) is False:
        return None
    return (readout.value(Setting.COST_CURRENCY) or "").strip() or None


def _stack_level(readout: Readout, quirks: Quirks) -> int:
    if quirks.stack_level is not None:
        return quirks.stack_level
    return max(0, readout.number(Setting.STACK_LEVELS) or 0)


def _positive(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None
