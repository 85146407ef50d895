"""When a car is usually plugged in: a habit is told from chance, weekday by weekday."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.vehicles.usual_hour import WEEKS, Stay, UsualHours, usual_hours, usual_plug_in

BERLIN = ZoneInfo("Europe/Berlin")
#: A Monday afternoon.
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
MONDAY, TUESDAY, SUNDAY = 0, 1, 6


def at(days_ago: int, hour: int, minute: int = 0) -> datetime:
    """Return an hour of local time some days before that Monday."""
    return datetime(2026, 11, 23, hour, minute, tzinfo=BERLIN) - timedelta(days=days_ago)


def night(days_ago: int, hour: int, minute: int = 0) -> Stay:
    """Return a stay from an hour of a day to the next morning."""
    return Stay(start=at(days_ago, hour, minute), end=at(days_ago - 1, 7))


def learned(*stays: Stay) -> UsualHours:
    return usual_hours(stays, BERLIN, NOW)


def clock(hours: UsualHours, weekday: int) -> str | None:
    """Return a usual hour as the clock shows it."""
    hour = hours[weekday]
    return None if hour is None else f"{datetime(2026, 1, 1, 4, 0) + hour:%H:%M}"  # noqa: DTZ001 - a clock's face only


def test_who_plugs_in_each_monday_evening_does_so_by_the_later_of_the_hours() -> None:
    hours = learned(*(night(7 * week, 18, 10 * week) for week in range(1, 6)))
    assert clock(hours, MONDAY) == "18:40"  # on four of five Mondays it was there by then
    assert all(clock(hours, other) is None for other in range(1, 7))


def test_three_mondays_are_no_habit_and_four_are() -> None:
    mondays = [night(7 * week, 18) for week in range(1, 5)]
    assert clock(learned(*mondays[:3]), MONDAY) is None
    assert clock(learned(*mondays), MONDAY) == "18:00"


def test_every_second_monday_is_no_habit() -> None:
    assert clock(learned(*(night(7 * week, 18) for week in (1, 3, 5, 7))), MONDAY) is None


def test_one_missed_monday_in_five_leaves_the_habit() -> None:
    assert clock(learned(*(night(7 * week, 18) for week in (1, 2, 4, 5))), MONDAY) == "18:00"


def test_hours_that_lie_far_apart_are_no_habit() -> None:
    at_any_hour = [night(7 * week, hour) for week, hour in enumerate((9, 13, 17, 21), 1)]
    assert clock(learned(*at_any_hour), MONDAY) is None


def test_an_evening_goes_on_past_midnight() -> None:
    late = [Stay(start=at(7 * week - 1, 0, 30), end=at(7 * week - 1, 8)) for week in range(1, 5)]
    hours = learned(*late)
    assert clock(hours, MONDAY) == "00:30"
    assert clock(hours, TUESDAY) is None


def test_the_last_plug_in_of_a_day_is_the_one_that_counts() -> None:
    days = [stay for week in range(1, 5) for stay in (night(7 * week, 18), Stay(start=at(7 * week, 12), end=None))]
    assert clock(learned(*days), MONDAY) == "18:00"


def test_a_day_on_which_the_car_stayed_at_home_is_neither_for_nor_against() -> None:
    saturdays = [Stay(start=at(7 * week + 2, 18), end=at(7 * week, 7)) for week in range(1, 5)]
    sundays = [Stay(start=at(7 * week + 1, 16), end=at(7 * week, 7)) for week in range(5, 8)]
    # Three Sundays are too few, and the four that it stayed over are no misses.
    assert clock(learned(*saturdays, *sundays), SUNDAY) is None
    fourth = Stay(start=at(1, 16), end=None)
    assert clock(learned(*saturdays, *sundays, fourth), SUNDAY) == "16:00"


def test_what_is_older_than_eight_weeks_is_forgotten() -> None:
    old = [night(7 * week, 18) for week in range(WEEKS + 1, WEEKS + 9)]
    assert learned(*old) == (None,) * 7


def test_today_is_not_learned_from_yet() -> None:
    mondays = [night(7 * week, 18) for week in range(1, 4)]
    assert clock(learned(*mondays, Stay(start=at(0, 14), end=None)), MONDAY) is None


def test_without_any_past_there_is_no_habit() -> None:
    assert learned() == (None,) * 7
    assert usual_plug_in(learned(), BERLIN, NOW) is None


def test_the_usual_plug_in_of_today_is_an_instant_of_today() -> None:
    hours = learned(*(night(7 * week, 18) for week in range(1, 5)))
    usual = usual_plug_in(hours, BERLIN, NOW)
    assert usual is not None
    assert (usual.day, usual.at) == (date(2026, 11, 23), at(0, 18))
    after_midnight = usual_plug_in(hours, BERLIN, at(-1, 3))
    assert after_midnight == usual


def test_the_hour_is_the_clocks_hour_across_a_change_of_summer_time() -> None:
    # The clock went back on 25 October 2026.
    hours = usual_hours(
        [night(7 * week, 18) for week in range(1, 9)], BERLIN, datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    )
    assert clock(hours, MONDAY) == "18:00"


STAYS = st.lists(
    st.builds(
        lambda start, hours: Stay(start=start, end=None if hours is None else start + timedelta(hours=hours)),
        st.datetimes(datetime(2026, 9, 1), datetime(2026, 11, 23), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
        st.none() | st.integers(0, 60),
    ),
    max_size=60,
)


@given(STAYS, st.data())
def test_the_order_in_which_stays_are_told_changes_nothing(stays: list[Stay], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(stays))
    assert usual_hours(stays, BERLIN, NOW) == usual_hours(shuffled, BERLIN, NOW)


@given(STAYS)
def test_a_usual_hour_is_one_at_which_the_car_was_plugged_in(stays: list[Stay]) -> None:
    for weekday, hour in enumerate(usual_hours(stays, BERLIN, NOW)):
        if hour is not None:
            shifted = [stay.start.astimezone(BERLIN).replace(tzinfo=None) - timedelta(hours=4) for stay in stays]
            mine = [one for one in shifted if one.weekday() == weekday]
            assert len(mine) >= 4
            assert hour in {one - datetime.combine(one.date(), datetime.min.time()) for one in mine}


@pytest.mark.parametrize("weekday", range(7))
def test_each_weekday_has_its_own_hour(weekday: int) -> None:
    stays = [night(days_ago, 15 + at(days_ago, 12).weekday()) for days_ago in range(1, 29)]
    assert clock(learned(*stays), weekday) == f"{15 + weekday}:00"
