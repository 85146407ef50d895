"""Reimbursement rates: which one holds on a day, and that no update changes one that was seen."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.ev_sessions.core.prices.reimbursement import (
    RateBook,
    RateKind,
    RatePer,
    RatePlace,
    ReimbursementRate,
    rates_from,
)
from custom_components.ev_sessions.core.problem import InputError

FILE = Path(__file__).parents[3] / "custom_components" / "ev_sessions" / "data" / "reimbursement_rates.json"
SHIPPED = rates_from(json.loads(FILE.read_text(encoding="utf-8"))["rates"])
BOOK = RateBook.of(SHIPPED)
GERMAN = {"country": "DE", "start": "2026-01-01", "amount": "0.34", "currency": "EUR", "source": "BMF"}


def on(day: str, country: str, region: str = "", place: RatePlace = RatePlace.HOME) -> str | None:
    found = BOOK.rate_on(date.fromisoformat(day), country, region, place)
    return None if found is None else str(found.amount)


@pytest.mark.parametrize(
    ("day", "country", "region", "amount"),
    [
        ("2025-12-31", "DE", "", None),
        ("2026-01-01", "DE", "", "0.34"),
        ("2026-12-31", "de", "Bavaria", "0.34"),
        ("2027-01-01", "DE", "", None),
        ("2025-06-30", "BE", "flanders", "0.3194"),
        ("2025-07-01", "BE", "Brussels", "0.3787"),
        ("2025-07-01", "BE", "", None),
        ("2026-06-15", "AT", "", "0.32806"),
        ("2026-05-31", "GB", "", "0.07"),
        ("2030-01-01", "NL", "", None),
    ],
)
def test_the_rate_of_a_day_is_that_of_its_region_and_time(
    day: str, country: str, region: str, amount: str | None
) -> None:
    assert on(day, country, region) == (amount if amount is None else str(Decimal(amount)).rstrip("0"))


def test_a_rate_per_mile_tells_home_from_public_and_holds_until_another_begins() -> None:
    assert (on("2025-11-30", "GB"), on("2025-11-30", "GB", place=RatePlace.PUBLIC)) == ("0.08", "0.14")
    assert (on("2026-11-20", "GB"), on("2026-11-20", "GB", place=RatePlace.PUBLIC)) == ("0.07", "0.15")
    assert {one.per for one in SHIPPED if one.country == "GB"} == {RatePer.MILE}


def test_every_shipped_rate_has_a_source_and_the_day_it_was_read() -> None:
    assert all(one.source and one.read_on is not None for one in SHIPPED)
    assert len({one.key for one in SHIPPED}) == len(SHIPPED)
    assert {one.kind for one in SHIPPED if one.country in {"AT", "BE"}} == {RateKind.MAXIMUM}


def test_an_update_adds_and_tells_and_changes_nothing() -> None:
    (first,) = rates_from([GERMAN])
    dearer, later = replace(first, amount=Decimal("0.36")), replace(first, start=date(2027, 1, 1))
    book = RateBook.of([dearer, later], kept=[first])
    assert book.rates == (first, later)
    assert book.differing == {first.key: dearer}
    assert book.rate_on(date(2026, 6, 1), "DE") == first


def test_an_own_rate_stands_instead_until_it_is_taken_away() -> None:
    (first,) = rates_from([GERMAN])
    own = replace(first, amount=Decimal("0.30"), source="my employer")
    book = RateBook.of([first]).with_own(own)
    assert book.rates == (own,)
    assert RateBook.of([first], [first], [own]).rates == (own,)
    assert book.without_own(own.key).rates == (first,)
    other = replace(own, region="Bavaria")
    assert book.with_own(other).without_own(own.key).rates == (first, other)


def test_a_rate_is_written_as_it_was_read() -> None:
    for one in SHIPPED:
        assert ReimbursementRate.from_data(json.loads(json.dumps(one.to_data()))) == one


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"country": "Germany"}, "country"),
        ({"country": "D1"}, "country"),
        ({"country": None}, "country"),
        ({"country": 3}, "country"),
        ({"source": " "}, "source"),
        ({"currency": "XYZ"}, "currency"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": None}, "amount"),
        ({"start": "soon"}, "start"),
        ({"start": None}, "start"),
        ({"end": "2026-01-01"}, "end"),
        ({"place": "office"}, "place"),
        ({"kind": "some"}, "kind"),
        ({"per": "km"}, "per"),
        ({"region": 7}, "region"),
        ({"region": "x" * 501}, "region"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as error:
        rates_from([{**GERMAN, **wrong}])
    assert {one.path for one in error.value.problems} == {f"rates[0].{path}"}


@pytest.mark.parametrize("data", ["rates", 3, None, {"DE": 0.34}])
def test_what_is_no_list_is_refused(data: Any) -> None:
    with pytest.raises(InputError):
        rates_from(data)
