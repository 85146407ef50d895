"""A charger that was taken as it was found charges a car: from its integration's entities to the session."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.config.site import chargers_of
from tests.flows.brands import Walk
from tests.presets.adding import take_all
from tests.presets.devices import Device, make

from ..house import House, site_entry

type Start = Callable[[MockConfigEntry], Awaitable[None]]


async def added(hass: HomeAssistant, entry: MockConfigEntry, device: Device) -> str:
    """Add the charger to the running site; return its id."""
    await take_all(Walk(hass), entry, device.device_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return chargers_of(entry)[-1].id


def shows(hass: HomeAssistant, reference: str, text: str, **attributes: Any) -> None:
    state = hass.states.get(reference)
    assert state is not None
    hass.states.async_set(reference, text, {**state.attributes, **attributes})


def ours(hass: HomeAssistant, charger_id: str, key: str, evse: int = 1) -> str | None:
    """Return what one of our entities of an EVSE shows."""
    entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{charger_id}_{evse}_{key}")
    assert entity_id is not None
    state = hass.states.get(entity_id)
    return None if state is None else state.state


async def test_keba_charges_a_car_by_the_attributes_that_tell_of_it(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    entry = site_entry()
    await start_site(entry)
    keba = make(hass, "keba")
    charger = await added(hass, entry, keba)
    status, power = keba["binary_sensor.charging_state"], keba["sensor.charging_power"]
    shows(hass, status, "off", status="not ready for charging")
    shows(hass, keba["binary_sensor.plug_state"], "off")
    shows(hass, keba["sensor.total_energy"], "1000.0")
    await house.later(seconds=5)
    assert ours(hass, charger, "status") == "available"

    shows(hass, keba["binary_sensor.plug_state"], "on")
    shows(hass, status, "on", status="charging")
    shows(hass, power, "7.2", current_i1=10.4, current_i2=10.5, current_i3=10.6)
    await house.later(seconds=5)
    assert ours(hass, charger, "status") == "charging"
    assert ours(hass, charger, "power") == "7.2"
    for minute in range(1, 6):
        await house.later(seconds=60)
        shows(hass, keba["sensor.session_energy"], f"{0.12 * minute:.2f}")
        shows(hass, keba["sensor.total_energy"], f"{1000 + 0.12 * minute:.2f}")

    shows(hass, status, "off", status="ready for charging")
    await house.later(seconds=5)
    assert ours(hass, charger, "status") == "suspended_ev"
    shows(hass, keba["binary_sensor.plug_state"], "off")
    shows(hass, status, "off", status="not ready for charging")
    await house.later(seconds=5)
    assert ours(hass, charger, "status") == "available"
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.later(seconds=60)
    assert ours(hass, charger, "last_session_energy") == "0.6"


async def test_both_outlets_of_a_twin_charge_side_by_side(hass: HomeAssistant, house: House, start_site: Start) -> None:
    entry = site_entry()
    await start_site(entry)
    twin = make(hass, "chargeamps", called="Twin")
    charger = await added(hass, entry, twin)
    for outlet, word in ((1, "Charging"), (2, "Available")):
        shows(hass, twin[f"sensor.{outlet}_status"], word, total_consumption_kwh=2.5)
    await house.later(seconds=5)
    assert (ours(hass, charger, "status"), ours(hass, charger, "status", 2)) == ("charging", "available")
    registry = er.async_get(hass)
    devices = {
        entity.device_id
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if entity.unique_id in {f"{charger}_1_status", f"{charger}_2_status"}
    }
    assert len(devices) == 2


async def test_status_that_two_entities_tell_survives_their_renaming(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    entry = site_entry()
    await start_site(entry)
    v2c = make(hass, "v2c", called="Barn")
    charger = await added(hass, entry, v2c)
    shows(hass, v2c["binary_sensor.connected"], "on")
    shows(hass, v2c["binary_sensor.charging"], "off")
    shows(hass, v2c["switch.paused"], "on")
    await house.later(seconds=5)
    assert ours(hass, charger, "status") == "suspended_evse"
    renamed = "switch.paused_by_hand"
    er.async_get(hass).async_update_entity(v2c["switch.paused"], new_entity_id=renamed)
    await hass.async_block_till_done(wait_background_tasks=True)
    hass.states.async_set(renamed, "off")
    await house.later(seconds=5)
    assert ours(hass, charger, "status") == "suspended_ev"
    subentry = entry.subentries[charger].data["evses"][0]
    assert (subentry["status"][2], subentry["enable"]["entity_id"]) == (renamed, renamed)
