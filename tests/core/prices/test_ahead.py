"""The next price and the cheapest window, against a plain search."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.money import exact_text
from custom_components.ev_sessions.core.prices.ahead import Ahead, Window, ahead_of, cheapest_window
from custom_components.ev_sessions.core.prices.price import UNKNOWN_PRICE, PriceAt, PriceSegment
from custom_components.ev_sessions.core.sessions.session import PriceBasis

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def day(*prices: str | None, step: timedelta = QUARTER) -> list[PriceSegment]:
    return [
        PriceSegment(
            start=NOW + place * step,
            end=NOW + (place + 1) * step,
            price=UNKNOWN_PRICE if price is None else PriceAt(Decimal(price), PriceBasis.INTERVAL),
        )
        for place, price in enumerate(prices)
    ]


def found(window: Window | None) -> tuple[int, str] | None:
    """Return the quarter hours until it begins, and its mean."""
    return None if window is None else ((window.start - NOW) // QUARTER, exact_text(window.mean_price))


def test_the_cheapest_half_hour_is_found_across_two_quarters() -> None:
    assert found(cheapest_window(day("3", "1", "2", "1"), NOW, 2 * QUARTER)) == (1, "1.5")


def test_of_two_alike_the_earlier_counts() -> None:
    assert found(cheapest_window(day("3", "1", "3", "1"), NOW, QUARTER)) == (1, "1")


def test_a_window_that_is_longer_than_a_segment_ends_with_a_cheap_one() -> None:
    window = cheapest_window(day("9", "5", "1", "8"), NOW, timedelta(minutes=20))
    assert window is not None
    assert (window.start - NOW, window.end - NOW) == (timedelta(minutes=25), timedelta(minutes=45))
    assert window.mean_price == Decimal(2)


def test_no_window_reaches_over_a_time_without_a_price() -> None:
    assert found(cheapest_window(day("1", None, "1", "2", "3"), NOW, 2 * QUARTER)) == (2, "1.5")
    assert cheapest_window(day("1", None, "2"), NOW, 2 * QUARTER) is None


def test_what_an_entity_merely_shows_now_says_nothing_of_later() -> None:
    shown = PriceSegment(start=NOW + 4 * QUARTER, end=NOW + 9 * QUARTER, price=PriceAt(Decimal(0), PriceBasis.STATE))
    segments = [*day("3", "2", "1", "2"), shown]
    assert found(cheapest_window(segments, NOW, 2 * QUARTER)) == (1, "1.5")
    assert ahead_of([*day("3"), shown], NOW, QUARTER) == Ahead()


def test_where_the_price_never_differs_any_time_will_do() -> None:
    assert cheapest_window(day("1", "1", "1"), NOW, QUARTER) is None
    assert cheapest_window([], NOW, QUARTER) is None


def test_the_next_price_is_the_next_one_that_is_known() -> None:
    segments = day("3", None, "2", "1")
    ahead = ahead_of(segments, NOW, QUARTER)
    assert (ahead.next_price, ahead.next_at) == (Decimal(2), NOW + 2 * QUARTER)
    assert ahead_of(day("3"), NOW, QUARTER) == Ahead()
    window = Window(start=NOW, end=NOW + QUARTER, mean_price=Decimal(3))
    assert ahead_of(day("3"), NOW, QUARTER, window) == Ahead(window=window)


def test_a_window_that_has_begun_stays_until_it_is_over() -> None:
    before = ahead_of(day("1", "2", "3", "4"), NOW, 2 * QUARTER).window
    assert before is not None
    cheaper = day("4", "4", "1", "1")
    assert ahead_of(cheaper, NOW, 2 * QUARTER, before).window == before
    later = NOW + QUARTER
    segments = [one for one in day("1", "2", "3", "4") if one.start >= later]
    assert ahead_of(segments, later, 2 * QUARTER, before).window == before
    # Another length is another wish, and what is over is over.
    assert found(ahead_of(segments, later, QUARTER, before).window) == (1, "2")
    assert found(ahead_of(segments[1:], NOW + 2 * QUARTER, 2 * QUARTER, before).window) == (2, "3.5")


@given(
    st.lists(st.one_of(st.none(), st.integers(-50, 50)), min_size=1, max_size=24),
    st.integers(1, 8),
    st.integers(0, 30),
)
def test_no_start_to_the_minute_is_cheaper(prices: list[int | None], length: int, late_min: int) -> None:
    segments = day(*(None if price is None else str(price) for price in prices))
    now = NOW + timedelta(minutes=late_min)
    size = length * QUARTER
    window = cheapest_window(segments, now, size)
    minutes = [price for price in prices for _ in range(15)]
    least: tuple[int, int] | None = None
    for start in range(late_min, len(minutes) - length * 15 + 1):
        of_window = minutes[start : start + length * 15]
        known = [price for price in of_window if price is not None]
        if len(known) == len(of_window) and (least is None or sum(known) < least[0]):
            least = (sum(known), start)
    if window is None:
        assert least is None or len({price for price in prices if price is not None}) == 1
        return
    assert least is not None
    assert (window.start - NOW) // timedelta(minutes=1) == least[1]
    assert abs(window.mean_price * length * 15 - least[0]) < Decimal("1e-6")
