"""The step that asks where chargers that speak OCPP find us."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowContext, ConfigFlowResult
from homeassistant.data_entry_flow import FlowHandler, section
from homeassistant.helpers.selector import TextSelector
import probatio as vol

from ..const import (
    CONF_ADDRESS,
    CONF_CERTIFICATE,
    CONF_CLIENT_CA,
    CONF_HOME_ASSISTANT_PATH,
    CONF_KEY,
    CONF_PORT,
    DEFAULT_OCPP_PORT,
)
from ..site.config.ocpp import CentralConfig
from ..site.ocpp.ports import async_free_port, async_is_free, async_unusable, likely_holder, station_url
from . import checks
from .fields import SECTION_ADVANCED, flat, optional, whole
from .texts import async_texts

_FIELD_LISTEN = "listen"
_TEXTS = (CONF_ADDRESS, CONF_CERTIFICATE, CONF_KEY, CONF_CLIENT_CA)
_NOTE = "selector.ocpp_note.options.port_taken"
_SOMEBODY = "selector.ocpp_note.options.somebody"


class CentralSteps(FlowHandler[ConfigFlowContext, ConfigFlowResult, str]):
    """Asks whether to listen for chargers, and where."""

    @property
    @abstractmethod
    def central_now(self) -> Mapping[str, Any] | None:
        """Where we are configured to listen; None where we do not."""

    @property
    @abstractmethod
    def central_is_new(self) -> bool:
        """Whether nobody was asked before, so that listening is proposed."""

    @abstractmethod
    async def async_finish_central(self, central: dict[str, Any] | None) -> ConfigFlowResult:
        """Go on with where to listen; None: nowhere."""

    async def async_step_ocpp(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where to listen; the port is one that is free."""
        errors: dict[str, str] = {}
        now = self.central_now
        port = await self._async_port_now()
        shown = CentralConfig.from_data({CONF_PORT: port, **(now or {})})
        if user_input is not None:
            answers = flat(user_input)
            if not answers[_FIELD_LISTEN]:
                return await self.async_finish_central(None)
            central = _central_data(answers)
            shown = CentralConfig.from_data(central)
            errors = await self._async_errors(shown)
            if not errors:
                return await self.async_finish_central(central)
        listen = self.central_is_new or now is not None
        suggested = {_FIELD_LISTEN: listen, CONF_PORT: port, SECTION_ADVANCED: dict(now or {})}
        return self.async_show_form(
            step_id="ocpp",
            data_schema=self.add_suggested_values_to_schema(_SCHEMA, user_input or suggested),
            errors=errors,
            description_placeholders={
                "url": station_url(self.hass, shown),
                "note": await self._async_note(_wanted(user_input, now, errors), port),
            },
        )

    async def _async_port_now(self) -> int:
        if self.central_now is not None:
            return int(self.central_now[CONF_PORT])
        return await async_free_port(self.hass, lambda port: checks.listens(self.hass, port))

    async def _async_errors(self, central: CentralConfig) -> dict[str, str]:
        try:
            ours = checks.listens(self.hass, central.port)
            if not ours and not await async_is_free(self.hass, central.port, central.address):
                return {CONF_PORT: "port_taken"}
        except OSError:
            return {"base": "address_unknown"}
        return {"base": "certificate_unusable"} if await async_unusable(self.hass, central) else {}

    async def _async_note(self, wanted: int | None, port: int) -> str:
        """Say who holds the port that was wanted."""
        if wanted is None or wanted == port:
            return ""
        texts = await async_texts(self.hass)
        holder = likely_holder(self.hass, wanted) or texts.get(_SOMEBODY, "")
        return texts.get(_NOTE, "").format(port=wanted, holder=holder, proposal=port)


_SCHEMA = vol.Schema(
    {
        vol.Required(_FIELD_LISTEN, default=True): bool,
        vol.Required(CONF_PORT, default=DEFAULT_OCPP_PORT): whole(1, 65535),
        vol.Required(SECTION_ADVANCED): section(
            vol.Schema(
                {
                    vol.Required(CONF_HOME_ASSISTANT_PATH, default=False): bool,
                    **{optional(key): TextSelector() for key in _TEXTS},
                }
            ),
            {"collapsed": True},
        ),
    }
)


def _wanted(
    user_input: Mapping[str, Any] | None, now: Mapping[str, Any] | None, errors: Mapping[str, str]
) -> int | None:
    """Return the port that is not to be had, where there may be something to say of it."""
    if user_input is not None:
        return int(user_input[CONF_PORT]) if CONF_PORT in errors else None
    return DEFAULT_OCPP_PORT if now is None else None


def _central_data(answers: Mapping[str, Any]) -> dict[str, Any]:
    texts = {key: str(answers.get(key) or "").strip() or None for key in _TEXTS}
    return {
        CONF_PORT: int(answers[CONF_PORT]),
        CONF_HOME_ASSISTANT_PATH: bool(answers[CONF_HOME_ASSISTANT_PATH]),
        **texts,
    }
