"""What flowed within a period, by the session's trace: power as it was, sample by sample."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from ..energy import split
from ..moment import us_of
from ..sessions.trace import TraceSample
from .usage import UsagePeriod


def traced(period: UsagePeriod, trace: Sequence[TraceSample]) -> list[UsagePeriod]:
    """Return a period cut at the samples of a trace (in order of time), with the power of each part.

    Power is held from a sample to the next, as a sample that says nothing new is not kept.
    The energy of the period is the ledger's; its parts get it by their power. Where the
    trace does not cover the period, or shows no power for energy that flowed, the period
    stays whole and its energy is taken to be linear.
    """
    if period.energy_mwh == 0:
        return [replace(period, power_kw=Decimal(0))]
    first = bisect_right(trace, period.start, key=lambda sample: sample.at) - 1
    last = bisect_left(trace, period.end, key=lambda sample: sample.at)
    powers_mw = [_power_mw(sample) for sample in trace[max(first, 0) : last]]
    instants = [period.start, *(sample.at for sample in trace[first + 1 : last]), period.end]
    if first < 0 or period.estimated_mwh or None in powers_mw:
        return [replace(period, linear=True)]
    known = [power or 0 for power in powers_mw]
    spans = list(pairwise(instants))
    weights = [power * (us_of(end) - us_of(start)) for power, (start, end) in zip(known, spans, strict=True)]
    if not any(weights):
        return [replace(period, linear=True)]
    energies = split(period.energy_mwh, weights)
    suns = None if period.solar_mwh is None else split(period.solar_mwh, energies)
    return [
        replace(
            period,
            start=start,
            end=end,
            energy_mwh=energies[place],
            solar_mwh=None if suns is None else suns[place],
            power_kw=Decimal(known[place]).scaleb(-6),
        )
        for place, (start, end) in enumerate(spans)
    ]


def _power_mw(sample: TraceSample) -> int | None:
    return None if sample.power_w is None else max(0, round(sample.power_w * 1000))
