"""A person tries what controls a charger before it is added."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
import pytest

from custom_components.ev_sessions.chargers.entities.trial import BindingTrial
from custom_components.ev_sessions.site.config.site import chargers_of

from .brands import Walk, electrical, peblar, site_entry
from .test_charger import GARAGE, to_entities


@pytest.fixture
def told(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A charger that obeys, and what it was told."""
    defaults = BindingTrial.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "answer_timeout_s", 0.2)
    calls: list[str] = []

    async def set_value(call: ServiceCall) -> None:
        calls.append(f"{call.data['value']:g}")
        state = hass.states.get("number.garage_charge_limit")
        assert state is not None
        hass.states.async_set(state.entity_id, str(call.data["value"]), state.attributes)

    async def turn(call: ServiceCall) -> None:
        calls.append(call.service)
        hass.states.async_set("switch.garage_charge", call.service.removeprefix("turn_"))

    hass.services.async_register("number", "set_value", set_value)
    hass.services.async_register("switch", "turn_on", turn)
    hass.services.async_register("switch", "turn_off", turn)
    return calls


async def to_trial(hass: HomeAssistant, walk: Walk) -> Any:
    entry = site_entry(hass)
    await to_entities(walk, entry, peblar(hass))
    await walk.fill(**GARAGE)
    shown = await walk.fill(**electrical(walk), try_controls=True)
    assert shown["step_id"] == "trial"
    return entry


async def tried(hass: HomeAssistant, walk: Walk, what: str) -> str:
    """Choose to try something, wait for its end, and return what is told."""
    shown = await walk.choose(what)
    assert (shown["type"], shown["progress_action"]) == ("progress", "trying")
    for _ in range(200):
        if (shown := await walk.resume(shown["flow_id"]))["type"] != "progress":
            break
        await asyncio.sleep(0.02)
    assert shown["step_id"] == "tried"
    return str(shown["description_placeholders"]["result"])


async def test_nothing_is_sent_until_the_person_says_so(hass: HomeAssistant, walk: Walk, told: list[str]) -> None:
    entry = await to_trial(hass, walk)
    assert walk.result["menu_options"] == ["try_limit", "try_enable", "go_on"]
    assert walk.result["description_placeholders"] == {"name": "Garage", "current": "6"}
    assert (await walk.choose("go_on"))["type"] == "create_entry"
    assert told == []
    assert len(chargers_of(entry)) == 1


async def test_limit_and_pause_are_tried_and_told_and_the_person_goes_on(
    hass: HomeAssistant, walk: Walk, told: list[str]
) -> None:
    await to_trial(hass, walk)
    assert await tried(hass, walk, "try_limit") == "6 A were set, and 6 A were read back. It works."
    assert told == ["6", "16"]
    assert await tried(hass, walk, "try_enable") == "The charge was stopped, and that was read back. It works."
    assert told[2:] == ["turn_off", "turn_on"]
    assert (await walk.choose("go_on"))["type"] == "create_entry"


async def test_failure_is_told_and_can_be_corrected(hass: HomeAssistant, walk: Walk, told: list[str]) -> None:
    await to_trial(hass, walk)
    hass.states.async_set("number.garage_charge_limit", "unavailable")
    text = await tried(hass, walk, "try_limit")
    assert text == "The command failed: number.garage_charge_limit: unreachable."
    shown = await walk.choose("controls")
    assert shown["step_id"] == "controls"
    await walk.fill(limit="none", enable="switch", phases="none")
    shown = await walk.fill(entity_id="switch.garage_charge", inverted=False)
    assert shown["step_id"] == "electrical"


async def test_person_who_walks_away_leaves_the_charger_as_it_was(
    hass: HomeAssistant, walk: Walk, told: list[str]
) -> None:
    state = hass.states.get("number.garage_charge_limit")
    assert state is None
    await to_trial(hass, walk)
    gate = asyncio.Event()

    async def slow(call: ServiceCall) -> None:
        told.append(f"{call.data['value']:g}")
        await gate.wait()

    hass.services.async_register("number", "set_value", slow)
    shown = await walk.choose("try_limit")
    await asyncio.sleep(0.05)
    hass.config_entries.subentries.async_abort(shown["flow_id"])
    gate.set()
    for _ in range(200):
        if told == ["6", "16"]:
            break
        await asyncio.sleep(0.02)
    assert told == ["6", "16"]
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_what_was_not_put_back_is_told(hass: HomeAssistant, walk: Walk, told: list[str]) -> None:
    await to_trial(hass, walk)
    hass.states.async_set("number.garage_charge_limit", "unknown", {"min": 6, "max": 20, "unit_of_measurement": "A"})
    text = await tried(hass, walk, "try_limit")
    assert text.endswith("What was there before is not known, so nothing was put back.")
