"""The idle fee: what it costs to stay after the last charging, when the car asks for no power any more.

Beside OCPI. What our own balancing or planning paused is never idle, nor is a pause between
two charges.
"""

from collections.abc import Iterator
from datetime import tzinfo
from fractions import Fraction
from itertools import pairwise

from ..local_time import local_boundaries
from ..moment import instant_of, us_of
from ..sessions.session import PriceBasis
from ..tariff import ComponentType, Moment, TaxIncluded
from ..tariff.extras import IdleFee
from .result import NO_ELEMENT, PER_UNIT, CostLine, Rule
from .slices import local_at
from .usage import PeriodState, Usage

_US_PER_S = 1_000_000


def idle_lines(fee: IdleFee, usage: Usage, zone: tzinfo, tax_included: TaxIncluded, last_span: int) -> list[CostLine]:
    """Return the line of the idle fee, on the session's last span; none where nothing is due.

    After its grace, with the exempt times taken out, in whole steps, up to its cap.
    """
    due_us = sum(end - start for start, end in _billed(fee, usage, zone))
    step_us = fee.step_s * _US_PER_S
    if step_us:
        due_us = -(-due_us // step_us) * step_us
    if due_us == 0:
        return []
    component, quantity, price = ComponentType.PARKING_TIME, due_us, fee.price
    if fee.cap is not None and Fraction(due_us, PER_UNIT[component]) * Fraction(fee.price) > Fraction(fee.cap):
        component, quantity, price = ComponentType.FLAT, 1, fee.cap
    return [
        CostLine(
            period=last_span,
            component=component,
            element=NO_ELEMENT,
            place=0,
            quantity=quantity,
            unit_price=price,
            vat_percent=fee.vat_percent,
            tax_included=tax_included,
            rule=Rule.IDLE_FEE,
            basis=PriceBasis.FIXED,
        )
    ]


def _billed(fee: IdleFee, usage: Usage, zone: tzinfo) -> Iterator[tuple[int, int]]:
    """Yield the spans for which the fee is due, before its step."""
    grace_us = fee.grace_s * _US_PER_S
    for start_us, end_us in _idle(usage):
        free_us = min(grace_us, end_us - start_us)
        grace_us -= free_us
        for since_us, until_us in _cut(fee, start_us + free_us, end_us, zone):
            moment = Moment(local=local_at(since_us, zone))
            if not any(exempt.holds(moment) for exempt in fee.exempt):
                yield since_us, until_us


def _idle(usage: Usage) -> list[tuple[int, int]]:
    """Return the spans after the last charging in which the car asked for no power."""
    places = [place for place, period in enumerate(usage.periods) if period.state is PeriodState.CHARGING]
    if not places:
        return []
    return [
        (period.start_us, period.end_us)
        for period in usage.periods[places[-1] + 1 :]
        if period.state is PeriodState.PARKING
    ]


def _cut(fee: IdleFee, start_us: int, end_us: int, zone: tzinfo) -> Iterator[tuple[int, int]]:
    """Yield a span cut where an exempt time may begin or end."""
    minutes = {minute for exempt in fee.exempt for minute in exempt.edge_minutes}
    cuts = local_boundaries(instant_of(start_us), instant_of(end_us), minutes, zone) if minutes else set()
    bounds = [start_us, *sorted(us_of(cut) for cut in cuts), end_us]
    yield from pairwise(bounds)
