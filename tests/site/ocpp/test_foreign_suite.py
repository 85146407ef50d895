"""What a test of central systems asks of a site that runs, frame by frame, and what a rude station leaves behind."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_sessions.core.id_token import IdToken, TokenState
from tests.actions.past import act
from tests.chargers.ocpp.rig import Talker

from .conftest import OcppSite
from .test_sessions import started

pytestmark = pytest.mark.usefixtures("socket_enabled")

VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])


def told(ago_s: float = 0.0) -> str:
    return (dt_util.utcnow() - timedelta(seconds=ago_s)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Suite:
    """A side of the talk: it asks, and answers each call of ours with NotSupported, as a test does that wants none."""

    def __init__(self, talker: Talker, version: str) -> None:
        self._talker = talker
        self.is_2 = version != "1.6"
        self._number = 0

    async def ask(self, action: str, payload: dict[str, Any], message_id: str | None = None) -> list[Any]:
        self._number += 1
        message_id = message_id or f"m{self._number}"
        await self._talker.say([2, message_id, action, payload])
        while True:
            heard: list[Any] = await self._talker.hear(within_s=20)
            if heard[0] == 2:
                await self._talker.say([4, heard[1], "NotSupported", "", {}])
            elif heard[1] == message_id:
                return heard

    async def say(self, action: str, payload: dict[str, Any]) -> None:
        """Ask, and do not wait for the answer."""
        await self._talker.say([2, f"unheard {action}", action, payload])

    async def gets(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Ask what has to be answered."""
        heard = await self.ask(action, payload)
        assert heard[0] == 3, heard
        answer: dict[str, Any] = heard[2]
        return answer

    async def status(self, word: str, connector: int = 1) -> dict[str, Any]:
        if self.is_2:
            return await self.gets(
                "StatusNotification",
                {"timestamp": told(), "connectorStatus": word, "evseId": connector, "connectorId": 1},
            )
        return await self.gets("StatusNotification", {"connectorId": connector, "errorCode": "NoError", "status": word})

    async def boot(self) -> dict[str, Any]:
        if self.is_2:
            station = {"vendorName": "Suite", "model": "Test"}
            return await self.gets("BootNotification", {"reason": "PowerUp", "chargingStation": station})
        return await self.gets("BootNotification", {"chargePointVendor": "Suite", "chargePointModel": "Test"})

    async def authorize(self, token: str) -> str:
        answer = await self.gets(
            "Authorize", {"idToken": {"idToken": token, "type": "ISO14443"}} if self.is_2 else {"idTag": token}
        )
        status: str = answer["idTokenInfo" if self.is_2 else "idTagInfo"]["status"]
        return status

    async def event(self, kind: str, transaction: str, **more: Any) -> list[Any]:
        usual: dict[str, Any] = {"triggerReason": "MeterValuePeriodic", "seqNo": 0, "evse": {"id": 1, "connectorId": 1}}
        info = {"transactionId": transaction}
        return await self.ask(
            "TransactionEvent",
            {"eventType": kind, "timestamp": told(), "transactionInfo": info, **usual, **more},
        )


@asynccontextmanager
async def suite(hass: HomeAssistant, tmp_path: Path, version: str) -> AsyncGenerator[Suite]:
    async with started(hass, tmp_path) as (entry, port):
        cards = entry.runtime_data.cards
        for value, state in (("GOOD", TokenState.ACCEPTED), ("BAD", TokenState.BLOCKED)):
            await cards.async_put(IdToken(value=value), state, who="test")
        async with ClientSession() as session:
            site = OcppSite(hass, entry, port, session)
            async with site.station("CP1", protocol=f"ocpp{version}") as talker:
                yield Suite(talker, version)
                # Whatever was said: it is still there and served.
                assert (await Suite(talker, version).ask("Heartbeat", {}, "last"))[:2] == [3, "last"]


async def open_sessions(hass: HomeAssistant) -> list[dict[str, Any]]:
    await hass.async_block_till_done()
    found: list[dict[str, Any]] = (await act(hass, "get_sessions", include_empty=True))["sessions"]
    return found


@VERSIONS
async def test_b1_b3_a1_what_comes_before_the_boot_is_served_and_cards_are_judged(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with suite(hass, tmp_path, version) as station:
        assert await station.status("Available") == {}
        boot = await station.boot()
        assert (boot["status"], boot["interval"] > 0) == ("Accepted", True)
        off_s = (dt_util.utcnow() - dt_util.parse_datetime(boot["currentTime"], raise_on_error=True)).total_seconds()
        assert -1 < off_s < 20
        assert [await station.authorize(token) for token in ("GOOD", "good", "BAD", "NOBODY", "x" * 300)] == [
            "Accepted",
            "Accepted",
            "Blocked",
            "Invalid",
            "Invalid",
        ]


@VERSIONS
async def test_r1_nothing_that_is_no_start_begins_a_session(hass: HomeAssistant, tmp_path: Path, version: str) -> None:
    async with suite(hass, tmp_path, version) as station:
        await station.boot()
        if station.is_2:
            bad: list[dict[str, Any]] = [
                {},
                {"eventType": "Begun"},
                {"eventType": "Updated"},
                {"eventType": ["Started"]},
            ]
            heard = [await station.ask("TransactionEvent", payload) for payload in bad]
            assert [one[2] for one in heard if one[0] == 4] == [
                "OccurrenceConstraintViolation",
                "PropertyConstraintViolation",
                "TypeConstraintViolation",
            ]
            # An end that nobody saw begin, and that has measured nothing.
            assert (await station.event("Ended", "T9"))[0] == 3
        else:
            bad = [{}, {"connectorId": {}}, {"connectorId": -1, "idTag": "GOOD"}, {"connectorId": 99, "idTag": "GOOD"}]
            heard = [
                await station.ask("StartTransaction", {"meterStart": 0, "timestamp": told(), **one}) for one in bad
            ]
            assert [one[2] for one in heard[:3]] == [
                "OccurenceConstraintViolation",
                "TypeConstraintViolation",
                "PropertyConstraintViolation",
            ]
            # At a connector that nobody configured it has a number, and may not charge.
            assert heard[3][2]["transactionId"] > 0
            assert heard[3][2]["idTagInfo"] == {"status": "Invalid"}
            stop = {"transactionId": -1, "meterStop": 5, "timestamp": told()}
            assert await station.gets("StopTransaction", stop) == {}
        assert await station.status("Available", 99) == {}
        assert await open_sessions(hass) == []


@VERSIONS
async def test_a2_037_3_unknown_card_has_a_transaction_that_is_told_to_end_and_is_over_with_its_stop(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with suite(hass, tmp_path, version) as station:
        await station.boot()
        await station.status("Preparing" if not station.is_2 else "Occupied")
        if station.is_2:
            token = {"idToken": "NOBODY", "type": "ISO14443"}
            begun = await station.event("Started", "T1", triggerReason="Authorized", idToken=token)
            assert begun[2] == {"idTokenInfo": {"status": "Invalid"}}
            info = {"transactionId": "T1", "stoppedReason": "DeAuthorized"}
            assert (await station.event("Ended", "T1", seqNo=7, transactionInfo=info))[2] == {}
        else:
            start = {"connectorId": 1, "idTag": "NOBODY", "meterStart": 1000, "timestamp": told()}
            answer = await station.gets("StartTransaction", start)
            assert answer["idTagInfo"] == {"status": "Invalid"}
            stop = {"transactionId": answer["transactionId"], "meterStop": 1000, "timestamp": told()}
            assert await station.gets("StopTransaction", {**stop, "reason": "DeAuthorized"}) == {}
        await station.status("Available")
        (session,) = await open_sessions(hass)
        assert (session["energy_kwh"], len(session["transactions"])) == (0.0, 1)
        assert session["transactions"][0]["end"] is not None


@VERSIONS
async def test_charge_at_an_evse_that_nobody_configured_ends_no_other(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with suite(hass, tmp_path, version) as station:
        await station.boot()
        await station.status("Occupied" if station.is_2 else "Preparing")
        card, at = {"idToken": "GOOD", "type": "ISO14443"}, told()

        def register(wh: int, context: str) -> dict[str, Any]:
            return {"meterValue": [{"timestamp": told(), "sampledValue": [{"value": wh, "context": context}]}]}

        if station.is_2:
            for evse, wh in ((1, 1000), (2, 700)):
                begun = {"evse": {"id": evse}, "idToken": card, **register(wh, "Transaction.Begin")}
                assert (await station.event("Started", f"T{evse}", **begun))[0] == 3
            assert (await station.event("Ended", "T2", evse=None, **register(9_000, "Transaction.End")))[0] == 3
        else:
            starts = [
                {"connectorId": connector, "idTag": "GOOD", "meterStart": wh, "timestamp": at}
                for connector, wh in ((1, 1000), (2, 700), (2, 700))
            ]
            _, number, again = [(await station.gets("StartTransaction", one))["transactionId"] for one in starts]
            assert number == again
            await station.gets("StopTransaction", {"transactionId": number, "meterStop": 9_000, "timestamp": told()})
        (session,) = await open_sessions(hass)
        (transaction,) = session["transactions"]
        assert (session["end"], session["energy_kwh"], transaction["end"]) == (None, 0.0, None)


@VERSIONS
async def test_r5_same_message_after_a_cut_is_answered_alike_and_counts_once(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        async with ClientSession() as session:
            site = OcppSite(hass, entry, port, session)
            at = told()
            if version == "1.6":
                call = ("StartTransaction", {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": at})
            else:
                info = {"transactionId": "T1", "chargingState": "Charging"}
                begun = {"eventType": "Started", "timestamp": at, "triggerReason": "Authorized", "seqNo": 0}
                token = {"idToken": "A", "type": "ISO14443"}
                call = ("TransactionEvent", {**begun, "transactionInfo": info, "evse": {"id": 1}, "idToken": token})
            answers = []
            for _ in range(2):
                async with site.station("CP1", protocol=f"ocpp{version}") as talker:
                    station = Suite(talker, version)
                    answers.append(await station.ask(*call, "same"))
            assert answers[0] == answers[1]
            assert answers[0][0] == 3
        (one,) = await open_sessions(hass)
        assert (len(one["transactions"]), one["end"]) == (1, None)


@VERSIONS
async def test_d2_p02_what_a_station_tells_of_itself_is_answered_and_what_it_may_not_have_is_refused(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    at = told()
    variable = {"component": {"name": "X"}, "variable": {"name": "Y"}}
    told_of: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "SecurityEventNotification": ({"type": "FirmwareUpdated", "timestamp": at}, {}),
        "SignCertificate": ({"csr": "-----BEGIN"}, {"status": "Rejected"}),
        "DataTransfer": ({"vendorId": "org.nobody"}, {"status": "UnknownVendorId"}),
        "FirmwareStatusNotification": ({"status": "Idle"}, {}),
        "LogStatusNotification": ({"status": "Idle"}, {}),
    }
    if version != "1.6":
        page = {"requestId": 4, "generatedAt": at, "reportData": [{**variable, "variableAttribute": [{"value": "1"}]}]}
        event = {"eventId": 1, "timestamp": at, "trigger": "Delta", "actualValue": "1", **variable}
        told_of |= {
            "NotifyReport": ({**page, "seqNo": 3, "tbc": True}, {}),
            "NotifyEvent": (
                {
                    "generatedAt": at,
                    "seqNo": 0,
                    "eventData": [{**event, "eventNotificationType": "CustomMonitor"}],
                },
                {},
            ),
            "Get15118EVCertificate": (
                {"iso15118SchemaVersion": "x", "action": "Install", "exiRequest": "x"},
                {"status": "Failed", "exiResponse": ""},
            ),
        }
    if version == "2.1":
        told_of |= {
            "NotifyPriorityCharging": ({"transactionId": "T", "activated": True}, {}),
            "PullDynamicScheduleUpdate": ({"chargingProfileId": 1}, {"status": "Rejected"}),
            "VatNumberValidation": ({"vatNumber": "DE1"}, {"vatNumber": "DE1", "status": "Rejected"}),
        }
    async with suite(hass, tmp_path, version) as station:
        await station.boot()
        for action, (payload, answer) in told_of.items():
            assert await station.gets(action, payload) == answer, action
        assert (await station.ask("RemoteStartTransaction" if version == "1.6" else "RequestStartTransaction", {}))[
            2
        ] == "NotSupported"
        assert (await station.ask("BatterySwap", {}))[2] == ({} if version == "2.1" else "NotImplemented")
        assert json.dumps(await station.ask("heartbeat", {})).count("NotImplemented") == 1
