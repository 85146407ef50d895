"""Where Home Assistant finds the flows of a site and of what belongs to it."""

from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigSubentryFlow, OptionsFlow
from homeassistant.core import callback

from .const import (
    DOMAIN,
    SUBENTRY_CAPACITY,
    SUBENTRY_CHARGER,
    SUBENTRY_CIRCUIT,
    SUBENTRY_PAYER,
    SUBENTRY_TARIFF,
    SUBENTRY_VEHICLE,
)
from .flows.capacity import CapacityFlow
from .flows.cards import CardsFlow
from .flows.charger import ChargerFlow
from .flows.circuit import CircuitFlow
from .flows.payer import PayerFlow
from .flows.site import SiteFlow
from .flows.tariff import TariffFlow
from .flows.vehicle import VehicleFlow


class EvSessionsConfigFlow(SiteFlow, domain=DOMAIN):
    """Add a site, or change it."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry[Any]) -> OptionsFlow:
        """Return the flow of the site's cards."""
        return CardsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry[Any]) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what can be added to a site."""
        return {
            SUBENTRY_CHARGER: ChargerFlow,
            SUBENTRY_CIRCUIT: CircuitFlow,
            SUBENTRY_TARIFF: TariffFlow,
            SUBENTRY_VEHICLE: VehicleFlow,
            SUBENTRY_PAYER: PayerFlow,
            SUBENTRY_CAPACITY: CapacityFlow,
        }
