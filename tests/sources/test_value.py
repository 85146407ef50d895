"""What the state of an entity says, down to the nastiest texts."""

from decimal import Decimal

from homeassistant.core import State
from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.sources.value import Quantity, Unusable, measure, number, said, unit_factor, whole


def state(text: str, unit: str | None = None, **attributes: object) -> State:
    return State("sensor.x", text, {"unit_of_measurement": unit, **attributes})


@pytest.mark.parametrize("text", ["unavailable", "unknown", "", "  "])
def test_unavailable_unknown_and_empty_states_say_nothing(text: str) -> None:
    assert said(state(text)) is None
    assert measure(state(text, "kWh"), Quantity.ENERGY_MWH) is None


def test_a_missing_entity_says_nothing() -> None:
    assert said(None) is None
    assert measure(None, Quantity.POWER_W) is None


def test_a_restored_state_says_nothing_even_with_a_number() -> None:
    assert said(state("12.5", "kWh", restored=True)) is None
    assert said(state("12.5", "kWh", restored=False)) == "12.5"


@pytest.mark.parametrize(
    ("text", "unit", "quantity", "expected"),
    [
        ("10233.118", "kWh", Quantity.ENERGY_MWH, "10233118000"),
        ("0.1", "kWh", Quantity.ENERGY_MWH, "100000"),
        ("10233118", "Wh", Quantity.ENERGY_MWH, "10233118000"),
        ("10.233118", "MWh", Quantity.ENERGY_MWH, "10233118000"),
        ("0.010233118", "GWh", Quantity.ENERGY_MWH, "10233118000"),
        ("3.6", "MJ", Quantity.ENERGY_MWH, "1000000"),
        (" 7.36 ", "kW", Quantity.POWER_W, "7360"),
        ("-1500", "W", Quantity.POWER_W, "-1500"),
        ("0.011", "MW", Quantity.POWER_W, "11000"),
        ("0.000011", "GW", Quantity.POWER_W, "11000"),
        ("7360000", "mW", Quantity.POWER_W, "7360"),
        ("16000", "mA", Quantity.CURRENT_A, "16"),
        ("16.1", "A", Quantity.CURRENT_A, "16.1"),
    ],
)
def test_every_unit_comes_out_exactly(text: str, unit: str, quantity: Quantity, expected: str) -> None:
    value = measure(state(text, unit), quantity)
    assert isinstance(value, Decimal)
    assert abs(value - Decimal(expected)) < Decimal("1e-6")
    if unit != "MJ":
        assert value == Decimal(expected)


@pytest.mark.parametrize(
    "text", ["NaN", "nan", "sNaN", "inf", "-Infinity", "1,5", "12 kWh", "None", "charging", "1e999999", "1e18"]
)
def test_what_is_no_finite_number_of_this_world_is_none(text: str) -> None:
    assert measure(state(text, "kWh"), Quantity.ENERGY_MWH) is Unusable.NOT_A_NUMBER


def test_a_number_that_only_the_unit_makes_absurd_is_none() -> None:
    assert measure(state("1e17", "kWh"), Quantity.ENERGY_MWH) is Unusable.NOT_A_NUMBER


@pytest.mark.parametrize("unit", [None, "", "%", "kWh/100km", "kVA", "EUR/kWh"])
def test_a_unit_of_something_else_is_told(unit: str | None) -> None:
    assert measure(state("1", unit), Quantity.ENERGY_MWH) is Unusable.UNIT
    assert unit_factor(Quantity.POWER_W, unit) is None


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_register_in_kwh_loses_no_thousandth_of_a_wh(mwh: int) -> None:
    text = str(Decimal(mwh).scaleb(-6))
    value = measure(state(text, "kWh"), Quantity.ENERGY_MWH)
    assert isinstance(value, Decimal)
    assert whole(value) == mwh


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_number(text: str) -> None:
    value = number(text)
    assert value is None or value.is_finite()


def test_half_a_thousandth_goes_to_the_even_side() -> None:
    assert [whole(Decimal(text)) for text in ("0.5", "1.5", "2.5", "-0.5")] == [0, 2, 2, 0]
