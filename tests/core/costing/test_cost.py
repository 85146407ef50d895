"""What a session costs: energy times price, period by period, exactly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.ev_sessions.core.costing.cost import (
    CostTally,
    period_cost,
    priced,
    reprice,
)
from custom_components.ev_sessions.core.prices.price import PriceSample, SampleKind
from custom_components.ev_sessions.core.prices.timeline import PriceTimeline
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import ChargingPeriod, PriceBasis
from custom_components.ev_sessions.core.tariff import Tariff, TimelinePrice
from custom_components.ev_sessions.core.tariff.plan import Plan

D = Decimal
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
DYNAMIC = Tariff.with_price(TimelinePrice(source="sensor.price"), currency="EUR", time_zone="Europe/Berlin")


def quarter(index: int, energy_mwh: int, price: str | None = None, basis: str | None = None) -> ChargingPeriod:
    start = TEN + timedelta(minutes=15 * index)
    return ChargingPeriod(
        index=index,
        start=start,
        end=start + timedelta(minutes=15),
        duration_ms=900_000,
        activity=Activity.CHARGING,
        energy_mwh=energy_mwh,
        price_per_kwh=None if price is None else D(price),
        price_basis=PriceBasis(basis or ("none" if price is None else "state")),
    )


def seen(*samples: tuple[int, str | None], kind: SampleKind = SampleKind.SEEN) -> PriceTimeline:
    return DYNAMIC.new_timeline().with_samples(
        PriceSample(at=TEN + timedelta(minutes=minutes), price_per_kwh=None if price is None else D(price), kind=kind)
        for minutes, price in samples
    )


def test_an_empty_session_costs_nothing_and_has_no_average() -> None:
    tally = CostTally("EUR")
    assert tally.average_price is None
    assert tally.unpriced_mwh == 0
    assert tally.cost is not None
    assert tally.cost.text == "0.00"


def test_a_session_costs_the_sum_of_its_periods() -> None:
    tally = CostTally.of("EUR", [quarter(0, 2_731_000, "0.2213"), quarter(1, 2_700_000, "0.25")])
    assert tally.total.exact_text == "1.2793703"
    assert tally.total.text == "1.28"
    assert tally.energy_mwh == 5_431_000
    assert tally.average_price == D("0.235568")


def test_a_period_that_grows_counts_once() -> None:
    tally = CostTally("EUR")
    for energy_mwh in (100, 200_000, 1_000_000):
        tally.put(quarter(0, energy_mwh, "0.30"))
    assert (tally.total.amount, tally.energy_mwh) == (D("0.30"), 1_000_000)


def test_energy_without_a_price_is_unpriced_and_not_free() -> None:
    tally = CostTally.of("EUR", [quarter(0, 1_000_000)])
    assert (tally.cost, tally.unpriced_mwh, tally.average_price) == (None, 1_000_000, None)
    tally.put(quarter(1, 3_000_000, "0.30"))
    assert tally.cost is not None
    assert (tally.cost.amount, tally.unpriced_mwh, tally.average_price) == (D("0.90"), 1_000_000, D("0.30"))


def test_the_price_that_came_late_makes_it_priced() -> None:
    tally = CostTally.of("EUR", [quarter(0, 1_000_000)])
    tally.put(quarter(0, 1_000_000, "0.25"))
    assert (tally.total.amount, tally.unpriced_mwh) == (D("0.25"), 0)


def test_a_negative_price_earns() -> None:
    tally = CostTally.of("EUR", [quarter(0, 2_000_000, "-0.10"), quarter(1, 1_000_000, "0")])
    assert tally.total.text == "-0.20"
    assert tally.average_price == D("-0.066667")


def test_a_period_is_priced_over_its_whole_span() -> None:
    timeline = seen((-20, "0.30"), (5, "0.20"))
    period = priced(quarter(0, 900_000), DYNAMIC, timeline)
    assert (period.price_per_kwh, period.price_basis) == (D("0.233333333333"), PriceBasis.STATE)
    assert period_cost(period) == D("0.2099999999997")
    assert period_cost(quarter(0, 900_000)) is None
    unknown = priced(quarter(0, 900_000, "0.30"), DYNAMIC, DYNAMIC.new_timeline())
    assert (unknown.price_per_kwh, unknown.price_basis) == (None, PriceBasis.NONE)


def test_a_recalculation_prices_what_was_unpriced_and_nothing_else() -> None:
    periods = [quarter(0, 1_000_000, "0.99"), quarter(1, 1_000_000), quarter(2, 1_000_000)]
    timeline = seen((-20, "0.30"), (30, None))
    (change,) = reprice(periods, DYNAMIC, timeline)
    assert change.old == periods[1]
    assert change.new == replace(periods[1], price_per_kwh=D("0.30"), price_basis=PriceBasis.STATE)
    assert reprice([periods[0], change.new, periods[2]], DYNAMIC, timeline) == ()


@pytest.mark.parametrize(
    ("price", "basis", "becomes"),
    [
        ("0.30", "state", None),
        ("0.25", "state", "0.30"),
        ("0.25", "held", "0.30"),
        ("0.25", "interval", None),
        (None, None, "0.30"),
    ],
)
def test_a_whole_recalculation_takes_what_is_at_least_as_sure(
    price: str | None, basis: str | None, becomes: str | None
) -> None:
    changes = reprice([quarter(0, 1, price, basis)], DYNAMIC, seen((-20, "0.30")), unpriced_only=False)
    assert [change.new.price_per_kwh for change in changes] == ([] if becomes is None else [D(becomes)])


def test_a_timeline_that_has_forgotten_takes_no_price_away() -> None:
    assert reprice([quarter(0, 1, "0.30")], DYNAMIC, DYNAMIC.new_timeline(), unpriced_only=False) == ()


@pytest.mark.parametrize(
    ("energy_mwh", "solar_mwh", "price"),
    [
        (1_000_000, None, "0.3"),
        (1_000_000, 0, "0.3"),
        (1_000_000, 250_000, "0.245"),
        (1_000_000, 1_000_000, "0.08"),
        (1_000_000, 2_000_000, "0.08"),  # more sun than energy
    ],
)
def test_a_period_has_the_mean_price_of_sun_and_grid(energy_mwh: int, solar_mwh: int | None, price: str) -> None:
    plan = Plan(usual=D("0.30"), sun=D("0.08")).tariff(currency="EUR", time_zone="UTC")
    period = priced(replace(quarter(0, energy_mwh), solar_mwh=solar_mwh), plan, plan.new_timeline())
    assert (period.price_per_kwh, period.price_basis) == (D(price), "fixed")


def test_the_sun_does_not_price_what_the_grid_gave_at_a_price_that_is_not_known() -> None:
    read = TimelinePrice(source="sensor.spot")
    plan = Plan(usual=D(0), sun=D("0.08"), read=read).tariff(currency="EUR", time_zone="UTC")
    mixed = priced(replace(quarter(0, 1_000_000), solar_mwh=1), plan, plan.new_timeline())
    assert (mixed.price_per_kwh, mixed.price_basis) == (None, "none")
    sunny = priced(replace(quarter(0, 1_000_000), solar_mwh=1_000_000), plan, plan.new_timeline())
    assert (sunny.price_per_kwh, sunny.price_basis) == (D("0.08"), "fixed")


def test_what_comes_beside_the_energy_is_in_the_whole_and_in_the_mean() -> None:
    tally = CostTally("EUR")
    tally.put(quarter(0, 2_000_000, "0.3"))
    tally.settle(D("1.1"))
    assert (tally.total.amount, tally.average_price) == (D("1.1"), D("0.55"))
