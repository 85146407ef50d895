"""R1-R8: calls and answers on a real socket, from stations that are rude in every way that was seen."""

import asyncio
import json
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.ocpp import answering, calling, connection
from custom_components.ev_sessions.chargers.ocpp.rpc import (
    InvalidCallError,
    NotConnectedError,
    QueueFullError,
    RefusedError,
    TimedOutError,
)
from custom_components.ev_sessions.chargers.ocpp.schema import Kind, async_fault
from custom_components.ev_sessions.chargers.ocpp.version import Version

from .rig import BOOT, START, STATUS, Wire, until


@pytest.mark.parametrize(
    ("protocol", "action", "code"),
    [
        ("ocpp1.6", "CustomOperation", "NotImplemented"),
        ("ocpp1.6", "TransactionEvent", "NotImplemented"),
        ("ocpp1.6", "RemoteStartTransaction", "NotSupported"),
        ("ocpp2.0.1", "StartTransaction", "NotImplemented"),
        ("ocpp2.0.1", "NotifyReport", "NotSupported"),
        ("ocpp2.1", "AFRRSignal", "NotSupported"),
        ("ocpp2.1", "Nonsense", "NotImplemented"),
    ],
)
async def test_r1_an_action_that_nobody_serves_is_refused_and_the_socket_stays(
    wire: Wire, protocol: str, action: str, code: str
) -> None:
    async with wire.station(protocols=(protocol,)) as station:
        if action not in {"TransactionEvent", "StartTransaction"}:
            assert (await station.ask(action, {}, "a"))[:3] == [4, "a", code]
        assert (await station.ask("Heartbeat", {}, "b"))[:2] == [3, "b"]


MALFORMED = {
    # frame: (answer of 1.6, answer of 2.0.1) as (message id, error code), None: nothing comes
    "no json": (None, ("-1", "RpcFrameworkError")),
    "{}": (None, ("-1", "RpcFrameworkError")),
    "[]": (None, ("-1", "RpcFrameworkError")),
    '"text"': (None, ("-1", "RpcFrameworkError")),
    "[2]": (None, ("-1", "RpcFrameworkError")),
    '[2,["x"],"Heartbeat",{}]': (None, ("-1", "RpcFrameworkError")),
    '[2,"x"]': (("x", "FormationViolation"), ("x", "FormatViolation")),
    '[2,"x",["Heartbeat"],{}]': (("x", "FormationViolation"), ("x", "FormatViolation")),
    '[2,"x","Heartbeat",[]]': (("x", "FormationViolation"), ("x", "FormatViolation")),
    '[2,"x","Heartbeat","{}"]': (("x", "FormationViolation"), ("x", "FormatViolation")),
    '[9,"x","Heartbeat",{}]': (None, ("x", "MessageTypeNotSupported")),
    '["two","x","Heartbeat",{}]': (None, ("x", "MessageTypeNotSupported")),
    '[5,"x","InternalError","",{}]': (None, ("x", "MessageTypeNotSupported")),
    '[3,"x",{}]': (None, None),
    '[3,"x"]': (None, None),
    '[3,"x",7]': (None, None),
    "[3]": (None, None),
    '[4,"x","GenericError"]': (None, None),
    '[4,"x"]': (None, None),
    "[2," + "[" * 500 + "]" * 500 + "]": (None, ("-1", "RpcFrameworkError")),
    "[" * 100_000: (None, ("-1", "RpcFrameworkError")),
    '[2,"x","Heartbeat",{"a":' + "1" * 5000 + "}]": (None, ("-1", "RpcFrameworkError")),
}


@pytest.mark.parametrize("version", [0, 1])
async def test_r1_what_is_no_frame_is_answered_as_the_version_says_or_counted(wire: Wire, version: int) -> None:
    async with wire.station(protocols=(("ocpp1.6", "ocpp2.0.1")[version],)) as station:
        for frame, answers in MALFORMED.items():
            await station.say(frame)
            if (answer := answers[version]) is not None:
                heard = await station.hear()
                assert (heard[0], tuple(heard[1:3])) == (4, answer), frame[:40]
            # Whatever it was: the next call is served, and nothing else was sent in between.
            assert (await station.ask("Heartbeat", {}, "after"))[:2] == [3, "after"], frame[:40]
        assert sum(wire.central.stations["CP1"].malformed.values()) == len(MALFORMED)


@pytest.mark.parametrize(
    ("frame", "echoed"),
    [
        ('[2,null,"Heartbeat",{}]', None),
        ('[2,7,"Heartbeat",{}]', 7),
        ('[2,"","Heartbeat",{}]', ""),
        ('["2","quoted","Heartbeat",{}]', "quoted"),
        ('[2,"no payload","Heartbeat"]', "no payload"),
        ('[2,"null","Heartbeat",null]', "null"),
        ('[2,"more","Heartbeat",{},1,2]', "more"),
        ('[2,"NaN","Heartbeat",{"a":NaN}]', "NaN"),
        ('[2,"' + 40 * "x" + '","Heartbeat",{}]', 40 * "x"),
        ('[2,"half \\ud83d","Heartbeat",{}]', "half \ufffd"),
        ('  [2 , "blank" , "Heartbeat" , {} ]\n', "blank"),
    ],
)
async def test_r1_what_can_be_understood_is_served(wire: Wire, frame: str, echoed: object) -> None:
    async with wire.station() as station:
        await station.say(frame)
        assert (await station.hear())[:2] == [3, echoed]


async def test_r1_what_21_sends_without_a_question_gets_no_answer(wire: Wire) -> None:
    async with wire.station(protocols=("ocpp2.1",)) as station:
        await station.say([6, "s", "Heartbeat", {}])
        # A SEND that is none, and what we sent that was not understood.
        await station.say([6, "s", 7, {}])
        await station.say([5, "x", "FormatViolation", "", {}])
        assert (await station.ask("Heartbeat", {}, "h"))[:2] == [3, "h"]
        assert [action for _, action, _ in wire.house.heard] == ["Heartbeat", "Heartbeat"]
        assert wire.central.stations["CP1"].malformed == {"no action": 1, "answer that nobody waits for": 1}


async def test_r1_frames_of_octets_are_read_like_text(wire: Wire) -> None:
    async with wire.station() as station:
        await station.websocket.send_bytes(b'[2,"x","Heartbeat",{}]')
        assert (await station.hear())[:2] == [3, "x"]
        # Latin-1 in a vendor's text is not worth a connection.
        await station.websocket.send_bytes(b'[2,"y","DataTransfer",{"vendorId":"\xfcber"}]')
        assert await station.hear() == [3, "y", {"status": "UnknownVendorId"}]
        await station.websocket.send_bytes(b"\x00\xff\xfe")
        assert (await station.ask("Heartbeat", {}))[0] == 3


async def test_r2_what_the_station_asked_is_answered_before_we_ask(wire: Wire) -> None:
    held = wire.house.held["BootNotification"] = asyncio.Event()
    async with wire.station() as station:
        await station.say([2, "boot", "BootNotification", BOOT])
        await until(lambda: wire.house.heard)
        call = asyncio.create_task(wire.central.stations["CP1"].async_call("GetConfiguration", {}))
        assert await station.hears_nothing()
        held.set()
        assert (await station.hear())[:2] == [3, "boot"]
        asked = await station.hear()
        assert asked[2:] == ["GetConfiguration", {}]
        await station.say([3, asked[1], {"configurationKey": []}])
        assert await call == {"configurationKey": []}


async def test_r3_one_call_is_open_at_a_time_and_a_silent_station_does_not_stop_the_next(wire: Wire) -> None:
    async with wire.station() as station:
        to = wire.central.stations["CP1"]
        first = asyncio.create_task(to.async_call("ClearCache", {}, timeout_s=0.1))
        second = asyncio.create_task(to.async_call("GetLocalListVersion", {}))
        late = (await station.hear())[1]
        with pytest.raises(TimedOutError):
            await first
        asked = await station.hear()
        assert asked[2] == "GetLocalListVersion"
        # The late answer, and one that nobody asked for, are nobody's.
        await station.say([3, late, {"status": "Accepted"}])
        await station.say([3, "never asked", {"listVersion": -1}])
        await station.say([3, asked[1], {"listVersion": 5}])
        assert await second == {"listVersion": 5}
        assert to.malformed["answer that nobody waits for"] == 2


async def test_r3_calls_go_out_as_they_were_asked_for_though_the_schema_of_the_first_has_to_be_read(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault_of = async_fault

    async def reads_first(hass: HomeAssistant, version: Version, kind: Kind, action: str, payload: Any) -> str | None:
        if action == "ClearCache":
            await asyncio.sleep(0.05)
        return await fault_of(hass, version, kind, action, payload)

    monkeypatch.setattr(calling, "async_fault", reads_first)
    async with wire.station() as station:
        to = wire.central.stations["CP1"]
        calls = [asyncio.create_task(to.async_call(action, {})) for action in ("ClearCache", "GetLocalListVersion")]
        for action in ("ClearCache", "GetLocalListVersion"):
            asked = await station.hear()
            assert asked[2] == action
            await station.say([3, asked[1], {}])
        await asyncio.gather(*calls)


async def test_r3_only_so_many_calls_wait(wire: Wire) -> None:
    async with wire.station():
        to = wire.central.stations["CP1"]
        waiting = [asyncio.create_task(to.async_call("ClearCache", {})) for _ in range(32)]
        await asyncio.sleep(0.05)
        with pytest.raises(QueueFullError):
            await to.async_call("ClearCache", {})
    # Gone: none of them waits any longer.
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {NotConnectedError}
    with pytest.raises(NotConnectedError):
        await to.async_call("ClearCache", {})


async def test_r4_a_station_may_ask_before_it_answers(wire: Wire) -> None:
    async with wire.station() as station:
        reserve = {"connectorId": 1, "expiryDate": "2026-11-20T13:00:00Z", "idTag": "DEADBEEF", "reservationId": 1}
        call = asyncio.create_task(wire.central.stations["CP1"].async_call("ReserveNow", reserve))
        asked = await station.hear()
        assert await station.ask("Authorize", {"idTag": "DEADBEEF"}, "a") == [
            3,
            "a",
            {"idTagInfo": {"status": "Accepted"}},
        ]
        await station.say([3, asked[1], {"status": "Accepted"}])
        assert await call == {"status": "Accepted"}


async def test_r4_what_tells_of_a_session_is_served_in_order_and_the_clock_meanwhile(wire: Wire) -> None:
    disk = wire.house.held["StartTransaction"] = asyncio.Event()
    async with wire.station() as station:
        await station.say([2, "start", "StartTransaction", START])
        await station.say([2, "status", "StatusNotification", STATUS])
        assert (await station.ask("Heartbeat", {}, "beat"))[:2] == [3, "beat"]
        assert [action for _, action, _ in wire.house.heard] == ["StartTransaction", "Heartbeat"]
        disk.set()
        assert [(await station.hear())[1], (await station.hear())[1]] == ["start", "status"]


async def test_r5_a_start_that_is_sent_twice_is_one_transaction(wire: Wire) -> None:
    async with wire.station() as station:
        answers = [await station.ask("StartTransaction", START, "1"), await station.ask("StartTransaction", START, "1")]
        assert [answer[2]["transactionId"] for answer in answers] == [1, 1]
    async with wire.station() as station:
        # It lost the connection before it heard the answer.
        assert (await station.ask("StartTransaction", START, "1"))[2]["transactionId"] == 1
        # It counts its messages from 1 again: another start is another transaction.
        other = {**START, "timestamp": "2026-11-20T13:00:00Z"}
        assert (await station.ask("StartTransaction", other, "1"))[2]["transactionId"] == 2


async def test_r5_a_start_that_is_repeated_while_the_disk_is_slow_waits_for_the_same_answer(wire: Wire) -> None:
    disk = wire.house.held["StartTransaction"] = asyncio.Event()
    async with wire.station() as station:
        await station.say([2, "1", "StartTransaction", START])
        await station.say([2, "1", "StartTransaction", START])
        assert await station.hears_nothing()
        disk.set()
        assert [(await station.hear())[2]["transactionId"] for _ in range(2)] == [1, 1]


async def test_r3_a_frame_of_ours_that_the_station_could_not_read_ends_the_wait(wire: Wire) -> None:
    async with wire.station(protocols=("ocpp2.0.1",)) as station:
        call = asyncio.create_task(wire.central.stations["CP1"].async_call("ClearCache", {}))
        await station.hear()
        await station.say([4, "-1", "RpcFrameworkError", "", {}])
        with pytest.raises(RefusedError, match="RpcFrameworkError"):
            await call


async def test_r6_no_id_of_ours_is_used_again(wire: Wire) -> None:
    seen = set()
    for _ in range(3):
        async with wire.station() as station:
            for _ in range(3):
                call = asyncio.create_task(wire.central.stations["CP1"].async_call("ClearCache", {}))
                message_id = (await station.hear())[1]
                assert len(message_id) <= 36
                seen.add(message_id)
                await station.say([3, message_id, {"status": "Accepted"}])
                await call
    assert len(seen) == 9


async def test_r7_twenty_stations_at_once_hear_their_own_answers(wire: Wire) -> None:
    async def one(number: int) -> None:
        identity = f"CP{number}"
        async with wire.station(f"/{identity}") as station:
            call = asyncio.create_task(wire.central.stations[identity].async_call("ClearCache", {}))
            for turn in range(10):
                await station.say([2, str(turn), "Heartbeat", {}])
            heard = [await station.hear() for _ in range(11)]
            assert sorted(frame[1] for frame in heard if frame[0] == 3) == [str(turn) for turn in range(10)]
            (asked,) = [frame for frame in heard if frame[0] == 2]
            await station.say([4, asked[1], "NotSupported", identity, {}])
            with pytest.raises(RefusedError, match=f"NotSupported: {identity}$"):
                await call

    await asyncio.gather(*(one(number) for number in range(1, 21)))


async def test_r8_data_of_an_unknown_vendor_and_custom_data_are_taken(wire: Wire) -> None:
    async with wire.station() as station:
        assert await station.ask("DataTransfer", {"vendorId": "com.example", "data": "{"}, "d") == [
            3,
            "d",
            {"status": "UnknownVendorId"},
        ]
    async with wire.station(protocols=("ocpp2.0.1",)) as station:
        payload = {"customData": {"vendorId": "com.example", "anything": [1]}}
        assert (await station.ask("Heartbeat", payload, "h"))[:2] == [3, "h"]
    assert wire.house.heard[-1][2] == payload


async def test_a_call_that_no_version_knows_is_sent_as_it_is_where_somebody_asks_for_it(wire: Wire) -> None:
    async with wire.station() as station:
        asking = asyncio.create_task(wire.central.stations["CP1"].async_call_any("PolishLamp", {"brightness": 7}))
        kind, message_id, action, payload = await station.hear()
        assert (kind, action, payload) == (2, "PolishLamp", {"brightness": 7})
        await station.say([3, message_id, {"status": "Shining"}])
        assert await asking == {"status": "Shining"}


async def test_what_we_send_is_what_the_schema_wants_or_is_not_sent(wire: Wire) -> None:
    async with wire.station() as station:
        to = wire.central.stations["CP1"]
        wrong: dict[str, dict[str, Any]] = {
            "ClearCache": {"surplus": 1},
            "ChangeConfiguration": {"key": "AuthorizationKey", "value": "secret" * 100},
            "TriggerMessage": {},
            "Nonsense": {},
            "../v201/schemas/ClearCacheRequest": {},
        }
        for action, payload in wrong.items():
            with pytest.raises(InvalidCallError) as refusal:
                await to.async_call(action, payload)
            assert "secret" not in str(refusal.value)
        # NaN is no JSON, whatever a schema says of numbers.
        for action in ("DataTransfer", "SetChargingProfile"):
            with pytest.raises(InvalidCallError):
                await to.async_call(action, {"vendorId": "x", "data": float("nan")})
        with pytest.raises(InvalidCallError):
            await to.async_call("GetLocalListVersion", {"x": {1, 2}})
        with pytest.raises(InvalidCallError):
            await to.async_call_any("ClearCache", {"surplus": 1})
        with pytest.raises(InvalidCallError):
            await to.async_call_any("../v201/schemas/ClearCacheRequest", {})
        with pytest.raises(InvalidCallError):
            await to.async_call_any("PolishLamp", {"brightness": float("nan")})
        profile = {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 21.4}],
            },
        }
        call = asyncio.create_task(
            to.async_call("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile})
        )
        asked = await station.hear()
        assert asked[3]["csChargingProfiles"] == profile
        await station.say([4, asked[1], "NotImplemented"])
        with pytest.raises(RefusedError) as refused:
            await call
        assert (refused.value.code, refused.value.description, refused.value.details) == ("NotImplemented", "", {})


async def test_a_station_that_came_back_with_another_version_is_not_asked_in_the_old_one(wire: Wire) -> None:
    async with wire.station():
        to = wire.central.stations["CP1"]
        first = asyncio.create_task(to.async_call("ClearCache", {}))
        second = asyncio.create_task(to.async_call("GetConfiguration", {}))
        await asyncio.sleep(0.05)
        async with wire.station(protocols=("ocpp2.0.1",)) as station:
            for call in (first, second):
                with pytest.raises(NotConnectedError):
                    await call
            assert await station.hears_nothing()


async def test_a_handler_that_never_ends_does_not_silence_the_station(wire: Wire) -> None:
    wire.house.held["StatusNotification"] = asyncio.Event()
    with patch.object(answering, "_SERVE_S", 0.1):
        async with wire.station() as station:
            assert (await station.ask("StatusNotification", STATUS, "s"))[:3] == [4, "s", "InternalError"]
            assert (await station.ask("MeterValues", {}, "m"))[:2] == [3, "m"]


async def test_what_takes_too_long_is_done_to_its_end_and_who_asks_again_hears_of_that(wire: Wire) -> None:
    disk = wire.house.held["StartTransaction"] = asyncio.Event()
    with patch.object(answering, "_SERVE_S", 0.1):
        async with wire.station() as station:
            assert (await station.ask("StartTransaction", START, "a"))[:3] == [4, "a", "InternalError"]
            # The same message waits for the same work, and not for longer than the first.
            assert (await station.ask("StartTransaction", START, "a"))[:3] == [4, "a", "InternalError"]
            disk.set()
            assert (await station.ask("StartTransaction", START, "a"))[2]["transactionId"] == 1
            assert (await station.ask("StartTransaction", START, "a"))[2]["transactionId"] == 1
    assert [action for _, action, _ in wire.house.heard] == ["StartTransaction"]


async def test_what_is_worked_on_for_too_long_is_bounded(wire: Wire) -> None:
    wire.house.held["StatusNotification"] = asyncio.Event()
    with patch.object(answering, "_SERVE_S", 0.01), patch.object(answering, "_MOST_LATE", 2):
        async with wire.station() as station:
            for number in range(6):
                assert (await station.ask("StatusNotification", STATUS, str(number)))[:2] == [4, str(number)]
            late = wire.central.stations["CP1"]._answering._late
            await until(lambda: len(late) <= 2)


async def test_a_flood_of_calls_waits_instead_of_growing(wire: Wire) -> None:
    held = wire.house.held["StatusNotification"] = asyncio.Event()
    with patch.object(answering, "_MOST_AT_ONCE", 4):
        async with wire.station() as station:
            for number in range(20):
                await station.say([2, str(number), "StatusNotification", STATUS])
            assert await station.hears_nothing()
            assert len(wire.central.stations["CP1"]._answering._tasks) == 4
            held.set()
            assert [(await station.hear())[1] for _ in range(20)] == [str(number) for number in range(20)]


async def test_a_station_that_takes_no_more_data_is_given_up(wire: Wire) -> None:
    async with wire.station() as station:
        to = wire.central.stations["CP1"]

        async def large(*_: object) -> dict[str, object]:
            return {"status": "Accepted", "data": "x" * 500_000}

        to.handler = large
        with patch.object(connection, "_SEND_S", 0.1):
            for number in range(40):
                await station.say([2, str(number), "DataTransfer", {"vendorId": "x"}])
            await until(lambda: not to.connected)


async def test_a_fault_of_ours_is_an_internal_error_and_no_silence(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    async with wire.station() as station:

        async def broken(action: str, payload: object, arrival: object) -> dict[str, object]:
            if action == "Heartbeat":
                return {"currentTime": 5}
            raise KeyError(json.dumps(payload))

        wire.central.stations["CP1"].handler = broken
        assert (await station.ask("Authorize", {"idTag": "DEADBEEF"}, "a"))[:3] == [4, "a", "InternalError"]
        assert (await station.ask("Heartbeat", {}, "b"))[:3] == [4, "b", "InternalError"]
    assert "Authorize failed: KeyError" in caplog.text
    assert "DEADBEEF" not in caplog.text
