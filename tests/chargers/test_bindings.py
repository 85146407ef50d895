"""What commands a charger, kind by kind, through real entities: what is called, what is read back, what is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, override

from homeassistant.components.button import ButtonEntity
from homeassistant.components.lock import LockEntity
from homeassistant.components.number import NumberEntity
from homeassistant.components.select import SelectEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant, ServiceCall, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import setup_test_component_platform

from custom_components.ev_sessions.chargers.control import ControlError, ControlFailure
from custom_components.ev_sessions.chargers.entities.bindings.action import ActionLimit, ActionTemplate
from custom_components.ev_sessions.chargers.entities.bindings.binding import LimitBinding, Scene
from custom_components.ev_sessions.chargers.entities.bindings.parse import (
    enable_from_data,
    limit_from_data,
    phases_from_data,
)
from custom_components.ev_sessions.chargers.entities.control import ControlBinding, EntityChargerControl


class Number(NumberEntity):
    _attr_should_poll = False

    def __init__(self, name: str, unit: str | None, value: float, **bounds: float) -> None:
        self._attr_name = self._attr_unique_id = name
        self._attr_native_unit_of_measurement = unit
        self._attr_native_value = value
        self._attr_native_min_value = bounds.get("least", 6.0)
        self._attr_native_max_value = bounds.get("greatest", 32.0)
        self._attr_native_step = bounds.get("step", 1.0)

    @override
    async def async_set_native_value(self, value: float) -> None:
        self._attr_native_value = value
        self.async_write_ha_state()


class Select(SelectEntity):
    _attr_should_poll = False

    def __init__(self, name: str, *options: str) -> None:
        self._attr_name = self._attr_unique_id = name
        self._attr_options = list(options)
        self._attr_current_option = options[0]

    @override
    async def async_select_option(self, option: str) -> None:
        self._attr_current_option = option
        self.async_write_ha_state()


class Switch(SwitchEntity):
    _attr_should_poll = False

    def __init__(self, name: str, *, on: bool) -> None:
        self._attr_name = self._attr_unique_id = name
        self._attr_is_on = on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        self._attr_is_on = True
        self.async_write_ha_state()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        self._attr_is_on = False
        self.async_write_ha_state()


class Button(ButtonEntity):
    _attr_should_poll = False

    def __init__(self, name: str, pressed: list[str]) -> None:
        self._attr_name = self._attr_unique_id = name
        self._pressed = pressed

    @override
    async def async_press(self) -> None:
        self._pressed.append(str(self.name))


class Lock(LockEntity):
    _attr_should_poll = False

    def __init__(self, name: str) -> None:
        self._attr_name = self._attr_unique_id = name
        self._attr_is_locked = False

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        self._attr_is_locked = True
        self.async_write_ha_state()

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        self._attr_is_locked = False
        self.async_write_ha_state()


@dataclass
class Garage:
    """Real entities of some domains, and a control over bindings to them."""

    hass: HomeAssistant
    controls: list[EntityChargerControl] = field(default_factory=list)

    async def has(self, domain: str, *entities: Entity) -> None:
        setup_test_component_platform(self.hass, domain, list(entities))
        assert await async_setup_component(self.hass, domain, {domain: {"platform": "test"}})
        await self.hass.async_block_till_done()

    def control(
        self,
        limit: str | Mapping[str, Any] | None = None,
        enable: str | Mapping[str, Any] | None = None,
        phases: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> EntityChargerControl:
        binding = ControlBinding(
            limit=limit_from_data(limit),
            enable=enable_from_data(enable),
            phases=phases_from_data(phases),
            **{"min_a": 6.0, "max_a": 16.0, "watts_per_a": 690.0, "one_phase_watts_per_a": 230.0}
            | {"timeout_s": 0.5, "phase_pause_s": 0.0}
            | changes,
        )
        control = EntityChargerControl(self.hass, binding, name="Garage")
        control.async_start()
        self.controls.append(control)
        return control

    def shows(self, entity_id: str) -> str:
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state.state

    def scene(self, watts_per_a: float = 690.0) -> Scene:
        return Scene(state_of=self.hass.states.get, watts_per_a=watts_per_a)


@pytest.fixture
async def garage(hass: HomeAssistant) -> Any:
    made = Garage(hass)
    yield made
    for control in made.controls:
        control.async_stop()


# Limits


@pytest.mark.parametrize(
    ("unit", "bounds", "binding", "shown"),
    [
        ("A", {}, {}, "13.0"),
        ("W", {"least": 1380, "greatest": 11040, "step": 10}, {}, "9310.0"),
        ("kW", {"least": 1.4, "greatest": 11.0, "step": 0.1}, {}, "9.3"),
        ("%", {"least": 0, "greatest": 100}, {"full_a": 16}, "84.0"),
        (None, {"least": 0, "greatest": 100}, {"unit": "%", "full_a": 32}, "42.0"),
        (None, {"least": 6000, "greatest": 32000, "step": 100}, {"unit": "mA"}, "13500.0"),
    ],
)
async def test_a_number_of_any_unit_takes_a_limit_and_shows_it(
    garage: Garage, unit: str | None, bounds: dict[str, float], binding: dict[str, Any], shown: str
) -> None:
    await garage.has("number", Number("limit", unit, bounds.get("least", 6), **bounds))
    data = {"kind": "number", "entity_id": "number.limit", **binding}
    await garage.control(data).async_set_limit_a(13.5)
    assert garage.shows("number.limit") == shown
    read_a = limit_from_data(data).read_a(garage.scene())  # type: ignore[union-attr]
    assert read_a == pytest.approx(13.5, abs=0.5)
    assert read_a <= 13.5


async def test_a_percentage_of_nothing_known_is_refused(garage: Garage) -> None:
    await garage.has("number", Number("limit", "%", 50, least=0, greatest=100))
    with pytest.raises(ControlError, match=r"number\.limit: refused: its unit % is no current or power"):
        await garage.control("number.limit").async_set_limit_a(10)
    assert garage.shows("number.limit") == "50"


CURRENTS = {"kind": "select", "entity_id": "select.current", "options": {"6 A": 6, "10 A": 10, "16 A": 16, "Off": 0}}


async def test_a_select_takes_the_greatest_option_that_allows_no_more(garage: Garage) -> None:
    await garage.has("select", Select("current", "Off", "6 A", "10 A", "16 A"))
    control = garage.control(CURRENTS)
    assert control.can_pause
    await control.async_set_limit_a(15.9)
    assert garage.shows("select.current") == "10 A"
    await control.async_set_limit_a(5.0)
    assert garage.shows("select.current") == "Off"
    assert limit_from_data(CURRENTS).read_a(garage.scene()) == 0.0  # type: ignore[union-attr]


async def test_a_select_s_option_that_is_not_offered_now_is_not_chosen(garage: Garage) -> None:
    await garage.has("select", Select("current", "6 A", "16 A"))
    control = garage.control(CURRENTS)
    assert not control.can_pause
    await control.async_set_limit_a(10.0)
    assert garage.shows("select.current") == "6 A"
    with pytest.raises(ControlError, match="its least is 6 A"):
        await control.async_pause()


async def test_a_select_without_any_known_option_is_refused(garage: Garage) -> None:
    await garage.has("select", Select("current", "low", "high"))
    with pytest.raises(ControlError, match="none of its options is a known limit"):
        await garage.control(CURRENTS).async_set_limit_a(10.0)
    assert limit_from_data(CURRENTS).read_a(garage.scene()) is None  # type: ignore[union-attr]


ACTION = {
    "kind": "action",
    "action": "keba.set_current",
    "data": {
        "current": "{limit_a}",
        "text": "{limit_a} A on {phases}",
        "deep": [{"n": "{phases}"}],
        "json": '{"a": 1}',
    },
    "min_a": 6,
    "max_a": 32,
}


def serve(hass: HomeAssistant, action: str, calls: list[Any], error: Exception | None = None) -> None:
    async def handle(call: ServiceCall) -> None:
        calls.append(dict(call.data))
        if error is not None:
            raise error

    domain, _, service = action.partition(".")
    hass.services.async_register(domain, service, handle)


async def test_an_action_is_called_with_the_limit_and_the_phases_filled_in(garage: Garage) -> None:
    calls: list[Any] = []
    serve(garage.hass, "keba.set_current", calls)
    await garage.control(ACTION).async_set_limit_a(13.9)
    (data,) = calls
    assert data == {"current": 13, "text": "13 A on 3", "deep": [{"n": 3}], "json": '{"a": 1}'}
    assert isinstance(data["current"], int)
    # It shows nothing of what came of it.
    assert limit_from_data(ACTION).read_a(garage.scene()) is None  # type: ignore[union-attr]


async def test_an_action_s_own_steps_are_kept(garage: Garage) -> None:
    calls: list[Any] = []
    serve(garage.hass, "keba.set_current", calls)
    control = garage.control({**ACTION, "step_a": 0.5, "max_a": 13.5, "data": {"current": "{limit_a}"}})
    await control.async_set_limit_a(12.9)
    await control.async_set_limit_a(16.0)
    assert calls == [{"current": 12.5}, {"current": 13.5}]
    unbounded = {key: value for key, value in ACTION.items() if key not in {"min_a", "max_a"}}
    await garage.control({**unbounded, "step_a": 0}).async_set_limit_a(float("inf"))
    assert calls[-1]["current"] == 1_000_000


async def test_an_action_s_effect_is_read_where_it_is_told_to(garage: Garage) -> None:
    state_of = garage.hass.states.async_set
    state_of("sensor.limit", "9.5", {"unit_of_measurement": "A", "max": "11", "odd": "x"})
    scene = garage.scene()

    def read(readback: str) -> float | None:
        return limit_from_data({**ACTION, "readback": readback}).read_a(scene)  # type: ignore[union-attr]

    assert read("sensor.limit") == 9.5
    assert read("sensor.limit|max") == 11.0
    assert read("sensor.limit|odd") is None
    assert read("sensor.limit|gone") is None
    assert read("sensor.gone") is None
    state_of("sensor.limit", "9.5", {"unit_of_measurement": "V"})
    assert read("sensor.limit") is None


async def test_an_action_that_is_not_there_or_raises_is_told_by_its_name(garage: Garage) -> None:
    control = garage.control(ACTION)
    with pytest.raises(ControlError, match=r"keba\.set_current: unreachable: there is no such action now"):
        await control.async_set_limit_a(10)
    serve(garage.hass, "keba.set_current", [], HomeAssistantError("no answer from the wallbox"))
    with pytest.raises(ControlError, match=r"keba\.set_current: refused: no answer from the wallbox"):
        await control.async_set_limit_a(10)


async def test_an_action_on_an_entity_follows_it_and_is_not_called_while_it_is_away(
    garage: Garage, entity_registry: er.EntityRegistry
) -> None:
    await garage.has("number", Number("limit", "A", 6))
    calls: list[Any] = []
    serve(garage.hass, "garo.set_current_limit", calls)
    data = {"kind": "action", "action": "garo.set_current_limit", "data": {"limit": "{limit_a}"}}
    control = garage.control({**data, "target": {"entity_id": "number.limit"}})
    inside = garage.control({**data, "data": {"limit": "{limit_a}", "entity_id": ["number.limit"]}})
    entity_registry.async_update_entity("number.limit", new_entity_id="number.wallbox")
    await garage.hass.async_block_till_done()
    await control.async_set_limit_a(10)
    await inside.async_set_limit_a(10)
    assert calls == [
        {"limit": 10, "entity_id": "number.wallbox"},
        {"limit": 10, "entity_id": ["number.wallbox"]},
    ]
    garage.hass.states.async_set("number.wallbox", "unavailable")
    with pytest.raises(ControlError, match=r"number\.wallbox: unreachable"):
        await control.async_set_limit_a(12)
    assert len(calls) == 2


# To let and to stop


async def test_an_inverted_switch_is_on_while_the_car_is_held(garage: Garage) -> None:
    await garage.has("switch", Switch("paused", on=False))
    data = {"kind": "switch", "entity_id": "switch.paused", "inverted": True}
    control, enable = garage.control(None, data), enable_from_data(data)
    assert enable is not None
    await control.async_pause()
    assert (garage.shows("switch.paused"), enable.read(garage.scene())) == ("on", False)
    await control.async_resume()
    assert (garage.shows("switch.paused"), enable.read(garage.scene())) == ("off", True)
    garage.hass.states.async_set("switch.paused", "unavailable")
    assert enable.read(garage.scene()) is None


async def test_a_select_lets_and_stops_and_says_nothing_of_what_else_it_shows(garage: Garage) -> None:
    await garage.has("select", Select("mode", "eco", "fast", "stopped"))
    data = {"kind": "select", "entity_id": "select.mode", "on": "fast", "off": "stopped"}
    control, enable = garage.control(None, data), enable_from_data(data)
    assert enable is not None
    assert enable.read(garage.scene()) is None
    await control.async_set_limit_a(16)
    assert garage.shows("select.mode") == "eco"  # a person's own choice is left alone
    await control.async_pause()
    assert (garage.shows("select.mode"), enable.read(garage.scene())) == ("stopped", False)
    await control.async_resume()
    assert (garage.shows("select.mode"), enable.read(garage.scene())) == ("fast", True)


async def test_two_buttons_are_pressed_and_show_nothing_but_by_a_readback(garage: Garage) -> None:
    pressed: list[str] = []
    await garage.has("button", Button("start", pressed), Button("stop", pressed))
    data = {"kind": "buttons", "on": "button.start", "off": "button.stop"}
    control = garage.control(None, data)
    await control.async_pause()
    await control.async_resume()
    assert pressed == ["stop", "start"]
    enable, shown = enable_from_data(data), enable_from_data({**data, "readback": "binary_sensor.on"})
    assert enable is not None
    assert shown is not None
    assert (enable.read(garage.scene()), enable.shown_by) == (None, None)
    for text, meant in (("on", True), ("off", False), ("unavailable", None)):
        garage.hass.states.async_set("binary_sensor.on", text)
        assert shown.read(garage.scene()) is meant
    assert shown.shown_by == "binary_sensor.on"
    assert shown.entity_ids == ("button.start", "button.stop", "binary_sensor.on")


async def test_a_lock_holds_the_charge_back(garage: Garage) -> None:
    await garage.has("lock", Lock("socket"))
    data = {"kind": "lock", "entity_id": "lock.socket"}
    control, enable = garage.control(None, data), enable_from_data(data)
    assert enable is not None
    await control.async_pause()
    assert (garage.shows("lock.socket"), enable.read(garage.scene())) == ("locked", False)
    await control.async_resume()
    assert (garage.shows("lock.socket"), enable.read(garage.scene())) == ("unlocked", True)
    garage.hass.states.async_set("lock.socket", "jammed")
    assert enable.read(garage.scene()) is None


async def test_a_pair_of_actions_lets_and_stops(garage: Garage) -> None:
    calls: list[Any] = []
    serve(garage.hass, "easee.action_command", calls)
    command = {"action": "easee.action_command", "data": {"device_id": "abc", "action_command": "resume"}}
    stop = {**command, "data": {"device_id": "abc", "action_command": "pause"}}
    data = {"kind": "action", "on": command, "off": stop}
    control = garage.control(None, data)
    await control.async_pause()
    await control.async_resume()
    assert [call["action_command"] for call in calls] == ["pause", "resume"]
    enable = enable_from_data({**data, "readback": "sensor.state|enabled"})
    assert enable is not None
    garage.hass.states.async_set("sensor.state", "anything", {"enabled": True})
    assert enable.read(garage.scene()) is True
    assert enable_from_data(data).read(garage.scene()) is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "kind",
    [
        {"kind": "switch", "entity_id": "switch.enable"},
        {"kind": "select", "entity_id": "select.enable", "on": "yes", "off": "no"},
        {"kind": "lock", "entity_id": "lock.enable"},
    ],
)
async def test_what_is_shown_elsewhere_comes_before_the_entity_s_own_word(garage: Garage, kind: dict[str, Any]) -> None:
    for entity_id, text in (("switch.enable", "on"), ("select.enable", "yes"), ("lock.enable", "unlocked")):
        garage.hass.states.async_set(entity_id, text)
    garage.hass.states.async_set("binary_sensor.truth", "off")
    enable = enable_from_data({**kind, "readback": "binary_sensor.truth"})
    assert enable is not None
    assert enable.read(garage.scene()) is False
    assert enable.shown_by == "binary_sensor.truth"


async def test_limit_and_pause_of_the_car_and_of_the_wallbox_work_together(garage: Garage) -> None:
    # A wallbox that can only be locked, and a car that holds the limit.
    await garage.has("number", Number("car_charge_current", "A", 16, least=5, greatest=16))
    await garage.has("lock", Lock("wallbox"))
    control = garage.control("number.car_charge_current", {"kind": "lock", "entity_id": "lock.wallbox"})
    await control.async_set_limit_a(5.5)
    assert (garage.shows("lock.wallbox"), garage.shows("number.car_charge_current")) == ("locked", "16")
    await control.async_set_limit_a(9.0)
    assert (garage.shows("lock.wallbox"), garage.shows("number.car_charge_current")) == ("unlocked", "9.0")
    garage.hass.states.async_set("number.car_charge_current", "unavailable")  # the car is away
    with pytest.raises(ControlError) as caught:
        await control.async_set_limit_a(10.0)
    assert caught.value.failure is ControlFailure.UNREACHABLE
    await control.async_pause()
    assert garage.shows("lock.wallbox") == "locked"


# What no binding may do


AMPERES = st.floats(0, 80, allow_nan=False)


def limits() -> st.SearchStrategy[tuple[LimitBinding, dict[str, Any] | None]]:
    """Limits of every kind, with the attributes of their entity."""
    units: st.SearchStrategy[tuple[str | None, float | None]] = st.sampled_from(
        [(None, None), ("A", None), ("mA", None), ("W", None), ("kW", None), ("%", 16.0), ("%", 32.0)]
    )

    @st.composite
    def numbers(draw: st.DrawFn) -> tuple[LimitBinding, dict[str, Any] | None]:
        unit, full_a = draw(units)
        binding = limit_from_data({"kind": "number", "entity_id": "number.x", "full_a": full_a})
        assert binding is not None
        least = draw(st.floats(-10, 10))
        attributes = {
            "min": least,
            "max": least + draw(st.floats(0, 20000)),
            "step": draw(st.sampled_from([0, 0.1, 0.5, 1, 7, 100])),
            "unit_of_measurement": unit,
        }
        return binding, attributes

    @st.composite
    def selects(draw: st.DrawFn) -> tuple[LimitBinding, dict[str, Any] | None]:
        options = {f"{limit_a:g}": limit_a for limit_a in draw(st.lists(AMPERES, min_size=1, max_size=6))}
        binding = limit_from_data({"kind": "select", "entity_id": "select.x", "options": options})
        assert binding is not None
        return binding, {"options": list(options)}

    @st.composite
    def actions(draw: st.DrawFn) -> tuple[LimitBinding, dict[str, Any] | None]:
        template = ActionTemplate(action="x.y", data={"limit": "{limit_a}"})
        least = draw(st.none() | st.floats(0, 20))
        step_a = draw(st.sampled_from([0.0, 0.1, 0.5, 1.0, 3.0]))
        return ActionLimit(template=template, min_a=least, max_a=draw(st.none() | st.just(40.0)), step_a=step_a), None

    return st.one_of(numbers(), selects(), actions())


@given(made=limits(), wishes=st.lists(AMPERES, min_size=1, max_size=8), watts_per_a=st.sampled_from([230.0, 690.0]))
def test_what_is_told_never_allows_more_than_the_wish(
    made: tuple[LimitBinding, dict[str, Any] | None], wishes: list[float], watts_per_a: float
) -> None:
    binding, attributes = made
    state = None if attributes is None else State(binding.entity_ids[0], "1", attributes)
    scene = Scene(state_of=lambda _: state, watts_per_a=watts_per_a)
    for wish_a in wishes:
        setting = binding.at_most(wish_a, scene)
        if setting is None:
            continue
        assert setting.limit_a <= wish_a + 1e-5
        (told,) = setting.call.data.values()
        if isinstance(told, str):
            assert float(told) <= wish_a + 1e-3  # the option's name was made from its limit
        elif state is None:
            assert told <= wish_a + 1e-5
        else:
            # What is said is read back as what was meant.
            assert (
                read(binding, State(state.entity_id, str(told), dict(state.attributes)), watts_per_a)
            ) <= wish_a + 1e-5


def read(binding: LimitBinding, shown: State, watts_per_a: float) -> float:
    limit_a = binding.read_a(Scene(state_of=lambda _: shown, watts_per_a=watts_per_a))
    assert limit_a is not None
    return limit_a
