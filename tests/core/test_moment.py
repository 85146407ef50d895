"""Instants as pairs, and as whole microseconds."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.moment import Now, instant_of, us_of

TEN = Now(utc=datetime(2026, 11, 19, 10, 0, tzinfo=UTC), monotonic_s=100.0)


def test_both_clocks_run_alike() -> None:
    later = TEN.later(90.5)
    assert later.utc == TEN.utc + timedelta(seconds=90.5)
    assert later.monotonic_s == 190.5
    assert later.wall_jump_s(TEN) == 0


def test_a_clock_that_was_set_is_noticed() -> None:
    later = Now(utc=TEN.utc + timedelta(hours=1, seconds=10), monotonic_s=110.0)
    assert later.wall_jump_s(TEN) == 3_600
    assert TEN.wall_jump_s(later) == -3_600


@given(at=st.datetimes(timezones=st.just(UTC)))
def test_an_instant_is_the_same_after_microseconds(at: datetime) -> None:
    assert instant_of(us_of(at)) == at
    assert us_of(at.astimezone(timezone(timedelta(hours=5, minutes=45)))) == us_of(at)
