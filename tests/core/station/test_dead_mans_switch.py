"""Whether a station falls back when nobody speaks to it, and how many commands it gets."""

import pytest

from custom_components.ev_sessions.core.station.capabilities import RateUnit
from custom_components.ev_sessions.core.station.charging_profile import SchedulePeriod
from custom_components.ev_sessions.core.station.command_count import CommandCount
from custom_components.ev_sessions.core.station.dead_mans_switch import (
    Proof,
    composite_limit_a,
    judge_draw,
    judge_schedule,
    worth_trying,
)


@pytest.mark.parametrize(
    ("before_a", "after_a", "fallback_a", "proof"),
    [
        (15.8, 5.9, 6.0, Proof.MEASURED),
        (15.8, 0.0, 0.0, Proof.MEASURED),
        (15.8, 15.7, 6.0, Proof.FAILED),
        (15.8, 12.0, 0.0, Proof.FAILED),
        (15.8, 0.0, 6.0, Proof.NONE),  # full, or unplugged: it says nothing of the station
        (7.0, 5.9, 6.0, Proof.NONE),  # it took no more before
        (15.8, None, 6.0, Proof.NONE),
    ],
)
def test_car_that_comes_down_to_the_fallback_proves_it(
    before_a: float, after_a: float | None, fallback_a: float, proof: Proof
) -> None:
    assert judge_draw(before_a=before_a, after_a=after_a, fallback_a=fallback_a) is proof


@pytest.mark.parametrize(
    ("limit_a", "proof"), [(6.0, Proof.SCHEDULED), (0.0, Proof.SCHEDULED), (16.0, Proof.FAILED), (None, Proof.NONE)]
)
def test_without_a_car_the_station_is_asked_what_is_in_force(limit_a: float | None, proof: Proof) -> None:
    assert judge_schedule(limit_a, fallback_a=6.0) is proof


def test_only_a_proof_is_trusted() -> None:
    assert [proof for proof in Proof if proof.holds] == [Proof.SCHEDULED, Proof.MEASURED]


@pytest.mark.parametrize(
    ("limit_a", "drawn_a", "worth"), [(16.0, 15.5, True), (16.0, 7.5, False), (8.0, 16.0, False), (16.0, None, False)]
)
def test_proof_waits_for_a_car_that_takes_more_than_the_fallback(
    limit_a: float, drawn_a: float | None, worth: bool
) -> None:
    assert worth_trying(limit_a=limit_a, fallback_a=6.0, drawn_a=drawn_a) is worth


def test_s5_composite_schedule_is_read_in_either_unit_and_may_be_empty_or_without_a_limit() -> None:
    six = (SchedulePeriod(start_s=0, limit=6.0), SchedulePeriod(start_s=60, limit=16.0))
    assert composite_limit_a(six, RateUnit.AMPERE, watts_per_a=690.0) == 6.0
    assert composite_limit_a([SchedulePeriod(start_s=0, limit=4140.0)], RateUnit.WATT, watts_per_a=690.0) == 6.0
    assert composite_limit_a([], RateUnit.AMPERE, watts_per_a=690.0) is None
    assert composite_limit_a([SchedulePeriod(start_s=0, limit=-1.0)], RateUnit.AMPERE, watts_per_a=690.0) is None
    assert composite_limit_a([SchedulePeriod(start_s=9, limit=6.0)], RateUnit.AMPERE, watts_per_a=690.0) is None


def test_commands_are_counted_by_day() -> None:
    count = CommandCount()
    for day in ("2026-11-25", "2026-11-25", "2026-11-26"):
        count = count.counted(day)
    assert (count.day, count.today, count.before) == ("2026-11-26", 1, 2)
    assert count.on("2026-11-30").before == 1
    assert count.on("2026-11-30").on("2026-12-01").before == 1
