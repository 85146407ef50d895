"""What commands a charger is tried: what is sent, what is seen, and that all is put back."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ev_sessions.chargers.entities.bindings.parse import (
    enable_from_data,
    limit_from_data,
    phases_from_data,
)
from custom_components.ev_sessions.chargers.entities.control import ControlBinding
from custom_components.ev_sessions.chargers.entities.trial import BindingTrial, TrialOutcome, TrialReport
from tests.chargers.test_bindings import ACTION, Button, Garage, Number, Select, Switch, serve

PSM = {"kind": "select", "entity_id": "select.phases", "one": "1", "three": "3"}


class Car:
    """What the car draws: less as soon as it is told."""

    drawn_a: float | None = None


@pytest.fixture
async def garage(hass: HomeAssistant) -> Garage:
    made = Garage(hass)
    await made.has("number", Number("limit", "A", 16))
    await made.has("switch", Switch("enable", on=True))
    await made.has("select", Select("phases", "3", "1", "auto"))
    return made


@pytest.fixture
def car() -> Car:
    return Car()


@pytest.fixture
def told(hass: HomeAssistant) -> list[str]:
    calls: list[str] = []

    @callback
    def called(event: Any) -> None:
        data = event.data["service_data"]
        value = data.get("value", data.get("option", data.get("current", "")))
        calls.append(f"{event.data['service']} {value}".strip())

    hass.bus.async_listen("call_service", called)
    return calls


def trial(
    garage: Garage, car: Car, *, limit: Any = "number.limit", enable: Any = "switch.enable", phases: Any = None
) -> BindingTrial:
    binding = ControlBinding(
        limit=limit_from_data(limit),
        enable=enable_from_data(enable),
        phases=phases_from_data(phases),
        min_a=6.0,
        max_a=16.0,
        watts_per_a=690.0,
        timeout_s=0.3,
        phase_pause_s=0.0,
    )
    return BindingTrial(
        garage.hass, binding, name="Garage", drawn_a=lambda: car.drawn_a, answer_timeout_s=0.2, phases_rest_s=0.0
    )


# The limit


async def test_limit_is_set_to_the_least_read_back_and_put_back(garage: Garage, car: Car, told: list[str]) -> None:
    report = await trial(garage, car).async_try_limit()
    assert report == TrialReport(outcome=TrialOutcome.TAKEN, sent=6.0, seen=6.0)
    assert told == ["set_value 6.0", "set_value 16.0"]


async def test_limit_that_is_lower_now_is_left_alone(garage: Garage, car: Car, told: list[str]) -> None:
    garage.hass.states.async_set("number.limit", "0", {"min": 0, "max": 32, "unit_of_measurement": "A"})
    report = await trial(garage, car).async_try_limit()
    assert (report.outcome, report.seen, told) == (TrialOutcome.SKIPPED, 0.0, [])
    assert (await trial(garage, car, limit=None).async_try_limit()).outcome is TrialOutcome.SKIPPED


async def test_limit_that_shows_something_else_is_told_and_put_back(garage: Garage, car: Car, told: list[str]) -> None:
    garage.hass.states.async_set("sensor.shown", "16", {"unit_of_measurement": "A"})
    shown = {"kind": "number", "entity_id": "number.limit", "readback": "sensor.shown"}
    report = await trial(garage, car, limit=shown).async_try_limit()
    assert (report.outcome, report.seen, report.left) == (TrialOutcome.DIFFERS, 16.0, "")
    assert garage.shows("number.limit") == "16.0"
    garage.hass.states.async_set("sensor.shown", "unavailable")
    report = await trial(garage, car, limit=shown).async_try_limit()
    assert (report.outcome, report.left) == (TrialOutcome.UNSEEN, "unknown_before")


async def test_limit_that_comes_late_is_waited_for(garage: Garage, car: Car) -> None:
    garage.hass.states.async_set("sensor.shown", "16", {"unit_of_measurement": "A"})
    shown = {"kind": "number", "entity_id": "number.limit", "readback": "sensor.shown"}
    trying = asyncio.ensure_future(trial(garage, car, limit=shown).async_try_limit())
    await asyncio.sleep(0.05)
    garage.hass.states.async_set("sensor.shown", "6", {"unit_of_measurement": "A"})
    assert (await trying).outcome is TrialOutcome.TAKEN


async def test_limit_that_nothing_shows_is_seen_by_what_the_car_draws(
    garage: Garage, car: Car, told: list[str]
) -> None:
    async def set_current(call: Any) -> None:
        car.drawn_a = min(car.drawn_a or 0.0, call.data["current"])

    garage.hass.services.async_register("keba", "set_current", set_current)
    limit = {**ACTION, "data": {"current": "{limit_a}"}}
    report = await trial(garage, car, limit=limit).async_try_limit()
    assert (report.outcome, report.left) == (TrialOutcome.UNSEEN, "unknown_before")
    car.drawn_a = 15.8
    report = await trial(garage, car, limit=limit).async_try_limit()
    assert (report.outcome, report.seen) == (TrialOutcome.DRAWN, 6.0)
    assert told == ["set_current 6", "set_current 6"]


async def test_limit_that_fails_is_told_in_the_integration_s_own_words(garage: Garage, car: Car) -> None:
    serve(garage.hass, "number.set_value", [], HomeAssistantError("no rights on this installation"))
    report = await trial(garage, car).async_try_limit()
    assert report.outcome is TrialOutcome.FAILED
    assert report.reason == "number.limit: refused: no rights on this installation"
    garage.hass.states.async_set("number.limit", "unavailable")
    assert (await trial(garage, car).async_try_limit()).reason == "number.limit: unreachable"


async def test_limit_that_cannot_be_put_back_is_told(garage: Garage, car: Car) -> None:
    async def set_value(call: Any) -> None:
        garage.hass.states.async_set("number.limit", "6", {"min": 6, "max": 32, "unit_of_measurement": "A"})
        serve(garage.hass, "number.set_value", [], HomeAssistantError("too many commands"))

    garage.hass.services.async_register("number", "set_value", set_value)
    report = await trial(garage, car).async_try_limit()
    assert (report.outcome, report.left) == (TrialOutcome.TAKEN, "number.limit: refused: too many commands")


async def test_limit_that_somebody_lowers_meanwhile_is_not_raised(
    garage: Garage, car: Car, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = trial(garage, car)
    see = tried._async_see_limit

    async def see_and_lower(*args: Any) -> TrialReport:
        report = await see(*args)
        garage.hass.states.async_set("number.limit", "0", {"min": 0, "max": 32, "unit_of_measurement": "A"})
        return report

    monkeypatch.setattr(tried, "_async_see_limit", see_and_lower)
    assert (await tried.async_try_limit()).left == ""
    assert told == ["set_value 6.0"]


async def test_what_a_trial_writes_is_ours_to_the_control_that_runs(garage: Garage, car: Car) -> None:
    running = garage.control("number.limit", "switch.enable")
    changes = async_capture_events(garage.hass, "state_changed")
    await trial(garage, car).async_try_limit()
    await trial(garage, car, phases=PSM).async_try_phases()
    await garage.hass.async_block_till_done()
    assert len(changes) >= 4
    assert all(running.is_own(change.context) for change in changes)
    running.async_stop()


# The pause


async def test_charge_is_stopped_and_let_go_on(garage: Garage, car: Car, told: list[str]) -> None:
    assert await trial(garage, car).async_try_enable() == TrialReport(outcome=TrialOutcome.TAKEN, seen=0.0)
    assert told == ["turn_off", "turn_on"]


async def test_charge_that_is_stopped_is_not_begun(garage: Garage, car: Car, told: list[str]) -> None:
    garage.hass.states.async_set("switch.enable", "off")
    assert (await trial(garage, car).async_try_enable()).outcome is TrialOutcome.SKIPPED
    assert (await trial(garage, car, enable=None).async_try_enable()).outcome is TrialOutcome.SKIPPED
    assert told == []


async def test_buttons_are_seen_by_what_the_car_draws_and_begin_no_charge(garage: Garage, car: Car) -> None:
    pressed: list[str] = []
    await garage.has("button", Button("start", pressed), Button("stop", pressed))
    buttons = {"kind": "buttons", "on": "button.start", "off": "button.stop"}
    assert (await trial(garage, car, enable=buttons).async_try_enable()).outcome is TrialOutcome.UNSEEN
    assert pressed == ["stop"]
    car.drawn_a = 16.0
    pressed.clear()
    trying = asyncio.ensure_future(trial(garage, car, enable=buttons).async_try_enable())
    await asyncio.sleep(0.05)
    car.drawn_a = 0.1
    assert (await trying).outcome is TrialOutcome.DRAWN
    assert pressed == ["stop", "start"]


async def test_pause_that_does_nothing_or_fails_is_told(garage: Garage, car: Car) -> None:
    serve(garage.hass, "switch.turn_off", [])
    report = await trial(garage, car).async_try_enable()
    assert (report.outcome, report.seen) == (TrialOutcome.DIFFERS, 1.0)
    serve(garage.hass, "switch.turn_on", [], HomeAssistantError("gone"))
    assert (await trial(garage, car).async_try_enable()).left == "switch.enable: refused: gone"
    serve(garage.hass, "switch.turn_off", [], HomeAssistantError("busy"))
    report = await trial(garage, car).async_try_enable()
    assert (report.outcome, report.reason) == (TrialOutcome.FAILED, "switch.enable: refused: busy")


# The phases


async def test_one_phase_is_chosen_and_three_put_back(garage: Garage, car: Car, told: list[str]) -> None:
    report = await trial(garage, car, phases=PSM).async_try_phases()
    assert report == TrialReport(outcome=TrialOutcome.TAKEN, sent=1, seen=1)
    assert (garage.shows("select.phases"), garage.shows("switch.enable")) == ("3", "on")
    assert [call for call in told if call.startswith("select")] == ["select_option 1", "select_option 3"]


async def test_charger_on_one_phase_is_left_alone(garage: Garage, car: Car, told: list[str]) -> None:
    garage.hass.states.async_set("select.phases", "1", {"options": ["1", "3"]})
    report = await trial(garage, car, phases=PSM).async_try_phases()
    assert (report.outcome, report.seen, told) == (TrialOutcome.SKIPPED, 1, [])
    assert (await trial(garage, car).async_try_phases()).outcome is TrialOutcome.SKIPPED


async def test_phases_that_nothing_shows_are_not_raised_again_and_no_charge_begins(
    garage: Garage, car: Car, told: list[str]
) -> None:
    calls: list[Any] = []
    serve(garage.hass, "easee.set_phases", calls)
    action = {"kind": "action", "action": "easee.set_phases", "data": {"mode": "{phases}"}, "pause": False}
    buttons = {"kind": "buttons", "on": "button.start", "off": "button.stop"}
    report = await trial(garage, car, phases=action, enable=buttons).async_try_phases()
    assert (report.outcome, report.left, calls) == (TrialOutcome.UNSEEN, "unknown_before", [{"mode": 1}])
    assert "press" not in told


async def test_phases_that_fail_or_do_not_come_back_are_told(garage: Garage, car: Car) -> None:
    serve(garage.hass, "select.select_option", [])
    report = await trial(garage, car, phases=PSM).async_try_phases()
    assert (report.outcome, report.seen) == (TrialOutcome.DIFFERS, 3)

    async def once(call: Any) -> None:
        garage.hass.states.async_set("select.phases", "1", {"options": ["1", "3"]})
        serve(garage.hass, "select.select_option", [], HomeAssistantError("stuck"))

    garage.hass.services.async_register("select", "select_option", once)
    report = await trial(garage, car, phases=PSM).async_try_phases()
    assert (report.outcome, report.left) == (TrialOutcome.TAKEN, "select.phases: refused: stuck")
    garage.hass.states.async_set("select.phases", "3", {"options": ["1", "3"]})
    assert (await trial(garage, car, phases=PSM).async_try_phases()).reason == "select.phases: refused: stuck"
