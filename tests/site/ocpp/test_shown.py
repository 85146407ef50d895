"""What people see of a charger that speaks OCPP."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from homeassistant.util.dt import utcnow
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.diagnostics import async_get_config_entry_diagnostics
from tests.chargers.ocpp.rig import until

from .test_sessions import simulated, started, station_service

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def test_connection_error_and_firmware_are_shown(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path, free=True, controllable=True) as (_entry, port):
        assert hass.states.is_state("binary_sensor.garage_connection", "off")
        station = simulated(port)
        async with station.running(accepted_s=5):
            await station.line.flush()
            shown = hass.states.get("binary_sensor.garage_connection")
            assert shown is not None
            assert (shown.state, shown.attributes["address"], shown.attributes["version"]) == ("on", "127.0.0.1", "1.6")
            assert hass.states.is_state("sensor.garage_error", "NoError")
            station.fail(1, "GroundFailure", "E17")
            await station.line.flush()
            await until(lambda: hass.states.is_state("sensor.garage_error", "GroundFailure"))
            shown = hass.states.get("sensor.garage_error")
            assert shown is not None
            assert shown.attributes["vendor_code"] == "E17"
        await until(lambda: hass.states.is_state("binary_sensor.garage_connection", "off"))
        registry = er.async_get(hass)
        for entity_id in ("sensor.garage_last_seen", "sensor.garage_clock_drift", "sensor.garage_firmware"):
            entry = registry.async_get(entity_id)
            assert entry is not None
            assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION


TELLS_SIGNAL: dict[str, tuple[str, dict[str, Any]]] = {
    "1.6": ("DataTransfer", {"vendorId": "x", "messageId": "state", "data": '{"modem": {"rssi": -67}}'}),
    "2.0.1": (
        "NotifyEvent",
        {
            "generatedAt": "2026-11-20T12:00:00Z",
            "seqNo": 0,
            "eventData": [
                {
                    "eventId": 1,
                    "timestamp": "2026-11-20T12:00:00Z",
                    "trigger": "Periodic",
                    "actualValue": "-67",
                    "component": {"name": "Modem"},
                    "variable": {"name": "SignalStrength"},
                    "eventNotificationType": "CustomMonitor",
                }
            ],
        },
    ),
    "2.1": (
        "NotifyReport",
        {
            "requestId": 1,
            "generatedAt": "2026-11-20T12:00:00Z",
            "seqNo": 0,
            "reportData": [
                {
                    "component": {"name": "Modem"},
                    "variable": {"name": "RSSI"},
                    "variableAttribute": [{"value": "-67"}],
                }
            ],
        },
    ),
}


@pytest.mark.parametrize("version", list(TELLS_SIGNAL))
async def test_signal_strength_is_shown_where_the_charger_tells_it(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            await station.line.flush()
            assert station_service(entry).view.signal_dbm is None
            await station.line.call(*TELLS_SIGNAL[version])
            await until(lambda: station_service(entry).view.signal_dbm == -67.0)
            # What is no strength, and no JSON, changes nothing.
            for data in ('{"rssi": 80}', "rssi=-20", "[" * 5000):
                await station.line.call("DataTransfer", {"vendorId": "x", "data": data})
            assert station_service(entry).view.signal_dbm == -67.0
        await until(lambda: station_service(entry).view.signal_dbm is None)
        registry = er.async_get(hass).async_get("sensor.garage_signal_strength")
        assert registry is not None
        assert registry.disabled_by is er.RegistryEntryDisabler.INTEGRATION


async def test_d2_broken_component_of_2_x_is_a_problem_with_its_vendor_s_words_until_it_is_mended(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, free=True, controllable=True) as (entry, port):
        station = simulated(port, "2.0.1")
        async with station.running(accepted_s=5):
            await station.line.flush()
            assert hass.states.is_state("binary_sensor.garage_problem", "off")
            station.fail(1, "GroundFailure", "E17")
            await station.line.flush()
            await until(lambda: hass.states.is_state("sensor.garage_error", "Connector Problem"))
            shown = hass.states.get("sensor.garage_error")
            assert shown is not None
            assert (shown.attributes["vendor_code"], shown.attributes["info"]) == ("E17", "GroundFailure")
            assert hass.states.is_state("binary_sensor.garage_problem", "on")
            # It is told once: a site that starts anew still knows of it.
            assert await hass.config_entries.async_reload(entry.entry_id)
            await until(lambda: hass.states.is_state("sensor.garage_error", "Connector Problem"))
            station.fail(1, "NoError")
            await station.line.flush()
            await until(lambda: hass.states.is_state("sensor.garage_error", "NoError"))
            await until(lambda: hass.states.is_state("binary_sensor.garage_problem", "off"))
            station.fail(1, "GroundFailure")
            await station.line.flush()
            await until(lambda: hass.states.is_state("binary_sensor.garage_problem", "on"))
            station.connectors[1].error = "NoError"
            await station.reboot()
            await until(lambda: hass.states.is_state("sensor.garage_error", "NoError"))


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_v1_charger_is_kept_for_a_card_shown_as_reserved_and_free_again_when_that_is_taken_back(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True, controllable=True) as (_entry, port):
        station = simulated(port, version)
        status = "sensor.garage_status"
        kept = {"entity_id": status, "id_token": "TAG1", "until": (utcnow() + timedelta(hours=1)).isoformat()}
        async with station.running(accepted_s=5):
            await until(lambda: hass.states.is_state(status, "available"))
            await hass.services.async_call(DOMAIN, "reserve_charger", kept, blocking=True)
            await until(lambda: hass.states.is_state(status, "reserved"))
            # A second one takes its place, so one cancellation is enough.
            await hass.services.async_call(DOMAIN, "reserve_charger", {**kept, "id_token": "TAG2"}, blocking=True)
            await hass.services.async_call(DOMAIN, "cancel_reservation", {"entity_id": status}, blocking=True)
            await until(lambda: hass.states.is_state(status, "available"))
            with pytest.raises(HomeAssistantError, match="Rejected"):
                await hass.services.async_call(DOMAIN, "cancel_reservation", {"entity_id": status}, blocking=True)
            station.plug_in()
            await station.line.flush()
            with pytest.raises(HomeAssistantError, match="Occupied"):
                await hass.services.async_call(DOMAIN, "reserve_charger", kept, blocking=True)
            over = {**kept, "until": (utcnow() - timedelta(hours=1)).isoformat()}
            with pytest.raises(ServiceValidationError) as told:
                await hass.services.async_call(DOMAIN, "reserve_charger", over, blocking=True)
            assert told.value.translation_key == "reservation_over"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_d1_firmware_is_updated_by_an_action_and_how_far_it_is_stays_known(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        shown = "sensor.garage_firmware_update"
        station = simulated(port, version)
        states: list[str] = []
        async with station.running(accepted_s=5):
            assert hass.states.is_state(shown, "unknown")
            async_track_state_change_event(hass, shown, callback(lambda event: states.append(_new_state(event))))
            device = entry.runtime_data.evses[0].charger_device_id
            data = {"charger": device, "url": "http://127.0.0.1/fw.bin"}
            await hass.services.async_call(DOMAIN, "update_firmware", data, blocking=True)
            await until(lambda: hass.states.is_state(shown, "installed"))
            assert states == ["downloading", "downloaded", "installing", "installed"]
            assert await hass.config_entries.async_reload(entry.entry_id)
            await until(lambda: hass.states.is_state(shown, "installed"))


def _new_state(event: Event[EventStateChangedData]) -> str:
    state = event.data["new_state"]
    return "" if state is None else state.state


async def test_unknown_card_is_told_masked_learned_by_action_and_a_tag_from_then_on(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    assert await async_setup_component(hass, "tag", {})
    tags = async_capture_events(hass, "tag_scanned")
    async with started(hass, tmp_path) as (entry, port):
        station = simulated(port)
        (device,) = [
            one
            for one in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
            if (DOMAIN, station_service(entry).charger_id) in one.identifiers
        ]
        async with station.running(accepted_s=5):
            assert not await station.authorised("DEADBEEF")
            await hass.async_block_till_done()
            shown = hass.states.get("event.garage_card")
            assert shown is not None
            assert (shown.attributes["event_type"], shown.attributes["id_token"]) == ("unknown_card", "…BEEF")
            assert tags == []
            await hass.services.async_call(DOMAIN, "learn_card", {"charger": device.id}, blocking=True)
            assert await station.authorised("DEADBEEF")
            await hass.async_block_till_done()
            shown = hass.states.get("event.garage_card")
            assert shown is not None
            assert shown.attributes["event_type"] == "card_learned"
            assert await station.authorised("DEADBEEF")
            assert [event.data["tag_id"] for event in tags] == ["DEADBEEF"]
            # Learned is one card, not all that come.
            assert not await station.authorised("CAFE0001")
            answer = await hass.services.async_call(
                DOMAIN, "get_ocpp_trace", {"charger": device.id}, blocking=True, return_response=True
            )
            assert answer is not None
            frames: Any = answer["frames"]
            assert any("Authorize" in frame["frame"] for frame in frames)
            assert "DEADBEEF" not in repr(frames)
            found = await async_get_config_entry_diagnostics(hass, entry)
            (told,) = found["stations"]
            assert told["view"]["connected"] is True
            assert "DEADBEEF" not in repr(found)
            assert "CP1" not in repr(found["entry"]["subentries"])


async def test_many_samples_in_a_second_are_shown_once(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        station = simulated(port)
        (evse,) = entry.runtime_data.evses
        views: list[Any] = []
        async with station.running(accepted_s=5):
            station.plug_in()
            station.begin()
            await station.line.flush()
            await asyncio.sleep(1.1)
            evse.subscribe(lambda: views.append(evse.view))
            for _ in range(20):
                station.connectors[1].outlet.own_register_wh += 1
                station.sample()
            await station.line.flush()
            assert len(views) <= 4
            assert evse.recorder.progress is not None
            energy_mwh = evse.recorder.progress.energy_mwh
            await until(lambda: evse.view.session is not None and evse.view.session.energy_mwh >= energy_mwh)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_what_a_station_told_before_its_site_starts_anew_is_known_at_once(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True, controllable=True) as (entry, port):
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            await until(lambda: hass.states.is_state("sensor.garage_status", "available"))
            await station.line.flush()
            # Nothing more is told: the station stays connected, and sees nothing of it.
            assert await hass.config_entries.async_reload(entry.entry_id)
            await until(lambda: hass.states.is_state("sensor.garage_status", "available"))
            assert hass.states.is_state("binary_sensor.garage_connected", "off")
