"""The price of energy: an entity that shows it, or a fixed number."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, override

from homeassistant.config_entries import (
    ConfigSubentryFlow,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.data_entry_flow import FlowContext, FlowResult, section
from homeassistant.helpers.selector import TextSelector
import probatio as vol

from ..const import (
    CONF_BOUNDARY_SNAP,
    CONF_CURRENCY,
    CONF_ENTITY_ID,
    CONF_FOR,
    CONF_GAP,
    CONF_KIND,
    CONF_NAME,
    CONF_PRICE,
    CONF_UNIT,
    FOR_PAYERS,
    TARIFF_ENTITY,
    TARIFF_FIXED,
)
from ..core.prices.unit import greatest_price
from ..site.choices import async_price_suggestion
from ..site.config.site import first_tariff
from . import checks
from .fields import SECTION_ADVANCED, entity, flat, money, optional
from .gap import gap_answers, gap_errors, gap_fields, gap_from
from .ocpi_tariff import OcpiTariffSteps
from .plan import PlanSteps
from .tariff_question import TARIFF_NAME

_KINDS = ["tariff_entity", "tariff_fixed", "tariff_plan", "tariff_ocpi"]


class TariffSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    OcpiTariffSteps[ContextT, ResultT, HandlerT], PlanSteps[ContextT, ResultT, HandlerT]
):
    """The steps that ask for a tariff, in whichever flow they stand."""

    async def async_step_tariff(self, user_input: dict[str, Any] | None = None) -> ResultT:  # noqa: ARG002
        """Ask where the price comes from; what is known of it already comes first."""
        now = self.tariff_now
        fixed_first = (await async_price_suggestion(self.hass)).per_kwh is not None
        if now is not None:
            fixed_first = now[1][CONF_KIND] == TARIFF_FIXED
        options = _KINDS[:2][::-1] if fixed_first else _KINDS[:2]
        options = [*options, *_KINDS[2:]]
        kind = None if now is None else f"tariff_{now[1][CONF_KIND]}"
        # What it is now comes first.
        return self.async_show_menu(step_id="tariff", menu_options=sorted(options, key=lambda one: one != kind))

    async def async_step_tariff_entity(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the entity that shows the price."""
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            errors = self._entity_errors(answers)
            if not errors:
                return await self.async_finish_tariff(answers[CONF_NAME], _entity_data(answers))
        schema = self.add_suggested_values_to_schema(
            _entity_schema(self.tariff_currency), user_input or await self._entity_answers()
        )
        return self.async_show_form(
            step_id="tariff_entity",
            data_schema=schema,
            errors=errors,
            description_placeholders={"currency": self.tariff_currency},
        )

    async def async_step_tariff_fixed(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the price itself."""
        errors: dict[str, str] = {}
        if user_input is not None:
            price = Decimal(str(user_input[CONF_PRICE]))
            if abs(price) <= greatest_price(self.tariff_currency):
                data = {CONF_KIND: TARIFF_FIXED, CONF_PRICE: format(price, "f")}
                return await self.async_finish_tariff(user_input[CONF_NAME], data)
            errors[CONF_PRICE] = "price_absurd"
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME, default=TARIFF_NAME): TextSelector(),
                vol.Required(CONF_PRICE): money(f"{self.tariff_currency}/kWh"),
            }
        )
        return self.async_show_form(
            step_id="tariff_fixed",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or await self._fixed_answers()),
            errors=errors,
        )

    def _entity_errors(self, answers: Mapping[str, Any]) -> dict[str, str]:
        unit = answers.get(CONF_UNIT)
        errors = dict(checks.price_error(self.hass, answers[CONF_ENTITY_ID], unit, self.tariff_currency))
        if errors:
            return errors
        return gap_errors(answers)

    async def _entity_answers(self) -> dict[str, Any]:
        now = self.tariff_now
        if now is None or now[1][CONF_KIND] != TARIFF_ENTITY:
            suggested = await async_price_suggestion(self.hass)
            named = {} if now is None else {CONF_NAME: now[0]}
            return named if suggested.entity_id is None else {**named, CONF_ENTITY_ID: suggested.entity_id}
        name, data = now
        advanced = {**gap_answers(data[CONF_GAP]), CONF_BOUNDARY_SNAP: data[CONF_BOUNDARY_SNAP]}
        answers = {CONF_NAME: name, CONF_ENTITY_ID: data[CONF_ENTITY_ID], SECTION_ADVANCED: advanced}
        return answers if data[CONF_UNIT] is None else {**answers, CONF_UNIT: data[CONF_UNIT]}

    async def _fixed_answers(self) -> dict[str, Any]:
        now = self.tariff_now
        if now is None:
            per_kwh = (await async_price_suggestion(self.hass)).per_kwh
            return {} if per_kwh is None else {CONF_PRICE: per_kwh}
        name, data = now
        price = {CONF_PRICE: float(data[CONF_PRICE])} if data[CONF_KIND] == TARIFF_FIXED else {}
        return {CONF_NAME: name, **price}


def _entity_schema(currency: str) -> vol.Schema:
    advanced = {
        **gap_fields(currency),
        vol.Required(CONF_BOUNDARY_SNAP, default=True): bool,
    }
    return vol.Schema(
        {
            vol.Required(CONF_NAME, default=TARIFF_NAME): TextSelector(),
            vol.Required(CONF_ENTITY_ID): entity("sensor", "input_number", "number", "event"),
            optional(CONF_UNIT): TextSelector(),
            vol.Required(SECTION_ADVANCED): section(vol.Schema(advanced), {"collapsed": True}),
        }
    )


def _entity_data(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        CONF_KIND: TARIFF_ENTITY,
        CONF_ENTITY_ID: answers[CONF_ENTITY_ID],
        CONF_UNIT: answers.get(CONF_UNIT),
        CONF_GAP: gap_from(answers),
        CONF_BOUNDARY_SNAP: answers[CONF_BOUNDARY_SNAP],
    }


class TariffFlow(
    TariffSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]],
    ConfigSubentryFlow,
):
    """Change a site's tariff, or give it one again after it was removed."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:  # noqa: ARG002
        """Add the tariff of a site that has none, or one more by which payers are billed."""
        if first_tariff(self._get_entry()) is None:
            return await self.async_step_tariff()
        return await self.async_step_payer_tariff()

    async def async_step_payer_tariff(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:  # noqa: ARG002
        """Ask where the price of a payer's tariff comes from."""
        return self.async_show_menu(step_id="payer_tariff", menu_options=_KINDS)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:  # noqa: ARG002
        """Change the tariff."""
        return await self.async_step_tariff()

    @property
    @override
    def tariff_currency(self) -> str:
        currency: str = self._get_entry().data[CONF_CURRENCY]
        return currency

    @property
    @override
    def tariff_now(self) -> tuple[str, Mapping[str, Any]] | None:
        if self.source != "reconfigure":
            return None
        subentry = self._get_reconfigure_subentry()
        return subentry.title, subentry.data

    @override
    async def async_finish_tariff(self, name: str, data: dict[str, Any]) -> SubentryFlowResult:
        if self.source != "reconfigure":
            more = {} if first_tariff(self._get_entry()) is None else {CONF_FOR: FOR_PAYERS}
            return self.async_create_entry(title=name, data=data | more)
        data |= {key: value for key, value in self._get_reconfigure_subentry().data.items() if key == CONF_FOR}
        return self.async_update_and_abort(self._get_entry(), self._get_reconfigure_subentry(), title=name, data=data)
