"""What a 2.x station does when it is told something."""

from typing import TYPE_CHECKING
from uuid import uuid4

from .commands import Commands
from .line import Payload, RefusedError
from .profiles import Profile, instant
from .settings import Settings
from .smart_charging import as_understood, composite, takes
from .upload import install, upload
from .v2_variables import key_of, named

if TYPE_CHECKING:
    from .station import Station

_REPORT_PAGE = 8


class Commands2(Commands):
    """The commands of a central system."""

    truthful = frozenset({"GetVariables", "SetVariables", "GetLocalListVersion", "GetTransactionStatus"})
    silent = frozenset({"CostUpdated"})

    def __init__(self, station: Station, settings: Settings[str]) -> None:
        super().__init__(station)
        self.settings = settings
        self.handlers = {
            "CancelReservation": self._cancel_reservation,
            "ChangeAvailability": self._change_availability,
            "ClearCache": self._clear_cache,
            "ClearChargingProfile": self._clear_charging_profile,
            "CostUpdated": self._cost_updated,
            "CustomerInformation": self._customer_information,
            "DataTransfer": self._data_transfer,
            "GetBaseReport": self._get_base_report,
            "GetChargingProfiles": self._get_charging_profiles,
            "GetCompositeSchedule": self._get_composite_schedule,
            "GetLocalListVersion": self._get_local_list_version,
            "GetLog": self._get_log,
            "GetReport": self._get_base_report,
            "GetTransactionStatus": self._get_transaction_status,
            "GetVariables": self._get_variables,
            "RequestStartTransaction": self._request_start,
            "RequestStopTransaction": self._request_stop,
            "ReserveNow": self._reserve_now,
            "Reset": self._reset,
            "SendLocalList": self._send_local_list,
            "SetChargingProfile": self._set_charging_profile,
            "SetNetworkProfile": self._set_network_profile,
            "SetVariables": self._set_variables,
            "TriggerMessage": self._trigger_message,
            "UnlockConnector": self._unlock_connector,
            "UpdateFirmware": self._update_firmware,
        }

    # Variables.

    async def _get_variables(self, payload: Payload) -> Payload:
        return {"getVariableResult": [self._got(one) for one in payload["getVariableData"]]}

    def _got(self, asked: Payload) -> Payload:
        key = key_of(asked["component"], asked["variable"])
        result: Payload = {"component": asked["component"], "variable": asked["variable"]}
        if key not in self.settings:
            return {"attributeStatus": self._unknown(key), **result}
        setting = self.settings[key]
        if setting.secret and not self.station.behaviour.shows_authorization_key:
            return {"attributeStatus": "Rejected", **result}
        if self.station.behaviour.values_missing:
            return {"attributeStatus": "Accepted", **result}
        return {"attributeStatus": "Accepted", "attributeValue": setting.value, **result}

    def _unknown(self, key: str) -> str:
        component = key.partition(".")[0]
        known = any(one.partition(".")[0] == component for one in self.settings)
        return "UnknownVariable" if known else "UnknownComponent"

    async def _set_variables(self, payload: Payload) -> Payload:
        return {"setVariableResult": [self._set(one) for one in payload["setVariableData"]]}

    def _set(self, wanted: Payload) -> Payload:
        key, value = key_of(wanted["component"], wanted["variable"]), wanted["attributeValue"]
        behaviour = self.station.behaviour
        status = "Accepted"
        if not behaviour.accepts_all:
            measurands = self.station.model.measurands if key.endswith("Measurands") else None
            status = self.settings.change(key, value, measurands=measurands)
        if status == "Accepted" and key == "OCPPCommCtrlr.HeartbeatInterval":
            self.station.heartbeat_s = float(value)
        if status == "Accepted" and key == "SecurityCtrlr.BasicAuthPassword" and not behaviour.accepts_all:
            self.station.soon(self.new_password(value))
        if status == "Accepted" and key in behaviour.reboot_keys:
            status = "RebootRequired"
        return {
            "attributeStatus": self._unknown(key) if status == "Unknown" else status,
            "component": wanted["component"],
            "variable": wanted["variable"],
        }

    async def _get_base_report(self, payload: Payload) -> Payload:
        self.station.soon(self._report(payload["requestId"]))
        return {"status": "Accepted"}

    async def _report(self, request_id: int) -> None:
        keys = list(self.settings)
        pages = [keys[start : start + _REPORT_PAGE] for start in range(0, len(keys), _REPORT_PAGE)]
        for number, page in enumerate(pages):
            report: Payload = {
                "requestId": request_id,
                "generatedAt": self.station.now().isoformat(timespec="seconds"),
                "seqNo": number,
                "tbc": number < len(pages) - 1,
                "reportData": [self._reported(key) for key in page],
            }
            self.say("NotifyReport", report)

    def _reported(self, key: str) -> Payload:
        setting = self.settings[key]
        component, variable = named(key)
        attribute: Payload = {"type": "Actual", "mutability": "ReadOnly" if setting.readonly else "ReadWrite"}
        if setting.secret:
            attribute["mutability"] = "WriteOnly"
        else:
            attribute["value"] = setting.value
        return {
            "component": component,
            "variable": variable,
            "variableAttribute": [attribute],
            "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
        }

    # Transactions.

    async def _request_start(self, payload: Payload) -> Payload:
        number = payload.get("evseId") or self.free_connector()
        if not self.may_start(number):
            return {"status": "Rejected"}
        transaction_id = str(uuid4())
        if (raw := payload.get("chargingProfile")) is not None:
            bound = {**raw, "transactionId": transaction_id}
            self.station.profiles.install(Profile.read(number, bound, self.station.now()))
        self.station.remote_start(number, payload["idToken"]["idToken"], payload["remoteStartId"], transaction_id)
        answer = {"status": "Accepted"}
        plugged = self.station.connectors[number].outlet.plugged
        if plugged and self.station.behaviour.transaction_id_in_start_answer:
            answer["transactionId"] = transaction_id
        return answer

    async def _request_stop(self, payload: Payload) -> Payload:
        if (place := self.station.by_transaction(payload["transactionId"])) is None:
            return {"status": "Rejected"}
        self.station.soon(self.end_soon(place.number, "Remote"))
        return {"status": "Accepted"}

    async def _get_transaction_status(self, payload: Payload) -> Payload:
        waiting = self.station.line.waiting > 0
        if (transaction_id := payload.get("transactionId")) is None:
            return {"messagesInQueue": waiting}
        return {
            "ongoingIndicator": self.station.by_transaction(transaction_id) is not None,
            "messagesInQueue": waiting,
        }

    async def _cost_updated(self, payload: Payload) -> Payload:
        if not self.station.behaviour.shows_cost:
            raise RefusedError("NotSupported", "no display")
        if (place := self.station.by_transaction(payload["transactionId"])) is not None:
            place.cost_shown = payload["totalCost"]
        return {}

    async def _unlock_connector(self, payload: Payload) -> Payload:
        place = self.station.connectors.get(payload["evseId"])
        if place is None or payload["connectorId"] != 1:
            return {"status": "UnknownConnector"}
        if place.transaction is not None:
            return {"status": "OngoingAuthorizedTransaction"}
        return {"status": "Unlocked" if self.station.behaviour.unlocks == "Unlocked" else "UnlockFailed"}

    async def _change_availability(self, payload: Payload) -> Payload:
        number = payload.get("evse", {}).get("id", 0)
        return {"status": self.change_availability(number, operative=payload["operationalStatus"] == "Operative")}

    async def _reset(self, payload: Payload) -> Payload:
        running = any(one.transaction is not None for one in self.station.connectors.values())
        if payload["type"] == "OnIdle" and running:
            return {"status": "Scheduled"}
        self.station.soon(self.reset("ImmediateReset", ends_first=True))
        return {"status": "Accepted"}

    # Charging profiles.

    async def _set_charging_profile(self, payload: Payload) -> Payload:
        profile = Profile.read(payload["evseId"], payload["chargingProfile"], self.station.now())
        if not takes(self.station, profile):
            return {"status": "Rejected"}
        self.station.profiles.install(as_understood(self.station, profile))
        return {"status": "Accepted"}

    async def _clear_charging_profile(self, payload: Payload) -> Payload:
        wanted = payload.get("chargingProfileCriteria", {})
        some = self.station.profiles.clear(
            profile_id=payload.get("chargingProfileId"),
            connector=wanted.get("evseId"),
            purpose=wanted.get("chargingProfilePurpose"),
            stack_level=wanted.get("stackLevel"),
        )
        return {"status": "Accepted" if some else "Unknown"}

    async def _get_charging_profiles(self, payload: Payload) -> Payload:
        evse = payload.get("evseId")
        found = [one for one in self.station.profiles if evse is None or one.connector == evse]
        for place, profile in enumerate(found):
            report: Payload = {
                "requestId": payload["requestId"],
                "chargingLimitSource": "CSO",
                "evseId": profile.connector,
                "chargingProfile": [profile.raw],
                "tbc": place < len(found) - 1,
            }
            self.say("ReportChargingProfiles", report)
        return {"status": "Accepted" if found else "NoProfiles"}

    async def _get_composite_schedule(self, payload: Payload) -> Payload:
        number = payload["evseId"]
        if not self.places(number):
            return {"status": "Rejected"}
        schedule = composite(self.station, number, payload["duration"], payload.get("chargingRateUnit", "A"))
        if not schedule["chargingSchedulePeriod"]:
            return {"status": "Accepted"}
        begin = self.station.now().isoformat(timespec="seconds")
        return {"status": "Accepted", "schedule": {"evseId": number, "scheduleStart": begin, **schedule}}

    # Reservation, local list, the rest.

    async def _reserve_now(self, payload: Payload) -> Payload:
        token = payload["idToken"]["idToken"]
        if self.station.behaviour.reserves_after_authorize:
            await self.station.authorised(token)
        expiry = instant(payload["expiryDateTime"]) or self.station.now()
        return {"status": self.reserve(payload["id"], payload.get("evseId", 0), token, expiry)}

    async def _cancel_reservation(self, payload: Payload) -> Payload:
        return {"status": "Accepted" if self.cancel(payload["reservationId"]) else "Rejected"}

    async def _clear_cache(self, _payload: Payload) -> Payload:
        return {"status": "Accepted" if self.station.behaviour.clears_cache else "Rejected"}

    async def _get_local_list_version(self, _payload: Payload) -> Payload:
        enabled = self.settings["LocalAuthListCtrlr.Enabled"].is_true
        return {"versionNumber": self.station.local_list_version if enabled else 0}

    async def _send_local_list(self, payload: Payload) -> Payload:
        if not self.settings["LocalAuthListCtrlr.Enabled"].is_true:
            return {"status": "Failed"}
        entries = [
            (entry["idToken"]["idToken"], entry.get("idTokenInfo", {}).get("status"))
            for entry in payload.get("localAuthorizationList", [])
        ]
        full = payload["updateType"] == "Full"
        return {"status": self.update_local_list(payload["versionNumber"], full=full, entries=entries)}

    async def _set_network_profile(self, _payload: Payload) -> Payload:
        return {"status": "Accepted"}

    async def _data_transfer(self, _payload: Payload) -> Payload:
        return {"status": "UnknownVendorId"}

    async def _customer_information(self, payload: Payload) -> Payload:
        answer: Payload = {
            "requestId": payload["requestId"],
            "data": "",
            "seqNo": 0,
            "generatedAt": self.station.now().isoformat(timespec="seconds"),
        }
        self.say("NotifyCustomerInformation", answer)
        return {"status": "Accepted"}

    async def _trigger_message(self, payload: Payload) -> Payload:
        station, wanted = self.station, payload["requestedMessage"]
        if station.behaviour.custom_operation_on_trigger:
            self.say("CustomOperation", {"what": wanted})
        evse = payload.get("evse", {}).get("id")
        numbers = [evse] if evse else list(station.connectors)
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
            case "MeterValues" | "TransactionEvent":
                station.soon(self.each(numbers, lambda number: station.sample(number, context="Trigger")))
            case "FirmwareStatusNotification" | "LogStatusNotification":
                self.say(wanted, {"status": "Idle"})
            case _:
                return {"status": "NotImplemented"}
        return {"status": "Accepted"}

    async def _get_log(self, payload: Payload) -> Payload:
        more = {"requestId": payload["requestId"]}
        self.station.soon(upload(self.station, payload["log"]["remoteLocation"], "LogStatusNotification", more))
        return {"status": "Accepted", "filename": f"log-{self.station.model.serial}.log"}

    async def _update_firmware(self, payload: Payload) -> Payload:
        self.station.soon(install(self.station, "FirmwareStatusNotification", {"requestId": payload["requestId"]}))
        return {"status": "Accepted"}
