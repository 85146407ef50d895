"""The costs of many sessions, summed without a rounding on the way."""

from fractions import Fraction

from custom_components.ev_sessions.core.costing.comparison import CostSum

from .bench import CHARGING, MONDAY, cost, element, part, periods, tariff


def test_thirds_of_a_cent_are_not_lost() -> None:
    by_time = tariff(element(part("TIME", "0.01", 20, step=0), min_power=1))
    sums = CostSum(currency="EUR", not_covered=2)
    for _ in range(300):
        sums.put(cost(by_time, periods(MONDAY, (20, "1", CHARGING))))
    assert (sums.excl_tax, sums.incl_tax) == (Fraction(1), Fraction(6, 5))
    assert sums.to_json() == {
        "currency": "EUR",
        "sessions": 300,
        "not_covered": 2,
        "total_excl_tax": "1.00",
        "total_incl_tax": "1.20",
        "total_rounded": "1.20",
        "unpriced_kwh": 0.0,
        "flags": {"estimated_power": 300},
    }
