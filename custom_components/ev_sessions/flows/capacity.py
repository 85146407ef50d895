"""A capacity tariff: from a preset of a country, with what the owner's own grid company has otherwise."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TimeSelector,
)
import probatio as vol

from ..const import CONF_CIRCUIT, CONF_CURRENCY, CONF_NAME, CONF_SCHEME, CONF_TARGET_KW, SUBENTRY_CAPACITY
from ..core.capacity import CapacityScheme, SchemeError
from ..core.capacity.period import LAST_BILLING_DAY
from ..core.capacity.scheme import INTERVALS_MIN, PeakWindow
from ..core.problem import ProblemKind
from ..core.tariff import DayOfWeek
from ..site.config.capacity import CapacityPreset, async_capacity_presets
from ..site.config.circuits import circuits_of
from ..site.config.site import SiteConfig
from .fields import any_number, choice, flat, kilowatts, money, optional, whole

_OWN = "own"
_FIELD_PRESET = "preset"
_INTERVAL, _COUNT, _DISTINCT = "interval_min", "count", "distinct_days"
_MINIMUM, _PER_KW, _STEPS, _MONTHS_MEAN, _BILLING_DAY = "minimum_kw", "per_kw", "steps", "months_mean", "billing_day"
_START, _END, _DAYS, _MONTHS, _FACTOR, _OTHERWISE = "start_time", "end_time", "days", "months", "factor", "otherwise"
_SECTION_PRICE, _SECTION_WINDOW, _SECTION_TARGET = "price", "window", "target"
_MORE = "more"
#: More times of a year nobody has; a form that asks for ever would be a trap.
_MOST_WINDOWS = 12
_ALL_MONTHS = [str(month) for month in range(1, 13)]


class CapacityFlow(ConfigSubentryFlow):
    """Add a capacity tariff or change it; a site has one."""

    def __init__(self) -> None:
        self._preset: CapacityPreset | None = None
        self._given: dict[str, Any] = {}
        self._windows: list[dict[str, Any]] = []

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what to begin with."""
        for _ in self._get_entry().get_subentries_of_type(SUBENTRY_CAPACITY):
            return self.async_abort(reason="capacity_exists")
        if SiteConfig.from_entry(self._get_entry()).meter is None:
            return self.async_abort(reason="capacity_without_meter")
        presets = {one.id: one for one in await async_capacity_presets(self.hass)}
        if user_input is not None:
            self._preset = presets.get(user_input[_FIELD_PRESET])
            return await self.async_step_scheme()
        options = [*presets, _OWN]
        schema = vol.Schema(
            {vol.Required(_FIELD_PRESET, default=options[0]): choice(options, "capacity_preset", as_list=True)}
        )
        return self.async_show_form(step_id="user", data_schema=schema)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:  # noqa: ARG002
        """Change it."""
        return await self.async_step_scheme()

    async def async_step_scheme(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how peaks are counted, what they cost, and what is to hold them."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._given, self._windows = flat(user_input), []
            errors = self._with_window(self._given)
            if not errors:
                return await self._async_go_on(more=self._given[_MORE])
        schema = self._schema()
        return self.async_show_form(
            step_id="scheme",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or self._answers()),
            errors=errors,
            description_placeholders={"source": self._source},
        )

    async def async_step_window(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask when else it counts otherwise; a form that is left empty is no window."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = self._with_window(user_input)
            if not errors:
                return await self._async_go_on(more=user_input[_MORE] and len(self._windows) < _MOST_WINDOWS)
        known, place = self._known.windows, len(self._windows)
        suggested = {**_window_answers(known[place]), _MORE: place + 1 < len(known)} if place < len(known) else {}
        return self.async_show_form(
            step_id="window",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({**_window_fields(), vol.Required(_MORE, default=False): bool}), user_input or suggested
            ),
            errors=errors,
            description_placeholders={"place": str(place + 1)},
        )

    def _with_window(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Take the window of a form; return what cannot be."""
        windows = [*self._windows, *_windows_of(answers)]
        try:
            CapacityScheme.from_data(_scheme_data(self._given, windows))
        except SchemeError as err:
            return {"base": _error(err)}
        self._windows = windows
        return {}

    async def _async_go_on(self, *, more: bool) -> SubentryFlowResult:
        if more:
            return await self.async_step_window()
        return self._finish(self._given, CapacityScheme.from_data(_scheme_data(self._given, self._windows)))

    @property
    def _known(self) -> CapacityScheme:
        """What the forms begin with."""
        if self.source == SOURCE_RECONFIGURE:
            return CapacityScheme.from_data(self._get_reconfigure_subentry().data[CONF_SCHEME])
        return CapacityScheme() if self._preset is None else self._preset.scheme

    def _finish(self, answers: Mapping[str, Any], scheme: CapacityScheme) -> SubentryFlowResult:
        data = {
            CONF_SCHEME: scheme.to_data(),
            CONF_CIRCUIT: answers.get(CONF_CIRCUIT),
            CONF_TARGET_KW: answers.get(CONF_TARGET_KW),
        }
        name = answers[CONF_NAME].strip()
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(), self._get_reconfigure_subentry(), title=name, data=data
            )
        return self.async_create_entry(title=name, data=data)

    @property
    def _source(self) -> str:
        """Where the figures are from that the form begins with."""
        return "–" if self._preset is None else f"{self._preset.source} ({self._preset.date})"

    def _answers(self) -> dict[str, Any]:
        if self.source == SOURCE_RECONFIGURE:
            now = self._get_reconfigure_subentry()
            target = {key: now.data[key] for key in (CONF_CIRCUIT, CONF_TARGET_KW) if now.data.get(key) is not None}
            return {CONF_NAME: now.title, **_answers_of(self._known), _SECTION_TARGET: target}
        name = {} if self._preset is None else {CONF_NAME: self._preset.name}
        return {**name, **_answers_of(self._known)}

    def _schema(self) -> vol.Schema:
        currency: str = self._get_entry().data[CONF_CURRENCY]
        held = [
            SelectOptionDict(value=one.id, label=one.name)
            for one in circuits_of(self._get_entry())
            if one.peak is not None
        ]
        price = {
            optional(_PER_KW): money(f"{currency}/kW"),
            optional(_STEPS): TextSelector(TextSelectorConfig(multiline=True)),
            vol.Required(_MONTHS_MEAN, default=1): whole(1, 12),
            vol.Required(_BILLING_DAY, default=1): whole(1, LAST_BILLING_DAY),
        }
        window = {
            **_window_fields(),
            vol.Required(_OTHERWISE, default=1): any_number(),
            vol.Required(_MORE, default=False): bool,
        }
        target = {
            optional(CONF_CIRCUIT): SelectSelector(
                SelectSelectorConfig(options=held, mode=SelectSelectorMode.DROPDOWN)
            ),
            optional(CONF_TARGET_KW): kilowatts(),
        }
        return vol.Schema(
            {
                vol.Required(CONF_NAME): TextSelector(),
                vol.Required(_INTERVAL, default=str(INTERVALS_MIN[0])): choice(
                    [str(one) for one in INTERVALS_MIN], "capacity_interval"
                ),
                vol.Required(_COUNT, default=1): whole(1, 31),
                vol.Required(_DISTINCT, default=False): bool,
                optional(_MINIMUM): kilowatts(),
                vol.Required(_SECTION_PRICE): section(vol.Schema(price), {"collapsed": False}),
                vol.Required(_SECTION_WINDOW): section(vol.Schema(window), {"collapsed": True}),
                vol.Required(_SECTION_TARGET): section(vol.Schema(target), {"collapsed": True}),
            }
        )


def _window_fields() -> dict[Any, Any]:
    return {
        optional(_START): TimeSelector(),
        optional(_END): TimeSelector(),
        vol.Optional(_DAYS, default=list): _several([day.value.lower() for day in DayOfWeek], "day_of_week"),
        vol.Optional(_MONTHS, default=list): _several(_ALL_MONTHS, "month"),
        vol.Required(_FACTOR, default=1): any_number(),
    }


def _windows_of(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a form's window as JSON; none where it says no time."""
    start, end = (_minute(answers.get(name)) for name in (_START, _END))
    chosen = set(answers[_DAYS])
    when = {
        "start_time": start,
        "end_time": end,
        "day_of_week": [day.value for day in DayOfWeek if day.value.lower() in chosen] or None,
        "months": [int(month) for month in answers[_MONTHS]] or None,
    }
    given = {name: value for name, value in when.items() if value is not None}
    return [{"factor": str(answers[_FACTOR]), "when": given}] if given else []


def _scheme_data(answers: Mapping[str, Any], windows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a form's answers as a scheme's JSON."""
    return {
        "interval_min": int(answers[_INTERVAL]),
        "count": int(answers[_COUNT]),
        "distinct_days": answers[_DISTINCT],
        "windows": list(windows) or None,
        "otherwise": str(answers[_OTHERWISE]) if windows else None,
        "minimum_kw": _text(answers.get(_MINIMUM)),
        "months": int(answers[_MONTHS_MEAN]),
        "billing_day": int(answers[_BILLING_DAY]),
        "per_kw": _text(answers.get(_PER_KW)),
        "steps": _steps(answers.get(_STEPS) or ""),
    }


def _answers_of(scheme: CapacityScheme) -> dict[str, Any]:
    """Return a scheme as the answers that make it; windows after the first have forms of their own."""
    price: dict[str, Any] = {_MONTHS_MEAN: scheme.months, _BILLING_DAY: scheme.billing_day}
    if scheme.per_kw is not None:
        price[_PER_KW] = float(scheme.per_kw)
    if scheme.steps:
        price[_STEPS] = "\n".join(
            f"{'' if one.up_to_kw is None else f'{one.up_to_kw.normalize():f}'}: {one.amount.normalize():f}"
            for one in scheme.steps
        )
    window: dict[str, Any] = {_FACTOR: 1, _OTHERWISE: float(scheme.otherwise), _MORE: len(scheme.windows) > 1}
    if scheme.windows:
        window |= _window_answers(scheme.windows[0])
    answers: dict[str, Any] = {
        _INTERVAL: str(scheme.interval_min),
        _COUNT: scheme.count,
        _DISTINCT: scheme.distinct_days,
        _SECTION_PRICE: price,
        _SECTION_WINDOW: window,
    }
    return {**answers, _MINIMUM: float(scheme.minimum_kw)} if scheme.minimum_kw else answers


def _window_answers(window: PeakWindow) -> dict[str, Any]:
    """Return a window as the answers that make it."""
    answers: dict[str, Any] = {
        _FACTOR: float(window.factor),
        _DAYS: [day.value.lower() for day in window.when.day_of_week],
        _MONTHS: [str(month) for month in window.when.months],
    }
    times = ((_START, window.when.start_time), (_END, window.when.end_time))
    return answers | {name: at.isoformat() for name, at in times if at is not None}


def _steps(text: str) -> list[dict[str, Any]] | None:
    """Return the steps of lines such as "5: 190"; the last has nothing, or a word, before the colon."""
    steps: list[dict[str, Any]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        bound, _, amount = line.rpartition(":")
        number = bound.strip().casefold().removesuffix("kw").strip()
        steps.append({"up_to_kw": number.replace(",", ".") or None, "amount": amount.strip().replace(",", ".")})
    return steps or None


def _error(err: SchemeError) -> str:
    first = err.problems[0]
    if first.path.startswith("steps"):
        return "steps_not_in_order" if first.kind is ProblemKind.OVERLAP else "steps_not_understood"
    return "scheme_out_of_range"


def _text(number: float | None) -> str | None:
    return None if number is None else str(Decimal(str(number)))


def _minute(text: str | None) -> str | None:
    return None if text is None else text[:5]


def _several(options: list[str], translation_key: str) -> SelectSelector:
    config = SelectSelectorConfig(
        options=options, translation_key=translation_key, mode=SelectSelectorMode.DROPDOWN, multiple=True
    )
    return SelectSelector(config)
