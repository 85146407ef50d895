"""Whether the prices that an action tells are those that the entity shows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.ev_sessions.core.price import PriceInterval
from custom_components.ev_sessions.core.price_agreement import agrees

TEN = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


def quarters(*prices: str) -> list[PriceInterval]:
    step = timedelta(minutes=15)
    return [
        PriceInterval(start=TEN + place * step, end=TEN + (place + 1) * step, price_per_kwh=Decimal(price))
        for place, price in enumerate(prices)
    ]


HOUR = quarters("0.20", "0.24", "0.30", "0.46")


@pytest.mark.parametrize(
    ("shown", "minute", "same"),
    [
        ("0.30", 35, True),
        ("0.3005", 35, True),  # rounded
        ("0.24", 32, True),  # two minutes late
        ("0.24", 44, False),
        ("0.30", 44, True),  # the mean of the hour
        ("0.20", 44, True),  # an entity of whole hours that takes its first quarter
        ("0.363", 35, False),  # with tax
        ("0.46", 44, False),  # of the next quarter
    ],
)
def test_what_an_entity_shows_is_found_among_the_prices_of_now(shown: str, minute: int, *, same: bool) -> None:
    assert agrees(Decimal(shown), HOUR, TEN + timedelta(minutes=minute)) is same


def test_prices_of_another_time_say_nothing() -> None:
    assert not agrees(Decimal("0.30"), HOUR, TEN + timedelta(days=1))
    assert not agrees(Decimal("0.30"), [], TEN)


def test_prices_near_nothing_are_the_same_to_half_a_tenth_of_a_cent() -> None:
    assert agrees(Decimal(0), quarters("0.0005"), TEN)
    assert not agrees(Decimal(0), quarters("0.001"), TEN)
