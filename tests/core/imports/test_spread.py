"""Of a session without periods only sums are known: they are spread over its time, and nothing is lost."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.imports.spread import Stretch, at_part, quarters, shares, stretches
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.durations import lasted
from custom_components.ev_sessions.core.sessions.session import Session

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
MINUTE_MS = 60_000


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_it_waited_then_charged_then_stood_and_what_has_no_price_comes_last() -> None:
    known = stretches(NOON, at(60), energy_mwh=4000, priced_mwh=3000, waiting_ms=10 * MINUTE_MS, idle_ms=30 * MINUTE_MS)
    assert known == [
        Stretch(start=NOON, end=at(10), activity=Activity.PREPARING),
        Stretch(start=at(10), end=at(25), activity=Activity.CHARGING, energy_mwh=3000),
        Stretch(start=at(25), end=at(30), activity=Activity.CHARGING, energy_mwh=1000, priced=False),
        Stretch(start=at(30), end=at(60), activity=Activity.FINISHING),
    ]


def test_energy_of_which_nobody_knows_when_flowed_all_the_time() -> None:
    known = stretches(NOON, at(60), energy_mwh=9, priced_mwh=9, waiting_ms=30 * MINUTE_MS, idle_ms=30 * MINUTE_MS)
    assert known == [Stretch(start=NOON, end=at(60), activity=Activity.CHARGING, energy_mwh=9)]
    assert stretches(NOON, at(9), energy_mwh=0, priced_mwh=0, waiting_ms=MINUTE_MS, idle_ms=MINUTE_MS) == [
        Stretch(start=NOON, end=at(9), activity=Activity.PREPARING)
    ]


@given(
    st.integers(1, 90_000_000),
    st.integers(0, 10**8),
    st.floats(0, 1),
    st.integers(0, 60_000),
    st.integers(0, 60_000),
)
def test_stretches_follow_each_other_and_have_all_the_energy(
    length_us: int, energy_mwh: int, priced_part: float, waiting_ms: int, idle_ms: int
) -> None:
    end = NOON + timedelta(microseconds=length_us)
    priced_mwh = round(energy_mwh * priced_part)
    known = stretches(NOON, end, energy_mwh=energy_mwh, priced_mwh=priced_mwh, waiting_ms=waiting_ms, idle_ms=idle_ms)
    assert (known[0].start, known[-1].end) == (NOON, end)
    assert all(one.end == other.start and one.start <= one.end for one, other in pairwise(known))
    assert sum(one.energy_mwh for one in known) == energy_mwh
    assert sum(one.energy_mwh for one in known if one.priced) == priced_mwh
    assert all(one.activity is Activity.CHARGING for one in known if one.energy_mwh)


@given(st.integers(0, 10**7), st.integers(0, 40_000), st.integers(0, 10**9))
def test_quarters_cover_the_span_and_share_out_all(offset_s: int, length_s: int, whole: int) -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    start = NOON + timedelta(seconds=offset_s)
    end = start + timedelta(seconds=length_s)
    parts = quarters(start, end, kathmandu)
    assert (parts[0][0], parts[-1][1]) == (start, end)
    for (_, until), (since, _) in pairwise(parts):
        assert until == since
        assert until.astimezone(kathmandu).minute % 15 == until.astimezone(kathmandu).second == 0
    assert all(until - since <= timedelta(minutes=15) for since, until in parts)
    shared = shares(whole, parts)
    assert sum(shared) == whole
    assert len(shared) == len(parts)
    assert all(part >= 0 for part in shared)


def test_a_part_of_the_way_is_a_part_of_the_time() -> None:
    assert at_part(NOON, at(8), 1, 4) == at(2)
    assert at_part(NOON, at(8), 0, 4) == NOON
    assert at_part(NOON, at(8), 4, 4) == at(8)
    assert shares(7, [(NOON, NOON)]) == [7]
    assert shares(9, [(NOON, at(1)), (at(1), at(3))]) == [3, 6]


def test_time_is_waiting_before_a_charge_a_pause_between_two_and_idle_after_the_last() -> None:
    session = Session(id="one", start=NOON)
    for activity, minutes in (
        (Activity.PREPARING, 5),
        (Activity.SUSPENDED_EVSE, 2),
        (Activity.SUSPENDED_EV, 1),
        (Activity.CHARGING, 30),
        (Activity.SUSPENDED_EV, 7),
        (Activity.CHARGING, 10),
        (Activity.FINISHING, 11),
        (Activity.SUSPENDED_EVSE, 3),
        (Activity.SUSPENDED_EV, 4),
    ):
        session = lasted(session, activity, minutes)
    assert (session.waiting_ms, session.charging_ms, session.paused_ms, session.idle_ms) == (6, 40, 2 + 7 + 3, 15)
    assert session.connected_ms == 73


def test_a_part_of_the_way_is_counted_in_microseconds() -> None:
    end = NOON + timedelta(microseconds=3)
    assert at_part(NOON, end, 1, 3) == NOON + timedelta(microseconds=1)
    assert shares(4, [(NOON, NOON + timedelta(microseconds=1)), (NOON + timedelta(microseconds=1), end)]) == [1, 3]


def test_a_span_that_ends_with_a_quarter_hour_has_no_empty_part_behind_it() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    assert quarters(NOON, at(15), kathmandu) == [(NOON, at(15))]
    assert quarters(NOON, at(30), kathmandu) == [(NOON, at(15)), (at(15), at(30))]


def test_what_flowed_in_no_time_is_in_the_first_part_else_no_empty_part_has_any() -> None:
    assert shares(5, [(NOON, NOON), (NOON, NOON)]) == [5, 0]
    assert shares(5, [(NOON, NOON), (NOON, at(5))]) == [0, 5]
