"""Diagnostics hold what explains a site, and nothing of the people who charge."""

from collections.abc import AsyncIterator
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from tests.site.house import House, charger_data, site_entry, subentry


@pytest.fixture
async def site(hass: HomeAssistant, freezer: FrozenDateTimeFactory, tmp_path: Path) -> AsyncIterator[MockConfigEntry]:
    """A site with two chargers; a car has charged at one of them, and a guest is noted."""
    hass.config.config_dir = str(tmp_path)
    freezer.move_to("2026-11-19T16:00:00+00:00")
    house = House(hass=hass, freezer=freezer)
    house.begin()
    yard = charger_data(evse={"status": "sensor.yard", "energy": None, "power": None, "limit": None})
    entry = site_entry(
        subentry("charger", "Garage", charger_data(), "serial-4711"),
        subentry("charger", "Yard", yard, "serial-4712"),
        subentry("vehicle", "Annas Zoe", {"plate": "B-AN 1", "presence": "device_tracker.annas_zoe", "payer": "x"}),
        subentry("payer", "Anna Berg", {"postal_address": "Hill 1", "tax_id": "DE12", "person": "person.anna_b"}),
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=20, power_w=11_000)
    session = (await house.sessions())[0]
    await hass.services.async_call(
        DOMAIN, "update_session", {"session_id": session["id"], "note": "Anna's car"}, blocking=True
    )
    yield entry
    if entry.state is ConfigEntryState.LOADED:
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)


def device_of(hass: HomeAssistant, entry: MockConfigEntry, title: str) -> dr.DeviceEntry:
    charger_id = next(one.subentry_id for one in entry.subentries.values() if one.title == title)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, charger_id), entry.entry_id)
    assert device is not None
    return device


async def test_a_site_tells_how_it_stands_as_plain_json(hass: HomeAssistant, site: MockConfigEntry) -> None:
    found: dict[str, Any] = await async_get_config_entry_diagnostics(hass, site)
    assert json.loads(json.dumps(found)) == found
    assert found["entry"]["data"]["wiring"] == "three_phase_four_wire"
    assert found["site"]["view"]["price_per_kwh"] is not None
    assert found["site"]["limits"]["circuits"][0]["limit_a"] == [25.0, 25.0, 25.0]
    assert found["site"]["decision"]["limits"][0]["reason"]["key"]
    garage, yard = found["evses"]
    assert (garage["name"], yard["name"]) == ("Garage", "Yard")
    assert garage["config"]["evses"][0]["power"] == "sensor.wallbox_power"
    assert garage["tracker"]["session"]["energy_mwh"] == found["last_sessions"][0]["energy_kwh"] * 1_000_000
    assert garage["reading"]["power_w"] == 11_000
    assert found["ledger"]["sessions"] == 1
    assert found["ledger"]["chargers"] == 2
    assert found["ledger"]["opened"]["check"]["outcome"] == "passed"
    assert found["last_sessions"][0]["periods"]


async def test_nothing_in_it_tells_of_people_or_hardware(hass: HomeAssistant, site: MockConfigEntry) -> None:
    text = json.dumps(await async_get_config_entry_diagnostics(hass, site))
    assert "Anna" not in text
    assert "serial-471" not in text
    assert "**REDACTED**" in text


async def test_a_charger_tells_of_itself_and_its_sessions_only(hass: HomeAssistant, site: MockConfigEntry) -> None:
    yard = await async_get_device_diagnostics(hass, site, device_of(hass, site, "Yard"))
    assert [one["name"] for one in yard["evses"]] == ["Yard"]
    assert yard["last_sessions"] == []
    garage = await async_get_device_diagnostics(hass, site, device_of(hass, site, "Garage"))
    assert [one["name"] for one in garage["evses"]] == ["Garage"]
    assert len(garage["last_sessions"]) == 1
    place = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, site.entry_id), site.entry_id)
    assert place is not None
    whole = await async_get_device_diagnostics(hass, site, place)
    assert [one["name"] for one in whole["evses"]] == ["Garage", "Yard"]


async def test_a_ledger_that_cannot_be_read_is_part_of_the_diagnosis(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    await hass.async_add_executor_job(site.runtime_data.ledger.close)
    found = await async_get_config_entry_diagnostics(hass, site)
    assert found["ledger"]["error"] == "the ledger is not open"
    assert found["last_sessions"] == "the ledger is not open"
    assert found["evses"][0]["name"] == "Garage"


async def test_nothing_tells_who_drives_and_who_pays(hass: HomeAssistant, site: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(site, options={"ask": "notify.mobile_app_annas_phone"})
    await hass.async_block_till_done(wait_background_tasks=True)
    text = json.dumps(await async_get_config_entry_diagnostics(hass, site))
    private = ("Anna", "anna", "B-AN 1", "Hill 1", "DE12")
    assert [word for word in private if word in text] == []
