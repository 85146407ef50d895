"""A supplier's leaflet, entered window by window: the usual price, and other prices at other times."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult, section
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TimeSelector,
)
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
import probatio as vol

from ..const import (
    CONF_BOUNDARY_SNAP,
    CONF_ENTITY_ID,
    CONF_FEES,
    CONF_GAP,
    CONF_KIND,
    CONF_NAME,
    CONF_PRICE,
    CONF_SUN_PRICE,
    CONF_UNIT,
    CONF_VAT_PERCENT,
    CONF_WINDOWS,
    DOMAIN,
    TARIFF_PLAN,
)
from ..core.costing import Usage, UsagePeriod, cost_of_usage, rounded_text
from ..core.money import exact_text
from ..core.price_unit import GREATEST_PLAUSIBLE_PRICE
from ..core.tariff import DayOfWeek, Restrictions, Tariff
from ..core.tariff.plan import Plan, PlanFees, PlanWindow
from ..core.tariff.preview import DayPrices, week_of
from ..core.tariff.review import findings
from . import checks
from .fields import SECTION_ADVANCED, any_number, entity, flat, money, optional
from .gap import gap_answers, gap_errors, gap_fields, gap_from
from .plan_fees import SECTION_FEES, fee_answers, fee_errors, fees_field, fees_from

_NAME = "Electricity"
_FIELD_START, _FIELD_END = "start_time", "end_time"
_FIELD_DAYS, _FIELD_MONTHS, _FIELD_ANOTHER = "days", "months", "another"
_MONTHS = [str(month) for month in range(1, 13)]
#: No leaflet has more; what is entered one by one has to end.
_MOST_WINDOWS = 24
#: The session whose cost is shown beforehand.
_SAMPLE_KWH, _SAMPLE_KW, _SAMPLE_HOUR = 20, 10, 18


@dataclass(slots=True)
class PlanDraft:
    """What was entered so far, and the windows of the plan that is changed, still to be looked at."""

    name: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    before: list[PlanWindow] = field(default_factory=list)
    windows: list[PlanWindow] = field(default_factory=list)

    def plan(self, windows: list[PlanWindow]) -> Plan:
        """Return the plan with these windows; what is read from an entity is left out."""
        vat = self.data[CONF_VAT_PERCENT]
        return Plan(
            usual=Decimal(self.data[CONF_PRICE]),
            windows=tuple(windows),
            vat_percent=None if vat is None else Decimal(vat),
            fees=PlanFees.from_data(self.data[CONF_FEES]),
        )


class PlanSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """The steps that ask for a plan: its usual price, each window, and a look at the week before it is taken."""

    _draft: PlanDraft

    @property
    @abstractmethod
    def tariff_currency(self) -> str:
        """The currency that the price has to be in."""

    @property
    def tariff_now(self) -> tuple[str, Mapping[str, Any]] | None:
        """The name and the data of the tariff that is there already."""
        return None

    @abstractmethod
    async def async_finish_tariff(self, name: str, data: dict[str, Any]) -> ResultT:
        """Go on with a tariff that is valid."""

    async def async_step_tariff_plan(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the usual price, the tax on top, and the entity whose price all this comes on top of."""
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            errors = self._plan_errors(answers)
            if not errors:
                now = self._plan_now
                self._draft = PlanDraft(
                    name=answers[CONF_NAME],
                    data=_plan_data(answers),
                    before=[PlanWindow.from_data(one) for one in now.get(CONF_WINDOWS, [])],
                )
                return await self.async_step_tariff_window()
        schema = self.add_suggested_values_to_schema(
            _plan_schema(self.tariff_currency), user_input or self._plan_answers()
        )
        return self.async_show_form(step_id="tariff_plan", data_schema=schema, errors=errors)

    async def async_step_tariff_window(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for another price and its times; again, as long as there is another."""
        draft = self._draft
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            errors = self._window_errors(answers)
            if not errors:
                draft.windows.append(_window(answers))
                if answers[_FIELD_ANOTHER] and len(draft.windows) < _MOST_WINDOWS:
                    return await self.async_step_tariff_window()
                return await self.async_step_tariff_preview()
        schema = self.add_suggested_values_to_schema(
            _window_schema(self.tariff_currency), user_input or self._window_answers()
        )
        return self.async_show_form(
            step_id="tariff_window",
            data_schema=schema,
            errors=errors,
            description_placeholders={
                "number": str(len(draft.windows) + 1),
                "usual": f"{draft.data[CONF_PRICE]} {self.tariff_currency}/kWh",
            },
        )

    async def async_step_tariff_preview(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Show the coming week and a session, and take the plan."""
        draft = self._draft
        if user_input is not None:
            data = {**draft.data, CONF_WINDOWS: [window.to_data() for window in draft.windows]}
            return await self.async_finish_tariff(draft.name, data)
        tariff = self._planned(draft.windows)
        language = self.hass.config.language
        texts = await async_get_translations(self.hass, language, "selector", {DOMAIN})
        today = dt_util.now().date()
        return self.async_show_form(
            step_id="tariff_preview",
            data_schema=vol.Schema({}),
            last_step=True,
            description_placeholders={
                "unit": f"{self.tariff_currency}/kWh",
                "week": "\n".join(_line(days, texts) for days in week_of(tariff, today)),
                "kwh": str(_SAMPLE_KWH),
                "cost": f"{_sample_cost(tariff, today)} {self.tariff_currency}",
                "entity": draft.data[CONF_ENTITY_ID] or "–",
            },
        )

    def _planned(self, windows: list[PlanWindow]) -> Tariff:
        return self._draft.plan(windows).tariff(currency=self.tariff_currency, time_zone=self.hass.config.time_zone)

    def _plan_errors(self, answers: Mapping[str, Any]) -> dict[str, str]:
        if _absurd(answers[CONF_PRICE]):
            return {CONF_PRICE: "price_absurd"}
        vat = answers.get(CONF_VAT_PERCENT)
        if vat is not None and not 0 <= vat <= 100:
            return {"base": "vat_out_of_range"}
        if _absurd(answers.get(CONF_SUN_PRICE) or 0):
            return {"base": "price_absurd"}
        if errors := fee_errors(answers) or gap_errors(answers):
            return errors
        entity_id = answers.get(CONF_ENTITY_ID)
        if entity_id is None:
            return {}
        return dict(checks.price_error(self.hass, entity_id, answers.get(CONF_UNIT), self.tariff_currency))

    def _window_errors(self, answers: Mapping[str, Any]) -> dict[str, str]:
        if _absurd(answers[CONF_PRICE]):
            return {CONF_PRICE: "price_absurd"}
        window = _window(answers)
        if window.when == Restrictions():
            return {"base": "window_always"}
        windows = [*self._draft.windows, window]
        # Behind another that holds whenever it does it would never count, and nobody would see why.
        if f"unreachable_element_{len(windows) - 1}" in findings(self._planned(windows)):
            return {"base": "window_never"}
        return {}

    @property
    def _plan_now(self) -> Mapping[str, Any]:
        now = self.tariff_now
        return {} if now is None or now[1][CONF_KIND] != TARIFF_PLAN else now[1]

    def _plan_answers(self) -> dict[str, Any]:
        now, data = self.tariff_now, self._plan_now
        answers: dict[str, Any] = {} if now is None else {CONF_NAME: now[0]}
        if not data:
            return answers
        advanced = {name: data[name] for name in (CONF_ENTITY_ID, CONF_UNIT) if data[name] is not None}
        for name in (CONF_VAT_PERCENT, CONF_SUN_PRICE):
            if data.get(name) is not None:
                advanced[name] = float(data[name])
        advanced |= gap_answers(data[CONF_GAP])
        fees = fee_answers(PlanFees.from_data(data.get(CONF_FEES) or {}))
        return {**answers, CONF_PRICE: float(data[CONF_PRICE]), SECTION_FEES: fees, SECTION_ADVANCED: advanced}

    def _window_answers(self) -> dict[str, Any]:
        """Return what the next window was before; nothing where there was none."""
        place = len(self._draft.windows)
        if place >= len(self._draft.before):
            return {}
        before = self._draft.before[place]
        when = before.when
        answers: dict[str, Any] = {
            CONF_PRICE: float(before.price),
            _FIELD_DAYS: [day.value.lower() for day in when.day_of_week],
            _FIELD_ANOTHER: place + 1 < len(self._draft.before),
            SECTION_ADVANCED: {_FIELD_MONTHS: [str(month) for month in when.months]},
        }
        for name, at in ((_FIELD_START, when.start_time), (_FIELD_END, when.end_time)):
            if at is not None:
                answers[name] = at.isoformat()
        return answers


def _plan_schema(currency: str) -> vol.Schema:
    advanced = {
        optional(CONF_ENTITY_ID): entity("sensor", "input_number", "number", "event"),
        optional(CONF_UNIT): TextSelector(),
        optional(CONF_VAT_PERCENT): any_number(),
        optional(CONF_SUN_PRICE): money(f"{currency}/kWh"),
        **gap_fields(currency),
    }
    return vol.Schema(
        {
            vol.Required(CONF_NAME, default=_NAME): TextSelector(),
            vol.Required(CONF_PRICE): money(f"{currency}/kWh"),
            **fees_field(currency),
            vol.Required(SECTION_ADVANCED): section(vol.Schema(advanced), {"collapsed": True}),
        }
    )


def _plan_data(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        CONF_KIND: TARIFF_PLAN,
        CONF_PRICE: exact_text(Decimal(str(answers[CONF_PRICE]))),
        CONF_VAT_PERCENT: _text(answers.get(CONF_VAT_PERCENT)),
        CONF_SUN_PRICE: _text(answers.get(CONF_SUN_PRICE)),
        CONF_ENTITY_ID: answers.get(CONF_ENTITY_ID),
        CONF_UNIT: answers.get(CONF_UNIT),
        CONF_GAP: gap_from(answers),
        CONF_FEES: fees_from(answers).to_data(),
        CONF_BOUNDARY_SNAP: True,
    }


def _text(number: float | None) -> str | None:
    return None if number is None else exact_text(Decimal(str(number)))


def _window_schema(currency: str) -> vol.Schema:
    advanced = {vol.Optional(_FIELD_MONTHS, default=list): _several(_MONTHS, "month")}
    return vol.Schema(
        {
            vol.Required(CONF_PRICE): money(f"{currency}/kWh"),
            vol.Required(_FIELD_START, default="22:00:00"): TimeSelector(),
            vol.Required(_FIELD_END, default="06:00:00"): TimeSelector(),
            vol.Optional(_FIELD_DAYS, default=list): _several([day.value.lower() for day in DayOfWeek], "day_of_week"),
            vol.Required(SECTION_ADVANCED): section(vol.Schema(advanced), {"collapsed": True}),
            vol.Required(_FIELD_ANOTHER, default=False): bool,
        }
    )


def _window(answers: Mapping[str, Any]) -> PlanWindow:
    days = set(answers[_FIELD_DAYS])
    start, end = (_minute(answers[name]) for name in (_FIELD_START, _FIELD_END))
    chosen = [day.value for day in DayOfWeek if day.value.lower() in days]
    when: dict[str, Any] = {
        "day_of_week": chosen if len(chosen) < len(DayOfWeek) else [],
        "months": [int(month) for month in answers[_FIELD_MONTHS]],
    }
    if start != end:
        when |= {"start_time": start, "end_time": end}
    return PlanWindow.from_data({CONF_PRICE: str(answers[CONF_PRICE]), "when": when})


def _several(options: list[str], translation_key: str) -> SelectSelector:
    config = SelectSelectorConfig(
        options=options, translation_key=translation_key, mode=SelectSelectorMode.DROPDOWN, multiple=True
    )
    return SelectSelector(config)


def _minute(text: str) -> str:
    """Return HH:MM of what a selector gives, HH:MM:SS."""
    return text[:5]


def _absurd(price: float) -> bool:
    return abs(Decimal(str(price))) > GREATEST_PLAUSIBLE_PRICE


def _line(alike: DayPrices, texts: Mapping[str, str]) -> str:
    """Return the prices of days that are alike as a line of a list."""
    names = [texts.get(_day_key(day), day.isoformat()) for day in alike.days]
    spans = [
        f"{span.start}–{span.end} {'?' if span.price_per_kwh is None else exact_text(span.price_per_kwh)}"
        for span in alike.spans
    ]
    return f"- {', '.join(names)}: {' · '.join(spans)}"


def _day_key(day: date) -> str:
    word = list(DayOfWeek)[day.weekday()].value.lower()
    return f"component.{DOMAIN}.selector.day_of_week.options.{word}"


def _sample_cost(tariff: Tariff, today: date) -> str:
    zone = ZoneInfo(tariff.time_zone)
    start = datetime(today.year, today.month, today.day, _SAMPLE_HOUR, tzinfo=zone).astimezone(UTC)
    end = start + timedelta(hours=_SAMPLE_KWH / _SAMPLE_KW)
    usage = Usage.of([UsagePeriod(start=start, end=end, energy_mwh=_SAMPLE_KWH * 1_000_000)])
    return rounded_text(cost_of_usage(tariff, usage, zone).incl_tax, tariff.currency)
