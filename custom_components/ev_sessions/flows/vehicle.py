"""A vehicle: what tells it from others, and who pays for what it charges."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import TextSelector
import probatio as vol

from ..const import (
    CONF_BATTERY_KWH,
    CONF_MAX_A,
    CONF_NAME,
    CONF_ODOMETER,
    CONF_PAYER,
    CONF_PHASES,
    CONF_PLATE,
    CONF_PLUGGED,
    CONF_PRESENCE,
    CONF_SOC,
    CONF_TARIFF,
)
from ..site.config.owners import payers_of, vehicles_of
from ..site.whose.owner_cards import Kind
from ..sources.value import Quantity
from . import checks
from .fields import amperes, choice, entity, flat, kilowatt_hours, optional
from .owner import OwnerFlow, payer_field

_SECTION_SIGNS = "signs"
_SECTION_CAR = "car"
_PHASES = ("1", "2", "3")
_SIGNS = {
    CONF_PLUGGED: ("binary_sensor", "input_boolean"),
    CONF_SOC: ("sensor", "input_number", "number"),
    CONF_PRESENCE: ("device_tracker", "person", "binary_sensor", "input_boolean"),
    CONF_ODOMETER: ("sensor", "input_number", "number"),
}


class VehicleFlow(OwnerFlow):
    """Add a vehicle or change one."""

    kind = Kind.VEHICLE

    @override
    async def async_form(self, step_id: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        await self.async_load_cards()
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            others = [(one.id, one.name) for one in vehicles_of(self.hass)]
            errors = self.errors(answers, others) or self._sign_errors(answers)
            if not errors:
                return await self.async_finish(answers, _data(answers))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(self._schema(), user_input or _in_sections(self.now)),
            errors=errors,
        )

    def _schema(self) -> vol.Schema:
        signs = {optional(key): entity(*domains) for key, domains in _SIGNS.items()}
        car = {
            optional(CONF_BATTERY_KWH): kilowatt_hours(),
            optional(CONF_PHASES): choice(_PHASES, "vehicle_phases"),
            optional(CONF_MAX_A): amperes(least=6, greatest=100),
        }
        return vol.Schema(
            {
                vol.Required(CONF_NAME): TextSelector(),
                optional(CONF_PLATE): TextSelector(),
                **self.card_fields(),
                **payer_field({one.id: one.name for one in payers_of(self.hass)}),
                **self.tariff_field(),
                vol.Required(_SECTION_SIGNS): section(vol.Schema(signs), {"collapsed": False}),
                vol.Required(_SECTION_CAR): section(vol.Schema(car), {"collapsed": True}),
            }
        )

    def _sign_errors(self, answers: Mapping[str, Any]) -> dict[str, str]:
        for key in _SIGNS:
            entity_id = answers.get(key)
            if not entity_id:
                continue
            error = checks.entity_error(self.hass, entity_id)
            if error is None and key == CONF_SOC:
                error = checks.measurement_error(self.hass, entity_id, Quantity.SOC_PERCENT)
            if error is not None:
                # A section's fields have no place for an error of their own.
                return {"base": error}
        return {}


def _data(answers: Mapping[str, Any]) -> dict[str, Any]:
    plain = (CONF_PLATE, CONF_PAYER, CONF_TARIFF, *_SIGNS, CONF_BATTERY_KWH, CONF_MAX_A)
    phases = answers.get(CONF_PHASES)
    return {
        **{key: answers.get(key) or None for key in plain},
        CONF_PHASES: None if phases is None else int(phases),
    }


def _in_sections(now: Mapping[str, Any]) -> dict[str, Any]:
    car = {key: now[key] for key in (CONF_BATTERY_KWH, CONF_MAX_A) if key in now}
    if CONF_PHASES in now:
        car[CONF_PHASES] = str(now[CONF_PHASES])
    return {**now, _SECTION_SIGNS: {key: now[key] for key in _SIGNS if key in now}, _SECTION_CAR: car}
