"""The charging periods of a session that comes from elsewhere: as they are given, or spread evenly."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ..energy import split
from ..money import NANO, cost_of, price_of, subtract, unit_price
from ..reading import Activity, SuspendedBy
from ..sessions.session import ChargingPeriod, PriceBasis, Quality
from .spread import Stretch, quarters, shares, stretches
from .values import RefusedRowError, Row

_MILLISECOND = timedelta(milliseconds=1)
#: Energy of which the quality alone says that it was not measured.
_NOT_MEASURED = frozenset({Quality.INTEGRATED, Quality.ESTIMATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPeriod:
    """A period with the cost that is said of it, which agrees with its price.

    `priced` is false for energy that the cost of the session does not cover.
    """

    period: ChargingPeriod
    cost: Decimal | None = None
    priced: bool = True


def read_periods(given: Any, start: datetime, end: datetime, zone: ZoneInfo) -> list[ReadPeriod]:
    """Return given periods, in order, within the session; those that straddle a quarter hour are cut there."""
    if not isinstance(given, list):
        raise RefusedRowError("periods_not_understood")
    read: list[ReadPeriod] = []
    before = start
    for values in given:
        if not isinstance(values, Mapping):
            raise RefusedRowError("periods_not_understood")
        one = _read(Row(values))
        if one.period.start < before:
            raise RefusedRowError("periods_outside_session" if before == start else "periods_overlap")
        if one.period.end > end:
            raise RefusedRowError("periods_outside_session")
        before = one.period.end
        read += _cut(one, zone)
    return [replace(one, period=replace(one.period, index=index)) for index, one in enumerate(read)]


def spread_periods(
    start: datetime,
    end: datetime,
    energy_mwh: int,
    priced_mwh: int,
    durations: Mapping[str, int] | None,
    zone: ZoneInfo,
) -> list[ReadPeriod]:
    """Return periods for a session of which only the sum is known: its energy evenly over the time it charged in."""
    known = stretches(
        start,
        end,
        energy_mwh=energy_mwh,
        priced_mwh=priced_mwh,
        waiting_ms=0 if durations is None else durations["waiting"],
        idle_ms=0 if durations is None else durations["idle"],
    )
    whole = [part for stretch in known for part in _spread(stretch, zone)]
    return [replace(one, period=replace(one.period, index=index)) for index, one in enumerate(whole)]


def _spread(stretch: Stretch, zone: ZoneInfo) -> list[ReadPeriod]:
    parts = quarters(stretch.start, stretch.end, zone)
    return [
        ReadPeriod(
            period=ChargingPeriod(
                index=0,
                start=start,
                end=end,
                duration_ms=(end - start) // _MILLISECOND,
                activity=stretch.activity,
                energy_mwh=energy_mwh,
                quality=Quality.ESTIMATED,
            ),
            priced=stretch.priced,
        )
        for (start, end), energy_mwh in zip(parts, shares(stretch.energy_mwh, parts), strict=True)
    ]


def _read(row: Row) -> ReadPeriod:
    start, end = row.instant("start"), row.instant("end")
    activity, energy_mwh = row.word("activity", Activity), row.energy_mwh("energy_kwh")
    if start is None or end is None or activity is None or energy_mwh is None or end < start:
        raise RefusedRowError("periods_not_understood")
    quality = row.word("quality", Quality) or Quality.MEASURED
    estimated_mwh = row.energy_mwh("estimated_kwh")
    if estimated_mwh is None:
        estimated_mwh = energy_mwh if quality in _NOT_MEASURED else 0
    if estimated_mwh > energy_mwh:
        raise RefusedRowError("estimated_kwh_not_understood")
    price, cost = _price_and_cost(energy_mwh, row.number("price"), row.number("cost_exact"))
    basis = row.word("price_basis", PriceBasis) or PriceBasis.NONE
    return ReadPeriod(
        period=ChargingPeriod(
            index=0,
            start=start,
            end=end,
            duration_ms=(end - start) // _MILLISECOND,
            activity=activity,
            suspended_by=row.word("suspended_by", SuspendedBy),
            energy_mwh=energy_mwh,
            solar_mwh=row.energy_mwh("solar_kwh"),
            estimated_mwh=estimated_mwh,
            quality=quality,
            price_per_kwh=price,
            price_basis=PriceBasis.NONE if price is None else _known(basis),
        ),
        cost=cost,
    )


def _price_and_cost(
    energy_mwh: int, price: Decimal | None, cost: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Return price and cost, the price from the cost where only that is said."""
    if price is None and (cost is None or not energy_mwh):
        if cost:
            raise RefusedRowError("cost_without_energy")
        return None, cost
    price = price_of(cost or Decimal(0), energy_mwh) if price is None else unit_price(price)
    # A cost that is kept has been rounded once.
    if cost is not None and abs(subtract(cost, cost_of(energy_mwh, price))) > NANO:
        raise RefusedRowError("cost_is_not_energy_times_price")
    return price, cost


def _known(basis: PriceBasis) -> PriceBasis:
    return PriceBasis.FIXED if basis is PriceBasis.NONE else basis


def _cut(one: ReadPeriod, zone: ZoneInfo) -> list[ReadPeriod]:
    """Return the period in parts that do not straddle a quarter hour; each costs its energy times the price."""
    whole = one.period
    parts = quarters(whole.start, whole.end, zone)
    if len(parts) == 1:
        return [one]
    energies = shares(whole.energy_mwh, parts)
    weights = energies if any(energies) else [1] * len(parts)
    solar = [None] * len(parts) if whole.solar_mwh is None else split(whole.solar_mwh, weights)
    estimated = split(whole.estimated_mwh, weights)
    return [
        ReadPeriod(
            period=replace(
                whole,
                start=start,
                end=end,
                duration_ms=(end - start) // _MILLISECOND,
                energy_mwh=energies[place],
                solar_mwh=solar[place],
                estimated_mwh=estimated[place],
                quality=Quality.ESTIMATED if whole.energy_mwh else whole.quality,
            ),
            cost=None if whole.energy_mwh else one.cost,
        )
        for place, (start, end) in enumerate(parts)
    ]
