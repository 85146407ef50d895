"""Night tariffs in the nights when clocks are set, and at the edges of days, years and weeks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.ev_sessions.core.local_time import local_boundaries

from .bench import BERLIN, CHARGING, PARKING, element, part, periods, shown, tariff, totals

NEW_YORK, LORD_HOWE = ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")


def night_hours(zone: ZoneInfo, day: tuple[int, int, int], **restrictions: Any) -> str:
    """Return for how many hours of a local day, noon to noon, a time of one an hour counts."""
    start = datetime(*day, 12, tzinfo=zone) - timedelta(days=1)
    end = datetime(*day, 12, tzinfo=zone)
    minutes = (end.astimezone(UTC) - start.astimezone(UTC)) / timedelta(minutes=1)
    by_hour = tariff(element(part("TIME", 1), **restrictions), zone=zone)
    return totals(by_hour, periods(start, (minutes, "10", CHARGING)), zone)[0]


@pytest.mark.parametrize(
    ("zone", "day", "night", "two_to_three"),
    [
        (BERLIN, (2026, 11, 20), "8.00", "1.00"),
        (BERLIN, (2026, 3, 29), "7.00", "0.00"),
        (BERLIN, (2026, 10, 25), "9.00", "2.00"),
        (NEW_YORK, (2026, 3, 8), "7.00", "0.00"),
        (NEW_YORK, (2026, 11, 1), "9.00", "1.00"),
        # Half an hour, and from two o'clock.
        (LORD_HOWE, (2026, 10, 4), "7.50", "0.50"),
        (LORD_HOWE, (2026, 4, 5), "8.50", "1.00"),
    ],
)
def test_the_night_is_as_long_as_the_clock_makes_it(
    zone: ZoneInfo, day: tuple[int, int, int], night: str, two_to_three: str
) -> None:
    assert night_hours(zone, day, start_time="22:00", end_time="06:00") == night
    assert night_hours(zone, day, start_time="02:00", end_time="03:00") == two_to_three


def test_the_hour_that_new_york_shows_twice() -> None:
    assert night_hours(NEW_YORK, (2026, 11, 1), start_time="01:00", end_time="02:00") == "2.00"


def test_the_half_hour_that_lord_howe_shows_twice() -> None:
    assert night_hours(LORD_HOWE, (2026, 4, 5), start_time="01:30", end_time="02:00") == "1.00"


@pytest.mark.parametrize(
    ("restrictions", "hours"),
    [
        ({"start_time": "18:00"}, "6.00"),  # until the end of the day
        ({"end_time": "06:00"}, "6.00"),  # from the start of the day
        ({"start_time": "18:00", "end_time": "00:00"}, "6.00"),
        ({"start_time": "00:00", "end_time": "00:00"}, "24.00"),
        ({"start_time": "07:10", "end_time": "07:10"}, "24.00"),
        ({"start_time": "22:00", "end_time": "07:10"}, None),
        ({"start_time": "07:10", "end_time": "07:11"}, None),
    ],
)
def test_times_of_the_day(restrictions: dict[str, Any], hours: str | None) -> None:
    found = night_hours(BERLIN, (2026, 11, 20), **restrictions)
    if hours is not None:
        assert found == hours
    elif restrictions["start_time"] == "22:00":
        assert found == "9.166666666667"
    else:
        assert found == "0.016666666667"


def test_the_day_of_the_week_is_that_of_the_instant() -> None:
    """A window over midnight that is for Fridays ends at midnight, and begins again late."""
    friday = {"day_of_week": ["FRIDAY"], "start_time": "22:00", "end_time": "06:00"}
    weekend = tariff(element(part("TIME", 1), **friday), element(part("TIME", 10)))
    start = datetime(2026, 11, 20, 20, tzinfo=BERLIN)  # a Friday
    assert totals(weekend, periods(start, (12 * 60, "10", CHARGING)))[0] == "102.00"
    # Friday's small hours count as well.
    assert totals(weekend, periods(datetime(2026, 11, 20, 4, tzinfo=BERLIN), (60, "1", CHARGING)))[0] == "1.00"


def test_over_new_year_with_a_new_tax() -> None:
    """Dates are local: the first is inclusive, the last exclusive."""
    changing = tariff(
        element(part("ENERGY", "0.30", 19), end_date="2027-01-01"),
        element(part("ENERGY", "0.32", 21), start_date="2027-01-01"),
    )
    start = datetime(2026, 12, 31, 23, tzinfo=BERLIN)
    data = shown(changing, periods(start, (120, "20", CHARGING)))
    assert (data["total_excl_tax"], data["total_incl_tax"]) == ("6.20", "7.442")
    assert data["taxes"] == [{"rate_percent": "19", "amount": "0.57"}, {"rate_percent": "21", "amount": "0.672"}]
    assert [one["end"] for one in data["periods"]] == ["2027-01-01T00:00:00+01:00", "2027-01-01T01:00:00+01:00"]


def test_boundaries_are_only_those_inside() -> None:
    start, end = datetime(2026, 11, 20, 5, 30, tzinfo=UTC), datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert local_boundaries(start, end, [7 * 60, 8 * 60], BERLIN) == {datetime(2026, 11, 20, 6, tzinfo=UTC)}
    assert local_boundaries(start, start, [0], BERLIN) == set()


def test_a_clock_change_within_the_minute_after_the_start_is_seen() -> None:
    at = datetime(2026, 10, 25, 1, tzinfo=UTC)
    start = at - timedelta(seconds=20)
    assert local_boundaries(start, start + timedelta(seconds=40), [], BERLIN) == {at}
    assert local_boundaries(start, start + timedelta(hours=30), [], BERLIN) == {at}
    # Where nothing is restricted by the clock nothing is cut.
    assert len(shown(tariff(element(part("ENERGY", 1))), periods(start, (60, "1", CHARGING)))["periods"]) == 1


def test_parking_is_free_at_night_and_the_step_belongs_to_the_evening() -> None:
    by_day = tariff(element(part("PARKING_TIME", 6, step=3600), start_time="07:10", end_time="20:00"))
    start = datetime(2026, 11, 20, 19, 30, tzinfo=BERLIN)
    assert totals(by_day, periods(start, (12 * 60, "0", PARKING)))[0] == "6.00"  # 30 and 20 minutes, to an hour
