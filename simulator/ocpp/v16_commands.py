"""What a 1.6 station does when it is told something."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .connector import Connector, Reservation
from .line import Payload, RefusedError
from .profiles import Profile, instant
from .settings import Settings
from .upload import install, upload

if TYPE_CHECKING:
    from .station import Station

_MEASURAND_KEYS = ("MeterValuesSampledData", "MeterValuesAlignedData", "StopTxnSampledData", "StopTxnAlignedData")
_EMPTY_ANSWERS = {"GetDiagnostics", "UpdateFirmware"}


class Commands16:
    """The commands of a central system."""

    def __init__(self, station: Station, settings: Settings[str]) -> None:
        self.station = station
        self.settings = settings
        self._handlers: dict[str, Callable[[Payload], Awaitable[Payload]]] = {
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

    async def handle(self, action: str, payload: Payload) -> Payload:
        """Answer a call."""
        if (handler := self._handlers.get(action)) is None:
            raise RefusedError("NotImplemented", f"{action} is not known here")
        if self.station.behaviour.accepts_all and action not in {"GetConfiguration", "GetLocalListVersion"}:
            return {} if action in _EMPTY_ANSWERS else {"status": "Accepted"}
        return await handler(payload)

    async def _unknown(self, _payload: Payload) -> Payload:
        raise RefusedError("NotSupported", "this goes the other way")

    # Configuration.

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
            self.station.soon(self._new_password(bytes.fromhex(value).decode()))
        if status == "Accepted" and key in self.station.behaviour.reboot_keys:
            status = "RebootRequired"
        return {"status": "NotSupported" if status == "Unknown" else status}

    async def _new_password(self, password: str) -> None:
        """Connect again with the new password."""
        self.station.line.password = password
        await self.station.line.reconnect()

    # Availability and transactions.

    async def _change_availability(self, payload: Payload) -> Payload:
        number, operative = payload["connectorId"], payload["type"] == "Operative"
        places = self._places(number)
        status = "Accepted"
        for place in places:
            if place.transaction is not None and not operative:
                place.inoperative_after = True
                status = "Scheduled"
            else:
                place.operative, place.inoperative_after = operative, False
        self.station.soon(self._tell_soon(number))
        return {"status": status if places else "Rejected"}

    async def _tell_soon(self, number: int) -> None:
        if number == 0:
            self.station.tell_all()
        else:
            self.station.tell_status(number)

    def _places(self, number: int) -> list[Connector]:
        connectors = self.station.connectors
        return list(connectors.values()) if number == 0 else [connectors[number]] if number in connectors else []

    async def _remote_start(self, payload: Payload) -> Payload:
        number = payload.get("connectorId") or self._free_connector()
        place = self.station.connectors.get(number)
        refused = self.station.behaviour.remote_start == "Rejected"
        if refused or place is None or place.transaction is not None or not place.operative:
            return {"status": "Rejected"}
        if (raw := payload.get("chargingProfile")) is not None:
            self.station.profiles.install(Profile.read(number, raw, self.station.now()))
        self.station.remote_start(number, payload["idTag"])
        return {"status": "Accepted"}

    def _free_connector(self) -> int:
        free = [one for one in self.station.connectors.values() if one.transaction is None]
        plugged = [one for one in free if one.outlet.plugged]
        return next((one.number for one in (*plugged, *free)), 0)

    async def _remote_stop(self, payload: Payload) -> Payload:
        if (place := self.station.by_transaction(str(payload["transactionId"]))) is None:
            return {"status": "Rejected"}
        self.station.soon(self._end(place.number, "Remote"))
        return {"status": "Accepted"}

    async def _end(self, number: int, reason: str) -> None:
        self.station.end(number, reason=reason)

    async def _unlock_connector(self, payload: Payload) -> Payload:
        number = payload["connectorId"]
        if number not in self.station.connectors:
            return {"status": "NotSupported"}
        if self.station.behaviour.unlocks == "Unlocked":
            self.station.soon(self._end(number, "UnlockCommand"))
        return {"status": self.station.behaviour.unlocks}

    async def _reset(self, payload: Payload) -> Payload:
        reason = "HardReset" if payload["type"] == "Hard" else "SoftReset"
        self.station.soon(self._reboot(reason))
        return {"status": "Accepted"}

    async def _reboot(self, reason: str) -> None:
        if reason == "SoftReset":
            for number in self.station.connectors:
                self.station.end(number, reason=reason)
            await self.station.line.flush()
        await self.station.reboot(reason, away_s=0.2, stop_reason=reason)

    # Charging profiles.

    async def _set_charging_profile(self, payload: Payload) -> Payload:
        behaviour = self.station.behaviour
        number = payload["connectorId"]
        profile = Profile.read(number, payload["csChargingProfiles"], self.station.now())
        place = self.station.connectors.get(number)
        running = None if place is None else place.transaction
        rejected = (
            (number != 0 and place is None)
            or profile.unit not in behaviour.profile_units
            or len(profile.periods) > behaviour.max_periods
            or profile.stack_level > behaviour.max_stack_level
            or (behaviour.profile_purposes is not None and profile.purpose not in behaviour.profile_purposes)
            or (profile.purpose == "ChargePointMaxProfile" and number != 0)
            or (
                profile.purpose == "TxProfile" and (running is None or profile.transaction_id not in {None, running.id})
            )
            or (profile.kind == "Absolute" and profile.start is None)
        )
        if not rejected:
            self.station.profiles.install(profile)
        return {"status": "Rejected" if rejected else "Accepted"}

    async def _clear_charging_profile(self, payload: Payload) -> Payload:
        some = self.station.profiles.clear(
            profile_id=payload.get("id"),
            connector=payload.get("connectorId"),
            purpose=payload.get("chargingProfilePurpose"),
            stack_level=payload.get("stackLevel"),
        )
        return {"status": "Accepted" if some else "Unknown"}

    async def _get_composite_schedule(self, payload: Payload) -> Payload:
        behaviour = self.station.behaviour
        number = payload["connectorId"]
        if number != 0 and number not in self.station.connectors:
            return {"status": "Rejected"}
        schedule = composite(self.station, number, payload["duration"], payload.get("chargingRateUnit", "A"))
        if behaviour.composite == "empty":
            schedule["chargingSchedulePeriod"] = []
        return {
            "status": "Accepted",
            "connectorId": number,
            "scheduleStart": self.station.now().isoformat(timespec="seconds"),
            "chargingSchedule": schedule,
        }

    # Reservation, local list.

    async def _reserve_now(self, payload: Payload) -> Payload:
        number = payload["connectorId"]
        if self.station.behaviour.reserves_after_authorize:
            # Answered only when its own call has been: a central system that does one thing at a time hangs here.
            await self.station.authorised(payload["idTag"])
        places = self._places(number)
        status = _reservable(self.station, places)
        if status == "Accepted":
            expiry = instant(payload["expiryDate"]) or self.station.now()
            self.station.reservations = [one for one in self.station.reservations if one.id != payload["reservationId"]]
            self.station.reservations.append(
                Reservation(id=payload["reservationId"], connector=number, token=payload["idTag"], expiry=expiry)
            )
            self.station.soon(self._tell_soon(number))
        return {"status": status}

    async def _cancel_reservation(self, payload: Payload) -> Payload:
        left = [one for one in self.station.reservations if one.id != payload["reservationId"]]
        some = len(left) < len(self.station.reservations)
        self.station.reservations = left
        self.station.soon(self._tell_soon(0))
        return {"status": "Accepted" if some else "Rejected"}

    async def _clear_cache(self, _payload: Payload) -> Payload:
        return {"status": "Accepted" if self.station.behaviour.clears_cache else "Rejected"}

    async def _get_local_list_version(self, _payload: Payload) -> Payload:
        return {"listVersion": self.station.local_list_version if self.settings["LocalAuthListEnabled"].is_true else -1}

    async def _send_local_list(self, payload: Payload) -> Payload:
        if not self.settings["LocalAuthListEnabled"].is_true:
            return {"status": "Failed"}
        version, station = payload["listVersion"], self.station
        strict = payload["updateType"] == "Differential" or station.behaviour.version_mismatch_on_same
        if strict and version <= station.local_list_version:
            return {"status": "VersionMismatch"}
        if payload["updateType"] == "Full":
            station.local_list.clear()
        for entry in payload.get("localAuthorizationList", []):
            if (info := entry.get("idTagInfo")) is None:
                station.local_list.pop(entry["idTag"], None)
            else:
                station.local_list[entry["idTag"]] = info["status"]
        station.local_list_version = version
        return {"status": "Accepted"}

    # The rest.

    async def _data_transfer(self, _payload: Payload) -> Payload:
        return {"status": "UnknownVendorId"}

    async def _trigger_message(self, payload: Payload) -> Payload:
        station, wanted = self.station, payload["requestedMessage"]
        if station.behaviour.custom_operation_on_trigger:
            station.line.post(lambda: ("CustomOperation", {"what": wanted}), durable=False)
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
                station.soon(self._each(numbers, station.tell_status))
            case "MeterValues":
                station.soon(self._each(numbers, lambda number: station.sample(number, context="Trigger")))
            case "DiagnosticsStatusNotification" | "FirmwareStatusNotification" | "LogStatusNotification":
                station.line.post(lambda: (wanted, {"status": "Idle"}), durable=False)
            case _:
                return {"status": "NotImplemented"}
        return {"status": "Accepted"}

    async def _each(self, numbers: list[int], tell: Callable[[int], object]) -> None:
        for number in numbers:
            tell(number)

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


def _reservable(station: Station, places: list[Connector]) -> str:
    if not places:
        return "Rejected"
    if any(one.error != "NoError" for one in places):
        return "Faulted"
    if not any(one.operative for one in places):
        return "Unavailable"
    if not any(one.transaction is None and not one.outlet.plugged for one in places):
        return "Occupied"
    return "Accepted"


def composite(station: Station, number: int, duration_s: int, unit: str) -> Payload:
    """Return what holds from now on for a connector, second by second put together."""
    place = station.connectors[number or 1]
    lines = len(place.outlet.currents_a)
    transaction = place.transaction
    if station.behaviour.composite == "amperes":
        unit = "A"
    periods: list[Payload] = []
    begin: datetime = station.now()
    for second in range(0, max(1, duration_s), 1 if duration_s <= 3600 else 60):
        own, whole = station.profiles.limits(
            place.number,
            begin + timedelta(seconds=second),
            transaction_id=None if transaction is None else transaction.id,
            transaction_start=None if transaction is None else transaction.start,
        )
        bounds = [place.outlet.max_a, *(one.current_a(230.0, lines) for one in (own, whole) if one is not None)]
        limit = round(min(bounds) * (1.0 if unit == "A" else 230.0 * lines), 1)
        if not periods or periods[-1]["limit"] != limit:
            periods.append({"startPeriod": second, "limit": limit})
    return {"duration": duration_s, "chargingRateUnit": unit, "chargingSchedulePeriod": periods}
