"""What a meter shows, in every form and wiring, as currents on the site's lines."""

from dataclasses import replace
from datetime import UTC, datetime
from math import inf, nan, sqrt

import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import Connection, LineUse, Protection, Wiring
from custom_components.ev_sessions.core.balancing.load import SiteLimits
from custom_components.ev_sessions.core.balancing.meter.grid import (
    GridMeter,
    MeterForm,
    drawn_per_line,
    plausible,
    signed_by_power,
    summed_a,
    total_current_a,
)
from custom_components.ev_sessions.core.balancing.meter.others import shown_w
from custom_components.ev_sessions.core.reading import EvseReading, GridReading

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FOUR, THREE = Wiring.THREE_PHASE_FOUR_WIRE, Wiring.THREE_PHASE_THREE_WIRE


def test_currents_per_line_are_taken_as_they_are() -> None:
    meter = GridMeter(form=MeterForm.LINE_CURRENTS, wiring=FOUR)
    reading = meter.read(AT, (5.0, -3.0, 0.5), total_power_w=600.0)
    assert reading == GridReading(at=AT, currents_a=(5.0, -3.0, 0.5), power_w=600.0)
    assert (meter.protection, meter.power_factor, meter.value_count) == (Protection.PER_LINE, 1.0, 3)


def test_meter_that_counts_export_positive_is_turned_round() -> None:
    meter = GridMeter(form=MeterForm.LINE_CURRENTS, wiring=FOUR, invert=True)
    reading = meter.read(AT, (5.0, -3.0, 0.5), total_power_w=-600.0)
    assert reading is not None
    assert (reading.currents_a, reading.power_w) == ((-5.0, 3.0, -0.5), 600.0)


def test_unsigned_currents_count_as_load_where_nothing_tells_the_direction() -> None:
    meter = GridMeter(form=MeterForm.LINE_CURRENTS, wiring=FOUR, signed=False)
    reading = meter.read(AT, (5.0, -3.0, 0.5))
    assert reading is not None
    assert (reading.currents_a, reading.signed, reading.power_w) == ((5.0, 3.0, 0.5), False, None)


def test_total_power_tells_which_lines_export() -> None:
    meter = GridMeter(form=MeterForm.LINE_CURRENTS, wiring=FOUR, signed=False)
    reading = meter.read(AT, (8.0, 3.0, 6.0), total_power_w=-17 * 230.0)
    assert reading is not None
    assert reading.currents_a == (-8.0, -3.0, -6.0)
    assert reading.signed


def test_line_whose_direction_stays_in_doubt_counts_as_load() -> None:
    # 10 A and 4 A against 4 A: either of the two fours may be the export.
    assert signed_by_power((10.0, 4.0, 4.0), 10 * 230.0, 230.0) == (10.0, 4.0, 4.0)
    assert signed_by_power((10.0, 4.0, 1.0), -13 * 230.0, 230.0) == (-10.0, -4.0, 1.0)
    # Nothing explains this power: all is load.
    assert signed_by_power((2.0, 2.0, 2.0), 9_000.0, 230.0) == (2.0, 2.0, 2.0)


def test_power_per_line_becomes_current_and_the_power_factor_is_told() -> None:
    meter = GridMeter(form=MeterForm.LINE_POWERS, wiring=FOUR)
    reading = meter.read(AT, (2300.0, -460.0, 0.0))
    assert reading is not None
    assert reading.currents_a == (10.0, -2.0, 0.0)
    assert reading.power_w == 1840.0
    assert meter.power_factor == 0.95


def test_import_and_export_on_two_sensors_are_one_flow() -> None:
    meter = GridMeter(form=MeterForm.LINE_POWERS, wiring=FOUR)
    one = meter.read(AT, (2300.0, 0.0, 0.0), (0.0, 460.0, 0.0))
    other = meter.read(AT, (2300.0, 0.0, 0.0), (0.0, -460.0, 0.0))
    assert one is not None
    assert one == other
    assert one.currents_a == (10.0, -2.0, 0.0)


def test_total_power_stands_on_every_line_as_if_all_of_it_were_there() -> None:
    meter = GridMeter(form=MeterForm.TOTAL_POWER, wiring=FOUR)
    reading = meter.read(AT, (6900.0,))
    assert reading is not None
    assert reading.currents_a == (30.0, 30.0, 30.0)
    assert (meter.protection, meter.value_count) == (Protection.TOTAL_ONLY, 1)


def test_total_power_of_a_single_line_guards_that_line() -> None:
    meter = GridMeter(form=MeterForm.TOTAL_POWER, wiring=Wiring.SINGLE_PHASE)
    reading = meter.read(AT, (2300.0,))
    assert reading is not None
    assert reading.currents_a == (10.0,)
    assert meter.protection is Protection.PER_LINE


def test_line_power_of_a_grid_without_neutral_uses_the_voltage_to_the_star_point() -> None:
    meter = GridMeter(form=MeterForm.LINE_POWERS, wiring=THREE)
    reading = meter.read(AT, (2300.0, 0.0, 0.0))
    assert reading is not None
    assert reading.currents_a[0] == pytest.approx(10.0 * sqrt(3))


def test_split_phase_has_two_legs() -> None:
    meter = GridMeter(form=MeterForm.LINE_POWERS, wiring=Wiring.SPLIT_PHASE, voltage_v=120.0)
    reading = meter.read(AT, (1200.0, 2400.0))
    assert reading is not None
    assert reading.currents_a == (10.0, 20.0)


@pytest.mark.parametrize(
    ("imported", "exported"),
    [
        ((1.0, None, 2.0), None),
        ((1.0, nan, 2.0), None),
        ((1.0, 2.0, inf), None),
        ((1.0, 2.0), None),
        ((1.0, 2.0, 3.0), (0.0, None, 0.0)),
        ((1.0, 2.0, 3.0), (0.0, nan, 0.0)),
        ((1.0, 2.0, 3.0), (0.0,)),
    ],
)
def test_missing_or_broken_value_makes_no_reading(
    imported: tuple[float | None, ...], exported: tuple[float | None, ...] | None
) -> None:
    meter = GridMeter(form=MeterForm.LINE_POWERS, wiring=FOUR)
    assert meter.read(AT, imported, exported) is None


def test_broken_total_power_beside_good_currents_is_left_out() -> None:
    meter = GridMeter(form=MeterForm.LINE_CURRENTS, wiring=FOUR)
    reading = meter.read(AT, (1.0, 2.0, 3.0), total_power_w=nan)
    assert reading is not None
    assert reading.power_w is None


def test_wrong_unit_or_wrong_number_of_lines_is_not_plausible() -> None:
    fuse = (25.0, 25.0, 25.0)
    assert plausible(GridReading(at=AT, currents_a=(30.0, -20.0, 0.0)), fuse)
    assert not plausible(GridReading(at=AT, currents_a=(5_000.0, 0.0, 0.0)), fuse)
    assert not plausible(GridReading(at=AT, currents_a=(nan, 0.0, 0.0)), fuse)
    assert not plausible(GridReading(at=AT, currents_a=(5.0,)), fuse)


def test_measured_currents_of_a_charger_land_on_the_lines_of_its_rotation() -> None:
    reading = EvseReading(at=AT, currents_a=(10.0, 8.0, -0.1))
    assert drawn_per_line(reading, LineUse(lines=(1, 2, 0)), FOUR, 230.0) == (0.0, 10.0, 8.0)


def test_one_current_of_a_charger_on_three_lines_is_that_of_each() -> None:
    reading = EvseReading(at=AT, currents_a=(10.0,))
    assert drawn_per_line(reading, LineUse(lines=(0, 1, 2)), FOUR, 230.0) == (10.0, 10.0, 10.0)


def test_broken_current_of_one_line_counts_as_nothing_and_all_broken_as_unknown() -> None:
    use = LineUse(lines=(0, 1, 2))
    assert drawn_per_line(EvseReading(at=AT, currents_a=(10.0, nan, 9.0)), use, FOUR, 230.0) == (10.0, 0.0, 9.0)
    assert drawn_per_line(EvseReading(at=AT, currents_a=(nan, nan, nan)), use, FOUR, 230.0) is None


@pytest.mark.parametrize(
    ("wiring", "use", "power_w", "volts", "expected"),
    [
        (FOUR, LineUse(lines=(0, 1, 2)), 6900.0, 230.0, (10.0, 10.0, 10.0)),
        (FOUR, LineUse(lines=(1,)), 2300.0, 230.0, (0.0, 10.0, 0.0)),
        (FOUR, LineUse(lines=(1,)), -50.0, 230.0, (0.0, 0.0, 0.0)),
        (Wiring.SPLIT_PHASE, LineUse(lines=(0, 1)), 7680.0, 120.0, (32.0, 32.0)),
        (THREE, LineUse(lines=(0, 2)), 2300.0, 230.0, (10.0, 0.0, 10.0)),
        (THREE, LineUse(lines=(0, 1, 2)), 230.0 * sqrt(3) * 10, 230.0, (10.0, 10.0, 10.0)),
    ],
)
def test_power_of_a_charger_is_spread_over_its_lines(
    wiring: Wiring, use: LineUse, power_w: float, volts: float, expected: tuple[float, ...]
) -> None:
    drawn = drawn_per_line(EvseReading(at=AT, power_w=power_w), use, wiring, volts)
    assert drawn == pytest.approx(expected)


def test_charger_that_tells_neither_current_nor_power_is_unknown() -> None:
    use = LineUse.of(Connection.LINE_NEUTRAL, (0,))
    assert drawn_per_line(EvseReading(at=AT), use, FOUR, 230.0) is None
    assert drawn_per_line(EvseReading(at=AT, power_w=nan), use, FOUR, 230.0) is None


def test_share_of_a_charger_in_the_total_depends_on_the_wiring() -> None:
    assert total_current_a((10.0, 10.0, 10.0), FOUR) == 30.0
    assert total_current_a((10.0, 10.0), Wiring.SPLIT_PHASE) == 20.0
    assert total_current_a((10.0, 0.0, 10.0), THREE) == 10.0
    assert total_current_a((10.0, 10.0, 10.0), THREE) == pytest.approx(10.0 * sqrt(3))


def test_power_tells_the_sum_of_currents_where_each_is_against_neutral() -> None:
    reading = EvseReading(at=AT, power_w=3680.0)
    assert summed_a(reading, Wiring.THREE_PHASE_FOUR_WIRE, 230.0) == 16.0
    assert summed_a(reading, Wiring.THREE_PHASE_THREE_WIRE, 230.0) is None
    assert summed_a(EvseReading(at=AT), Wiring.THREE_PHASE_FOUR_WIRE, 230.0) is None
    assert summed_a(EvseReading(at=AT, power_w=nan), Wiring.THREE_PHASE_FOUR_WIRE, 230.0) is None


def test_a_measured_voltage_takes_the_place_of_the_nominal_one_where_it_can_be_true() -> None:
    meter = GridMeter(form=MeterForm.TOTAL_POWER, wiring=FOUR)
    for voltage_v, current_a, shown_v in ((253.0, 10.0, 253.0), (0.253, 11.0, None), (400.0, 11.0, None)):
        reading = meter.read(AT, [2530.0], voltage_v=voltage_v)
        assert reading is not None
        assert reading.currents_a[0] == pytest.approx(current_a)
        assert reading.voltage_v == shown_v


def test_a_meters_power_is_its_own_figure_else_that_of_its_currents() -> None:
    limits = SiteLimits(circuits=(), wiring=Wiring.THREE_PHASE_THREE_WIRE, voltage_v=230.0)
    reading = GridReading(at=AT, currents_a=(10.0, 10.0, 10.0))
    assert shown_w(reading, limits, Protection.PER_LINE) == pytest.approx(230 * 10 * 3**0.5)
    assert shown_w(replace(reading, power_w=99.0), limits, Protection.PER_LINE) == 99.0
