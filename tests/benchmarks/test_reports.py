"""What a report of a station costs the integration, against the loop of plain Python, and whom it troubles.

Measured: 8 (OCPP 1.6) and 10 (2.0.1) of those loops for a thousand reports. The bounds are three times as much.
"""

import asyncio
from datetime import datetime, timedelta
import json
from pathlib import Path
import sys
from time import thread_time

from homeassistant.core import HomeAssistant
import pytest

from benchmarks.rows import calibration
from custom_components.ev_sessions.site.evse.evse import EvseRuntime
from custom_components.ev_sessions.site.sessions.stepwise import STEPS_AT_ONCE, Stepwise
from tests.benchmarks.reporting import Reporting, reporting
from tests.site.ocpp.test_sessions import Hands, hands

__all__ = ["hands"]

_SETTLING_S, _SECONDS = 5, 25

pytestmark = [
    pytest.mark.ratio,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(
        sys.gettrace() is not None or sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID) is not None,
        reason="what counts lines slows the integration and not the loop",
    ),
]


def _loop_s() -> float:
    begun_s = thread_time()
    calibration.fixed_loop()
    return thread_time() - begun_s


async def _reported(hands: Hands, stations: list[Reporting], seconds: int) -> tuple[int, float]:
    """Let all report each second; return how many did, and what they cost this thread."""
    took_s = 0.0
    for _ in range(seconds):
        hands.ahead += timedelta(seconds=1)
        frames = [(station, station.report(hands().utc)) for station in stations]
        begun_s = thread_time()
        for station, frame in frames:
            await station.hear(frame)
        took_s += thread_time() - begun_s
    return len(stations) * seconds, took_s


@pytest.mark.parametrize(("version", "most"), [("1.6", 25.0), ("2.0.1", 30.0)])
async def test_a_thousand_reports_cost_no_more_than_they_did(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str, most: float
) -> None:
    asyncio.get_running_loop().set_debug(False)
    async with reporting(hass, tmp_path, version, 20) as (_, stations):
        await _reported(hands, stations, _SETTLING_S)
        loop_s = _loop_s()
        count, took_s = await _reported(hands, stations, _SECONDS)
        loop_s = min(loop_s, _loop_s())
    assert took_s / count * 1000 < most * loop_s


async def test_a_report_of_one_station_makes_nothing_anew_for_the_others(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reporting(hass, tmp_path, "1.6", 12) as (site, stations):
        await _reported(hands, stations, 1)
        await asyncio.sleep(1.5)  # all have been shown
        looked_at: list[EvseRuntime] = []
        make = EvseRuntime.async_refresh

        def noted(evse: EvseRuntime) -> None:
            looked_at.append(evse)
            make(evse)

        monkeypatch.setattr(EvseRuntime, "async_refresh", noted)
        hands.ahead += timedelta(seconds=1)
        await stations[7].hear(stations[7].report(hands().utc))
        await asyncio.sleep(0.6)
        assert {evse.name for evse in looked_at} == {site.evses[7].name}


async def test_hours_that_a_station_tells_late_are_taken_in_steps(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sample of an hour ago takes all readings since then back: hundreds, of which few hold up the loop at a time."""
    asyncio.get_running_loop().set_debug(False)
    took_s: list[float] = []
    work = Stepwise.async_work

    def timed(self: Stepwise, at_once: int = STEPS_AT_ONCE) -> bool:
        begun_s = thread_time()
        try:
            return work(self, at_once)
        finally:
            if self.is_busy:
                took_s.append(thread_time() - begun_s)

    async with reporting(hass, tmp_path, "1.6", 1) as (site, (station,)):
        begun = hands().utc
        for _ in range(400):
            hands.ahead += timedelta(seconds=10)
            await station.hear(station.report(hands().utc))
        late = json.loads(station.report(_between(begun)))
        late[3]["meterValue"][0]["sampledValue"] = [{"value": "1000030"}]
        monkeypatch.setattr(Stepwise, "async_work", timed)
        loop_s = _loop_s()
        await station.hear(json.dumps(late))
        await asyncio.sleep(2.5)
        assert not site.evses[0].recorder.late.is_busy
    assert len(took_s) >= 8
    # Ten milliseconds on a machine on which the loop takes fifty-five.
    assert sorted(took_s)[len(took_s) // 2] < 10 / 55 * loop_s


def _between(begun: datetime) -> datetime:
    return begun + timedelta(seconds=105)
