"""What happens while something else is not ready: it is told, done or kept later, and never lost."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.store import Ledger, LedgerBusyError

from .house import House, site_entry

SESSION_EVENT = "event.garage_session_event"


def _told(changes: list[Event[Any]]) -> list[str]:
    """Return what the charger's event entity told, in its order."""
    states = [change.data["new_state"] for change in changes]
    told = [state.attributes.get("event_type") for state in states if state and state.entity_id == SESSION_EVENT]
    return [event_type for event_type in told if event_type is not None]


async def test_a_car_that_left_while_nobody_looked_is_told_of_after_the_start(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=5, power_w=11_000)
    assert await hass.config_entries.async_unload(site.entry_id)
    house.charger("free", power_w=0)
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    assert await hass.config_entries.async_setup(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    for _ in range(4):
        await house.later(minutes=2)
    (session,) = await house.sessions()
    assert session["status"] == "ended"
    assert "disconnected" in _told(changes)


async def test_a_car_that_is_there_at_the_first_start_is_told_of(
    hass: HomeAssistant, house: House, start_site: Callable[[MockConfigEntry], Any]
) -> None:
    house.charger("charging", power_w=11_000)
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await start_site(site_entry())
    await house.charge(minutes=2, power_w=11_000)
    assert _told(changes) == ["connected", "started_charging"]


async def test_what_the_ledger_had_before_the_entities_were_there_is_told_when_they_are(
    hass: HomeAssistant,
    house: House,
    start_site: Callable[[MockConfigEntry], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house.charger("charging", power_w=11_000)
    forward = hass.config_entries.async_forward_entry_setups

    async def forward_late(entry: MockConfigEntry, platforms: Any) -> None:
        await entry.runtime_data.async_flush()
        for _ in range(10):
            await asyncio.sleep(0)
        await forward(entry, platforms)

    monkeypatch.setattr(hass.config_entries, "async_forward_entry_setups", forward_late)
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await start_site(site_entry())
    await hass.async_block_till_done()
    assert _told(changes) == ["connected", "started_charging"]


async def test_a_charger_that_we_switched_off_is_switched_on_though_it_does_not_hear_at_first(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=5, power_w=11_000)
    for _ in range(3):
        await house.later(seconds=10)
        house.grid(40, 40, 40)
        house.charger("charging", power_w=11_000)
    house.charger("paused", power_w=0)
    await house.later(seconds=10)
    assert hass.states.is_state("switch.wallbox_enable", "off")
    # As after a power cut: the fallback is not heard.
    house.obeys = False
    assert await hass.config_entries.async_unload(site.entry_id)
    house.obeys = True
    limit = hass.states.get("number.wallbox_limit")
    assert limit is not None
    house.state("number.wallbox_limit", "unavailable", {})
    house.grid(2, 2, 2)
    assert await hass.config_entries.async_setup(site.entry_id)
    for minute in range(20):
        await house.later(minutes=1)
        house.grid(2, 2, 2 + minute % 2 / 10)
        house.charger("paused", power_w=0)
    assert hass.states.is_state("switch.wallbox_enable", "off")
    house.state("number.wallbox_limit", limit.state, dict(limit.attributes))
    for minute in range(20):
        await house.later(minutes=1)
        house.grid(2, 2, 2 + minute % 2 / 10)
        house.charger("paused", power_w=0)
    assert hass.states.is_state("switch.wallbox_enable", "on")


async def test_what_a_busy_ledger_did_not_take_is_written_later(
    hass: HomeAssistant, house: House, site: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.charger("charging", power_w=12_000)
    await house.charge(minutes=5, power_w=12_000)
    take = Ledger.commit_step

    def refuse(_ledger: Ledger, _step: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(LedgerBusyError("too many writes are waiting"))
        return future

    monkeypatch.setattr(Ledger, "commit_step", refuse)
    await house.charge(minutes=40, power_w=12_000)
    monkeypatch.setattr(Ledger, "commit_step", take)
    await house.charge(minutes=5, power_w=12_000)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    session = await house.only_session()
    assert session["energy_kwh"] == 10.0
    assert session["cost"] == "3.00"


async def test_a_note_on_an_old_session_takes_no_energy_from_the_month(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=12_000)
    await house.charge(minutes=5, power_w=12_000)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    (old,) = await house.sessions()
    house.charger("charging", power_w=12_000)
    await house.charge(minutes=4, power_w=12_000)
    for _ in range(2):
        await house.later(seconds=5)
        house.charger("charging", power_w=12_000, energy_kwh=12 * 5 / 3600)
    await hass.async_block_till_done()
    note = {"session_id": old["id"], "note": "to the sea"}
    await hass.services.async_call(DOMAIN, "update_session", note, blocking=True, return_response=True)
    await house.charge(minutes=4, power_w=12_000)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    await house.later(minutes=5)
    sessions = await house.sessions()
    month = hass.states.get("sensor.garage_energy_this_month")
    assert month is not None
    assert float(month.state) == pytest.approx(sum(one["energy_kwh"] for one in sessions), abs=1e-6)


async def test_a_ledger_that_is_busy_at_the_start_is_asked_again(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_ledger: Ledger, *_: Any, **__: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(LedgerBusyError("too many writes are waiting"))
        return future

    entry = site_entry()
    entry.add_to_hass(hass)
    with monkeypatch.context() as busy:
        busy.setattr(Ledger, "settings", refuse)
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await house.later(minutes=2)
    loaded = hass.config_entries.async_loaded_entries("ev_sessions")
    assert loaded == [entry]
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_deleted_session_is_the_last_no_more(
    hass: HomeAssistant, house: House, start_site: Callable[[MockConfigEntry], Any]
) -> None:
    # A register of whole kWh: what its next step adds may still belong to the session.
    house.register(1000)
    await start_site(site_entry())
    house.charger("charging", power_w=9_000)
    for minute in range(50):
        await house.later(minutes=1)
        house.register(1000 + minute * 9 // 60)
    house.register(1007)
    house.charger("free", power_w=0)
    house.register(1007)
    for _ in range(10):
        await house.later(minutes=30)
        house.register(1007)
    (session,) = await house.sessions()
    await hass.services.async_call(DOMAIN, "delete_session", {"session_id": session["id"]}, blocking=True)
    for _ in range(3):
        await house.later(minutes=1)
        house.register(1007)
    assert hass.states.is_state("sensor.garage_last_session_energy", "unknown")


async def test_a_wish_that_the_ledger_does_not_take_is_refused_with_words(
    hass: HomeAssistant, house: House, site: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_ledger: Ledger, *_: Any, **__: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(LedgerBusyError("too many writes are waiting"))
        return future

    monkeypatch.setattr(Ledger, "put_setting", refuse)
    wish = {"entity_id": "number.garage_maximum_current", "value": 10}
    with pytest.raises(HomeAssistantError) as told:
        await hass.services.async_call("number", "set_value", wish, blocking=True)
    assert told.value.translation_key == "ledger_failed"
    with pytest.raises(HomeAssistantError) as told:
        await hass.services.async_call(
            "switch", "turn_off", {"entity_id": "switch.garage_charging_allowed"}, blocking=True
        )
    assert told.value.translation_key == "ledger_failed"
