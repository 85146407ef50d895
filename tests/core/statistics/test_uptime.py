"""When a charger counts as down, and when nobody can tell."""

from datetime import UTC, datetime, timedelta
import itertools

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.statistics.uptime import Cause, Downtime, Interval, Uptime, downtime_in

START = datetime(2026, 11, 19, 16, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


class Watched:
    """An EVSE that is looked at, and what is kept of it. The wall clock may be set by some minutes."""

    def __init__(self, until: datetime | None = None, *going_on: Interval) -> None:
        self.set_by = 0.0
        self.state, closed = Uptime.begin(self.now(0), until, going_on)
        self.kept = {one.start: one for one in (*going_on, *closed)}

    def look(self, minutes: float, *, online: bool = True, fault: bool = False) -> None:
        self.state, changed = self.state.look(self.now(minutes), online=online, fault=fault)
        self.kept |= {one.start: one for one in changed}

    def now(self, minutes: float) -> Now:
        return Now(utc=at(minutes + self.set_by), monotonic_s=7_000.0 + minutes * 60)

    @property
    def spans(self) -> list[tuple[float, float | None, str]]:
        minute = timedelta(minutes=1)
        return [
            ((one.start - START) / minute, None if one.end is None else (one.end - START) / minute, one.cause.value)
            for _, one in sorted(self.kept.items())
        ]


def test_a_charger_that_is_well_leaves_nothing() -> None:
    evse = Watched()
    for minute in range(100):
        evse.look(minute)
    assert evse.spans == []


def test_a_silent_charger_is_down_from_its_last_word_to_its_next() -> None:
    evse = Watched()
    evse.look(0)
    evse.look(10, online=False)
    assert evse.spans == []
    evse.look(11, online=False)
    assert evse.spans == [(10, None, "silent")]
    evse.look(12, online=False)
    evse.look(30)
    assert evse.spans == [(10, 30, "silent")]


def test_a_hiccup_does_not_count() -> None:
    evse = Watched()
    evse.look(0)
    evse.look(10, online=False)
    evse.look(10.9)
    evse.look(20)
    assert evse.spans == []


def test_a_hiccup_after_a_long_silence_does_not_count_either() -> None:
    evse = Watched()
    evse.look(0)
    evse.look(10, online=False)
    evse.look(12, online=False)
    evse.look(20)
    evse.look(30, online=False)
    evse.look(30.5)
    assert evse.spans == [(10, 20, "silent")]


def test_a_minute_between_two_looks_counts_all_the_same() -> None:
    evse = Watched()
    evse.look(0)
    evse.look(10, online=False)
    evse.look(11)
    assert evse.spans == [(10, 11, "silent")]


def test_a_fault_that_falls_silent_stays_down_with_both_causes() -> None:
    evse = Watched()
    evse.look(0, fault=True)
    evse.look(5, fault=True)
    evse.look(6, online=False)
    evse.look(9)
    assert evse.spans == [(0, 6, "fault"), (6, 9, "silent")]


def test_the_time_without_us_is_unwatched_until_the_charger_speaks() -> None:
    evse = Watched(at(-60))
    evse.look(0.1, online=False)
    evse.look(3, online=False)
    evse.look(4)
    assert evse.spans == [(-60, 4, "unwatched")]


def test_a_charger_that_never_speaks_after_a_start_is_down_after_five_minutes() -> None:
    evse = Watched(at(-60))
    evse.look(4.9, online=False)
    evse.look(5, online=False)
    evse.look(7, online=False)
    assert evse.spans == [(-60, 5, "unwatched"), (5, None, "silent")]


def test_the_first_start_of_all_begins_with_it() -> None:
    evse = Watched()
    evse.look(3)
    assert evse.spans == [(0, 3, "unwatched")]


def test_what_went_on_when_we_stopped_ends_where_we_last_watched() -> None:
    silent = Interval(start=at(-90), end=None, cause=Cause.SILENT)
    evse = Watched(at(-60), silent)
    evse.look(2)
    assert evse.spans == [(-90, -60, "silent"), (-60, 2, "unwatched")]
    # The last sign of life may be older than the interval itself.
    evse = Watched(at(-100), silent)
    assert evse.spans == [(-90, -90, "silent")]


@pytest.mark.parametrize("set_by", [60, -60, 0.05, -400_000])
def test_an_outage_is_as_long_as_it_was_whatever_the_clock_shows(set_by: float) -> None:
    evse = Watched()
    evse.look(10)
    evse.look(20, online=False)
    evse.look(22, online=False)
    evse.set_by = set_by
    evse.look(30, online=False)
    evse.look(32)
    assert evse.spans == [(0, 10, "unwatched"), (20, 32, "silent")]
    # What begins then begins by the clock of then.
    evse.look(40, fault=True)
    evse.look(42)
    assert min(evse.spans, key=lambda one: one[2]) == (40 + set_by, 42 + set_by, "fault")


def test_a_clock_that_drifts_is_followed() -> None:
    evse = Watched()
    evse.look(10)
    evse.look(20, online=False)
    evse.set_by = 1 / 60
    evse.look(32)
    assert evse.spans == [(0, 10, "unwatched"), (20, 32 + 1 / 60, "silent")]


@pytest.mark.parametrize("set_by", [60, -60])
def test_other_integrations_have_their_five_minutes_whatever_the_clock_shows(set_by: float) -> None:
    evse = Watched(at(-60))
    evse.look(1, online=False)
    evse.set_by = set_by
    evse.look(4, online=False)
    evse.look(5)
    assert evse.spans == [(-60, 5, "unwatched")]


def test_a_last_sign_of_life_that_lies_ahead_is_now() -> None:
    assert Watched(at(60)).state.since.utc == START


def test_availability_is_the_share_of_the_watched_time() -> None:
    intervals = [
        Interval(start=at(0), end=at(10), cause=Cause.UNWATCHED),
        Interval(start=at(20), end=at(25), cause=Cause.FAULT),
        Interval(start=at(55), end=None, cause=Cause.SILENT),
    ]
    found = downtime_in(at(0), at(60), intervals)
    assert found == Downtime(span_ms=3_600_000, down_ms=600_000, unwatched_ms=600_000)
    assert found.availability == 0.8
    assert downtime_in(at(22), at(24), intervals).availability == 0
    assert downtime_in(at(2), at(4), intervals).availability is None
    assert downtime_in(at(30), at(50), intervals).availability == 1
    assert downtime_in(at(5), at(5), intervals) == Downtime()


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 100), st.sampled_from(Cause)), max_size=12),
    st.integers(0, 300),
    st.integers(1, 300),
    st.floats(0, 1),
)
def test_two_halves_of_a_span_add_up_to_it(
    spans: list[tuple[int, int, Cause]], start: int, length: int, share: float
) -> None:
    intervals = [Interval(start=at(begin), end=at(begin + lasts), cause=cause) for begin, lasts, cause in spans]
    middle = start + int(length * share)
    whole = downtime_in(at(start), at(start + length), intervals)
    halves = downtime_in(at(start), at(middle), intervals) + downtime_in(at(middle), at(start + length), intervals)
    assert whole == halves
    assert 0 <= whole.down_ms + whole.unwatched_ms <= whole.span_ms


@given(st.lists(st.tuples(st.floats(0.01, 20), st.booleans(), st.booleans()), max_size=40))
def test_what_is_kept_never_overlaps(looks: list[tuple[float, bool, bool]]) -> None:
    evse = Watched(at(-30))
    now = 0.0
    for later, online, fault in looks:
        now += later
        evse.look(now, online=online, fault=fault)
    spans = evse.spans
    assert all(one[1] is not None and one[1] <= other[0] for one, other in itertools.pairwise(spans))
    assert all(end is None or end - start >= 1 for start, end, _ in spans)


@pytest.mark.parametrize("cause", list(Cause))
def test_an_interval_in_another_counts_once(cause: Cause) -> None:
    outer = Interval(start=at(0), end=at(30), cause=Cause.FAULT)
    inner = Interval(start=at(10), end=at(20), cause=cause)
    assert downtime_in(at(0), at(60), [inner, outer]) == Downtime(span_ms=3_600_000, down_ms=1_800_000)


def test_a_charger_that_was_well_and_falls_silent_soon_after_the_start_is_silent() -> None:
    evse = Watched()
    evse.look(0)
    evse.look(0.5, online=False)
    evse.look(2, online=False)
    assert evse.spans == [(0.5, None, "silent")]


def test_what_is_kept_is_not_kept_again_at_each_look() -> None:
    evse = Watched()
    evse.look(0)
    evse.look(10, online=False)
    evse.look(12, online=False)
    assert evse.state.look(evse.now(13), online=False, fault=False) == (evse.state, ())


def test_a_millisecond_counts_and_a_share_has_six_decimals() -> None:
    moment = Interval(start=START, end=START + timedelta(milliseconds=1), cause=Cause.FAULT)
    assert downtime_in(START, at(1), [moment]).down_ms == 1
    assert Downtime(span_ms=1).availability == 1.0
    assert Downtime(span_ms=3, down_ms=1).availability == 0.666667
