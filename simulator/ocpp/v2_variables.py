"""The device model of a 2.x station: variables of components, by `Component.Variable`."""

from typing import TYPE_CHECKING

from .line import Payload
from .settings import Setting

if TYPE_CHECKING:
    from .station import Station

_ENERGY = "Energy.Active.Import.Register"


def variables(station: Station) -> dict[str, Setting]:
    """Return what a station has; those that it does not know are left out."""
    behaviour = station.behaviour
    units = ",".join(sorted(behaviour.profile_units))
    writable = {
        "OCPPCommCtrlr.HeartbeatInterval": "300",
        "OCPPCommCtrlr.WebSocketPingInterval": "0",
        "OCPPCommCtrlr.OfflineThreshold": "60",
        "OCPPCommCtrlr.NetworkConfigurationPriority": "1",
        "SampledDataCtrlr.TxStartedMeasurands": _ENERGY,
        "SampledDataCtrlr.TxUpdatedMeasurands": _ENERGY,
        "SampledDataCtrlr.TxUpdatedInterval": "60",
        "SampledDataCtrlr.TxEndedMeasurands": _ENERGY,
        "SampledDataCtrlr.TxEndedInterval": "0",
        "AlignedDataCtrlr.Enabled": "true",
        "AlignedDataCtrlr.Interval": "0",
        "AlignedDataCtrlr.Measurands": _ENERGY,
        "AlignedDataCtrlr.TxEndedInterval": "0",
        "AlignedDataCtrlr.TxEndedMeasurands": "",
        "AuthCtrlr.Enabled": "true",
        "AuthCtrlr.AuthorizeRemoteStart": "false",
        "AuthCtrlr.LocalAuthorizeOffline": "true",
        "AuthCtrlr.LocalPreAuthorize": "false",
        "AuthCtrlr.OfflineTxForUnknownIdEnabled": "false",
        "AuthCtrlr.MasterPassGroupId": "",
        "AuthCacheCtrlr.Enabled": "true",
        "LocalAuthListCtrlr.Enabled": "false" if behaviour.local_list_needs_enabling else "true",
        "TxCtrlr.EVConnectionTimeOut": "60",
        "TxCtrlr.StopTxOnEVSideDisconnect": "true",
        "TxCtrlr.StopTxOnInvalidId": "true",
        "TxCtrlr.TxStartPoint": "Authorized",
        "TxCtrlr.TxStopPoint": "EVConnected",
        "SmartChargingCtrlr.Enabled": "true",
        "ClockCtrlr.TimeSource": "Heartbeat",
        "TariffCostCtrlr.Enabled[Cost]": "false",
        "TariffCostCtrlr.Currency": "XXX",
    }
    fixed = {
        "TariffCostCtrlr.Available[Cost]": str(behaviour.shows_cost).lower(),
        "LocalAuthListCtrlr.ItemsPerMessage": "20",
        "SmartChargingCtrlr.ProfileStackLevel": str(behaviour.max_stack_level),
        "SmartChargingCtrlr.RateUnit": units,
        "SmartChargingCtrlr.PeriodsPerSchedule": str(behaviour.max_periods),
        "SmartChargingCtrlr.Entries[ChargingProfiles]": "20",
        "SmartChargingCtrlr.Phases3to1": str(behaviour.phase_switching).lower(),
        "DeviceDataCtrlr.ItemsPerMessage[GetReport]": "8",
        "DeviceDataCtrlr.ItemsPerMessage[GetVariables]": "8",
        "DeviceDataCtrlr.ItemsPerMessage[SetVariables]": "4",
        "SecurityCtrlr.SecurityProfile": "1",
        "SecurityCtrlr.Identity": station.identity,
        "ChargingStation.AvailabilityState": "Available",
        "ChargingStation.Model": station.model.model,
        "ChargingStation.VendorName": station.model.vendor,
        "ChargingStation.SupplyPhases": "3",
        **{f"EVSE#{number}.SupplyPhases": "3" for number in station.connectors},
        **{f"EVSE#{number}.Power": "11040" for number in station.connectors},
    }
    found = {key: Setting(value=value) for key, value in writable.items()}
    found |= {key: Setting(value=value, readonly=True) for key, value in fixed.items()}
    found["SecurityCtrlr.BasicAuthPassword"] = Setting(value="", secret=True)
    return {key: setting for key, setting in found.items() if key not in behaviour.unsupported_keys}


def key_of(component: Payload, variable: Payload) -> str:
    """Return the key of a variable as the wire names it."""
    evse = component.get("evse", {}).get("id")
    instance = variable.get("instance")
    place = component["name"] + (f"#{evse}" if evse else "")
    return f"{place}.{variable['name']}" + (f"[{instance}]" if instance else "")


def named(key: str) -> tuple[Payload, Payload]:
    """Return component and variable of a key."""
    place, _, name = key.partition(".")
    component_name, _, evse = place.partition("#")
    variable_name, _, instance = name.partition("[")
    component: Payload = {"name": component_name}
    if evse:
        component["evse"] = {"id": int(evse)}
    variable: Payload = {"name": variable_name}
    if instance:
        variable["instance"] = instance.removesuffix("]")
    return component, variable
