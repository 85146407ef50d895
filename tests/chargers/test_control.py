"""Commands to a charger through real services: what is sent, in which order, and what happens when it fails."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import override

from homeassistant.components.number import NumberEntity
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import Context, HassJob, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import setup_test_component_platform

from custom_components.ev_sessions.chargers.control import ControlError, ControlFailure, Outcome
from custom_components.ev_sessions.chargers.entities.bindings.parse import (
    enable_from_data,
    limit_from_data,
    phases_from_data,
)
from custom_components.ev_sessions.chargers.entities.control import ControlBinding, EntityChargerControl

LIMIT, ENABLE = "number.limit", "switch.enable"


@dataclass
class Charger:
    """Services of a charger that write down what they were called with, and can fail."""

    hass: HomeAssistant
    calls: list[tuple[str, float | None]] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    #: What a service does: an error to raise, or an event to wait for.
    behaviour: dict[str, Exception | asyncio.Event] = field(default_factory=dict)
    controls: list[EntityChargerControl] = field(default_factory=list)

    def install(self) -> None:
        for domain, service in (("number", "set_value"), ("switch", "turn_on"), ("switch", "turn_off")):
            self.hass.services.async_register(domain, service, self._serve)

    async def _serve(self, call: ServiceCall) -> None:
        self.calls.append((call.service, call.data.get("value")))
        self.contexts.append(call.context)
        behaviour = self.behaviour.get(call.service)
        if isinstance(behaviour, Exception):
            raise behaviour
        if behaviour is not None:
            await behaviour.wait()

    def shows(self, entity_id: str, text: str = "16", **attributes: object) -> None:
        self.hass.states.async_set(entity_id, text, attributes)

    def control(self, **changes: object) -> EntityChargerControl:
        known: dict[str, object] = {
            "limit": LIMIT,
            "enable": ENABLE,
            "min_a": 6.0,
            "max_a": 16.0,
            "watts_per_a": 690.0,
            "timeout_s": 0.05,
        }
        known |= changes
        parsed = {
            "limit": limit_from_data(known.pop("limit")),  # type: ignore[arg-type]
            "enable": enable_from_data(known.pop("enable")),  # type: ignore[arg-type]
            "phases": phases_from_data(known.pop("phases", None)),  # type: ignore[arg-type]
        }
        binding = ControlBinding(**parsed, **known)  # type: ignore[arg-type]
        control = EntityChargerControl(self.hass, binding, name="Garage")
        control.async_start()
        self.controls.append(control)
        return control


@pytest.fixture
def charger(hass: HomeAssistant) -> Iterator[Charger]:
    made = Charger(hass)
    made.install()
    made.shows(LIMIT, min=6, max=16, step=1, unit_of_measurement="A")
    made.shows(ENABLE, "on")
    yield made
    for control in made.controls:
        control.async_stop()


async def failure(command: asyncio.Future[Outcome] | asyncio.Task[Outcome]) -> ControlFailure:
    with pytest.raises(ControlError) as caught:
        await command
    return caught.value.failure


def soon(coroutine: object) -> asyncio.Task[Outcome]:
    return asyncio.ensure_future(coroutine)  # type: ignore[call-overload, no-any-return]


# What is sent


async def test_a_limit_is_rounded_down_to_the_entity_s_step(charger: Charger) -> None:
    assert await charger.control().async_set_limit_a(13.9) is Outcome.DONE
    assert charger.calls == [("set_value", 13.0)]


async def test_a_limit_in_watts_is_never_more_than_was_asked(charger: Charger) -> None:
    charger.shows(LIMIT, min=1400, max=11000, step=100, unit_of_measurement="W")
    await charger.control().async_set_limit_a(9.5)
    assert charger.calls == [("set_value", 6500.0)]


async def test_a_limit_under_the_entity_s_least_is_a_pause_until_a_higher_one(charger: Charger) -> None:
    control = charger.control()
    await control.async_set_limit_a(5.9)
    assert charger.calls == [("turn_off", None)]
    await control.async_set_limit_a(8.0)
    assert charger.calls[1:] == [("set_value", 8.0), ("turn_on", None)]
    await control.async_set_limit_a(9.0)
    assert charger.calls[3:] == [("set_value", 9.0)]


async def test_a_limit_between_nothing_and_the_car_s_least_is_a_pause(charger: Charger) -> None:
    charger.shows(LIMIT, min=0, max=16, step=1)
    control = charger.control()
    assert await control.async_set_limit_a(3.0) is Outcome.DONE
    assert charger.calls == [("turn_off", None)]


async def test_a_person_s_own_off_is_left_alone_by_new_limits(charger: Charger) -> None:
    charger.shows(ENABLE, "off")
    await charger.control().async_set_limit_a(10.0)
    assert charger.calls == [("set_value", 10.0)]


async def test_a_resume_sets_the_limit_before_it_enables(charger: Charger) -> None:
    control = charger.control()
    await control.async_pause()
    await control.async_set_limit_a(10.0)
    assert charger.calls == [("turn_off", None), ("turn_off", None)]  # paused whatever the limit
    await control.async_resume()
    assert charger.calls[2:] == [("set_value", 10.0), ("turn_on", None)]
    await control.async_set_limit_a(11.0)
    assert charger.calls[4:] == [("set_value", 11.0)]


async def test_a_resume_without_any_limit_only_enables(charger: Charger) -> None:
    assert await charger.control().async_resume() is Outcome.DONE
    assert charger.calls == [("turn_on", None)]


async def test_a_number_that_goes_to_0_pauses_without_a_switch(charger: Charger) -> None:
    charger.shows(LIMIT, min=0, max=16, step=1)
    control = charger.control(enable=None)
    assert control.can_pause
    await control.async_pause()
    await control.async_set_limit_a(12.0)
    await control.async_resume()
    assert charger.calls == [("set_value", 0.0), ("set_value", 0.0), ("set_value", 12.0)]


async def test_a_number_alone_that_starts_at_6_says_that_it_cannot_pause_and_goes_low(charger: Charger) -> None:
    control = charger.control(enable=None)
    assert not control.can_pause
    assert await failure(soon(control.async_pause())) is ControlFailure.CANNOT_PAUSE
    assert charger.calls == [("set_value", 6.0)]


async def test_a_switch_alone_runs_only_where_all_of_its_current_is_allowed(charger: Charger) -> None:
    control = charger.control(limit=None)
    assert control.can_pause
    await control.async_set_limit_a(15.9)
    await control.async_set_limit_a(16.0)
    assert charger.calls == [("turn_off", None), ("turn_on", None)]


async def test_without_number_and_switch_there_is_no_pause(charger: Charger) -> None:
    control = charger.control(limit=None, enable=None)
    assert not control.can_pause
    assert await failure(soon(control.async_pause())) is ControlFailure.CANNOT_PAUSE
    assert charger.calls == []


async def test_a_number_that_is_gone_promises_no_pause(charger: Charger) -> None:
    charger.shows(LIMIT, "unavailable", min=0)
    assert not charger.control(enable=None).can_pause


# What fails


async def test_a_service_that_raises_becomes_one_typed_error_logged_once_until_it_recovers(
    charger: Charger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    control = charger.control()
    charger.behaviour["set_value"] = HomeAssistantError("the cloud is down")
    for _ in range(3):
        assert await failure(soon(control.async_set_limit_a(10.0))) is ControlFailure.REFUSED
    assert caplog.text.count("Garage does not take commands: number.limit: refused: the cloud is down") == 1
    charger.behaviour.clear()
    await control.async_set_limit_a(10.0)
    await control.async_set_limit_a(10.0)
    assert caplog.text.count("Garage takes commands again") == 1


@pytest.mark.parametrize("error", [ValueError(), KeyError("x"), asyncio.CancelledError(), TimeoutError()])
async def test_whatever_an_integration_raises_ends_in_our_error(charger: Charger, error: BaseException) -> None:
    control = charger.control()

    async def serve(call: ServiceCall) -> None:
        raise error

    charger.hass.services.async_register("number", "set_value", serve)
    assert await failure(soon(control.async_set_limit_a(10.0))) is ControlFailure.REFUSED


async def test_a_service_that_hangs_is_given_up(charger: Charger) -> None:
    control = charger.control()
    given_up = asyncio.Event()

    async def hang(call: ServiceCall) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            given_up.set()

    charger.hass.services.async_register("number", "set_value", hang)
    assert await failure(soon(control.async_set_limit_a(10.0))) is ControlFailure.TIMED_OUT
    async with asyncio.timeout(10):
        await given_up.wait()


async def test_a_service_that_will_not_be_cancelled_is_left_behind(charger: Charger) -> None:
    control = charger.control()
    done = asyncio.Event()

    async def stubborn(call: ServiceCall) -> None:
        while not done.is_set():
            try:
                await done.wait()
            except asyncio.CancelledError:
                continue

    charger.hass.services.async_register("number", "set_value", stubborn)
    assert await failure(soon(control.async_set_limit_a(10.0))) is ControlFailure.TIMED_OUT
    assert await control.async_pause() is Outcome.DONE
    done.set()


async def test_an_unavailable_entity_is_not_spoken_to(charger: Charger) -> None:
    # Home Assistant would pass it over and report success.
    charger.shows(LIMIT, "unavailable")
    control = charger.control()
    with pytest.raises(ControlError, match=r"number\.limit: unreachable") as caught:
        await control.async_set_limit_a(10.0)
    assert (caught.value.failure, caught.value.where) == (ControlFailure.UNREACHABLE, LIMIT)
    charger.hass.states.async_remove(LIMIT)
    assert await failure(soon(control.async_set_limit_a(10.0))) is ControlFailure.UNREACHABLE
    charger.shows(ENABLE, "unavailable")
    assert await failure(soon(control.async_pause())) is ControlFailure.UNREACHABLE
    assert charger.calls == []


async def test_an_evse_is_not_enabled_where_its_limit_could_not_be_set(charger: Charger) -> None:
    control = charger.control()
    await control.async_set_limit_a(0.0)
    charger.behaviour["set_value"] = ValueError()
    assert await failure(soon(control.async_set_limit_a(10.0))) is ControlFailure.REFUSED
    assert charger.calls == [("turn_off", None), ("set_value", 10.0)]
    charger.behaviour.clear()
    await control.async_set_limit_a(10.0)
    assert charger.calls[-1] == ("turn_on", None)


async def test_a_number_of_something_else_is_refused(charger: Charger) -> None:
    charger.shows(LIMIT, unit_of_measurement="%")
    with pytest.raises(ControlError, match="its unit % is no current or power"):
        await charger.control().async_set_limit_a(10.0)
    assert charger.calls == []


async def test_where_the_switch_fails_the_limit_goes_to_its_least(charger: Charger) -> None:
    charger.behaviour["turn_off"] = ValueError("stuck")
    assert await failure(soon(charger.control().async_pause())) is ControlFailure.REFUSED
    assert charger.calls == [("turn_off", None), ("set_value", 6.0)]


async def test_where_the_switch_fails_and_there_is_no_number_the_error_is_the_switch_s(charger: Charger) -> None:
    charger.behaviour["turn_off"] = ValueError("stuck")
    assert await failure(soon(charger.control(limit=None).async_pause())) is ControlFailure.REFUSED


# One after another, the newest first


async def test_of_the_commands_that_wait_only_the_newest_is_sent(charger: Charger) -> None:
    control = charger.control(timeout_s=5.0)
    gate = charger.behaviour["set_value"] = asyncio.Event()
    first = soon(control.async_set_limit_a(10.0))
    await asyncio.sleep(0.01)
    second = soon(control.async_set_limit_a(11.0))
    third = soon(control.async_set_limit_a(12.0))
    await asyncio.sleep(0.01)
    assert charger.calls == [("set_value", 10.0)]
    gate.set()
    assert [await first, await second, await third] == [Outcome.DONE, Outcome.SUPERSEDED, Outcome.DONE]
    assert charger.calls == [("set_value", 10.0), ("set_value", 12.0)]


async def test_a_lower_limit_does_not_wait_for_a_higher_one_that_hangs(charger: Charger) -> None:
    control = charger.control(timeout_s=60.0)
    charger.behaviour["set_value"] = asyncio.Event()
    up = soon(control.async_set_limit_a(16.0))
    await asyncio.sleep(0.01)
    charger.behaviour.clear()
    async with asyncio.timeout(10):
        assert await control.async_set_limit_a(6.0) is Outcome.DONE
        assert await up is Outcome.SUPERSEDED
    assert charger.calls == [("set_value", 16.0), ("set_value", 6.0)]


async def test_a_pause_does_not_wait_for_a_resume_that_hangs(charger: Charger) -> None:
    control = charger.control(timeout_s=60.0)
    charger.behaviour["turn_on"] = asyncio.Event()
    up = soon(control.async_resume())
    await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        assert await control.async_pause() is Outcome.DONE
        assert await up is Outcome.SUPERSEDED
    assert charger.calls == [("turn_on", None), ("turn_off", None)]


async def test_a_higher_limit_keeps_the_least_interval_and_a_lower_one_does_not(charger: Charger) -> None:
    control = charger.control(least_interval_s=0.2)
    loop = asyncio.get_running_loop()
    await control.async_set_limit_a(10.0)
    begin = loop.time()
    await control.async_set_limit_a(8.0)
    assert loop.time() - begin < 0.15
    await control.async_set_limit_a(9.0)
    assert loop.time() - begin >= 0.19
    assert [value for _, value in charger.calls] == [10.0, 8.0, 9.0]


async def test_a_lower_limit_is_never_behind_a_higher_one_that_waits_for_its_interval(charger: Charger) -> None:
    control = charger.control(least_interval_s=30.0)
    await control.async_set_limit_a(10.0)
    up = soon(control.async_set_limit_a(16.0))
    await asyncio.sleep(0.01)
    assert not up.done()
    async with asyncio.timeout(10):
        assert await control.async_set_limit_a(6.0) is Outcome.DONE
        assert await up is Outcome.SUPERSEDED
    assert [value for _, value in charger.calls] == [10.0, 6.0]


async def test_a_caller_that_goes_away_takes_no_command_with_it(charger: Charger) -> None:
    control = charger.control(timeout_s=5.0)
    gate = charger.behaviour["set_value"] = asyncio.Event()
    caller = soon(control.async_set_limit_a(10.0))
    await asyncio.sleep(0.01)
    waiting = soon(control.async_set_limit_a(12.0))
    await asyncio.sleep(0.01)
    for task in (caller, waiting):
        task.cancel()
    gate.set()
    await asyncio.sleep(0.01)
    assert [value for _, value in charger.calls] == [10.0, 12.0]


# Whose write it was


async def test_our_own_writes_can_be_told_from_a_person_s(charger: Charger) -> None:
    control = charger.control()
    await control.async_set_limit_a(10.0)
    ours = charger.contexts[0]
    assert control.is_own(ours)
    assert control.is_own(Context(parent_id=ours.id))  # an automation that our write set off
    assert not control.is_own(Context(user_id="somebody"))
    assert not control.is_own(None)


async def test_only_the_last_of_our_writes_are_remembered(charger: Charger) -> None:
    control = charger.control()
    for _ in range(65):
        await control.async_set_limit_a(10.0)
    assert not control.is_own(charger.contexts[0])
    assert control.is_own(charger.contexts[1])


# The end


async def test_a_stopped_control_sends_nothing_more(charger: Charger) -> None:
    control = charger.control(timeout_s=5.0)
    charger.behaviour["set_value"] = asyncio.Event()
    flying = soon(control.async_set_limit_a(10.0))
    await asyncio.sleep(0.01)
    waiting = soon(control.async_set_limit_a(12.0))
    await asyncio.sleep(0.01)
    control.async_stop()
    assert [await flying, await waiting] == [Outcome.SUPERSEDED] * 2
    assert await control.async_set_limit_a(16.0) is Outcome.SUPERSEDED
    await charger.hass.async_block_till_done()
    assert charger.calls == [("set_value", 10.0)]


async def test_at_shutdown_the_fallback_is_set_before_other_integrations_close(charger: Charger) -> None:
    control = charger.control(timeout_s=5.0, least_interval_s=30.0)
    await control.async_set_limit_a(16.0)
    charger.hass.async_add_shutdown_job(HassJob(control.async_fall_back), 6.0)
    hanging = asyncio.Event()
    charger.behaviour["set_value"] = hanging
    up = soon(control.async_set_limit_a(32.0))
    await asyncio.sleep(0.01)
    charger.behaviour.clear()
    await charger.hass.async_stop(force=True)
    assert await up is Outcome.SUPERSEDED
    assert charger.calls[-1] == ("set_value", 6.0)


async def test_a_fallback_of_0_pauses_and_one_above_lets_our_own_pause_go(charger: Charger) -> None:
    control = charger.control()
    await control.async_fall_back(0.0)
    assert charger.calls == [("turn_off", None)]
    other = charger.control()
    await other.async_set_limit_a(0.0)
    await other.async_fall_back(6.0)
    assert charger.calls[1:] == [("turn_off", None), ("set_value", 6.0), ("turn_on", None)]


async def test_a_charge_that_the_owner_stopped_stays_stopped_at_the_fallback(charger: Charger) -> None:
    control = charger.control()
    await control.async_pause()
    await control.async_fall_back(6.0)
    assert charger.calls == [("turn_off", None), ("turn_off", None)]


async def test_a_fallback_that_fails_says_so_and_stops_nobody(
    charger: Charger, caplog: pytest.LogCaptureFixture
) -> None:
    charger.shows(LIMIT, "unavailable")
    await charger.control().async_fall_back(6.0)
    assert "Garage could not be left at its fallback of 6.0 A: number.limit: unreachable" in caplog.text


# Real entities


class WallboxLimit(NumberEntity):
    _attr_unique_id = "wallbox_limit"
    _attr_name = "Limit"
    _attr_native_min_value = 6
    _attr_native_max_value = 16
    _attr_native_step = 1
    _attr_native_value = 16.0
    _attr_native_unit_of_measurement = UnitOfElectricCurrent.AMPERE
    _attr_should_poll = False

    @override
    async def async_set_native_value(self, value: float) -> None:
        self._attr_native_value = value
        self.async_write_ha_state()


async def test_a_real_number_entity_takes_the_limit_in_our_name_also_after_it_was_renamed(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    entity = WallboxLimit()
    setup_test_component_platform(hass, "number", [entity])
    assert await async_setup_component(hass, "number", {"number": {"platform": "test"}})
    await hass.async_block_till_done()
    binding = ControlBinding(
        limit=limit_from_data("number.limit"), enable=None, min_a=6.0, max_a=16.0, watts_per_a=690.0
    )
    control = EntityChargerControl(hass, binding, name="Garage")
    control.async_start()
    assert await control.async_set_limit_a(40.0) is Outcome.DONE
    assert await control.async_set_limit_a(9.7) is Outcome.DONE
    state = hass.states.get("number.limit")
    assert state is not None
    assert state.state == "9.0"
    assert control.is_own(state.context)

    entity_registry.async_update_entity("number.limit", new_entity_id="number.wallbox_current")
    await hass.async_block_till_done()
    assert await control.async_set_limit_a(12.0) is Outcome.DONE
    state = hass.states.get("number.wallbox_current")
    assert state is not None
    assert state.state == "12.0"
    await hass.services.async_call("number", "set_value", {"entity_id": state.entity_id, "value": 14}, blocking=True)
    state = hass.states.get("number.wallbox_current")
    assert state is not None
    assert not control.is_own(state.context)
    control.async_stop()
