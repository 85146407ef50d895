"""The flow of a brand's stand-in: where the plant listens, and which of its chargers is of this brand."""

from typing import Any, override

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT
import probatio as vol

from simulator.link import LinkError, plant_link

from .charger import CONF_CHARGER

_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST, default="127.0.0.1"): str,
        vol.Required(CONF_PORT): vol.All(int, vol.Range(min=1, max=65535)),
    }
)


class BrandFlow(ConfigFlow):
    """Set up the one charger of a brand that the plant has."""

    VERSION = 1
    _domain: str
    _title: str
    _serial: str

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the plant listens."""
        errors: dict[str, str] = {}
        if user_input is not None:
            await self.async_set_unique_id(self._serial, raise_on_progress=False)
            self._abort_if_unique_id_configured()
            try:
                async with plant_link(user_input[CONF_HOST], user_input[CONF_PORT]) as link:
                    chargers = (await link.ask("devices"))["chargers"]
                charger = next(one["id"] for one in chargers if one["kind"] == self._domain)
            except LinkError, StopIteration:
                errors["base"] = "cannot_connect"
            else:
                return self.async_create_entry(title=self._title, data=user_input | {CONF_CHARGER: charger})
        return self.async_show_form(
            step_id="user", data_schema=self.add_suggested_values_to_schema(_SCHEMA, user_input), errors=errors
        )
