"""The cost engine: (tariff, usage, zone, prices) -> what it costs, and why.

The order is: energy and time by the first component that counts at each instant, fees, step
sizes, the greatest price, the least price, taxes by rate.
"""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from fractions import Fraction
from itertools import pairwise

from ..moment import instant_of, us_of
from ..prices.timeline import PriceTimeline
from ..tariff import ComponentType, Tariff, TaxIncluded
from .circumstances import Circumstances
from .idle import idle_lines
from .limits import Total, total_of
from .month_energy import MonthEnergy
from .result import CostLine, CostPeriod, CostResult, grouped
from .slices import Edges, clock_edges
from .steps import step_lines
from .usage import Usage, UsagePeriod
from .walk import Walk

ESTIMATED_ENERGY = "estimated_energy"
UNPRICED = "unpriced"
TAX_NOT_KNOWN = "tax_not_known"
SOLAR_NOT_KNOWN = "solar_not_known"
GAP = "gap_between_periods"


def cost_of_usage(
    tariff: Tariff,
    usage: Usage,
    zone: tzinfo,
    timelines: Mapping[str, PriceTimeline] | None = None,
    circumstances: Circumstances | None = None,
) -> CostResult:
    """Return what a session costs under a tariff; `timelines` by the source that the tariff names.

    Energy whose price no timeline knows is unpriced: in no sum, and flagged.
    """
    known = circumstances or Circumstances()
    edges = Edges.of(tariff)
    walk = Walk(
        tariff=tariff,
        zone=zone,
        timelines=timelines or {},
        holidays=known.holidays,
        edges=edges,
        begun_us=us_of(usage.start),
        reserved_us=usage.periods[0].start_us,
        month=MonthEnergy(zone=zone, offset_mwh=known.month_mwh),
    )
    walk.take(usage.periods, clock_edges(usage, edges, zone))
    lines = [*walk.lines, *step_lines(walk.lines, tariff)]
    if tariff.extras.idle_fee is not None:
        lines += idle_lines(tariff.extras.idle_fee, usage, zone, tariff.tax_included, len(walk.spans) - 1)
    earned = [one for one in tariff.extras.discounts if known.earn(one, usage.start, zone)]
    total = total_of(grouped(lines), tariff, earned, known.voucher)
    unpriced = [line for line in lines if line.unit_price is None]
    gaps = [GAP] if usage.has_gaps else []
    flags = dict.fromkeys([*gaps, *session_flags(tariff, usage.periods), *walk.flags, *total.flags])
    if unpriced:
        flags[UNPRICED] = None
    return CostResult(
        currency=tariff.currency,
        lines=tuple(lines),
        changes=total.changes,
        periods=_periods(walk.spans, lines, tariff, total),
        taxes=total.taxes,
        excl_tax=total.excl_tax,
        incl_tax=total.incl_tax,
        unpriced_mwh=round(sum(line.quantity for line in unpriced if line.component is ComponentType.ENERGY)),
        flags=tuple(flags),
    )


def session_flags(tariff: Tariff, periods: Sequence[UsagePeriod]) -> tuple[str, ...]:
    """Return what an answer for these periods has to say of what is not known."""
    components = [component for element in tariff.elements for component in element.price_components]
    untaxed = tariff.tax_included is TaxIncluded.YES and any(one.vat_percent is None for one in components)
    asks_for_sun = any(element.restrictions.solar is not None for element in tariff.elements)
    found = {
        ESTIMATED_ENERGY: any(period.estimated_mwh for period in periods),
        TAX_NOT_KNOWN: untaxed,
        SOLAR_NOT_KNOWN: asks_for_sun and any(one.solar_mwh is None and one.energy_mwh for one in periods),
    }
    return tuple(flag for flag, holds in found.items() if holds)


def _periods(
    spans: list[tuple[int, int]], lines: Sequence[CostLine], tariff: Tariff, total: Total
) -> tuple[CostPeriod, ...]:
    """Return the spans with their amounts, that sum to the total.

    A discount is taken off each; beyond the greatest price a session goes on for nothing;
    what is missing to the least falls due, and a voucher is taken off, at its end.
    """
    amounts = [Fraction(0)] * len(spans)
    for line in lines:
        amounts[line.period] += line.excl_tax * total.kept
    most = None if tariff.max_price is None else Fraction(tariff.max_price.before_taxes)
    reached = [Fraction(0)]
    running = Fraction(0)
    for amount in amounts:
        running += amount
        reached.append(running if most is None else min(running, most))
    reached[-1] = total.excl_tax
    return tuple(
        CostPeriod(start=instant_of(start), end=instant_of(end), excl_tax=after - before)
        for (start, end), (before, after) in zip(spans, pairwise(reached), strict=True)
    )
