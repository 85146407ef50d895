"""All entities of a running site keep the rules of entities, whatever table they come from."""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.ev_sessions as component
from custom_components.ev_sessions.const import DOMAIN
from tests.site.house import House, charger_data, circuit, site_entry, subentry

FOLDER = Path(component.__file__).parent
TEXTS: dict[str, Any] = json.loads((FOLDER / "translations" / "en.json").read_text(encoding="utf-8"))["entity"]
ICONS: dict[str, Any] = json.loads((FOLDER / "icons.json").read_text(encoding="utf-8"))["entity"]


@pytest.fixture
async def entries(hass: HomeAssistant, house: House, start_site: Any) -> list[er.RegistryEntry]:
    """Return all entities of a site whose chargers and circuits can together do all that there is."""
    house.state("sensor.car_battery", 50, {"unit_of_measurement": "%", "device_class": "battery"})
    house.state("select.wallbox_phases", "1", {"options": ["1", "3"]})
    phases = {"kind": "select", "entity_id": "select.wallbox_phases", "one": "1", "three": "3"}
    data = charger_data(evse={"soc": "sensor.car_battery", "phases": phases})
    station = {
        **charger_data(),
        "transport": "ocpp",
        "evses": [{"evse": 1}],
        "ocpp": {"identity": "CP1", "security_profile": 0},
    }
    dimmed = {"entity_id": "binary_sensor.dimmed", "unit": "kW", "value": 4.2, "dimming": "each", "factors": None}
    peak = {"interval_min": 15, "target_kw": 5.0, "mean_entity": None, "month_peak_entity": None}
    sunny: dict[str, Any] = {
        "kind": "plan",
        "price": "0.05",
        "vat_percent": None,
        "entity_id": "sensor.price",
        "windows": [],
    }
    entry: MockConfigEntry = site_entry(
        subentry("charger", "Garage", data, "garage"),
        subentry("charger", "Carport", station, "ocpp:CP1"),
        circuit(limit_kw=11.0, limit_entity=dimmed, peak=peak),
        subentry("payer", "ACME", {}, "acme"),
        subentry("capacity", "Peaks", {"scheme": {"per_kw": "4"}, "circuit": None, "target_kw": None}),
        tariff={**sunny, "sun_price": "0.08"},
        carbon_entity="sensor.intensity",
    )
    await start_site(entry)
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert len(found) > 40
    return found


def told(entries: list[er.RegistryEntry]) -> Iterator[tuple[str, str, er.RegistryEntry]]:
    """Yield each entity with its platform and the key of its texts."""
    for entry in entries:
        assert entry.translation_key is not None, entry.entity_id
        yield entry.domain, entry.translation_key, entry


async def test_every_entity_has_its_name_in_the_translations(entries: list[er.RegistryEntry]) -> None:
    assert all(entry.has_entity_name for entry in entries)
    assert [entry.entity_id for platform, key, entry in told(entries) if not TEXTS[platform][key]["name"]] == []


async def test_every_text_and_every_icon_has_its_entity(entries: list[er.RegistryEntry]) -> None:
    there = {(platform, key) for platform, key, _ in told(entries)}
    assert {(platform, key) for platform, keys in TEXTS.items() for key in keys} == there
    assert {(platform, key) for platform, keys in ICONS.items() for key in keys} <= there


async def test_every_entity_has_an_icon_or_a_device_class(entries: list[er.RegistryEntry]) -> None:
    bare = [
        entry.entity_id
        for platform, key, entry in told(entries)
        if entry.original_device_class is None and key not in ICONS.get(platform, {})
    ]
    assert bare == []


async def test_every_unique_id_begins_with_whose_it_is_and_ends_with_its_key(
    hass: HomeAssistant, entries: list[er.RegistryEntry]
) -> None:
    (site,) = hass.config_entries.async_entries(DOMAIN)
    chargers = {one.subentry_id for one in site.get_subentries_of_type("charger")}
    for _, key, entry in told(entries):
        owner = entry.config_subentry_id or entry.config_entry_id
        # Only chargers have EVSEs; EVSE 0 is the station as a whole.
        middles = ("_1_", "_0_") if entry.config_subentry_id in chargers else ("_",)
        assert entry.unique_id in {f"{owner}{middle}{key.removeprefix('site_')}" for middle in middles}, entry.entity_id


async def test_every_entity_belongs_to_a_device(hass: HomeAssistant, entries: list[er.RegistryEntry]) -> None:
    devices = dr.async_get(hass)
    for entry in entries:
        assert entry.device_id is not None
        device = devices.async_get(entry.device_id)
        assert device is not None
        assert any(domain == DOMAIN for domain, _ in device.identifiers)


async def test_what_is_set_is_configuration_and_what_few_need_is_disabled(entries: list[er.RegistryEntry]) -> None:
    for platform, key, entry in told(entries):
        if platform == "number":
            assert entry.entity_category is EntityCategory.CONFIG, key
        if platform == "sensor":
            assert entry.entity_category is not EntityCategory.CONFIG, key
    disabled = {key for _, key, entry in told(entries) if entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION}
    assert disabled >= {"alert_offline_after", "alert_overload_after"}


async def test_every_state_in_words_is_translated(hass: HomeAssistant, entries: list[er.RegistryEntry]) -> None:
    for platform, key, entry in told(entries):
        options = (entry.capabilities or {}).get("options")
        if options is not None:
            assert set(options) == set(TEXTS[platform][key]["state"]), key
        types = (entry.capabilities or {}).get("event_types")
        if types is not None:
            assert set(types) == set(TEXTS[platform][key]["state_attributes"]["event_type"]["state"]), key


#: What dashboards and automations rely on, by whose it is and platform: no other version than a major one changes it.
PROMISED = {
    "evse": {
        "sensor": "status power energy session_energy session_connected_time session_charging_time session_cost"
        " session_average_price session_start session_estimated_end last_session_energy last_session_cost"
        " last_session_connected_time last_session_charging_time last_session_end month_energy month_cost"
        " month_sessions allowed_current",
        "binary_sensor": "connected charging problem",
        "number": "max_current",
        "switch": "charging_allowed balancing",
        "event": "session_event",
        "calendar": "sessions",
    },
    "site": {
        "sensor": "headroom_l1 headroom_l2 headroom_l3 chargers_power balancing_state price month_energy month_cost",
        "switch": "balancing",
    },
}


async def test_entities_that_were_promised_are_there_by_their_unique_ids(
    hass: HomeAssistant, entries: list[er.RegistryEntry]
) -> None:
    (site,) = hass.config_entries.async_entries(DOMAIN)
    there = {(entry.domain, entry.unique_id) for entry in entries}
    chargers = [one.subentry_id for one in site.get_subentries_of_type("charger")]
    for platform, keys in PROMISED["evse"].items():
        for key in keys.split():
            missing = [one for one in chargers if (platform, f"{one}_1_{key}") not in there]
            assert missing == [], key
    for platform, keys in PROMISED["site"].items():
        assert [key for key in keys.split() if (platform, f"{site.entry_id}_{key}") not in there] == []
