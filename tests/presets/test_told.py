"""What a person is told of a known charger, and what the fields of the form can show of it."""

from dataclasses import replace

from homeassistant.core import HomeAssistant

from custom_components.ev_sessions.chargers.entities.known import async_known_charger
from custom_components.ev_sessions.flows.attributes import fields_of, with_attributes
from custom_components.ev_sessions.flows.known import async_told, charger_data
from tests.presets.devices import make


async def test_limit_that_is_kept_in_flash_is_told_and_marked(hass: HomeAssistant) -> None:
    device = make(hass, "peblar")
    known = await async_known_charger(hass, device.device_id)
    assert known is not None
    worn = replace(known, preset=replace(known.preset, flash_limit=True))
    assert "wears out" in (await async_told(hass, worn))["notes"]
    assert charger_data(worn)["flash_limit"] is True
    assert charger_data(known)["flash_limit"] is False


def test_what_no_field_can_show_is_left_to_what_was_found() -> None:
    assert fields_of("soc", "sensor.car|level") is None
    assert fields_of("status", ["sensor.a", "sensor.b|mode"]) is None
    assert fields_of("currents", ["sensor.a|i1", "sensor.b"]) is None
    assert fields_of("currents", ["sensor.a|i1", "sensor.a|i2", "sensor.b|i3"]) is None


def test_attribute_of_an_entity_that_is_not_chosen_is_passed_over() -> None:
    answers = {
        "status_attribute": "mode",
        "more_status": ["sensor.b"],
        "currents_attributes": ["i1"],
        "power": "sensor.p",
    }
    assert with_attributes(answers) == {"power": "sensor.p"}


def test_currents_of_several_entities_take_one_attribute_each() -> None:
    answers = {"currents": ["sensor.a", "sensor.b", "sensor.c"], "currents_attributes": ["i1", "i2"]}
    assert with_attributes(answers) == {"currents": ["sensor.a|i1", "sensor.b|i2", "sensor.c"]}
    shown = fields_of("currents", ["sensor.a|i1", "sensor.b|i2"])
    assert shown == {"currents": ["sensor.a", "sensor.b"], "currents_attributes": ["i1", "i2"]}
