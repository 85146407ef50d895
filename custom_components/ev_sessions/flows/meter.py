"""The grid meter: in which form it shows what, and by which entities."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult, section
import probatio as vol

from ..const import (
    CONF_EXPORT,
    CONF_FORM,
    CONF_HEARTBEAT,
    CONF_IMPORT,
    CONF_INVERT,
    CONF_SIGNED,
    CONF_TOTAL_POWER,
    CONF_VOLTAGES,
)
from ..core.balancing.circuits.circuit import Wiring
from ..core.balancing.meter.grid import MeterForm
from ..sources.value import Quantity
from . import checks
from .fields import SECTION_ADVANCED, choice, entity, flat, optional

NO_METER = "none"

_QUANTITY = {
    MeterForm.LINE_CURRENTS: Quantity.CURRENT_A,
    MeterForm.LINE_POWERS: Quantity.POWER_W,
    MeterForm.TOTAL_POWER: Quantity.POWER_W,
}


class MeterSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """The steps that ask for the grid meter, or for a circuit's own."""

    @property
    @abstractmethod
    def meter_wiring(self) -> Wiring:
        """The wiring of the site."""

    @property
    @abstractmethod
    def meter_now(self) -> Mapping[str, Any] | None:
        """The data of the meter that is there already."""

    @property
    @abstractmethod
    def meter_form_now(self) -> str | None:
        """The form that was chosen before, `none` included; None where nothing was."""

    @abstractmethod
    def meter_error(self, entity_ids: list[str]) -> str | None:
        """Tell what keeps these entities from being this site's meter."""

    @abstractmethod
    async def async_finish_meter(self, meter: dict[str, Any] | None) -> ResultT:
        """Go on with a meter that is valid, or with none."""

    async def async_step_meter(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the form; the options say what each can guard."""
        if user_input is not None:
            if user_input[CONF_FORM] == NO_METER:
                return await self.async_finish_meter(None)
            return await self._async_meter_form(MeterForm(user_input[CONF_FORM]), None)
        forms = [*(form.value for form in MeterForm), NO_METER]
        schema = vol.Schema({vol.Required(CONF_FORM): choice(forms, "meter_form", as_list=True)})
        now = {} if self.meter_form_now is None else {CONF_FORM: self.meter_form_now}
        return self.async_show_form(step_id="meter", data_schema=self.add_suggested_values_to_schema(schema, now))

    async def async_step_line_currents(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the entities of a meter that shows each line's current."""
        return await self._async_meter_form(MeterForm.LINE_CURRENTS, user_input)

    async def async_step_line_powers(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the entities of a meter that shows each line's power."""
        return await self._async_meter_form(MeterForm.LINE_POWERS, user_input)

    async def async_step_total_power(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the entities of a meter that shows the total power."""
        return await self._async_meter_form(MeterForm.TOTAL_POWER, user_input)

    async def _async_meter_form(self, form: MeterForm, user_input: dict[str, Any] | None) -> ResultT:
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            errors = self._meter_errors(form, answers)
            if not errors:
                return await self.async_finish_meter(_data(form, self.meter_wiring, answers))
        schema = self.add_suggested_values_to_schema(
            _schema(form, self.meter_wiring), user_input or self._meter_answers(form)
        )
        return self.async_show_form(step_id=form.value, data_schema=schema, errors=errors)

    def _meter_errors(self, form: MeterForm, answers: Mapping[str, Any]) -> dict[str, str]:
        imports, exports = _fields(form, self.meter_wiring)
        given = {field: answers[field] for field in (*imports, *exports, CONF_TOTAL_POWER) if answers.get(field)}
        for field, entity_id in given.items():
            quantity = Quantity.POWER_W if field == CONF_TOTAL_POWER else _QUANTITY[form]
            if (error := checks.measurement_error(self.hass, entity_id, quantity)) is not None:
                return {field: error}
        if 0 < sum(field in given for field in exports) < len(exports):
            return {"base": "export_incomplete"}
        if len(set(given.values())) < len(given):
            return {"base": "same_entity_twice"}
        heartbeat = answers.get(CONF_HEARTBEAT)
        # What lies in a section has no place of its own for an error.
        error = None if heartbeat is None else checks.entity_error(self.hass, heartbeat)
        for voltage in answers.get(CONF_VOLTAGES, ()):
            error = error or checks.measurement_error(self.hass, voltage, Quantity.VOLTAGE_V)
        error = error or self.meter_error(list(given.values()))
        return {} if error is None else {"base": error}

    def _meter_answers(self, form: MeterForm) -> dict[str, Any]:
        now = self.meter_now
        if now is None or now[CONF_FORM] != form:
            return {}
        imports, exports = _fields(form, self.meter_wiring)
        answers: dict[str, Any] = {
            **dict(zip(imports, now[CONF_IMPORT], strict=False)),
            **dict(zip(exports, now[CONF_EXPORT] or (), strict=False)),
            SECTION_ADVANCED: _advanced(now),
        }
        if form is MeterForm.LINE_CURRENTS:
            answers[CONF_SIGNED] = now[CONF_SIGNED]
        if now[CONF_TOTAL_POWER] is not None:
            answers[CONF_TOTAL_POWER] = now[CONF_TOTAL_POWER]
        return answers


def _fields(form: MeterForm, wiring: Wiring) -> tuple[list[str], list[str]]:
    """Return the fields for import and for export, in the order of the lines."""
    if form is MeterForm.TOTAL_POWER:
        return ["import_total"], ["export_total"]
    lines = [line.lower() for line in wiring.lines]
    exports = [f"export_{line}" for line in lines] if form is MeterForm.LINE_POWERS else []
    return [f"import_{line}" for line in lines], exports


def _schema(form: MeterForm, wiring: Wiring) -> vol.Schema:
    imports, exports = _fields(form, wiring)
    fields: dict[Any, Any] = {vol.Required(field): entity("sensor") for field in imports}
    fields |= {optional(field): entity("sensor") for field in exports}
    if form is MeterForm.LINE_CURRENTS:
        fields[vol.Required(CONF_SIGNED, default=True)] = bool
        fields[optional(CONF_TOTAL_POWER)] = entity("sensor")
    heartbeat = {optional(CONF_HEARTBEAT): entity("sensor", "binary_sensor")}
    voltages = {optional(CONF_VOLTAGES): entity("sensor", multiple=True)}
    advanced = vol.Schema({vol.Required(CONF_INVERT, default=False): bool, **heartbeat, **voltages})
    fields[vol.Required(SECTION_ADVANCED)] = section(advanced, {"collapsed": True})
    return vol.Schema(fields)


def _advanced(now: Mapping[str, Any]) -> dict[str, Any]:
    given = {key: now[key] for key in (CONF_HEARTBEAT, CONF_VOLTAGES) if now.get(key)}
    return {CONF_INVERT: now[CONF_INVERT], **given}


def _data(form: MeterForm, wiring: Wiring, answers: Mapping[str, Any]) -> dict[str, Any]:
    imports, exports = _fields(form, wiring)
    exported = [answers[field] for field in exports if answers.get(field)]
    return {
        CONF_FORM: form.value,
        CONF_SIGNED: answers.get(CONF_SIGNED, True),
        CONF_IMPORT: [answers[field] for field in imports],
        CONF_EXPORT: exported or None,
        CONF_TOTAL_POWER: answers.get(CONF_TOTAL_POWER),
        CONF_INVERT: answers[CONF_INVERT],
        CONF_HEARTBEAT: answers.get(CONF_HEARTBEAT),
        CONF_VOLTAGES: answers.get(CONF_VOLTAGES) or [],
    }
