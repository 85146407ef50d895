"""A tariff that somebody has as JSON of OCPI, pasted."""

import json
from typing import Any

from homeassistant.data_entry_flow import FlowContext, FlowResult
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig
from homeassistant.util import dt as dt_util
import probatio as vol

from ..const import CONF_HOLIDAYS, CONF_KIND, CONF_NAME, CONF_OCPI_TARIFF, TARIFF_OCPI
from ..core.problem import InputError
from ..core.tariff import Tariff
from ..core.tariff.reading import tariff_from_ocpi
from ..core.tariff.review import findings
from ..site.time_zone import async_time_zone
from .fields import entity, optional
from .tariff_question import TARIFF_NAME, TariffQuestion

_FIELD_AS_IT_IS = "as_it_is"


class OcpiTariffSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    TariffQuestion[ContextT, ResultT, HandlerT]
):
    """The step that takes an OCPI tariff: all of it is understood, or the part that is not is named."""

    async def async_step_tariff_ocpi(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the JSON."""
        errors: dict[str, str] = {}
        part = "–"
        if user_input is not None:
            data, problem = await self._async_read(user_input[CONF_OCPI_TARIFF], as_it_is=user_input[_FIELD_AS_IT_IS])
            if problem is None:
                kept = {CONF_KIND: TARIFF_OCPI, CONF_OCPI_TARIFF: data, CONF_HOLIDAYS: user_input.get(CONF_HOLIDAYS)}
                return await self.async_finish_tariff(user_input[CONF_NAME], kept)
            error, part = problem
            errors[CONF_OCPI_TARIFF] = error
        text = TextSelector(TextSelectorConfig(multiline=True))
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME, default=TARIFF_NAME): TextSelector(),
                vol.Required(CONF_OCPI_TARIFF): text,
                optional(CONF_HOLIDAYS): entity("binary_sensor", "calendar"),
                vol.Required(_FIELD_AS_IT_IS, default=False): bool,
            }
        )
        return self.async_show_form(
            step_id="tariff_ocpi",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or self._ocpi_answers()),
            errors=errors,
            description_placeholders={"part": part, "currency": self.tariff_currency},
        )

    async def _async_read(self, text: str, *, as_it_is: bool) -> tuple[dict[str, Any], tuple[str, str] | None]:
        """Return the tariff's JSON, and what is wrong with it: an error and the part that it is about."""
        try:
            data = json.loads(text)
            tariff = tariff_from_ocpi(data, self.hass.config.time_zone)
        except (ValueError, RecursionError) as error:
            if isinstance(error, InputError):
                return {}, (f"ocpi_{error.problems[0].kind.value}", error.problems[0].path)
            return {}, ("ocpi_not_json", "–")
        if (wrong := await self._async_wrong(tariff, as_it_is=as_it_is)) is not None:
            return {}, wrong
        return data, None

    async def _async_wrong(self, tariff: Tariff, *, as_it_is: bool) -> tuple[str, str] | None:
        """Return why a tariff that can be read is none for this site."""
        if await async_time_zone(tariff.time_zone) is None:
            return "ocpi_unknown_word", "time_zone"
        if tariff.currency != self.tariff_currency:
            return "ocpi_other_currency", tariff.currency
        if tariff.end is not None and tariff.end <= dt_util.utcnow():
            return "ocpi_ended", "end_date_time"
        if not as_it_is and (doubts := findings(tariff)):
            return "ocpi_elements", ", ".join(map(_places, doubts))
        return None

    def _ocpi_answers(self) -> dict[str, Any]:
        now = self.tariff_now
        if now is None or now[1][CONF_KIND] != TARIFF_OCPI:
            return {} if now is None else {CONF_NAME: now[0]}
        holidays = now[1].get(CONF_HOLIDAYS)
        known = {} if holidays is None else {CONF_HOLIDAYS: holidays}
        return {CONF_NAME: now[0], CONF_OCPI_TARIFF: json.dumps(now[1][CONF_OCPI_TARIFF], indent=2), **known}


def _places(finding: str) -> str:
    """Return the elements that a finding is about: `overlapping_elements_0_1` is elements[0], elements[1]."""
    return ", ".join(f"elements[{place}]" for place in finding.split("_") if place.isdigit())
