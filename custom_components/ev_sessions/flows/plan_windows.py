"""Other prices at other times and for time, entered one by one; each can be changed or left out again."""

from collections.abc import Mapping
from typing import Any

from homeassistant.data_entry_flow import FlowContext, FlowResult, section
from homeassistant.helpers.selector import TimeSelector
import probatio as vol

from ..const import CONF_FEES, CONF_HOLIDAYS, CONF_PRICE, CONF_WINDOWS
from ..core.prices.unit import GREATEST_PLAUSIBLE_PRICE, greatest_price
from ..core.tariff import DayOfWeek, Restrictions
from ..core.tariff.plan_parts import PlanWindow, PricePer
from ..core.tariff.review import findings
from .fields import SECTION_ADVANCED, choice, flat, money
from .plan_conditions import condition_answers, condition_fields, conditions_from
from .plan_dates import date_answers, date_fields, dates_from
from .plan_steps import PlanDraftSteps, several

_FIELD_START, _FIELD_END, _FIELD_DAYS, _FIELD_MONTHS = "start_time", "end_time", "days", "months"
_FIELD_PER = "per"
#: The steps: of a price per kWh, and of one for time or once.
_ENERGY, _TIME = "tariff_window", "tariff_time"
_DAYS = [day.value.lower() for day in DayOfWeek]
_HOLIDAY = "holiday"
_MONTHS = [str(month) for month in range(1, 13)]
#: No leaflet has more.
_MOST_WINDOWS = 24


class PlanWindowSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    PlanDraftSteps[ContextT, ResultT, HandlerT]
):
    """The steps of the windows."""

    async def async_step_tariff_window(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for another price per kWh and its times."""
        return await self._window(_ENERGY, user_input)

    async def async_step_tariff_time(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for a price for time, or one that is due once, and when it counts."""
        return await self._window(_TIME, user_input)

    async def _window(self, step_id: str, user_input: dict[str, Any] | None) -> ResultT:
        errors: dict[str, str] = {}
        if user_input is None:
            self._draft.place = None
        else:
            errors = self._take_window(flat(user_input))
            if not errors:
                return await self.async_step_tariff_parts()
        return self._show_window(step_id, user_input or {}, errors)

    async def async_step_tariff_windows(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask which window is to be changed or left out."""
        if user_input is not None:
            place = int(user_input["which"])
            if user_input["remove"]:
                self._draft.remove(CONF_WINDOWS, place)
                return await self.async_step_tariff_parts()
            self._draft.place = place
            window = PlanWindow.from_data(self._draft.rows(CONF_WINDOWS)[place])
            step_id = _ENERGY if window.per is PricePer.KWH else _TIME
            return self._show_window(step_id, _answers(window), {})
        return self._show_which("tariff_windows", self._draft.window_labels(await self._texts()))

    def _show_window(self, step_id: str, answers: Mapping[str, Any], errors: dict[str, str]) -> ResultT:
        draft = self._draft
        fields = _energy_fields(draft.currency) if step_id == _ENERGY else _time_fields(draft.currency)
        schema = vol.Schema({**fields, **_when_fields(self._days)})
        number = len(draft.rows(CONF_WINDOWS)) if draft.place is None else draft.place
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, answers),
            errors=errors,
            description_placeholders={
                "number": str(number + 1),
                "usual": f"{draft.data[CONF_PRICE]} {draft.currency}/kWh",
            },
        )

    @property
    def _days(self) -> list[str]:
        """The days that can be chosen: holidays too, where they are known."""
        return _DAYS if self._draft.data.get(CONF_HOLIDAYS) is None else [*_DAYS, _HOLIDAY]

    def _take_window(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Put a window into the draft, or return what is wrong with it."""
        draft = self._draft
        per_kwh = _FIELD_PER not in answers
        if abs(answers[CONF_PRICE]) > (greatest_price(draft.currency) if per_kwh else GREATEST_PLAUSIBLE_PRICE):
            return {CONF_PRICE: "price_absurd" if per_kwh else "fee_out_of_range"}
        window = _window(answers, holidays_known=_HOLIDAY in self._days)
        first, end = window.when.start_date, window.when.end_date
        if first is not None and end is not None and end <= first:
            return {"base": "last_before_first"}
        if per_kwh and window.when == Restrictions() and not window.holidays:
            return {"base": "window_always"}
        if draft.place is None and len(draft.rows(CONF_WINDOWS)) >= _MOST_WINDOWS:
            return {"base": "windows_too_many"}
        data = draft.with_row(CONF_WINDOWS, window.to_data())
        # Behind another that holds whenever it does it would never count, and nobody would see why.
        if self._unreachable(data) > self._unreachable(draft.data):
            return {"base": "window_never"}
        draft.data = data
        return {}

    def _unreachable(self, data: Mapping[str, Any]) -> int:
        """Return how many prices never count; fees are for when no other price holds, and may well not be due."""
        tariff = self._draft.tariff({**data, CONF_FEES: None})
        return sum(word.startswith("unreachable_element") for word in findings(tariff))


def _energy_fields(currency: str) -> dict[Any, Any]:
    return {
        vol.Required(CONF_PRICE): money(f"{currency}/kWh"),
        vol.Required(_FIELD_START, default="22:00:00"): TimeSelector(),
        vol.Required(_FIELD_END, default="06:00:00"): TimeSelector(),
    }


def _time_fields(currency: str) -> dict[Any, Any]:
    kinds = [one.value for one in PricePer if one is not PricePer.KWH]
    return {
        vol.Required(_FIELD_PER, default=PricePer.PARKING_HOUR.value): choice(kinds, "price_per", as_list=True),
        vol.Required(CONF_PRICE): money(currency),
        vol.Required(_FIELD_START, default="00:00:00"): TimeSelector(),
        vol.Required(_FIELD_END, default="00:00:00"): TimeSelector(),
    }


def _when_fields(days: list[str]) -> dict[Any, Any]:
    advanced = {
        vol.Optional(_FIELD_MONTHS, default=list): several(_MONTHS, "month"),
        **date_fields(),
        **condition_fields(),
    }
    return {
        vol.Optional(_FIELD_DAYS, default=list): several(days, "plan_day"),
        vol.Required(SECTION_ADVANCED): section(vol.Schema(advanced), {"collapsed": True}),
    }


def _window(answers: Mapping[str, Any], *, holidays_known: bool) -> PlanWindow:
    days = set(answers[_FIELD_DAYS])
    holidays = _HOLIDAY in days
    every = days.issuperset(_DAYS)
    # What a selector gives is HH:MM:SS; a plan counts by the minute.
    start, end = answers[_FIELD_START][:5], answers[_FIELD_END][:5]
    when: dict[str, Any] = {
        # All seven without the holidays are fewer than all days, where holidays are known.
        "day_of_week": []
        if every and (holidays or not holidays_known)
        else [one.value for one in DayOfWeek if one.value.lower() in days],
        "months": [int(month) for month in answers[_FIELD_MONTHS]],
        **dates_from(answers),
        **conditions_from(answers),
    }
    if start != end:
        when |= {"start_time": start, "end_time": end}
    return PlanWindow.from_data(
        {
            CONF_PRICE: str(answers[CONF_PRICE]),
            "when": when,
            "holidays": holidays and not every,
            "per": answers.get(_FIELD_PER),
        }
    )


def _answers(window: PlanWindow) -> dict[str, Any]:
    """Return a window as it was entered."""
    when = window.when
    days = [day.value.lower() for day in when.day_of_week]
    advanced: dict[str, Any] = {
        _FIELD_MONTHS: [str(month) for month in when.months],
        **date_answers(when.start_date, when.end_date),
        **condition_answers(when),
    }
    times = {_FIELD_START: when.start_time, _FIELD_END: when.end_time}
    return {
        CONF_PRICE: float(window.price),
        **({} if window.per is PricePer.KWH else {_FIELD_PER: window.per.value}),
        _FIELD_DAYS: [*days, *([_HOLIDAY] if window.holidays else [])],
        SECTION_ADVANCED: advanced,
        **{name: "00:00:00" if at is None else at.isoformat() for name, at in times.items()},
    }
