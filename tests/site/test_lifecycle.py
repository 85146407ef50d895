"""A site comes, changes and goes: what stays the same, and at what current the charger is left."""

from pkgutil import resolve_name
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions import async_remove_config_entry_device
from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.ledger.known import async_beginning
from custom_components.ev_sessions.site.ledger.ledger import SHARED_LEDGER

from .house import House, charger_data, circuit, sessions_of, shown, site_entry, subentry


async def _a_short_session(house: House) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=5, power_w=11_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)


async def test_unloading_leaves_the_charger_at_its_fallback(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    for second in range(0, 240, 5):
        await house.later(seconds=5)
        if second >= 90:
            limit_a = float(shown(hass, "number.wallbox_limit"))
            house.charger("charging", power_w=690 * limit_a, energy_kwh=690 * limit_a * 5 / 3_600_000)
        drawn_a = float(shown(hass, "sensor.wallbox_power")) / 690
        # A meter whose last digit moves, as that of any house does.
        house.grid(2 + drawn_a + second % 20 / 100, 2 + drawn_a, 2 + drawn_a)
    assert float(shown(hass, "number.wallbox_limit")) > 6
    assert await hass.config_entries.async_unload(site.entry_id)
    assert float(shown(hass, "number.wallbox_limit")) == 6


async def test_the_last_site_closes_the_ledger(hass: HomeAssistant, house: House, site: MockConfigEntry) -> None:
    assert hass.data[SHARED_LEDGER].ledger is not None
    assert await hass.config_entries.async_unload(site.entry_id)
    assert hass.data[SHARED_LEDGER].ledger is None


async def test_two_sites_share_one_ledger(hass: HomeAssistant, house: House, site: MockConfigEntry) -> None:
    other = site_entry(subentry("charger", "Barn", charger_data(), "barn"))
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    await hass.async_block_till_done()
    assert other.runtime_data.ledger is site.runtime_data.ledger
    assert await hass.config_entries.async_unload(other.entry_id)
    await _a_short_session(house)
    assert len(await sessions_of(hass)) == 1


async def test_a_charger_that_is_added_again_has_its_history(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await _a_short_session(house)
    (charger,) = site.get_subentries_of_type("charger")
    hass.config_entries.async_remove_subentry(site, charger.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    (session,) = await sessions_of(hass)
    assert session["charger_device_id"] is None
    assert session["charger"] == "Garage"
    again = ConfigSubentry(data=charger.data, subentry_type="charger", title="Garage 2", unique_id=charger.unique_id)
    hass.config_entries.async_add_subentry(site, again)
    await hass.async_block_till_done(wait_background_tasks=True)
    (session,) = await sessions_of(hass)
    assert session["charger"] == "Garage 2"
    assert float(shown(hass, "sensor.garage_2_last_session_energy")) > 0


async def test_a_renamed_entity_is_followed_also_after_a_restart(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    registry = er.async_get(hass)
    entry = registry.async_get_or_create("sensor", "brand", "status", suggested_object_id="wallbox_status")
    assert entry.entity_id == "sensor.wallbox_status_2"
    (charger,) = site.get_subentries_of_type("charger")
    data = {**charger.data, "evses": [{**charger.data["evses"][0], "status": entry.entity_id}]}
    hass.config_entries.async_update_subentry(site, charger, data=data)
    await hass.async_block_till_done(wait_background_tasks=True)
    registry.async_update_entity(entry.entity_id, new_entity_id="sensor.wallbox_word")
    await hass.async_block_till_done(wait_background_tasks=True)
    (charger,) = site.get_subentries_of_type("charger")
    assert charger.data["evses"][0]["status"] == "sensor.wallbox_word"


async def test_a_removed_site_keeps_its_sessions(hass: HomeAssistant, house: House, site: MockConfigEntry) -> None:
    await _a_short_session(house)
    assert await hass.config_entries.async_remove(site.entry_id)
    other = site_entry(subentry("charger", "Barn", charger_data(), "barn"))
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    await hass.async_block_till_done()
    (session,) = await sessions_of(hass)
    assert session["charger"] == "Garage"
    assert await hass.config_entries.async_unload(other.entry_id)


async def test_a_charger_in_use_cannot_be_removed_as_a_stale_device(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    registry = dr.async_get(hass)
    (charger,) = site.get_subentries_of_type("charger")
    device = registry.async_get_device_by_identifier((DOMAIN, charger.subentry_id), site.entry_id)
    assert device is not None
    assert not await async_remove_config_entry_device(hass, site, device)


async def test_without_a_meter_a_charger_is_left_alone_until_something_is_asked_of_it(
    hass: HomeAssistant, house: House
) -> None:
    entry = site_entry(meter=None)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=3, power_w=11_000)
    assert house.commands == []
    await hass.services.async_call(
        DOMAIN,
        "set_current_limit",
        {"entity_id": "sensor.garage_status", "current": 10},
        blocking=True,
    )
    await house.charge(minutes=1, power_w=7_000)
    assert ("limit", 10) in house.commands
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_starting_lifts_a_limit_of_nothing(hass: HomeAssistant, house: House, site: MockConfigEntry) -> None:
    target = {"entity_id": "sensor.garage_status"}
    await hass.services.async_call(DOMAIN, "set_current_limit", {**target, "current": 0}, blocking=True)
    (evse,) = site.runtime_data.evses
    assert evse.load(site.runtime_data.clock()).wish_a == 0
    await hass.services.async_call(DOMAIN, "start_charging", target, blocking=True)
    assert evse.load(site.runtime_data.clock()).wish_a == 16


async def test_totals_of_the_month_say_since_when_they_count(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    state = hass.states.get("sensor.garage_cost_this_month")
    assert state is not None
    assert state.attributes["last_reset"] == "2026-10-31T23:00:00+00:00"


async def test_charger_that_is_added_while_the_site_starts_is_there_when_it_has_started(
    hass: HomeAssistant, house: House
) -> None:
    entry = site_entry()
    entry.add_to_hass(hass)
    second = ConfigSubentry(
        data=MappingProxyType(charger_data(evse={"status": "sensor.second_status", "power": None, "energy": None})),
        subentry_type="charger",
        title="Carport",
        unique_id="carport",
    )

    @callback
    def add(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == "sensor.garage_status" and second.subentry_id not in entry.subentries:
            assert entry.state is ConfigEntryState.SETUP_IN_PROGRESS
            hass.config_entries.async_add_subentry(entry, second)

    house.state("sensor.second_status", "free")
    hass.bus.async_listen(EVENT_STATE_CHANGED, add)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown(hass, "sensor.carport_status") == "available"
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("when", ["building.async_keep_versions", "plugging.async_register_chargers"])
@pytest.mark.parametrize("kind", ["charger", "circuit"])
async def test_what_is_added_at_any_moment_of_a_start_does_not_make_it_fail(
    hass: HomeAssistant,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    when: str,
    kind: str,
) -> None:
    """Taking in two stations, one after the other, is enough: each begins a start, and the second comes into it."""
    entry = site_entry()
    entry.add_to_hass(hass)
    data = charger_data(evse={"status": "sensor.second_status", "power": None, "energy": None})
    added = ConfigSubentry(
        data=MappingProxyType(data if kind == "charger" else circuit("Carport")["data"]),
        subentry_type=kind,
        title="Carport",
        unique_id="carport",
    )
    place = f"custom_components.ev_sessions.site.{when}"
    real = resolve_name(place.rpartition(".")[0] + ":" + place.rpartition(".")[2])

    async def meanwhile(*args: Any) -> Any:
        if added.subentry_id not in entry.subentries:
            hass.config_entries.async_add_subentry(entry, added)
        return await real(*args)

    house.state("sensor.second_status", "free")
    monkeypatch.setattr(place, meanwhile)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    if kind == "charger":
        assert shown(hass, "sensor.carport_status") == "available"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_price_that_changes_while_the_site_starts_does_no_harm(
    hass: HomeAssistant, house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def beginning(*args: Any) -> Any:
        house.price("0.50")
        return await async_beginning(*args)

    monkeypatch.setattr("custom_components.ev_sessions.site.plugging.async_beginning", beginning)
    entry = site_entry()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert await hass.config_entries.async_unload(entry.entry_id)
