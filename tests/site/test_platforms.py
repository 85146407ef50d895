"""What Home Assistant's own pages tell of us: health, logbook, devices, and what it passes on to assistants."""

from datetime import timedelta
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.helpers.significant_change import create_checker
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.ev_sessions.const import DOMAIN, EVENT_SESSION
from tests.actions.past import past, remember

from .house import House, charger_data, site_entry, subentry


async def health(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the page of health shows of us."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    found = await get_system_health_info(hass, DOMAIN)
    return dict(found)


async def test_the_page_of_health_tells_how_the_ledger_and_the_chargers_are(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await remember(hass, past(0), past(1))
    info = await health(hass)
    assert (info["chargers_online"], info["sessions"], info["ledger_version"]) == ("1/1", 2, "0001")
    assert info["ledger_size"].endswith(" MB")
    assert info["last_write"] is not None
    for entity_id in ("sensor.wallbox_status", "sensor.wallbox_power", "sensor.wallbox_energy"):
        house.state(entity_id, "unavailable")
    await hass.async_block_till_done()
    assert (await health(hass))["chargers_online"] == "0/1"


async def test_the_page_of_health_says_why_a_ledger_cannot_be_read(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await hass.async_add_executor_job(site.runtime_data.ledger.close)
    assert await health(hass) == {"chargers_online": "1/1", "ledger": "the ledger is not open"}


async def test_without_a_running_site_health_is_short(hass: HomeAssistant, site: MockConfigEntry) -> None:
    assert await hass.config_entries.async_unload(site.entry_id)
    assert await health(hass) == {"chargers_online": "0/0"}


async def test_the_logbook_tells_of_a_session_in_sentences(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    house: House,
    site: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    begin = site.runtime_data.clock().utc - timedelta(seconds=1)
    house.charger("plugged", power_w=0)
    await house.later(seconds=5)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    house.charger("full", power_w=0)
    await house.later(minutes=3)
    house.charger("free", power_w=0)
    await house.later(seconds=30)
    await house.later(seconds=30)
    await async_wait_recording_done(hass)
    client = await hass_ws_client(hass)
    device_id = site.runtime_data.evses[0].charger_device_id
    await client.send_json_auto_id(
        {"type": "logbook/get_events", "start_time": begin.isoformat(), "device_ids": [device_id]}
    )
    answer = await client.receive_json()
    assert answer["success"]
    lines = [f"{one['name']} {one['message']}" for one in answer["result"] if one.get("domain") == DOMAIN]
    assert lines == [
        "Garage was plugged in",
        "Garage started charging",
        "Garage finished charging: 1.0 kWh, 0.30 EUR",
        "Garage was unplugged: 1.0 kWh, 0.30 EUR",
    ]
    assert {one["entity_id"] for one in answer["result"] if one.get("domain") == DOMAIN} == {
        "event.garage_session_event"
    }


async def test_what_comes_often_is_no_line_of_the_logbook(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    heard: list[str] = []

    @callback
    def hear(event: Event) -> None:
        heard.append(event.data["type"])

    hass.bus.async_listen(EVENT_SESSION, hear)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=2, power_w=6_000)
    house.charger("paused", power_w=0)
    await house.later(minutes=2)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=2, power_w=6_000)
    assert heard == ["connected", "started_charging"]


async def test_a_charger_shows_the_hardware_and_the_area_of_the_device_that_it_is_read_from(
    hass: HomeAssistant, house: House, start_site: Any
) -> None:
    theirs = MockConfigEntry(domain="test")
    theirs.add_to_hass(hass)
    registry = dr.async_get(hass)
    garage = ar.async_get(hass).async_create("Carport")
    source = registry.async_get_or_create(
        config_entry_id=theirs.entry_id,
        identifiers={("wallbox", "1")},
        manufacturer="Maker",
        model="Pulsar",
        serial_number="4711",
        sw_version="5.1",
        configuration_url="http://192.0.2.7/",
    )
    registry.async_update_device(source.id, area_id=garage.id)
    entry = site_entry(subentry("charger", "Garage", charger_data(source_device_id=source.id), "garage"))
    await start_site(entry)
    device = registry.async_get(entry.runtime_data.evses[0].charger_device_id)
    assert isinstance(device, dr.DeviceEntry)
    assert (device.manufacturer, device.model, device.serial_number, device.sw_version) == (
        "Maker",
        "Pulsar",
        "4711",
        "5.1",
    )
    assert (device.configuration_url, device.area_id) == ("http://192.0.2.7/", garage.id)
    # Only a suggestion: who moves it has moved it.
    registry.async_update_device(device.id, area_id=None)
    await hass.config_entries.async_reload(entry.entry_id)
    moved = registry.async_get(device.id)
    assert moved is not None
    assert moved.area_id is None


async def test_an_outlet_that_is_read_alone_shows_the_hardware_of_its_charger(
    hass: HomeAssistant, house: House, start_site: Any
) -> None:
    theirs = MockConfigEntry(domain="test")
    theirs.add_to_hass(hass)
    registry = dr.async_get(hass)
    parent = registry.async_get_or_create(
        config_entry_id=theirs.entry_id, identifiers={("wallbox", "1")}, manufacturer="Maker", model="Twin"
    )
    outlet = registry.async_get_or_create_child(
        config_entry_id=theirs.entry_id, identifiers={("wallbox", "1_2")}, parent_device_id=parent.id, name="Two"
    )
    entry = site_entry(subentry("charger", "Garage", charger_data(source_device_id=outlet.id), "garage"))
    await start_site(entry)
    device = registry.async_get(entry.runtime_data.evses[0].charger_device_id)
    assert isinstance(device, dr.DeviceEntry)
    assert (device.manufacturer, device.model) == ("Maker", "Twin")


async def test_a_charger_without_a_device_behind_it_is_ours(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    device = dr.async_get(hass).async_get(site.runtime_data.evses[0].charger_device_id)
    assert isinstance(device, dr.DeviceEntry)
    assert (device.manufacturer, device.model, device.area_id) == ("EV Sessions", "Charger", None)


async def significant(hass: HomeAssistant) -> Any:
    """Return our judge of changes, as Home Assistant finds it."""
    await create_checker(hass, "test")
    await hass.async_block_till_done()
    return hass.data["significant_change"][DOMAIN]


@pytest.mark.parametrize(
    ("device_class", "unit", "old", "new", "worth"),
    [
        ("power", "kW", "7.01", "7.05", False),
        ("power", "kW", "7.0", "7.2", True),
        ("power", "W", "7000", "7050", False),
        ("energy", "kWh", "12.31", "12.33", False),
        ("energy", "kWh", "12.3", "12.5", True),
        ("monetary", "EUR", "3.10", "3.12", False),
        ("monetary", "EUR", "3.10", "3.31", True),
        ("current", "A", "10.0", "10.2", False),
        ("current", "A", "10", "6", True),
        ("duration", "min", "10", "11", True),
        ("power", "kW", "off", "7.0", True),
        ("power", "kW", "7.0", "off", False),
        (None, "EUR/kWh", "0.30", "0.31", None),
    ],
)
async def test_small_steps_are_not_passed_on(
    hass: HomeAssistant,
    site: MockConfigEntry,
    device_class: str | None,
    unit: str,
    old: str,
    new: str,
    worth: bool | None,
) -> None:
    check = await significant(hass)
    attributes = {"device_class": device_class, "unit_of_measurement": unit}
    assert check(hass, old, attributes, new, attributes) is worth


async def test_another_unit_is_another_value(hass: HomeAssistant, site: MockConfigEntry) -> None:
    check = await significant(hass)
    power = {"device_class": "power"}
    old, new = {**power, "unit_of_measurement": "W"}, {**power, "unit_of_measurement": "kW"}
    assert check(hass, "7", old, "7", new) is True
