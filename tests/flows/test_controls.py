"""A charger that is not controlled by a number and a switch: what the owner is asked, and what may be wrong."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.entities.bindings.action import ActionEnable, ActionLimit
from custom_components.ev_sessions.chargers.entities.bindings.buttons import ButtonsEnable
from custom_components.ev_sessions.chargers.entities.bindings.lock import LockEnable
from custom_components.ev_sessions.chargers.entities.bindings.number import NumberLimit, NumberPhases
from custom_components.ev_sessions.chargers.entities.bindings.select import SelectEnable, SelectLimit, SelectPhases
from custom_components.ev_sessions.chargers.entities.bindings.switch import SwitchEnable, SwitchPhases
from custom_components.ev_sessions.site.config.site import ChargerConfig, chargers_of

from .brands import Brand, Walk, electrical, site_entry, suggested

BASE = {"name": "Garage", "power": "sensor.odd_power", "review_words": False}
NO_CONTROL = {"limit": "none", "enable": "none", "phases": "none"}
CURRENT = {"action": "keba.set_current", "data": {"current": "{limit_a}"}}
ON = {"action": "keba.enable"}
OFF = {"action": "keba.disable", "target": {"entity_id": "sensor.odd_power"}}


@pytest.fixture
def odd(hass: HomeAssistant) -> Brand:
    brand = Brand(hass, "odd", "Odd")
    brand.add("sensor.odd_power", "0", device_class="power", unit_of_measurement="W")
    brand.add("sensor.odd_limit", "16", device_class="current", unit_of_measurement="A")
    brand.add("binary_sensor.odd_on", "on")
    brand.add("number.odd_share", "50", unit_of_measurement="%", min=0, max=100, step=1)
    brand.add("number.odd_watts", "3680", unit_of_measurement="W", min=1380, max=11040, step=10)
    brand.add("number.odd_volume", "5", unit_of_measurement="L")
    brand.add("number.odd_phases", "3", min=1, max=3, step=1)
    brand.add("select.odd_current", "6 A", options=["off", "6 A", "10 A", "auto"])
    brand.add("select.odd_mode", "eco", options=["eco", "fast", "stop"])
    brand.add("select.odd_psm", "3", options=["auto", "1", "3"])
    brand.add("switch.odd_pause", "off")
    brand.add("switch.odd_single", "off")
    brand.add("lock.odd", "unlocked")
    brand.add("button.odd_start", "unknown")
    brand.add("button.odd_stop", "unknown")
    for action in ("set_current", "enable", "disable", "set_phases"):
        hass.services.async_register("keba", action, lambda call: None)
    return brand


async def to_controls(walk: Walk, entry: Any, kinds: dict[str, Any], charger_id: str | None = None) -> Any:
    """Walk to the forms of what controls a charger."""
    await walk.subentry(entry, "charger", charger_id)
    await walk.fill()
    shown = await walk.fill(**BASE, other_controls=True)
    assert shown["step_id"] == "controls"
    return await walk.fill(**{**NO_CONTROL, **kinds})


async def made(walk: Walk, entry: Any, **changes: Any) -> ChargerConfig:
    """Fill in the rest, and return the charger."""
    assert walk.result["step_id"] == "electrical"
    result = await walk.fill(**{**electrical(walk), **changes})
    if result["type"] == "form":
        result = await walk.fill()
    assert result["type"] in {"create_entry", "abort"}
    (charger,) = chargers_of(entry)
    return charger


async def test_limit_in_percent_needs_to_know_what_all_of_it_is(hass: HomeAssistant, walk: Walk, odd: Brand) -> None:
    entry = site_entry(hass)
    shown = await to_controls(walk, entry, {"limit": "number", "enable": "lock"})
    assert shown["step_id"] == "limit"
    shown = await walk.fill(entity_id="number.odd_share")
    assert shown["errors"] == {"full_a": "percent_without_full"}
    shown = await walk.fill(entity_id="number.odd_share", full_a=16)
    assert shown["step_id"] == "enable"
    shown = await walk.fill(entity_id="lock.odd")
    filled = suggested(shown)
    assert (filled["min_a"], filled["max_a"], filled["step_a"]) == (6.0, 16.0, 0.16)
    (evse,) = (await made(walk, entry)).evses
    assert evse.limit == NumberLimit(entity_id="number.odd_share", full_a=16.0)
    assert evse.enable == LockEnable(entity_id="lock.odd")


async def test_limit_in_watts_may_be_the_plain_number(hass: HomeAssistant, walk: Walk, odd: Brand) -> None:
    entry = site_entry(hass)
    await walk.subentry(entry, "charger")
    await walk.fill()
    shown = await walk.fill(**BASE, limit="number.odd_watts", enable="switch.odd_pause")
    # What a power is in A is not known before the lines are.
    assert (suggested(shown)["min_a"], suggested(shown)["max_a"]) == (6.0, 16.0)
    (evse,) = (await made(walk, entry)).evses
    assert evse.limit == NumberLimit(entity_id="number.odd_watts")


async def test_options_of_a_limit_are_read_from_their_names_and_the_others_asked_for(
    hass: HomeAssistant, walk: Walk, odd: Brand
) -> None:
    entry = site_entry(hass)
    await to_controls(walk, entry, {"limit": "select"})
    shown = await walk.fill(entity_id="select.odd_current")
    assert shown["step_id"] == "limit_options"
    assert shown["description_placeholders"] == {"entity_id": "select.odd_current"}
    assert suggested(shown) == {"6 A": 6.0, "10 A": 10.0}
    assert (await walk.fill())["errors"] == {"base": "no_option_is_a_limit"}
    shown = await walk.fill(**{"off": 0, "6 A": 6, "10 A": 10})
    charger = await made(walk, entry)  # 0 A pauses: nothing is said against it
    assert charger.evses[0].limit == SelectLimit(
        entity_id="select.odd_current", options={"off": 0.0, "6 A": 6.0, "10 A": 10.0}
    )

    await to_controls(walk, entry, {"limit": "select"}, charger.id)
    shown = await walk.fill(**suggested(walk.result))
    assert suggested(shown) == {"off": 0.0, "6 A": 6.0, "10 A": 10.0}


async def test_select_is_asked_for_its_options_once_it_is_chosen(hass: HomeAssistant, walk: Walk, odd: Brand) -> None:
    entry = site_entry(hass)
    shown = await to_controls(walk, entry, {"enable": "select", "phases": "select"})
    assert shown["step_id"] == "enable"
    assert "on" not in shown["data_schema"].schema
    shown = await walk.fill(entity_id="select.odd_mode")
    assert not shown["errors"]
    (key,) = [key for key in shown["data_schema"].schema if str(key) == "on"]
    assert shown["data_schema"].schema[key].config["options"] == ["eco", "fast", "stop"]
    shown = await walk.fill(entity_id="select.odd_mode", on="fast", off="halt")
    assert shown["errors"] == {"off": "option_unknown"}
    shown = await walk.fill(entity_id="select.odd_mode", on="fast", off="fast")
    assert shown["errors"] == {"off": "twice_the_same"}
    shown = await walk.fill(entity_id="select.odd_mode", on="fast", off="stop", readback="binary_sensor.odd_on")
    assert shown["step_id"] == "phases"
    await walk.fill(entity_id="select.odd_psm")
    await walk.fill(entity_id="select.odd_psm", one="1", three="3", pause=False)
    charger = await made(walk, entry)
    enable = charger.evses[0].enable
    assert isinstance(enable, SelectEnable)
    assert (enable.on, enable.off, enable.shown_by) == ("fast", "stop", "binary_sensor.odd_on")
    assert charger.evses[0].phases == SelectPhases(entity_id="select.odd_psm", one="1", three="3", pauses=False)
    # Without a limit it takes all its current or nothing.
    assert charger.min_a == charger.max_a


async def test_actions_are_written_as_in_an_automation(hass: HomeAssistant, walk: Walk, odd: Brand) -> None:
    entry = site_entry(hass)
    shown = await to_controls(walk, entry, {"limit": "action", "enable": "action"})
    assert shown["description_placeholders"] == {"limit_a": "{limit_a}", "phases": "{phases}"}
    await walk.fill(action=CURRENT, min_a=6, max_a=20, step_a=1, readback="sensor.odd_limit")
    shown = await walk.fill(on=ON, off=OFF, readback="sensor.odd_limit", readback_attribute="enabled")
    assert suggested(shown)["max_a"] == 20
    (evse,) = (await made(walk, entry)).evses
    assert isinstance(evse.limit, ActionLimit)
    assert (evse.limit.template.action, evse.limit.template.data) == ("keba.set_current", CURRENT["data"])
    assert (evse.limit.min_a, evse.limit.max_a, evse.limit.shown_by) == (6.0, 20.0, "sensor.odd_limit")
    assert isinstance(evse.enable, ActionEnable)
    assert evse.enable.call(on=False).target == OFF["target"]
    assert evse.enable.readback is not None
    assert evse.enable.readback.attribute == "enabled"


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ({"data": {}}, "action_malformed"),
        ("keba.set_current", "action_malformed"),
        ({"action": "keba"}, "action_malformed"),
        ({"action": "keba.set_current", "data": "x"}, "action_malformed"),
        ({**CURRENT, "if": []}, "action_malformed"),
        ({**CURRENT, "action": "keba.no_such"}, "action_unknown"),
        ({**CURRENT, "data": {"current": 10}}, "no_limit_a_placeholder"),
        ({**CURRENT, "target": {"entity_id": "number.gone"}}, "entity_unknown"),
        ({**CURRENT, "target": {"entity_id": ["number.odd_share", "number.gone"]}}, "entity_unknown"),
    ],
)
async def test_action_that_cannot_be_is_refused(
    hass: HomeAssistant, walk: Walk, odd: Brand, action: Any, error: str
) -> None:
    entry = site_entry(hass)
    await to_controls(walk, entry, {"limit": "action"})
    shown = await walk.fill(action=action, step_a=1)
    assert shown["errors"] == {"action": error}
    assert suggested(shown)["action"] == action
    assert (await walk.fill(action=CURRENT, step_a=1))["step_id"] == "electrical"


@pytest.mark.parametrize(
    ("kinds", "answers", "errors"),
    [
        ({"limit": "number"}, {"entity_id": "number.gone"}, {"entity_id": "entity_unknown"}),
        ({"limit": "number"}, {"entity_id": "number.odd_volume"}, {"entity_id": "limit_not_in_amperes"}),
        ({"limit": "action"}, {"action": CURRENT, "step_a": 1, "min_a": 9, "max_a": 8}, {"min_a": "min_above_max"}),
        ({"enable": "lock"}, {"entity_id": "lock.gone"}, {"entity_id": "entity_unknown"}),
        ({"enable": "buttons"}, {"on": "button.odd_start", "off": "button.gone"}, {"off": "entity_unknown"}),
        ({"enable": "buttons"}, {"on": "button.odd_start", "off": "button.odd_start"}, {"off": "twice_the_same"}),
        ({"enable": "action"}, {"on": ON, "off": ON}, {"off": "twice_the_same"}),
        ({"enable": "action"}, {"on": ON, "off": {"action": "keba.stop"}}, {"off": "action_unknown"}),
        (
            {"enable": "lock"},
            {"entity_id": "lock.odd", "readback_attribute": "x"},
            {"readback_attribute": "attribute_of_nothing"},
        ),
        ({"enable": "lock"}, {"entity_id": "lock.odd", "readback": "sensor.gone"}, {"readback": "entity_unknown"}),
        ({"phases": "number"}, {"entity_id": "number.odd_phases", "one": 1, "three": 1}, {"three": "twice_the_same"}),
        ({"phases": "action"}, {"action": ON}, {"action": "no_phases_placeholder"}),
    ],
)
async def test_what_cannot_control_is_refused(
    hass: HomeAssistant,
    walk: Walk,
    odd: Brand,
    kinds: dict[str, str],
    answers: dict[str, Any],
    errors: dict[str, str],
) -> None:
    entry = site_entry(hass)
    await to_controls(walk, entry, kinds)
    assert (await walk.fill(**answers))["errors"] == errors


EVERY_KIND: list[tuple[dict[str, str], list[dict[str, Any]], Any]] = [
    (
        {"limit": "number"},
        [{"entity_id": "number.odd_watts", "unit": "W", "readback": "sensor.odd_limit"}],
        NumberLimit,
    ),
    ({"limit": "select"}, [{"entity_id": "select.odd_current"}, {"6 A": 6.0}], SelectLimit),
    ({"limit": "action"}, [{"action": CURRENT, "step_a": 0.5, "min_a": 0.0}], ActionLimit),
    ({"enable": "switch"}, [{"entity_id": "switch.odd_pause", "inverted": True}], SwitchEnable),
    ({"enable": "switch"}, [{"entity_id": "switch.odd_pause", "inverted": False}], SwitchEnable),
    (
        {"enable": "select"},
        [{"entity_id": "select.odd_mode"}, {"entity_id": "select.odd_mode", "on": "eco", "off": "stop"}],
        SelectEnable,
    ),
    ({"enable": "buttons"}, [{"on": "button.odd_start", "off": "button.odd_stop"}], ButtonsEnable),
    (
        {"enable": "lock"},
        [{"entity_id": "lock.odd", "readback": "sensor.odd_limit", "readback_attribute": "enabled"}],
        LockEnable,
    ),
    ({"enable": "action"}, [{"on": ON, "off": OFF}], ActionEnable),
    ({"phases": "switch"}, [{"entity_id": "switch.odd_single", "on_phases": "1", "pause": True}], SwitchPhases),
    ({"phases": "number"}, [{"entity_id": "number.odd_phases", "one": 32, "three": 0, "pause": True}], NumberPhases),
]


@pytest.mark.parametrize(("kinds", "forms", "kind"), EVERY_KIND)
async def test_what_was_answered_is_filled_in_when_it_is_changed(
    hass: HomeAssistant, walk: Walk, odd: Brand, kinds: dict[str, str], forms: list[dict[str, Any]], kind: type
) -> None:
    entry = site_entry(hass)
    (part,) = kinds
    await to_controls(walk, entry, {**kinds, "least_interval_s": 30})
    for answers in forms:
        await walk.fill(**answers)
    before = await made(walk, entry)
    binding = getattr(before.evses[0], part)
    assert isinstance(binding, kind)
    assert before.least_interval_s == 30

    await walk.subentry(entry, "charger", before.id)
    await walk.fill()
    shown = await walk.fill(**suggested(walk.result), other_controls=True)
    assert suggested(shown) == {**NO_CONTROL, **kinds, "least_interval_s": 30, "flash_limit": False}
    shown = await walk.fill(**suggested(shown))
    # Where options come with their entity, both are filled in at once.
    assert suggested(shown) == (forms[-1] if part != "limit" else forms[0])
    while walk.result["step_id"] != "electrical":
        await walk.fill(**suggested(walk.result))
    assert (await made(walk, entry)).evses == before.evses


async def test_what_was_chosen_stays_where_nobody_looks_at_it_again(
    hass: HomeAssistant, walk: Walk, odd: Brand
) -> None:
    entry = site_entry(hass)
    await to_controls(walk, entry, {"enable": "lock", "phases": "switch", "least_interval_s": 20})
    await walk.fill(entity_id="lock.odd")
    await walk.fill(entity_id="switch.odd_single", on_phases="1", pause=True)
    before = await made(walk, entry)
    await walk.subentry(entry, "charger", before.id)
    await walk.fill()
    await walk.fill(**suggested(walk.result))
    after = await made(walk, entry)
    assert (after.evses, after.least_interval_s) == (before.evses, 20)


async def test_entity_that_commands_another_charger_is_refused(hass: HomeAssistant, walk: Walk, odd: Brand) -> None:
    entry = site_entry(hass)
    await to_controls(walk, entry, {"enable": "lock"})
    await walk.fill(entity_id="lock.odd")
    await made(walk, entry)
    await walk.subentry(entry, "charger")
    await walk.fill()
    odd.add("sensor.other_power", "0", device_class="power", unit_of_measurement="W")
    await walk.fill(name="Yard", power="sensor.other_power", other_controls=True)
    await walk.fill(**{**NO_CONTROL, "enable": "lock"})
    assert (await walk.fill(entity_id="lock.odd"))["errors"] == {"base": "entity_used"}


async def test_limit_in_flash_is_said_not_to_be_used(hass: HomeAssistant, walk: Walk, odd: Brand) -> None:
    entry = site_entry(hass)
    await to_controls(walk, entry, {"limit": "number", "enable": "lock", "flash_limit": True})
    await walk.fill(entity_id="number.odd_watts")
    await walk.fill(entity_id="lock.odd")
    shown = await walk.fill(**electrical(walk))
    assert shown["step_id"] == "flash_limit"
    assert shown["description_placeholders"] == {"name": "Garage"}
    assert (await walk.fill())["type"] == "create_entry"
    (charger,) = chargers_of(entry)
    assert charger.flash_limit
    assert charger.min_a == charger.max_a


async def test_charger_with_nothing_but_a_limit_in_flash_is_not_controlled(
    hass: HomeAssistant, walk: Walk, odd: Brand
) -> None:
    entry = site_entry(hass)
    await to_controls(walk, entry, {"limit": "number", "flash_limit": True})
    shown = await walk.fill(entity_id="number.odd_watts")
    assert "controllable" not in suggested(shown)
    assert (await walk.fill(**electrical(walk)))["step_id"] == "flash_limit"
    await walk.fill()
    (charger,) = chargers_of(entry)
    assert not charger.controllable
