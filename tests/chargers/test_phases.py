"""One phase or three: what is sent and in which order, how often, and what a failure leaves behind."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.ev_sessions.chargers.control import ControlError, ControlFailure, Outcome
from custom_components.ev_sessions.chargers.entities import control as module
from custom_components.ev_sessions.core.balancing.evse.phase_guard import PhaseGuard
from tests.chargers.test_bindings import Garage, Number, Select, Switch, serve

PSM = {"kind": "select", "entity_id": "select.phases", "one": "1", "three": "3"}


@pytest.fixture
async def garage(hass: HomeAssistant) -> AsyncIterator[Garage]:
    made = Garage(hass)
    await made.has("number", Number("limit", "A", 16))
    await made.has("switch", Switch("enable", on=True), Switch("single", on=False))
    await made.has("select", Select("phases", "3", "1", "auto"))
    yield made
    for control in made.controls:
        control.async_stop()


@pytest.fixture
def told(hass: HomeAssistant) -> list[str]:
    """All that is called, in order."""
    calls: list[str] = []

    @callback
    def called(event: Any) -> None:
        data = event.data["service_data"]
        value = data.get("value", data.get("option", ""))
        calls.append(f"{event.data['service']} {value}".strip())

    hass.bus.async_listen("call_service", called)
    return calls


@pytest.fixture
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_BETWEEN_S", 0.0)
    monkeypatch.setattr(PhaseGuard, "wait_s", lambda self, now_s: 0.0)


async def test_charge_is_paused_while_the_phases_are_switched_and_goes_on(garage: Garage, told: list[str]) -> None:
    control = garage.control("number.limit", "switch.enable", PSM)
    assert control.can_switch_phases
    assert control.phases == 3
    await control.async_set_limit_a(10)
    assert await control.async_set_phases(1) is Outcome.DONE
    assert told == ["set_value 10.0", "turn_off", "select_option 1", "set_value 10.0", "turn_on"]
    assert control.phases == 1


async def test_car_has_stopped_before_the_contactor_moves(garage: Garage) -> None:
    control = garage.control("number.limit", "switch.enable", PSM, phase_pause_s=0.2)
    begin = asyncio.get_running_loop().time()
    await control.async_set_phases(1)
    assert asyncio.get_running_loop().time() - begin >= 0.19


@pytest.mark.parametrize(
    ("binding", "entity_id", "one", "three"),
    [
        ({"kind": "switch", "entity_id": "switch.single", "on_phases": 1}, "switch.single", "on", "off"),
        ({"kind": "switch", "entity_id": "switch.single"}, "switch.single", "off", "on"),
        ({"kind": "number", "entity_id": "number.limit"}, "number.limit", "1.0", "3.0"),
        ({"kind": "number", "entity_id": "number.limit", "one": 32, "three": 0}, "number.limit", "32.0", "0.0"),
        (PSM, "select.phases", "1", "3"),
    ],
)
async def test_phases_are_chosen_and_shown_in_every_way(
    garage: Garage, rested: None, binding: dict[str, Any], entity_id: str, one: str, three: str
) -> None:
    garage.hass.states.async_set("number.limit", "2", {"min": 0, "max": 40})

    async def set_value(call: Any) -> None:
        garage.hass.states.async_set("number.limit", str(float(call.data["value"])))

    garage.hass.services.async_register("number", "set_value", set_value)
    control = garage.control(None, "switch.enable", binding)
    for phases, text in ((1, one), (3, three), (1, one)):
        await control.async_set_phases(phases)
        assert (garage.shows(entity_id), control.phases) == (text, phases)
    garage.hass.states.async_set(entity_id, "unavailable")
    assert control.phases == 1  # what was set last


async def test_number_or_select_that_shows_neither_one_nor_three_says_nothing(garage: Garage) -> None:
    garage.hass.states.async_set("select.phases", "auto")
    assert garage.control(None, "switch.enable", PSM).phases is None
    count = {"kind": "number", "entity_id": "number.limit"}
    assert garage.control(None, "switch.enable", count).phases is None
    assert garage.control(None, "switch.enable").phases is None


async def test_action_without_a_word_back_is_known_by_what_was_set(garage: Garage, rested: None) -> None:
    calls: list[Any] = []
    serve(garage.hass, "easee.set_charger_phase_mode", calls)
    action = {"kind": "action", "action": "easee.set_charger_phase_mode", "data": {"phase_mode": "{phases}_phase"}}
    control = garage.control(None, "switch.enable", action)
    assert control.phases is None
    await control.async_set_phases(1)
    assert calls == [{"phase_mode": "1_phase"}]
    assert control.phases == 1
    await control.async_set_phases(1)
    assert len(calls) == 1


async def test_second_switch_within_a_minute_is_refused_with_the_time_that_is_left(
    garage: Garage, told: list[str]
) -> None:
    control = garage.control("number.limit", "switch.enable", PSM)
    await control.async_set_phases(1)
    told.clear()
    with pytest.raises(ControlError, match=r"too soon: again in (60|59) s") as caught:
        await control.async_set_phases(3)
    assert caught.value.failure is ControlFailure.TOO_SOON
    assert told == []
    assert await control.async_set_phases(1) is Outcome.DONE  # it is so already


async def test_charger_that_switches_under_load_is_not_paused(garage: Garage, told: list[str]) -> None:
    control = garage.control("number.limit", "switch.enable", {**PSM, "pause": False})
    await control.async_set_limit_a(10)
    told.clear()
    await control.async_set_phases(1)
    assert told == ["set_value 10.0", "select_option 1", "set_value 10.0"]


async def test_power_for_three_phases_never_flows_through_one(garage: Garage, told: list[str], rested: None) -> None:
    await garage.control("number.limit", "switch.enable").async_set_limit_a(6)
    garage.hass.states.async_set("number.limit", "11040", {"min": 1380, "max": 22080, "unit_of_measurement": "W"})

    async def set_value(call: Any) -> None:
        told.append(f"{call.data['value']:g} W on {garage.shows('select.phases')}")

    garage.hass.services.async_register("number", "set_value", set_value)
    control = garage.control("number.limit", "switch.enable", {**PSM, "pause": False})
    await control.async_set_limit_a(10)
    told.clear()
    await control.async_set_phases(1)
    assert [text for text in told if " W on " in text] == ["2300 W on 3", "2300 W on 1"]
    told.clear()
    await control.async_set_phases(3)
    assert [text for text in told if " W on " in text] == ["2300 W on 1", "6900 W on 3"]


async def test_person_s_own_off_stays_off_after_a_switch(garage: Garage, told: list[str]) -> None:
    garage.hass.states.async_set("switch.enable", "off")
    control = garage.control("number.limit", "switch.enable", PSM)
    await control.async_set_phases(1)
    assert "turn_on" not in told
    assert "turn_off" not in told


async def test_charge_that_we_paused_stays_paused(garage: Garage, told: list[str]) -> None:
    control = garage.control("number.limit", "switch.enable", PSM)
    await control.async_pause()
    await control.async_set_phases(1)
    assert told == ["turn_off", "select_option 1", "turn_off"]


async def test_charger_without_a_pause_is_not_switched(garage: Garage, told: list[str]) -> None:
    control = garage.control("number.limit", None, PSM)
    with pytest.raises(ControlError, match="its least is 6 A"):
        await control.async_set_phases(1)
    assert garage.shows("select.phases") == "3"
    # What was lowered for the switch is brought back.
    assert told == ["set_value 6.0", "set_value 16.0"]
    garage.hass.states.async_set("number.limit", "unknown", {"min": 0, "max": 32})
    with pytest.raises(ControlError, match="what it is set to is not known"):
        await garage.control("number.limit", None, PSM).async_set_phases(1)


async def test_failed_switch_leaves_the_car_charging_and_is_not_tried_again_by_itself(
    garage: Garage, told: list[str], rested: None
) -> None:
    calls: list[Any] = []
    serve(garage.hass, "select.select_option", calls, HomeAssistantError("busy"))
    control = garage.control("number.limit", "switch.enable", PSM)
    await control.async_set_limit_a(10)
    with pytest.raises(ControlError, match=r"select\.phases: refused: busy"):
        await control.async_set_phases(1)
    assert (garage.shows("switch.enable"), garage.shows("number.limit")) == ("on", "10.0")
    await control.async_set_limit_a(12)
    assert len(calls) == 1


async def test_charger_whose_phases_cannot_be_switched_says_so(garage: Garage) -> None:
    control = garage.control("number.limit", "switch.enable")
    assert not control.can_switch_phases
    with pytest.raises(ControlError, match="its phases cannot be switched"):
        await control.async_set_phases(1)


async def test_lower_limit_does_not_wait_for_a_switch_and_the_switch_is_still_made(
    garage: Garage, told: list[str]
) -> None:
    control = garage.control("number.limit", "switch.enable", PSM, phase_pause_s=0.3)
    await control.async_set_limit_a(16)
    switching = asyncio.ensure_future(control.async_set_phases(1))
    await asyncio.sleep(0.05)
    assert garage.shows("switch.enable") == "off"
    assert await control.async_set_limit_a(8) is Outcome.DONE
    assert await switching is Outcome.SUPERSEDED
    assert (garage.shows("select.phases"), garage.shows("number.limit"), garage.shows("switch.enable")) == (
        "1",
        "8.0",
        "on",
    )
    assert told.count("select_option 1") == 1


async def test_fallback_switches_no_phases(garage: Garage, told: list[str]) -> None:
    control = garage.control("number.limit", "switch.enable", PSM, phase_pause_s=5.0)
    await control.async_set_limit_a(16)
    switching = asyncio.ensure_future(control.async_set_phases(1))
    await asyncio.sleep(0.05)
    await control.async_fall_back(6.0)
    assert await switching is Outcome.SUPERSEDED
    assert (garage.shows("select.phases"), garage.shows("number.limit"), garage.shows("switch.enable")) == (
        "3",
        "6.0",
        "on",
    )
