"""The costs of many sessions, summed without a rounding on the way."""

from fractions import Fraction

from custom_components.ev_sessions.core.costing import Usage
from custom_components.ev_sessions.core.costing.comparison import CostSum
from custom_components.ev_sessions.core.costing.work import MOST_WORK, work_of

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


def test_what_there_is_to_look_at_is_known_before() -> None:
    night = tariff(element(part("ENERGY", 1), part("TIME", 1), start_time="22:00", end_time="06:00", max_kwh=5))
    used = Usage.of(periods(MONDAY, (60, "1", CHARGING), (2 * 24 * 60, "1", CHARGING)))
    # Two components at two periods, two minutes and a midnight of four days, and a threshold.
    assert work_of(night, used) == 2 * (2 + 4 * 3 + 1) < MOST_WORK
