"""Sessions that come from elsewhere: what is taken, what is found out, and what is refused with a word."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.imports.session import (
    ImportContext,
    NoSessionsError,
    ReadSession,
    read_sessions,
    records_in,
)
from custom_components.ev_sessions.core.money import cost_of
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import EndReason, PriceBasis, Quality

BERLIN = ZoneInfo("Europe/Berlin")
CONTEXT = ImportContext(
    zone=BERLIN,
    currency="EUR",
    now=datetime(2026, 11, 20, 12, tzinfo=UTC),
    new_id=lambda at: f"01NEW{int(at.timestamp()):021d}",
)
ULID = "01JD3Q0V8M6C2S1YB3J0W7T9KX"


def record(**changes: Any) -> dict[str, Any]:
    """Return an hour at home: ten minutes of waiting, forty of charging, ten idle, 6 kWh for 1.50."""
    return {
        "id": ULID,
        "charger": "Garage",
        "charger_device_id": None,
        "evse": 1,
        "status": "ended",
        "end_reason": "unplugged",
        "start": "2026-11-19T18:05:00+01:00",
        "end": "2026-11-19T19:05:00+01:00",
        "connected_s": 3600,
        "waiting_s": 600,
        "charging_s": 2400,
        "paused_s": 0,
        "idle_s": 600,
        "energy_kwh": 6.0,
        "cost": "1.50",
        "cost_exact": "1.5",
        "currency": "EUR",
        **changes,
    }


def period(start: str, end: str, energy_kwh: float, **changes: Any) -> dict[str, Any]:
    """Return a quarter hour or less of that evening, charging at 0.25 by the source's intervals."""
    return {
        "start": f"2026-11-19T{start}:00+01:00",
        "end": f"2026-11-19T{end}:00+01:00",
        "activity": "charging",
        "suspended_by": None,
        "energy_kwh": energy_kwh,
        "solar_kwh": None,
        "price": "0.25",
        "price_basis": "interval",
        "quality": "measured",
        **changes,
    }


def with_periods(*periods: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return that hour with periods, and nothing said that they do not say."""
    bare = record(cost=None, cost_exact=None, periods=list(periods), **changes)
    return {name: value for name, value in bare.items() if not name.endswith("_s")}


def taken(values: Any) -> ReadSession:
    """Return the session of the only record, which is taken."""
    report = read_sessions([values], CONTEXT)
    assert report.problems == ()
    return report.sessions[0]


def refused(values: Any) -> str:
    """Return the word for which the only record is refused."""
    report = read_sessions([values], CONTEXT)
    assert report.sessions == ()
    assert report.problems[0].row == 1
    return report.problems[0].reason


# The data as a whole


@pytest.mark.parametrize(
    "data",
    [[{"a": 1}], {"sessions": [{"a": 1}]}, '[{"a": 1}]', b'{"total": 1, "sessions": [{"a": 1}]}'],
)
def test_records_are_found_in_every_form_in_which_they_come(data: Any) -> None:
    assert list(records_in(data)) == [{"a": 1}]


@pytest.mark.parametrize("data", ["no json", "[" * 100_000, b"\xff", {"periods": []}, 5, None, {"sessions": "two"}])
def test_data_without_sessions_is_told_as_such(data: Any) -> None:
    with pytest.raises(NoSessionsError, match=r"it is no JSON|no list of sessions"):
        records_in(data)


def test_rows_count_from_one_and_one_bad_row_does_not_spoil_the_others() -> None:
    report = read_sessions([record(), "nonsense", record(id=None)], CONTEXT)
    assert [one.row for one in report.sessions] == [1, 3]
    assert [(one.row, one.reason) for one in report.problems] == [(2, "not_an_object")]


# A session as a whole


def test_what_is_said_of_a_session_is_taken_exactly() -> None:
    read = taken(
        record(
            register_start_kwh=10233.118,
            register_end_kwh=10239.118,
            peak_power_kw=11.04,
            note="guest",
        )
    )
    session = read.session
    assert session.id == ULID
    assert session.start == datetime(2026, 11, 19, 17, 5, tzinfo=UTC)
    assert session.end == datetime(2026, 11, 19, 18, 5, tzinfo=UTC)
    assert session.end_reason is EndReason.UNPLUGGED
    assert session.settled
    assert session.energy_mwh == 6_000_000
    assert session.register_start_mwh == 10_233_118_000
    assert session.register_end_mwh == 10_239_118_000
    assert session.peak_power_w == 11_040
    assert (session.connected_ms, session.waiting_ms) == (3_600_000, 600_000)
    assert (session.charging_ms, session.paused_ms, session.idle_ms) == (2_400_000, 0, 600_000)
    assert read.note == "guest"
    assert (read.charger.name, read.charger.device_id, read.charger.evse) == ("Garage", None, 1)


def test_text_numbers_and_instants_as_objects_are_understood() -> None:
    start = datetime(2026, 11, 19, 17, 5, tzinfo=UTC)
    read = taken(record(start=start, end=start + timedelta(hours=1), energy_kwh="6.000000", evse="2", note=""))
    assert read.session.start == start
    assert read.session.energy_mwh == 6_000_000
    assert read.charger.evse == 2
    assert read.note is None


@pytest.mark.parametrize("said", [None, "", "17", 17, "01jd3q0v8m6c2s1yb3j0w7t9kx", "81JD3Q0V8M6C2S1YB3J0W7T9KX"])
def test_a_session_without_an_id_of_ours_gets_one(said: Any) -> None:
    assert taken(record(id=said)).session.id == "01NEW" + "0" * 11 + "1795107900"[:10]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start": None}, "start_not_understood"),
        ({"start": "yesterday"}, "start_not_understood"),
        ({"start": 1795107900}, "start_not_understood"),
        ({"start": "1970-01-01T00:00:00+00:00"}, "start_not_understood"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start_not_understood"),
        ({"start": "2026-11-19T18:05:00"}, "start_without_offset"),
        ({"end": None}, "not_ended"),
        ({"status": "open"}, "not_ended"),
        ({"status": "held"}, "not_ended"),
        ({"status": "sleeping"}, "status_not_understood"),
        ({"end": "2026-11-19T18:05:00+01:00"}, "end_before_start"),
        ({"end": "2026-11-21T18:05:00+01:00"}, "in_the_future"),
        ({"start": "2025-11-18T18:05:00+01:00"}, "too_long"),
        ({"energy_kwh": None}, "energy_kwh_not_understood"),
        ({"energy_kwh": -0.1}, "energy_kwh_not_understood"),
        ({"energy_kwh": True}, "energy_kwh_not_understood"),
        ({"energy_kwh": float("nan")}, "energy_kwh_not_understood"),
        ({"energy_kwh": "Infinity"}, "energy_kwh_not_understood"),
        ({"energy_kwh": "much"}, "energy_kwh_not_understood"),
        ({"energy_kwh": "1e999999"}, "energy_kwh_not_understood"),
        ({"energy_kwh": "1e-30"}, "energy_kwh_not_understood"),
        ({"energy_kwh": [6]}, "energy_kwh_not_understood"),
        ({"energy_kwh": 10**5000}, "energy_kwh_not_understood"),
        ({"evse": 1.5}, "evse_not_understood"),
        ({"end_reason": "bored"}, "end_reason_not_understood"),
        ({"note": 5}, "note_not_understood"),
        ({"note": "x" * 10_001}, "note_too_long"),
        ({"charger": {"name": "Garage"}}, "charger_not_understood"),
        ({"idle_s": None}, "durations_do_not_sum"),
        ({"idle_s": 601}, "durations_do_not_sum"),
        ({"idle_s": 596}, "durations_do_not_sum"),
        ({"connected_s": 36_000, "idle_s": 33_000}, "durations_do_not_fit"),
        ({"estimated_kwh": 6.1}, "estimated_kwh_not_understood"),
        ({"solar_kwh": 6.1}, "solar_kwh_does_not_sum"),
        ({"unpriced_kwh": 6.1}, "unpriced_kwh_not_understood"),
        ({"unpriced_kwh": 6.0}, "cost_without_energy"),
        ({"energy_kwh": 0}, "cost_without_energy"),
        ({"currency": "SEK"}, "other_currency"),
        ({"cost_exact": "a lot"}, "cost_exact_not_understood"),
        ({"periods": {}, "periods ": 1, "energy_kwh": None}, "energy_kwh_not_understood"),
        ({"periods": "none"}, "periods_not_understood"),
        ({"periods": ["none"]}, "periods_not_understood"),
    ],
)
def test_what_cannot_be_true_is_refused_with_a_word(changes: dict[str, Any], reason: str) -> None:
    assert refused(record(**changes)) == reason


# Durations


def test_seconds_that_rounding_took_are_given_back_so_that_the_parts_sum() -> None:
    session = taken(record(waiting_s=599, idle_s=599)).session
    parts = (session.waiting_ms, session.charging_ms, session.paused_ms, session.idle_ms)
    assert sum(parts) == session.connected_ms == 3_600_000
    assert [part // 1000 for part in parts] == [599, 2400, 0, 599]


def test_without_durations_a_session_charged_all_the_time() -> None:
    bare = {name: value for name, value in record().items() if not name.endswith("_s")}
    session = taken(bare).session
    assert (session.connected_ms, session.charging_ms) == (3_600_000, 3_600_000)
    assert (session.waiting_ms, session.paused_ms, session.idle_ms) == (0, 0, 0)


def test_durations_follow_from_the_periods_where_they_are_not_said() -> None:
    session = taken(
        with_periods(
            period("18:05", "18:15", 0, activity="preparing"),
            period("18:15", "18:30", 3.0),
            period("18:30", "18:45", 0, activity="suspended_evse", suspended_by="us"),
            period("18:45", "18:55", 3.0),
            period("18:55", "19:05", 0, activity="finishing"),
        )
    ).session
    assert (session.waiting_ms, session.charging_ms) == (600_000, 1_500_000)
    assert (session.paused_ms, session.idle_ms) == (900_000, 600_000)
    assert session.connected_ms == 3_600_000


# Periods that are spread


def test_energy_without_periods_is_spread_evenly_over_the_time_it_charged_and_marked_estimated() -> None:
    read = taken(record())
    shown = [(one.start.astimezone(BERLIN).strftime("%H:%M"), one.activity, one.energy_mwh) for one in read.periods]
    assert shown == [
        ("18:05", Activity.PREPARING, 0),
        ("18:15", Activity.CHARGING, 2_250_000),
        ("18:30", Activity.CHARGING, 2_250_000),
        ("18:45", Activity.CHARGING, 1_500_000),
        ("18:55", Activity.FINISHING, 0),
        ("19:00", Activity.FINISHING, 0),
    ]
    assert {one.quality for one in read.periods} == {Quality.ESTIMATED}
    assert [one.index for one in read.periods] == list(range(6))
    # How much it was is known; when it was is not.
    assert read.session.estimated_mwh == 0
    assert read.session.period_count == 6


def test_a_session_that_waited_all_the_time_by_its_durations_has_its_energy_over_all_of_it() -> None:
    read = taken(record(waiting_s=3600, charging_s=0, idle_s=0))
    assert read.periods[0].start == read.session.start
    assert read.periods[-1].end == read.session.end
    assert sum(one.energy_mwh for one in read.periods) == 6_000_000


def test_an_empty_session_has_periods_without_energy() -> None:
    read = taken(record(energy_kwh=0, cost="0.00", cost_exact="0", solar_kwh=0))
    assert {one.activity for one in read.periods} == {Activity.PREPARING}
    assert read.session.energy_mwh == 0
    assert read.session.solar_mwh == 0
    assert (read.cost.total_nano, read.cost.unpriced_mwh, read.cost.average_price) == (0, 0, None)


def test_what_was_estimated_and_what_was_solar_stays_and_is_shared_by_energy() -> None:
    read = taken(record(estimated_kwh=2.4, solar_kwh=1.2))
    assert read.session.estimated_mwh == 2_400_000
    assert read.session.solar_mwh == 1_200_000
    assert [one.solar_mwh for one in read.periods] == [0, 450_000, 450_000, 300_000, 0, 0]
    assert [one.estimated_mwh for one in read.periods] == [0, 900_000, 900_000, 600_000, 0, 0]


# Periods that are given


def test_given_periods_keep_price_basis_quality_and_who_suspended() -> None:
    read = taken(
        with_periods(
            period("18:15", "18:30", 4.0, price="0.2213", solar_kwh=1.0, quality="spread", estimated_kwh=0.5),
            period("18:30", "18:45", 2.0, price=None, price_basis="none", solar_kwh=None, quality="integrated"),
            period("18:45", "19:00", 0, activity="suspended_evse", suspended_by="us", price_basis="held"),
        )
    )
    first, second, third = read.periods
    assert (first.price_per_kwh, first.price_basis) == (Decimal("0.2213"), PriceBasis.INTERVAL)
    assert (first.quality, first.solar_mwh, first.estimated_mwh) == (Quality.SPREAD, 1_000_000, 500_000)
    assert (second.price_per_kwh, second.price_basis, second.estimated_mwh) == (None, PriceBasis.NONE, 2_000_000)
    assert (third.activity, third.suspended_by) == (Activity.SUSPENDED_EVSE, "us")
    assert third.price_basis is PriceBasis.HELD
    assert read.costs_nano == (885_200_000, None, 0)
    assert (read.cost.total_nano, read.cost.unpriced_mwh) == (885_200_000, 2_000_000)
    assert read.cost.average_price == Decimal("0.2213")
    assert read.session.solar_mwh == 1_000_000
    assert read.session.estimated_mwh == 2_500_000


def test_a_period_across_a_quarter_hour_is_cut_there_and_marked_estimated() -> None:
    read = taken(
        with_periods(
            period("18:10", "18:40", 6.0, solar_kwh=3.0, estimated_kwh=0.6, cost_exact="1.5"),
            period("18:40", "19:05", 0, activity="finishing", price=None, cost_exact="0"),
        )
    )
    assert [one.energy_mwh for one in read.periods] == [1_000_000, 3_000_000, 2_000_000, 0, 0, 0]
    assert [one.solar_mwh for one in read.periods] == [500_000, 1_500_000, 1_000_000, None, None, None]
    assert [one.estimated_mwh for one in read.periods] == [100_000, 300_000, 200_000, 0, 0, 0]
    assert [one.quality for one in read.periods] == [Quality.ESTIMATED] * 3 + [Quality.MEASURED] * 3
    assert read.costs_nano == (250_000_000, 750_000_000, 500_000_000, 0, 0, 0)
    assert [one.index for one in read.periods] == list(range(6))


def test_a_period_without_length_stays_whole() -> None:
    read = taken(with_periods(period("18:15", "18:15", 6.0)))
    assert [one.energy_mwh for one in read.periods] == [6_000_000]


def test_the_price_of_a_period_follows_from_its_cost() -> None:
    period_ = period("18:15", "18:30", 6.0, price=None, price_basis=None, cost_exact="2.000000001")
    read = taken(with_periods(period_))
    price = read.periods[0].price_per_kwh
    assert price == Decimal("0.333333333500")
    assert read.periods[0].price_basis is PriceBasis.FIXED
    assert read.costs_nano == (2_000_000_001,)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start": None}, "periods_not_understood"),
        ({"end": None}, "periods_not_understood"),
        ({"activity": None}, "periods_not_understood"),
        ({"energy_kwh": None}, "periods_not_understood"),
        ({"end": "2026-11-19T18:14:59+01:00"}, "periods_not_understood"),
        ({"activity": "flying"}, "activity_not_understood"),
        ({"quality": "good"}, "quality_not_understood"),
        ({"price_basis": "rumour"}, "price_basis_not_understood"),
        ({"energy_kwh": 5.999999}, "periods_do_not_sum"),
        ({"start": "2026-11-19T18:04:59+01:00"}, "periods_outside_session"),
        ({"end": "2026-11-19T19:05:01+01:00"}, "periods_outside_session"),
        ({"estimated_kwh": 6.1}, "estimated_kwh_not_understood"),
        ({"solar_kwh": 6.1}, "solar_kwh_does_not_sum"),
        ({"cost_exact": "1.6"}, "cost_is_not_energy_times_price"),
        ({"energy_kwh": 0, "price": None, "cost_exact": "1.6"}, "cost_without_energy"),
    ],
)
def test_a_period_that_cannot_be_true_spoils_its_session(changes: dict[str, Any], reason: str) -> None:
    said = with_periods({**period("18:15", "18:30", 6.0), **changes})
    if "solar_kwh" in changes:
        said["solar_kwh"] = changes["solar_kwh"]
    assert refused(said) == reason


def test_periods_that_overlap_are_refused() -> None:
    assert refused(with_periods(period("18:15", "18:30", 3), period("18:29", "18:45", 3))) == "periods_overlap"


def test_solar_energy_that_is_not_that_of_the_periods_is_refused() -> None:
    said = with_periods(period("18:15", "18:30", 6, solar_kwh=2.0), solar_kwh=2.1)
    assert refused(said) == "solar_kwh_does_not_sum"


# Money


def test_a_cost_without_periods_is_the_sum_of_theirs_at_the_mean_price() -> None:
    read = taken(record(cost="1.43", cost_exact="1.4330001"))
    assert read.cost.total_nano == 1_433_000_100
    assert sum(nano or 0 for nano in read.costs_nano) == 1_433_000_100
    assert {one.price_per_kwh for one in read.periods} == {Decimal("0.238833350000")}
    assert {one.price_basis for one in read.periods} == {PriceBasis.FIXED}
    assert read.cost.average_price == Decimal("0.238833")


def test_a_rounded_cost_alone_is_taken_as_it_is() -> None:
    read = taken(record(cost=1.5, cost_exact=None, currency=None))
    assert (read.cost.currency, read.cost.total_nano) == ("EUR", 1_500_000_000)


def test_energy_without_a_price_comes_last_and_stays_unpriced() -> None:
    read = taken(record(unpriced_kwh=1.5, cost="1.00", cost_exact="1"))
    priced = [one.energy_mwh for one, nano in zip(read.periods, read.costs_nano, strict=True) if nano is not None]
    assert sum(priced) == 4_500_000
    assert read.cost.unpriced_mwh == 1_500_000
    assert read.cost.average_price == Decimal("0.222222")
    unpriced = [one for one, nano in zip(read.periods, read.costs_nano, strict=True) if nano is None]
    assert {one.price_basis for one in unpriced} == {PriceBasis.NONE}
    # Charged for forty minutes; a quarter of the energy in the last ten of them.
    assert unpriced[0].start.astimezone(BERLIN).strftime("%H:%M") == "18:45"


def test_a_sliver_of_energy_is_not_lost_where_no_time_is_left_for_it() -> None:
    said = record(unpriced_kwh=5.999999, cost="0.01", cost_exact="0.01")
    said |= {"start": "2026-11-19T18:05:00+01:00", "end": "2026-11-19T18:05:00.000003+01:00"}
    read = taken({name: value for name, value in said.items() if not name.endswith("_s")})
    assert sum(one.energy_mwh for one in read.periods) == 6_000_000
    assert read.cost.total_nano == 10_000_000


def test_a_session_without_any_cost_is_unpriced_and_not_free() -> None:
    read = taken(record(cost=None, cost_exact=None))
    assert (read.cost.total_nano, read.cost.unpriced_mwh) == (0, 6_000_000)
    assert set(read.costs_nano) == {None}
    all_unpriced = taken(record(cost=None, cost_exact=None, unpriced_kwh=6.0))
    assert all_unpriced.cost == read.cost


@pytest.mark.parametrize(
    ("cost", "taken_as"),
    [
        ({"cost_exact": "1.500000001"}, 1_500_000_001),
        ({"cost_exact": None, "cost": "1.51"}, 1_500_000_000),
        ({"cost_exact": None, "cost": None}, 1_500_000_000),
    ],
)
def test_the_cost_of_a_session_may_differ_from_its_periods_by_what_rounding_took(
    cost: dict[str, Any], taken_as: int
) -> None:
    said = with_periods(period("18:15", "18:30", 6.0)) | cost
    assert taken(said).cost.total_nano == taken_as


@pytest.mark.parametrize("cost", [{"cost_exact": "1.500000002"}, {"cost_exact": None, "cost": "1.52"}])
def test_a_cost_that_is_not_that_of_the_periods_is_refused(cost: dict[str, Any]) -> None:
    assert refused(with_periods(period("18:15", "18:30", 6.0)) | cost) == "cost_does_not_sum"


def test_given_periods_without_prices_share_the_cost_of_the_session() -> None:
    said = with_periods(
        period("18:15", "18:30", 4.0, price=None, price_basis="none"),
        period("18:30", "18:45", 2.0, price=None, price_basis="none"),
    )
    read = taken(said | {"cost_exact": "1.5"})
    assert read.costs_nano == (1_000_000_000, 500_000_000)
    assert refused(said | {"cost_exact": "1.5", "unpriced_kwh": 1.0}) == "cost_does_not_sum"


# Whatever comes

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
plausible = st.sampled_from(
    ["0", "1e-9", "-1", "1e20", 0, 6.0, "6", "2026-11-19T18:15:00+01:00", "2026-11-19T18:40:00+01:00", "ended", "none"]
)
FIELDS = [*record(), "periods", "estimated_kwh", "solar_kwh", "unpriced_kwh", "peak_power_kw", "note"]
PERIOD_FIELDS = [*period("18:15", "18:30", 6), "estimated_kwh", "cost_exact"]


@given(
    changes=st.dictionaries(st.sampled_from(FIELDS), anything | plausible, max_size=4),
    in_period=st.none() | st.dictionaries(st.sampled_from(PERIOD_FIELDS), anything | plausible, max_size=3),
)
def test_whatever_a_record_says_it_is_taken_whole_or_refused(
    changes: dict[str, Any], in_period: dict[str, Any] | None
) -> None:
    values = record(**changes)
    if in_period is not None:
        values["periods"] = [{**period("18:15", "18:30", 6.0), **in_period}]
    report = read_sessions([values], CONTEXT)
    assert len(report.sessions) + len(report.problems) == 1
    for read in report.sessions:
        held_together(read)


@given(
    energy_mwh=st.integers(0, 10**9),
    minutes=st.integers(1, 3_000),
    cost_nano=st.none() | st.integers(-(10**12), 10**12),
    start_s=st.integers(1_700_000_000, 1_790_000_000),
)
def test_a_session_without_periods_keeps_its_sums_wherever_it_lies(
    energy_mwh: int, minutes: int, cost_nano: int | None, start_s: int
) -> None:
    start = datetime.fromtimestamp(start_s, UTC)
    values = {
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=minutes)).isoformat(),
        "energy_kwh": energy_mwh / 10**6,
        "cost_exact": None if cost_nano is None or not energy_mwh else str(Decimal(cost_nano).scaleb(-9)),
    }
    read = taken(json.loads(json.dumps(values)))
    held_together(read)
    assert read.session.energy_mwh == energy_mwh
    if values["cost_exact"] is not None:
        assert read.cost.total_nano == cost_nano


def held_together(read: ReadSession) -> None:
    """Check what must always hold of a session that is taken."""
    session, periods = read.session, read.periods
    assert sum(one.energy_mwh for one in periods) == session.energy_mwh
    assert sum(one.estimated_mwh for one in periods) == session.estimated_mwh <= session.energy_mwh
    assert session.waiting_ms + session.charging_ms + session.paused_ms + session.idle_ms == session.connected_ms
    edges = [session.start, *(edge for one in periods for edge in (one.start, one.end)), session.end]
    assert edges == sorted(edge for edge in edges if edge is not None)
    assert len(read.costs_nano) == len(periods) == session.period_count
    sum_nano = sum(nano or 0 for nano in read.costs_nano)
    assert abs(read.cost.total_nano - sum_nano) <= len(periods)
    for one, nano in zip(periods, read.costs_nano, strict=True):
        # Berlin's offsets are whole hours, so its quarter hours are those of UTC, also when the clocks change.
        last = one.end - timedelta(microseconds=1)
        assert one.start.timestamp() // 900 == last.timestamp() // 900 or one.start == one.end
        if nano is not None and one.price_per_kwh is not None and one.price_basis is not PriceBasis.FIXED:
            assert abs(Decimal(nano).scaleb(-9) - cost_of(one.energy_mwh, one.price_per_kwh)) <= Decimal("2e-9")
