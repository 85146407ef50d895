"""The running month: where it begins and ends on the clock of the house, and what it sums to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.statistics.month import Month, Share, month_of

BERLIN = ZoneInfo("Europe/Berlin")
NOVEMBER = month_of(datetime(2026, 11, 19, 12, tzinfo=UTC), BERLIN)

shares = st.builds(
    Share,
    energy_mwh=st.integers(0, 10**9),
    cost=st.decimals(-100, 100, places=9, allow_nan=False),
)


@pytest.mark.parametrize(
    ("at", "start", "end", "hours"),
    [
        # On the clock of the house it is the first of the month already.
        (datetime(2026, 10, 31, 23, 30, tzinfo=UTC), (2026, 11, 1), (2026, 12, 1), 30 * 24),
        (datetime(2026, 3, 15, tzinfo=UTC), (2026, 3, 1), (2026, 4, 1), 31 * 24 - 1),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), (2026, 10, 1), (2026, 11, 1), 31 * 24 + 1),
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), (2026, 12, 1), (2027, 1, 1), 31 * 24),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), (2028, 2, 1), (2028, 3, 1), 29 * 24),
    ],
)
def test_a_month_lasts_from_local_midnight_to_local_midnight(
    at: datetime, start: tuple[int, int, int], end: tuple[int, int, int], hours: int
) -> None:
    month = month_of(at, BERLIN)
    assert month.start == datetime(*start, tzinfo=BERLIN)
    assert month.end == datetime(*end, tzinfo=BERLIN)
    assert month.end - month.start == timedelta(hours=hours)
    assert (month.energy_mwh, month.cost, month.sessions) == (0, None, 0)


def test_a_month_holds_its_first_instant_and_not_its_end() -> None:
    assert NOVEMBER.holds(NOVEMBER.start)
    assert NOVEMBER.holds(NOVEMBER.end - timedelta(microseconds=1))
    assert not NOVEMBER.holds(NOVEMBER.end)
    assert not NOVEMBER.holds(NOVEMBER.start - timedelta(microseconds=1))


@given(st.lists(st.lists(shares, min_size=1, max_size=5), max_size=8))
def test_a_month_is_the_sum_of_what_its_periods_are_now_however_they_came_to_it(stories: list[list[Share]]) -> None:
    month = NOVEMBER
    for story in stories:
        before = Share()
        for after in story:
            month = month.with_share(before, after)
            before = after
    now = [story[-1] for story in stories]
    assert month.energy_mwh == sum(share.energy_mwh for share in now)
    assert (month.cost or Decimal(0)) == sum((share.cost or Decimal(0) for share in now), Decimal(0))


def test_energy_without_a_price_is_not_free() -> None:
    month = NOVEMBER.with_share(Share(), Share(energy_mwh=7))
    assert month.cost is None
    month = month.with_share(Share(energy_mwh=7), Share(energy_mwh=9, cost=Decimal("0.5")))
    assert (month.energy_mwh, month.cost) == (9, Decimal("0.5"))
    # A price of nothing is a price.
    assert NOVEMBER.with_share(Share(), Share(energy_mwh=1, cost=Decimal(0))).cost == 0
    # What was priced may lose its price again.
    assert month.with_share(Share(energy_mwh=9, cost=Decimal("0.5")), Share(energy_mwh=9)).cost == 0


def test_what_another_count_grew_by_comes_on_top() -> None:
    def counted(energy_mwh: int, cost: str, sessions: int) -> Month:
        month = NOVEMBER.with_share(Share(), Share(energy_mwh=energy_mwh, cost=Decimal(cost)))
        for _ in range(sessions):
            month = month.with_session()
        return month

    grown = counted(1_000, "1.50", 3).with_growth(counted(100, "0.25", 1), counted(180, "0.75", 2))
    assert (grown.energy_mwh, grown.cost, grown.sessions) == (1_080, Decimal("2.00"), 4)
    assert (grown.start, grown.end) == (NOVEMBER.start, NOVEMBER.end)


def test_a_month_begins_at_the_first_of_two_midnights() -> None:
    """In Havana the first of November 2026 has an hour after midnight twice."""
    month = month_of(datetime(2026, 11, 1, 5, 30, 12, 345678, tzinfo=UTC), ZoneInfo("America/Havana"))
    assert month.start == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert month.end == datetime(2026, 12, 1, 5, tzinfo=UTC)


def test_a_session_less_is_as_before_it_came() -> None:
    more = NOVEMBER.with_session()
    assert more.sessions == 1
    assert more.without_session() == NOVEMBER


def test_what_is_taken_back_of_a_month_without_cost_is_owed() -> None:
    month = NOVEMBER.with_share(Share(energy_mwh=1, cost=Decimal(5)), Share(energy_mwh=1, cost=None))
    assert month.cost == Decimal(-5)
