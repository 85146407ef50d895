"""What is known of the brand of a station: shown to its owner, who may know better."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState

from ....chargers.ocpp.quirks.quirk import Quirks
from ....chargers.ocpp.setup.wishes import MEASURANDS
from ....core.station.capabilities import VendorLimit

__all__ = ["MEASURANDS", "Brand", "brand_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Whom a station is held for, and what differs there: each fact with its value as text."""

    names: tuple[str, ...] = ()
    facts: Mapping[str, str]


def brand_of(entry: ConfigEntry[Any], charger_id: str | None) -> Brand:
    """Return what is known of a charger's station; nothing while its site does not run."""
    quirks = Quirks()
    if entry.state is ConfigEntryState.LOADED:
        stations = {station.config.id: station for station in entry.runtime_data.stations}
        if charger_id in stations:
            quirks = stations[charger_id].keeping.brand
    values = {one.name: getattr(quirks, one.name) for one in fields(Quirks) if one.name != "names"}
    nothing = Quirks()
    differing = {name: value for name, value in values.items() if value != getattr(nothing, name)}
    return Brand(names=quirks.names, facts={name: _text(value) for name, value in differing.items()})


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(value.values())
    if isinstance(value, tuple):
        return ", ".join(value)
    return value.key if isinstance(value, VendorLimit) else str(value)
