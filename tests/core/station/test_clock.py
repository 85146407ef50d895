"""Whose clock an instant is by: a station's where it can be, put right by its drift, else ours."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.sessions.transaction import TimedBy
from custom_components.ev_sessions.core.station.clock import (
    ClockWatch,
    answered,
    booted,
    connected,
    dated,
    heard,
    told_instant,
)
from tests.core.station.story import TEN, at


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-19T10:00:00Z", TEN),
        (" 2026-11-19T11:00:00.000+01:00 ", TEN),
        ("2026-11-19T10:00:00.0000001Z", TEN),
        ("2026-11-19T10:00:00", TEN),
        ("2026-11-19", TEN.replace(hour=0)),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        (None, None),
        (1_763_546_400, None),
    ],
)
def test_what_a_station_writes_for_a_time_is_read_or_left(text: object, instant: datetime | None) -> None:
    assert told_instant(text) == instant


def watched(
    behind_s: float,
    *,
    messages: int = 1,
    every_s: float = 10.0,
    begin_s: float = 0.0,
    before: ClockWatch = ClockWatch(),  # noqa: B008 - frozen
) -> ClockWatch:
    """Return what is known after messages that were all late by the same."""
    watch = before
    for place in range(messages):
        arrived = at(begin_s + place * every_s)
        watch = heard(watch, arrived - timedelta(seconds=behind_s), arrived)
    return watch


def test_what_is_told_at_once_happened_when_the_station_says() -> None:
    watch = watched(0.4)
    assert watch.drift_s == pytest.approx(0.4)
    when = dated(watch, at(99.5), at(100))
    assert (when.at, when.timed_by) == (at(99.5), TimedBy.STATION)


def test_nothing_happens_after_it_was_told() -> None:
    when = dated(watched(-1.0), at(101), at(100))
    assert (when.at, when.timed_by) == (at(100), TimedBy.STATION)


def test_no_time_is_our_time() -> None:
    when = dated(heard(watched(0), None, at(5)), None, at(100))
    assert (when.at, when.timed_by) == (at(100), TimedBy.ARRIVAL)


def test_t2_a_stop_of_three_hours_ago_was_three_hours_ago() -> None:
    when = dated(watched(0.2), at(0), at(3 * 3600))
    assert (when.at, when.timed_by) == (at(0), TimedBy.STATION)


def test_a_clock_an_hour_fast_is_known_at_once_and_put_right() -> None:
    """Local time with a Z behind it."""
    watch = watched(-3600)
    assert watch.drift_s == -3600
    when = dated(watch, at(3700), at(100.5))
    assert (when.at, when.timed_by) == (at(100), TimedBy.CORRECTED)
    queued = at(3000), at(7000)
    watch = heard(watch, *queued)
    assert dated(watch, *queued).at == at(-600)


def test_a_queued_message_of_a_fast_clock_does_not_make_it_slower() -> None:
    watch = heard(watched(-3600), at(3000), at(100))
    assert watch.drift_s == -3600
    assert dated(watch, at(3000), at(100)).at == at(-600)
    assert heard(watch, at(9000), at(110)).drift_s == -8890


def test_a_clock_an_hour_slow_is_known_once_messages_keep_that_distance() -> None:
    assert watched(3600, messages=2).drift_s is None
    watch = watched(3600, messages=3)
    assert watch.drift_s == 3600
    when = dated(watch, at(-3500), at(100))
    assert (when.at, when.timed_by) == (at(100), TimedBy.CORRECTED)


def test_a_queue_that_is_worked_off_is_no_slow_clock() -> None:
    watch = ClockWatch()
    for place in range(50):
        watch = heard(watch, at(60 * place), at(10_000 + 6 * place))
        watch = heard(watch, at(60 * place), at(10_000 + 6 * place + 1))
    assert watch.drift_s is None


def test_a_station_that_waits_for_each_answer_of_a_slow_house_has_no_slow_clock() -> None:
    """It samples every ten seconds, the house takes ten for each answer: all of them come as late as the first."""
    watch = ClockWatch()
    for place in range(100):
        watch = heard(watch, at(10 * place), at(10 * place + 25.3))
        watch = answered(watch, at(10 * place + 35))
    assert watch.drift_s is None
    assert dated(watch, at(2000), at(2030)) == dated(ClockWatch(), at(2000), at(2030))


def test_a_clock_that_was_right_is_no_slow_one_because_what_it_tells_is_late_for_minutes() -> None:
    """With each new sample one of an outage goes out: all of them are late by the outage, and the clock is right."""
    right = watched(0.3)
    assert watched(1800, messages=60, begin_s=100, before=right).drift_s == pytest.approx(0.3)
    # Clocks are set wrong by hand or by daylight saving too, and stay so.
    slow = watched(3600, messages=91, begin_s=100, before=right)
    assert slow.drift_s == 3600
    assert watched(-60, before=slow).drift_s == -60


def test_what_comes_as_slowly_as_it_was_sampled_before_the_connection_tells_late_of_a_clock() -> None:
    new = connected(ClockWatch(), TEN)
    assert watched(1800, messages=9, before=new).drift_s is None
    assert watched(1800, messages=10, before=new).drift_s == 1800
    # What has happened since it connected was not kept from before.
    assert watched(30, messages=3, begin_s=60, before=new).drift_s == 30


def test_a_station_that_starts_anew_may_have_lost_its_clock() -> None:
    right = watched(0.3)
    assert watched(3600, messages=3, begin_s=60, before=booted(right)).drift_s == 3600


def test_messages_late_by_the_same_before_a_start_say_nothing_of_the_clock_after_it() -> None:
    watch = booted(watched(3600, messages=2))
    assert watched(3600, begin_s=60, before=watch).drift_s is None


def test_a_clock_that_was_set_right_is_believed_at_once() -> None:
    watch = watched(3600, messages=3)
    when = dated(watch, at(99), at(100))
    assert (when.at, when.timed_by) == (at(99), TimedBy.STATION)
    assert heard(watch, at(99), at(100)).drift_s == 1.0
    assert dated(watch, at(-1000), at(2000)) == dated(ClockWatch(), at(-1000), at(2000))


def test_a_clock_that_was_never_set_says_nothing() -> None:
    when = dated(ClockWatch(), datetime(1970, 1, 1, tzinfo=UTC), at(100))
    assert (when.at, when.timed_by) == (at(100), TimedBy.ARRIVAL)
    assert dated(ClockWatch(), at(5000), at(100)).at == at(100)


@given(st.floats(-1e9, 1e9), st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(0, 1e6)), max_size=8))
def test_nothing_is_dated_after_it_arrived_or_long_before(told_s: float, before: list[tuple[float, float]]) -> None:
    watch, now = ClockWatch(), TEN
    for behind_s, later_s in before:
        now += timedelta(seconds=later_s)
        watch = heard(watch, now - timedelta(seconds=behind_s), now)
    when = dated(watch, at(told_s), now)
    assert timedelta() <= now - when.at <= timedelta(days=93)
