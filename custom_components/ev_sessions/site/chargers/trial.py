"""Try what commands a charger that is being configured."""

from decimal import Decimal
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant

from ...chargers.entities.mapping import EvseMapping
from ...chargers.entities.trial import BindingTrial, TrialOutcome, TrialReport
from ...const import CONF_ENABLE, CONF_LIMIT, CONF_PHASES
from ...sources.reference import Reference
from ...sources.value import Quantity, measure
from ..config.site import ChargerConfig, SiteConfig
from .charger_parts import binding_of

__all__ = ["TrialOutcome", "TrialReport", "async_try"]


async def async_try(
    hass: HomeAssistant, entry: ConfigEntry[Any], charger: ChargerConfig, part: str, *, running_id: str | None = None
) -> TrialReport:
    """Try a part of what commands a charger's first EVSE; it ends by itself, and puts back what was there.

    A charger that runs already, as `running_id`, is told afterwards what it may have by then.
    """
    try:
        return await _async_try(hass, SiteConfig.from_entry(entry), charger, part)
    finally:
        evses = entry.runtime_data.evses if entry.state is ConfigEntryState.LOADED else ()
        for evse in evses:
            if evse.charger_id == running_id:
                await evse.async_repeat_command()


async def _async_try(hass: HomeAssistant, site: SiteConfig, charger: ChargerConfig, part: str) -> TrialReport:
    mapping = charger.evses[0]
    binding = binding_of(site, charger, mapping)
    if binding is None:
        return TrialReport(outcome=TrialOutcome.SKIPPED)
    trial = BindingTrial(hass, binding, name=charger.name, drawn_a=lambda: _drawn_a(hass, mapping, binding.watts_per_a))
    trials = {
        CONF_LIMIT: trial.async_try_limit,
        CONF_ENABLE: trial.async_try_enable,
        CONF_PHASES: trial.async_try_phases,
    }
    return await trials[part]()


def _drawn_a(hass: HomeAssistant, mapping: EvseMapping, watts_per_a: float) -> float | None:
    """Return what the car draws now, by its currents or its power."""
    currents = [_read(hass, text, Quantity.CURRENT_A, UnitOfElectricCurrent.AMPERE) for text in mapping.currents]
    known = [current for current in currents if current is not None]
    if known:
        return max(known)
    if mapping.power is None:
        return None
    power_w = _read(hass, mapping.power, Quantity.POWER_W, UnitOfPower.WATT)
    return None if power_w is None else power_w / watts_per_a


def _read(hass: HomeAssistant, text: str, quantity: Quantity, unit: str) -> float | None:
    reference = Reference.parse(text)
    value = measure(reference.of(hass.states.get(reference.entity_id), unit), quantity)
    return float(value) if isinstance(value, Decimal) else None
