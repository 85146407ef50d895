"""Prices from files and lists: any usual form is read, and what is wrong is told by its row."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.prices.merge import merged
from custom_components.ev_sessions.core.prices.price import PriceInterval, TimelineRules
from custom_components.ev_sessions.core.prices.price_import import (
    MOST_ROWS,
    NoPricesError,
    PriceContext,
    ReadPrices,
    read_prices,
)
from custom_components.ev_sessions.core.prices.timeline import PriceTimeline

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONTEXT = PriceContext(currency="EUR", unit=None, zone=BERLIN, now=NOW)


def shown(read: ReadPrices) -> list[tuple[str, int, str]]:
    """Return intervals as (start in UTC, minutes, price)."""
    assert read.problems == ()
    return [
        (
            f"{one.start:%d %H:%M}",
            (one.end - one.start) // timedelta(minutes=1),
            format(one.price_per_kwh.normalize(), "f"),
        )
        for one in read.intervals
    ]


HOURS = [("19 23:00", 60, "0.25"), ("20 00:00", 60, "-0.03")]


@pytest.mark.parametrize(
    "data",
    [
        "start,price\n2026-11-20T00:00:00+01:00,0.25\n2026-11-20T01:00:00+01:00,-0.03\n",
        "\ufeffstart;end;price\r\n2026-11-20T00:00;2026-11-20T01:00;0,25\r\n\r\n2026-11-20T01:00;2026-11-20T02:00;-0,03\r\n",
        "Datum;Von;Preis (ct/kWh)\n20.11.2026 00:00;x;25\n20.11.2026 1:00;x;-3\n",
        "Zeit\tPreis [EUR/MWh]\n2026-11-20 00:00\t250\n2026-11-20 01:00\t-30.0\n",
        "start_unix_utc,eur_per_mwh\n1795129200,250\n1795132800,-30\n",
        "\n\nvalid_from,value_inc_vat,€/kWh\n2026-11-19T23:00:00Z,0.25,9\n2026-11-20T00:00:00Z,-0.03,9\n",
        "start,price_per_kwh\n2026-11-20T00:00,0.25\n2026-11-20T01:00,-0.03\n",
        "timestamp|cent/kWh\n2026-11-20T00:00|25\n2026-11-20T01:00|-3\n",
        [
            {"start": "2026-11-20T01:00:00+01:00", "price": "-0.03"},
            {"start": "2026-11-20T00:00:00+01:00", "price": 0.25},
        ],
        [{"start": "2026-11-20T00:00", "price_per_kwh": 0.25}, {"start": "2026-11-20T01:00", "price_per_kwh": -0.03}],
        {
            "prices": [
                {"from": NOW.replace(day=19, hour=23), "value": 0.25},
                {"From": NOW.replace(hour=0), "value": -0.03},
            ]
        },
        # The same row twice is one.
        "start,price\n2026-11-20T00:00,0.25\n2026-11-20T00:00:00+01:00,0.25\n2026-11-20T01:00,-0.03\n",
    ],
)
def test_prices_are_read_in_any_usual_form(data: Any) -> None:
    assert shown(read_prices(data, CONTEXT)) == HOURS


def test_the_unit_that_is_said_counts_before_that_of_the_header() -> None:
    context = PriceContext(currency="SEK", unit="öre/kWh", zone=BERLIN, now=NOW)
    assert shown(read_prices("start;price [SEK/kWh]\n2026-11-20T00:00Z;125", context)) == [("20 00:00", 60, "1.25")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("start,price\n", "empty"),
        ([], "empty"),
        ("2026-11-20T00:00;0.25\n", "header"),
        (f"{'x' * 200_000};price\n1;2\n", "header"),
        ("start price\n2026-11-20T00:00 0.25\n", "header"),
        ("start;amount of rain\n2026-11-20;3\n", "header"),
        (12, "no_list"),
        (b"start,price", "no_list"),
        ({"start": 1}, "no_list"),
        ("start;price [USD/kWh]\n2026-11-20T00:00;1", "unit"),
        ("start;price [EUR/h]\n2026-11-20T00:00;1", "unit"),
    ],
)
def test_what_is_no_list_of_prices_is_refused_with_a_reason(data: Any, reason: str) -> None:
    with pytest.raises(NoPricesError) as error:
        read_prices(data, CONTEXT)
    assert error.value.reason == reason


def test_more_than_three_years_of_quarters_are_refused() -> None:
    with pytest.raises(NoPricesError, match="too_many"):
        read_prices([{}] * (MOST_ROWS + 1), CONTEXT)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-11-20T00:00", "columns_missing"),
        ("2026-11-20T00:00,0.25,", "columns_missing"),
        (f"2026-11-20T00:00;;{'1' * 200_000}", "columns_missing"),
        ("soon;;1", "start_not_understood"),
        ("1990-01-01;;1", "start_not_understood"),
        (";;1", "start_not_understood"),
        ("2026-11-20T00:00;never;1", "end_not_understood"),
        ("2026-11-20T00:00;2026-11-20T00:00;1", "end_before_start"),
        ("2026-11-20T00:00;2026-11-22T00:00;1", "longer_than_a_day"),
        ("2026-11-20T00:00;;nan", "price_not_a_number"),
        ("2026-11-20T00:00;;", "price_not_a_number"),
        ("2026-11-20T00:00;;1.000,5", "price_not_a_number"),
        ("2026-11-20T00:00;;1000000000", "price_absurd"),
    ],
)
def test_a_row_that_cannot_be_taken_is_told_with_its_number(row: str, reason: str) -> None:
    read = read_prices(f"start;end;price\n2026-11-19T00:00;;1\n{row}\n2026-11-21T00:00;;1", CONTEXT)
    assert [(one.row, one.reason) for one in read.problems] == [(2, reason)]


def test_rows_of_a_list_that_are_no_objects_are_told() -> None:
    read = read_prices([7, {"start": NOW, "price": None}, {"start": NOW, "end": {}, "price": 1}], CONTEXT)
    assert [(one.row, one.reason) for one in read.problems] == [
        (1, "columns_missing"),
        (2, "price_not_a_number"),
        (3, "end_not_understood"),
    ]


def test_rows_that_overlap_are_told_by_the_later_one() -> None:
    data = "start;end;price\n2026-11-20T01:30;2026-11-20T02:00;2\n2026-11-20T01:00;2026-11-20T02:00;1\n"
    read = read_prices(data, CONTEXT)
    assert [(one.row, one.reason) for one in read.problems] == [(1, "overlaps_another")]


def test_a_hole_in_the_list_is_a_hole_in_the_prices() -> None:
    data = "start;price\n2026-11-20T01:00;1\n2026-11-20T01:15;2\n2026-11-20T05:00;3\n"
    assert [minutes for _, minutes, _ in shown(read_prices(data, CONTEXT))] == [15, 60, 15]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_local_times_of_nights_when_the_clock_is_set_are_told_apart_by_their_order(day: str, hours: int) -> None:
    first = datetime.fromisoformat(day).replace(tzinfo=BERLIN).astimezone(UTC)
    starts = [first + timedelta(hours=place) for place in range(hours)]
    lines = [f"{at.astimezone(BERLIN):%Y-%m-%d %H:%M};{place}" for place, at in enumerate(starts)]
    read = read_prices("\n".join(["start;price", *lines]), CONTEXT)
    assert [one.start for one in read.intervals] == starts


@given(
    st.lists(st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(1, 9)), st.integers(-9, 9)), max_size=12)
)
def test_intervals_never_overlap_and_never_run_backwards(rows: list[tuple[int, int | None, int]]) -> None:
    data = [
        {
            "start": NOW + timedelta(minutes=15 * start),
            "end": None if length is None else NOW + timedelta(minutes=15 * (start + length)),
            "price": price,
        }
        for start, length, price in rows
    ]
    if not data:
        return
    read = read_prices(data, CONTEXT)
    for one, other in zip(read.intervals, read.intervals[1:], strict=False):
        assert one.start < one.end <= other.start
    assert len(read.intervals) + len(read.problems) <= len(rows)


def test_what_is_new_what_was_known_and_what_contradicts_are_told_apart() -> None:
    def interval(hour: int, price: str, hours: int = 1) -> PriceInterval:
        start = NOW.replace(hour=hour)
        return PriceInterval(start=start, end=start + timedelta(hours=hours), price_per_kwh=Decimal(price), seen_at=NOW)

    known = PriceTimeline(rules=TimelineRules(zone=BERLIN)).with_intervals([interval(1, "1"), interval(2, "1")])
    same, half, other, new = interval(1, "1", 2), interval(2, "1", 2), interval(2, "3"), interval(5, "2")
    result = merged([same, half, other, new], known)
    assert (result.known, result.other, result.new) == ((same,), (other,), (half, new))
