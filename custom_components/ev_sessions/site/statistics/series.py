"""What is written of a charger, a vehicle or a payer as statistics of Home Assistant's recorder."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import get_last_statistics, get_metadata
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.util.unit_conversion import EnergyConverter

from ...const import DOMAIN
from ...core.energy import MWH_PER_KWH
from ...core.money import NANO_PER_UNIT
from ...core.statistics.sums import Slot
from ...store import SpanTotal
from ..wording import statistic_name

#: Of ISO 4217.
_CURRENCY_LENGTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One statistic: its sum before, by how much each hour changed it, and what a whole unit is."""

    metadata: StatisticMetaData
    before: int
    changes: dict[datetime, int]
    per_unit: int


def series_of(
    hass: HomeAssistant,
    stem: str,
    name: str,
    since: datetime,
    before: Sequence[SpanTotal | Slot],
    slots: Sequence[Slot],
    known: Iterable[str],
) -> list[Series]:
    """Return the statistics of one thing from an hour on: of its energy, and of its cost in each currency.

    `known` are statistics that the recorder has: what all sessions have lost that had it falls to nothing.
    """
    everything: list[SpanTotal | Slot] = [*before, *slots]
    priced = {one.currency for one in everything if one.energy_mwh > one.unpriced_mwh or one.cost_nano}
    metadata = _metadata(
        f"{stem}_energy",
        statistic_name(hass, "energy", name),
        UnitOfEnergy.KILO_WATT_HOUR,
        unit_class=EnergyConverter.UNIT_CLASS,
    )
    found = [_sum(metadata, since, everything, MWH_PER_KWH, lambda one: one.energy_mwh)]
    for currency in sorted(priced | _currencies(stem, "cost", known)):
        metadata = _of_money(hass, stem, name, "cost", currency)
        mine = [one for one in everything if one.currency == currency]
        found.append(_sum(metadata, since, mine, NANO_PER_UNIT, lambda one: one.cost_nano))
    return found


def billed_series(
    hass: HomeAssistant, stem: str, name: str, since: datetime, slots: Sequence[Slot], known: Iterable[str]
) -> list[Series]:
    """Return the statistics of what a payer is billed, in each currency."""
    billed = {one.currency for one in slots if one.billed_nano is not None}
    found: list[Series] = []
    for currency in sorted(billed | _currencies(stem, "billed", known)):
        metadata = _of_money(hass, stem, name, "billed", currency)
        mine = [one for one in slots if one.currency == currency]
        found.append(_sum(metadata, since, mine, NANO_PER_UNIT, lambda one: one.billed_nano or 0))
    return found


def _of_money(hass: HomeAssistant, stem: str, name: str, kind: str, currency: str) -> StatisticMetaData:
    return _metadata(f"{stem}_{currency.lower()}_{kind}", statistic_name(hass, kind, name), currency, unit_class=None)


def _currencies(stem: str, kind: str, known: Iterable[str]) -> set[str]:
    """Return in which currencies the recorder has a sum of money of a thing."""
    mine = (one.removeprefix(f"{stem}_").removesuffix(f"_{kind}") for one in known if one.startswith(f"{stem}_"))
    return {one.upper() for one in mine if len(one) == _CURRENCY_LENGTH}


def _sum[PartT: SpanTotal | Slot](
    metadata: StatisticMetaData,
    since: datetime,
    parts: Iterable[PartT],
    per_unit: int,
    value: Callable[[PartT], int],
) -> Series:
    changes: Counter[datetime] = Counter()
    before = 0
    for one in parts:
        if one.start < since:
            before += value(one)
        else:
            changes[one.start] += value(one)
    return Series(metadata=metadata, before=before, changes=changes, per_unit=per_unit)


def _metadata(statistic_id: str, name: str, unit: str, *, unit_class: str | None) -> StatisticMetaData:
    return StatisticMetaData(
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
        name=name,
        source=DOMAIN,
        statistic_id=statistic_id,
        unit_class=unit_class,
        unit_of_measurement=unit,
    )


def is_known(hass: HomeAssistant, stem: str) -> bool:
    """Return whether the recorder has anything of a thing."""
    return bool(get_last_statistics(hass, 1, f"{stem}_energy", False, {"sum"}))


def known_ids(hass: HomeAssistant) -> frozenset[str]:
    """Return which statistics of ours the recorder has."""
    return frozenset(get_metadata(hass, statistic_source=DOMAIN))
