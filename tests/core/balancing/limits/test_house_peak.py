"""The greatest load of the house in the last weeks."""

from datetime import date, timedelta
import json
from typing import Any

import pytest

from custom_components.ev_sessions.core.balancing.limits.house_peak import SPAN_S, HousePeak, at_least_a
from tests.core.balancing.load_rig import Protection, site

FIRST = date(2026, 11, 1)


def lived(peak: HousePeak, load_a: float, seconds: float, *, begin_s: float = 0.0, day: int = 0) -> HousePeak:
    """Look every ten seconds at a house that takes so much on L1, and half of it on L2."""
    for step in range(int(seconds / 10) + 1):
        peak = peak.look((load_a, load_a / 2), begin_s + 10.0 * step, FIRST + timedelta(days=day))
    return peak


def test_greatest_five_minutes_count_and_a_kettle_does_not() -> None:
    peak = lived(HousePeak(), 4.0, 3600)
    assert peak.worst_a == pytest.approx((4.0, 2.0))
    peak = lived(peak, 20.0, 60, begin_s=3610)  # a kettle
    peak = lived(peak, 4.0, 600, begin_s=3680)
    assert peak.worst_a is not None
    assert 4.0 < peak.worst_a[0] < 8.0
    peak = lived(peak, 18.0, 900, begin_s=4290)  # a heater
    assert peak.worst_a == pytest.approx((18.0, 9.0))


def test_an_hour_has_to_be_seen_before_anything_is_told() -> None:
    assert HousePeak().worst_a is None
    assert lived(HousePeak(), 4.0, 11 * SPAN_S).worst_a is None
    assert lived(HousePeak(), 4.0, 13 * SPAN_S).worst_a is not None


def test_day_is_forgotten_after_four_weeks() -> None:
    peak = lived(HousePeak(), 20.0, 4000)
    for day in range(1, 28):
        peak = lived(peak, 4.0, 700, begin_s=86_400.0 * day, day=day)
    assert peak.worst_a == pytest.approx((20.0, 10.0))
    peak = lived(peak, 4.0, 700, begin_s=86_400.0 * 28, day=28)
    assert peak.worst_a == pytest.approx((4.0, 2.0))
    assert len(peak.days) == 28


def test_time_in_which_nobody_looked_makes_no_mean() -> None:
    peak = lived(HousePeak(), 4.0, 4000)
    spans = peak.spans
    peak = peak.look((25.0, 0.0), 9000.0, FIRST)
    peak = peak.look((25.0, 0.0), 9290.0, FIRST)
    peak = peak.look((25.0, 0.0), 9301.0, FIRST)
    assert peak.spans == spans
    assert peak.worst_a == pytest.approx((4.0, 2.0))
    lost = peak.look(None, 9310.0, FIRST)
    assert lost.span is None
    assert lost.look(None, 9320.0, FIRST) is lost


def test_what_was_seen_outlives_a_restart_and_what_cannot_be_read_is_forgotten() -> None:
    peak = lived(HousePeak(), 4.0, 4000)
    again = HousePeak.from_data(json.loads(json.dumps(peak.to_data())))
    assert (again.days, again.worst_a) == (peak.days, peak.worst_a)
    broken: tuple[dict[str, Any], ...] = ({}, {"days": [["x", [1]]], "spans": 1}, {"days": 3, "spans": 1})
    assert all(HousePeak.from_data(data) == HousePeak() for data in broken)


def test_another_wiring_and_a_clock_that_was_set_back_leave_what_fits_together() -> None:
    peak = lived(HousePeak(), 20.0, 4000, day=5)
    peak = lived(peak, 4.0, 4000, begin_s=5000.0, day=2)
    assert [day for day, _ in peak.days] == [FIRST + timedelta(days=2)]
    for step in range(60):
        peak = peak.look((3.0, 3.0, 3.0), 10_000.0 + 10 * step, FIRST + timedelta(days=3))
    assert peak.worst_a == (3.0, 3.0, 3.0)


def test_of_a_house_whose_total_alone_is_known_the_busiest_line_carries_a_part_at_least() -> None:
    per_line = site()
    total = site(protection=Protection.TOTAL_ONLY, power_factor=0.95)
    assert at_least_a(None, total) is None
    assert at_least_a((3.0, 4.0, 5.0), per_line) == (3.0, 4.0, 5.0)
    assert at_least_a((28.5,) * 3, total) == (10.0, 10.0, 10.0)
    assert at_least_a((-9.0,) * 3, total) == (0.0, 0.0, 0.0)
