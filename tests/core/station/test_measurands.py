"""Sampled values of all versions as one sample: J_01 to J_10, and what meters of strangers say."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.station.events import MeterSample, SignedFormat, SignedValue
from custom_components.ev_sessions.core.station.measurands import SampledValue, sample_of
from tests.core.station.story import TEN

REGISTER = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
CURRENT = "Current.Import"


def value(value: object, measurand: str | None = None, **fields: Any) -> SampledValue:
    return SampledValue(value=value, measurand=measurand, **fields)


@pytest.mark.parametrize(
    ("told", "energy_mwh"),
    [
        (value("1234.5"), 1_234_500),  # no unit: Wh; no measurand: the import register
        (value("1.2345", REGISTER, unit="kWh"), 1_234_500),
        (value(1234.5, REGISTER, unit=" wh "), 1_234_500),
        (value(1.2345, REGISTER, unit="Wh", multiplier=3), 1_234_500),
        (value("12345", REGISTER, multiplier=-1), 1_234_500),
        (value("1234.5", "", location="Outlet"), 1_234_500),
        (value("1234.5", location=""), 1_234_500),
        (value(""), None),
        (value(" "), None),
        (value("NaN"), None),
        (value("Infinity"), None),
        (value(float("nan")), None),
        (value("1,5"), None),
        (value("12 kWh"), None),
        (value(None), None),
        (value(True), None),
        (value({"a": 1}), None),
        (value("9" * 41), None),
        (value(10**5000), None),
        (value("1e300"), None),
        (value("1", multiplier=400), None),
        (value("1e14", unit="kWh"), None),
        (value("-5"), None),
        (value("5", REGISTER, unit="varh"), None),
        (value("5", REGISTER, location="Inlet"), None),
        (value("5", "Energy.Active.Import.Interval"), None),
    ],
)
def test_t3_a_register_in_any_unit_is_whole_mwh_and_what_is_none_says_nothing(
    told: SampledValue, energy_mwh: int | None
) -> None:
    assert sample_of([told]) == MeterSample(register_mwh=energy_mwh)


@pytest.mark.parametrize("phases", [("L1", "L2", "L3"), ("L1-N", "L2-N", "L3-N"), ("L1-L2", "L2-L3", "L3-L1")])
def test_t3_energy_and_power_that_come_per_phase_are_summed(phases: tuple[str, ...]) -> None:
    told = [value(str(number), REGISTER, phase=phase) for number, phase in enumerate(phases, start=100)]
    told += [value(2.5, POWER, unit="kW", phase=phase) for phase in phases]
    told += [value("7", REGISTER, phase="N"), value("7", POWER, phase="N")]
    sample = sample_of(told)
    assert (sample.register_mwh, sample.power_w) == (303_000, 7500.0)


def test_t3_a_total_counts_before_its_phases_and_lines_before_what_is_between_them() -> None:
    assert sample_of([value("10"), value("4", phase="L1"), value("5", phase="L2")]).register_mwh == 10_000
    assert sample_of([value("4", phase="L1"), value("9", phase="L1-L2")]).register_mwh == 4_000
    assert sample_of([value("NaN"), value("4", phase="L1")]).register_mwh == 4_000


def test_t3_a_phase_that_cannot_be_read_leaves_no_sum() -> None:
    assert sample_of([value("4", phase="L1"), value("", phase="L2")]) == MeterSample()
    assert sample_of([value("4", CURRENT, phase="L1"), value("x", CURRENT, phase="L2")]) == MeterSample()


def test_currents_are_those_of_the_lines_in_their_order() -> None:
    told = [value(16.0, CURRENT, phase="L3"), value("15.5", CURRENT, phase="L1"), value("15", CURRENT, phase="L2-N")]
    assert sample_of([*told, value("0.3", CURRENT, phase="N")]).currents_a == (15.5, 15.0, 16.0)


@pytest.mark.parametrize(
    ("power_w", "voltage_v", "currents_a"),
    [
        (11_040, None, (16.0, 16.0, 16.0)),
        (3_680, None, (16.0,)),
        (7_360, 230, (16.0, 16.0)),
        (3_840, 240, (16.0,)),
        (0, None, (16.0,)),
        (99_000, None, (16.0, 16.0, 16.0)),
        (None, 230, (16.0,)),
    ],
)
def test_a_current_that_is_told_for_all_lines_is_each_ones_and_the_power_tells_how_many(
    power_w: float | None, voltage_v: float | None, currents_a: tuple[float, ...]
) -> None:
    told = [value(16, CURRENT), value(power_w, POWER), value(voltage_v, "Voltage")]
    assert sample_of(told).currents_a == currents_a


def test_what_is_offered_and_the_battery_are_told() -> None:
    told = [
        value("32", "Current.Offered"),
        value("7.4", "Power.Offered", unit="kW"),
        value("63", "SoC", unit="Percent", location="EV"),
        value(231, "Voltage", phase="L1-N"),
        value(5000, "Energy.Active.Export.Register"),
    ]
    sample = sample_of(told)
    assert (sample.offered_a, sample.offered_w, sample.soc_percent) == (32.0, 7400.0, 63.0)
    assert (sample.voltages_v, sample.returned_mwh) == ((231.0,), 5_000_000)
    told = [value(20, "Current.Import.Offered"), value(55, "Display.PresentSOC"), value("x", "Current.Offered")]
    newer = sample_of(told)
    assert (newer.offered_a, newer.soc_percent) == (20.0, 55.0)
    assert sample_of([value("101", "SoC")]) == MeterSample()


def test_t4_a_number_beside_a_signed_record_counts_only_with_its_unit() -> None:
    """One maker writes kWh there and says nothing, which would be Wh."""
    signed = SignedValue(at=TEN, data="T0NNRg==", format=SignedFormat.SIGNED_METER_VALUE)
    assert sample_of([value(2114.1356, REGISTER, signed=signed)]) == MeterSample(signed=(signed,))
    assert sample_of([value(2.1, REGISTER, unit="kWh", signed=signed)]).register_mwh == 2_100_000
    in_its_place = SignedValue(at=TEN, data="OCMF|{}|{}", format=SignedFormat.SIGNED_DATA)
    told = [value("1500"), value("OCMF|{}|{}", REGISTER, unit="Wh", signed=in_its_place)]
    assert sample_of(told) == MeterSample(register_mwh=1_500_000, signed=(in_its_place,))


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50) | st.lists(st.integers())
WORDS = st.one_of(st.none(), st.text(max_size=8))


@given(
    st.lists(
        st.builds(
            SampledValue,
            value=ANYTHING,
            measurand=WORDS | st.sampled_from([REGISTER, POWER, CURRENT, "SoC", "Voltage", "Power.Offered"]),
            unit=WORDS | st.sampled_from(["Wh", "kWh", "W", "A", "V"]),
            multiplier=st.integers(),
            phase=WORDS | st.sampled_from(["L1", "L2-N", "N", "L1-L2"]),
            location=WORDS,
        )
    )
)
def test_nothing_that_a_stranger_sends_is_more_than_ignored(told: list[SampledValue]) -> None:
    sample = sample_of(told)
    assert sample.register_mwh is None or sample.register_mwh >= 0
    for number in (sample.power_w, sample.offered_a, sample.offered_w, sample.soc_percent, *(sample.currents_a or ())):
        assert number is None or abs(number) <= 1e15
