"""What is written of a charger, a vehicle or a payer as statistics of Home Assistant's recorder."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import get_last_statistics
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.util.unit_conversion import EnergyConverter

from ..const import DOMAIN
from ..core.energy import MWH_PER_KWH
from ..core.money import NANO_PER_UNIT
from ..core.statistics import Slot
from ..store import SpanTotal
from .wording import statistic_name


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
) -> list[Series]:
    """Return the statistics of one thing from an hour on: of its energy, and of its cost in each currency."""
    everything: list[SpanTotal | Slot] = [*before, *slots]
    priced = {one.currency for one in everything if one.energy_mwh > one.unpriced_mwh or one.cost_nano}
    metadata = _metadata(
        f"{stem}_energy",
        statistic_name(hass, "energy", name),
        UnitOfEnergy.KILO_WATT_HOUR,
        unit_class=EnergyConverter.UNIT_CLASS,
    )
    found = [_sum(metadata, since, everything, MWH_PER_KWH, lambda one: one.energy_mwh)]
    for currency in sorted(priced):
        metadata = _metadata(
            f"{stem}_{currency.lower()}_cost", statistic_name(hass, "cost", name), currency, unit_class=None
        )
        mine = [one for one in everything if one.currency == currency]
        found.append(_sum(metadata, since, mine, NANO_PER_UNIT, lambda one: one.cost_nano))
    return found


def _sum(
    metadata: StatisticMetaData,
    since: datetime,
    parts: Iterable[SpanTotal | Slot],
    per_unit: int,
    value: Callable[[SpanTotal | Slot], int],
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
