"""The vehicles and payers that their owner described: those of all sites, as each site may use them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant

from ...const import (
    CONF_BATTERY_KWH,
    CONF_MAX_A,
    CONF_ODOMETER,
    CONF_PAYER,
    CONF_PERSON,
    CONF_PHASES,
    CONF_PLATE,
    CONF_PLUGGED,
    CONF_PRESENCE,
    CONF_SOC,
    CONF_TARIFF,
    DOMAIN,
    SUBENTRY_PAYER,
    SUBENTRY_TARIFF,
    SUBENTRY_VEHICLE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleConfig:
    """A vehicle; `id` is its subentry's. `soc` to `presence` are entities, `payer_id` and `tariff_id` subentries.

    By its own tariff its payer is billed for it, where it names one.
    """

    id: str
    site_id: str
    name: str
    plate: str | None = None
    battery_kwh: float | None = None
    phases: int | None = None
    max_a: float | None = None
    soc: str | None = None
    odometer: str | None = None
    plugged: str | None = None
    presence: str | None = None
    payer_id: str | None = None
    tariff_id: str | None = None

    @classmethod
    def from_subentry(cls, site_id: str, subentry: ConfigSubentry) -> Self:
        """Read a vehicle's subentry."""
        data = subentry.data
        battery_kwh, max_a, phases = data.get(CONF_BATTERY_KWH), data.get(CONF_MAX_A), data.get(CONF_PHASES)
        return cls(
            id=subentry.subentry_id,
            site_id=site_id,
            name=subentry.title,
            plate=data.get(CONF_PLATE),
            battery_kwh=None if battery_kwh is None else float(battery_kwh),
            phases=None if phases is None else int(phases),
            max_a=None if max_a is None else float(max_a),
            soc=data.get(CONF_SOC),
            odometer=data.get(CONF_ODOMETER),
            plugged=data.get(CONF_PLUGGED),
            presence=data.get(CONF_PRESENCE),
            payer_id=data.get(CONF_PAYER),
            tariff_id=data.get(CONF_TARIFF),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerConfig:
    """Who pays; `id` is the subentry's, `person` an entity, `tariff_id` the subentry by which they are billed."""

    id: str
    site_id: str
    name: str
    person: str | None = None
    tariff_id: str | None = None

    @classmethod
    def from_subentry(cls, site_id: str, subentry: ConfigSubentry) -> Self:
        """Read a payer's subentry."""
        return cls(
            id=subentry.subentry_id,
            site_id=site_id,
            name=subentry.title,
            person=subentry.data.get(CONF_PERSON),
            tariff_id=subentry.data.get(CONF_TARIFF),
        )


def vehicles_of(hass: HomeAssistant) -> tuple[VehicleConfig, ...]:
    """Return the vehicles of all sites, in the order in which they were added."""
    return tuple(
        VehicleConfig.from_subentry(entry.entry_id, subentry)
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry in entry.get_subentries_of_type(SUBENTRY_VEHICLE)
    )


def payers_of(hass: HomeAssistant) -> tuple[PayerConfig, ...]:
    """Return the payers of all sites, in the order in which they were added."""
    return tuple(
        PayerConfig.from_subentry(entry.entry_id, subentry)
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry in entry.get_subentries_of_type(SUBENTRY_PAYER)
    )


def tariff_names(entry: ConfigEntry[Any]) -> Mapping[str, str]:
    """Return the tariffs of a site by their subentry ids."""
    return {one.subentry_id: one.title for one in entry.get_subentries_of_type(SUBENTRY_TARIFF)}
