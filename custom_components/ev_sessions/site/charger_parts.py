"""The parts by which a charger is reached, made as its configuration says."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant

from ..chargers.entities.control import ControlBinding, EntityChargerControl
from ..chargers.entities.mapping import EvseMapping
from ..chargers.entities.reader import EntityChargerReader
from ..core.grid import power_at_one_ampere_w
from ..core.reading import EvseReading
from ..sources.watch import SourceListener
from .config import ChargerConfig, SiteConfig


def control_of(
    hass: HomeAssistant, site: SiteConfig, charger: ChargerConfig, mapping: EvseMapping
) -> EntityChargerControl | None:
    """Return what commands an EVSE; None where it can only be watched."""
    if not charger.controllable or (mapping.limit is None and mapping.enable is None):
        return None
    binding = ControlBinding(
        limit=mapping.limit,
        enable=mapping.enable,
        min_a=charger.min_a,
        max_a=charger.max_a,
        watts_per_a=power_at_one_ampere_w(charger.line_use, site.wiring, site.voltage_v),
    )
    return EntityChargerControl(hass, binding, name=charger.name)


def reader_of(
    hass: HomeAssistant,
    site: SiteConfig,
    charger: ChargerConfig,
    mapping: EvseMapping,
    *,
    on_reading: Callable[[EvseReading], None],
    listener: SourceListener,
) -> EntityChargerReader:
    """Return what reads an EVSE."""
    return EntityChargerReader(
        hass,
        mapping,
        name=charger.name,
        watts_per_a=power_at_one_ampere_w(charger.line_use, site.wiring, site.voltage_v),
        on_reading=on_reading,
        listener=listener,
    )
