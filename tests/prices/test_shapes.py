"""Each source has its own way to carry prices in attributes; each is known by itself."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.prices.shapes import ShapeContext, intervals_in
from custom_components.ev_sessions.prices.shapes.rows import MOST_ROWS

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = ShapeContext(zone=BERLIN, today=date(2026, 11, 20))


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shown(attributes: dict[str, Any], context: ShapeContext = TODAY) -> list[tuple[str, int, str]]:
    """Return intervals as (start in UTC, minutes, raw price)."""
    found = intervals_in(attributes, context)
    assert all(interval.start.tzinfo is UTC for interval in found)
    return [
        (f"{interval.start:%d %H:%M}", (interval.end - interval.start) // timedelta(minutes=1), str(interval.raw))
        for interval in found
    ]


QUARTERS = [("20 11:00", 15, "22.5"), ("20 11:15", 15, "-1.2")]


def quarters(start: str, price: str, end: str | None = None, *, text: bool = False) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for minute, value in ((0, 22.5), (15, -1.2)):
        at = local(f"2026-11-20T12:{minute:02d}")
        row: dict[str, Any] = {start: at, price: value}
        if end is not None:
            row[end] = at + timedelta(minutes=15)
        rows.append(
            {key: value.isoformat() if text and isinstance(value, datetime) else value for key, value in row.items()}
        )
    return rows


@pytest.mark.parametrize(
    "attributes",
    [
        {"raw_today": quarters("start", "value", "end"), "raw_tomorrow": [], "tomorrow_valid": False},
        {"raw_today": quarters("start", "value", "end"), "today": [22.5, -1.2]},
        {"raw_today": quarters("hour", "price"), "raw_tomorrow": None},
        {"raw_today": quarters("time", "price", text=True)},
        {
            "today_interval_prices": [{**row, "raw_value": 9.9} for row in quarters("time", "value", text=True)],
            "raw_today": [],
        },
        {"prices": quarters("time", "price", text=True), "prices_today": quarters("time", "price", text=True)[:1]},
        {"prices_today": quarters("time", "price")[:1], "prices_tomorrow": quarters("time", "price")[1:]},
        {"data": quarters("start_time", "price_per_kwh", "end_time", text=True)},
        {"forecast": quarters("start", "price", "end", text=True)},
        {"my_list": quarters("start", "value", text=True), "other": [1, 2]},
        {"prices": quarters("from", "price", "till")},
        {"prices_of_the_week": quarters("start_time", "total", "end_time", text=True)},
    ],
)
def test_the_shapes_of_the_field(attributes: dict[str, Any]) -> None:
    assert shown({"friendly_name": "Price", **attributes}) == QUARTERS


def test_epex_prices_are_in_the_major_unit_whatever_the_state_is_in() -> None:
    (first, _) = intervals_in({"data": quarters("start_time", "price_per_kwh", "end_time")}, TODAY)
    assert first.major_per_kwh is True
    assert first.raw == Decimal("22.5")
    (other, _) = intervals_in({"raw_today": quarters("start", "value", "end")}, TODAY)
    assert other.major_per_kwh is False


@pytest.mark.parametrize(
    "attributes",
    [
        {"rates": quarters("start", "value_inc_vat", "end"), "tariff_code": "E-1R-AGILE"},
        {"forecasts": quarters("start_time", "per_kwh", "end_time", text=True), "channel_type": "general"},
    ],
)
def test_octopus_and_amber_tell_the_major_unit_whatever_the_entity_has(attributes: dict[str, Any]) -> None:
    assert shown(attributes) == QUARTERS
    assert all(one.major_per_kwh for one in intervals_in(attributes, TODAY))


def test_an_interval_of_amber_begins_with_the_minute_not_a_second_later() -> None:
    rows = [
        {"start_time": "2026-11-20T11:00:01+00:00", "end_time": "2026-11-20T11:30:00+00:00", "per_kwh": 0.2},
        {"start_time": "2026-11-20T11:30:01+00:00", "end_time": "2026-11-20T12:00:00+00:00", "per_kwh": 0.3},
    ]
    first, second = intervals_in({"forecasts": rows}, TODAY)
    assert (first.start.second, first.end) == (0, second.start)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        # What is no number, or none that a price can be, leaves a hole; the rest counts.
        ([("11:00", "nan"), ("11:15", "1")], [("20 11:15", 15, "1")]),
        ([("11:00", "inf"), ("11:15", "1")], [("20 11:15", 15, "1")]),
        ([("11:00", "0,25"), ("11:15", "1")], [("20 11:15", 15, "1")]),
        ([("11:00", True), ("11:15", 1)], [("20 11:15", 15, "1")]),
        # In any order.
        (
            [("11:15", 2), ("11:30", 3), ("11:00", 1)],
            [("20 11:00", 15, "1"), ("20 11:15", 15, "2"), ("20 11:30", 15, "3")],
        ),
        # The same start twice: there is no telling which, and the second one lasts no time.
        ([("11:00", 1), ("11:00", 2), ("11:15", 3)], [("20 11:00", 15, "2"), ("20 11:15", 15, "3")]),
        # A hole in the list is no long interval.
        (
            [("11:00", 1), ("11:15", 2), ("18:00", 3)],
            [("20 11:00", 15, "1"), ("20 11:15", 60, "2"), ("20 18:00", 15, "3")],
        ),
    ],
)
def test_bad_rows_leave_holes_and_nothing_else(rows: list[tuple[str, Any]], found: list[tuple[str, int, str]]) -> None:
    assert shown({"raw_today": [{"start": f"2026-11-20T{at}Z", "value": value} for at, value in rows]}) == found


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-20", 24)])
@pytest.mark.parametrize("with_offset", [True, False])
def test_days_of_23_and_25_hours_are_whole(day: str, hours: int, *, with_offset: bool) -> None:
    first = local(f"{day}T00:00").astimezone(UTC)
    starts = [(first + timedelta(minutes=15 * place)).astimezone(BERLIN) for place in range(hours * 4)]
    rows = [
        {"start": at.isoformat() if with_offset else at.replace(tzinfo=None).isoformat(), "price": place}
        for place, at in enumerate(starts)
    ]
    context = ShapeContext(zone=BERLIN, today=starts[0].date())
    found = intervals_in({"prices": rows}, context)
    assert [one.start for one in found] == [first + timedelta(minutes=15 * place) for place in range(hours * 4)]
    assert found[-1].end == first + timedelta(hours=hours)
    assert all(one.end == other.start for one, other in pairwise(found))


def test_pvpc_has_an_attribute_for_each_hour() -> None:
    madrid = ShapeContext(zone=ZoneInfo("Europe/Madrid"), today=date(2026, 11, 20))
    attributes = {
        "price_00h": 0.11,
        "price_23h": 0.19,
        "price_next_day_00h": 0.08,
        "price_24h": 9,
        "price_05h": None,
        "max_price": 0.3,
    }
    assert shown(attributes, madrid) == [
        ("19 23:00", 60, "0.11"),
        ("20 22:00", 60, "0.19"),
        ("20 23:00", 60, "0.08"),
    ]


def test_pvpc_in_the_night_that_has_an_hour_twice() -> None:
    madrid = ShapeContext(zone=ZoneInfo("Europe/Madrid"), today=date(2026, 10, 25))
    attributes = {"price_01h": 1, "price_02h": 2, "price_02h_d": 3, "price_03h": 4}
    assert shown(attributes, madrid) == [
        ("24 23:00", 60, "1"),
        ("25 00:00", 60, "2"),
        ("25 01:00", 60, "3"),
        ("25 02:00", 60, "4"),
    ]


def test_times_without_an_offset_are_local_also_when_they_come_twice() -> None:
    rows = [
        {"start": f"2026-10-25 {clock}", "price": price}
        for price, clock in enumerate(["01:00", "02:00", "02:00", "03:00"])
    ]
    assert shown({"prices": rows}) == [
        ("24 23:00", 60, "0"),
        ("25 00:00", 60, "1"),
        ("25 01:00", 60, "2"),
        ("25 02:00", 60, "3"),
    ]


def test_the_hour_that_is_skipped_is_no_hour() -> None:
    rows = [
        {"start": local(f"2026-03-29T{clock}"), "value": price}
        for price, clock in enumerate(["01:00", "03:00", "04:00"])
    ]
    assert shown({"prices": rows}) == [("29 00:00", 60, "0"), ("29 01:00", 60, "1"), ("29 02:00", 60, "2")]


def test_a_day_of_the_zone_with_half_an_hour_of_summer_time() -> None:
    lord_howe = ShapeContext(zone=ZoneInfo("Australia/Lord_Howe"), today=date(2026, 4, 5))
    rows = [
        {"start": f"2026-04-05T{clock}:00", "end": f"2026-04-05T{end}:00", "price": price}
        for price, clock, end in [(1, "01:00", "01:30"), (2, "01:30", "01:30"), (3, "01:30", "02:00")]
    ]
    assert shown({"prices": rows}, lord_howe) == [
        ("04 14:00", 30, "1"),
        ("04 14:30", 30, "2"),
        ("04 15:00", 30, "3"),
    ]


def test_rows_in_disorder_and_rows_without_a_price() -> None:
    rows = [
        {"start": "2026-11-20T13:00:00+01:00", "price": "unknown"},
        {"start": "2026-11-20T14:00:00+01:00", "price": 0.3},
        {"start": "2026-11-20T12:00:00+01:00", "price": 0.1},
    ]
    assert shown({"prices": rows}) == [("20 11:00", 60, "0.1"), ("20 13:00", 60, "0.3")]


def test_a_hole_in_a_list_is_no_long_interval() -> None:
    rows = [{"start": f"2026-11-20T{hour}:00:00+01:00", "price": hour} for hour in ("10", "11", "18")]
    assert shown({"prices": rows}) == [("20 09:00", 60, "10"), ("20 10:00", 60, "11"), ("20 17:00", 60, "18")]


def test_a_single_row_without_an_end_is_an_hour() -> None:
    assert shown({"prices": [{"start": "2026-11-20T12:00:00+01:00", "price": 1}]}) == [("20 11:00", 60, "1")]


def test_intervals_that_are_reversed_or_longer_than_a_day_are_left_out() -> None:
    rows = [
        {"start": "2026-11-20T12:00:00Z", "end": "2026-11-20T11:00:00Z", "price": 1},
        {"start": "2026-11-20T12:00:00Z", "end": "2026-11-22T12:00:00Z", "price": 2},
        {"start": "2026-11-20T12:00:00Z", "end": "2026-11-20T13:00:00Z", "price": 3},
    ]
    assert shown({"prices": rows}) == [("20 12:00", 60, "3")]


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"unit_of_measurement": "EUR/kWh", "friendly_name": "Price"},
        {"raw_today": "soon"},
        {"raw_today": [{"start": "soon", "value": 1}]},
        {"raw_today": [{"start": 12, "value": 1}]},
        {"raw_today": [{"start": "0001-01-01T00:00:00+01:00", "value": 1}]},
        {"raw_today": [{"start": "2026-11-20T12:00:00Z"}]},
        {"raw_today": [1, 2, 3]},
        {"prices": [{"start": "2026-11-20T12:00:00Z", "price": None}]},
        {"prices": [{"start": "2026-11-20T12:00:00Z", "price": 1}, "and so on"]},
        {"prices": [{"start": "2026-11-20T12:00:00Z", "price": 1}] * (MOST_ROWS + 1)},
        {"data": {"start_time": "2026-11-20T12:00:00Z", "price_per_kwh": 1}},
        {"price_7h": 1, "price_30h": 2, "price_next_day": 3},
    ],
)
def test_what_is_no_list_of_prices_is_left_alone(attributes: dict[str, Any]) -> None:
    assert intervals_in(attributes, TODAY) == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["start", "end", "time", "hour", "price", "value"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["raw_today", "raw_tomorrow", "prices", "data", "price_02h", "today_interval_prices", "x"]),
        ANYTHING,
        max_size=4,
    )
)
def test_nothing_in_an_attribute_can_break_the_reading(attributes: dict[str, Any]) -> None:
    for interval in intervals_in(attributes, TODAY):
        assert interval.start < interval.end
        assert interval.raw.is_finite()
