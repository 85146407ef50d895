"""What OCPI does not have: tiers by month, the sun, holidays, idle fees, discounts and vouchers."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from custom_components.ev_sessions.core.costing import Circumstances, Usage, UsagePeriod, cost_json, cost_of_usage
from custom_components.ev_sessions.core.costing.circumstances import Circumstances as Read
from custom_components.ev_sessions.core.problem import InputError, ProblemKind
from custom_components.ev_sessions.core.tariff import Tariff
from custom_components.ev_sessions.core.tariff.reading import tariff_from, tariff_from_ocpi
from custom_components.ev_sessions.core.tariff.review import findings
from custom_components.ev_sessions.core.tariff.writing import OcpiVersion, ocpi_tariff, tariff_data

from .bench import BERLIN, CHARGING, MONDAY, PARKING, WITHHELD, element, part, periods, tariff


def ours(*elements: dict[str, Any], extras: dict[str, Any] | None = None, **rest: Any) -> Tariff:
    return tariff(*elements, ev_sessions=extras or {}, **rest)


def told(of: Tariff, used: list[UsagePeriod], **known: Any) -> dict[str, Any]:
    return cost_json(cost_of_usage(of, Usage.of(used), BERLIN, {}, Circumstances(**known)), BERLIN)


PER_KWH = element(part("ENERGY", 1, step=0))
TIERS = ours(element(part("ENERGY", "0.2"), max_month_kwh=100), element(part("ENERGY", "0.3"), min_month_kwh=100))


def test_tiers_count_the_month_so_far() -> None:
    used = periods(MONDAY, (60, "10", CHARGING))
    assert told(TIERS, used)["total_excl_tax"] == "2.00"
    data = told(TIERS, used, month_mwh=96_000_000)
    assert data["total_excl_tax"] == "2.60"  # 4 and 6 kWh
    assert [one["quantity"] for one in data["components"]] == ["4", "6"]
    assert told(TIERS, used, month_mwh=200_000_000)["total_excl_tax"] == "3.00"


def test_tiers_begin_anew_at_local_midnight_of_the_first() -> None:
    start = datetime(2026, 11, 30, 23, tzinfo=BERLIN)
    used = periods(start, (120, "20", CHARGING), (60, "95", CHARGING))
    # November has its 100 kWh; December begins with 10 of this session, and passes 100 in it.
    data = told(TIERS, used, month_mwh=100_000_000)
    assert data["total_excl_tax"] == "24.50"  # 10 at 0.3, 100 at 0.2, 5 at 0.3


def test_what_came_from_the_sun_has_its_own_price() -> None:
    solar = ours(
        element(part("ENERGY", "0.08"), solar=True),
        element(part("ENERGY", "0.4"), solar=False, max_kwh=5),
        element(part("ENERGY", "0.3")),
    )
    (period,) = periods(MONDAY, (60, "10", CHARGING))
    sunny = UsagePeriod(start=period.start, end=period.end, energy_mwh=10_000_000, solar_mwh=4_000_000)
    # Of the first 5 kWh 2 are the sun's, and of the other 5 as well.
    data = told(solar, [sunny])
    assert (data["total_excl_tax"], data["flags"]) == ("2.42", [])
    assert {one["element"]: one["quantity"] for one in data["components"]} == {0: "4", 1: "3", 2: "3"}
    # Unknown is not none.
    assert told(solar, [period])["flags"] == ["solar_not_known"]
    # More sun than energy is as much.
    brighter = UsagePeriod(start=period.start, end=period.end, energy_mwh=1_000_000, solar_mwh=9_000_000)
    assert told(solar, [brighter])["total_excl_tax"] == "0.08"


def test_the_sun_is_spread_over_the_cuts_of_a_period_to_the_last_bit() -> None:
    by_hour = ours(
        element(part("ENERGY", 1, step=0), solar=True, start_time="10:00", end_time="10:20"),
        element(part("ENERGY", 2, step=0), solar=True),
        element(part("ENERGY", 0)),
    )
    (period,) = periods(MONDAY, (60, "0.000010", CHARGING))  # cut at 10:00 and 10:20, into 5, 3 and 2 mWh
    sunny = UsagePeriod(start=period.start, end=period.end, energy_mwh=10, solar_mwh=7)
    data = told(by_hour, [sunny])
    assert sum(Decimal(one["quantity"]) for one in data["components"] if one["element"] < 2) == Decimal("0.000007")


def test_a_holiday_replaces_the_weekday() -> None:
    by_day = ours(
        element(part("ENERGY", 2), day_of_week=["MONDAY"], holiday=False),
        element(part("ENERGY", 3), holiday=True),
        element(part("ENERGY", 1)),
    )
    used = periods(MONDAY.replace(hour=23, minute=30), (60, "2", CHARGING))
    assert told(by_day, used)["total_excl_tax"] == "3.00"
    assert told(by_day, used, holidays=frozenset({date(2026, 11, 16)}))["total_excl_tax"] == "4.00"
    assert told(by_day, used, holidays=frozenset({date(2026, 11, 17)}))["total_excl_tax"] == "5.00"


@pytest.mark.parametrize(
    ("fee", "used", "expected"),
    [
        ({}, [(60, CHARGING), (30, PARKING)], "3.00"),
        # A pause between two charges is not idle, nor is waiting for the first.
        ({}, [(60, PARKING), (60, CHARGING), (30, PARKING), (60, CHARGING), (20, PARKING)], "2.00"),
        # What the charger withholds is not idle either.
        ({}, [(60, CHARGING), (90, WITHHELD), (10, PARKING), (50, WITHHELD), (10, PARKING)], "2.00"),
        ({}, [(60, PARKING)], "0.00"),
        ({"grace_s": 1800}, [(60, CHARGING), (20, PARKING), (5, WITHHELD), (40, PARKING)], "3.00"),
        ({"grace_s": 7200}, [(60, CHARGING), (60, PARKING)], "0.00"),
        ({"step_s": 900}, [(60, CHARGING), (31, PARKING)], "4.50"),
        ({"step_s": 900}, [(60, CHARGING), (30, PARKING)], "3.00"),
        ({"cap": 5}, [(60, CHARGING), (600, PARKING)], "5.00"),
        ({"cap": 60}, [(60, CHARGING), (600, PARKING)], "60.00"),
        # 10:30 to 12:30, without the hour from 11 to 12.
        ({"exempt": [{"start_time": "11:00", "end_time": "12:00"}]}, [(60, CHARGING), (120, PARKING)], "6.00"),
        # First the grace, then the exempt hour, then the step, then the cap.
        (
            {"grace_s": 600, "exempt": [{"start_time": "11:00", "end_time": "12:00"}], "step_s": 3600, "cap": 11},
            [(60, CHARGING), (120, PARKING)],
            "6.00",
        ),
    ],
)
def test_the_idle_fee(fee: dict[str, Any], used: list[Any], expected: str) -> None:
    fees = ours(element(part("ENERGY", 0)), extras={"idle_fee": {"price": 6, "vat": 19} | fee})
    data = told(fees, periods(MONDAY, *((minutes, "0", state) for minutes, state in used)))
    assert data["total_excl_tax"] == expected
    if expected != "0.00":
        assert data["components"][-1]["element"] is None
        assert data["taxes"][-1]["rate_percent"] == "19"


def test_discounts_come_before_the_limits() -> None:
    used = periods(MONDAY, (60, "20", CHARGING))
    percent = ours(PER_KWH, extras={"discounts": [{"percent": 10}, {"percent": 50, "code": "HALF"}]})
    data = told(percent, used)
    assert (data["total_excl_tax"], data["flags"]) == ("18.00", ["discount"])
    assert told(percent, used, codes=frozenset({"HALF"}))["total_excl_tax"] == "9.00"
    limited = ours(PER_KWH, extras={"discounts": [{"percent": 10}]}, max_price={"before_taxes": 19})
    assert told(limited, used)["total_excl_tax"] == "18.00"
    least = ours(PER_KWH, extras={"discounts": [{"percent": 100}]}, min_price={"before_taxes": 1})
    assert told(least, used)["total_excl_tax"] == "1.00"
    two_rates = ours(element(part("ENERGY", 1, 20), part("FLAT", 5, 10)), extras={"discounts": [{"percent": 10}]})
    assert told(two_rates, used)["taxes"] == [
        {"rate_percent": "10", "amount": "0.45"},
        {"rate_percent": "20", "amount": "3.60"},
    ]
    discounted = cost_of_usage(two_rates, Usage.of(used), BERLIN)
    assert [one.amount for one in discounted.taxes] == [Fraction(9, 20), Fraction(18, 5)]
    # Periods sum to what is left.
    data = told(percent, periods(MONDAY, (60, "5", CHARGING), (60, "5", CHARGING)))
    assert [one["amount_excl_tax"] for one in data["periods"]] == ["4.50", "4.50"]


@pytest.mark.parametrize(
    ("taxes", "expected"), [("NO", ("15.00", "18.00")), ("YES", ("12.50", "15.00")), ("N/A", ("15.00", "15.00"))]
)
def test_an_amount_is_in_the_prices_own_terms(taxes: str, expected: tuple[str, str]) -> None:
    off = ours(element(part("ENERGY", 1, 20)), extras={"discounts": [{"amount": 5}]}, tax_included=taxes)
    data = told(off, periods(MONDAY, (60, "20", CHARGING)))
    assert (data["total_excl_tax"], data["total_incl_tax"]) == expected
    assert sum(Decimal(one["amount"]) for one in data["taxes"]) == Decimal(expected[1]) - Decimal(expected[0])
    nothing = told(off, periods(MONDAY, (60, "2", CHARGING)))
    assert nothing["total_incl_tax"] == "0.00"
    negative = ours(element(part("ENERGY", -1)), extras={"discounts": [{"amount": 5}]})
    assert told(negative, periods(MONDAY, (60, "2", CHARGING)))["total_excl_tax"] == "-2.00"


@pytest.mark.parametrize(
    ("discount", "known", "earned"),
    [
        ({"start_date": "2026-11-16"}, {}, True),
        ({"start_date": "2026-11-17"}, {}, False),
        ({"end_date": "2026-11-16"}, {}, False),
        ({"end_date": "2026-11-17"}, {}, True),
        ({"vehicle": "Zoe"}, {}, False),
        ({"vehicle": "Zoe"}, {"vehicle": "Zoe"}, True),
        ({"payer": "Ann"}, {"payer": "Bob"}, False),
        ({"payer": "Ann"}, {"payer": "Ann"}, True),
        ({"code": "X"}, {"codes": frozenset({"Y"})}, False),
    ],
)
def test_a_discount_asks_for_what_it_names(discount: dict[str, Any], known: dict[str, Any], earned: bool) -> None:
    off = ours(PER_KWH, extras={"discounts": [{"percent": 50} | discount]})
    data = told(off, periods(MONDAY, (60, "2", CHARGING)), **known)
    assert data["total_excl_tax"] == ("1.00" if earned else "2.00")


def test_a_voucher_is_taken_off_what_is_owed_and_no_more() -> None:
    taxed = ours(element(part("ENERGY", 1, 20)))
    used = periods(MONDAY, (60, "5", CHARGING), (60, "5", CHARGING))
    data = told(taxed, used, voucher=Decimal(3))
    assert (data["total_excl_tax"], data["total_incl_tax"], data["flags"]) == ("7.50", "9.00", ["voucher"])
    assert data["taxes"] == [{"rate_percent": "20", "amount": "1.50"}]
    assert [one["amount_excl_tax"] for one in data["periods"]] == ["5.00", "2.50"]
    assert told(taxed, used, voucher=Decimal(50))["total_incl_tax"] == "0.00"
    earning = ours(element(part("ENERGY", -1, 20)))
    data = told(earning, used, voucher=Decimal(3))
    assert (data["total_incl_tax"], data["flags"]) == ("-12.00", [])


WHOLE: dict[str, Any] = {
    "currency": "EUR",
    "elements": [
        element(part("ENERGY", "0.1"), solar=True, holiday=False, months=[6]),
        element(part("ENERGY", "0.2"), min_month_kwh="10", max_month_kwh="20.5"),
        element(part("ENERGY", "0.3")),
    ],
    "ev_sessions": {
        "idle_fee": {
            "price": "6",
            "grace_s": 60,
            "step_s": 1,
            "cap": "12",
            "vat": "19",
            "exempt": [{"start_time": "22:00", "end_time": "07:00"}],
        },
        "discounts": [
            {"percent": "10", "start_date": "2026-01-01", "end_date": "2027-01-01"},
            {"amount": "2", "code": "GUEST", "vehicle": "Zoe", "payer": "Ann"},
        ],
    },
}


def test_our_own_json_loses_nothing_and_ocpi_names_what_it_loses() -> None:
    whole = tariff_from_ocpi(WHOLE, "UTC")
    assert tariff_from(tariff_data(whole)) == whole
    assert tariff_data(whole)["ev_sessions"] == WHOLE["ev_sessions"]
    said = ocpi_tariff(whole, OcpiVersion.V2_3_0)
    assert set(said.lost) == {"elements[0]", "elements[1]", "ev_sessions.idle_fee", "ev_sessions.discounts"}
    assert len(said.data["elements"]) == 1
    bare = ours(PER_KWH, extras={"idle_fee": {"price": 1}})
    assert tariff_from(tariff_data(bare)) == bare


def test_conditions_of_ours_do_not_hide_each_other() -> None:
    assert findings(tariff_from_ocpi(WHOLE, "UTC")) == ()
    twice = ours(element(part("ENERGY", 1), solar=True), element(part("ENERGY", 1), solar=True, months=[1]), PER_KWH)
    assert findings(twice) == ("unreachable_element_1",)


@pytest.mark.parametrize(
    ("extras", "given", "kind", "path"),
    [
        ({"idle_fee": {}}, {}, ProblemKind.MISSING, "ev_sessions.idle_fee.price"),
        ({"idle_fee": {"price": -1}}, {}, ProblemKind.OUT_OF_RANGE, "ev_sessions.idle_fee.price"),
        ({"discounts": [{}]}, {}, ProblemKind.MISSING, "ev_sessions.discounts[0].percent"),
        ({"discounts": [{"percent": 1, "amount": 1}]}, {}, ProblemKind.MISSING, "ev_sessions.discounts[0].percent"),
        ({"discounts": [{"percent": 101}]}, {}, ProblemKind.OUT_OF_RANGE, "ev_sessions.discounts[0].percent"),
        ({}, {"solar": "yes"}, ProblemKind.WRONG_SHAPE, "elements[0].restrictions.solar"),
        ({}, {"phase": 1}, ProblemKind.UNKNOWN_FIELD, "elements[0].restrictions.phase"),
    ],
)
def test_a_wrong_field_is_named(extras: dict[str, Any], given: dict[str, Any], kind: ProblemKind, path: str) -> None:
    with pytest.raises(InputError) as error:
        ours(element(part("ENERGY", 1), min_kwh=0, **given), extras=extras)
    assert (kind, path) in [(one.kind, one.path) for one in error.value.problems]


def test_conditions_of_ours_are_none_of_ocpi() -> None:
    with pytest.raises(InputError):
        tariff(element(part("ENERGY", 1), solar=True))


def test_circumstances_are_read_or_named() -> None:
    read = Read.from_data(
        {
            "month_kwh": "12.5",
            "holidays": ["2026-12-25", date(2026, 12, 26)],
            "codes": ["A", 1],
            "vehicle": "Zoe",
            "payer": "Ann",
            "voucher": 5,
        }
    )
    assert read == Circumstances(
        month_mwh=12_500_000,
        holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)}),
        codes=frozenset({"A", "1"}),
        vehicle="Zoe",
        payer="Ann",
        voucher=Decimal(5),
    )
    assert Read.from_data({}) == Circumstances()
    for data, path in (
        ({"month": 1}, "circumstances.month"),
        ({"holidays": "2026-12-25"}, "circumstances.holidays"),
        ({"holidays": ["Christmas"]}, "circumstances.holidays"),
        ({"holidays": [7]}, "circumstances.holidays"),
        ({"voucher": -1}, "circumstances.voucher"),
        ([], "circumstances"),
    ):
        with pytest.raises(InputError) as error:
            Read.from_data(data)
        assert [one.path for one in error.value.problems] == [path]


def test_a_month_is_local() -> None:
    # 23:30 UTC on the last of November is December in Berlin.
    start = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    assert told(TIERS, periods(start, (60, "10", CHARGING)), month_mwh=99_000_000)["total_excl_tax"] == "2.90"
