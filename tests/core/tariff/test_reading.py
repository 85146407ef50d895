"""A tariff that somebody gives us: taken whole, or every wrong field named."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
import math
from typing import Any

import pytest

from custom_components.ev_sessions.core.prices.price import GapRule, GapRuleKind
from custom_components.ev_sessions.core.problem import InputError, ProblemKind
from custom_components.ev_sessions.core.tariff import (
    DayOfWeek,
    Moment,
    PriceLimit,
    Restrictions,
    Tariff,
    TariffType,
    TaxIncluded,
    TimelinePrice,
)
from custom_components.ev_sessions.core.tariff.reading import tariff_from, tariff_from_ocpi
from custom_components.ev_sessions.core.tariff.review import findings
from custom_components.ev_sessions.core.tariff.writing import OcpiVersion, ocpi_tariff, tariff_data

GOOD: dict[str, Any] = {
    "country_code": "DE",
    "party_id": "ALL",
    "id": "16",
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.25, "vat": 10, "step_size": 1}]}],
    "last_updated": "2018-12-17T11:16:55Z",
}


def with_component(**fields: Any) -> dict[str, Any]:
    return GOOD | {"elements": [{"price_components": [{"type": "ENERGY", "price": 1} | fields]}]}


def with_restrictions(**fields: Any) -> dict[str, Any]:
    return GOOD | {"elements": [{"price_components": [{"type": "ENERGY", "price": 1}], "restrictions": fields}]}


FIRST = "elements[0].price_components[0]"


@pytest.mark.parametrize(
    ("data", "kind", "path"),
    [
        ("nonsense", ProblemKind.WRONG_SHAPE, "data"),
        ({"elements": GOOD["elements"]}, ProblemKind.MISSING, "currency"),
        (GOOD | {"currency": "EURO"}, ProblemKind.UNKNOWN_CURRENCY, "currency"),
        (GOOD | {"currency": 978}, ProblemKind.UNKNOWN_CURRENCY, "currency"),
        ({"currency": "EUR"}, ProblemKind.MISSING, "elements"),
        (GOOD | {"elements": []}, ProblemKind.WRONG_SHAPE, "elements"),
        (GOOD | {"elements": {"a": 1}}, ProblemKind.WRONG_SHAPE, "elements"),
        (GOOD | {"elements": [7]}, ProblemKind.WRONG_SHAPE, "elements[0]"),
        (GOOD | {"elements": GOOD["elements"] * 1001}, ProblemKind.OUT_OF_RANGE, "elements"),
        (GOOD | {"elements": [{"price_components": []}]}, ProblemKind.WRONG_SHAPE, "elements[0].price_components"),
        (with_component(type=None), ProblemKind.MISSING, f"{FIRST}.type"),
        (with_component(price={"source": "s", "gap": 7}), ProblemKind.WRONG_SHAPE, f"{FIRST}.price.gap"),
        *(
            (with_component(price={"source": "s", "gap": gap}), kind, f"{FIRST}.price.gap.{name}")
            for name, gap, kind in (
                ("rule", {"rule": "wait"}, ProblemKind.UNKNOWN_WORD),
                ("max_s", {"rule": "hold", "max_s": "long"}, ProblemKind.NOT_A_NUMBER),
                ("max_s", {"rule": "hold", "max_s": -1}, ProblemKind.OUT_OF_RANGE),
                ("price", {"rule": "fallback", "price": "dear"}, ProblemKind.NOT_A_NUMBER),
            )
        ),
        (with_component(taxes=[{"name": "VAT"}]), ProblemKind.MISSING, f"{FIRST}.taxes[0].percentage"),
        (with_component(taxes=[{"percentage": -1}]), ProblemKind.OUT_OF_RANGE, f"{FIRST}.taxes[0].percentage"),
        (with_component(taxes=7), ProblemKind.WRONG_SHAPE, f"{FIRST}.taxes"),
        (with_component(type="POWER"), ProblemKind.UNKNOWN_WORD, f"{FIRST}.type"),
        (with_component(type=1), ProblemKind.UNKNOWN_WORD, f"{FIRST}.type"),
        (with_component(price=None), ProblemKind.MISSING, f"{FIRST}.price"),
        (with_component(price=math.nan), ProblemKind.NOT_A_NUMBER, f"{FIRST}.price"),
        (with_component(price="Infinity"), ProblemKind.NOT_A_NUMBER, f"{FIRST}.price"),
        (with_component(price="cheap"), ProblemKind.NOT_A_NUMBER, f"{FIRST}.price"),
        (with_component(price=True), ProblemKind.NOT_A_NUMBER, f"{FIRST}.price"),
        (with_component(price=[1]), ProblemKind.NOT_A_NUMBER, f"{FIRST}.price"),
        (with_component(price="1_000"), ProblemKind.NOT_A_NUMBER, f"{FIRST}.price"),
        (with_component(price="1" * 41), ProblemKind.NOT_A_NUMBER, f"{FIRST}.price"),
        (with_component(price="1e-300"), ProblemKind.NOT_A_NUMBER, f"{FIRST}.price"),
        (with_component(price=1e9), ProblemKind.OUT_OF_RANGE, f"{FIRST}.price"),
        (with_component(price=-(10**9)), ProblemKind.OUT_OF_RANGE, f"{FIRST}.price"),
        (with_component(price={}), ProblemKind.MISSING, f"{FIRST}.price.source"),
        (with_component(vat=-1), ProblemKind.OUT_OF_RANGE, f"{FIRST}.vat"),
        (with_component(step_size=-1), ProblemKind.OUT_OF_RANGE, f"{FIRST}.step_size"),
        (with_component(step_size=1.5), ProblemKind.OUT_OF_RANGE, f"{FIRST}.step_size"),
        (with_restrictions(start_time="24:00"), ProblemKind.NOT_A_TIME, "elements[0].restrictions.start_time"),
        (with_restrictions(end_time=7), ProblemKind.NOT_A_TIME, "elements[0].restrictions.end_time"),
        (with_restrictions(start_date="2026-02-30"), ProblemKind.NOT_A_TIME, "elements[0].restrictions.start_date"),
        (with_restrictions(end_date="20260228"), ProblemKind.NOT_A_TIME, "elements[0].restrictions.end_date"),
        (with_restrictions(day_of_week="MONDAY"), ProblemKind.WRONG_SHAPE, "elements[0].restrictions.day_of_week"),
        (with_restrictions(day_of_week=["MON"]), ProblemKind.UNKNOWN_WORD, "elements[0].restrictions.day_of_week"),
        (with_restrictions(day_of_week=[1]), ProblemKind.UNKNOWN_WORD, "elements[0].restrictions.day_of_week"),
        (with_restrictions(min_kw=3), ProblemKind.UNKNOWN_FIELD, "elements[0].restrictions.min_kw"),
        (with_restrictions(min_kwh=-1), ProblemKind.OUT_OF_RANGE, "elements[0].restrictions.min_kwh"),
        (with_restrictions(reservation="BOOKING"), ProblemKind.UNKNOWN_WORD, "elements[0].restrictions.reservation"),
        (GOOD | {"min_price": 3}, ProblemKind.WRONG_SHAPE, "min_price"),
        (GOOD | {"min_price": {"incl_vat": 3}}, ProblemKind.MISSING, "min_price.before_taxes"),
        (GOOD | {"type": "CHEAP"}, ProblemKind.UNKNOWN_WORD, "type"),
        (GOOD | {"start_date_time": "yesterday"}, ProblemKind.NOT_A_TIME, "start_date_time"),
        (
            GOOD | {"start_date_time": "2026-01-02T00:00:00Z", "end_date_time": "2026-01-01T00:00:00Z"},
            ProblemKind.ENDS_BEFORE_START,
            "end_date_time",
        ),
    ],
)
def test_a_wrong_field_is_named(data: Any, kind: ProblemKind, path: str) -> None:
    with pytest.raises(InputError) as error:
        tariff_from_ocpi(data, "Europe/Berlin")
    assert (kind, path) in [(one.kind, one.path) for one in error.value.problems]
    assert path in str(error.value)


def test_all_that_is_wrong_is_named_at_once() -> None:
    data = with_component(price="x", vat="y") | {"currency": "XYZ"}
    with pytest.raises(InputError) as error:
        tariff_from_ocpi(data, "UTC")
    assert {one.path for one in error.value.problems} == {"currency", f"{FIRST}.vat", f"{FIRST}.price"}
    assert {one.value for one in error.value.problems} == {"XYZ", "x", "y"}


def test_a_whole_tariff_of_ocpi() -> None:
    data = GOOD | {
        "currency": "eur",
        "type": "AD_HOC_PAYMENT",
        "tax_included": "YES",
        "min_price": {"excl_vat": "0.50", "incl_vat": 0.55},
        "max_price": {"before_taxes": 10},
        "start_date_time": "2026-01-01T00:00:00",
        "end_date_time": "2027-01-01T00:00:00+01:00",
        "elements": [
            {
                "price_components": [{"type": "TIME", "price": 0.1}],
                "restrictions": {
                    "start_time": "22:00",
                    "end_time": "00:00",
                    "start_date": "2026-12-24",
                    "end_date": "2026-12-27",
                    "min_kwh": 1,
                    "max_kwh": "2.5",
                    "min_current": 6,
                    "max_current": 16,
                    "min_power": 3.7,
                    "max_power": 11,
                    "min_duration": 60,
                    "max_duration": 3600,
                    "day_of_week": ["SUNDAY", "monday"],
                    "reservation": "RESERVATION",
                },
            }
        ],
    }
    tariff = tariff_from_ocpi(data, "Europe/Berlin")
    assert (tariff.currency, tariff.type, tariff.tax_included) == ("EUR", TariffType.AD_HOC_PAYMENT, TaxIncluded.YES)
    assert tariff.min_price == PriceLimit(before_taxes=Decimal("0.50"), after_taxes=Decimal("0.55"))
    assert tariff.max_price == PriceLimit(before_taxes=Decimal(10))
    assert (tariff.start, tariff.end) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 23, tzinfo=UTC),
    )
    component = tariff.elements[0].price_components[0]
    assert (component.price, component.vat_percent, component.step_size) == (Decimal("0.1"), None, 1)
    restrictions = tariff.elements[0].restrictions
    assert restrictions.day_of_week == (DayOfWeek.MONDAY, DayOfWeek.SUNDAY)
    assert (restrictions.start_time, restrictions.end_time) == (time(22), time(0))
    assert tariff.about == {key: GOOD[key] for key in ("country_code", "party_id", "id", "last_updated")}
    said = ocpi_tariff(tariff, OcpiVersion.V2_2_1)
    assert said.data["min_price"] == {"excl_vat": 0.5, "incl_vat": 0.55}
    assert said.data["start_date_time"] == "2026-01-01T00:00:00Z"
    assert tariff_from(tariff_data(tariff)) == tariff


def test_taxes_as_a_list_come_to_one() -> None:
    two = [{"name": "GST", "percentage": 5}, {"name": "QST", "percentage": "9.975"}]
    for taxes, vat in (({"taxes": two}, "14.975"), ({"taxes": two, "vat": 0}, "0"), ({"taxes": []}, None)):
        (element,) = tariff_from_ocpi(with_component(**taxes), "UTC").elements
        assert element.price_components[0].vat_percent == (None if vat is None else Decimal(vat))
    price = {"before_taxes": 5, "taxes": [{"name": "GST", "amount": 0.25}, {"name": "QST", "amount": 0.4988}]}
    limited = tariff_from_ocpi(GOOD | {"min_price": price, "max_price": price | {"after_taxes": 6}}, "UTC")
    assert limited.min_price == PriceLimit(before_taxes=Decimal(5), after_taxes=Decimal("5.7488"))
    assert limited.max_price == PriceLimit(before_taxes=Decimal(5), after_taxes=Decimal(6))


def test_what_ocpi_cannot_say_is_named() -> None:
    tariff = tariff_from(
        {
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "min_price": {"before_taxes": "0.00001"},
            "elements": [
                {
                    "price_components": [
                        {
                            "type": "ENERGY",
                            "price": {
                                "source": "sensor.spot",
                                "gap": {"rule": "hold", "max_s": 60},
                                "boundary_snap": False,
                            },
                        }
                    ]
                },
                {
                    "price_components": [{"type": "FLAT", "price": "0.123456", "vat": "19.00001"}],
                    "restrictions": {"min_kwh": "0.000001"},
                },
            ],
        }
    )
    read = tariff.elements[0].price_components[0].price
    assert read == TimelinePrice(
        source="sensor.spot", gap=GapRule(kind=GapRuleKind.HOLD, max_s=60), boundary_snap=False
    )
    said = ocpi_tariff(tariff, OcpiVersion.V2_3_0)
    assert said.lost == (
        "elements[0].price_components[0]",
        "elements[1].price_components[0].price",
        "elements[1].price_components[0].vat",
        "elements[1].restrictions.min_kwh",
        "min_price.before_taxes",
    )
    # An element without a price would give away what it priced: it is not there at all.
    assert [one["price_components"][0]["type"] for one in said.data["elements"]] == ["FLAT"]
    assert tariff_from(tariff_data(tariff)) == tariff


def reviewed(*elements: tuple[str, dict[str, Any]]) -> tuple[str, ...]:
    data = [{"price_components": [{"type": kind, "price": 1}], "restrictions": given} for kind, given in elements]
    return findings(tariff_from_ocpi({"currency": "EUR", "elements": data}, "UTC"))


@pytest.mark.parametrize(
    ("elements", "found"),
    [
        ([("ENERGY", {"max_power": 16}), ("ENERGY", {"max_power": 32}), ("ENERGY", {})], ()),
        ([("ENERGY", {}), ("ENERGY", {"max_power": 32})], ("unreachable_element_1",)),
        ([("ENERGY", {}), ("TIME", {})], ()),
        ([("ENERGY", {"max_kwh": 5}), ("ENERGY", {"max_kwh": 3})], ("unreachable_element_1",)),
        ([("ENERGY", {"min_kwh": 5, "max_kwh": 5})], ("unreachable_element_0",)),
        ([("ENERGY", {"reservation": "RESERVATION"})], ("unreachable_element_0",)),
        ([("TIME", {"reservation": "RESERVATION"}), ("TIME", {})], ()),
        (
            [
                ("ENERGY", {"start_time": "22:00", "end_time": "06:00"}),
                ("ENERGY", {"start_time": "23:00", "end_time": "05:00"}),
            ],
            ("unreachable_element_1",),
        ),
        (
            [
                ("ENERGY", {"start_time": "08:00", "end_time": "12:00"}),
                ("ENERGY", {"start_time": "10:00", "end_time": "14:00"}),
            ],
            ("overlapping_elements_0_1",),
        ),
        (
            [
                ("ENERGY", {"start_time": "08:00", "end_time": "12:00"}),
                ("ENERGY", {"start_time": "12:00", "end_time": "14:00"}),
            ],
            (),
        ),
        ([("ENERGY", {"max_kwh": 5}), ("ENERGY", {"min_kwh": 3})], ("overlapping_elements_0_1",)),
        ([("ENERGY", {"max_kwh": 5}), ("ENERGY", {"min_kwh": 5})], ()),
        ([("ENERGY", {"day_of_week": ["MONDAY"]}), ("ENERGY", {"day_of_week": ["TUESDAY"]})], ()),
        ([("ENERGY", {"day_of_week": ["MONDAY"]}), ("ENERGY", {"start_time": "22:00"})], ()),
    ],
)
def test_elements_that_look_wrong(elements: list[tuple[str, dict[str, Any]]], found: tuple[str, ...]) -> None:
    assert reviewed(*elements) == found


def test_an_element_that_lies_in_an_earlier_one_and_prices_more_than_that_is_meant() -> None:
    day, noon = {"start_time": "08:00", "end_time": "14:00"}, {"start_time": "10:00", "end_time": "12:00"}
    energy, by_time = {"type": "ENERGY", "price": 1}, {"type": "TIME", "price": 1}
    elements = [
        {"price_components": [energy], "restrictions": day},
        {"price_components": [energy, by_time], "restrictions": noon},
    ]
    assert findings(tariff_from_ocpi({"currency": "EUR", "elements": elements}, "UTC")) == ()


def test_a_restriction_on_what_is_not_known_does_not_hold() -> None:
    moment = Moment(local=datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert Restrictions().holds(moment)
    assert not Restrictions(min_power_kw=Decimal(0)).holds(moment)
    assert not Restrictions(max_current_a=Decimal(32)).holds(moment)


def test_the_component_that_counts_is_found_with_its_place() -> None:
    tariff: Tariff = tariff_from_ocpi(GOOD, "UTC")
    kind = tariff.elements[0].price_components[0].type
    found = tariff.component_at(kind, Moment(local=datetime(2026, 11, 20, tzinfo=UTC)))
    assert found is not None
    assert (found.element, found.place) == (0, 0)


def test_a_tariff_holds_from_its_start_to_before_its_end() -> None:
    ended = tariff_from_ocpi(
        GOOD | {"start_date_time": "2026-01-01T00:00:00Z", "end_date_time": "2027-01-01T00:00:00Z"}, "UTC"
    )
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert [ended.holds_at(at) for at in (first - timedelta(seconds=1), first, last)] == [False, True, False]
    assert tariff_from_ocpi(GOOD, "UTC").holds_at(last)
