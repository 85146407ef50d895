"""A household's plan in plain words, and what it will cost."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.ev_sessions.core.prices.price import PriceAt, PriceInterval, PriceSample
from custom_components.ev_sessions.core.problem import InputError, ProblemKind
from custom_components.ev_sessions.core.sessions.session import PriceBasis
from custom_components.ev_sessions.core.tariff import DayOfWeek, Discount, Restrictions, TaxIncluded, TimelinePrice
from custom_components.ev_sessions.core.tariff.extras import NONE, IdleFee
from custom_components.ev_sessions.core.tariff.plan import Plan
from custom_components.ev_sessions.core.tariff.plan_parts import (
    FreePer,
    PlanFees,
    PlanFree,
    PlanTier,
    PlanWindow,
    PricePer,
)
from custom_components.ev_sessions.core.tariff.preview import DaySpan, week_of
from custom_components.ev_sessions.core.tariff.reading import tariff_from
from custom_components.ev_sessions.core.tariff.review import findings
from custom_components.ev_sessions.core.tariff.writing import OcpiVersion, ocpi_tariff, tariff_data

D = Decimal
NIGHT = PlanWindow(price=D("0.2"), when=Restrictions(start_time=time(22), end_time=time(6)))
SUMMER = PlanWindow(price=D("0.1"), when=Restrictions(months=(6, 7)))
HOUSE = {"currency": "EUR", "time_zone": "Europe/Berlin"}


def fixed(plan: Plan, at: datetime) -> Decimal | None:
    tariff = plan.tariff(**HOUSE)
    return tariff.price_at(at, tariff.new_timeline()).price_per_kwh


def test_the_first_window_that_holds_has_the_price() -> None:
    plan = Plan(usual=D("0.35"), windows=(NIGHT, SUMMER), vat_percent=D(10))
    assert fixed(plan, datetime(2026, 1, 5, 12, tzinfo=UTC)) == D("0.385")
    assert fixed(plan, datetime(2026, 1, 5, 21, tzinfo=UTC)) == D("0.22")
    assert fixed(plan, datetime(2026, 6, 5, 21, tzinfo=UTC)) == D("0.22")
    assert fixed(plan, datetime(2026, 6, 5, 12, tzinfo=UTC)) == D("0.11")
    # June begins at local midnight.
    assert fixed(plan, datetime(2026, 5, 31, 22, tzinfo=UTC)) == D("0.22")


def test_the_price_of_a_kwh_changes_with_the_clock_and_is_cut_there() -> None:
    tariff = Plan(usual=D("0.35"), windows=(NIGHT, SUMMER)).tariff(**HOUSE)
    nothing = tariff.new_timeline()
    start, end = datetime(2026, 5, 31, 12, tzinfo=UTC), datetime(2026, 6, 1, 12, tzinfo=UTC)
    cuts = tariff.cut_instants(start, end, nothing)
    assert cuts == (datetime(2026, 5, 31, 20, tzinfo=UTC), datetime(2026, 6, 1, 4, tzinfo=UTC))
    assert [one.price.price_per_kwh for one in tariff.segments(start, end, nothing)] == [D("0.35"), D("0.2"), D("0.1")]
    assert tariff.next_change(start, end, nothing) == cuts[0]
    assert tariff.next_change(start, cuts[0], nothing) is None
    assert tariff.span_price(cuts[0] - timedelta(minutes=1), cuts[0] + timedelta(minutes=2), nothing) == PriceAt(
        D("0.25"), PriceBasis.FIXED
    )


@pytest.mark.parametrize("per", PricePer)
def test_a_price_for_anything_is_kept_and_never_on_top_of_what_is_read(per: PricePer) -> None:
    window = PlanWindow(price=D(2), when=Restrictions(min_power_kw=D(11)), per=per)
    assert PlanWindow.from_data(window.to_data()) == window
    plan = Plan(usual=D("0.1"), windows=(window,), fees=PlanFees(step_min=1), read=TimelinePrice(source="sensor.spot"))
    first = plan.tariff(**HOUSE).elements[0]
    assert tuple(one.type for one in first.price_components) == per.counts
    assert (first.restrictions, first.restrictions.asks_for_session) == (window.when, True)
    assert all((one.price == D(2)) is (per is not PricePer.KWH) for one in first.price_components)
    assert not NIGHT.when.asks_for_session


def test_a_price_that_is_read_has_the_plan_on_top() -> None:
    tariff = Plan(
        usual=D("0.10"), windows=(NIGHT,), vat_percent=D(20), read=TimelinePrice(source="sensor.spot")
    ).tariff(**HOUSE)
    assert tariff.timeline_price is not None
    assert tariff.timeline_price.source == "sensor.spot"
    noon = datetime(2026, 1, 5, 11, tzinfo=UTC)
    hours = [
        PriceInterval(start=noon + timedelta(hours=n), end=noon + timedelta(hours=n + 1), price_per_kwh=D("0.05"))
        for n in range(11)
    ]
    timeline = tariff.new_timeline().with_intervals(hours)
    assert tariff.price_at(noon, timeline) == PriceAt(D("0.18"), PriceBasis.INTERVAL)
    segments = tariff.segments(noon, noon + timedelta(hours=12), timeline)
    assert [(one.start.hour, one.price.price_per_kwh) for one in segments] == [
        (11, D("0.18")),
        (21, D("0.3")),
        (22, None),
    ]


def test_the_sun_has_its_own_price_at_all_times() -> None:
    plan = Plan(usual=D("0.35"), windows=(NIGHT,), vat_percent=D(20), sun=D("0.08"))
    tariff = plan.tariff(**HOUSE)
    assert tariff.sun_price == D("0.08")
    assert fixed(plan, datetime(2026, 1, 5, 12, tzinfo=UTC)) == D("0.42")
    assert Plan(usual=D("0.35")).tariff(**HOUSE).sun_price is None
    # One that holds at times only, or is read, is for the cost engine alone.
    sometimes = tariff_from(weekend_data() | {"elements": [sun_element({"solar": True, "holiday": False}, "0.1")]})
    assert sometimes.sun_price is None
    assert tariff_from(weekend_data() | {"elements": [sun_element({"solar": True}, {"source": "a"})]}).sun_price is None


def sun_element(when: dict[str, Any], price: Any) -> dict[str, Any]:
    return {"price_components": [{"type": "ENERGY", "price": price}], "restrictions": when}


def test_a_week_has_days_that_are_alike_together() -> None:
    weekend = PlanWindow(
        price=D("0.25"), when=Restrictions(day_of_week=tariff_from(weekend_data()).elements[0].restrictions.day_of_week)
    )
    tariff = Plan(usual=D("0.35"), windows=(NIGHT, weekend)).tariff(**HOUSE)
    week = week_of(tariff, date(2026, 3, 27))  # the clock is set on the Sunday
    assert [len(days.days) for days in week] == [5, 2]
    assert week[1].days == (date(2026, 3, 28), date(2026, 3, 29))
    assert week[1].spans == (
        DaySpan(start="00:00", end="06:00", price_per_kwh=D("0.2")),
        DaySpan(start="06:00", end="22:00", price_per_kwh=D("0.25")),
        DaySpan(start="22:00", end="24:00", price_per_kwh=D("0.2")),
    )


def weekend_data() -> dict[str, Any]:
    return {
        "currency": "EUR",
        "elements": [
            {
                "price_components": [{"type": "ENERGY", "price": "1"}],
                "restrictions": {"day_of_week": ["SATURDAY", "SUNDAY"]},
            }
        ],
    }


def test_prices_that_are_known_for_today_only_are_open_for_the_rest_of_the_week() -> None:
    tariff = Plan(usual=D(0), read=TimelinePrice(source="sensor.spot")).tariff(**HOUSE)
    midnight = datetime(2026, 1, 4, 23, tzinfo=UTC)
    noon = midnight + timedelta(hours=12)
    hours = [
        PriceInterval(start=midnight, end=noon, price_per_kwh=D("0.05")),
        PriceInterval(start=noon, end=midnight + timedelta(hours=24), price_per_kwh=D("0.07")),
    ]
    week = week_of(tariff, date(2026, 1, 5), tariff.new_timeline().with_intervals(hours))
    assert [len(days.days) for days in week] == [1, 6]
    assert [span.price_per_kwh for span in week[0].spans] == [D("0.05"), D("0.07")]
    assert week[1].spans == (DaySpan(start="00:00", end="24:00", price_per_kwh=None),)


def test_the_same_price_by_another_way_is_one_span() -> None:
    tariff = Plan(usual=D("0.2"), windows=(NIGHT,)).tariff(**HOUSE)
    (all_days,) = week_of(tariff, date(2026, 1, 5))
    assert all_days.spans == (DaySpan(start="00:00", end="24:00", price_per_kwh=D("0.2")),)


def test_a_basis_that_changes_is_no_other_price() -> None:
    tariff = Plan(usual=D(0), read=TimelinePrice(source="sensor.spot")).tariff(**HOUSE)
    midnight = datetime(2026, 1, 4, 23, tzinfo=UTC)
    timeline = tariff.new_timeline().with_intervals(
        [PriceInterval(start=midnight, end=midnight + timedelta(hours=5), price_per_kwh=D("0.05"))]
    )
    timeline = timeline.with_sample(PriceSample(at=midnight - timedelta(hours=1), price_per_kwh=D("0.05")))
    (all_days,) = week_of(tariff, date(2026, 1, 5), timeline)
    assert all_days.spans == (DaySpan(start="00:00", end="24:00", price_per_kwh=D("0.05")),)


def test_a_window_comes_back_as_it_was() -> None:
    assert PlanWindow.from_data(NIGHT.to_data()) == NIGHT
    assert PlanWindow.from_data(SUMMER.to_data()) == SUMMER
    assert PlanWindow.from_data({"price": "1"}) == PlanWindow(price=D(1), when=Restrictions())


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({}, "price"),
        ({"price": "1e9"}, "price"),
        ({"price": 1, "when": {"months": [13]}}, "when.months"),
        ({"price": 1, "when": {"months": 6}}, "when.months"),
    ],
)
def test_a_window_that_cannot_be_read_says_which_field(data: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as error:
        PlanWindow.from_data(data)
    assert [one.path for one in error.value.problems] == [path]
    assert error.value.problems[0].kind in {ProblemKind.MISSING, ProblemKind.OUT_OF_RANGE}


def test_months_are_ours_and_ocpi_loses_the_element() -> None:
    tariff = Plan(usual=D("0.35"), windows=(SUMMER, NIGHT)).tariff(**HOUSE)
    assert tariff_from(tariff_data(tariff)) == tariff
    said = ocpi_tariff(tariff, OcpiVersion.V2_3_0)
    assert said.lost == ("elements[0]",)
    assert len(said.data["elements"]) == 2


def test_windows_of_other_months_do_not_hide_each_other() -> None:
    winter = PlanWindow(price=D("0.3"), when=Restrictions(months=(1, 2)))
    assert findings(Plan(usual=D(1), windows=(SUMMER, winter)).tariff(**HOUSE)) == ()
    again = PlanWindow(price=D("0.3"), when=Restrictions(months=(6,)))
    assert findings(Plan(usual=D(1), windows=(SUMMER, again)).tariff(**HOUSE)) == ("unreachable_element_1",)
    halves = PlanWindow(price=D("0.3"), when=Restrictions(months=(7, 8)))
    assert findings(Plan(usual=D(1), windows=(SUMMER, halves)).tariff(**HOUSE)) == ("overlapping_elements_0_1",)


def test_fees_of_a_plan_are_kept_and_what_there_is_none_of_is_left_out() -> None:
    fees = PlanFees(session=Decimal("0.50"), idle_hour=Decimal(6), idle_grace_min=30, most=Decimal(40))
    data = fees.to_data()
    assert data == {"session": "0.5", "idle_hour": "6", "most": "40", "idle_grace_min": 30}
    assert PlanFees.from_data(data) == fees
    assert PlanFees.from_data({}) == PlanFees()
    assert PlanFees().to_data() == {}
    with pytest.raises(InputError):
        PlanFees.from_data({"session": "much"})


def test_a_plan_without_fees_is_the_tariff_that_it_was() -> None:
    plain = Plan(usual=Decimal("0.3"))
    assert plain.tariff(currency="EUR", time_zone="UTC").extras == NONE
    assert len(plain.tariff(currency="EUR", time_zone="UTC").elements) == 1
    full = replace(plain, fees=PlanFees(session=Decimal(1), hour=Decimal(2), most=Decimal(5)))
    tariff = full.tariff(currency="EUR", time_zone="UTC")
    assert [part.type.value for part in tariff.elements[-1].price_components] == ["FLAT", "TIME"]
    assert tariff.max_price is not None
    assert tariff.max_price.before_taxes == Decimal(5)
    idle = replace(plain, fees=PlanFees(idle_hour=Decimal(6), idle_grace_min=30, idle_most=Decimal(12)))
    fee = idle.tariff(currency="EUR", time_zone="UTC").extras.idle_fee
    assert fee == IdleFee(price=Decimal(6), grace_s=1800, cap=Decimal(12))


def test_the_parts_of_a_plan_come_back_as_they_were() -> None:
    fees = PlanFees(idle_hour=D(6), idle_step_min=15, idle_exempt=(NIGHT.when,), least=D(1), step_wh=1000, step_min=15)
    assert PlanFees.from_data(fees.to_data()) == fees
    tier, free = PlanTier(from_kwh=D(100), price=D("0.4")), PlanFree(kwh=D(10), per=FreePer.SESSION)
    assert PlanTier.from_data(tier.to_data()) == tier
    assert PlanFree.from_data(free.to_data()) == free
    assert free.when == Restrictions(max_kwh=D(10))
    assert PlanFree.from_data({"kwh": 5}) == PlanFree(kwh=D(5), per=FreePer.MONTH)
    holidays = replace(NIGHT, holidays=True)
    assert PlanWindow.from_data(holidays.to_data()) == holidays


@pytest.mark.parametrize(
    ("part", "data"),
    [(PlanTier, {"price": 1}), (PlanTier, {"from_kwh": -1, "price": 1}), (PlanFree, {}), (PlanFree, {"kwh": "much"})],
)
def test_a_part_that_cannot_be_read_is_refused(part: Any, data: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        part.from_data(data)


def test_a_plan_is_read_with_all_its_parts() -> None:
    data = {
        "price": "0.35",
        "windows": [NIGHT.to_data()],
        "tiers": [{"from_kwh": "200", "price": "0.5"}, {"from_kwh": "100", "price": "0.4"}],
        "free": {"kwh": "10", "per": "month"},
        "vat_percent": "20",
        "tax_inside": True,
        "sun_price": "0.08",
        "sun_read": True,
        "discounts": [{"percent": "10"}],
        "holidays": "calendar.holidays",
    }
    plan = Plan.from_data(data)
    assert (plan.usual, plan.windows, plan.sun, plan.sun_read, plan.holidays) == (
        D("0.35"),
        (NIGHT,),
        D("0.08"),
        True,
        True,
    )
    tariff = plan.tariff(**HOUSE)
    assert tariff.tax_included is TaxIncluded.YES
    assert tariff.extras.discounts == (Discount(percent=D(10)),)
    # Nothing is read, so the sun's price is the fixed one; the highest tier comes first, behind the windows.
    when = [element.restrictions for element in tariff.elements]
    assert when == [
        Restrictions(max_month_kwh=D(10)),
        Restrictions(solar=True),
        NIGHT.when,
        Restrictions(min_month_kwh=D(200)),
        Restrictions(min_month_kwh=D(100)),
        Restrictions(),
    ]
    assert findings(tariff) == ()
    assert tariff_from(tariff_data(tariff)) == tariff
    with pytest.raises(InputError):
        Plan.from_data({"price": "1", "discounts": [{"percent": "110"}]})


def test_the_market_price_of_the_sun_has_nothing_on_top() -> None:
    read = TimelinePrice(source="sensor.spot", multiply=D("1.05"))
    tariff = Plan(usual=D("0.1"), read=read, sun_read=True).tariff(**HOUSE)
    sun, usual = (element.price_components[0].price for element in tariff.elements)
    assert (sun, usual) == (TimelinePrice(source="sensor.spot"), replace(read, add=D("0.1")))


def test_a_holiday_is_no_weekday() -> None:
    monday = Restrictions(day_of_week=(DayOfWeek.MONDAY,))
    on_mondays = PlanWindow(price=D(1), when=monday)
    assert on_mondays.conditions(holidays_known=False) == (monday,)
    assert on_mondays.conditions(holidays_known=True) == (replace(monday, holiday=False),)
    also = replace(on_mondays, holidays=True)
    assert also.conditions(holidays_known=False) == (monday,)
    assert also.conditions(holidays_known=True) == (replace(monday, holiday=False), Restrictions(holiday=True))
    alone = PlanWindow(price=D(1), when=Restrictions(), holidays=True)
    # Where nobody knows the holidays any more, it never holds: it is no price for all days.
    assert alone.conditions(holidays_known=False) == ()
    assert alone.conditions(holidays_known=True) == (Restrictions(holiday=True),)
    assert NIGHT.conditions(holidays_known=True) == (NIGHT.when,)
