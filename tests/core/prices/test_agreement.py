"""Whether the prices that an action tells are those that the entity shows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.ev_sessions.core.prices.agreement import agrees
from custom_components.ev_sessions.core.prices.price import PriceInterval

TEN = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


def quarters(*prices: str) -> list[PriceInterval]:
    step = timedelta(minutes=15)
    return [
        PriceInterval(start=TEN + place * step, end=TEN + (place + 1) * step, price_per_kwh=Decimal(price))
        for place, price in enumerate(prices)
    ]


HOUR = quarters("0.20", "0.24", "0.30", "0.50")


@pytest.mark.parametrize(
    ("shown", "minute", "same"),
    [
        ("0.30", 35, True),
        ("0.3015", 35, True),  # rounded
        ("0.302", 35, False),
        ("0.24", 32, True),  # two minutes late
        ("0.24", 33, False),
        ("0.20", 0, True),
        ("0.24", 15, True),
        ("0.31", 50, True),  # the mean of the hour
        ("0.20", 50, True),  # an entity of whole hours that takes its first quarter
        ("0.24", 50, False),
        ("0.363", 35, False),  # with tax
        ("0.50", 44, False),  # of the next quarter
    ],
)
def test_what_an_entity_shows_is_found_among_the_prices_of_now(shown: str, minute: int, *, same: bool) -> None:
    assert agrees(Decimal(shown), HOUR, TEN + timedelta(minutes=minute)) is same


def test_the_mean_is_of_the_hour_alone_and_its_first_price_that_of_its_beginning() -> None:
    at, hour = TEN + timedelta(minutes=50), timedelta(hours=1)
    around = [
        PriceInterval(start=TEN - hour, end=TEN, price_per_kwh=Decimal(9)),
        *HOUR,
        PriceInterval(start=TEN + hour, end=TEN + 2 * hour, price_per_kwh=Decimal(7)),
    ]
    assert [price for price in ("0.31", "0.20", "9", "7") if agrees(Decimal(price), around, at)] == ["0.31", "0.20"]
    # A moment into the hour the entity may still show the last one's.
    late = TEN + timedelta(minutes=2)
    assert [price for price in ("9", "7") if agrees(Decimal(price), around, late)] == ["9"]
    assert not agrees(Decimal(9), around, TEN + timedelta(minutes=3))
    assert not agrees(Decimal("0.24"), HOUR[:1] + HOUR[2:], TEN + timedelta(minutes=20, seconds=30, microseconds=5))


def test_prices_of_another_time_say_nothing() -> None:
    assert not agrees(Decimal("0.30"), HOUR, TEN + timedelta(days=1))
    assert not agrees(Decimal("0.30"), [], TEN)


def test_prices_near_nothing_are_the_same_to_half_a_tenth_of_a_cent() -> None:
    assert agrees(Decimal(0), quarters("0.0005"), TEN)
    assert not agrees(Decimal(0), quarters("0.001"), TEN)
