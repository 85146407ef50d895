"""The disk takes so long that a station gives up waiting and sends the same again, under another id: it counts once."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.ocpp import answering
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import Ledger, LedgerBusyError, LedgerError
from simulator.ocpp import line
from simulator.ocpp.behaviour import Behaviour
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.chargers.ocpp.rig import until

from .conftest import OcppSite
from .test_foreign_suite import VERSIONS, Suite, told
from .test_sessions import Hands, ended, hands, sessions, started

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")

#: So long a call waits here for its answer.
PATIENCE_S = 0.2
SIGNED = "OCMF|{}|{}"


class Disk:
    """What the ledger is asked to write of transactions waits until the test lets it."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.waiting = 0
        self.errors: list[LedgerError] = []

    def slow[T](self, write: Callable[..., Future[T]]) -> Callable[..., Future[T]]:
        loop = asyncio.get_running_loop()

        def written(*args: Any) -> Future[T]:
            future: Future[T] = Future()
            future.set_running_or_notify_cancel()

            async def pass_on() -> None:
                self.waiting += 1
                await self.free.wait()
                self.waiting -= 1
                try:
                    if self.errors:
                        raise self.errors.pop()
                    future.set_result(await asked(write(*args)))
                except LedgerError as error:
                    future.set_exception(error)

            task = loop.create_task(pass_on())
            task.add_done_callback(lambda _: None)
            return future

        return written


@asynccontextmanager
async def slow_site(
    hass: HomeAssistant, tmp_path: Path, version: str, *, patience_s: float = 60.0
) -> AsyncGenerator[tuple[Any, Suite, Disk]]:
    disk = Disk()
    async with started(hass, tmp_path, free=True) as (entry, port):
        ledger: Ledger = entry.runtime_data.ledger
        with (
            patch.object(ledger, "start_transaction", disk.slow(ledger.start_transaction)),
            patch.object(ledger, "put_transaction", disk.slow(ledger.put_transaction)),
        ):
            async with (
                ClientSession() as session,
                OcppSite(hass, entry, port, session).station("CP1", protocol=f"ocpp{version}") as talker,
            ):
                station = Suite(talker, version)
                disk.free.set()
                await station.boot()
                await station.status("Preparing" if version == "1.6" else "Occupied")
                with patch.object(answering, "_SERVE_S", patience_s):
                    yield entry, station, disk


def begin(version: str, at: str) -> tuple[str, dict[str, Any]]:
    if version == "1.6":
        return "StartTransaction", {"connectorId": 1, "idTag": "A", "meterStart": 1000, "timestamp": at}
    sampled = [{"value": 1000, "context": "Transaction.Begin"}]
    return "TransactionEvent", {
        "eventType": "Started",
        "timestamp": at,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "T1", "chargingState": "Charging"},
        "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": "A", "type": "ISO14443"},
        "meterValue": [{"timestamp": at, "sampledValue": sampled}],
    }


def finish(version: str, at: str, transaction: int | str) -> tuple[str, dict[str, Any]]:
    if version == "1.6":
        signed = {"value": SIGNED, "format": "SignedData", "context": "Transaction.End"}
        return "StopTransaction", {
            "transactionId": transaction,
            "meterStop": 3500,
            "timestamp": at,
            "reason": "EVDisconnected",
            "transactionData": [{"timestamp": at, "sampledValue": [signed]}],
        }
    signed_2: dict[str, Any] = {
        "value": 3500,
        "context": "Transaction.End",
        "unitOfMeasure": {"unit": "Wh"},
        "signedMeterValue": {
            "signedMeterData": SIGNED,
            "encodingMethod": "OCMF",
            "signingMethod": "",
            "publicKey": "",
        },
    }
    return "TransactionEvent", {
        "eventType": "Ended",
        "timestamp": at,
        "triggerReason": "EVCommunicationLost",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "T1", "stoppedReason": "EVDisconnected"},
        "meterValue": [{"timestamp": at, "sampledValue": [signed_2]}],
    }


async def gone(station: Suite, at: str) -> None:
    """Tell that the car has gone; 1.6 need not say when."""
    if station.is_2:
        free = {"timestamp": at, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    else:
        free = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    await answered(station, ("StatusNotification", free))


async def answered(station: Suite, call: tuple[str, dict[str, Any]], message_id: str | None = None) -> list[Any]:
    """Send a call until it is answered; return the answer."""
    async with asyncio.timeout(60):
        while (heard := await station.ask(*call, message_id))[0] != 3:
            assert heard[2] == "InternalError"
    return heard


async def insist(station: Suite, disk: Disk, call: tuple[str, dict[str, Any]], same_id: str | None) -> list[Any]:
    """Send a call twice while the disk is held, and then until it is answered; return that answer."""
    disk.free.clear()
    for _ in range(2):
        heard = await station.ask(*call, same_id)
        assert (heard[0], heard[2]) == (4, "InternalError")
    asyncio.get_running_loop().call_later(PATIENCE_S / 4, disk.free.set)
    return await answered(station, call, same_id)


@VERSIONS
@pytest.mark.parametrize("same_id", [None, "same"])
async def test_r5_what_is_sent_again_since_the_answer_is_late_counts_once_and_loses_nothing(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str, same_id: str | None
) -> None:
    async with slow_site(hass, tmp_path, version, patience_s=PATIENCE_S) as (_, station, disk):
        answer = await insist(station, disk, begin(version, told()), same_id)
        number = answer[2].get("transactionId", "T1")
        hands.ahead += timedelta(minutes=30)
        await insist(station, disk, finish(version, told(-1800), number), same_id and "other")
        await until(lambda: not disk.waiting)
        await gone(station, told(-1800))
        (session,) = await ended(hass, hands)
        assert (session["energy_kwh"], session["end_reason"]) == (2.5, "unplugged")
        (transaction,) = session["transactions"]
        assert (transaction["meter_start_kwh"], transaction["meter_end_kwh"]) == (1.0, 3.5)
        assert session["signature"] is not None


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_transaction_that_the_ledger_had_no_room_for_is_kept_when_it_is_told_again(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with slow_site(hass, tmp_path, version) as (_, station, disk):
        call = begin(version, told())
        disk.errors = [LedgerBusyError("2000 writes are waiting already")]
        assert (await station.ask(*call))[2] == "InternalError"
        # To the house it is the same once more, and says nothing new.
        assert (await station.ask(*call))[0] == 3
        (session,) = await sessions(hass)
        assert [one["meter_start_kwh"] for one in session["transactions"]] == [1.0]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_transaction_of_which_nobody_heard_the_start_is_kept_from_when_it_is_heard_of(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with slow_site(hass, tmp_path, version) as (_, station, _disk):
        info = {"transactionId": "T9", "chargingState": "Charging"}
        assert (await station.event("Updated", "T9", transactionInfo=info))[0] == 3
        (session,) = await sessions(hass)
        ((begun, over),) = [(one["start"], one["end"]) for one in session["transactions"]]
        assert (begun is not None, over) == (True, None)
        hands.ahead += timedelta(minutes=30)
        assert (await station.event("Ended", "T9", timestamp=told(-1800)))[0] == 3
        (session,) = await sessions(hass)
        (transaction,) = session["transactions"]
        assert transaction["start"] == begun
        lasted = datetime.fromisoformat(transaction["end"]) - datetime.fromisoformat(begun)
        assert abs(lasted - timedelta(minutes=30)) < timedelta(seconds=5)


async def test_status_without_a_time_is_of_when_it_came_however_long_it_waits(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    """The car leaves while the disk is busy: the session ends when it left."""
    async with slow_site(hass, tmp_path, "1.6") as (_, station, disk):
        begun = hands().utc
        number = (await station.gets(*begin("1.6", told())))["transactionId"]
        disk.free.clear()
        hands.ahead += timedelta(minutes=5)
        stop = dict(finish("1.6", told(-300), number)[1], reason="Local")
        await station.say("StopTransaction", stop)
        waiting = asyncio.create_task(station.status("Available"))
        await until(lambda: disk.waiting)
        await asyncio.sleep(0.1)
        hands.ahead += timedelta(minutes=4)
        disk.free.set()
        await waiting
        (session,) = await ended(hass, hands)
        lasted = datetime.fromisoformat(session["end"]) - begun
        assert abs(lasted - timedelta(minutes=5)) < timedelta(seconds=10)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("same_id", [True, False])
async def test_charge_of_an_outage_is_right_though_answers_come_when_nobody_waits_any_more(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str, same_id: bool
) -> None:
    """The station waits for less than most steps take, and gives each message up after three times."""
    async with AsyncExitStack() as stack:
        entry, port = await stack.enter_async_context(started(hass, tmp_path, free=True))
        ledger, random = entry.runtime_data.ledger, Random(1)
        for room, name, seconds in (
            (line, "_CALL_TIMEOUT_S", 0.3),
            (line, "_RETRY_S", 0.1),
            (answering, "_SERVE_S", 0.6),
        ):
            stack.enter_context(patch.object(room, name, seconds))
        for name in ("start_transaction", "put_transaction", "commit_step", "find_token"):
            stack.enter_context(patch.object(ledger, name, late(getattr(ledger, name), random)))
        station = Station(
            f"ws://127.0.0.1:{port}",
            "CP1",
            DIALECTS[version],
            behaviour=Behaviour(reconnect_s=0.05, sets_clock=True, resends_with_same_id=same_id),
            outlets=[HandOutlet(register_wh=1000.0)],
            automatic=False,
        )
        async with station.running(accepted_s=5):
            await asyncio.sleep(0.3)
            await station.line.go_offline()
            begun = station.now()
            station.plug_in(asks_a=0.0)
            station.begin()
            for _ in range(10):
                hands.ahead += timedelta(seconds=30)
                station.clock_offset += timedelta(seconds=30)
                station.connectors[1].outlet.own_register_wh += 30
                station.sample()
            station.line.go_online()
            await station.line.flush(60)
            over = station.now()
            station.end(reason="EVDisconnected")
            station.unplug()
            await station.line.flush(60)
            (session,) = await ended(hass, hands)
        assert (session["energy_kwh"], len(session["transactions"])) == (0.3, 1)
        for key, at in (("start", begun), ("end", over)):
            assert abs(datetime.fromisoformat(session[key]) - at) < timedelta(seconds=3), key


def late[T](write: Callable[..., Future[T]], random: Random) -> Callable[..., Future[T]]:
    """Return a write whose answer takes some tenths of a second."""

    def written(*args: Any) -> Future[T]:
        disk = Disk()
        asyncio.get_running_loop().call_later(random.uniform(0.1, 0.7), disk.free.set)
        return disk.slow(write)(*args)

    return written


@VERSIONS
async def test_charge_that_begins_and_ends_while_a_backup_holds_the_ledger_is_whole_after_it(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    """No answer came: the station of 1.6 has no number, and ends the charge by one of its own."""
    async with slow_site(hass, tmp_path, version, patience_s=PATIENCE_S) as (entry, station, _):
        ledger: Ledger = entry.runtime_data.ledger
        await asked(ledger.pause_for_backup())
        begun = hands().utc
        # What is sent again is the same, whole second and all.
        start = begin(version, told())
        for _ in range(2):
            assert (await station.ask(*start))[2] == "InternalError"
        hands.ahead += timedelta(minutes=30)
        stop = finish(version, told(-1800), -1)
        for _ in range(2):
            assert (await station.ask(*stop))[2] == "InternalError"
        assert ledger.resume_after_backup()
        await gone(station, told(-1801))
        (session,) = await ended(hass, hands)
        assert (session["energy_kwh"], session["end_reason"]) == (2.5, "unplugged")
        lasted = datetime.fromisoformat(session["end"]) - begun
        assert abs(lasted - timedelta(minutes=30)) < timedelta(seconds=5)
        (transaction,) = session["transactions"]
        assert (transaction["meter_start_kwh"], transaction["meter_end_kwh"]) == (1.0, 3.5)
