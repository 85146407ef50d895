"""A site's capacity tariff as its owner set it up, and what to begin one with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
import json
from pathlib import Path
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant

from ...const import CONF_CIRCUIT, CONF_SCHEME, CONF_TARGET_KW, SUBENTRY_CAPACITY
from ...core.capacity import CapacityScheme

_PRESETS = Path(__file__).parents[2] / "data" / "capacity_presets.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityConfig:
    """A capacity tariff. `circuit_id` names the circuit whose peak target it sets, never below `target_kw`."""

    id: str
    name: str
    scheme: CapacityScheme
    circuit_id: str | None = None
    target_kw: float = 0.0

    @classmethod
    def from_subentry(cls, subentry: ConfigSubentry) -> Self:
        """Read a subentry."""
        data = subentry.data
        return cls(
            id=subentry.subentry_id,
            name=subentry.title,
            scheme=CapacityScheme.from_data(data[CONF_SCHEME]),
            circuit_id=data.get(CONF_CIRCUIT),
            target_kw=float(data.get(CONF_TARGET_KW) or 0.0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityPreset:
    """What a capacity tariff may begin with: the figures of a country, with their source and its date."""

    id: str
    name: str
    currency: str
    source: str
    date: str
    scheme: CapacityScheme

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read one of the file."""
        return cls(
            id=data["id"],
            name=data["name"],
            currency=data["currency"],
            source=data["source"],
            date=data["date"],
            scheme=CapacityScheme.from_data(data["scheme"]),
        )


def capacity_of(entry: ConfigEntry[Any]) -> CapacityConfig | None:
    """Return a site's capacity tariff; None where it has none."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_CAPACITY):
        return CapacityConfig.from_subentry(subentry)
    return None


@cache
def read_capacity_presets() -> tuple[CapacityPreset, ...]:
    """Return the presets. Reads a file the first time: not in the event loop."""
    data = json.loads(_PRESETS.read_text(encoding="utf-8"))
    return tuple(CapacityPreset.from_data(one) for one in data["presets"])


async def async_capacity_presets(hass: HomeAssistant) -> tuple[CapacityPreset, ...]:
    """Return the presets."""
    return await hass.async_add_executor_job(read_capacity_presets)
