"""The rules stay as cheap as they were, against a loop of plain Python that runs beside them on this machine.

Measured: a reading costs the tracker 0.9 and the balancer 4.2 thousandths of that loop. The bounds are twice
as much, so that a busy machine does not matter, and a rule that became slow does.
"""

import sys
from time import process_time

import pytest

from benchmarks.rows import calibration, core, many

_LOOPS = 3

pytestmark = [
    pytest.mark.ratio,
    pytest.mark.skipif(
        sys.gettrace() is not None or sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID) is not None,
        reason="what counts lines slows the rules and not the loop",
    ),
]


def _loop_s() -> float:
    """Return the CPU seconds of the quickest of some loops."""
    took = []
    for _ in range(_LOOPS):
        begun_s = process_time()
        calibration.fixed_loop()
        took.append(process_time() - begun_s)
    return min(took)


def test_a_reading_costs_the_tracker_no_more_than_it_did() -> None:
    loop_s = _loop_s()
    count, took_s = core.tracked(6.0, count=6_000)
    assert count == 6_000
    assert took_s / count < 0.0018 * loop_s


def test_a_grid_reading_costs_the_balancer_no_more_than_it_did() -> None:
    loop_s = _loop_s()
    count, took_s = core.balanced(count=6_000)
    assert count == 6_000
    assert took_s / count < 0.0084 * loop_s


def test_a_decision_for_a_thousand_chargers_costs_no_more_than_it_did_and_little_more_than_ten_for_a_hundred() -> None:
    loop_s = _loop_s()
    few_s, many_s = (min(many.decisions_ms(count, looks=4)) / 1000 for count in (100, 1000))
    # Measured: a sixth of the loop.
    assert many_s < 0.5 * loop_s
    # n·log n is 15 times as much.
    assert many_s / few_s < 22


def test_a_time_that_grows_with_the_square_is_told_from_one_that_does_not() -> None:
    assert many.exponent({count: 0.01 * count for count in (100, 300, 1000)}) == pytest.approx(1)
    assert many.exponent({count: 0.01 * count**2 for count in (100, 300, 1000)}) == pytest.approx(2)
