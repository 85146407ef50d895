"""What sessions would have cost otherwise."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from custom_components.ev_sessions.core.costing.reference import from_grid, has_sun_price, mean_of_next_day
from custom_components.ev_sessions.core.costing.saving import Saving
from custom_components.ev_sessions.core.prices.price import PriceInterval
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import ChargingPeriod
from custom_components.ev_sessions.core.tariff import Tariff, TimelinePrice
from custom_components.ev_sessions.core.tariff.plan import Plan

BERLIN = ZoneInfo("Europe/Berlin")
D = Decimal
READ = Tariff.with_price(TimelinePrice(source="sensor.price"), currency="EUR", time_zone=BERLIN.key)


def test_only_a_tariff_with_a_price_of_the_sun_saves_by_it() -> None:
    assert not has_sun_price(READ)
    assert has_sun_price(Plan(usual=D("0.3"), sun=D("0.08")).tariff(currency="EUR", time_zone=BERLIN.key))


def test_from_the_grid_alone_nothing_is_of_the_sun() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    period = ChargingPeriod(
        index=0, start=at, end=at, duration_ms=0, activity=Activity.CHARGING, energy_mwh=5, solar_mwh=3
    )
    assert [one.solar_mwh for one in from_grid([period])] == [0]


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        (datetime(2026, 11, 20, 22, 30, tzinfo=UTC), 24),
        (datetime(2026, 3, 28, 12, 0, tzinfo=UTC), 23),
        (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), 25),
    ],
)
def test_the_mean_of_the_next_day_is_over_all_its_hours_also_when_the_clock_is_set(start: datetime, hours: int) -> None:
    day = start.astimezone(BERLIN).date() + timedelta(days=1)
    midnight = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    prices = [
        PriceInterval(
            start=midnight + timedelta(hours=hour),
            end=midnight + timedelta(hours=hour + 1),
            price_per_kwh=D("0.1") if hour else D("0.1") + D(hours),
        )
        for hour in range(hours)
    ]
    known = READ.new_timeline().with_intervals(prices)
    assert mean_of_next_day(READ, start, BERLIN, known) == D("1.1")
    assert mean_of_next_day(READ, start, BERLIN, READ.new_timeline().with_intervals(prices[1:])) is None


def test_what_is_not_known_adds_nothing() -> None:
    one, other = Saving(sun=D(1)), Saving(sun=D("0.5"), time=D(2))
    assert one.plus(other) == other.plus(one) == Saving(sun=D("1.5"), time=D(2))
    assert one.plus(Saving()) == one
