"""What a session costs while it goes on: each look costs what changed since the one before, however long it lasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Self

from ..local_time import local_boundaries
from ..moment import instant_of, us_of
from ..money import NANO_PER_UNIT, PRICE_DIGITS, Money, cost_of
from ..prices.price import UNKNOWN_PRICE, PriceAt
from ..prices.timeline import PriceTimeline
from ..sessions.session import ChargingPeriod
from ..tariff import CERTAINTY, ComponentType, Reservation, Tariff
from .circumstances import Circumstances
from .engine import session_flags
from .idle import idle_lines
from .limits import Total, settled, sum_of
from .month_energy import MonthEnergy
from .reading import usage_parts
from .result import NO_ELEMENT, PER_UNIT, CostLine, Rule
from .session_cost import BesideLine, SessionCost, decimal_of, nano_of, nano_parts, quantity_of
from .slices import Edges, local_at
from .steps import step_lines
from .usage import PeriodState, Usage, UsagePeriod
from .walk import Walk

UNITS = {
    ComponentType.ENERGY: "kWh",
    ComponentType.TIME: "h",
    ComponentType.PARKING_TIME: "h",
    ComponentType.FLAT: "1",
}

#: What was used or fell due stays billed when the tariff becomes another; what is reckoned at the end is anew.
_STAYING = frozenset({Rule.USED.value, Rule.ONCE.value})

type _Key = tuple[ComponentType, int, int, Decimal | None, str, date]


@dataclass(frozen=True, slots=True)
class _Sum:
    """What lines of one kind, of one local day, come to."""

    first: CostLine
    quantity: int | Fraction
    amount: Fraction
    start_us: int
    end_us: int

    def with_line(self, line: CostLine, amount: Fraction, end_us: int) -> Self:
        """Return the sum with one line more."""
        same = line.unit_price == self.first.unit_price
        return replace(
            self,
            first=self.first if same else replace(self.first, unit_price=None),
            quantity=self.quantity + line.quantity,
            amount=self.amount + amount,
            end_us=end_us,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """Where a session stands before one of its periods; all of it is small, however long the session is."""

    before_mwh: int = 0
    fees: frozenset[Reservation | None] = frozenset()
    month: MonthEnergy
    total: Total
    energy_nano: int = 0  # of the periods so far
    unpriced_mwh: int = 0
    sums: Mapping[_Key, _Sum] = field(default_factory=dict)
    #: The last line of each component with the quantity of all of them, the latest last.
    last: tuple[CostLine, ...] = ()
    #: The last charging, and what followed it.
    tail: tuple[UsagePeriod, ...] = ()
    flags: tuple[str, ...] = ()


_NOTHING = Total(excl_tax=Fraction(0), incl_tax=Fraction(0), taxes=())


class RunningCost:
    """The cost of one session under one tariff: `put` its periods as they come, and look.

    A period that is put again counts as it was put last; then the periods since are looked at
    anew. What is asked for is the same as if all were looked at from the start.
    `all_lines`: the energy is told by lines as well, for a cost that stands beside that of the periods.
    `before` are lines of the session by another tariff, that stay. A session that begins when the
    tariff does not hold is unpriced.
    """

    def __init__(
        self,
        tariff: Tariff,
        zone: tzinfo,
        known: Circumstances,
        *,
        all_lines: bool = False,
        before: Sequence[BesideLine] = (),
    ) -> None:
        self._tariff = replace(tariff, holidays=known.holidays)
        self._zone = zone
        self._known = known
        self._all_lines = all_lines
        self._before = tuple(one for one in before if one.rule in _STAYING)
        self._edges = Edges.of(tariff)
        self._periods: list[ChargingPeriod] = []
        self._parts: list[tuple[UsagePeriod, ...]] = []
        self._kept: dict[int, PriceAt] = {}
        self._reached: list[_Reached] = []
        self._begin()

    def _begin(self) -> None:
        month = MonthEnergy(zone=self._zone, offset_mwh=self._known.month_mwh)
        self._reached = [_Reached(month=month, total=_NOTHING)]

    def put(
        self, period: ChargingPeriod, parts: Sequence[UsagePeriod] | None = None, *, price: PriceAt | None = None
    ) -> None:
        """Take a period, put before or the next; `parts` by its trace, `price` where it has one that stays."""
        index = period.index
        if index == len(self._periods):
            self._periods.append(period)
            self._parts.append(())
        self._periods[index] = period
        self._parts[index] = tuple(parts or usage_parts(period))
        if price is not None:
            self._kept[index] = price
        del self._reached[index + 1 :]

    def take_back(self, kept: int) -> None:
        """Forget all but the first periods."""
        del self._periods[kept:], self._parts[kept:], self._reached[kept + 1 :]
        self._kept = {index: price for index, price in self._kept.items() if index < kept}

    def look_anew(self, known: Circumstances | None = None) -> None:
        """Look at all from the start: prices of the past, or what a cost depends on, became others."""
        self._known = known or self._known
        self._tariff = replace(self._tariff, holidays=self._known.holidays)
        self._begin()

    @property
    def known(self) -> Circumstances:
        """What the cost depends on besides."""
        return self._known

    def look_back(self, periods: int) -> None:
        """Look at the last periods again: what is known of their prices may have changed."""
        del self._reached[max(0, len(self._periods) - periods) + 1 :]

    def cost(self, timelines: Mapping[str, PriceTimeline]) -> SessionCost:
        """Return what the session costs so far, and the prices of the periods that were looked at."""
        prices: dict[int, PriceAt] = {}
        for index in range(len(self._reached) - 1, len(self._periods)):
            reached, prices[index] = self._after(self._reached[index], index, timelines)
            self._reached.append(reached)
        return self._told(self._reached[-1], prices)

    def _after(self, before: _Reached, index: int, timelines: Mapping[str, PriceTimeline]) -> tuple[_Reached, PriceAt]:
        """Return where the session stands after a period, and the price of the period's energy."""
        period, parts = self._periods[index], self._parts[index]
        walk = Walk(
            tariff=self._tariff,
            zone=self._zone,
            timelines=timelines,
            holidays=self._known.holidays,
            edges=self._edges,
            begun_us=us_of(self._periods[0].start),
            reserved_us=us_of(self._periods[0].start),
            month=replace(before.month),
            before_mwh=before.before_mwh,
            fees=set(before.fees),
        )
        minutes = self._edges.minutes
        clock = sorted(local_boundaries(period.start, period.end, minutes, self._zone)) if minutes else []
        walk.take(parts, [us_of(at) for at in clock])
        lines, price = walk.lines, self._kept.get(index)
        if price is None and not self._tariff.holds_at(self._periods[0].start):
            lines, price = [], UNKNOWN_PRICE
        elif price is None:
            price = self._price(period, lines, timelines)
        else:
            # It was billed by another tariff: its energy keeps its price, and nothing is billed twice.
            lines = []
            walk.fees.add(None)
        unpriced = price.price_per_kwh is None
        counted = [line for line in lines if not (unpriced and line.component is ComponentType.ENERGY)]
        total = _joined(before.total, sum_of(counted))
        energy_nano = 0
        if price.price_per_kwh is not None:
            energy = Money(amount=cost_of(period.energy_mwh, price.price_per_kwh), currency=self._tariff.currency)
            energy_nano = energy.nano
            if index in self._kept:
                kept = Fraction(energy.amount)
                total = replace(total, excl_tax=total.excl_tax + kept, incl_tax=total.incl_tax + kept)
        reached = _Reached(
            before_mwh=walk.before_mwh,
            fees=frozenset(walk.fees),
            month=walk.month,
            total=total,
            energy_nano=before.energy_nano + energy_nano,
            unpriced_mwh=before.unpriced_mwh + (period.energy_mwh if unpriced else 0),
            sums=self._summed(before.sums, counted, walk.spans),
            last=_last(before.last, lines),
            tail=_tail(before.tail, parts),
            flags=tuple(dict.fromkeys((*before.flags, *walk.flags, *session_flags(self._tariff, parts)))),
        )
        return reached, price

    def _price(
        self, period: ChargingPeriod, lines: Sequence[CostLine], timelines: Mapping[str, PriceTimeline]
    ) -> PriceAt:
        """Return the one price of a period's energy, taxes inside: the mean where there were several."""
        used = [line for line in lines if line.component is ComponentType.ENERGY]
        if period.energy_mwh == 0 or not used:
            read = self._tariff.timeline_price
            timeline = None if read is None else timelines.get(read.source)
            return self._tariff.price_at(period.start, timeline or self._tariff.new_timeline())
        if any(line.unit_price is None for line in used):
            return UNKNOWN_PRICE
        basis = max((line.basis for line in used), key=CERTAINTY.index)
        cost = sum((line.incl_tax for line in used), Fraction(0))
        return PriceAt(decimal_of(cost * PER_UNIT[ComponentType.ENERGY] / period.energy_mwh, PRICE_DIGITS), basis)

    def _summed(
        self, before: Mapping[_Key, _Sum], lines: Sequence[CostLine], spans: Sequence[tuple[int, int]]
    ) -> Mapping[_Key, _Sum]:
        """Return the sums with the lines that come beside the energy of the periods."""
        told = [line for line in lines if self._all_lines or line.component is not ComponentType.ENERGY]
        if not told:
            return before
        sums = dict(before)
        for line in told:
            start_us, end_us = spans[line.period]
            day = local_at(start_us, self._zone).date()
            key = (line.component, line.element, line.place, line.vat_percent, line.rule.value, day)
            known = sums.get(key)
            sums[key] = (
                _Sum(line, line.quantity, line.incl_tax, start_us, end_us)
                if known is None
                else known.with_line(line, line.incl_tax, end_us)
            )
        return sums

    def _told(self, reached: _Reached, prices: Mapping[int, PriceAt]) -> SessionCost:
        if not self._periods:
            return SessionCost(total_nano=0, prices={}, lines=(), unpriced_mwh=0)
        tariff, last = self._tariff, self._periods[-1]
        extra = list(step_lines(reached.last, tariff))
        if tariff.extras.idle_fee is not None and reached.tail:
            extra += idle_lines(tariff.extras.idle_fee, Usage(periods=reached.tail), self._zone, tariff.tax_included, 0)
        start = self._periods[0].start
        earned = [one for one in tariff.extras.discounts if self._known.earn(one, start, self._zone)]
        kept = sum((Fraction(one.amount_nano, NANO_PER_UNIT) for one in self._before), Fraction(0))
        whole = _joined(reached.total, sum_of(extra))
        whole = replace(whole, excl_tax=whole.excl_tax + kept, incl_tax=whole.incl_tax + kept)
        total = settled(whole, tariff, earned, self._known.voucher)
        begun_us, ended_us = us_of(last.start), us_of(last.end)
        sums = [
            *reached.sums.values(),
            *(_Sum(line, line.quantity, line.incl_tax, begun_us, ended_us) for line in extra),
        ]
        changes = [(one.rule, one.incl_tax) for one in total.changes if one.incl_tax]
        total_nano = nano_of(total.incl_tax)
        beside_nano = total_nano - sum(one.amount_nano for one in self._before)
        if not self._all_lines:
            beside_nano -= reached.energy_nano
        amounts = nano_parts([*(one.amount for one in sums), *(amount for _, amount in changes)], beside_nano)
        lines = [_line(one, nano) for one, nano in zip(sums, amounts, strict=False)]
        lines += [
            BesideLine(
                start=last.start,
                end=last.end,
                component=ComponentType.FLAT.value,
                rule=name,
                quantity=Decimal(1),
                unit=UNITS[ComponentType.FLAT],
                amount_nano=nano,
            )
            for (name, _), nano in zip(changes, amounts[len(sums) :], strict=True)
        ]
        return SessionCost(
            total_nano=total_nano,
            prices=prices,
            lines=(*self._before, *lines),
            unpriced_mwh=reached.unpriced_mwh,
            flags=tuple(dict.fromkeys((*reached.flags, *total.flags))),
        )


def _joined(one: Total, other: Total) -> Total:
    taxes = {tax.rate_percent: tax for tax in one.taxes}
    for tax in other.taxes:
        known = taxes.get(tax.rate_percent)
        taxes[tax.rate_percent] = tax if known is None else replace(tax, amount=tax.amount + known.amount)
    return replace(
        one,
        excl_tax=one.excl_tax + other.excl_tax,
        incl_tax=one.incl_tax + other.incl_tax,
        taxes=tuple(taxes.values()),
    )


def _last(before: tuple[CostLine, ...], lines: Sequence[CostLine]) -> tuple[CostLine, ...]:
    """Return the last line of each component with the quantity of all, the latest last."""
    last = {line.component: line for line in before}
    for line in lines:
        known = last.pop(line.component, None)
        last[line.component] = line if known is None else replace(line, quantity=line.quantity + known.quantity)
    return tuple(last.values())


def _tail(before: tuple[UsagePeriod, ...], parts: Sequence[UsagePeriod]) -> tuple[UsagePeriod, ...]:
    """Return the last charging and what followed it; what is alike and follows each other in one."""
    tail = before
    for part in parts:
        if part.state is PeriodState.CHARGING:
            tail = (part,)
        elif tail and tail[-1].state is part.state and tail[-1].end == part.start:
            tail = (*tail[:-1], replace(tail[-1], end=part.end))
        elif tail:
            tail = (*tail, part)
    return tail


def _line(one: _Sum, amount_nano: int) -> BesideLine:
    line = one.first
    return BesideLine(
        start=instant_of(one.start_us),
        end=instant_of(one.end_us),
        component=line.component.value,
        rule=line.rule.value,
        quantity=quantity_of(Fraction(one.quantity, PER_UNIT[line.component])),
        unit=UNITS[line.component],
        amount_nano=amount_nano,
        element=None if line.element == NO_ELEMENT else line.element,
        unit_price=line.unit_price,
        vat_percent=line.vat_percent,
    )
