"""What is taken off a session: a share or an amount, by day, by vehicle, by payer, with a code."""

from collections.abc import Mapping
from typing import Any

from homeassistant.data_entry_flow import FlowContext, FlowResult
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio as vol

from ..const import CONF_DISCOUNTS, CONF_PAYER, CONF_VEHICLE
from ..core.fields import Fields
from ..core.tariff.extras import discount_data, discount_from
from ..site.config.owners import payers_of, vehicles_of
from .fields import any_number, money, optional
from .plan_dates import date_answers, date_fields, dates_from
from .plan_steps import PlanDraftSteps

_PERCENT, _AMOUNT, _CODE = "percent", "amount", "code"
_MOST_DISCOUNTS = 24


class PlanDiscountSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    PlanDraftSteps[ContextT, ResultT, HandlerT]
):
    """The steps of the discounts."""

    async def async_step_tariff_discount(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for a discount, and for whom and when it is."""
        errors: dict[str, str] = {}
        if user_input is None:
            self._draft.place = None
        else:
            errors = self._take_discount(user_input)
            if not errors:
                return await self.async_step_tariff_parts()
        return self._show_discount(user_input or {}, errors)

    async def async_step_tariff_discounts(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask which discount is to be changed or left out."""
        if user_input is not None:
            place = int(user_input["which"])
            if user_input["remove"]:
                self._draft.remove(CONF_DISCOUNTS, place)
                return await self.async_step_tariff_parts()
            self._draft.place = place
            return self._show_discount(_answers(self._draft.rows(CONF_DISCOUNTS)[place]), {})
        return self._show_which("tariff_discounts", self._draft.discount_labels())

    def _show_discount(self, answers: Mapping[str, Any], errors: dict[str, str]) -> ResultT:
        fields = {
            optional(_PERCENT): any_number(),
            optional(_AMOUNT): money(self._draft.currency),
            **date_fields(),
            optional(_CODE): TextSelector(),
            **_owner_field(CONF_VEHICLE, {one.id: one.name for one in vehicles_of(self.hass)}),
            **_owner_field(CONF_PAYER, {one.id: one.name for one in payers_of(self.hass)}),
        }
        return self.async_show_form(
            step_id="tariff_discount",
            data_schema=self.add_suggested_values_to_schema(vol.Schema(fields), answers),
            errors=errors,
        )

    def _take_discount(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Put a discount into the draft, or return what is wrong with it."""
        draft = self._draft
        if (answers.get(_PERCENT) is None) is (answers.get(_AMOUNT) is None):
            return {"base": "discount_one_of"}
        if draft.place is None and len(draft.rows(CONF_DISCOUNTS)) >= _MOST_DISCOUNTS:
            return {"base": "discounts_too_many"}
        problems: list[Any] = []
        code = str(answers.get(_CODE) or "").strip() or None
        owners = {name: answers.get(name) for name in (CONF_VEHICLE, CONF_PAYER)}
        worth = {name: answers.get(name) for name in (_PERCENT, _AMOUNT)}
        given = {**worth, **dates_from(answers), _CODE: code, **owners}
        discount = discount_from(Fields(given, "discount", problems))
        if problems:
            return {"base": "discount_out_of_range"}
        start, end = discount.start_date, discount.end_date
        if start is not None and end is not None and end <= start:
            return {"base": "last_before_first"}
        draft.data = draft.with_row(CONF_DISCOUNTS, discount_data(discount))
        return {}


def _owner_field(key: str, names: Mapping[str, str]) -> dict[Any, Any]:
    """Return the field for a vehicle or a payer; none where there is nobody."""
    options = [SelectOptionDict(value=one, label=name) for one, name in names.items()]
    selector = SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN))
    return {optional(key): selector} if names else {}


def _answers(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a discount as it was entered."""
    discount = discount_from(Fields(row, "discount", []))
    worth = {name: float(row[name]) for name in (_PERCENT, _AMOUNT) if name in row}
    texts = {name: row[name] for name in (_CODE, CONF_VEHICLE, CONF_PAYER) if name in row}
    return {**worth, **date_answers(discount.start_date, discount.end_date), **texts}
