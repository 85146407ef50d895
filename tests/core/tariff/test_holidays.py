"""Which days are holidays, by what entities tell."""

from datetime import date, timedelta

import pytest

from custom_components.ev_sessions.core.tariff.holidays import KnownHolidays, days_off, is_day_off, whole_days

CHRISTMAS, BOXING = date(2026, 12, 25), date(2026, 12, 26)
TODAY = date(2026, 12, 1)
NOBODY = KnownHolidays(days={})


def test_what_was_told_once_stays_known_and_comes_back() -> None:
    known = NOBODY.told("calendar.a", [CHRISTMAS, BOXING, TODAY], date(2026, 12, 20), date(2026, 12, 31))
    assert known.of(["calendar.a"], TODAY) == {CHRISTMAS, BOXING}
    assert KnownHolidays.from_data(known.to_data()) == known
    assert KnownHolidays.from_data(None) == NOBODY
    # Told again without one day, that day is none; what was not asked about stays.
    again = known.told("calendar.a", [], BOXING, BOXING)
    assert again.of(["calendar.a"], TODAY) == {CHRISTMAS}


def test_of_the_past_all_count_that_ever_told_and_ahead_those_that_are_asked() -> None:
    known = NOBODY.told("calendar.old", [CHRISTMAS, date(2026, 11, 1)], date(2026, 1, 1), date(2026, 12, 31))
    assert known.of(["calendar.new"], TODAY) == {date(2026, 11, 1)}
    assert known.of(["calendar.old"], TODAY) == {CHRISTMAS, date(2026, 11, 1)}


def test_a_day_off_is_one_whose_weekday_is_mostly_worked() -> None:
    days = [date(2026, 12, 7) + timedelta(days=number) for number in range(28)]
    workdays = {day: day.weekday() < 5 and day != CHRISTMAS for day in days}
    assert days_off(workdays) == {CHRISTMAS}
    # A house that never works on Fridays has no holiday each Friday.
    assert days_off({day: day.weekday() < 4 for day in days}) == set()


@pytest.mark.parametrize(
    ("day", "works", "off"),
    [(CHRISTMAS, False, True), (CHRISTMAS, True, False), (BOXING, False, False)],
)
def test_of_a_day_alone_only_monday_to_friday_can_be_one(day: date, works: bool, off: bool) -> None:
    assert is_day_off(day, works=works) is off


def test_events_of_whole_days_are_holidays_and_appointments_are_not() -> None:
    events = [
        {"start": "2026-12-25", "end": "2026-12-27", "summary": "Christmas"},
        {"start": "2026-12-31T22:00:00+01:00", "end": "2027-01-01T02:00:00+01:00"},
        {"start": "2026-07-01"},
        {"start": "2020-01-01", "end": "2030-01-01"},
    ]
    days = whole_days(events)
    assert {CHRISTMAS, BOXING} <= days
    # What takes years is no holiday of years.
    assert len(days) == 2 + 31


def test_the_first_and_the_last_day_that_are_told_count() -> None:
    assert NOBODY.told("calendar.a", [CHRISTMAS, BOXING], CHRISTMAS, BOXING).of(["calendar.a"], TODAY) == {
        CHRISTMAS,
        BOXING,
    }


def test_today_is_not_past() -> None:
    assert NOBODY.told("calendar.old", [TODAY], TODAY, TODAY).of(["calendar.new"], TODAY) == set()


@pytest.mark.parametrize(("worked", "free", "off"), [(2, 2, False), (3, 2, True), (2, 3, False)])
def test_a_weekday_is_a_workday_only_where_more_are_worked_than_not(worked: int, free: int, off: bool) -> None:
    days = [CHRISTMAS + timedelta(weeks=number) for number in range(worked + free)]
    found = days_off({day: number < worked for number, day in enumerate(days)})
    assert found == (set(days[worked:]) if off else set())


def test_an_appointment_alone_is_no_holiday() -> None:
    assert whole_days([{"start": "2026-12-31T22:00:00+01:00", "end": "2027-01-01T02:00:00+01:00"}]) == set()
