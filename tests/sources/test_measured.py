"""A gauge tells of what it cannot read once, and again when that has changed."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import State
import pytest

from custom_components.ev_sessions.sources.measured import Availability, Gauge
from custom_components.ev_sessions.sources.value import Quantity

from .listening import Told


def energy(text: str, unit: str | None = "kWh") -> State:
    return State("sensor.energy", text, {"unit_of_measurement": unit})


def test_nonsense_is_told_and_logged_once_until_a_number_comes(caplog: pytest.LogCaptureFixture) -> None:
    told = Told()
    gauge = Gauge(Quantity.ENERGY_MWH, told.listener)
    for text in ("NaN", "inf", "garbage", "unavailable", "NaN"):
        assert gauge.read(energy(text)) is None
    assert told.kinds == ["not_a_number"]
    assert told.problems[0].detail == "NaN"
    assert caplog.text.count("cannot be used") == 1
    assert gauge.read(energy("1")) == 1_000_000
    assert told.cured == told.problems
    assert gauge.read(energy("NaN")) is None
    assert told.kinds == ["not_a_number", "not_a_number"]


def test_a_unit_that_flips_is_followed_and_a_wrong_one_told() -> None:
    told = Told()
    gauge = Gauge(Quantity.ENERGY_MWH, told.listener)
    assert gauge.read(energy("12.5")) == gauge.read(energy("12500", "Wh"))
    assert gauge.read(energy("NaN")) is None
    assert gauge.read(energy("12.5", None)) is None
    assert told.kinds == ["not_a_number", "unit"]
    assert told.problems[1].detail == "None"
    assert told.cured == told.problems[:1]


def test_a_missing_entity_is_no_fault_of_its_number() -> None:
    told = Told()
    assert Gauge(Quantity.POWER_W, told.listener).read(None) is None
    assert told.problems == []


def test_a_silent_source_is_logged_once_when_lost_and_once_when_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    availability = Availability("Garage")
    for available in (True, True, False, False, True, True):
        availability.set(available=available)
    assert [record.message for record in caplog.records] == [
        "Garage: its source says nothing",
        "Garage: its source is back",
    ]


def test_source_that_comes_and_goes_is_logged_three_times_and_again_after_a_rest(
    caplog: pytest.LogCaptureFixture, freezer: FrozenDateTimeFactory
) -> None:
    caplog.set_level("INFO")
    availability = Availability("Garage")
    for _ in range(100):
        for available in (True, False):
            availability.set(available=available)
            freezer.tick(30)
    lost = [record.message for record in caplog.records if "nothing" in record.message]
    assert (len(lost), len(caplog.records)) == (3, 6)
    assert "no more of it" in lost[-1]
    freezer.tick(600)
    caplog.clear()
    for available in (True, False):
        availability.set(available=available)
    assert [record.message for record in caplog.records] == ["Garage: its source says nothing"]


def test_number_that_comes_and_goes_is_told_each_time_and_logged_three_times(caplog: pytest.LogCaptureFixture) -> None:
    told = Told()
    gauge = Gauge(Quantity.ENERGY_MWH, told.listener)
    for _ in range(100):
        gauge.read(energy("NaN"))
        gauge.read(energy("1"))
    assert len(told.problems) == len(told.cured) == 100
    assert caplog.text.count("cannot be used") == 3
