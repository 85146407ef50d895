"""A supplier's leaflet in plain words: a name and the usual price, then whatever else the leaflet has, part by part.

The list of parts shows the plan so far, its coming week and a session. So the simple case is
two short forms, and the rarest part is one form more.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, override

from homeassistant.data_entry_flow import FlowContext, FlowResult
from homeassistant.helpers.selector import TextSelector
from homeassistant.util import dt as dt_util
import probatio as vol

from ..const import (
    CONF_BOUNDARY_SNAP,
    CONF_DISCOUNTS,
    CONF_GAP,
    CONF_KIND,
    CONF_NAME,
    CONF_PRICE,
    CONF_RULE,
    CONF_WINDOWS,
    GAP_UNPRICED,
    TARIFF_PLAN,
)
from ..core.money import exact_text
from ..core.prices.unit import greatest_price
from .fields import flat, money
from .plan_discounts import PlanDiscountSteps
from .plan_draft import PlanDraft
from .plan_parts import FeePart, HolidayPart, PlanPart, ReadPart, StayPart, SunPart, TaxPart, TierPart
from .plan_windows import PlanWindowSteps
from .tariff_question import TARIFF_NAME


class PlanSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    PlanWindowSteps[ContextT, ResultT, HandlerT], PlanDiscountSteps[ContextT, ResultT, HandlerT]
):
    """The steps that ask for a plan, part by part, until it is taken."""

    async def async_step_tariff_plan(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the name and the usual price; what was there before is taken up."""
        errors: dict[str, str] = {}
        draft = self._draft_now()
        if user_input is not None:
            price = Decimal(str(user_input[CONF_PRICE]))
            if abs(price) <= greatest_price(draft.currency):
                draft.name = user_input[CONF_NAME]
                draft.data |= {CONF_PRICE: exact_text(price)}
                return await self.async_step_tariff_parts()
            errors[CONF_PRICE] = "price_absurd"
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME, default=TARIFF_NAME): TextSelector(),
                vol.Required(CONF_PRICE): money(f"{self.tariff_currency}/kWh"),
            }
        )
        known: dict[str, Any] = {CONF_NAME: draft.name} if draft.name else {}
        if CONF_PRICE in draft.data:
            known[CONF_PRICE] = float(draft.data[CONF_PRICE])
        return self.async_show_form(
            step_id="tariff_plan",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or known),
            errors=errors,
        )

    @override
    async def async_step_tariff_parts(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Show the plan so far, its week and a session, and what more it may have."""
        draft = self._draft
        changed = {"tariff_windows": CONF_WINDOWS, "tariff_discounts": CONF_DISCOUNTS}
        options = [one for one in _PARTS if one not in changed or draft.rows(changed[one])]
        return self.async_show_menu(
            step_id="tariff_parts",
            menu_options=options,
            description_placeholders=draft.preview(dt_util.now().date(), await self._texts()),
        )

    async def async_step_tariff_take(self, user_input: dict[str, Any] | None = None) -> ResultT:  # noqa: ARG002
        """Take the plan as it is."""
        return await self.async_finish_tariff(self._draft.name, dict(self._draft.data))

    async def async_step_tariff_tiers(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for free energy and for tiers."""
        return await self._part("tariff_tiers", TierPart(), user_input)

    async def async_step_tariff_fees(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for fees, bounds and steps."""
        return await self._part("tariff_fees", FeePart(), user_input)

    async def async_step_tariff_stay(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask what staying costs."""
        return await self._part("tariff_stay", StayPart(), user_input)

    async def async_step_tariff_sun(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask what the sun costs."""
        return await self._part("tariff_sun", SunPart(), user_input)

    async def async_step_tariff_read(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the price that the plan is on top of."""
        return await self._part("tariff_read", ReadPart(), user_input)

    async def async_step_tariff_tax(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the tax."""
        return await self._part("tariff_tax", TaxPart(), user_input)

    async def async_step_tariff_holidays(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask who knows the holidays."""
        return await self._part("tariff_holidays", HolidayPart(), user_input)

    async def _part(self, step_id: str, part: PlanPart, user_input: dict[str, Any] | None) -> ResultT:
        """Show the form of a part, or take its answers and lead back to the list."""
        draft = self._draft
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            errors = dict(part.errors(self.hass, answers, draft.currency))
            if not errors:
                draft.data |= part.data(answers, draft.data)
                return await self.async_step_tariff_parts()
        schema = self.add_suggested_values_to_schema(
            vol.Schema(part.fields(draft.currency)), user_input or part.answers(draft.data)
        )
        return self.async_show_form(step_id=step_id, data_schema=schema, errors=errors)

    def _draft_now(self) -> PlanDraft:
        """Return the draft that was begun, or begin with the plan that is there already."""
        if not hasattr(self, "_draft"):
            now = self.tariff_now
            before: Mapping[str, Any] = {} if now is None or now[1][CONF_KIND] != TARIFF_PLAN else now[1]
            self._draft = PlanDraft(
                currency=self.tariff_currency,
                time_zone=self.hass.config.time_zone,
                name="" if now is None else now[0],
                data={**_EMPTY, **before},
            )
        return self._draft


_EMPTY: Mapping[str, Any] = {
    CONF_KIND: TARIFF_PLAN,
    CONF_WINDOWS: [],
    CONF_GAP: {CONF_RULE: GAP_UNPRICED},
    CONF_BOUNDARY_SNAP: True,
}
#: What a plan may have, in the order in which leaflets have it.
_PARTS = (
    "tariff_take",
    "tariff_window",
    "tariff_windows",
    "tariff_read",
    "tariff_tax",
    "tariff_fees",
    "tariff_time",
    "tariff_stay",
    "tariff_tiers",
    "tariff_sun",
    "tariff_holidays",
    "tariff_discount",
    "tariff_discounts",
    "tariff_plan",
)
