"""The steps that ask what commands a charger, where a number and a switch are not what it has."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
import probatio as vol

from ..const import (
    CONF_ENABLE,
    CONF_ENTITY_ID,
    CONF_FLASH_LIMIT,
    CONF_LEAST_INTERVAL_S,
    CONF_LIMIT,
    CONF_PHASES,
)
from ..site.choices import PLACEHOLDERS, options_of
from .bindings import (
    CONF_OPTIONS,
    KINDS,
    NONE,
    SELECT,
    binding_answers,
    binding_data,
    binding_errors,
    binding_schema,
    is_whole,
    kind_of,
    options_answers,
    options_schema,
)
from .fields import choice, optional, seconds


class ControlSteps(ConfigSubentryFlow):
    """Asks for the kind of each part, then for each part that there is."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._parts: dict[str, Any] = {}
        self.commanding: dict[str, Any] = {}

    @property
    @abstractmethod
    def controls_now(self) -> Mapping[str, Any]:
        """What commands the charger as far as that is known: by part."""

    @property
    @abstractmethod
    def commanding_now(self) -> Mapping[str, Any]:
        """How the charger may be commanded: its least interval, and whether its limit is kept in flash."""

    @property
    @abstractmethod
    def used_elsewhere(self) -> set[str]:
        """The entities of other chargers."""

    @abstractmethod
    async def async_after_controls(self, parts: dict[str, Any]) -> SubentryFlowResult:
        """Go on with what commands the charger."""

    async def async_step_controls(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask of which kind each part is."""
        if user_input is not None:
            self._kinds = {part: user_input[part] for part in KINDS}
            interval_s = user_input.get(CONF_LEAST_INTERVAL_S)
            self.commanding = {
                CONF_LEAST_INTERVAL_S: None if not interval_s else float(interval_s),
                CONF_FLASH_LIMIT: user_input.get(CONF_FLASH_LIMIT, False),
            }
            self._parts = {}
            return await self._async_next_part()
        now = self.controls_now
        schema = vol.Schema(
            {
                vol.Required(part, default=kind_of(part, now.get(part))): choice(kinds, f"{part}_kind")
                for part, kinds in KINDS.items()
            }
            | {optional(CONF_LEAST_INTERVAL_S): seconds(), optional(CONF_FLASH_LIMIT): bool}
        )
        schema = self.add_suggested_values_to_schema(schema, self.commanding_now)
        return self.async_show_form(step_id="controls", data_schema=schema)

    async def async_step_limit(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for what limits the current."""
        return await self._async_part(CONF_LIMIT, user_input)

    async def async_step_enable(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for what lets the car charge and stops it."""
        return await self._async_part(CONF_ENABLE, user_input)

    async def async_step_phases(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for what chooses the phases."""
        return await self._async_part(CONF_PHASES, user_input)

    async def async_step_limit_options(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how many A the options of a select are."""
        limit = self._parts[CONF_LIMIT]
        options = options_of(self.hass, limit[CONF_ENTITY_ID])
        errors: dict[str, str] = {}
        if user_input is not None:
            limits = {option: float(current_a) for option, current_a in user_input.items()}
            if limits:
                self._parts[CONF_LIMIT] = {**limit, CONF_OPTIONS: limits}
                return await self._async_next_part()
            errors = {"base": "no_option_is_a_limit"}
        now = self.controls_now.get(CONF_LIMIT)
        known = now.get(CONF_OPTIONS, {}) if isinstance(now, Mapping) else {}
        return self.async_show_form(
            step_id="limit_options",
            data_schema=self.add_suggested_values_to_schema(
                options_schema(options), user_input or options_answers(options, known)
            ),
            errors=errors,
            description_placeholders={"entity_id": limit[CONF_ENTITY_ID]},
        )

    async def _async_next_part(self) -> SubentryFlowResult:
        for part, kind in self._kinds.items():
            if kind != NONE and part not in self._parts:
                return await self._async_part(part, None)
        return await self.async_after_controls({part: self._parts.get(part) for part in KINDS})

    async def _async_part(self, part: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        kind, now = self._kinds[part], self.controls_now.get(part)
        errors: dict[str, str] = {}
        if user_input is None:
            answers = binding_answers(part, now) if kind_of(part, now) == kind else {}
        else:
            answers = user_input
            errors = binding_errors(self.hass, part, kind, answers)
            if not errors and is_whole(part, kind, answers):
                self._parts[part] = binding_data(part, kind, answers)
                if self.used_elsewhere.isdisjoint(_commanded(self._parts[part])):
                    limits = (part, kind) == (CONF_LIMIT, SELECT)
                    return await (self.async_step_limit_options() if limits else self._async_next_part())
                del self._parts[part]
                errors = {"base": "entity_used"}
        schema = binding_schema(self.hass, part, kind, answers)
        return self.async_show_form(
            step_id=part,
            data_schema=self.add_suggested_values_to_schema(schema, answers),
            errors=errors,
            # The texts name the placeholders of an action's data as they are written there.
            description_placeholders={name: f"{{{name}}}" for name in PLACEHOLDERS},
        )


def _commanded(data: str | Mapping[str, Any]) -> set[str]:
    """Return the entities that a part commands, but for those in an action's own data."""
    values = [data] if isinstance(data, str) else [data.get(key) for key in (CONF_ENTITY_ID, "on", "off")]
    return {value for value in values if isinstance(value, str)}
