"""A tariff prices each instant, and says how sure it is."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.ev_sessions.core.prices.price import (
    UNKNOWN_PRICE,
    GapRule,
    GapRuleKind,
    PriceAt,
    PriceInterval,
    PriceSample,
    PriceSegment,
)
from custom_components.ev_sessions.core.prices.timeline import PriceTimeline
from custom_components.ev_sessions.core.sessions.session import PriceBasis
from custom_components.ev_sessions.core.tariff import (
    ComponentType,
    PriceComponent,
    Tariff,
    TariffElement,
    TimelinePrice,
)
from custom_components.ev_sessions.core.tariff.reading import tariff_from
from custom_components.ev_sessions.core.tariff.writing import tariff_data

D = Decimal
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
FIXED = Tariff.with_price(D("0.30"), currency="EUR", time_zone="Europe/Berlin")
DYNAMIC = Tariff.with_price(TimelinePrice(source="sensor.price"), currency="EUR", time_zone="Europe/Berlin")


def after(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def seen(tariff: Tariff, *samples: tuple[float, str | None]) -> PriceTimeline:
    return tariff.new_timeline().with_samples(
        PriceSample(at=after(minutes), price_per_kwh=None if price is None else D(price)) for minutes, price in samples
    )


def tariff_of(*components: PriceComponent) -> Tariff:
    elements = tuple(TariffElement(price_components=(component,)) for component in components)
    return Tariff(currency="EUR", time_zone="Europe/Berlin", elements=elements)


def test_a_fixed_price_is_the_same_for_ever() -> None:
    nothing = FIXED.new_timeline()
    assert FIXED.price_at(TEN, nothing) == PriceAt(D("0.30"), PriceBasis.FIXED)
    price = PriceAt(D("0.30"), PriceBasis.FIXED)
    assert FIXED.segments(TEN, after(600), nothing) == (PriceSegment(start=TEN, end=after(600), price=price),)
    assert FIXED.currency == "EUR"
    assert FIXED.segments(TEN, TEN, nothing) == ()
    assert FIXED.cut_instants(TEN, after(600), nothing) == ()
    assert FIXED.span_price(TEN, after(600), nothing) == PriceAt(D("0.30"), PriceBasis.FIXED)


def test_what_no_element_prices_is_free() -> None:
    assert tariff_of().price_at(TEN, FIXED.new_timeline()) == PriceAt(D(0), PriceBasis.FIXED)


def test_the_first_element_that_has_the_component_counts() -> None:
    first, second = (PriceComponent(type=ComponentType.ENERGY, price=D(price)) for price in ("0.25", "0.50"))
    assert tariff_of(first, second).price_at(TEN, FIXED.new_timeline()).price_per_kwh == D("0.25")
    behind = Tariff(
        currency="EUR",
        time_zone="Europe/Berlin",
        elements=(TariffElement(price_components=()), TariffElement(price_components=(second,))),
    )
    assert behind.price_at(TEN, FIXED.new_timeline()).price_per_kwh == D("0.50")


def test_the_spot_price_gets_its_factor_its_fees_and_its_tax() -> None:
    read = TimelinePrice(source="sensor.spot", multiply=D("1.03"), add=D("0.1462"))
    tariff = tariff_of(PriceComponent(type=ComponentType.ENERGY, price=read, vat_percent=D(19)))
    timeline = seen(tariff, (0, "0.08"), (15, "-0.50"))
    assert tariff.price_at(after(1), timeline) == PriceAt(D("0.272034"), PriceBasis.STATE)
    assert tariff.price_at(after(20), timeline) == PriceAt(D("-0.438872"), PriceBasis.STATE)
    segments = tariff.segments(TEN, after(30), timeline)
    assert [segment.price.price_per_kwh for segment in segments] == [D("0.272034"), D("-0.438872")]


def test_a_sign_turns_a_feed_in_price_into_what_it_is() -> None:
    tariff = tariff_of(
        PriceComponent(type=ComponentType.ENERGY, price=TimelinePrice(source="sensor.feed", multiply=D(-1)))
    )
    assert tariff.price_at(TEN, seen(tariff, (0, "-0.08"))).price_per_kwh == D("0.08")


def test_a_price_with_tax_on_top_of_a_fixed_one() -> None:
    tariff = tariff_of(PriceComponent(type=ComponentType.ENERGY, price=D("0.25"), vat_percent=D("10")))
    assert tariff.price_at(TEN, tariff.new_timeline()) == PriceAt(D("0.275"), PriceBasis.FIXED)


def test_periods_are_cut_where_the_price_changes() -> None:
    timeline = seen(DYNAMIC, (-10, "0.30"), (5, "0.20"), (12, None), (20, "0.20"))
    assert DYNAMIC.cut_instants(TEN, after(30), timeline) == (after(5), after(12), after(20))
    assert DYNAMIC.cut_instants(after(5), after(12), timeline) == ()
    assert DYNAMIC.segments(after(12), after(20), timeline)[0].price == UNKNOWN_PRICE


def test_a_period_over_a_change_has_the_mean_over_its_time() -> None:
    timeline = seen(DYNAMIC, (-10, "0.30"), (5, "0.20"))
    assert DYNAMIC.span_price(TEN, after(15), timeline) == PriceAt(D("0.233333333333"), PriceBasis.STATE)
    assert DYNAMIC.span_price(TEN, after(5), timeline) == PriceAt(D("0.30"), PriceBasis.STATE)
    assert DYNAMIC.span_price(after(5), after(5), timeline) == PriceAt(D("0.20"), PriceBasis.STATE)


def test_a_period_is_as_sure_as_its_least_sure_part() -> None:
    timeline = seen(DYNAMIC, (-10, "0.30")).with_watch_stopped(after(5))
    assert DYNAMIC.span_price(TEN, after(10), timeline) == PriceAt(D("0.30"), PriceBasis.HELD)
    timeline = timeline.with_intervals([PriceInterval(start=TEN, end=after(5), price_per_kwh=D("0.10"))])
    assert DYNAMIC.span_price(TEN, after(10), timeline) == PriceAt(D("0.20"), PriceBasis.HELD)


def test_a_period_with_an_unpriced_part_is_unpriced_and_not_cheaper() -> None:
    timeline = seen(DYNAMIC, (-10, "0.30"), (5, None))
    assert DYNAMIC.span_price(TEN, after(15), timeline) == UNKNOWN_PRICE


def test_the_timeline_reads_by_the_tariffs_rules() -> None:
    read = TimelinePrice(
        source="sensor.price",
        gap=GapRule(kind=GapRuleKind.FALLBACK, price_per_kwh=D("0.40")),
        boundary_snap=False,
    )
    tariff = Tariff.with_price(read, currency="EUR", time_zone="Australia/Lord_Howe")
    rules = tariff.new_timeline().rules
    assert (rules.gap, rules.boundary_snap, str(rules.zone)) == (read.gap, False, "Australia/Lord_Howe")
    assert DYNAMIC.new_timeline().rules.boundary_snap is True
    assert str(FIXED.new_timeline().rules.zone) == "Europe/Berlin"
    assert (tariff.timeline_price, FIXED.timeline_price, tariff_of().timeline_price) == (read, None, None)


@pytest.mark.parametrize(
    "tariff",
    [
        FIXED,
        DYNAMIC,
        tariff_of(
            PriceComponent(
                type=ComponentType.ENERGY,
                price=TimelinePrice(
                    source="sensor.spot",
                    multiply=D("1.03"),
                    add=D("0.15"),
                    gap=GapRule(kind=GapRuleKind.HOLD, max_s=900),
                    boundary_snap=False,
                ),
                vat_percent=D("19"),
            ),
            PriceComponent(type=ComponentType.ENERGY, price=D("0.4")),
        ),
    ],
)
def test_a_tariff_version_is_kept_as_plain_data(tariff: Tariff) -> None:
    assert tariff_from(tariff_data(tariff)) == tariff


def test_a_tariffs_data_is_readable() -> None:
    assert tariff_data(FIXED) == {
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "elements": [{"price_components": [{"type": "ENERGY", "price": "0.3", "vat": None}]}],
    }
