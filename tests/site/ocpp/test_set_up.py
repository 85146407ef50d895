"""A charger that is taken in is set up by itself, and left as it was found when it is removed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.chargers.ocpp.setup import watch
from custom_components.ev_sessions.chargers.ocpp.setup.pace import Pace
from custom_components.ev_sessions.site.ocpp.station.service import StationService
from custom_components.ev_sessions.site.whose.cards import IdToken, TokenState
from simulator.ocpp.station import Station
from tests.chargers.ocpp.rig import free_port, until

from .test_sessions import simulated, started, station_entry

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for what a real station needs time for."""
    monkeypatch.setattr(watch, "Pace", lambda: Pace(boot_s=0.5, settle_s=0.05, least_s=0))


def settings_of(station: Station) -> Mapping[str, str]:
    settings: Any = station.dialect.settings
    return {str(key): settings[key].value for key in settings}


def service_of(entry: MockConfigEntry) -> StationService:
    service: StationService
    [service] = entry.runtime_data.stations
    return service


async def set_up(entry: MockConfigEntry) -> None:
    await until(lambda: (known := service_of(entry).keeping.known) is not None and known.report.complete)


async def remove_charger(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    [charger] = [one for one in entry.subentries.values() if one.subentry_type == "charger"]
    hass.config_entries.async_remove_subentry(entry, charger.subentry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_charger_is_set_up_and_put_back_when_it_is_removed(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path) as (entry, port):
        station = simulated(port, version)
        before = settings_of(station)
        async with station.running(accepted_s=5):
            await set_up(entry)
            assert station.dialect.sample_s == 10
            assert settings_of(station) != before
            await remove_charger(hass, entry)
            await until(lambda: settings_of(station) == before)


async def test_what_a_charger_will_not_take_back_is_told(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with started(hass, tmp_path) as (entry, port):
        station = simulated(port)
        async with station.running(accepted_s=5):
            await set_up(entry)
            settings: Any = station.dialect.settings
            settings["MeterValueSampleInterval"].readonly = True
            await remove_charger(hass, entry)
            told = "CP1 keeps settings that were made for its sessions: MeterValueSampleInterval"
            await until(lambda: told in caplog.text)


async def test_a_site_that_is_removed_leaves_its_chargers_as_they_were(hass: HomeAssistant, tmp_path: Path) -> None:
    hass.config.config_dir = str(tmp_path)
    port = free_port()
    entry = station_entry(port)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    station = simulated(port)
    before = settings_of(station)
    async with station.running(accepted_s=5):
        await set_up(entry)
        assert settings_of(station) != before
        await hass.config_entries.async_remove(entry.entry_id)
        await until(lambda: settings_of(station) == before)
        await until(lambda: not station.line.connected)
    await hass.async_block_till_done()


async def test_what_a_station_can_is_known_before_it_comes_back(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path) as (entry, port):
        station = simulated(port)
        async with station.running(accepted_s=5):
            await set_up(entry)
            can = service_of(entry).capabilities
            assert can.stack_level > 0
            # A site that starts anew finds it connected and does not have it start again.
            told = len([frame for frame in station.line.frames if "BootNotification" in str(frame)])
            await hass.config_entries.async_reload(entry.entry_id)
            await set_up(entry)
            assert told == len([frame for frame in station.line.frames if "BootNotification" in str(frame)])
        await hass.config_entries.async_reload(entry.entry_id)
        assert service_of(entry).keeping.known is None
        assert service_of(entry).capabilities == can


async def test_a_card_that_is_put_on_the_list_comes_on_the_stations_own_list(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    async with started(hass, tmp_path) as (entry, port):
        station = simulated(port)
        async with station.running(accepted_s=5):
            await set_up(entry)
            await entry.runtime_data.cards.async_put(IdToken(value="04a1b2c3"), TokenState.ACCEPTED, who="owner")
            await until(lambda: any("SendLocalList" in text and "04A1B2C3" in text for _, text in station.line.frames))
