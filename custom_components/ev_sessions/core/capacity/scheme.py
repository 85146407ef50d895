"""How a grid company bills peaks: which means count, how many, and what they cost.

A scheme is data: the presets for countries, and what the owner made of one.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Self

from ..fields import Fields
from ..money import exact_text
from ..problem import InputError, Problem, ProblemKind
from ..tariff.reading import restrictions_from
from ..tariff.restrictions import Moment, Restrictions
from ..tariff.writing import restrictions_data
from .period import LAST_BILLING_DAY

INTERVALS_MIN = (15, 30, 60)
_MOST_KW = Decimal(100_000)
_MOST_PRICE = Decimal(1_000_000)
_MONTHS_PER_YEAR = 12

SchemeError = InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityStep:
    """What a month costs up to and including so many kW; None: above all others."""

    up_to_kw: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakWindow:
    """When means count, and by which factor: 1 whole, 0.5 half, 0 not at all."""

    when: Restrictions
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityScheme:
    """A capacity tariff. The mean of the `count` greatest means of a billing month is its peak.

    `distinct_days`: they lie on different days. The first window that holds tells a mean's
    factor, and what is in none has `otherwise`. `months` is over how many months' peaks the
    billed one is the mean (12 in Flanders). The price is per kW and month, or by steps.
    """

    interval_min: int = 60
    count: int = 1
    distinct_days: bool = False
    windows: tuple[PeakWindow, ...] = ()
    otherwise: Decimal = Decimal(1)
    minimum_kw: Decimal = Decimal(0)
    months: int = 1
    billing_day: int = 1
    per_kw: Decimal | None = None
    steps: tuple[CapacityStep, ...] = ()

    def factor_at(self, local: datetime) -> float:
        """Return by which factor a mean counts that begins at a local time."""
        moment = Moment(local=local)
        return float(next((one.factor for one in self.windows if one.when.holds(moment)), self.otherwise))

    def cost(self, peak_kw: float) -> Decimal | None:
        """Return what a month with that billed peak costs; None without a price."""
        peak = Decimal(str(round(peak_kw, 6)))
        if self.steps:
            return next(one.amount for one in self.steps if one.up_to_kw is None or peak <= one.up_to_kw)
        return None if self.per_kw is None else self.per_kw * peak

    def ceiling_kw(self, peak_kw: float) -> float:
        """Return up to which peak a month costs no more than with that one."""
        if not self.steps:
            return peak_kw
        peak = Decimal(str(round(peak_kw, 6)))
        step = next(one for one in self.steps if one.up_to_kw is None or peak <= one.up_to_kw)
        return float("inf") if step.up_to_kw is None else float(step.up_to_kw)

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """Read a scheme from JSON; raise with all fields that are wrong."""
        problems: list[Problem] = []
        fields = Fields(data, "", problems)
        interval = fields.whole("interval_min", most=60)
        if interval is not None and interval not in INTERVALS_MIN:
            fields.mark("interval_min", ProblemKind.OUT_OF_RANGE)
        count = _least_one(fields, "count", 31)
        months = _least_one(fields, "months", _MONTHS_PER_YEAR)
        billing_day = _least_one(fields, "billing_day", LAST_BILLING_DAY)
        minimum = fields.number("minimum_kw", least=Decimal(0), most=_MOST_KW)
        per_kw = fields.number("per_kw", least=Decimal(0), most=_MOST_PRICE)
        otherwise = fields.number("otherwise", least=Decimal(0), most=Decimal(10))
        steps = _steps(fields) if fields.raw("steps") else ()
        windows = tuple(_window(one) for one in fields.objects("windows")) if fields.raw("windows") else ()
        if problems:
            raise InputError(problems)
        return cls(
            interval_min=interval or 60,
            count=count,
            distinct_days=bool(fields.raw("distinct_days")),
            windows=windows,
            otherwise=Decimal(1) if otherwise is None else otherwise,
            minimum_kw=minimum or Decimal(0),
            months=months,
            billing_day=billing_day,
            per_kw=per_kw,
            steps=steps,
        )

    def to_data(self) -> dict[str, Any]:
        """Return the scheme as plain JSON."""
        return {
            "interval_min": self.interval_min,
            "count": self.count,
            "distinct_days": self.distinct_days,
            "windows": [
                {"factor": exact_text(one.factor), "when": restrictions_data(one.when)} for one in self.windows
            ],
            "otherwise": exact_text(self.otherwise),
            "minimum_kw": exact_text(self.minimum_kw),
            "months": self.months,
            "billing_day": self.billing_day,
            "per_kw": None if self.per_kw is None else exact_text(self.per_kw),
            "steps": [
                {
                    "up_to_kw": None if one.up_to_kw is None else exact_text(one.up_to_kw),
                    "amount": exact_text(one.amount),
                }
                for one in self.steps
            ],
        }


def _least_one(fields: Fields, name: str, most: int) -> int:
    number = fields.whole(name, most=most)
    if number == 0:
        fields.mark(name, ProblemKind.OUT_OF_RANGE)
    return number or 1


def _steps(fields: Fields) -> tuple[CapacityStep, ...]:
    steps: list[CapacityStep] = []
    for one in fields.objects("steps"):
        amount = one.number("amount", least=Decimal(0), most=_MOST_PRICE) if one.required("amount") else None
        up_to_kw = one.number("up_to_kw", least=Decimal(0), most=_MOST_KW)
        steps.append(CapacityStep(up_to_kw=up_to_kw, amount=amount or Decimal(0)))
    bounds = [one.up_to_kw for one in steps]
    in_order = all(one is not None and (other is None or one < other) for one, other in pairwise(bounds))
    # The last step is above all others, or a peak would have no price.
    if steps and (not in_order or bounds[-1] is not None):
        fields.mark("steps", ProblemKind.OVERLAP)
    return tuple(steps)


def _window(fields: Fields) -> PeakWindow:
    factor = fields.number("factor", least=Decimal(0), most=Decimal(10))
    when = restrictions_from(fields.object("when"))
    return PeakWindow(when=when, factor=Decimal(1) if factor is None else factor)
