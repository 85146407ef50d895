"""The house's appliances are learned from the steps of what it draws."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.appliances.appliance import ABSENCES_KEPT, HALF_LIFE_S, Appliance
from custom_components.ev_sessions.core.balancing.appliances.as_data import from_data, to_data
from custom_components.ev_sessions.core.balancing.appliances.learned_loads import APPLIANCES_KEPT, LearnedLoads
from custom_components.ev_sessions.core.moment import Now

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BASE_A = (1.0, 2.0, 1.5)
OVEN_A = (0.0, 10.5, 0.0)
PUMP_A = (4.5, 4.5, 4.5)

type Steps = list[tuple[float, tuple[float, ...]]]


def house(*on: tuple[float, ...]) -> tuple[float, ...]:
    """Return what the house draws while these are on."""
    return tuple(map(sum, zip(BASE_A, *on, strict=True)))


def lived(*looks: tuple[float, tuple[float, ...]], loads: LearnedLoads | None = None) -> LearnedLoads:
    """Return what is learned from (instant, what the house drew)."""
    loads = LearnedLoads() if loads is None else loads
    for at_s, house_a in looks:
        loads = loads.look(at_s, house_a)
    return loads


def cycles(size_a: tuple[float, ...], on_s: float, off_s: float, count: int, start_s: float = 0.0) -> LearnedLoads:
    """Return what is learned of a thermostat that has just gone off again."""
    loads, at_s = lived((start_s, house())), start_s
    for _ in range(count):
        loads = lived((at_s + off_s, house(size_a)), (at_s + off_s + on_s, house()), loads=loads)
        at_s += off_s + on_s
    return loads


def chance(loads: LearnedLoads, at_s: float, span_s: float = 8.0) -> float:
    (one,) = loads.absent
    return one.returns(at_s, span_s, 1.0)


def test_oven_that_comes_and_goes_is_one_appliance_with_its_absences() -> None:
    loads = cycles(OVEN_A, 40.0, 75.0, 4)
    (oven,) = loads.appliances
    assert oven.size_a == pytest.approx(OVEN_A)
    assert oven.absences_s == pytest.approx((75.0, 75.0, 75.0))
    assert oven.absent_since_s == 4 * 115.0


def test_thermostat_is_expected_when_its_time_comes_and_not_before() -> None:
    loads = cycles(OVEN_A, 40.0, 75.0, 6)
    off_s = 6 * 115.0
    assert chance(loads, off_s + 20) < 0.02
    assert chance(loads, off_s + 70) > 0.3
    assert chance(loads, off_s + 400) == 0.0  # over for good


def test_how_long_it_was_on_tells_how_long_it_stays_off() -> None:
    """An oven that has heated up and one that holds its heat are the same load, and rest for other times."""
    loads, at_s = LearnedLoads(), 0.0
    for _ in range(2):
        loads = lived((at_s, house()), (at_s + 10, house(OVEN_A)), (at_s + 610, house()), loads=loads)
        at_s += 610.0
        for off_s in (200.0, 90.0, 90.0, 90.0, 90.0):
            loads = lived((at_s + off_s, house(OVEN_A)), (at_s + off_s + 30, house()), loads=loads)
            at_s += off_s + 30
        at_s += 2000.0
    off_s = at_s - 2000.0
    (oven,) = loads.appliances
    assert oven.stayed_s == 30.0
    assert oven.stays_s[-5:] == (600.0, 30.0, 30.0, 30.0, 30.0)
    held = oven.returns(off_s + 85, 8.0, 1.0)
    heated_up = replace(oven, stayed_s=600.0).returns(off_s + 85, 8.0, 1.0)
    nobody_knows = replace(oven, stayed_s=0.0).returns(off_s + 85, 8.0, 1.0)
    assert heated_up < nobody_knows < held
    # Where one stays as long as the other, it says nothing.
    assert replace(oven, stayed_s=89.0).returns(off_s + 85, 8.0, 1.0) == held
    assert replace(oven, stayed_s=92.0).returns(off_s + 85, 8.0, 1.0) < held


def test_kettle_that_takes_what_a_dryer_takes_is_told_from_it_by_how_long_it_was_on() -> None:
    loads = cycles(OVEN_A, 20.0, 30.0, 6)
    (both,) = loads.appliances
    at_s = 6 * 50.0 + 25.0
    assert both.returns(at_s, 8.0, 1.0) > 0.5
    boiled = lived((at_s, house(OVEN_A)), (at_s + 240.0, house()), loads=loads)
    assert chance(boiled, at_s + 240.0 + 25.0) < both.returns(at_s, 8.0, 1.0) - 0.05


def test_what_nobody_has_seen_before_may_come_back_soon_and_less_so_with_time() -> None:
    loads = lived((0.0, house(OVEN_A)), (10.0, house()))
    chances = [chance(loads, 10.0 + age_s) for age_s in (2, 10, 40, 120, 299)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.15
    assert chance(loads, 400.0) == 0.0


def test_two_that_switch_within_one_period_are_told_apart_once_both_are_known() -> None:
    loads = lived(
        (0.0, house()),
        (10.0, house(OVEN_A)),
        (20.0, house()),
        (30.0, house(PUMP_A)),
        (40.0, house()),
        (50.0, house(PUMP_A)),
        (60.0, house(OVEN_A)),  # one went as the other came
    )
    by_size = {round(max(one.size_a)): one for one in loads.appliances}
    assert set(by_size) == {4, 10}
    assert (by_size[4].absent_since_s, by_size[10].absent_since_s) == (60.0, None)
    both = lived((70.0, house(OVEN_A, PUMP_A)), (80.0, house()), (90.0, house(OVEN_A, PUMP_A)), loads=loads)
    assert {round(max(one.size_a)) for one in both.appliances} == {4, 10}
    assert both.absent == []


def test_two_strangers_that_switch_together_are_learned_as_the_meter_shows_them() -> None:
    loads = lived((0.0, house(OVEN_A)), (10.0, house(PUMP_A)))
    assert sorted(one.absent_since_s is None for one in loads.appliances) == [False, True]


def test_missed_return_does_not_make_a_long_absence() -> None:
    loads = lived((0.0, house(OVEN_A)), (10.0, house()))
    seen_again = replace(loads, house_a=house(OVEN_A)).look(900.0, house())
    (oven,) = seen_again.appliances
    assert (oven.absences_s, oven.absent_since_s) == ((), 900.0)


def test_appliance_that_is_on_already_may_be_seen_to_go_on_once_more() -> None:
    loads = lived((0.0, house()), (10.0, house(OVEN_A)), (20.0, house(OVEN_A, OVEN_A)))
    (oven,) = loads.appliances
    assert (oven.absences_s, oven.absent_since_s, oven.times) == ((), None, 2)


def test_light_and_electronics_are_no_appliances() -> None:
    assert lived((0.0, house()), (10.0, house((0.5, 0.6, 0.0)))).appliances == ()


def test_meter_with_other_lines_starts_anew() -> None:
    loads = lived((0.0, (5.0,)), (10.0, house(OVEN_A)))
    assert (loads.appliances, loads.house_a) == ((), house(OVEN_A))


def test_lost_meter_leaves_open_who_is_on() -> None:
    loads = cycles(OVEN_A, 40.0, 75.0, 3).blinded()
    assert (loads.absent, loads.house_a) == ([], None)
    assert loads.appliances[0].returns(1000.0, 8.0, 1.0) == 0.0
    assert loads.blinded() is loads
    assert loads.look(5000.0, house(OVEN_A)).appliances == loads.appliances


def test_what_was_learned_fades_within_weeks() -> None:
    oven = replace(cycles(OVEN_A, 40.0, 75.0, 6).appliances[0], absent_since_s=0.0)
    soon = replace(oven, seen_s=0.0).returns(70.0, 8.0, 1.0)
    late = replace(oven, seen_s=-8 * HALF_LIFE_S).returns(70.0, 8.0, 1.0)
    assert late < 0.3 * soon


steps = st.lists(
    st.tuples(st.floats(0.5, 600.0), st.tuples(*[st.sampled_from((0.0, 3.0, 8.2, 10.4, 13.0))] * 3)), max_size=60
)


@given(steps=steps)
@settings(max_examples=60, deadline=None)
def test_memory_is_bounded_and_chances_are_chances(steps: Steps) -> None:
    loads, at_s = LearnedLoads(), 0.0
    for index, (gap_s, on_a) in enumerate(steps):
        at_s += gap_s
        loads = loads.look(at_s, house(tuple(current_a * (1 + 0.2 * (index % 7)) for current_a in on_a)))
    assert len(loads.appliances) <= APPLIANCES_KEPT
    for one in loads.appliances:
        assert len(one.stays_s) == len(one.absences_s) <= ABSENCES_KEPT
        assert all(stay_s >= 0 for stay_s in (*one.stays_s, one.stayed_s))
        assert all(absence_s > 0 for absence_s in one.absences_s)
        for after_s in (0.0, 5.0, 50.0, 5000.0):
            assert 0.0 <= one.returns(at_s + after_s, 8.0, 1.0) <= 1.0
            assert one.returns(at_s + after_s, 8.0, 1.0) <= one.returns(at_s + after_s, 90.0, 1.0) + 1e-9


@given(steps=steps, shift_s=st.integers(-100_000, 100_000))
@settings(max_examples=40, deadline=None)
def test_what_is_learned_does_not_depend_on_when_the_clock_began(steps: Steps, shift_s: int) -> None:
    here, there, at_s = LearnedLoads(), LearnedLoads(), 0.0
    for gap_s, on_a in steps:
        at_s += round(gap_s)
        here, there = here.look(at_s, house(on_a)), there.look(at_s + shift_s, house(on_a))
    assert [one.size_a for one in here.appliances] == [one.size_a for one in there.appliances]
    assert [one.absences_s for one in here.appliances] == [one.absences_s for one in there.appliances]
    assert [one.stays_s for one in here.appliances] == [one.stays_s for one in there.appliances]
    assert [one.returns(at_s, 9.0, 1.0) for one in here.appliances] == pytest.approx(
        [one.returns(at_s + shift_s, 9.0, 1.0) for one in there.appliances]
    )


@given(steps=steps)
@settings(max_examples=40, deadline=None)
def test_order_of_the_lines_does_not_matter(steps: Steps) -> None:
    here, there, at_s = LearnedLoads(), LearnedLoads(), 0.0
    for gap_s, on_a in steps:
        at_s += gap_s
        here, there = here.look(at_s, house(on_a)), there.look(at_s, house(on_a)[::-1])
    assert [one.size_a for one in here.appliances] == [one.size_a[::-1] for one in there.appliances]
    assert [one.absences_s for one in here.appliances] == [one.absences_s for one in there.appliances]


def test_what_was_learned_survives_a_restart() -> None:
    loads = cycles(OVEN_A, 40.0, 75.0, 5, start_s=1000.0)
    stop = Now(utc=NOON, monotonic_s=1600.0)
    start = Now(utc=NOON + timedelta(hours=1), monotonic_s=7.0)
    (oven,) = from_data(to_data(loads, stop), start).appliances
    assert oven.size_a == pytest.approx(OVEN_A)
    assert oven.absences_s == pytest.approx((75.0,) * 4)
    assert oven.stays_s == pytest.approx((40.0,) * 4)
    assert (oven.absent_since_s, oven.present_since_s) == (None, None)
    assert start.monotonic_s - oven.seen_s == pytest.approx(3600 + 25, abs=1)


def test_what_was_seen_once_is_not_kept() -> None:
    loads = lived((0.0, house()), (10.0, house(OVEN_A)))
    assert to_data(loads, Now(utc=NOON, monotonic_s=20.0))["appliances"] == []


def test_what_was_kept_before_stays_were_is_read_and_more_stays_than_absences_are_none() -> None:
    now = Now(utc=NOON, monotonic_s=0.0)
    (old,) = from_data({"at": NOON.isoformat(), "appliances": [GOOD]}, now).appliances
    assert (old.absences_s, old.stays_s) == ((70.0,), ())
    (odd,) = from_data({"at": NOON.isoformat(), "appliances": [{**GOOD, "stays_s": [5.0, 6.0]}]}, now).appliances
    assert odd.stays_s == ()
    off = replace(old, absent_since_s=0.0, stayed_s=9.0)
    assert off.returns(65.0, 8.0, 1.0) == replace(off, stayed_s=0.0).returns(65.0, 8.0, 1.0)


GOOD = {"size_a": [0.0, 10.0], "unseen_s": 5, "times": 3, "absences_s": [70.0]}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"at": "yesterday", "appliances": []},
        {"at": NOON.isoformat(), "appliances": 5},
        {"at": NOON.isoformat(), "appliances": [GOOD, {**GOOD, "size_a": [1.0]}]},
        {"at": NOON.isoformat(), "appliances": [{**GOOD, "size_a": [0.0, 0.0]}]},
        {"at": NOON.isoformat(), "appliances": [{**GOOD, "absences_s": [-1.0]}]},
        {"at": NOON.isoformat(), "appliances": [{**GOOD, "stays_s": [-1.0]}]},
        {"at": NOON.isoformat(), "appliances": [{**GOOD, "unseen_s": float("nan")}]},
    ],
)
def test_what_cannot_be_read_was_not_learned(data: dict[str, object]) -> None:
    assert from_data(data, Now(utc=NOON, monotonic_s=0.0)) == LearnedLoads()


def test_what_is_kept_is_bounded_whatever_is_read() -> None:
    data = {"at": NOON.isoformat(), "appliances": [{**GOOD, "times": 10**9, "absences_s": [9.0] * 500}] * 500}
    loads = from_data(data, Now(utc=NOON, monotonic_s=0.0))
    assert len(loads.appliances) == APPLIANCES_KEPT
    assert len(loads.appliances[0].absences_s) == ABSENCES_KEPT


def test_rarest_and_longest_unseen_goes_first() -> None:
    loads = cycles(OVEN_A, 40.0, 75.0, 3)
    at_s = 400.0
    for number in range(APPLIANCES_KEPT + 3):
        size_a = (4.0 * 3.0**number, 0.0, 0.0)  # no two of them sum up to a third
        loads = lived((at_s, house(size_a)), (at_s + 5, house()), loads=loads)
        at_s += 10
    assert len(loads.appliances) == APPLIANCES_KEPT
    assert any(one.size_a == pytest.approx(OVEN_A) for one in loads.appliances)


def test_appliance_that_never_went_off_does_not_return() -> None:
    assert Appliance(OVEN_A, 0.0).returns(10.0, 8.0, 1.0) == 0.0
    assert Appliance(OVEN_A, 0.0).came_back(5.0).absences_s == ()
