"""A person plugs in, charges and leaves: what Home Assistant shows, and what is kept."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from ..house import House, sessions_of, shown


async def test_an_evening_of_charging_is_metered_and_priced(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("plugged", power_w=0)
    await house.later(minutes=5)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=30, power_w=11_000)
    assert float(shown(hass, "sensor.garage_session_energy")) == pytest.approx(5.5)
    assert float(shown(hass, "sensor.garage_session_cost")) == pytest.approx(1.65)
    house.price("0.20")
    await house.charge(minutes=30, power_w=11_000)
    house.charger("full", power_w=0)
    await house.later(minutes=10)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    assert shown(hass, "sensor.garage_session_energy") == "unknown"
    assert float(shown(hass, "sensor.garage_last_session_energy")) == pytest.approx(11)
    assert float(shown(hass, "sensor.garage_last_session_cost")) == pytest.approx(2.75)
    (session,) = await sessions_of(hass)
    assert session["status"] == "ended"
    assert session["end_reason"] == "unplugged"
    assert session["energy_kwh"] == pytest.approx(11.0)
    assert session["cost"] == "2.75"
    assert sum(period["energy_kwh"] for period in session["periods"]) == pytest.approx(session["energy_kwh"])


async def test_events_tell_the_story_of_a_session(hass: HomeAssistant, house: House, site: MockConfigEntry) -> None:
    told = async_capture_events(hass, "state_changed")
    house.charger("plugged", power_w=0)
    await house.later(minutes=1)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=5, power_w=11_000)
    house.charger("full", power_w=0)
    await house.later(minutes=1)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    types = [
        event.data["new_state"].attributes["event_type"]
        for event in told
        if event.data["entity_id"] == "event.garage_session_event"
    ]
    assert types == ["connected", "started_charging", "completed", "disconnected", "cost_final"]


async def test_a_reload_goes_on_with_the_same_session(hass: HomeAssistant, house: House, site: MockConfigEntry) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=10, power_w=11_000)
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.charge(minutes=10, power_w=11_000)
    (session,) = await sessions_of(hass)
    assert session["energy_kwh"] == pytest.approx(11_000 * 20 / 60_000, abs=1e-6)


async def test_the_average_price_is_written_only_for_who_enables_it(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    registry = er.async_get(hass)
    entity_id = "sensor.garage_session_average_price"
    entry = registry.async_get(entity_id)
    assert entry is not None
    assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert hass.states.get(entity_id) is None
    registry.async_update_entity(entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(site.entry_id)
    house.charger("plugged", power_w=0)
    await house.charge(minutes=10, power_w=9_000)
    state = hass.states.get(entity_id)
    assert state is not None
    assert float(state.state) == 0.3
