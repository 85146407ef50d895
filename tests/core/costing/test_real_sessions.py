"""Real sessions at real market prices: the engine against a plain sum over the market's slots."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from custom_components.ev_sessions.core.costing import CostResult, Usage, UsagePeriod, cost_of_usage
from custom_components.ev_sessions.core.moment import us_of
from custom_components.ev_sessions.core.prices.price import PriceInterval
from custom_components.ev_sessions.core.tariff import Restrictions, TimelinePrice
from custom_components.ev_sessions.core.tariff.plan import Plan
from custom_components.ev_sessions.core.tariff.plan_parts import PlanWindow
from simulator.replay import ZONE, MarketSlot, dc_sessions, market_since_2020, slots_of_day

from .bench import time_of

SLOTS = market_since_2020()
STARTS = [slot.start for slot in SLOTS]
#: What the grid adds: more from seven to ten past seven in the evening. Tax on top of all.
USUAL, EVENING, VAT = Decimal("0.11"), Decimal("0.19"), Decimal(19)
PLAN = Plan(
    usual=USUAL,
    windows=(PlanWindow(price=EVENING, when=Restrictions(start_time=time_of("07:00"), end_time=time_of("19:10"))),),
    vat_percent=VAT,
    read=TimelinePrice(source="sensor.market"),
).tariff(currency="EUR", time_zone=ZONE.key)


def plainly(session: UsagePeriod) -> Fraction:
    """Return what a session costs, its energy taken to be linear: minute by minute, by the wall clock."""
    total = Fraction(0)
    length_us = us_of(session.end) - us_of(session.start)
    at = session.start
    while at < session.end:
        until = min(session.end, at.replace(second=0, microsecond=0) + timedelta(minutes=1))
        slot = SLOTS[bisect_right(STARTS, at) - 1]
        adds = EVENING if "07:00" <= at.astimezone(ZONE).strftime("%H:%M") < "19:10" else USUAL
        energy = Fraction(session.energy_mwh, 1_000_000) * Fraction(us_of(until) - us_of(at), length_us)
        total += energy * (Fraction(slot.eur_per_mwh) / 1000 + Fraction(adds))
        at = until
    return total * (1 + Fraction(VAT) / 100)


def costed(session: UsagePeriod, slots: Sequence[MarketSlot]) -> CostResult:
    timeline = PLAN.new_timeline().with_intervals(
        PriceInterval(start=slot.start, end=slot.end, price_per_kwh=slot.eur_per_mwh / 1000) for slot in slots
    )
    return cost_of_usage(PLAN, Usage.of([session]), ZONE, {"sensor.market": timeline})


def day_of(at: datetime) -> tuple[MarketSlot, ...]:
    return slots_of_day(at) + slots_of_day(at + timedelta(days=1))


def test_the_market_of_seven_years_has_all_its_nights_in_which_clocks_are_set() -> None:
    assert all(one.end == other.start for one, other in pairwise(SLOTS))
    days = Counter(slot.start.astimezone(ZONE).date() for slot in SLOTS)
    lengths = Counter(days.values())
    # Hours of a day, then quarters: seven nights of spring, and six of autumn.
    assert (len(days), lengths[23] + lengths[92], lengths[25] + lengths[100]) == (2427, 7, 6)
    assert set(lengths) == {23, 24, 25, 92, 96, 100}
    assert (SLOTS[0].start, SLOTS[-1].end.year) == (datetime(2019, 12, 31, 23, tzinfo=UTC), 2026)
    assert sum(slot.eur_per_mwh < 0 for slot in SLOTS) > 1500


def test_real_sessions_at_the_prices_of_every_week_of_seven_years_cost_what_a_plain_sum_says() -> None:
    sessions = dc_sessions()
    weeks = range(0, 2426, 7)
    for number, day in enumerate(weeks):
        real = sessions[number * 5 % len(sessions)]
        # Each at the time of the day at which it came, and some seconds later.
        clock = timedelta(hours=real.arrival.hour, minutes=real.arrival.minute, seconds=number % 60)
        start = datetime(2020, 1, 1, tzinfo=ZONE).astimezone(UTC) + timedelta(days=day) + clock
        used = UsagePeriod(start=start, end=start + real.stay, energy_mwh=real.energy_wh * 1000 + number % 3)
        result = costed(used, day_of(start))
        assert (result.flags, result.incl_tax) == ((), plainly(used)), used
    assert len(weeks) == 347


@pytest.mark.parametrize("minute", [0, 7])
def test_nights_in_which_clocks_are_set_cost_what_a_plain_sum_says(minute: int) -> None:
    ends = [slot.end for slot in SLOTS]
    nights = [
        one for one, other in pairwise(ends) if one.astimezone(ZONE).utcoffset() != other.astimezone(ZONE).utcoffset()
    ]
    assert len(nights) == 13
    for at in nights:
        start = at - timedelta(hours=5, minutes=minute, seconds=11)
        used = UsagePeriod(start=start, end=at + timedelta(hours=7, seconds=3), energy_mwh=41_123_457)
        result = costed(used, day_of(start))
        assert (result.flags, result.incl_tax) == ((), plainly(used)), at
