"""Real sessions at real market prices: the engine against a plain sum over the market's slots."""

from bisect import bisect_right
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from custom_components.ev_sessions.core.costing import Usage, UsagePeriod, cost_of_usage
from custom_components.ev_sessions.core.moment import us_of
from custom_components.ev_sessions.core.price import PriceInterval
from custom_components.ev_sessions.core.tariff import Restrictions, TimelinePrice
from custom_components.ev_sessions.core.tariff.plan import Plan
from custom_components.ev_sessions.core.tariff.plan_parts import PlanWindow
from simulator.replay import ZONE, dc_sessions, market

from .bench import time_of

SLOTS = market()
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


def test_real_sessions_at_real_prices_agree_with_a_plain_sum() -> None:
    timeline = PLAN.new_timeline().with_intervals(
        PriceInterval(start=slot.start, end=slot.end, price_per_kwh=slot.eur_per_mwh / 1000) for slot in SLOTS
    )
    first, last = SLOTS[0].start, SLOTS[-1].end
    costed = 0
    for number, real in enumerate(dc_sessions()[::12]):
        # Each at its own time of the day, spread over the prices that are known.
        start = first + (last - first - timedelta(days=1)) * number / 157
        used = UsagePeriod(start=start, end=start + real.stay, energy_mwh=real.energy_wh * 1000)
        result = cost_of_usage(PLAN, Usage.of([used]), ZONE, {"sensor.market": timeline})
        assert result.flags == ()
        # Energy is cut in whole mWh: each cut may shift half of one, at a price below 2.
        assert abs(result.incl_tax - plainly(used)) < Fraction(len(result.periods), 500_000)
        costed += 1
    assert costed == 157
