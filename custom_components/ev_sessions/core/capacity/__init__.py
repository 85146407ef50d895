"""Capacity tariffs: what the greatest mean powers of a billing period cost, and which part of that the cars caused."""

from .interval import IntervalMean, MeanMeter, joined
from .period import BillingPeriod, period_of
from .scheme import CapacityScheme, CapacityStep, PeakWindow, SchemeError
from .standing import CountedPeak, MonthPeak, PeakStanding, month_peak, standing_of

__all__ = [
    "BillingPeriod",
    "CapacityScheme",
    "CapacityStep",
    "CountedPeak",
    "IntervalMean",
    "MeanMeter",
    "MonthPeak",
    "PeakStanding",
    "PeakWindow",
    "SchemeError",
    "joined",
    "month_peak",
    "period_of",
    "standing_of",
]
