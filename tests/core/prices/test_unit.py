"""A price's unit is read whole: currency, major or minor, per how much energy."""

from decimal import Decimal

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.prices.unit import PriceUnit, UnitFault, UnitProblem, parse_price

D = Decimal


@pytest.mark.parametrize(
    ("unit", "currency", "factor"),
    [
        ("EUR/kWh", "EUR", "1"),
        ("€/kWh", "EUR", "1"),
        ("€ / kWh", "EUR", "1"),
        ("Euro per kWh", "EUR", "1"),
        ("EUR PER kWh", "EUR", "1"),
        ("€/MWh", "EUR", "0.001"),
        ("EUR/Wh", "EUR", "1000"),
        ("ct/kWh", "EUR", "0.01"),
        ("Ct/KWh", "EUR", "0.01"),
        ("Cent/kWh", "EUR", "0.01"),
        ("c€/kWh", "EUR", "0.01"),
        ("€ct/kWh", "EUR", "0.01"),
        ("ct EUR/kWh", "EUR", "0.01"),
        ("€-ct/kWh", "EUR", "0.01"),
        ("¢/kWh", "USD", "0.01"),
        ("$/kWh", "USD", "1"),
        ("$/MWh", "AUD", "0.001"),
        ("AUD/kWh", "AUD", "1"),
        ("c/kWh", "AUD", "0.01"),
        ("öre/kWh", "SEK", "0.01"),
        ("Öre/kWh", "SEK", "0.01"),
        ("kr/kWh", "SEK", "1"),
        ("øre/kWh", "NOK", "0.01"),
        ("Øre/kWh", "DKK", "0.01"),
        ("DKK/MWh", "DKK", "0.001"),
        ("p/kWh", "GBP", "0.01"),
        ("GBp/kWh", "GBP", "0.01"),
        ("GBP/kWh", "GBP", "1"),
        ("£/kWh", "GBP", "1"),
        ("Rp./kWh", "CHF", "0.01"),
        ("CHF/kWh", "CHF", "1"),
        ("gr/kWh", "PLN", "0.01"),
        ("zł/MWh", "PLN", "0.001"),
        ("Kč/kWh", "CZK", "1"),
        ("haléř/kWh", "CZK", "0.01"),
        ("kr/kWh", "TRY", "0.01"),  # a Turkish kuruş is no crown
        ("¥/kWh", "JPY", "1"),
        ("KWD/kWh", "KWD", "1"),
        ("cent/kWh", "KWD", "0.001"),
        ("cent/kWh", "JPY", "0.01"),
        ("₹/kWh", "INR", "1"),
        ("eur/kW·h", "EUR", "1"),
        ("XYZ/kWh", "XYZ", "1"),
    ],
)
def test_units_that_sources_use(unit: str, currency: str, factor: str) -> None:
    assert PriceUnit.parse(unit, currency) == PriceUnit(currency=currency, factor=D(factor))


@pytest.mark.parametrize(
    ("unit", "currency", "fault"),
    [
        (None, "EUR", UnitFault.MISSING),
        ("", "EUR", UnitFault.MISSING),
        ("  ", "EUR", UnitFault.MISSING),
        ("EUR", "EUR", UnitFault.NOT_PER_ENERGY),
        ("kWh", "EUR", UnitFault.NOT_PER_ENERGY),
        ("EUR/h", "EUR", UnitFault.NOT_PER_ENERGY),
        ("EUR/kWh/h", "EUR", UnitFault.NOT_PER_ENERGY),
        ("USD/kWh", "EUR", UnitFault.OTHER_CURRENCY),
        ("$/kWh", "EUR", UnitFault.OTHER_CURRENCY),
        ("kr/kWh", "EUR", UnitFault.OTHER_CURRENCY),
        ("p/kWh", "EUR", UnitFault.OTHER_CURRENCY),
        ("EURO2/kWh", "EUR", UnitFault.OTHER_CURRENCY),
        ("/kWh", "EUR", UnitFault.OTHER_CURRENCY),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(unit: str | None, currency: str, fault: UnitFault) -> None:
    assert PriceUnit.parse(unit, currency) == UnitProblem(fault=fault, unit=unit, currency=currency)


def read(unit: str, raw: str, currency: str = "EUR") -> Decimal | None:
    parsed = PriceUnit.parse(unit, currency)
    assert isinstance(parsed, PriceUnit)
    price = parse_price(raw)
    assert price is not None
    return parsed.per_kwh(price)


def test_22_cents_are_not_22_euros() -> None:
    assert read("ct/kWh", "22.13") == D("0.2213")
    assert read("EUR/MWh", "221.3") == D("0.2213")
    assert read("EUR/Wh", "0.0002213") == D("0.2213")


def test_a_negative_price_and_a_price_of_zero_are_prices() -> None:
    assert read("EUR/MWh", "-500.00") == D("-0.5")
    assert read("EUR/kWh", "0") == 0
    assert read("EUR/kWh", "-0.0") == 0


def test_what_no_market_pays_is_refused() -> None:
    assert read("EUR/kWh", "100") == D(100)
    assert read("EUR/kWh", "100.01") is None
    # A price per MWh that says it is one per kWh.
    assert read("EUR/kWh", "271300") is None
    assert read("öre/kWh", "271300", "SEK") is None
    assert read("EUR/kWh", "1e9") is None
    assert read("EUR/kWh", "1e999") is None
    assert read("EUR/kWh", "-1e9") is None
    assert read("EUR/MWh", "1e5") == D(100)
    # Of a currency of which nothing is known, only what no currency pays.
    assert read("IRR/kWh", "1000000", "IRR") == D(1_000_000)
    assert read("IRR/kWh", "1000000.01", "IRR") is None


@pytest.mark.parametrize(
    ("raw", "price"),
    [
        ("0.25", "0.25"),
        (" 0.25 ", "0.25"),
        ("+.5", "0.5"),
        ("5.", "5"),
        ("1e-05", "0.00001"),
        (0.1, "0.1"),
        (3, "3"),
        (D("0.30"), "0.3"),
        ("-12.5", "-12.5"),
    ],
)
def test_numbers_are_read_as_they_are_written(raw: object, price: str) -> None:
    assert parse_price(raw) == D(price)


@pytest.mark.parametrize(
    "raw",
    [
        *(None, True, False, "", "unknown", "unavailable", "Unavailable", "none", "None"),
        *("nan", "NaN", "inf", "-Infinity", float("nan"), float("inf"), D("sNaN")),
        *(
            "0,25",
            "1_000",
            "1 000",
            "0x10",
            "٣",
            "\uff11",
            "1e",
            "1e9999",
            "--1",
            ".",
            "0.25 EUR",
            [0.25],
            {},
            "9" * 200,
        ),
    ],
)
def test_what_is_plainly_no_number_is_no_price(raw: object) -> None:
    assert parse_price(raw) is None


@given(st.text(max_size=40))
def test_no_text_can_break_the_reading(text: str) -> None:
    price = parse_price(text)
    assert price is None or price.is_finite()
    assert isinstance(PriceUnit.parse(text, "EUR"), PriceUnit | UnitProblem)


@given(st.floats(min_value=-1e5, max_value=1e5))
def test_every_float_of_a_source_is_read_as_what_it_shows(value: float) -> None:
    price = parse_price(value)
    assert price is not None
    assert float(price) == value
