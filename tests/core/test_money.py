"""Money is exact until it is shown, and rounded as people round."""

from decimal import Decimal, localcontext

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.money import (
    CurrencyMismatchError,
    Money,
    add,
    average_price,
    cost_of,
    exact_text,
    minor_digits,
    subtract,
    unit_price,
    weighted_mean,
)

D = Decimal


def eur(text: str) -> Money:
    return Money(amount=D(text), currency="EUR")


def test_eight_and_a_half_kwh_at_27_cents_is_2_30_where_floats_say_2_29() -> None:
    assert round(8.5 * 0.27, 2) == 2.29
    assert eur(str(cost_of(8_500_000, D("0.27")))).text == "2.30"


@pytest.mark.parametrize(
    ("currency", "shown"),
    [("EUR", "12.35"), ("JPY", "12"), ("KWD", "12.346"), ("ISK", "12"), ("XXX", "12.35")],
)
def test_each_currency_is_shown_with_its_own_digits(currency: str, shown: str) -> None:
    assert Money(amount=D("12.3455"), currency=currency).text == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("-0.005", "-0.01"),
        ("-0.004", "0.00"),
        ("7.2", "7.20"),
        ("1E+3", "1000.00"),
    ],
)
def test_halves_go_away_from_zero_and_nothing_is_minus_nothing(amount: str, shown: str) -> None:
    assert eur(amount).text == shown


def test_digits_of_iso_4217() -> None:
    assert [minor_digits(code) for code in ("EUR", "USD", "JPY", "CLP", "BHD", "TND", "KRW")] == [2, 2, 0, 0, 3, 3, 0]


def test_nano_goes_to_the_ledger_and_back() -> None:
    assert eur("7.240860").nano == 7_240_860_000
    assert Money.from_nano(7_240_860_000, "EUR") == eur("7.24086")
    assert eur("0.0000000005").nano == 1
    assert eur("-0.0000000005").nano == -1
    assert eur("0.00000000049").nano == 0


def test_two_currencies_are_never_summed() -> None:
    assert eur("1.10") + eur("2.20") == eur("3.3")
    with pytest.raises(CurrencyMismatchError, match="EUR and SEK"):
        eur("1") + Money(amount=D(1), currency="SEK")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("7.240860", "7.24086"),
        ("1E+2", "100"),
        ("1E-7", "0.0000001"),
        ("-0.00", "0"),
        ("-0", "0"),
        ("-3.10", "-3.1"),
        ("120", "120"),
    ],
)
def test_exact_text_is_plain(amount: str, text: str) -> None:
    assert exact_text(D(amount)) == text


def test_the_noise_of_a_float_is_no_price() -> None:
    assert unit_price(D(repr(0.1 + 0.2))) == D("0.3")
    assert unit_price(D("0.0000000000005")) == 0
    assert unit_price(D("0.0000000000015")) == D("0.000000000002")
    assert unit_price(D("0.0000000000025")) == D("0.000000000002")


def test_average_price_is_the_cost_by_the_energy() -> None:
    assert average_price(D("7.240860"), 31_482_000) == D("0.23")
    assert average_price(D(1), 3_000_000) == D("0.333333")
    assert average_price(D("-0.0000005"), 1_000_000) == D("-0.000001")
    assert average_price(D(0), 0) is None


def test_a_mean_price_weighs_by_time() -> None:
    assert weighted_mean([(D("0.30"), 5), (D("0.20"), 10)]) == D("0.233333333333")
    assert weighted_mean([(D("0.30"), 1), (D("0.20"), 0)]) == D("0.3")


def test_ten_years_of_sums_do_not_drift() -> None:
    """A running total that is rounded each time would be off by cents."""
    total = D(0)
    for place in range(36_500):
        total = add(total, cost_of(2_731_123 + place, D("0.22130001")))
    energy_mwh = 36_500 * 2_731_123 + sum(range(36_500))
    assert total == cost_of(energy_mwh, D("0.22130001"))


def test_a_careless_decimal_context_changes_nothing() -> None:
    with localcontext(prec=3):
        assert cost_of(31_482_123, D("0.22137")) == D("6.96919756851")
        assert add(D("1000.001"), D("0.0001")) == D("1000.0011")
        assert unit_price(D("0.123456789")) == D("0.123456789")


ENERGIES = st.integers(min_value=-(2**63), max_value=2**63 - 1)
PRICES = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=12)


@given(ENERGIES, ENERGIES, PRICES)
def test_splitting_energy_never_changes_its_cost(one: int, other: int, price: Decimal) -> None:
    assert add(cost_of(one, price), cost_of(other, price)) == cost_of(one + other, price)


@given(PRICES, PRICES)
def test_what_is_added_can_be_taken_away(one: Decimal, other: Decimal) -> None:
    assert subtract(add(one, other), other) == one


@given(st.integers(min_value=0, max_value=2**62), PRICES, PRICES)
def test_a_higher_price_never_costs_less(energy_mwh: int, one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert cost_of(energy_mwh, low) <= cost_of(energy_mwh, high)


@given(st.integers(min_value=-(2**62), max_value=2**62))
def test_nano_is_the_identity_there_and_back(nano: int) -> None:
    assert Money.from_nano(nano, "EUR").nano == nano
