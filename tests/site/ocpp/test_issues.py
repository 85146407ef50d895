"""What the owner of a station can mend: told when it is there, and taken back when it is mended, over a real socket."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.ev_sessions.chargers.ocpp.security import hash_password
from custom_components.ev_sessions.chargers.ocpp.setup import watch
from custom_components.ev_sessions.chargers.ocpp.setup.pace import Pace
from simulator.ocpp.behaviour import Behaviour, StationModel
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.chargers.ocpp.rig import until

from .test_adoption import ELECTRICAL
from .test_brand import shown
from .test_password import ANSWERS, OLD, before_of, change_password, station_at
from .test_sessions import Hands, hands, simulated, started

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")

MEASURANDS = {"1.6": "MeterValuesSampledData", "2.0.1": "SampledDataCtrlr.TxUpdatedMeasurands"}
BOTH = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set stations up as often as they start."""
    monkeypatch.setattr(watch, "Pace", lambda: Pace(settle_s=0.1, least_s=0.0, report_pause_s=1.0))


def told(hass: HomeAssistant, key: str) -> Callable[[], bool]:
    return lambda: any(issue.translation_key == key for issue in ir.async_get(hass).issues.values())


def taken_back(hass: HomeAssistant, key: str) -> Callable[[], bool]:
    return lambda: not told(hass, key)()


@BOTH
async def test_station_that_refuses_to_meter_is_told_of_until_it_meters(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True) as (_entry, port):
        station = Station(
            f"ws://127.0.0.1:{port}",
            "CP1",
            DIALECTS[version],
            model=StationModel(measurands=("Voltage",)),
            behaviour=Behaviour(reconnect_s=0.05, sets_clock=True),
            outlets=[HandOutlet()],
            automatic=False,
        )
        station.dialect.settings[MEASURANDS[version]].value = "Voltage"
        async with station.running(accepted_s=5):
            await until(told(hass, "ocpp_no_metering"))
            # Another firmware can.
            station.model = StationModel(firmware="2.0.0")
            await station.reboot()
            await until(taken_back(hass, "ocpp_no_metering"))


@BOTH
async def test_clock_that_is_minutes_off_is_told_of_until_it_is_set(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True) as (_entry, port):
        station = simulated(port, version)
        station.behaviour = replace(station.behaviour, sets_clock=False)
        station.clock_offset = timedelta(minutes=10)
        async with station.running(accepted_s=5):
            station.tell_status(1)
            await station.line.flush()
            await until(told(hass, "ocpp_clock_wrong"))
            station.clock_offset = timedelta()
            station.tell_status(1)
            await station.line.flush()
            await until(taken_back(hass, "ocpp_clock_wrong"))


async def test_older_version_is_told_of_until_the_newer_is_spoken_again(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path, free=True) as (_entry, port):
        for version, is_told in (("2.0.1", False), ("1.6", True), ("1.6", True), ("2.1", False)):
            async with simulated(port, version).running(accepted_s=5):
                await until(told(hass, KEY) if is_told else taken_back(hass, KEY))
        async with simulated(port, "1.6").running(accepted_s=5):
            await until(told(hass, KEY))


KEY = "ocpp_version_downgraded"


async def test_password_that_a_station_refuses_is_told_of_until_it_takes_one(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    known = {"security_profile": 1, "password_hash": await hass.async_add_executor_job(hash_password, OLD)}
    async with started(hass, tmp_path, **known) as (entry, port):
        station = station_at(port, unsupported_keys=frozenset({"AuthorizationKey"}))
        async with station.running(accepted_s=5):
            await change_password(hass, entry)
            await station.beat()
            await until(told(hass, "ocpp_password_not_taken"))
        station = station_at(port)
        async with station.running(accepted_s=5):
            new = await change_password(hass, entry)
            await station.beat()
            await until(lambda: station.line.password == new)
            await until(taken_back(hass, "ocpp_password_not_taken"))
            await until(lambda: before_of(entry) is None)
            await hass.async_block_till_done()
            await until(lambda: entry.state is ConfigEntryState.LOADED)


@BOTH
async def test_evse_that_nobody_configured_is_told_of_until_the_charger_has_it(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        station = simulated(port, version, evses=2)
        async with station.running(accepted_s=5):
            station.tell_status(2)
            await station.line.flush()
            await until(told(hass, "ocpp_more_evses"))
            configure = hass.config_entries.subentries.async_configure
            answers = {**ANSWERS, "evse_count": 2, "protection": "none", "free": True}
            form: Any = await configure((await shown(hass, entry))["flow_id"], answers)
            form = await configure(form["flow_id"], ELECTRICAL)
            assert form["reason"] == "reconfigure_successful", form
            await hass.async_block_till_done()
            station.tell_status(2)
            await station.line.flush()
            await hass.async_block_till_done()
            assert taken_back(hass, "ocpp_more_evses")()
            assert len(entry.runtime_data.evses) == 2
