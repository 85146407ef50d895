"""What may be wrong with an answer; each returns the key of an error, or None."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import DEFAULT_MIN_A, DOMAIN
from ..core.prices.unit import PriceUnit, UnitFault, UnitProblem, parse_price
from ..site.choices import carried_currency, unit_of
from ..site.config.site import ChargerConfig, SiteConfig, chargers_of
from ..sources.value import Quantity, said, unit_factor

_WRONG_UNIT = {
    Quantity.CURRENT_A: "not_a_current",
    Quantity.ENERGY_MWH: "not_an_energy",
    Quantity.POWER_W: "not_a_power",
    Quantity.SOC_PERCENT: "not_a_percentage",
    Quantity.VOLTAGE_V: "not_a_voltage",
}
_PRICE_UNIT = {
    UnitFault.MISSING: "price_unit_missing",
    UnitFault.NOT_PER_ENERGY: "price_unit_not_per_energy",
    UnitFault.OTHER_CURRENCY: "price_unit_other_currency",
}


def entity_error(hass: HomeAssistant, entity_id: str) -> str | None:
    """Tell whether there is such an entity that we can follow."""
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None:
        return None if hass.states.get(entity_id) is not None else "entity_unknown"
    if entry.disabled:
        return "entity_disabled"
    return "entity_ours" if entry.platform == DOMAIN else None


def measurement_error(hass: HomeAssistant, entity_id: str, quantity: Quantity) -> str | None:
    """Tell whether an entity measures the quantity."""
    if (error := entity_error(hass, entity_id)) is not None:
        return error
    return None if unit_factor(quantity, unit_of(hass, entity_id)) is not None else _WRONG_UNIT[quantity]


def limit_error(hass: HomeAssistant, entity_id: str) -> str | None:
    """Tell whether a number can hold a current, or a power; one without a unit is taken to be in A."""
    if (error := entity_error(hass, entity_id)) is not None:
        return error
    unit = unit_of(hass, entity_id)
    quantities = (Quantity.CURRENT_A, Quantity.POWER_W)
    known = unit is None or any(unit_factor(quantity, unit) is not None for quantity in quantities)
    return None if known else "limit_not_in_amperes"


def price_error(hass: HomeAssistant, entity_id: str, unit: str | None, currency: str) -> Mapping[str, str]:
    """Tell what keeps an entity from being a price, by the field that can mend it."""
    if (error := entity_error(hass, entity_id)) is not None:
        return {"entity_id": error}
    if (own_currency := carried_currency(hass, entity_id)) is not None:
        return {} if own_currency == currency else {"entity_id": "price_unit_other_currency"}
    parsed = PriceUnit.parse(unit or unit_of(hass, entity_id), currency)
    if isinstance(parsed, UnitProblem):
        return {"unit" if unit else "entity_id": _PRICE_UNIT[parsed.fault]}
    state = hass.states.get(entity_id)
    carries_list = state is not None and any(isinstance(value, list) for value in state.attributes.values())
    if (text := said(state)) is not None and parse_price(text) is None and not carries_list:
        return {"entity_id": "price_not_a_number"}
    return {}


def fallback_error(fallback_a: float, min_a: float, max_a: float) -> str | None:
    """Tell whether a fallback is a pause or a current that may be offered."""
    return None if fallback_a == 0 or min_a <= fallback_a <= max_a else "fallback_between"


def site_errors(answers: Mapping[str, Any], least_fuse_a: float) -> dict[str, str]:
    """Tell what is wrong with the numbers of a site whose smallest fuse is given."""
    timeout_s = answers.get("meter_timeout_s")
    if timeout_s is not None and timeout_s < 10:
        return {"base": "timeout_too_small"}
    if least_fuse_a < DEFAULT_MIN_A:
        return {"fuse_a": "fuse_below_minimum"}
    room_a = least_fuse_a - answers["margin_a"]
    if room_a < DEFAULT_MIN_A:
        return {"base": "margin_leaves_nothing"}
    if (error := fallback_error(answers["fallback_a"], DEFAULT_MIN_A, room_a)) is not None:
        return {"base": error}
    return {}


def fuse_carries(limit_a: Iterable[float], charger: ChargerConfig) -> bool:
    """Tell whether a charger's least current passes the fuses of the lines that it uses."""
    fuses = tuple(limit_a)
    loads = charger.line_use.per_line(charger.min_a, len(fuses))
    return all(load <= fuse for load, fuse in zip(loads, fuses, strict=True))


def sites(hass: HomeAssistant, but_for: str | None = None) -> list[ConfigEntry[Any]]:
    """Return the other sites of this Home Assistant."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return [entry for entry in entries if entry.entry_id != but_for]


def listens(hass: HomeAssistant, port: int) -> bool:
    """Tell whether a site of ours listens on a port for chargers: they share it."""
    centrals = (SiteConfig.from_entry(entry).ocpp for entry in hass.config_entries.async_loaded_entries(DOMAIN))
    return any(central is not None and central.port == port for central in centrals)


def station_used(hass: HomeAssistant, identity: str, but_for: str | None) -> bool:
    """Tell whether a charger of any site is the station of this identity."""
    stations = (charger.station for charger in other_chargers(hass, but_for))
    return any(station is not None and station.identity == identity for station in stations)


def charger_name_used(entry: ConfigEntry[Any], name: str, but_for: str | None) -> bool:
    """Tell whether another charger of a site has this name."""
    names = {charger.name.strip().casefold() for charger in chargers_of(entry) if charger.id != but_for}
    return name.strip().casefold() in names


def meter_used(hass: HomeAssistant, entity_ids: Iterable[str], but_for: str | None) -> bool:
    """Tell whether another site reads one of these entities as its meter."""
    mine = set(entity_ids)
    meters = (SiteConfig.from_entry(entry).meter for entry in sites(hass, but_for))
    return any(meter is not None and not mine.isdisjoint(meter.entity_ids) for meter in meters)


def other_chargers(hass: HomeAssistant, but_for: str | None) -> list[ChargerConfig]:
    """Return the chargers of all sites but the one whose subentry is named."""
    chargers = (charger for entry in sites(hass) for charger in chargers_of(entry))
    return [charger for charger in chargers if charger.id != but_for]
