"""Who pays: whom a session is billed to, and by which tariff."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig
import probatio as vol

from ..const import CONF_NAME, CONF_PERSON, CONF_POSTAL_ADDRESS, CONF_TARIFF, CONF_TAX_ID
from ..site.config.owners import payers_of
from ..site.whose.owner_cards import Kind
from .fields import entity, optional
from .owner import OwnerFlow

_FIELDS = (CONF_POSTAL_ADDRESS, CONF_TAX_ID, CONF_PERSON, CONF_TARIFF)


class PayerFlow(OwnerFlow):
    """Add a payer or change one."""

    kind = Kind.PAYER

    @override
    async def async_form(self, step_id: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        await self.async_load_cards()
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = self.errors(user_input, [(one.id, one.name) for one in payers_of(self.hass)])
            if not errors:
                return await self.async_finish(user_input, _data(user_input))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(self._schema(), user_input or dict(self.now)),
            errors=errors,
        )

    def _schema(self) -> vol.Schema:
        return vol.Schema(
            {
                vol.Required(CONF_NAME): TextSelector(),
                optional(CONF_POSTAL_ADDRESS): TextSelector(TextSelectorConfig(multiline=True)),
                optional(CONF_TAX_ID): TextSelector(),
                optional(CONF_PERSON): entity("person"),
                **self.tariff_field(),
                **self.card_fields(),
            }
        )


def _data(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {key: answers.get(key) or None for key in _FIELDS}
