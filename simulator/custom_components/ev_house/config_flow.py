"""Where the plant listens, and how late this source shall come."""

from typing import Any, override

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT
import probatio as vol

from simulator.link import LinkError, plant_link

from .const import CONF_START_DELAY_S, DOMAIN, NEVER

_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST, default="127.0.0.1"): str,
        vol.Required(CONF_PORT): vol.All(int, vol.Range(min=1, max=65535)),
        vol.Required(CONF_START_DELAY_S, default=0): vol.All(int, vol.Range(min=NEVER, max=3600)),
    }
)


class HouseConfigFlow(ConfigFlow, domain=DOMAIN):
    """Set a simulated house up, or change how it is reached."""

    VERSION = 1

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the plant listens."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                async with plant_link(user_input[CONF_HOST], user_input[CONF_PORT]) as link:
                    house = (await link.ask("devices"))["house"]
            except LinkError:
                errors["base"] = "cannot_connect"
            else:
                await self.async_set_unique_id(f"house {house}".rstrip(), raise_on_progress=False)
                self._abort_if_unique_id_configured()
                return self.async_create_entry(title=f"Simulated house {house}".rstrip(), data=user_input)
        return self.async_show_form(
            step_id="user", data_schema=self.add_suggested_values_to_schema(_SCHEMA, user_input), errors=errors
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change it; it holds from the next start on, so that a delay does not begin in the middle of a session."""
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            self.hass.config_entries.async_update_entry(entry, data=user_input)
            return self.async_abort(reason="reconfigure_successful")
        return self.async_show_form(
            step_id="reconfigure", data_schema=self.add_suggested_values_to_schema(_SCHEMA, entry.data)
        )
