"""Whenever a station starts or comes back it is set up, in its own task, at its own pace."""

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ev_sessions.chargers.ocpp.quirks.quirk import Quirks
from custom_components.ev_sessions.chargers.ocpp.setup.pace import Pace
from custom_components.ev_sessions.chargers.ocpp.setup.tokens import ListOutcome
from custom_components.ev_sessions.chargers.ocpp.setup.watch import Known, StationSetup
from custom_components.ev_sessions.chargers.ocpp.setup.wishes import Wanted
from custom_components.ev_sessions.core.station.capabilities import Capabilities
from custom_components.ev_sessions.core.station.local_list import ListEntry

from .scripted import Box2, Box16, Notebook, Scripted
from .test_tokens import Book

SOON = Pace(
    boot_s=0.02,
    settle_s=0,
    call_s=1,
    message_s=0.02,
    report_pause_s=0.02,
    least_s=0,
    fresh_s=900,
    retries_s=(0.01,),
    idle_s=0,
)


@dataclass
class Watched:
    """A station with its set-up, and what was learned each time."""

    box: Scripted
    setup: StationSetup
    learned: list[Known] = field(default_factory=list)
    notebook: Notebook = field(default_factory=Notebook)
    #: Transactions that run, and those that were found to be over.
    runs: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    #: What the station sends when it is triggered: message, EVSE.
    sends: set[tuple[str, int | None]] = field(default_factory=set)

    def trigger(self, action: str, payload: dict[str, Any]) -> None:
        if action != "TriggerMessage":
            return
        evse = payload.get("connectorId", payload.get("evse", {}).get("id"))
        if (message := payload["requestedMessage"], evse) in self.sends:
            self.setup.heard(message, {} if evse is None else {"connectorId": evse})

    @property
    def triggered(self) -> list[tuple[str, Any]]:
        return [
            (one["requestedMessage"], one.get("connectorId", one.get("evse")))
            for one in self.box.payloads("TriggerMessage")
        ]

    def count(self, action: str) -> int:
        return len(self.box.payloads(action))

    def running(self) -> list[str]:
        return list(self.runs)

    async def async_lost(self, transaction_id: str) -> None:
        self.lost.append(transaction_id)

    def boots(self) -> None:
        self.setup.heard("BootNotification", {})


type Watch = Callable[..., Watched]


@pytest.fixture
def watch(hass: HomeAssistant) -> Generator[Watch]:
    made: list[Watched] = []

    def make(box: Scripted, *, pace: Pace = SOON, booted: bool = False, **options: Any) -> Watched:
        box.answers.setdefault("TriggerMessage", {"status": "Accepted"})
        box.answers.setdefault("Reset", {"status": "Accepted"})
        watched = Watched(box, None)  # type: ignore[arg-type]  # made on the next line
        watched.setup = StationSetup(
            hass,
            box,
            wanted=Wanted(),
            quirks=Quirks(),
            memory=watched.notebook,
            transactions=watched,
            learned=watched.learned.append,
            pace=pace,
            **options,
        )
        if isinstance(box, Box2):
            box.report = lambda payload: watched.setup.heard("NotifyReport", payload)
        box.on_call = watched.trigger
        watched.setup.async_start(booted=booted)
        made.append(watched)
        return watched

    yield make
    for watched in made:
        watched.setup.async_stop()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 -- what is waited for has no event
            await asyncio.sleep(0.005)


def keba(**changes: Any) -> Box16:
    return Box16.as_captured("keba_16", **changes)


async def test_a_station_that_starts_is_set_up_and_triggered_for_nothing(watch: Watch) -> None:
    watched = watch(keba())
    assert watched.setup.capabilities == Capabilities()
    watched.box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    assert not watched.triggered
    assert watched.learned[0].report.complete
    assert watched.setup.capabilities.evse_count == 1


async def test_what_a_station_could_do_before_a_restart_is_good_until_it_is_asked(watch: Watch) -> None:
    watched = watch(keba(), capabilities=Capabilities(stack_level=5))
    assert watched.setup.capabilities.stack_level == 5
    watched.box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    assert watched.setup.capabilities.stack_level == 0


async def test_a_station_of_2_x_is_set_up_by_its_report(watch: Watch) -> None:
    watched = watch(Box2())
    watched.box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    assert watched.setup.capabilities.max_periods == 24


@pytest.mark.parametrize(("box", "evse_1"), [(keba, 1), (Box2, {"id": 1, "connectorId": 1})])
async def test_b3_back_without_a_start_it_is_asked_to_tell_its_state_and_its_meter(
    watch: Watch, box: Callable[[], Scripted], evse_1: Any
) -> None:
    watched = watch(box(), evses=2)
    watched.sends = {("StatusNotification", 1), ("MeterValues", 1)}
    watched.box.connect()
    await until(lambda: bool(watched.learned))
    asked = list(dict.fromkeys(str(one) for one in watched.triggered))
    assert asked[:2] == [str(("BootNotification", None)), str(("StatusNotification", evse_1))]
    assert len(asked) == 5
    # Of EVSE 2 nothing came though it was promised, twice.
    assert watched.learned[-1].silent == ("StatusNotification 2", "MeterValues 2")
    assert len(watched.triggered) == 8


async def test_a_station_that_refuses_to_be_triggered_is_set_up_all_the_same(watch: Watch) -> None:
    box = keba(answers={"TriggerMessage": {"status": "NotImplemented"}})
    watched = watch(box)
    box.connect()
    await until(lambda: bool(watched.learned))
    assert watched.learned[0].silent == ("StatusNotification 1", "MeterValues 1")
    assert len(watched.triggered) == 3


async def test_a_start_that_was_asked_for_is_not_a_second_one(watch: Watch) -> None:
    watched = watch(keba())
    watched.sends = {("BootNotification", None), ("StatusNotification", 1), ("MeterValues", 1)}
    watched.box.connect()
    await until(lambda: bool(watched.learned))
    await asyncio.sleep(0.05)
    assert len(watched.learned) == 1


async def test_back_within_a_quarter_of_an_hour_only_its_state_is_asked(watch: Watch) -> None:
    watched = watch(keba())
    watched.box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    watched.box.disconnect()
    watched.box.asked.clear()
    watched.box.connect()
    await until(lambda: watched.count("TriggerMessage") >= 6)
    await asyncio.sleep(0.05)
    assert watched.count("GetConfiguration") == 0
    assert len(watched.learned) == 1


async def test_a_second_start_on_the_same_connection_sets_it_up_again(watch: Watch) -> None:
    watched = watch(keba())
    watched.box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    await asyncio.sleep(0)
    watched.boots()
    await until(lambda: len(watched.learned) == 2)


async def test_a_station_that_starts_again_and_again_is_not_set_up_each_time(watch: Watch) -> None:
    watched = watch(keba(), pace=Pace(boot_s=0.02, settle_s=0, least_s=900))
    for _ in range(5):
        watched.box.connect()
        watched.boots()
        await asyncio.sleep(0.05)
        watched.box.disconnect()
    assert len(watched.learned) == 1


async def test_a_station_that_goes_away_is_left_and_set_up_when_it_is_back(watch: Watch) -> None:
    watched = watch(keba(gone_after=4))
    watched.box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    assert not watched.learned[0].report.complete
    watched.box.disconnect()
    watched.box.gone_after = None
    watched.box.connect()
    watched.boots()
    await until(lambda: watched.learned[-1].report.complete)


async def test_a_silent_station_is_tried_again_and_blocks_nobody(watch: Watch) -> None:
    silent, other = watch(keba(silent={"GetConfiguration"})), watch(keba())
    for watched in (silent, other):
        watched.box.connect()
        watched.boots()
    await until(lambda: bool(other.learned))
    await until(lambda: silent.count("GetConfiguration") == 6)
    assert not silent.learned
    await asyncio.sleep(0.05)
    assert silent.count("GetConfiguration") == 6, "no more than the pace says"


async def test_a_station_that_never_answers_at_all_does_not_keep_its_task(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watched = watch(keba(silent={"TriggerMessage"}))
    watched.box.connect()
    await until(lambda: watched.count("TriggerMessage") == 3)
    await asyncio.sleep(0.02)
    assert not watched.learned
    assert "unexpectedly" not in caplog.text


async def test_a_reset_that_is_needed_waits_for_the_end_of_the_transaction_and_comes_once(watch: Watch) -> None:
    box = keba(statuses={"WebSocketPingInterval": "RebootRequired"}, kept={"WebSocketPingInterval": lambda _: "60"})
    watched = watch(box)
    watched.runs = ["4711"]
    box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    watched.setup.heard("StopTransaction", {})
    await asyncio.sleep(0.02)
    assert watched.count("Reset") == 0
    watched.runs = []
    watched.setup.heard("StopTransaction", {})
    await until(lambda: watched.count("Reset") == 1)
    assert box.payloads("Reset") == [{"type": "Soft"}]
    # It starts and has not kept the value: that is told, and no reason to start it again.
    box.disconnect()
    box.connect()
    watched.boots()
    await until(lambda: len(watched.learned) == 2)
    await asyncio.sleep(0.05)
    assert watched.count("Reset") == 1


async def test_nothing_waits_for_the_end_of_a_charge_but_the_reset(watch: Watch) -> None:
    box = keba(statuses={"WebSocketPingInterval": "RebootRequired"})
    watched = watch(box)
    watched.runs = ["4711"]
    box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    watched.setup.async_again(Wanted(heartbeat_s=600))
    await until(lambda: box.keys["HeartbeatInterval"] == "600")
    assert watched.count("Reset") == 0
    watched.runs = []
    await asyncio.sleep(0.01)
    watched.setup.heard("StopTransaction", {})
    await until(lambda: watched.count("Reset") == 1)


async def test_what_is_wished_meanwhile_does_not_wait_for_the_next_try(watch: Watch) -> None:
    box = keba(silent={"GetConfiguration"})
    watched = watch(box, pace=replace(SOON, retries_s=(600.0,)))
    box.connect()
    watched.boots()
    await until(lambda: watched.count("GetConfiguration") == 3)
    await asyncio.sleep(0.01)
    box.silent = set()
    watched.setup.async_again()
    await until(lambda: bool(watched.learned))


async def test_a_reset_comes_once_over_a_restart_of_ours_and_again_with_another_firmware(watch: Watch) -> None:
    kept: list[tuple[str, ...]] = []
    statuses = {"TxCtrlr.EVConnectionTimeOut": "RebootRequired"}
    first = watch(Box2(statuses=statuses), keep_restarted_for=kept.append)
    first.box.connect()
    first.boots()
    await until(lambda: first.count("Reset") == 1)
    assert kept == [("TxCtrlr.EVConnectionTimeOut",)]
    second = watch(Box2(statuses=statuses), restarted_for=kept[-1], keep_restarted_for=kept.append)
    second.box.connect()
    second.boots()
    await until(lambda: bool(second.learned))
    await asyncio.sleep(0.05)
    assert second.count("Reset") == 0
    second.setup.async_other_firmware()
    assert kept[-1] == ()
    second.boots()
    await until(lambda: second.count("Reset") == 1)


async def test_a_reset_that_is_refused_is_not_asked_for_again(watch: Watch) -> None:
    box = Box2(statuses={"TxCtrlr.EVConnectionTimeOut": "RebootRequired"}, erring={"Reset"})
    watched = watch(box)
    box.connect()
    watched.boots()
    await until(lambda: watched.count("Reset") == 1)
    assert box.payloads("Reset") == [{"type": "OnIdle"}]


@pytest.mark.parametrize("make", [keba, Box2])
async def test_station_that_minds_its_interval_only_once_it_is_set_is_told_so_again_and_once(
    watch: Watch, hass: HomeAssistant, make: Callable[[], Scripted]
) -> None:
    watched = watch(make())
    watched.box.connect()
    watched.boots()
    is_2 = isinstance(watched.box, Box2)
    begins = ("TransactionEvent", {"eventType": "Started"}) if is_2 else ("StartTransaction", {})
    ends = ("TransactionEvent", {"eventType": "Ended"}) if is_2 else ("StopTransaction", {})
    write = "SetVariables" if is_2 else "ChangeConfiguration"
    await until(lambda: bool(watched.learned))

    def sets() -> int:
        return sum(
            "SampleInterval" in str(one) or "TxUpdatedInterval" in str(one) for one in watched.box.payloads(write)
        )

    async def pass_by(seconds: float) -> None:
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
        await asyncio.sleep(0.05)

    before = sets()
    watched.setup.heard(*begins)
    watched.setup.heard(*ends)
    await pass_by(70)
    watched.setup.heard(*begins)
    watched.setup.heard(*begins)
    await pass_by(50)
    assert sets() == before
    await pass_by(70)
    await until(lambda: sets() == before + 1)
    # Whatever came of it: a second time is not worth it.
    watched.setup.heard(*begins)
    await pass_by(70)
    assert sets() == before + 1


async def test_station_that_samples_is_left_alone(watch: Watch, hass: HomeAssistant) -> None:
    watched = watch(keba())
    watched.box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    told = watched.count("ChangeConfiguration")
    watched.setup.heard("StartTransaction", {})
    watched.setup.heard("MeterValues", {})
    watched.setup.heard("StartTransaction", {})
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=70))
    await asyncio.sleep(0.05)
    assert watched.count("ChangeConfiguration") == told


async def test_a3_the_list_is_kept_in_step_after_the_set_up_and_when_tokens_change(watch: Watch) -> None:
    """A list is known only once they are enabled, which the set-up does."""
    version = 0

    def send(payload: dict[str, Any]) -> dict[str, Any]:
        nonlocal version
        if box.keys["LocalAuthListEnabled"] != "true":
            return {"status": "Failed"}
        version = payload["listVersion"]
        return {"status": "Accepted"}

    book = Book([ListEntry(token="ANNA")])
    answers = {"GetLocalListVersion": lambda _: {"listVersion": version}, "SendLocalList": send}
    box = keba(answers={**answers, "ClearCache": {"status": "Rejected"}})
    watched = watch(box, tokens=book)
    box.connect()
    watched.boots()
    await until(lambda: len(watched.learned) == 2)
    result = watched.learned[-1].local_list
    assert result is not None
    assert result.outcome is ListOutcome.IN_STEP
    await asyncio.sleep(0.01)
    book.tokens = []
    watched.setup.async_again()
    await until(lambda: version == 2)
    assert [one["updateType"] for one in box.payloads("SendLocalList")] == ["Full", "Differential"]


async def test_other_wishes_are_set_at_once(watch: Watch) -> None:
    box = keba()
    box.keys["AllowOfflineTxForUnknownId"] = "false"
    watched = watch(box)
    box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    watched.setup.async_again(Wanted(free=True))
    await until(lambda: box.keys["AllowOfflineTxForUnknownId"] == "true")


async def test_what_a_station_is_becomes_known_while_it_starts(watch: Watch) -> None:
    box = keba()
    watched = watch(box)
    box.connect()
    watched.boots()
    watched.setup.async_quirks(Quirks(connection_timeout_s=900))
    await until(lambda: bool(watched.learned))
    assert box.keys["ConnectionTimeOut"] == "900"
    await asyncio.sleep(0.02)
    assert len(watched.learned) == 1
    watched.setup.async_quirks(Quirks(stack_level=0))
    await until(lambda: len(watched.learned) == 2)
    assert box.keys["ConnectionTimeOut"] == "300"


async def test_a_station_that_has_told_of_its_start_is_not_asked_again(watch: Watch) -> None:
    """The site starts anew, and finds it connected."""
    box = keba()
    box.connection = object()
    watched = watch(box, booted=True)
    await until(lambda: bool(watched.learned))
    assert not watched.triggered


async def test_a_fault_of_ours_is_told_and_hurts_nobody(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(action: str, payload: dict[str, Any]) -> None:
        raise ZeroDivisionError

    watched = watch(keba())
    watched.box.on_call = fail
    watched.box.connect()
    watched.boots()
    await until(lambda: "set-up of CP1 failed unexpectedly" in caplog.text)


def told_of(box: Scripted, *answers: dict[str, Any]) -> None:
    """Have a station answer one after the other when it is asked for its transaction; the last for ever."""
    left = list(answers)

    def answer(_payload: dict[str, Any]) -> dict[str, Any]:
        return left.pop(0) if len(left) > 1 else left[0]

    box.answers["GetTransactionStatus"] = answer


@pytest.mark.parametrize("boots", [True, False])
async def test_t6_end_that_a_station_has_lost_is_found_once_its_queue_is_empty(watch: Watch, boots: bool) -> None:
    watched = watch(Box2())
    watched.runs = ["a-1"]
    told_of(
        watched.box,
        {"ongoingIndicator": False, "messagesInQueue": True},
        {"ongoingIndicator": False, "messagesInQueue": False},
    )
    watched.box.connect()
    if boots:
        watched.boots()
    await until(lambda: bool(watched.learned))
    assert watched.lost == ["a-1"]
    assert watched.box.payloads("GetTransactionStatus") == [{"transactionId": "a-1"}] * 2


@pytest.mark.parametrize(
    "answer",
    [
        {"ongoingIndicator": True, "messagesInQueue": False},
        {"ongoingIndicator": False, "messagesInQueue": True},  # it never ends to tell
        {"ongoingIndicator": False},
        {"messagesInQueue": False},
        None,  # an error
    ],
)
async def test_t6_transaction_that_goes_on_or_of_which_nothing_is_known_goes_on(watch: Watch, answer: Any) -> None:
    watched = watch(Box2())
    watched.runs = ["a-1"]
    if answer is None:
        watched.box.erring.add("GetTransactionStatus")
    watched.box.answers["GetTransactionStatus"] = answer
    watched.box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    assert watched.lost == []


async def test_t6_1_6_has_no_word_for_it(watch: Watch) -> None:
    watched = watch(keba())
    watched.runs = ["4711"]
    watched.box.connect()
    watched.boots()
    await until(lambda: bool(watched.learned))
    assert watched.count("GetTransactionStatus") == 0
