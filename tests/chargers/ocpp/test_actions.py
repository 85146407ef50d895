"""What people do with a station, and what they are told when it does not say yes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.control import ControlError, ControlFailure
from custom_components.ev_sessions.chargers.ocpp.actions import StationActions
from custom_components.ev_sessions.chargers.ocpp.asked import ResetKind
from custom_components.ev_sessions.chargers.ocpp.news import News
from custom_components.ev_sessions.chargers.ocpp.rpc import (
    InvalidCallError,
    NotConnectedError,
    RefusedError,
    TimedOutError,
)
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.station.charging_profile import ChargingProfile

from .scripted import ScriptedStation
from .test_commands import PROFILE

BOTH = pytest.mark.parametrize("version", [Version.V16, Version.V201])


class At:
    """A station, and the transaction at its EVSE 1."""

    def __init__(self, version: Version, first_profile: ChargingProfile | None = None) -> None:
        self.transaction: str | None = None
        self.station = ScriptedStation(version=version)
        self.actions = StationActions(
            self.station, evse=1, transaction_id=lambda: self.transaction, first_profile=lambda: first_profile
        )


@BOTH
async def test_f1_start_begins_a_transaction_in_our_name_and_only_where_none_runs(version: Version) -> None:
    at = At(version)
    await at.actions.async_start_charge()
    (sent,) = at.station.sent
    if version is Version.V16:
        assert sent == ("RemoteStartTransaction", {"idTag": "HomeAssistant", "connectorId": 1})
    else:
        assert sent[1]["idToken"] == {"idToken": "HomeAssistant", "type": "Central"}
        assert 0 < sent[1]["remoteStartId"] < 2**31
    at.transaction = "4711"
    await at.actions.async_start_charge()
    assert len(at.station.sent) == 1


@BOTH
async def test_f1_059_k37_start_carries_its_limit_and_names_no_transaction(version: Version) -> None:
    at = At(version, first_profile=PROFILE)
    await at.actions.async_start_charge()
    ((_, payload),) = at.station.sent
    assert payload["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
    assert "transactionId" not in payload["chargingProfile"]


@BOTH
async def test_f1_start_that_is_refused_with_a_limit_is_tried_without_and_silence_is_not(version: Version) -> None:
    at = At(version, first_profile=PROFILE)

    def takes_no_limit(payload: dict[str, Any]) -> dict[str, Any]:
        return {"status": "Rejected" if "chargingProfile" in payload else "Accepted"}

    start = "RemoteStartTransaction" if version is Version.V16 else "RequestStartTransaction"
    at.station.answers[start] = takes_no_limit
    await at.actions.async_start_charge()
    assert ["chargingProfile" in payload for _, payload in at.station.sent] == [True, False]
    at.station.answers[start] = TimedOutError("silent")
    with pytest.raises(ControlError) as told:
        await at.actions.async_start_charge()
    assert told.value.failure is ControlFailure.TIMED_OUT
    assert len(at.station.sent) == 3


@BOTH
async def test_f2_stop_ends_the_transaction_that_runs(version: Version) -> None:
    at = At(version)
    await at.actions.async_stop_charge()
    assert at.station.sent == []
    at.transaction = "4711"
    await at.actions.async_stop_charge()
    assert next(iter(at.station.sent[0][1].values())) in {4711, "4711"}


@BOTH
async def test_f2_stop_of_what_has_ended_meanwhile_is_no_failure(version: Version) -> None:
    at = At(version)
    at.transaction = "4711"
    action = "RemoteStopTransaction" if version is Version.V16 else "RequestStopTransaction"

    def ended(payload: object) -> dict[str, str]:
        at.transaction = None
        return {"status": "Rejected"}

    at.station.answers[action] = ended
    await at.actions.async_stop_charge()
    at.station.answers[action] = {"status": "Rejected"}
    at.transaction = "4712"
    with pytest.raises(ControlError, match="remote stop: Rejected"):
        await at.actions.async_stop_charge()


@BOTH
@pytest.mark.parametrize(
    ("ask", "action", "no"),
    [
        (lambda actions: actions.async_unlock(), "UnlockConnector", "UnlockFailed"),
        (lambda actions: actions.async_unlock(), "UnlockConnector", "NotSupported"),
        (lambda actions: actions.async_reset(), "Reset", "Rejected"),
        (lambda actions: actions.async_reset(ResetKind.AT_ONCE), "Reset", "Rejected"),
        (lambda actions: actions.async_set_in_service(in_service=False), "ChangeAvailability", "Rejected"),
    ],
)
async def test_f2_f3_no_is_told_and_yes_or_later_is_fine(
    version: Version, ask: Callable[[StationActions], Awaitable[None]], action: str, no: str
) -> None:
    at = At(version)
    for yes in ("Accepted", "Scheduled", "Unlocked"):
        at.station.answers[action] = {"status": yes}
        await ask(at.actions)
    at.station.answers[action] = {"status": no}
    with pytest.raises(ControlError, match=no) as told:
        await ask(at.actions)
    assert told.value.failure is ControlFailure.REFUSED


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (NotConnectedError("gone"), ControlFailure.UNREACHABLE),
        (TimedOutError("no answer"), ControlFailure.TIMED_OUT),
        (RefusedError("NotSupported", "no"), ControlFailure.REFUSED),
    ],
)
async def test_f2_what_went_wrong_is_told(error: Exception, failure: ControlFailure) -> None:
    at = At(Version.V16)
    at.station.answers["UnlockConnector"] = error
    with pytest.raises(ControlError) as told:
        await at.actions.async_unlock()
    assert told.value.failure is failure


@BOTH
async def test_d1_station_is_told_where_to_send_its_log(version: Version) -> None:
    at = At(version)
    at.station.answers["GetDiagnostics"] = {}
    await at.actions.async_upload_log("http://ha.local:8123/api/ev_sessions/upload/x")
    assert "http://ha.local:8123/api/ev_sessions/upload/x" in str(at.station.sent)


async def test_any_call_is_sent_as_it_is_and_its_answer_comes_without_secrets() -> None:
    at = At(Version.V16)
    at.station.answers["GetConfiguration"] = {
        "configurationKey": [
            {"key": "AuthorizationKey", "readonly": False, "value": "70617373776f7264"},
            {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
        ]
    }
    answer = await at.actions.async_call("GetConfiguration", {})
    keys = {one["key"]: one["value"] for one in answer["response"]["configurationKey"]}
    assert keys["HeartbeatInterval"] == "300"
    assert "70617373776f7264" not in str(answer)


async def test_s6_what_is_told_in_reports_comes_with_the_answer_however_many_there_are() -> None:
    news = News()
    station = ScriptedStation(version=Version.V201)
    actions = StationActions(station, evse=1, transaction_id=lambda: None, news=news)
    profile = {"id": 11, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile"}

    def report(payload: dict[str, Any]) -> dict[str, str]:
        for number in range(3):
            page = {"requestId": payload["requestId"], "evseId": number, "chargingProfile": [profile]}
            news.tell("ReportChargingProfiles", page | ({"tbc": True} if number < 2 else {}))
        return {"status": "Accepted"}

    station.answers["GetChargingProfiles"] = report
    asked = {"requestId": 7, "chargingProfile": {}}
    answer = await actions.async_call("GetChargingProfiles", asked)
    assert answer["response"] == {"status": "Accepted"}
    assert [page["evseId"] for page in answer["reports"]] == [0, 1, 2]
    station.answers["GetChargingProfiles"] = {"status": "NoProfiles"}
    assert await actions.async_call("GetChargingProfiles", asked) == {"response": {"status": "NoProfiles"}}


async def test_call_of_a_maker_s_own_is_sent_and_its_answer_comes_without_secrets() -> None:
    at = At(Version.V16)
    at.station.answers["PolishLamp"] = {"idTag": "04A1B2C3"}
    assert await at.actions.async_call("PolishLamp", {"brightness": 7}) == {"response": {"idTag": "***"}}
    assert at.station.sent == [("PolishLamp", {"brightness": 7})]


async def test_error_of_any_call_is_returned_and_what_is_no_call_is_raised() -> None:
    at = At(Version.V201)
    at.station.answers["ClearCache"] = RefusedError("NotSupported", "no cache", {"idToken": "04A1B2C3"})
    answer = await at.actions.async_call("ClearCache", {})
    assert answer == {"error": {"code": "NotSupported", "description": "no cache", "details": {"idToken": "***"}}}
    with pytest.raises(InvalidCallError):
        await at.actions.async_call("Reset", {"type": "Hard"})
