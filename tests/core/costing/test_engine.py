"""What a session costs: thresholds, states, limits, taxes, prices that are not known, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from custom_components.ev_sessions.core.costing import (
    CostPeriod,
    CostResult,
    PeriodState,
    Rule,
    Usage,
    UsageError,
    UsagePeriod,
    cost_json,
    cost_of_usage,
)
from custom_components.ev_sessions.core.prices.price import PriceSample
from custom_components.ev_sessions.core.sessions.session import PriceBasis
from custom_components.ev_sessions.core.tariff import TimelinePrice
from custom_components.ev_sessions.core.tariff.reading import tariff_from

from .bench import (
    BERLIN,
    CHARGING,
    MONDAY,
    PARKING,
    RESERVED,
    WITHHELD,
    cost,
    element,
    part,
    periods,
    shown,
    tariff,
    totals,
)

TWO_PRICES = tariff(element(part("ENERGY", "0.20"), max_kwh=20), element(part("ENERGY", "0.40"), min_kwh=20))


def test_a_threshold_of_energy_is_cut_in_exact_energy() -> None:
    """Cut through the microseconds of a clock, 10 kWh once ended on the wrong side: 7.80 for 8.00."""
    seventh = timedelta(microseconds=1_000_000 * 3600 // 7)
    start = MONDAY.astimezone(UTC)
    odd = UsagePeriod(start=start, end=start + seventh, energy_mwh=30_000_000)
    assert totals(TWO_PRICES, [odd])[0] == "8.00"
    # Even where no time passed.
    assert totals(TWO_PRICES, [replace(odd, end=start)])[0] == "8.00"
    data = shown(TWO_PRICES, [replace(odd, end=start + timedelta(minutes=30))])
    assert [one["end"] for one in data["periods"]] == ["2026-11-16T09:50:00+01:00", "2026-11-16T10:00:00+01:00"]
    assert [one["quantity"] for one in data["components"]] == ["20", "10"]


def test_a_threshold_in_a_later_period_is_passed_when_its_energy_has_flowed() -> None:
    used = periods(MONDAY, (60, "15", CHARGING), (60, "20", CHARGING))
    data = shown(TWO_PRICES, used)
    assert data["total_excl_tax"] == "10.00"
    ends = ["10:30", "10:45", "11:30"]  # 5 of 20 kWh in a quarter of the hour
    assert [one["end"][11:16] for one in data["periods"]] == ends


def test_a_threshold_that_is_just_reached_begins_with_the_next_energy() -> None:
    used = periods(MONDAY, (60, "20", CHARGING), (1, "0.000001", CHARGING))
    assert totals(TWO_PRICES, used)[0] == "4.0004"  # the whole next Wh


def test_time_that_the_evse_withholds_is_neither_charging_nor_parking() -> None:
    by_time = tariff(element(part("TIME", 1, step=0), part("PARKING_TIME", 100, step=0)))
    used = periods(MONDAY, (60, "5", CHARGING), (600, "0", WITHHELD), (30, "0", PARKING), (60, "5", CHARGING))
    assert totals(by_time, used)[0] == "52.00"


def test_the_last_kind_of_time_is_rounded_whichever_it_is() -> None:
    by_time = tariff(element(part("TIME", 1, step=3600), part("PARKING_TIME", 1, step=3600)))
    # The car waits for its hour first, and charges to the end.
    used = periods(MONDAY, (30, "0", PARKING), (90, "5", CHARGING), (45, "0", WITHHELD))
    data = shown(by_time, used)
    assert [(one["type"], one["quantity"]) for one in data["components"]] == [("PARKING_TIME", "0.5"), ("TIME", "2")]


def test_what_no_element_prices_is_free_and_not_in_the_total_of_a_step() -> None:
    from_noon = tariff(element(part("ENERGY", 1, step=1000), start_time="12:00"))
    used = periods(MONDAY.replace(hour=11, minute=0), (60, "1.7", CHARGING), (60, "1.7", CHARGING))
    assert totals(from_noon, used)[0] == "2.00"


def test_a_fee_is_taken_once_by_the_first_element_that_has_one() -> None:
    two_fees = tariff(
        element(part("FLAT", 1), start_time="18:00", end_time="22:00"),
        element(part("FLAT", "0.5")),
    )
    at = MONDAY.replace(hour=17, minute=0)
    assert totals(two_fees, periods(at, (120, "1", CHARGING)))[0] == "0.50"
    assert totals(two_fees, periods(at.replace(hour=19), (120, "1", CHARGING), (9, "1", CHARGING)))[0] == "1.00"
    late = tariff(element(part("FLAT", 1), min_duration=3600))
    assert totals(late, periods(MONDAY, (60, "1", CHARGING)))[0] == "0.00"
    result = cost(late, periods(MONDAY, (61, "1", CHARGING)))
    assert [(line.rule, line.quantity) for line in result.lines] == [(Rule.ONCE, 1)]


def test_a_reservation_that_has_no_price_is_free() -> None:
    used = periods(MONDAY, (0, "0", RESERVED), (15, "0", RESERVED), (60, "5", CHARGING))
    assert totals(tariff(element(part("ENERGY", 1), part("TIME", 1))), used)[0] == "6.00"


def test_power_that_is_not_told_is_the_mean_and_marked() -> None:
    by_power = tariff(element(part("ENERGY", 1), max_power=11), element(part("ENERGY", 2), min_power=11))
    used = periods(MONDAY, (60, "11", CHARGING), (60, "5", CHARGING))
    data = shown(by_power, used)
    assert (data["total_excl_tax"], data["flags"]) == ("27.00", ["estimated_power"])
    told = [replace(one, power_kw=Decimal("10.9")) for one in used]
    assert shown(by_power, told)["flags"] == []
    # Without energy there is no power to guess.
    idle = tariff(element(part("PARKING_TIME", 1), max_power=1))
    data = shown(idle, periods(MONDAY, (60, "0", PARKING)))
    assert (data["total_excl_tax"], data["flags"]) == ("1.00", [])


def test_current_that_is_not_told_comes_from_the_power_and_is_marked() -> None:
    by_current = tariff(element(part("ENERGY", 1), max_current=32), element(part("ENERGY", 2)))
    data = shown(by_current, periods(MONDAY, (60, "7.36", CHARGING)))  # 32 A at 230 V
    assert (data["total_excl_tax"], data["flags"]) == ("14.72", ["estimated_current"])
    data = shown(by_current, periods(MONDAY, (60, "7.36", CHARGING), power_kw="7.3"))
    assert (data["total_excl_tax"], data["flags"]) == ("7.36", ["estimated_current"])
    data = shown(by_current, periods(MONDAY, (60, "7.36", CHARGING), current_a="48"))
    assert (data["total_excl_tax"], data["flags"]) == ("14.72", [])


def test_energy_in_no_time_has_no_power() -> None:
    by_power = tariff(element(part("ENERGY", 1), max_power=11), element(part("ENERGY", 2)))
    assert totals(by_power, periods(MONDAY, (0, "5", CHARGING)))[0] == "10.00"
    by_current = tariff(element(part("ENERGY", 1), max_current=32), element(part("ENERGY", 2)))
    assert totals(by_current, periods(MONDAY, (0, "5", CHARGING)))[0] == "10.00"
    empty = tariff(element(part("FLAT", 1), max_power=11))
    assert totals(empty, periods(MONDAY, (0, "0", PARKING)))[0] == "1.00"


@pytest.mark.parametrize(
    ("limits", "kwh", "expected"),
    [
        ({"max_price": {"before_taxes": 10, "after_taxes": 11}}, "50", ("10.00", "11.00")),
        # Each limit for itself: the one after taxes is reached first.
        ({"max_price": {"before_taxes": 10, "after_taxes": 11}}, "32", ("9.60", "11.00")),
        ({"min_price": {"before_taxes": 1, "after_taxes": 3}}, "5", ("1.50", "3.00")),
        # Without a limit after taxes the taxes follow.
        ({"max_price": {"before_taxes": 10}}, "50", ("10.00", "12.00")),
        ({"min_price": {"before_taxes": 3}}, "5", ("3.00", "3.60")),
        ({"min_price": {"before_taxes": 3}}, "0", ("3.00", "3.60")),
        ({"min_price": {"before_taxes": 3, "after_taxes": 4}}, "0", ("3.00", "4.00")),
        ({"max_price": {"before_taxes": 1}, "min_price": {"before_taxes": 2}}, "50", ("2.00", "2.40")),
        ({"max_price": {"before_taxes": 100}, "min_price": {"before_taxes": 0}}, "50", ("15.00", "18.00")),
    ],
)
def test_limits(limits: dict[str, Any], kwh: str, expected: tuple[str, str]) -> None:
    limited = tariff(element(part("ENERGY", "0.30", 20)), **limits)
    data = shown(limited, periods(MONDAY, (60, kwh, CHARGING)))
    assert (data["total_excl_tax"], data["total_incl_tax"]) == expected
    assert sum(Decimal(one["amount"]) for one in data["taxes"]) == Decimal(expected[1]) - Decimal(expected[0])
    assert {one["rate_percent"] for one in data["taxes"]} == {"20"}


def test_the_least_price_of_a_session_that_earned_is_taxed_whole() -> None:
    earning = tariff(element(part("ENERGY", "-0.05", 20)), min_price={"before_taxes": 3})
    assert totals(earning, periods(MONDAY, (60, "20", CHARGING))) == ("3.00", "3.60")


def test_taxes_keep_their_proportions_under_a_limit() -> None:
    capped = tariff(element(part("ENERGY", 1, 10), part("FLAT", 10, 20)), max_price={"before_taxes": 10})
    result = cost(capped, periods(MONDAY, (60, "10", CHARGING)))
    assert [(one.rate_percent, one.amount) for one in result.taxes] == [
        (Decimal(10), Fraction(1, 2)),
        (Decimal(20), Fraction(1)),
    ]
    assert (result.excl_tax, result.incl_tax) == (Fraction(10), Fraction(23, 2))


def test_a_limit_on_what_is_not_taxed_alike() -> None:
    two_rates = tariff(
        element(part("ENERGY", 1, 10), part("FLAT", 0, 20)), min_price={"before_taxes": 1, "after_taxes": 2}
    )
    # What of it is which rate's nobody can say.
    data = shown(two_rates, periods(MONDAY, (60, "0", CHARGING)))
    assert data["taxes"] == [{"rate_percent": None, "amount": "1.00"}]
    untaxed = tariff(element(part("ENERGY", 1, 10)), tax_included="N/A", min_price={"before_taxes": 5})
    data = shown(untaxed, periods(MONDAY, (60, "1", CHARGING)))
    assert (data["total_incl_tax"], data["taxes"]) == ("5.00", [])
    data = shown(untaxed, periods(MONDAY, (60, "0", CHARGING)))
    assert (data["total_incl_tax"], data["taxes"]) == ("5.00", [])


def test_beyond_the_greatest_price_a_session_goes_on_for_nothing() -> None:
    capped = tariff(element(part("ENERGY", 1)), max_price={"before_taxes": 10}, min_price={"before_taxes": 1})
    used = periods(MONDAY, (60, "6", CHARGING), (60, "6", CHARGING), (60, "6", CHARGING))
    data = shown(capped, used)
    assert [one["amount_excl_tax"] for one in data["periods"]] == ["6.00", "4.00", "0.00"]
    assert data["flags"] == ["max_price"]
    # What is missing to the least falls due at the end.
    data = shown(capped, periods(MONDAY, (60, "0.2", CHARGING), (60, "0.2", CHARGING)))
    assert [one["amount_excl_tax"] for one in data["periods"]] == ["0.20", "0.80"]


def test_negative_prices_pass_through() -> None:
    data = shown(tariff(element(part("ENERGY", "-0.05", 19))), periods(MONDAY, (60, "10", CHARGING)))
    assert (data["total_excl_tax"], data["total_rounded"]) == ("-0.50", "-0.60")
    assert shown(tariff(element(part("ENERGY", "-0.0001"))), periods(MONDAY, (60, "1", CHARGING)))["total_rounded"] == (
        "0.00"
    )


@pytest.mark.parametrize(
    ("currency", "price", "half_up", "half_even"),
    [
        ("EUR", "0.27", "2.30", "2.30"),  # 8.5 x 0.27 = 2.295; as a float 2.29
        ("EUR", "0.25", "2.13", "2.12"),  # 2.125
        ("EUR", "-0.25", "-2.13", "-2.12"),
        ("JPY", "1", "9", "8"),
        ("KWD", "0.0001", "0.001", "0.001"),  # 0.00085
    ],
)
def test_only_the_total_is_rounded(currency: str, price: str, half_up: str, half_even: str) -> None:
    of = replace(tariff(element(part("ENERGY", price))), currency=currency)
    used = periods(MONDAY, (60, "8.5", CHARGING))
    assert shown(of, used)["total_rounded"] == half_up
    assert shown(of, used, half_even=True)["total_rounded"] == half_even


def test_thirds_of_an_hour_sum_exactly() -> None:
    by_time = tariff(element(part("TIME", 1, 19, step=0)))
    data = shown(by_time, periods(MONDAY, (20, "1", CHARGING), (20, "1", CHARGING), (20, "1", CHARGING)))
    assert data["total_excl_tax"] == "1.00"
    amounts = [Decimal(one["amount_excl_tax"]) for one in data["periods"]]
    assert sum(amounts) == 1
    assert amounts[0] == Decimal("0.333333333333")


@pytest.mark.parametrize(
    ("kwh", "excl", "each"), [("20", "4.00", "2.00"), ("0.05", "0.01", "0.005"), ("1", "0.20", "0.10")]
)
def test_energy_is_cut_as_exactly_as_time(kwh: str, excl: str, each: str) -> None:
    # A third before 10:20, and two thirds from then on: neither has an end as a decimal, their cost has.
    cut = tariff(element(part("ENERGY", "0.30", step=0), end_time="10:20"), element(part("ENERGY", "0.15", step=0)))
    data = shown(cut, periods(MONDAY.replace(hour=10, minute=0), (60, kwh, CHARGING)))
    assert data["total_excl_tax"] == excl
    assert [one["amount_excl_tax"] for one in data["components"]] == [each, each]


def test_time_ends_where_the_energy_of_a_step_was_reached() -> None:
    by_step = tariff(element(part("TIME", 9, step=0), max_kwh=1), element(part("TIME", "4.5", step=0)))
    # The first kWh takes a third of an hour and a bit: 3/7 of 70 minutes.
    result = cost(by_step, periods(MONDAY, (70, "2.333333", CHARGING)))
    first = Fraction(70, 60) * Fraction(1_000_000, 2_333_333)
    assert result.excl_tax == 9 * first + Fraction(9, 2) * (Fraction(70, 60) - first)


def test_time_between_two_steps_of_energy_is_as_long_as_it_took() -> None:
    by_step = tariff(
        element(part("TIME", 9, step=0), max_kwh=1),
        element(part("TIME", 3, step=0), max_kwh=2),
        element(part("TIME", 0, step=0)),
    )
    data = shown(by_step, periods(MONDAY, (60, "3", CHARGING)))
    assert (data["total_excl_tax"], [one["amount_excl_tax"] for one in data["periods"]]) == (
        "4.00",
        ["3.00", "1.00", "0.00"],
    )


def test_a_least_current_alone_is_asked_for() -> None:
    strong = tariff(element(part("ENERGY", 1), min_current=40), element(part("ENERGY", "0.1")))
    data = shown(strong, periods(MONDAY, (60, "11", CHARGING)))  # 47.8 A
    assert (data["total_excl_tax"], data["flags"]) == ("11.00", ["estimated_current"])


def test_each_line_says_why_and_all_sum_to_the_total() -> None:
    whole = tariff(
        element(part("ENERGY", "0.30", 20, 1000), part("FLAT", 1)),
        element(part("PARKING_TIME", 3, 10, 600)),
        max_price={"before_taxes": 5},
    )
    used = periods(MONDAY, (60, "20.5", CHARGING), (25, "0", PARKING))
    data = shown(whole, used)
    lines = data["lines"]
    assert [(one["rule"], one["type"], one["element"], one["quantity"], one["unit"]) for one in lines] == [
        ("once", "FLAT", 0, "1", "1"),
        ("used", "ENERGY", 0, "20.5", "kWh"),
        ("used", "PARKING_TIME", 1, "0.416666666667", "h"),
        ("step_size", "ENERGY", 0, "0.5", "kWh"),
        ("step_size", "PARKING_TIME", 1, "0.083333333333", "h"),
        ("max_price", None, None, None, None),
    ]
    assert [(one["price"], one["price_basis"], one["tax_percent"]) for one in lines[:3]] == [
        ("1", "fixed", None),
        ("0.3", "fixed", "20"),
        ("3", "fixed", "10"),
    ]
    assert [one["start"] for one in lines[:3]] == [data["periods"][place]["start"] for place in (0, 0, 1)]
    for total, amount in (("total_excl_tax", "amount_excl_tax"), ("total_incl_tax", "amount_incl_tax")):
        assert sum(Decimal(one[amount]) for one in lines) == Decimal(data[total])
    assert data["total_excl_tax"] == "5.00"
    # Each amount rounded by itself, as a bill shows it.
    assert data["rounded"] == {
        "total_excl_tax": "5.00",
        "total_incl_tax": data["total_rounded"],
        "components": [
            {"amount_excl_tax": "1.00", "amount_incl_tax": "1.00"},
            {"amount_excl_tax": "6.30", "amount_incl_tax": "7.56"},
            {"amount_excl_tax": "1.50", "amount_incl_tax": "1.65"},
        ],
        "taxes": ["0.09", "0.72"],
        "periods": ["5.00", "0.00"],
    }


def test_energy_without_a_price_is_unpriced_and_not_free() -> None:
    spot = tariff_from(
        {
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "elements": [
                {
                    "price_components": [
                        {"type": "ENERGY", "price": {"source": "sensor.spot", "add": "0.1"}, "vat": "19"}
                    ]
                }
            ],
        }
    )
    used = Usage.of(periods(MONDAY, (60, "6", CHARGING)))
    none_known = cost_of_usage(spot, used, BERLIN)
    assert (none_known.unpriced_mwh, none_known.excl_tax, none_known.flags) == (6_000_000, Fraction(0), ("unpriced",))
    told = cost_json(none_known, BERLIN)
    nothing = {"amount_excl_tax": None, "amount_incl_tax": None}
    assert told["rounded"]["components"] == [nothing]
    assert nothing.items() <= told["lines"][0].items()
    timeline = spot.new_timeline().with_sample(PriceSample(at=MONDAY, price_per_kwh=Decimal("0.2")))
    timeline = timeline.with_sample(PriceSample(at=MONDAY + timedelta(minutes=40)))
    result = cost_of_usage(spot, used, BERLIN, {"sensor.spot": timeline})
    assert (result.excl_tax, result.unpriced_mwh) == (Fraction(6, 5), 2_000_000)
    assert [line.basis for line in result.lines] == [PriceBasis.STATE, PriceBasis.NONE]
    data = cost_json(result, BERLIN)
    assert data["components"][1] == {
        "type": "ENERGY",
        "quantity": "2",
        "unit": "kWh",
        "price": None,
        "amount_excl_tax": None,
        "amount_incl_tax": None,
        "element": 0,
    }
    other = {"sensor.other": timeline}
    assert cost_of_usage(spot, used, BERLIN, other).unpriced_mwh == 6_000_000
    # A fee cannot be read from a timeline of prices per kWh.
    fee = replace(spot.elements[0].price_components[0], price=TimelinePrice(source="sensor.spot"))
    odd = replace(spot, elements=(replace(spot.elements[0], price_components=(fee,)),))
    assert cost_of_usage(odd, used, BERLIN, {"sensor.spot": timeline}).excl_tax == Fraction(4, 5)


def test_estimated_energy_and_gaps_are_marked() -> None:
    used = periods(MONDAY, (60, "6", CHARGING), (60, "6", CHARGING))
    later = [used[0], replace(used[1], start=used[1].start + timedelta(minutes=1), estimated_mwh=5)]
    assert shown(tariff(element(part("ENERGY", 1))), later)["flags"] == ["gap_between_periods", "estimated_energy"]


@pytest.mark.parametrize(
    ("told", "reason", "place"),
    [
        ([], "no_periods", 0),
        ([(0, -5, 1)], "ends_before_start", 0),
        ([(0, 60, 1), (60, 60, -1)], "negative_energy", 1),
        ([(30, 60, 1), (0, 60, 1)], "overlap", 0),
    ],
)
def test_periods_that_contradict_each_other_are_refused(
    told: list[tuple[int, int, int]], reason: str, place: int
) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    found = [
        UsagePeriod(start=start + timedelta(minutes=at), end=start + timedelta(minutes=at + minutes), energy_mwh=mwh)
        for at, minutes, mwh in told
    ]
    with pytest.raises(UsageError) as error:
        Usage.of(found)
    assert (error.value.reason, error.value.place) == (reason, place)


def test_a_usage_knows_its_start_and_its_energy() -> None:
    used = periods(MONDAY, (10, "0", PeriodState.RESERVATION), (60, "6", CHARGING))
    usage = Usage.of(reversed(used))
    assert (usage.start, usage.energy_mwh) == (used[1].start, 6_000_000)
    assert Usage.of(used[:1]).start == used[0].start


def test_an_amount_of_very_many_decimals_is_shown_to_twelve() -> None:
    tiny = Fraction(1, 10**40)
    period = CostPeriod(start=MONDAY, end=MONDAY, excl_tax=tiny)
    result = CostResult(
        currency="EUR",
        lines=(),
        changes=(),
        periods=(period,),
        taxes=(),
        excl_tax=tiny,
        incl_tax=tiny,
        unpriced_mwh=0,
        flags=(),
    )
    data = cost_json(result, BERLIN)
    assert (data["total_excl_tax"], data["periods"][0]["amount_excl_tax"]) == ("0.00", "0.00")
