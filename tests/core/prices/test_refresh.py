"""When a market is asked for its prices: once when they are due, and less and less where it fails."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.prices.refresh import Rhythm

BRUSSELS = ZoneInfo("Europe/Brussels")
MARKET = Rhythm(zone=BRUSSELS, due=time(13, 0))
MOVING = Rhythm(zone=BRUSSELS, every_s=300.0)
TODAY, TOMORROW = date(2026, 11, 19), date(2026, 11, 20)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-19T{clock}+00:00")


@pytest.mark.parametrize(
    ("clock", "known", "missing"),
    [
        ("08:00", (), (TODAY,)),
        ("08:00", (TODAY,), ()),
        ("11:59", (TODAY,), ()),
        ("12:00", (TODAY,), (TOMORROW,)),
        ("12:00", (), (TODAY, TOMORROW)),
        ("22:59", (TODAY, TOMORROW), ()),
        ("23:00", (TODAY, TOMORROW), ()),
    ],
)
def test_tomorrow_is_wanted_once_it_is_due(clock: str, known: tuple[date, ...], missing: tuple[date, ...]) -> None:
    assert MARKET.missing(at(clock), known) == missing


def test_a_forecast_that_moves_is_asked_for_every_so_often() -> None:
    assert MOVING.missing(at("08:00"), (TODAY,)) == (TODAY,)
    assert MOVING.wait_s(at("08:00"), (TODAY,), 0, 0.5) == 300.0
    assert MOVING.wait_s(at("08:00"), (TODAY,), 0, 0.0) == 225.0


def test_who_knows_all_waits_for_the_next_publication_and_not_to_its_second() -> None:
    assert MARKET.wait_s(at("08:00"), (TODAY,), 0, 0.0) == 4 * 3600
    assert MARKET.wait_s(at("08:00"), (TODAY,), 0, 1.0) == 4 * 3600 + 600
    assert MARKET.wait_s(at("12:30"), (TODAY, TOMORROW), 0, 0.0) == 23.5 * 3600
    assert MARKET.wait_s(at("12:30"), (TODAY,), 0, 0.0) == 0.0


def test_the_publication_keeps_to_the_clock_of_its_market_when_that_is_set() -> None:
    saturday = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    wait_s = MARKET.wait_s(saturday, (date(2026, 10, 24), date(2026, 10, 25)), 0, 0.0)
    assert saturday + timedelta(seconds=wait_s) == datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
    assert MARKET.end_of(date(2026, 10, 25)) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_failures_are_waited_for_longer_and_never_over_an_hour_and_a_quarter(failures: int, chance: float) -> None:
    wait_s = MARKET.wait_s(at("08:00"), (), failures, chance)
    assert 45 <= wait_s <= 4500
    assert MARKET.wait_s(at("08:00"), (), failures + 1, chance) >= wait_s
