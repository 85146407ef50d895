"""The parts by which a charger is reached, made as its configuration says."""

from collections.abc import Callable
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ...chargers.control import ChargerControl
from ...chargers.entities.control import ControlBinding, EntityChargerControl
from ...chargers.entities.mapping import EvseMapping
from ...chargers.entities.reader import EntityChargerReader
from ...chargers.ocpp.wish import EvseBounds
from ...chargers.reader import ChargerReader
from ...core.balancing.meter.grid import power_at_one_ampere_w
from ...core.reading import EvseReading
from ...sources.watch import SourceListener
from ..config.site import ChargerConfig, SiteConfig, chargers_of


def control_of(
    hass: HomeAssistant,
    site: SiteConfig,
    charger: ChargerConfig,
    mapping: EvseMapping,
    *,
    phases: int | None = None,
    switched_ago_s: tuple[float, ...] = (),
) -> ChargerControl | None:
    """Return what commands an EVSE; None where it can only be watched.

    `phases` are those that were set last, `switched_ago_s` is how long ago they were switched.
    """
    binding = binding_of(site, charger, mapping) if charger.controllable else None
    if binding is None:
        return None
    return EntityChargerControl(hass, binding, name=charger.name, phases=phases, switched_ago_s=switched_ago_s)


async def async_give_up_chargers(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take back what was set for good in the chargers of a site that is removed."""
    site = SiteConfig.from_entry(entry)
    for charger in chargers_of(entry):
        for mapping in charger.evses:
            control = control_of(hass, site, charger, mapping) if mapping.fail_safe is not None else None
            if control is not None:
                await control.async_put_back()


def bounds_of(site: SiteConfig, charger: ChargerConfig, evse: int) -> EvseBounds:
    """Return what an EVSE of a station can take."""
    return EvseBounds(
        evse=evse,
        min_a=charger.min_a,
        max_a=charger.max_a,
        watts_per_a=power_at_one_ampere_w(charger.line_use, site.wiring, site.voltage_v),
        one_phase_watts_per_a=_one_phase_w(site, charger),
        phases=3 if len(charger.lines) == 3 else 1,
        least_interval_s=charger.least_interval_s,
    )


def binding_of(site: SiteConfig, charger: ChargerConfig, mapping: EvseMapping) -> ControlBinding | None:
    """Return by what an EVSE can be commanded; None where nothing limits or stops it."""
    # Flash wears out: a limit that is kept there is not for balancing.
    limit = None if charger.flash_limit else mapping.limit
    if limit is None and mapping.enable is None:
        return None
    return ControlBinding(
        limit=limit,
        enable=mapping.enable,
        phases=mapping.phases,
        fail_safe=mapping.fail_safe,
        fallback_a=charger.fallback_of(site),
        min_a=charger.min_a,
        max_a=charger.max_a,
        watts_per_a=power_at_one_ampere_w(charger.line_use, site.wiring, site.voltage_v),
        one_phase_watts_per_a=_one_phase_w(site, charger),
        least_interval_s=charger.least_interval_s,
    )


def _one_phase_w(site: SiteConfig, charger: ChargerConfig) -> float:
    return power_at_one_ampere_w(charger.line_use.one_phase(site.wiring), site.wiring, site.voltage_v)


def reader_of(
    hass: HomeAssistant,
    site: SiteConfig,
    charger: ChargerConfig,
    mapping: EvseMapping,
    *,
    on_reading: Callable[[EvseReading], None],
    listener: SourceListener,
) -> ChargerReader:
    """Return what reads an EVSE."""
    return EntityChargerReader(
        hass,
        mapping,
        name=charger.name,
        watts_per_a=power_at_one_ampere_w(charger.line_use, site.wiring, site.voltage_v),
        one_phase_watts_per_a=_one_phase_w(site, charger),
        on_reading=on_reading,
        listener=listener,
    )
