"""Going through a session in order: what was used in each slice, at the price that counts there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from decimal import Context, Decimal
from itertools import groupby

from ..moment import instant_of
from ..prices.timeline import PriceTimeline
from ..sessions.session import PriceBasis
from ..tariff import ComponentType, Found, Moment, Reservation, Tariff, TimelinePrice
from .month_energy import MonthEnergy
from .result import CostLine, Rule
from .slices import Edges, Exact, Slice, local_at, slices_of
from .usage import RESERVATIONS, PeriodState, UsagePeriod

#: What stands in where a tariff asks for the current and only the power is known: the sum over
#: the phases is the power by the voltage to neutral, however many phases carry it.
_VOLTS = Decimal(230)
_DIVISION = Context(prec=40)

ESTIMATED_POWER = "estimated_power"
ESTIMATED_CURRENT = "estimated_current"
ESTIMATED_SPLIT = "estimated_split"

_TIME_OF = {PeriodState.CHARGING: ComponentType.TIME, PeriodState.PARKING: ComponentType.PARKING_TIME}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """A slice of the period `whole`, the moment in which it begins, and what it used."""

    period: UsagePeriod
    whole: int
    at: Moment
    part: Slice
    used: list[CostLine]

    @property
    def key(self) -> tuple[object, ...]:
        """What slices have in common that count alike."""
        return (
            self.whole,
            *((line.component, line.element, line.place, line.unit_price) for line in self.used),
        )


@dataclass(slots=True, kw_only=True)
class Walk:
    """A walk through the periods of a session, which may be taken up where another stopped.

    Durations count from `begun_us`, those of a reservation from `reserved_us`. `before_mwh`,
    `fees` and `month` are what of the way so far counts in what follows; `lines`, the `spans`
    that they are of, and `flags` are what was found.
    """

    tariff: Tariff
    zone: tzinfo
    timelines: Mapping[str, PriceTimeline]
    holidays: frozenset[date]
    edges: Edges
    begun_us: int
    reserved_us: int
    month: MonthEnergy
    before_mwh: int = 0
    fees: set[Reservation | None] = field(default_factory=set)
    lines: list[CostLine] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def take(self, periods: Iterable[UsagePeriod], clock_us: Sequence[int]) -> None:
        """Go on through periods that follow, cut at the instants of the clock that lie inside them."""
        self._put(self._counted(periods, clock_us))

    def _counted(self, periods: Iterable[UsagePeriod], clock_us: Sequence[int]) -> Iterator[_Counted]:
        """Yield the slices of periods, in order, with what each used."""
        for number, period in enumerate(periods):
            whole = -1 - number if period.part_of is None else period.part_of
            origin_us = self.reserved_us if period.state in RESERVATIONS else self.begun_us
            moment = self._moment(period)
            slices = slices_of(
                period,
                self.edges,
                origin_us=origin_us,
                before_mwh=self.before_mwh,
                clock_us=clock_us,
                month=self.month,
                timelines=self.timelines,
            )
            cut = False
            for one in slices:
                at = self._at(moment, one, origin_us)
                cut = cut or one.parts_energy
                yield _Counted(period=period, whole=whole, at=at, part=one, used=self._used(period, at, one))
            self._flag(ESTIMATED_SPLIT, when=cut and period.linear and period.energy_mwh != 0)
            self.before_mwh += period.energy_mwh

    def _put(self, counted: Iterator[_Counted]) -> None:
        """Add the lines of the session; slices of a period that follow each other and count alike are one span."""
        for _, group in groupby(counted, key=lambda one: one.key):
            parts = list(group)
            number = len(self.spans)
            self.spans.append((parts[0].part.start_us, parts[-1].part.end_us))
            for one in parts:
                fees = list(self._flat(one.period, one.at))
                lines = (*fees, *one.used)
                self.lines.extend(lines if number == 0 else (replace(line, period=number) for line in lines))

    def _used(self, period: UsagePeriod, moment: Moment, one: Slice) -> list[CostLine]:
        """Return what a slice used, at the prices that count."""
        lines = []
        if from_grid_mwh := one.energy_mwh - one.solar_mwh:
            lines.append(self._line(ComponentType.ENERGY, moment, from_grid_mwh, one))
        if one.solar_mwh:
            lines.append(self._line(ComponentType.ENERGY, replace(moment, solar=True), one.solar_mwh, one))
        if period.state in RESERVATIONS and one.duration_us:
            lines.append(self._reserved(period, moment, one))
        elif one.duration_us and (kind := _TIME_OF.get(period.state)) is not None:
            lines.append(self._line(kind, moment, one.duration_us, one))
        return [line for line in lines if line is not None]

    def _reserved(self, period: UsagePeriod, moment: Moment, one: Slice) -> CostLine | None:
        """Return the time of a reservation; one that expired has its own price, where there is one."""
        for kind in _reservations(period)[::-1]:
            line = self._line(ComponentType.TIME, replace(moment, reservation=kind), one.duration_us, one)
            if line is not None:
                return replace(line, reservation=True)
        return None

    def _flat(self, period: UsagePeriod, moment: Moment) -> Iterator[CostLine]:
        """Yield the fees that are due: one for the session, one each for its reservation and for that it expired."""
        for kind in _reservations(period) or (None,):
            if kind in self.fees:
                continue
            found = self.tariff.component_at(ComponentType.FLAT, replace(moment, reservation=kind))
            if found is not None:
                self.fees.add(kind)
                price = found.component.price
                yield self._found_line(
                    found, 1, price if isinstance(price, Decimal) else None, PriceBasis.FIXED, rule=Rule.ONCE
                )

    def _line(self, kind: ComponentType, moment: Moment, quantity: Exact, one: Slice) -> CostLine | None:
        found = self.tariff.component_at(kind, moment)
        if found is None:
            return None
        price = found.component.price
        if isinstance(price, Decimal):
            return self._found_line(found, quantity, price, PriceBasis.FIXED)
        return self._found_line(found, quantity, *self._read(price, one))

    def _read(self, price: TimelinePrice, one: Slice) -> tuple[Decimal | None, PriceBasis]:
        """Return what the price of a timeline is throughout a slice."""
        timeline = self.timelines.get(price.source)
        if timeline is None:
            return None, PriceBasis.NONE
        seen = timeline.price_at(instant_of(one.start_us))
        return (None if seen.price_per_kwh is None else price.of(seen.price_per_kwh)), seen.basis

    def _found_line(
        self, found: Found, quantity: Exact, price: Decimal | None, basis: PriceBasis, rule: Rule = Rule.USED
    ) -> CostLine:
        return CostLine(
            period=0,
            component=found.component.type,
            element=found.element,
            place=found.place,
            quantity=quantity,
            unit_price=price,
            vat_percent=found.component.vat_percent,
            tax_included=self.tariff.tax_included,
            rule=rule,
            basis=basis,
        )

    def _moment(self, period: UsagePeriod) -> Moment:
        """Return what holds throughout a period: its power and current, the mean where they are not told."""
        power, current = period.power_kw, period.current_a
        asks_power, asks_current = self.edges.asks_power, self.edges.asks_current
        if power is None and (asks_power or (asks_current and current is None)):
            power = _mean_power_kw(period)
            self._flag(ESTIMATED_POWER, when=asks_power and period.energy_mwh != 0)
        if current is None and asks_current and power is not None:
            current = _DIVISION.divide(power * 1000, _VOLTS)
            self._flag(ESTIMATED_CURRENT, when=period.energy_mwh != 0)
        return Moment(local=period.start, power_kw=power, current_a=current)

    def _at(self, moment: Moment, one: Slice, origin_us: int) -> Moment:
        local = local_at(one.start_us, self.zone)
        return Moment(
            local=local,
            power_kw=moment.power_kw,
            current_a=moment.current_a,
            holiday=local.date() in self.holidays,
            month_mwh=one.month_mwh,
            energy_mwh=one.before_mwh,
            duration_us=one.start_us - origin_us,
        )

    def _flag(self, flag: str, *, when: bool) -> None:
        if when:
            self.flags.append(flag)


def _reservations(period: UsagePeriod) -> tuple[Reservation, ...]:
    """Return the kinds of elements that price a reservation; the last goes first for its time."""
    if period.state is PeriodState.RESERVATION:
        return (Reservation.RESERVATION,)
    if period.state is PeriodState.RESERVATION_EXPIRED:
        return (Reservation.RESERVATION, Reservation.RESERVATION_EXPIRES)
    return ()


def _mean_power_kw(period: UsagePeriod) -> Decimal | None:
    """Return the mean power of a period; None where energy flowed in no time at all."""
    duration_us = period.end_us - period.start_us
    if duration_us == 0:
        return None if period.energy_mwh else Decimal(0)
    return _DIVISION.divide(Decimal(period.energy_mwh * 3600), Decimal(duration_us))
