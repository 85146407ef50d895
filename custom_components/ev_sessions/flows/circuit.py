"""The grid connection: one fuse per line."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.helpers.selector import TextSelector
import probatio as vol

from ..const import CIRCUIT_ROOT, CONF_KIND, CONF_LIMIT_A, CONF_NAME, CONF_PARENT, DEFAULT_MIN_A
from ..site.config import SiteConfig, chargers_of, root_circuit
from . import checks
from .fields import amperes

ROOT_NAME = "Grid connection"


def root_data(limit_a: list[float]) -> dict[str, Any]:
    """Return the data of a site's root circuit."""
    return {CONF_KIND: CIRCUIT_ROOT, CONF_NAME: ROOT_NAME, CONF_LIMIT_A: limit_a, CONF_PARENT: None}


def fuse_errors(entry: ConfigEntry[Any], limit_a: list[float]) -> dict[str, str]:
    """Tell whether the fuses can carry what hangs behind them at the least."""
    if min(limit_a) < DEFAULT_MIN_A:
        return {"base": "fuse_below_minimum"}
    if not all(checks.fuse_carries(limit_a, charger) for charger in chargers_of(entry)):
        return {"base": "fuse_below_charger"}
    return {}


class CircuitFlow(ConfigSubentryFlow):
    """Change the fuses of the grid connection, or name them again after it was removed."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add the grid connection of a site that has none."""
        if root_circuit(self._get_entry()) is not None:
            return self.async_abort(reason="root_exists")
        return self._form("user", user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change the fuses."""
        return self._form("reconfigure", user_input)

    def _form(self, step_id: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        entry = self._get_entry()
        fields = [f"limit_{line.lower()}" for line in SiteConfig.from_entry(entry).wiring.lines]
        errors: dict[str, str] = {}
        if user_input is not None:
            limit_a = [float(user_input[field]) for field in fields]
            errors = fuse_errors(entry, limit_a)
            if not errors:
                return self._finish(user_input[CONF_NAME], limit_a)
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME, default=ROOT_NAME): TextSelector(),
                **{vol.Required(field): amperes(least=1) for field in fields},
            }
        )
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, user_input or self._now(fields)),
            errors=errors,
        )

    def _now(self, fields: list[str]) -> dict[str, Any]:
        if self.source != "reconfigure":
            return {}
        subentry = self._get_reconfigure_subentry()
        limits = dict(zip(fields, subentry.data[CONF_LIMIT_A], strict=False))
        return {CONF_NAME: subentry.title, **limits}

    def _finish(self, name: str, limit_a: list[float]) -> SubentryFlowResult:
        data = {**root_data(limit_a), CONF_NAME: name}
        if self.source != "reconfigure":
            return self.async_create_entry(title=name, data=data)
        return self.async_update_and_abort(self._get_entry(), self._get_reconfigure_subentry(), title=name, data=data)
