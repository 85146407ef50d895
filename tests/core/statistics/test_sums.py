"""What days, weeks, months and years add up to."""

from datetime import UTC, datetime, timedelta
import itertools
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.statistics.sums import (
    HOUR_S,
    QUARTER_S,
    Bucket,
    Period,
    Slot,
    Sums,
    Tally,
    Use,
    Visit,
    buckets_of,
    grain_s,
    use_beside_others,
    utilisation,
)

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HAVANA = ZoneInfo("America/Havana")
BEIRUT = ZoneInfo("Asia/Beirut")
ZONES = st.sampled_from([BERLIN, KOLKATA, LORD_HOWE, HAVANA, BEIRUT, ZoneInfo("America/St_Johns"), ZoneInfo("UTC")])
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 4 * 365 * 96).map(lambda quarter: YEAR + quarter * timedelta(minutes=15))


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def slot(start: datetime, energy_mwh: int = 1_000_000, **changes: object) -> Slot:
    fields = {"evse_id": "e1", "group": None, "currency": "EUR", "solar_mwh": None, "unpriced_mwh": 0, "cost_nano": 0}
    return Slot(start=start, energy_mwh=energy_mwh, **{**fields, **changes})  # type: ignore[arg-type]


def visit(start: datetime, end: datetime | None, *, connected_ms: int = 3_600_000, charging_ms: int = 0) -> Visit:
    return Visit(start=start, end=end, evse_id="e1", group=None, connected_ms=connected_ms, charging_ms=charging_ms)


def hours(buckets: tuple[Bucket, ...]) -> list[float]:
    return [(one.end - one.start) / timedelta(hours=1) for one in buckets]


def test_the_night_in_which_clocks_change_makes_a_day_of_23_or_25_hours() -> None:
    spring = buckets_of(local("2026-03-28T12:00"), local("2026-03-30T12:00"), Period.DAY, BERLIN)
    assert hours(spring) == [24, 23, 24]
    autumn = buckets_of(local("2026-10-25T00:00"), local("2026-10-26T00:00"), Period.DAY, BERLIN)
    assert hours(autumn) == [25]


def test_a_midnight_that_the_clocks_skip_or_see_twice_begins_one_day() -> None:
    skipped = buckets_of(local("2026-03-28T12:00", BEIRUT), local("2026-03-29T12:00", BEIRUT), Period.DAY, BEIRUT)
    assert hours(skipped) == [24, 23]
    twice = buckets_of(local("2026-10-31T12:00", HAVANA), local("2026-11-01T12:00", HAVANA), Period.DAY, HAVANA)
    assert hours(twice) == [24, 25]


def test_weeks_begin_on_monday_and_years_in_january() -> None:
    weeks = buckets_of(local("2026-11-19T16:00"), local("2026-11-23T00:00"), Period.WEEK, BERLIN)
    assert [one.start for one in weeks] == [local("2026-11-16T00:00")]
    years = buckets_of(local("2025-06-01T00:00"), local("2026-01-01T00:01"), Period.YEAR, BERLIN)
    assert [one.start for one in years] == [local("2025-01-01T00:00"), local("2026-01-01T00:00")]
    months = buckets_of(local("2025-12-31T23:59"), local("2026-01-01T00:01"), Period.MONTH, BERLIN)
    assert [(one.start, one.end) for one in months] == [
        (local("2025-12-01T00:00"), local("2026-01-01T00:00")),
        (local("2026-01-01T00:00"), local("2026-02-01T00:00")),
    ]


@given(start=INSTANTS, length=st.integers(1, 900), period=st.sampled_from(Period), zone=ZONES)
def test_periods_follow_each_other_and_cover_the_span(
    start: datetime, length: int, period: Period, zone: ZoneInfo
) -> None:
    end = start + timedelta(hours=length)
    buckets = buckets_of(start, end, period, zone)
    assert buckets[0].start <= start < buckets[0].end
    assert buckets[-1].start < end <= buckets[-1].end
    assert all(one.end == other.start for one, other in itertools.pairwise(buckets))


@given(
    data=st.lists(st.tuples(INSTANTS, st.integers(0, 10**7), st.sampled_from(["EUR", "SEK"])), max_size=40),
    zone=ZONES,
    periods=st.sampled_from([(Period.DAY, Period.MONTH), (Period.MONTH, Period.YEAR), (Period.DAY, Period.WEEK)]),
)
def test_the_days_of_a_month_add_up_to_the_month(
    data: list[tuple[datetime, int, str]], zone: ZoneInfo, periods: tuple[Period, Period]
) -> None:
    """Whatever the clocks do, nothing is lost, and nothing is in two of them; currencies stay apart."""
    end = YEAR + timedelta(days=4 * 365 + 1)
    slots = [
        slot(at, energy, currency=currency, cost_nano=energy * 3, unpriced_mwh=energy // 2, solar_mwh=energy // 3)
        for at, energy, currency in data
    ]
    visits = [visit(at, at + timedelta(hours=1), connected_ms=energy) for at, energy, _ in data]
    small, large = (Sums(buckets_of(YEAR, end, period, zone), zone, "EUR", end) for period in periods)
    for sums in (small, large):
        sums.add_slots(slots)
        sums.add_visits(visits)

    def total(sums: Sums, currency: str, within: Bucket) -> tuple[int, ...]:
        found = [
            tally
            for index, bucket in enumerate(sums.buckets)
            if within.start <= bucket.start < within.end
            for tally in [sums.tallies_in(index).get(None, {}).get(currency, Tally())]
        ]
        assert all(sum(tally.by_hour_mwh.values()) == tally.energy_mwh for tally in found)
        return tuple(
            sum(getattr(one, name) or 0 for one in found)
            for name in (
                "sessions",
                "connected_ms",
                "occupied_ms",
                "energy_mwh",
                "cost_nano",
                "unpriced_mwh",
                "solar_mwh",
            )
        )

    whole = Bucket(start=small.buckets[0].start, end=small.buckets[-1].end)
    for currency in ("EUR", "SEK"):
        mine = [energy for _, energy, other in data if other == currency]
        halves, thirds = (sum(energy // part for energy in mine) for part in (2, 3))
        assert total(small, currency, whole)[3:] == (sum(mine), 3 * sum(mine), halves, thirds)
        if periods != (Period.DAY, Period.WEEK):
            assert all(total(small, currency, one) == total(large, currency, one) for one in large.buckets)


def test_energy_counts_where_it_flowed_and_the_session_where_it_began() -> None:
    buckets = buckets_of(local("2026-10-31T12:00"), local("2026-11-01T12:00"), Period.MONTH, BERLIN)
    sums = Sums(buckets, BERLIN, "EUR", local("2026-11-02T00:00"))
    sums.add_slots([slot(local("2026-10-31T23:00"), 2), slot(local("2026-11-01T00:00"), 5)])
    sums.add_visits([visit(local("2026-10-31T22:30"), local("2026-11-01T06:00"), connected_ms=27_000_000)])
    october, november = (sums.tallies_in(place)[None]["EUR"] for place in (0, 1))
    assert (october.energy_mwh, november.energy_mwh) == (2, 5)
    assert (october.sessions, november.sessions) == (1, 0)
    assert (october.mean_connected_s, november.mean_connected_s) == (27_000, None)
    assert (october.occupied_ms, november.occupied_ms) == (90 * 60_000, 360 * 60_000)


def test_what_lies_outside_of_the_span_does_not_count() -> None:
    buckets = buckets_of(local("2026-11-10T00:00"), local("2026-11-11T00:00"), Period.DAY, BERLIN)
    sums = Sums(buckets, BERLIN, "EUR", local("2026-11-12T00:00"))
    sums.add_slots([slot(local("2026-11-09T23:00")), slot(local("2026-11-11T00:00"))])
    sums.add_visits([visit(local("2026-11-09T20:00"), local("2026-11-09T22:00"))])
    sums.add_visits([visit(local("2026-11-11T00:00"), local("2026-11-11T01:00"))])
    assert sums.tallies_in(0) == {}
    sums.add_visits([visit(local("2026-11-09T20:00"), local("2026-11-10T01:00"))])
    assert sums.tallies_in(0)[None]["EUR"] == Tally(occupied_ms=3_600_000)


def test_a_car_that_was_there_before_the_span_is_in_use_in_it() -> None:
    buckets = buckets_of(local("2026-11-10T00:00"), local("2026-11-12T00:00"), Period.DAY, BERLIN)
    sums = Sums(buckets, BERLIN, "EUR", local("2026-11-12T00:00"))
    sums.add_visits([visit(local("2026-11-09T20:00"), local("2026-11-10T01:00"))])
    assert (sums.tallies_in(0)[None]["EUR"].occupied_ms, sums.tallies_in(1)) == (3_600_000, {})


def test_a_session_that_goes_on_is_in_use_until_now() -> None:
    buckets = buckets_of(local("2026-11-10T00:00"), local("2026-11-12T00:00"), Period.DAY, BERLIN)
    sums = Sums(buckets, BERLIN, "EUR", local("2026-11-10T14:00"), groups={"e1": "garage"})
    sums.add_visits([visit(local("2026-11-10T12:00"), None, charging_ms=5_999)])
    tally = sums.tallies_in(0)["garage"]["EUR"]
    assert (tally.occupied_ms, tally.sessions, tally.mean_charging_s) == (7_200_000, 1, 5)
    assert sums.tallies_in(1) == {}


def test_the_peak_hour_is_on_the_clock_of_the_house() -> None:
    buckets = buckets_of(local("2026-01-01T00:00"), local("2026-12-31T00:00"), Period.YEAR, BERLIN)
    sums = Sums(buckets, BERLIN, "EUR", YEAR)
    sums.add_slots([slot(local("2026-01-10T22:00"), 3), slot(local("2026-07-10T22:00"), 3), slot(YEAR, 5)])
    (tally,) = sums.tallies_in(0)[None].values()
    assert tally.peak_hour == 22
    assert Tally(by_hour_mwh={7: 4, 5: 4, 6: 1}).peak_hour == 5
    assert Tally(by_hour_mwh={5: 0}).peak_hour is None
    assert Tally().peak_hour is None


def test_solar_energy_is_known_or_not() -> None:
    buckets = buckets_of(YEAR, YEAR + timedelta(hours=1), Period.DAY, BERLIN)
    sums = Sums(buckets, BERLIN, "EUR", YEAR)
    sums.add_slots([slot(YEAR)])
    assert sums.tallies_in(0)[None]["EUR"].solar_mwh is None
    sums.add_slots([slot(YEAR, solar_mwh=7), slot(YEAR, solar_mwh=2)])
    assert sums.tallies_in(0)[None]["EUR"].solar_mwh == 9


@pytest.mark.parametrize(
    ("tally", "priced"),
    [
        (Tally(), True),
        (Tally(energy_mwh=5, unpriced_mwh=5), False),
        (Tally(energy_mwh=5, unpriced_mwh=4), True),
        (Tally(energy_mwh=5, unpriced_mwh=5, cost_nano=1), True),
    ],
)
def test_energy_of_which_nothing_is_priced_has_no_cost(tally: Tally, priced: bool) -> None:
    assert tally.is_priced is priced


@given(start=INSTANTS, length=st.integers(1, 9_000), zone=ZONES, period=st.sampled_from([Period.DAY, Period.MONTH]))
def test_a_slot_lies_in_one_local_hour_and_in_one_period(
    start: datetime, length: int, zone: ZoneInfo, period: Period
) -> None:
    buckets = buckets_of(start, start + timedelta(hours=length), period, zone)
    grain = timedelta(seconds=grain_s(buckets, zone))
    at = start - (start - YEAR) % grain
    last = at + grain - timedelta(microseconds=1)
    if buckets[0].start <= at:
        assert at.astimezone(zone).hour == last.astimezone(zone).hour
        places = [Sums(buckets, zone, "EUR", YEAR).place_of(one) for one in (at, last)]
        assert places[0] == places[1]


def test_most_zones_are_read_by_the_hour() -> None:
    assert grain_s(buckets_of(YEAR, YEAR + timedelta(days=300), Period.MONTH, BERLIN), BERLIN) == HOUR_S
    assert grain_s(buckets_of(YEAR, YEAR + timedelta(days=3), Period.DAY, KOLKATA), KOLKATA) == QUARTER_S


def test_a_zone_that_moves_its_clocks_by_half_an_hour_is_read_by_the_quarter() -> None:
    """On the day on which Lord Howe leaves summer time it begins at +11:00 and ends at +10:30."""
    (day,) = buckets_of(
        local("2026-04-05T00:00", LORD_HOWE), local("2026-04-05T01:00", LORD_HOWE), Period.DAY, LORD_HOWE
    )
    assert hours((day,)) == [24.5]
    assert grain_s((day,), LORD_HOWE) == QUARTER_S


def test_use_is_the_share_of_time_with_a_car() -> None:
    assert utilisation(1, 3) == 0.333333
    assert utilisation(0, 5) == 0
    assert utilisation(6, 5) == 1
    assert utilisation(0, 0) is None


def test_chargers_are_over_or_under_used_beside_the_mean_of_their_site() -> None:
    judged = use_beside_others({"a": 0.31, "b": 0.1, "c": 0.2, "d": 0.19, "new": None})
    assert judged == {"a": Use.OVER, "b": Use.USUAL, "c": Use.USUAL, "d": Use.USUAL, "new": None}
    assert use_beside_others({"a": 0.75, "b": 0.25}) == {"a": Use.USUAL, "b": Use.USUAL}
    assert use_beside_others({"a": 0.3, "b": 0.04})["b"] is Use.UNDER


def test_one_charger_alone_or_hardly_used_ones_are_not_judged() -> None:
    assert use_beside_others({"a": 0.3, "b": None}) == {"a": None, "b": None}
    assert use_beside_others({"a": 0.0, "b": 0.019}) == {"a": None, "b": None}
    assert use_beside_others({"a": 0.0, "b": 0.02}) == {"a": Use.UNDER, "b": Use.OVER}
    assert use_beside_others({}) == {}
