"""The least limit that a charger has from the least current of a car on: what is allowed with less would be a pause."""

from typing import Any

from homeassistant.core import State
from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.chargers.entities.bindings.action import ActionLimit, ActionTemplate
from custom_components.ev_sessions.chargers.entities.bindings.binding import LimitBinding, Scene
from custom_components.ev_sessions.chargers.entities.bindings.parse import limit_from_data
from tests.chargers.test_bindings import limits

TEMPLATE = ActionTemplate(action="x.y", data={"limit": "{limit_a}"})


def number(**attributes: Any) -> tuple[LimitBinding, dict[str, Any]]:
    binding = limit_from_data("number.x")
    assert binding is not None
    return binding, attributes


def select(*currents_a: float) -> tuple[LimitBinding, dict[str, Any]]:
    options = {f"{current_a:g}": current_a for current_a in currents_a}
    binding = limit_from_data({"kind": "select", "entity_id": "select.x", "options": options})
    assert binding is not None
    return binding, {"options": [*options]}


def scene_of(binding: LimitBinding, attributes: dict[str, Any] | None, watts_per_a: float) -> Scene:
    state = None if attributes is None else State(binding.entity_ids[0], "1", attributes)
    return Scene(state_of=lambda _: state, watts_per_a=watts_per_a)


@pytest.mark.parametrize(
    ("made", "least_a"),
    [
        (number(unit_of_measurement="A", min=6, max=16, step=1), 6.0),
        (number(unit_of_measurement="A", min=7, max=16, step=1), 7.0),
        (number(unit_of_measurement="A", min=5, max=17, step=2), 7.0),
        (number(unit_of_measurement="A", min=0, max=5, step=1), None),
        (number(unit_of_measurement="A", min=0, max=16, step=0), 6.0),
        (number(unit_of_measurement="W", min=0, max=11000, step=1), 6.0),
        (number(unit_of_measurement="W", min=0, max=11000, step=100), 4200 / 690),
        (number(unit_of_measurement="kW", min=1.4, max=11, step=0.1), 4200 / 690),
        (select(0, 5, 9, 16), 9.0),
        (select(5, 6, 9), 6.0),
        (select(2, 5), None),
        ((ActionLimit(template=TEMPLATE, min_a=5.0, step_a=2.0), None), 7.0),
        ((ActionLimit(template=TEMPLATE, min_a=5.0, max_a=6.5, step_a=2.0), None), None),
        ((ActionLimit(template=TEMPLATE, step_a=0.0), None), 6.0),
    ],
)
def test_least_limit_is_the_next_that_the_charger_has(
    made: tuple[LimitBinding, dict[str, Any] | None], least_a: float | None
) -> None:
    binding, attributes = made
    found_a = binding.least_from(6.0, scene_of(binding, attributes, 690.0))
    assert found_a == (None if least_a is None else pytest.approx(least_a))


@given(made=limits(), wish_a=st.floats(0.5, 40), watts_per_a=st.sampled_from([230.0, 690.0]))
def test_who_is_allowed_the_least_limit_is_not_set_to_less(
    made: tuple[LimitBinding, dict[str, Any] | None], wish_a: float, watts_per_a: float
) -> None:
    binding, attributes = made
    scene = scene_of(binding, attributes, watts_per_a)
    least_a = binding.least_from(wish_a, scene)
    if least_a is None:
        return
    assert least_a >= wish_a - 1e-5
    setting = binding.at_most(least_a, scene)
    assert setting is not None
    assert wish_a - 1e-5 <= setting.limit_a <= least_a + 1e-5
    below = binding.at_most(least_a - 1e-3, scene)
    # Where any value will do, the next is as good.
    assert below is None or below.limit_a < wish_a or below.limit_a >= least_a - 1.1e-3
