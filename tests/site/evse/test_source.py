"""By which names an EVSE knows again what it is read from."""

import json

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.ev_sessions.chargers.entities.mapping import EvseMapping
from custom_components.ev_sessions.site.evse.source import source_of
from custom_components.ev_sessions.site.ledger.settings import EvseSettings

MAPPING = EvseMapping(energy="sensor.wallbox_energy", session_energy="sensor.wallbox_status|session_kwh")


def register(hass: HomeAssistant, *names: str) -> None:
    for name in names:
        er.async_get(hass).async_get_or_create("sensor", "brand", f"wb1-{name}", suggested_object_id=f"wallbox_{name}")


async def test_meters_are_the_same_though_a_power_cut_took_the_registry_with_it(hass: HomeAssistant) -> None:
    register(hass, "energy", "status")
    before = source_of(hass, MAPPING)
    registry = er.async_get(hass)
    old = registry.async_get("sensor.wallbox_energy")
    for entity_id in ("sensor.wallbox_energy", "sensor.wallbox_status"):
        registry.async_remove(entity_id)
    registry.deleted_entities.clear()
    # Their integration may come after ours.
    assert source_of(hass, MAPPING, before) == before
    register(hass, "energy", "status")
    new = registry.async_get("sensor.wallbox_energy")
    assert old is not None
    assert new is not None
    assert new.id != old.id
    assert source_of(hass, MAPPING, before) == before


async def test_a_meter_that_is_renamed_is_the_same_and_another_is_not(hass: HomeAssistant) -> None:
    register(hass, "energy", "status", "other")
    before = source_of(hass, MAPPING)
    er.async_get(hass).async_update_entity("sensor.wallbox_energy", new_entity_id="sensor.garage_energy")
    renamed = EvseMapping(energy="sensor.garage_energy", session_energy=MAPPING.session_energy)
    assert source_of(hass, renamed, before) == before
    other = EvseMapping(energy="sensor.wallbox_other", session_energy=MAPPING.session_energy)
    assert source_of(hass, other, before).register != before.register
    assert source_of(hass, EvseMapping(), before).register is None


async def test_a_meter_that_no_registry_ever_knew_is_known_by_its_entity(hass: HomeAssistant) -> None:
    assert source_of(hass, MAPPING, source_of(hass, MAPPING)).register == "sensor.wallbox_energy"


async def test_a_meter_that_the_registry_does_not_know_is_not_the_one_of_another_name(hass: HomeAssistant) -> None:
    register(hass, "energy", "status")
    before = source_of(hass, MAPPING)
    template = EvseMapping(energy="sensor.template_energy", session_energy=MAPPING.session_energy)
    now = source_of(hass, template, before)
    assert now.register == "sensor.template_energy"
    assert now.counter == before.counter
    kept = EvseSettings(source=now).to_json()
    assert EvseSettings.from_json(json.loads(json.dumps(kept))).source == now
    assert source_of(hass, MAPPING, now) == before
