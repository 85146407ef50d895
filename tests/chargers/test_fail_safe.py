"""A charger's own fail-safe: set at the start, kept awake by repeating the limit, looked after, and put back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ev_sessions.chargers.entities.bindings.parse import (
    enable_from_data,
    fail_safe_from_data,
    limit_from_data,
)
from custom_components.ev_sessions.chargers.entities.control import ControlBinding, EntityChargerControl

MODE = "binary_sensor.keba_failsafe_mode"
SET = {
    "action": "keba.set_failsafe",
    "data": {"failsafe_timeout": "{timeout_s}", "failsafe_fallback": "{fallback_a}", "failsafe_persist": 0},
    "timeout_s": 120,
}
SHOWN = {"timeout_shown": f"{MODE}|failsafe_timeout", "fallback_shown": f"{MODE}|fallback_current"}


@dataclass
class Keba:
    """A station that is commanded by actions and shows, in an attribute, what its fail-safe is."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    calls: list[tuple[object, ...]] = field(default_factory=list)
    obeys: bool = True
    control: EntityChargerControl | None = None

    def install(self) -> None:
        for service in ("set_current", "enable", "disable", "set_failsafe"):
            self.hass.services.async_register("keba", service, self._serve)
        self.shows(0, 0)

    def shows(self, timeout_s: float, fallback_a: float) -> None:
        attributes = {"failsafe_timeout": str(timeout_s), "fallback_current": str(fallback_a)}
        self.hass.states.async_set(MODE, "off", attributes)

    async def _serve(self, call: ServiceCall) -> None:
        self.calls.append((call.service, *call.data.values()))
        if call.service == "set_failsafe" and self.obeys:
            self.shows(call.data["failsafe_timeout"], call.data["failsafe_fallback"])

    def start(self, *, shown: bool = True) -> EntityChargerControl:
        limit = {"kind": "action", "action": "keba.set_current", "data": {"current": "{limit_a}"}, "min_a": 6}
        enable = {"kind": "action", "on": {"action": "keba.enable"}, "off": {"action": "keba.disable"}}
        binding = ControlBinding(
            limit=limit_from_data(limit),
            enable=enable_from_data(enable),
            fail_safe=fail_safe_from_data({**SET, **(SHOWN if shown else {})}),
            fallback_a=6.0,
            min_a=6.0,
            max_a=16.0,
            watts_per_a=690.0,
        )
        self.control = EntityChargerControl(self.hass, binding, name="Garage")
        self.control.async_start()
        return self.control

    async def later(self, seconds: float) -> None:
        await self.hass.async_block_till_done(wait_background_tasks=True)
        self.freezer.tick(timedelta(seconds=seconds))
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def keba(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Iterator[Keba]:
    made = Keba(hass, freezer)
    made.install()
    yield made
    if made.control is not None:
        made.control.async_stop()


async def test_fail_safe_is_set_at_the_start_and_known_once_the_charger_shows_it(keba: Keba) -> None:
    control = keba.start()
    assert control.falls_back_by_itself is None
    await keba.later(0)
    assert keba.calls == [("set_failsafe", 120, 6, 0)]
    assert control.lacks_fallback is False


async def test_charger_that_shows_nothing_is_believed_to_have_taken_it(keba: Keba) -> None:
    control = keba.start(shown=False)
    await keba.later(0)
    assert control.falls_back_by_itself is True
    assert keba.calls == [("set_failsafe", 120, 6, 0)]


async def test_limit_is_repeated_three_times_within_the_time_and_a_pause_is_left_alone(keba: Keba) -> None:
    control = keba.start(shown=False)
    await keba.later(0)
    await control.async_set_limit_a(10.0)
    keba.calls.clear()
    for _ in range(3):
        await keba.later(41)
    assert keba.calls == [("set_current", 10)] * 3
    await control.async_pause()
    keba.calls.clear()
    await keba.later(41)
    assert keba.calls == []
    control.async_stop()
    await control.async_resume()
    await keba.later(200)
    assert keba.calls == []


async def test_charger_that_does_not_take_it_counts_as_having_none_until_it_does(
    hass: HomeAssistant, keba: Keba, caplog: pytest.LogCaptureFixture
) -> None:
    keba.obeys = False
    control = keba.start()
    keeper = control._fail_safe
    assert keeper is not None
    await keba.later(0)
    keeper._set_s = hass.loop.time() - 40.0
    await keeper.async_keep()
    assert control.falls_back_by_itself is False
    assert control.lacks_fallback is True
    assert "Garage does not take its fail-safe: it shows 0 A after 0 s" in caplog.text
    # It was told once more, and now it listens.
    assert keba.calls == [("set_failsafe", 120, 6, 0)] * 2
    keba.shows(120, 6)
    keeper._set_s = hass.loop.time() - 40.0
    await keeper.async_keep()
    assert control.falls_back_by_itself is True
    assert len(keba.calls) == 2


async def test_it_is_told_again_now_and_then_as_a_power_cut_makes_the_charger_forget(
    hass: HomeAssistant, keba: Keba
) -> None:
    control = keba.start(shown=False)
    await keba.later(0)
    keeper = control._fail_safe
    assert keeper is not None
    keeper._set_s = hass.loop.time() - 901.0
    await keeper.async_keep()
    await keeper.async_keep()
    assert keba.calls == [("set_failsafe", 120, 6, 0)] * 2


async def test_action_that_is_not_there_is_told_once_and_tried_again(
    hass: HomeAssistant, keba: Keba, caplog: pytest.LogCaptureFixture
) -> None:
    hass.services.async_remove("keba", "set_failsafe")
    control = keba.start()
    for _ in range(3):
        await keba.later(41)
    assert control.lacks_fallback is True
    assert caplog.text.count("does not take its fail-safe") == 1
    await control.async_put_back()
    assert "could not be put back" in caplog.text


async def test_what_was_set_before_is_put_back_when_the_charger_is_given_up(keba: Keba) -> None:
    keba.shows(30, 10)
    control = keba.start()
    await keba.later(0)
    await control.async_fall_back(6.0)
    await control.async_put_back()
    assert keba.calls[-2:] == [("set_current", 6), ("set_failsafe", 30, 10, 0)]


async def test_fail_safe_of_our_own_making_is_switched_off_when_the_charger_is_given_up(keba: Keba) -> None:
    keba.shows(120, 6)  # as before a reload
    control = keba.start()
    await keba.later(0)
    await control.async_put_back()
    assert keba.calls[-1] == ("set_failsafe", 0, 0, 0)
