"""A car that was stopped for once: the next one charges, whatever lay between."""

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN

from .house import House


async def _stop_the_car(hass: HomeAssistant, house: House) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=2, power_w=11_000)
    await hass.services.async_call(DOMAIN, "stop_charging", {"entity_id": "sensor.garage_status"}, blocking=True)
    house.charger("paused", power_w=0)
    await house.later(minutes=1)
    assert hass.states.is_state("switch.garage_charging_allowed", "off")


async def test_a_car_that_was_stopped_and_left_while_the_charger_was_silent_holds_nobody_back(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await _stop_the_car(hass, house)
    house.charger("unavailable")
    await house.later(minutes=1)
    assert hass.states.is_state("switch.garage_charging_allowed", "off")
    house.charger("free", power_w=0)
    await house.later(minutes=1)
    assert hass.states.is_state("switch.garage_charging_allowed", "on")


async def test_a_car_that_was_stopped_and_left_while_nobody_looked_holds_nobody_back(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await _stop_the_car(hass, house)
    assert await hass.config_entries.async_unload(site.entry_id)
    house.charger("free", power_w=0)
    assert await hass.config_entries.async_setup(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.later(minutes=1)
    assert hass.states.is_state("switch.garage_charging_allowed", "on")


async def test_a_car_that_was_stopped_stays_stopped_over_a_restart(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await _stop_the_car(hass, house)
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.later(minutes=1)
    assert hass.states.is_state("switch.garage_charging_allowed", "off")


async def test_a_stop_before_the_car_comes_holds_that_car_back(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await hass.services.async_call(DOMAIN, "stop_charging", {"entity_id": "sensor.garage_status"}, blocking=True)
    await house.later(minutes=1)
    house.charger("plugged", power_w=0)
    await house.later(minutes=1)
    assert hass.states.is_state("switch.garage_charging_allowed", "off")


async def test_a_charger_that_its_owner_switched_off_stays_off_whoever_stops_a_car(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=2, power_w=11_000)
    allowed = {"entity_id": "switch.garage_charging_allowed"}
    await hass.services.async_call("switch", "turn_off", allowed, blocking=True)
    await hass.services.async_call(DOMAIN, "stop_charging", {"entity_id": "sensor.garage_status"}, blocking=True)
    house.charger("free", power_w=0)
    await house.later(minutes=1)
    assert hass.states.is_state("switch.garage_charging_allowed", "off")
