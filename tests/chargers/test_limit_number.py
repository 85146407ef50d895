"""A limit in A and the number entity that holds it: never more than was asked for."""

from decimal import Decimal

from homeassistant.core import State
from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.chargers.entities.bindings.limit_number import LimitNumber


def limit_number(watts_per_a: float = 690.0, **attributes: object) -> LimitNumber:
    number = LimitNumber.of(State("number.limit", "16", attributes), watts_per_a)
    assert number is not None
    return number


@pytest.mark.parametrize(
    ("unit", "least", "greatest", "step", "asked_a", "value"),
    [
        ("A", 6, 16, 1, 16.0, 16),
        ("A", 6, 16, 1, 15.99, 15),
        ("A", 6, 16, 1, 32.0, 16),
        ("A", 6, 16, 1, float("inf"), 16),
        ("A", 6, 16, 1, 6.0, 6),
        ("A", 6, 16, 1, 5.99, None),
        ("A", 0, 16, 1, 0.0, 0),
        ("A", 6, 32, 2, 9.0, 8),
        ("A", 6, 16, 0.1, 13.8, 13.8),
        ("A", 6, 16, 0, 13.77, 13.77),
        ("A", 6, 16, 1, 9.9999999, 10),  # a float's dust costs nobody an ampere
        ("mA", 6000, 16000, 100, 7.25, 7200),
        ("W", 1380, 11040, 230, 10.0, 6900),
        ("W", 1400, 11000, 100, 10.0, 6900),
        ("W", 4140, 11040, 1, 5.9, None),
        ("kW", 1.4, 11, 0.1, 10.0, 6.9),
        (None, 6, 16, 1, 10.5, 10),
    ],
)
def test_a_limit_is_rounded_down_to_what_the_entity_takes(
    unit: str | None, least: float, greatest: float, step: float, asked_a: float, value: float | None
) -> None:
    number = limit_number(unit_of_measurement=unit, min=least, max=greatest, step=step)
    expected = None if value is None else Decimal(str(value))
    assert number.value_at_most(asked_a) == expected


@given(
    unit=st.sampled_from(["A", "mA", "W", "kW", None]),
    least=st.decimals(0, 6, places=1),
    step=st.decimals(0, 5, places=2),
    asked_a=st.floats(0, 80),
)
def test_no_rounding_ever_allows_more_than_was_asked(
    unit: str | None, least: Decimal, step: Decimal, asked_a: float
) -> None:
    number = limit_number(unit_of_measurement=unit, min=str(least), max=50_000, step=str(step))
    value = number.value_at_most(asked_a)
    assert value is None or number.limit_a(value) <= asked_a + 1e-6


def test_attributes_that_are_missing_or_nonsense_fall_back_to_home_assistant_s_own() -> None:
    number = limit_number(min="NaN", max=None, step=-3)
    assert [int(value) for value in (number.least, number.greatest, number.step)] == [0, 100, 0]


@pytest.mark.parametrize("unit", ["%", "kWh", "V"])
def test_a_number_of_something_else_holds_no_limit(unit: str) -> None:
    assert LimitNumber.of(State("number.limit", "16", {"unit_of_measurement": unit}), 690.0) is None


def test_the_limit_is_read_back_in_a() -> None:
    watts = limit_number(unit_of_measurement="W")
    assert watts.read_a(State("number.limit", "6900")) == pytest.approx(10.0)
    for text in ("unknown", "unavailable", "NaN", "auto"):
        assert watts.read_a(State("number.limit", text)) is None
