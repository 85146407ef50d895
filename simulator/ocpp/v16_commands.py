"""What a 1.6 station does when it is told something."""

from typing import TYPE_CHECKING

from .commands import Commands
from .line import Payload, RefusedError
from .profiles import Profile, instant
from .settings import Settings
from .smart_charging import as_understood, composite, takes
from .upload import install, upload

if TYPE_CHECKING:
    from .station import Station

_MEASURAND_KEYS = ("MeterValuesSampledData", "MeterValuesAlignedData", "StopTxnSampledData", "StopTxnAlignedData")


class Commands16(Commands):
    """The commands of a central system."""

    truthful = frozenset({"GetConfiguration", "GetLocalListVersion"})
    silent = frozenset({"GetDiagnostics", "UpdateFirmware"})

    def __init__(self, station: Station, settings: Settings[str]) -> None:
        super().__init__(station)
        self.settings = settings
        self.handlers = {
            "BootNotification": self._unknown,
            "CancelReservation": self._cancel_reservation,
            "ChangeAvailability": self._change_availability,
            "ChangeConfiguration": self._change_configuration,
            "ClearCache": self._clear_cache,
            "ClearChargingProfile": self._clear_charging_profile,
            "DataTransfer": self._data_transfer,
            "ExtendedTriggerMessage": self._trigger_message,
            "GetCompositeSchedule": self._get_composite_schedule,
            "GetConfiguration": self._get_configuration,
            "GetDiagnostics": self._get_diagnostics,
            "GetLocalListVersion": self._get_local_list_version,
            "GetLog": self._get_log,
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": self._remote_stop,
            "ReserveNow": self._reserve_now,
            "Reset": self._reset,
            "SendLocalList": self._send_local_list,
            "SetChargingProfile": self._set_charging_profile,
            "TriggerMessage": self._trigger_message,
            "UnlockConnector": self._unlock_connector,
            "UpdateFirmware": self._update_firmware,
        }

    async def _unknown(self, _payload: Payload) -> Payload:
        raise RefusedError("NotSupported", "this goes the other way")

    async def _get_configuration(self, payload: Payload) -> Payload:
        asked: list[str] = payload.get("key") or list(self.settings)
        known = [key for key in asked if key in self.settings]
        return {
            "configurationKey": [self._shown(key) for key in known],
            "unknownKey": [key for key in asked if key not in self.settings],
        }

    def _shown(self, key: str) -> Payload:
        setting = self.settings[key]
        shown: Payload = {"key": key, "readonly": setting.readonly}
        if not setting.secret or self.station.behaviour.shows_authorization_key:
            shown["value"] = setting.value
        return shown

    async def _change_configuration(self, payload: Payload) -> Payload:
        key, value = payload["key"], payload["value"]
        measurands = self.station.model.measurands if key in _MEASURAND_KEYS else None
        status = self.settings.change(key, value, measurands=measurands)
        if status == "Accepted" and key == "HeartbeatInterval":
            self.station.heartbeat_s = float(value)
        if status == "Accepted" and key == "AuthorizationKey":
            self.station.soon(self.new_password(bytes.fromhex(value).decode()))
        if status == "Accepted" and key in self.station.behaviour.reboot_keys:
            status = "RebootRequired"
        return {"status": "NotSupported" if status == "Unknown" else status}

    async def _change_availability(self, payload: Payload) -> Payload:
        return {"status": self.change_availability(payload["connectorId"], operative=payload["type"] == "Operative")}

    async def _remote_start(self, payload: Payload) -> Payload:
        number = payload.get("connectorId") or self.free_connector()
        if not self.may_start(number):
            return {"status": "Rejected"}
        if (raw := payload.get("chargingProfile")) is not None:
            self.station.profiles.install(Profile.read(number, raw, self.station.now()))
        self.station.remote_start(number, payload["idTag"])
        return {"status": "Accepted"}

    async def _remote_stop(self, payload: Payload) -> Payload:
        if (place := self.station.by_transaction(str(payload["transactionId"]))) is None:
            return {"status": "Rejected"}
        self.station.soon(self.end_soon(place.number, "Remote"))
        return {"status": "Accepted"}

    async def _unlock_connector(self, payload: Payload) -> Payload:
        number = payload["connectorId"]
        if number not in self.station.connectors:
            return {"status": "NotSupported"}
        if self.station.behaviour.unlocks == "Unlocked":
            self.station.soon(self.end_soon(number, "UnlockCommand"))
        return {"status": self.station.behaviour.unlocks}

    async def _reset(self, payload: Payload) -> Payload:
        soft = payload["type"] == "Soft"
        self.station.soon(self.reset("SoftReset" if soft else "HardReset", ends_first=soft))
        return {"status": "Accepted"}

    async def _set_charging_profile(self, payload: Payload) -> Payload:
        profile = Profile.read(payload["connectorId"], payload["csChargingProfiles"], self.station.now())
        if not takes(self.station, profile):
            return {"status": "Rejected"}
        self.station.profiles.install(as_understood(self.station, profile))
        return {"status": "Accepted"}

    async def _clear_charging_profile(self, payload: Payload) -> Payload:
        some = self.station.profiles.clear(
            profile_id=payload.get("id"),
            connector=payload.get("connectorId"),
            purpose=payload.get("chargingProfilePurpose"),
            stack_level=payload.get("stackLevel"),
        )
        return {"status": "Accepted" if some else "Unknown"}

    async def _get_composite_schedule(self, payload: Payload) -> Payload:
        number = payload["connectorId"]
        if not self.places(number):
            return {"status": "Rejected"}
        schedule = composite(self.station, number, payload["duration"], payload.get("chargingRateUnit", "A"))
        return {
            "status": "Accepted",
            "connectorId": number,
            "scheduleStart": self.station.now().isoformat(timespec="seconds"),
            "chargingSchedule": schedule,
        }

    async def _reserve_now(self, payload: Payload) -> Payload:
        if self.station.behaviour.reserves_after_authorize:
            # Answered only when its own call has been: a central system that does one thing at a time hangs here.
            await self.station.authorised(payload["idTag"])
        expiry = instant(payload["expiryDate"]) or self.station.now()
        return {
            "status": self.reserve(payload["reservationId"], payload["connectorId"], payload["idTag"], expiry),
        }

    async def _cancel_reservation(self, payload: Payload) -> Payload:
        return {"status": "Accepted" if self.cancel(payload["reservationId"]) else "Rejected"}

    async def _clear_cache(self, _payload: Payload) -> Payload:
        return {"status": "Accepted" if self.station.behaviour.clears_cache else "Rejected"}

    async def _get_local_list_version(self, _payload: Payload) -> Payload:
        return {"listVersion": self.station.local_list_version if self.settings["LocalAuthListEnabled"].is_true else -1}

    async def _send_local_list(self, payload: Payload) -> Payload:
        if not self.settings["LocalAuthListEnabled"].is_true:
            return {"status": "Failed"}
        entries = [
            (entry["idTag"], entry.get("idTagInfo", {}).get("status"))
            for entry in payload.get("localAuthorizationList", [])
        ]
        full = payload["updateType"] == "Full"
        return {"status": self.update_local_list(payload["listVersion"], full=full, entries=entries)}

    async def _data_transfer(self, _payload: Payload) -> Payload:
        return {"status": "UnknownVendorId"}

    async def _trigger_message(self, payload: Payload) -> Payload:
        station, wanted = self.station, payload["requestedMessage"]
        if station.behaviour.custom_operation_on_trigger:
            self.say("CustomOperation", {"what": wanted})
        numbers = [payload["connectorId"]] if payload.get("connectorId") else list(station.connectors)
        if any(number not in station.connectors for number in numbers):
            return {"status": "Rejected"}
        match wanted:
            case "BootNotification":
                if not station.behaviour.triggers_boot:
                    return {"status": "Rejected"}
                station.soon(station.boot_again())
            case "Heartbeat":
                station.soon(station.beat())
            case "StatusNotification":
                station.soon(self.each(numbers, station.tell_status))
            case "MeterValues":
                station.soon(self.each(numbers, lambda number: station.sample(number, context="Trigger")))
            case "DiagnosticsStatusNotification" | "FirmwareStatusNotification" | "LogStatusNotification":
                self.say(wanted, {"status": "Idle"})
            case _:
                return {"status": "NotImplemented"}
        return {"status": "Accepted"}

    async def _get_diagnostics(self, payload: Payload) -> Payload:
        self.station.soon(upload(self.station, payload["location"], "DiagnosticsStatusNotification", {}))
        return {"fileName": f"diagnostics-{self.station.model.serial}.log"}

    async def _get_log(self, payload: Payload) -> Payload:
        more = {"requestId": payload["requestId"]}
        self.station.soon(upload(self.station, payload["log"]["remoteLocation"], "LogStatusNotification", more))
        return {"status": "Accepted", "filename": f"log-{self.station.model.serial}.log"}

    async def _update_firmware(self, _payload: Payload) -> Payload:
        self.station.soon(install(self.station, "FirmwareStatusNotification", {}))
        return {}
