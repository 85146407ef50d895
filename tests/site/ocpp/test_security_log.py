"""What was told of a station's security is kept: over a restart, and whoever tries to drown it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ev_sessions.site.actions.station_diagnosis import async_station_diagnosis
from custom_components.ev_sessions.site.ocpp.station.security_log import SecurityLog

from .conftest import OcppSite
from .test_adoption import BOOT, adopt, asks

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_events_are_kept_at_once_and_those_that_follow_together(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    kept: list[list[dict[str, Any]]] = []
    log = SecurityLog(hass, None, kept.append)
    log.async_told(AT, "StartupOfTheDevice", "")
    assert len(kept) == 1
    for second in range(50):
        log.async_told(AT + timedelta(seconds=second), "TamperDetectionActivated", "x" * 1000)
    assert len(kept) == 1
    freezer.tick(61)
    async_fire_time_changed(hass)
    assert [len(events) for events in kept] == [1, 51]
    log.async_told(AT, "SettingSystemTime", "")
    log.async_stop()
    log.async_stop()
    assert [len(events) for events in kept] == [1, 51, 52]
    assert max(len(event["detail"]) for event in kept[-1]) == 255
    assert SecurityLog(hass, kept[-1], kept.append).to_json() == kept[-1]


async def test_who_tries_for_hours_is_counted_and_pushes_nothing_out(hass: HomeAssistant) -> None:
    log = SecurityLog(hass, None, lambda events: None)
    log.async_told(AT, "TamperDetectionActivated", "lid")
    for number in range(1000):
        log.async_attempted(AT + timedelta(seconds=number), "wrong_password", "192.0.2.1")
        log.async_attempted(AT + timedelta(seconds=number), "wrong_user", f"192.0.2.{number}")
    events = log.to_json()
    assert events[0] == {"at": AT.isoformat(), "type": "TamperDetectionActivated", "detail": "lid"}
    assert [event["times"] for event in events if event.get("type") == "wrong_password"] == [1000]
    assert len(events) == len(log) == 101
    log.async_stop()


async def test_what_is_no_log_is_not_read(hass: HomeAssistant) -> None:
    for kept in ("text", {"at": 1}, [1, {"at": 5, "type": "x", "detail": ""}, {}]):
        assert not SecurityLog(hass, kept, lambda events: None).to_json()


async def test_what_a_station_tells_of_its_security_is_there_after_a_reload(ocpp_site: OcppSite) -> None:
    event = {"type": "TamperDetectionActivated", "timestamp": "2026-11-20T12:00:00Z", "techInfo": "lid"}
    async with ocpp_site.station("CP1") as station:
        await station.ask("BootNotification", BOOT)
        await adopt(ocpp_site)
        assert (await asks(station, "BootNotification", BOOT, "2"))["status"] == "Accepted"
        assert await asks(station, "SecurityEventNotification", event, "3") == {}
    assert await ocpp_site.hass.config_entries.async_reload(ocpp_site.entry.entry_id)
    (service,) = ocpp_site.entry.runtime_data.stations
    diagnosis = await async_station_diagnosis(ocpp_site.hass, service)
    assert [(one["type"], one["detail"]) for one in diagnosis["security_log"]] == [("TamperDetectionActivated", "lid")]
