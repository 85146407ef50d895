"""What goes over the wire when a station is asked for something: as its version wants it, to the letter."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from homeassistant.core import HomeAssistant
from ocpp import messages
import pytest

from custom_components.ev_sessions.chargers.ocpp import schema
from custom_components.ev_sessions.chargers.ocpp.asked import (
    Firmware,
    ListEntry,
    LogKind,
    LogUpload,
    NotInVersionError,
    RemoteStart,
    Reservation,
    ResetKind,
    TokenStatus,
    Trigger,
)
from custom_components.ev_sessions.chargers.ocpp.command import Command, async_send, instant
from custom_components.ev_sessions.chargers.ocpp.rpc import InvalidCallError, RefusedError
from custom_components.ev_sessions.chargers.ocpp.schema import Kind, async_fault
from custom_components.ev_sessions.chargers.ocpp.v2 import commands as v2
from custom_components.ev_sessions.chargers.ocpp.v16 import commands as v16
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.chargers.ocpp.words import Words, words_of
from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.core.station.capabilities import ProfilePurpose, RateUnit
from custom_components.ev_sessions.core.station.charging_profile import ChargingProfile, SchedulePeriod

from .scripted import ScriptedStation, fault

AT = datetime(2026, 11, 26, 12, 0, 0, 250_000, tzinfo=UTC)
CARD = IdToken(value="04A1B2C3D4E5F6")
PROFILE = ChargingProfile(
    id=11,
    evse=1,
    purpose=ProfilePurpose.TX,
    stack_level=3,
    unit=RateUnit.AMPERE,
    start=AT,
    periods=(SchedulePeriod(start_s=0, limit=10.3, phases=1), SchedulePeriod(start_s=660, limit=6.0, phases=1)),
    transaction_id="4711",
)

ALL: dict[str, Callable[[Words], Command]] = {
    "f1 remote start": lambda say: say.remote_start(
        RemoteStart(token=CARD, remote_start_id=2**31 - 1, evse=1, profile=PROFILE)
    ),
    "f1 remote start anywhere": lambda say: say.remote_start(RemoteStart(token=CARD, remote_start_id=7)),
    "f2 remote stop": lambda say: say.remote_stop("4711"),
    "f2 unlock": lambda say: say.unlock(2),
    "f2 reset when idle": lambda say: say.reset(ResetKind.WHEN_IDLE),
    "f2 reset at once": lambda say: say.reset(ResetKind.AT_ONCE),
    "f3 out of service": lambda say: say.change_availability(operative=False),
    "f3 connector back in service": lambda say: say.change_availability(operative=True, evse=2),
    **{
        f"f3 trigger {message}": lambda say, message=message: say.trigger(message, evse=1)  # type: ignore[misc]  # bound now
        for message in Trigger
        if message is not Trigger.TRANSACTION
    },
    "a3 full list": lambda say: say.local_list(
        3,
        [ListEntry(token=CARD, expires_at=AT, group="FAMILY"), ListEntry(token=CARD, status=TokenStatus.BLOCKED)],
        full=True,
    ),
    "a3 empty list": lambda say: say.local_list(1, [], full=True),
    "a3 token off the list": lambda say: say.local_list(4, [ListEntry(token=CARD, status=None)], full=False),
    "a3 list version": lambda say: say.local_list_version(),
    "a3 clear cache": lambda say: say.clear_cache(),
    "v1 reserve": lambda say: say.reserve(Reservation(id=5, token=CARD, expires_at=AT, evse=1, group="FAMILY")),
    "v1 reserve any": lambda say: say.reserve(Reservation(id=5, token=CARD, expires_at=AT)),
    "v1 cancel": lambda say: say.cancel_reservation(5),
    "d1 firmware": lambda say: say.update_firmware(
        Firmware(location="https://example.org/fw.bin", retrieve_at=AT, request_id=9, retries=2, retry_interval_s=60)
    ),
    "d1 diagnostics": lambda say: say.upload_log(
        LogUpload(location="http://ha.local/log", request_id=9, since=AT, until=AT, retries=1)
    ),
    "d1 security log": lambda say: say.upload_log(
        LogUpload(location="http://ha.local/log", request_id=9, kind=LogKind.SECURITY)
    ),
    "r8 data transfer": lambda say: say.data_transfer("vendor", "message", "data"),
    "s1 profile": lambda say: say.set_profile(PROFILE),
    "s5 clear by id": lambda say: say.clear_profile(11),
    "s5 clear by purpose and level": lambda say: say.clear_profiles(
        evse=1, purpose=ProfilePurpose.STATION_MAX, stack_level=0
    ),
    "s5 clear all": lambda say: say.clear_profiles(),
    "s5 composite schedule": lambda say: say.composite_schedule(1, 600, RateUnit.WATT),
}


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("name", ALL)
def test_every_command_is_what_the_schema_of_its_version_asks_for(version: Version, name: str) -> None:
    sent = ALL[name](words_of(version))
    assert fault(version, sent.action, sent.payload) is None


@pytest.mark.parametrize("version", [Version.V201, Version.V21])
@pytest.mark.parametrize(
    "sent",
    [
        v2.get_variables([("OCPPCommCtrlr", "HeartbeatInterval")]),
        v2.set_variables({("OCPPCommCtrlr", "HeartbeatInterval"): "300"}),
        v2.get_base_report(4),
        v2.transaction_status("4711"),
        v2.transaction_status(),
        v2.get_profiles(4, evse=1, purpose=ProfilePurpose.TX),
        v2.get_profiles(5),
        v2.reset(ResetKind.AT_ONCE, evse=1),
        v2.trigger(Trigger.TRANSACTION, evse=1),
        v2.unlock(1, connector=2),
    ],
    ids=lambda sent: sent.action,
)
def test_what_only_2_x_knows_is_what_its_schemas_ask_for(version: Version, sent: Command) -> None:
    assert fault(version, sent.action, sent.payload) is None


@pytest.mark.parametrize(
    "sent",
    [v16.get_configuration(), v16.get_configuration(["HeartbeatInterval"]), v16.change_configuration("k", "v")],
    ids=lambda sent: sent.action,
)
def test_what_only_1_6_knows_is_what_its_schemas_ask_for(sent: Command) -> None:
    assert fault(Version.V16, sent.action, sent.payload) is None


def test_f1_profile_inside_a_remote_start_names_no_transaction() -> None:
    old = ALL["f1 remote start"](v16).payload
    new = ALL["f1 remote start"](v2).payload
    assert old["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
    assert "transactionId" not in old["chargingProfile"]
    assert "transactionId" not in new["chargingProfile"]
    assert new["remoteStartId"] == 2**31 - 1
    assert new["idToken"] == {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}


def test_f1_token_of_2_x_keeps_the_type_that_it_came_with() -> None:
    start = RemoteStart(token=IdToken(value="x", type="KeyCode"), remote_start_id=1, group="FAMILY")
    payload = v2.remote_start(start).payload
    assert payload["idToken"]["type"] == "KeyCode"
    assert payload["groupIdToken"] == {"idToken": "FAMILY", "type": "Central"}


def test_s1_profile_says_the_same_in_both_families() -> None:
    old, new = v16.set_profile(PROFILE), v2.set_profile(PROFILE)
    periods = [
        {"startPeriod": 0, "limit": 10.3, "numberPhases": 1},
        {"startPeriod": 660, "limit": 6.0, "numberPhases": 1},
    ]
    assert old.payload == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 11,
            "transactionId": 4711,
            "stackLevel": 3,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "startSchedule": "2026-11-26T12:00:00Z",
                "chargingSchedulePeriod": periods,
            },
        },
    }
    assert new.payload == {
        "evseId": 1,
        "chargingProfile": {
            "id": 11,
            "stackLevel": 3,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "transactionId": "4711",
            "chargingSchedule": [
                {
                    "id": 11,
                    "chargingRateUnit": "A",
                    "startSchedule": "2026-11-26T12:00:00Z",
                    "chargingSchedulePeriod": periods,
                }
            ],
        },
    }


def test_s1_station_s_own_bound_is_called_differently() -> None:
    old = ALL["s5 clear by purpose and level"](v16).payload
    new = ALL["s5 clear by purpose and level"](v2).payload
    assert old["chargingProfilePurpose"] == "ChargePointMaxProfile"
    assert new["chargingProfileCriteria"]["chargingProfilePurpose"] == "ChargingStationMaxProfile"


def test_f2_f3_what_is_meant_by_a_word_depends_on_the_version() -> None:
    assert [words.reset(kind).payload["type"] for words in (v16, v2) for kind in ResetKind] == [
        "Soft",
        "Hard",
        "OnIdle",
        "Immediate",
    ]
    assert v16.change_availability(operative=False).payload == {"connectorId": 0, "type": "Inoperative"}
    assert v2.change_availability(operative=False).payload == {"operationalStatus": "Inoperative"}
    assert v2.trigger(Trigger.STATUS, evse=1).payload["evse"] == {"id": 1, "connectorId": 1}


def test_a3_empty_list_of_2_x_is_no_list() -> None:
    assert ALL["a3 empty list"](v16).payload["localAuthorizationList"] == []
    assert "localAuthorizationList" not in ALL["a3 empty list"](v2).payload


@pytest.mark.parametrize(
    "ask",
    [
        lambda: v16.reset(ResetKind.AT_ONCE, evse=1),
        lambda: v16.trigger(Trigger.TRANSACTION),
        lambda: v16.remote_stop("ab-12"),
    ],
)
def test_what_1_6_has_no_words_for_is_refused_before_it_is_sent(ask: Callable[[], Command]) -> None:
    with pytest.raises(NotInVersionError):
        ask()


def test_version_that_is_not_known_yet_is_spoken_to_in_1_6() -> None:
    assert words_of(None) is words_of(Version.V16)


def test_instants_are_in_utc() -> None:
    assert instant(AT.astimezone(timezone(timedelta(hours=1)))) == "2026-11-26T12:00:00Z"


# Answers


@pytest.mark.parametrize(
    ("payload", "accepted", "text"),
    [
        ({"status": "Accepted"}, True, "Accepted"),
        ({"status": "Scheduled"}, True, "Scheduled"),
        ({"status": "Unlocked"}, True, "Unlocked"),
        ({}, True, ""),  # UpdateFirmware of 1.6
        ({"status": "UnlockFailed"}, False, "UnlockFailed"),
        ({"status": "NotSupported"}, False, "NotSupported"),
        ({"status": "Faulted"}, False, "Faulted"),
        ({"status": 7}, True, ""),
        (
            {"status": "Rejected", "statusInfo": {"reasonCode": "TxInProgress", "additionalInfo": "wait"}},
            False,
            "Rejected (TxInProgress: wait)",
        ),
        ({"status": "Rejected", "statusInfo": {"reasonCode": 7}}, False, "Rejected"),
    ],
)
async def test_f2_answer_is_read_whatever_word_stands_for_yes(
    payload: dict[str, Any], accepted: bool, text: str
) -> None:
    station = ScriptedStation(answers={"UnlockConnector": payload})
    answer = await async_send(station, v16.unlock(1))
    assert answer.accepted is accepted
    assert str(answer) == text
    assert answer.scheduled is (text == "Scheduled")


async def test_call_that_is_answered_with_an_error_or_is_no_call_is_told() -> None:
    station = ScriptedStation(answers={"Reset": RefusedError("NotSupported", "no")})
    with pytest.raises(RefusedError):
        await async_send(station, v16.reset(ResetKind.AT_ONCE))
    with pytest.raises(InvalidCallError):
        await async_send(station, v16.remote_start(RemoteStart(token=IdToken(value="x" * 21), remote_start_id=1)))


async def test_s3_limit_of_a_tenth_is_valid_whoever_asked_the_package_for_its_schema_first(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "_validators", {})
    monkeypatch.setattr(schema, "_loaded", {})
    messages.get_validator(2, "SetChargingProfile", "1.6")  # with floats
    payload = v16.set_profile(PROFILE).payload
    assert await async_fault(hass, Version.V16, Kind.CALL, "SetChargingProfile", payload) is None
    payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] = 10.25
    assert "multipleOf" in str(await async_fault(hass, Version.V16, Kind.CALL, "SetChargingProfile", payload))
