"""Where many stations report, each is answered at once, and all are heard together a moment later."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
import logging
from pathlib import Path
from time import perf_counter
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_sessions.chargers.ocpp.incoming import Incoming
from custom_components.ev_sessions.chargers.ocpp.report import Glance, Report, glance_at, is_report
from custom_components.ev_sessions.chargers.ocpp.rpc import CallError, ErrorCode
from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.site.balancing import load_service
from custom_components.ev_sessions.site.clock import system_now
from custom_components.ev_sessions.site.evse.evse import EvseRuntime
from custom_components.ev_sessions.site.ocpp.reports import GATHER_S, MOST_WAITING, STEADY_S, Reports
from custom_components.ev_sessions.site.runtime import SiteRuntime
from simulator.ocpp.connector import State
from tests.benchmarks.reporting import Reporting, reporting

pytestmark = pytest.mark.usefixtures("socket_enabled")

MANY, FEW = 11, 10
_WH_MWH = 1_000


class Street:
    """Stations with a car at each, heard as they are where their site has them all."""

    def __init__(self, site: SiteRuntime, stations: list[Reporting]) -> None:
        self.site = site
        self.stations = stations
        self._second = 0

    async def report(self, number: int) -> None:
        """Let a station report, and wait for its answer."""
        self._second += 1
        at = dt_util.utcnow() + timedelta(milliseconds=self._second)
        await self.stations[number].hear(self.stations[number].report(at))

    def evse(self, number: int) -> EvseRuntime:
        return self.site.evses[number]

    def register_wh(self, number: int) -> float:
        return (self.evse(number).recorder.register_mwh or 0) / _WH_MWH

    async def pause(self) -> None:
        """Let the reports be taken that have gathered."""
        await asyncio.sleep(GATHER_S * 1.5)
        await self.site._hass.async_block_till_done(wait_background_tasks=True)


@asynccontextmanager
async def street(hass: HomeAssistant, folder: Path, version: str, count: int) -> AsyncGenerator[Street]:
    async with reporting(hass, folder, version, count) as (site, stations):
        house = site._parts.central.house  # type: ignore[union-attr]
        for service in site.stations:
            service.station.handler = house.desk(service.station.identity)
        yield Street(site, stations)


@pytest.fixture(params=("1.6", "2.0.1"))
async def many(hass: HomeAssistant, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Street]:
    async with street(hass, tmp_path, request.param, MANY) as found:
        yield found


async def test_reports_of_many_stations_are_answered_at_once_and_heard_together(many: Street) -> None:
    before = [many.register_wh(number) for number in range(MANY)]
    for number in range(MANY):
        await many.report(number)
    assert [many.register_wh(number) for number in range(MANY)] == before
    await many.pause()
    assert [many.register_wh(number) - before[number] for number in range(MANY)] == [3.0] * MANY


async def test_reports_that_say_the_same_again_are_taken_a_little_later(many: Street) -> None:
    before = many.register_wh(0)
    for _ in range(3):
        await many.report(0)
        await many.pause()
    await asyncio.sleep(STEADY_S)
    await many.pause()
    assert many.register_wh(0) - before == 9.0


async def test_only_a_report_that_says_the_same_again_waits_for_the_next(hass: HomeAssistant) -> None:
    taken: list[Sequence[Report]] = []

    async def take(reports: Sequence[Report]) -> None:
        taken.append(reports)

    reports = Reports(hass, system_now, evses=MANY)
    station, now_s = reports.of("Bay", take), reports.now_s
    assert station.async_add("MeterValues", _flowing())
    assert station.is_due(now_s), "the first of all"
    await station.async_settle()
    assert station.is_due(now_s), "nothing waits: it is to be forgotten"
    for _ in range(2):
        assert station.async_add("MeterValues", _flowing())
    assert not station.is_due(now_s + GATHER_S)
    assert station.is_due(reports.now_s + STEADY_S)
    assert station.async_add("MeterValues", _flowing("4000.0"))
    assert station.is_due(now_s + GATHER_S), "something else flows"
    await station.async_settle()
    assert [len(together) for together in taken] == [1, 3]
    await reports.async_end()


async def test_a_report_that_cannot_be_served_is_left_out_of_those_taken_with_it(
    many: Street, caplog: pytest.LogCaptureFixture
) -> None:
    before, service = many.register_wh(0), many.site.stations[0]
    at = dt_util.utcnow()
    broken = {"connectorId": 1, "evseId": 1, "meterValue": [{"timestamp": 5, "sampledValue": [{"value": object}]}]}
    assert service.reports.async_add("MeterValues", broken)
    assert service.reports.async_add("Nonsense", {})
    await many.report(0)
    await many.pause()
    assert many.register_wh(0) - before == 3.0
    assert "failed" not in caplog.text
    assert service.incoming.watch.answered_at is not None
    assert service.incoming.watch.answered_at >= at


async def test_what_else_a_station_tells_is_heard_after_its_reports(many: Street) -> None:
    before = many.register_wh(0)
    await many.report(0)
    await many.report(0)
    await many.stations[0].tell_status()
    assert many.register_wh(0) - before == 6.0


async def test_a_report_that_fails_stops_no_other_and_its_words_are_not_logged(
    many: Street, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = many.register_wh(1)
    take, secret = Incoming.async_take_reports, "04A1" + "B2C3"

    async def broken(self: Incoming, reports: Iterable[Report]) -> None:
        if self is many.site.stations[0].incoming:
            raise RuntimeError(secret)
        await take(self, reports)

    monkeypatch.setattr(Incoming, "async_take_reports", broken)
    await many.report(0)
    await many.report(1)
    await many.pause()
    assert many.register_wh(1) - before == 3.0
    assert "a report failed: RuntimeError" in caplog.text
    assert secret not in caplog.text
    caplog.clear()


async def test_reports_that_could_not_be_kept_are_no_fault_of_ours(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """Whose disk is full is told of that once, by the ledger."""

    async def take(_reports: Sequence[Report]) -> None:
        raise CallError(ErrorCode.INTERNAL_ERROR, "it could not be kept")

    reports = Reports(hass, system_now, evses=MANY)
    station = reports.of("Bay", take)
    assert station.async_add("MeterValues", {})
    await station.async_settle()
    await reports.async_end()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_others_have_their_turn_between_reports_that_take_long(hass: HomeAssistant) -> None:
    reports = Reports(hass, system_now, evses=MANY)
    taken_in_turn: list[int] = []
    turn = 0

    async def take(_reports: Sequence[Report]) -> None:
        until_s = perf_counter() + 0.005
        while perf_counter() < until_s:
            pass
        taken_in_turn.append(turn)

    for number in range(4):
        assert reports.of(str(number), take).async_add("MeterValues", {})
    while len(taken_in_turn) < 4:
        turn += 1
        await asyncio.sleep(0)
    assert taken_in_turn == sorted(set(taken_in_turn))


async def test_a_station_that_reports_faster_than_it_is_heard_waits_for_its_answer(many: Street) -> None:
    before = many.register_wh(0)
    for _ in range(MOST_WAITING + 1):
        await many.report(0)
    assert many.register_wh(0) - before == 3.0 * (MOST_WAITING + 1)


async def test_a_site_that_stops_hears_what_has_gathered_first(hass: HomeAssistant, tmp_path: Path) -> None:
    async with street(hass, tmp_path, "1.6", MANY) as many:
        before = many.register_wh(0)
        await many.report(0)
        evse = many.evse(0)
    assert (evse.recorder.register_mwh or 0) / _WH_MWH - before == 3.0


async def test_many_cars_that_change_at_once_are_decided_upon_together(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_service, "_NEWS_PER_S", 5)
    async with street(hass, tmp_path, "1.6", MANY) as many:
        await asyncio.sleep(2.5)
        decided: list[int] = []

        def counted(*args: Any, **kwargs: Any) -> Any:
            decided.append(1)
            return balance(*args, **kwargs)

        monkeypatch.setattr(load_service, "balance", counted)
        for station in many.stations:
            await station.tell_status(State.SUSPENDED_EV)
        assert len(decided) < MANY / 2
        decided.clear()
        await asyncio.sleep(2.5)
        assert decided


async def test_what_some_told_late_is_looked_up_for_them_alone_and_together(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with street(hass, tmp_path, "1.6", MANY) as many:
        await asyncio.sleep(1.5)
        looked_at: list[str] = []
        asked_for: list[Any] = []
        refresh, totals = EvseRuntime.async_refresh, many.site.ledger.span_totals

        def noted(evse: EvseRuntime) -> None:
            looked_at.append(evse.name)
            refresh(evse)

        def counted(*args: Any, **kwargs: Any) -> Any:
            asked_for.append(kwargs["evse_ids"])
            return totals(*args, **kwargs)

        monkeypatch.setattr(EvseRuntime, "async_refresh", noted)
        monkeypatch.setattr(many.site.ledger, "span_totals", counted)
        for number in (3, 5, 3, 7):
            many.site.costs.told_late.async_told(many.evse(number))
        await hass.async_block_till_done(wait_background_tasks=True)
        told = [many.evse(number) for number in (3, 5, 7)]
        # Others may be shown for another reason meanwhile; of these alone the ledger is asked.
        assert set(looked_at) >= {evse.name for evse in told}
        assert {evse_id for asked in asked_for for evse_id in asked} == {evse.evse_id for evse in told}
        assert len(asked_for) <= 2  # the second time for all that were told of meanwhile


async def test_a_site_of_few_hears_each_report_as_it_comes(hass: HomeAssistant, tmp_path: Path) -> None:
    async with street(hass, tmp_path, "1.6", FEW) as few:
        before = few.register_wh(0)
        await few.report(0)
        assert few.register_wh(0) - before == 3.0


@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        ("MeterValues", {}, True),
        ("TransactionEvent", {"eventType": "Updated", "triggerReason": "MeterValuePeriodic"}, True),
        ("TransactionEvent", {"eventType": "Updated", "triggerReason": "MeterValuePeriodic", "idToken": {}}, False),
        ("TransactionEvent", {"eventType": "Ended", "triggerReason": "MeterValuePeriodic"}, False),
        ("TransactionEvent", {"eventType": "Updated", "triggerReason": "ChargingStateChanged"}, False),
        ("StopTransaction", {}, False),
    ],
)
def test_only_what_needs_no_answer_is_a_report(action: str, payload: dict[str, object], *, expected: bool) -> None:
    assert is_report(action, payload) is expected


def _flowing(power: object = "11000.0", current: object = "16.0", **about: object) -> dict[str, Any]:
    values = [
        {"measurand": "Power.Active.Import", "value": power},
        {"measurand": "Current.Import", "phase": "L1", "value": current},
        {"measurand": "Energy.Active.Import.Register", "value": "1000"},
        {"value": "1000"},
    ]
    return {"connectorId": 1, "transactionId": 7, "meterValue": [{"sampledValue": values}], **about}


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (_flowing(), False),
        (_flowing("11200.0"), False),
        (_flowing("11300.0"), True),
        (_flowing(current=15.5), True),
        (_flowing("0"), True),
        (_flowing(transactionId=8), True),
        (_flowing(transactionInfo={"chargingState": "SuspendedEV"}), True),
        (_flowing("much"), True),
        (_flowing(None), True),
        (_flowing("nan"), True),
        (_flowing(meterValue=[]), True),
        (_flowing(meterValue=[{"sampledValue": [{"measurand": 5, "value": "1"}]}]), True),
        (_flowing(meterValue=[{"sampledValue": [{"measurand": "Power.Active.Import"}]}]), True),
    ],
)
def test_a_report_is_news_where_something_else_flows_than_before(report: dict[str, Any], *, expected: bool) -> None:
    assert glance_at(report).is_news_after(glance_at(_flowing())) is expected


def test_a_report_after_none_and_after_one_that_could_not_be_read_is_news() -> None:
    assert glance_at(_flowing()).is_news_after(None)
    assert glance_at(_flowing()).is_news_after(Glance(glance_at(_flowing()).about, None))
