"""A station that was found becomes a charger of a site."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowContext, ConfigFlowResult, ConfigSubentry
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig
from homeassistant.helpers.typing import DiscoveryInfoType
import probatio as vol

from ..const import CONF_NAME, SUBENTRY_CHARGER
from ..site.choices import LimitRange
from ..site.config.site import ChargerConfig, SiteConfig
from ..site.ocpp.adoption import FoundStation, unique_id_of
from . import checks
from .electrical import OF_STATION, Asked, electrical_data
from .placing import NEW, PlacingSteps
from .station import StationSteps

_FIELD_SITE = "site"


class AdoptionSteps(
    PlacingSteps[ConfigFlowContext, ConfigFlowResult, str],
    StationSteps[ConfigFlowContext, ConfigFlowResult, str],
    ConfigFlow,
):
    """Tells of a station, and makes it a charger of the site that its owner chooses."""

    def __init__(self) -> None:
        super().__init__()
        self._adopted_by: ConfigEntry[Any] | None = None
        self._adopted: dict[str, Any] = {}
        self._adopted_id = ""

    @override
    async def async_step_integration_discovery(self, discovery_info: DiscoveryInfoType) -> ConfigFlowResult:
        """Hear of a station that nobody knows."""
        found = FoundStation.from_data(discovery_info)
        await self.async_set_unique_id(unique_id_of(found.identity))
        self._abort_if_unique_id_configured(reload_on_update=False)
        if checks.station_used(self.hass, found.identity, None):
            return self.async_abort(reason="already_configured")
        if not (sites := self._sites()):
            return self.async_abort(reason="no_site")
        self.station_found = found
        self._adopted_by = sites[0]
        self.context["title_placeholders"] = {"name": found.name}
        return await self.async_step_station()

    def _sites(self) -> list[ConfigEntry[Any]]:
        listening = [entry for entry in checks.sites(self.hass) if SiteConfig.from_entry(entry).ocpp is not None]
        return listening or checks.sites(self.hass)

    @property
    @override
    def station_now(self) -> tuple[str, Mapping[str, Any]] | None:
        return None

    @property
    @override
    def station_id(self) -> str | None:
        return None

    @property
    @override
    def station_fields(self) -> dict[Any, Any]:
        sites = self._sites()
        if len(sites) < 2:
            return {}
        options = [SelectOptionDict(value=entry.entry_id, label=entry.title) for entry in sites]
        chosen = vol.Required(_FIELD_SITE, default=self.placed_in.entry_id)
        return {chosen: SelectSelector(SelectSelectorConfig(options=options))}

    @override
    def station_taken(self, answers: Mapping[str, Any]) -> dict[str, str]:
        if (entry_id := answers.get(_FIELD_SITE)) is not None:
            self._adopted_by = self.hass.config_entries.async_get_known_entry(entry_id)
        return {CONF_NAME: "name_used"} if checks.charger_name_used(self.placed_in, answers[CONF_NAME], None) else {}

    @override
    async def async_after_station(self) -> ConfigFlowResult:
        return await self.async_step_electrical()

    @property
    @override
    def placed_in(self) -> ConfigEntry[Any]:
        if self._adopted_by is None:
            raise LookupError("no site was chosen")
        return self._adopted_by

    @property
    @override
    def placed_id(self) -> str | None:
        return None

    @property
    @override
    def placed_now(self) -> Mapping[str, Any] | None:
        return None

    @property
    @override
    def placed_limits(self) -> LimitRange:
        return LimitRange()

    @property
    @override
    def placed_asked(self) -> Asked:
        return OF_STATION

    @property
    @override
    def placed_charger(self) -> ChargerConfig:
        return ChargerConfig.from_data(NEW, self.station_name, self._adopted)

    @override
    def placed_identity(self) -> str:
        return unique_id_of(self.station_identity)

    @override
    async def async_after_electrical(self, answers: dict[str, Any]) -> ConfigFlowResult:
        self._adopted = {**self.station_data(), **electrical_data(answers, self._wiring)}
        return await self.async_step_fallbacks()

    @override
    async def async_after_placing(self, unique_id: str) -> ConfigFlowResult:
        self._adopted_id = unique_id
        return await self.async_step_password()

    @override
    async def async_after_password(self) -> ConfigFlowResult:
        charger = ConfigSubentry(
            data=MappingProxyType(self._adopted),
            subentry_type=SUBENTRY_CHARGER,
            title=self.station_name,
            unique_id=self._adopted_id,
        )
        self.hass.config_entries.async_add_subentry(self.placed_in, charger)
        placeholders = {"name": self.station_name, "site": self.placed_in.title}
        return self.async_abort(reason="charger_added", description_placeholders=placeholders)
