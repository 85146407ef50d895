"""A charger: reached through its Home Assistant entities, or by OCPP."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, SubentryFlowContext, SubentryFlowResult
from homeassistant.helpers import device_registry as dr, entity_registry as er
import probatio as vol

from ..const import (
    CONF_CONTROLLABLE,
    CONF_CURRENTS,
    CONF_ENABLE,
    CONF_EVSE,
    CONF_EVSES,
    CONF_FAIL_SAFE_SET,
    CONF_LIMIT,
    CONF_NAME,
    CONF_PHASES,
    CONF_PLUGGED,
    CONF_QUIET_S,
    CONF_SOURCE_DEVICE_ID,
    CONF_START_ABOVE_W,
    CONF_STATUS,
    CONF_STATUS_WORDS,
    CONF_TRANSPORT,
    DEFAULT_QUIET_S,
    DEFAULT_START_ABOVE_W,
    TRANSPORT_ENTITIES,
    TRANSPORT_OCPP,
)
from ..site.choices import (
    LimitRange,
    binding_range,
)
from ..site.config.site import ChargerConfig
from ..site.ocpp.adoption import unique_id_of
from ..site.ocpp.station.brand import Brand, brand_of
from . import checks
from .electrical import FIELD_TRY, OF_STATION, Asked, electrical_data
from .entities import EntitySteps
from .known import evse_data
from .placing import NEW, PlacingSteps
from .roles import ROLES, entities_of, spoken
from .station import StationSteps
from .words import StatusWords, async_status_words


class ChargerFlow(
    PlacingSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]],
    StationSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]],
    EntitySteps,
):
    """Add a charger, or change it."""

    def __init__(self) -> None:
        super().__init__()
        self._words = StatusWords()
        self._status_words: dict[str, Any] = {}
        self._data: dict[str, Any] = {}
        self._id = ""

    @override
    async def async_after_entities(self) -> SubentryFlowResult:
        status = self._roles.get(CONF_STATUS)
        told: dict[str, Any] = {}
        for evse in (self._found, self._evse_now or {}):
            if evse.get(CONF_STATUS) == status:
                told |= evse.get(CONF_STATUS_WORDS, {})
        self._words = await async_status_words(self.hass, status, told)
        self._status_words = self._words.data({})
        return await (self.async_step_controls() if self._other_controls else self._async_words())

    @override
    async def async_after_controls(self, parts: dict[str, Any]) -> SubentryFlowResult:
        self._roles |= parts
        return await self._async_words()

    async def _async_words(self) -> SubentryFlowResult:
        if self._words.unknown or (self._reviews_words and self._words.meanings):
            return await self.async_step_status_words()
        return await self.async_step_electrical()

    async def async_step_status_words(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what the words mean that nobody knows, or all of them."""
        if user_input is not None:
            self._status_words = self._words.data(user_input)
            return await self.async_step_electrical()
        schema = self._words.schema(all_of_them=self._reviews_words)
        return self.async_show_form(
            step_id="status_words",
            data_schema=self.add_suggested_values_to_schema(schema, self._words.answers()),
            description_placeholders={"entity_id": spoken(self._roles[CONF_STATUS])},
        )

    @override
    async def async_after_electrical(self, answers: dict[str, Any]) -> SubentryFlowResult:
        if self.is_station:
            self._data = {**self.station_data(), **electrical_data(answers, self._wiring)}
            return await self.async_step_fallbacks()
        self._data = self._charger_data(answers)
        wanted = self._data[CONF_CONTROLLABLE] and answers.get(FIELD_TRY, False)
        return await (self.async_step_trial() if wanted else self.async_step_go_on())

    @property
    @override
    def placed_in(self) -> ConfigEntry[Any]:
        return self._get_entry()

    @property
    @override
    def placed_id(self) -> str | None:
        return self._subentry_id

    @property
    @override
    def placed_now(self) -> Mapping[str, Any] | None:
        # How it hangs on the lines is the same, whatever way it is reached.
        return self._get_reconfigure_subentry().data if self.source == SOURCE_RECONFIGURE else None

    @property
    @override
    def placed_limits(self) -> LimitRange:
        return self._limits()

    @property
    @override
    def placed_asked(self) -> Asked:
        if self.is_station:
            return OF_STATION
        return Asked(can_control=self._can_control, power_only=self._is_power_only)

    @property
    @override
    def placed_charger(self) -> ChargerConfig:
        return ChargerConfig.from_data(NEW, self._name, self._data)

    @property
    @override
    def charger_tried(self) -> ChargerConfig:
        return self.placed_charger

    @override
    async def async_step_go_on(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if self._keeps_limit_in_flash and self._roles.get(CONF_LIMIT):
            return await self.async_step_flash_limit()
        if self._data[CONF_CONTROLLABLE] and not self._can_pause(self._limits()):
            return await self.async_step_cannot_pause()
        return await self.async_step_fallbacks()

    async def async_step_flash_limit(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Say that a limit which is kept in flash is not used."""
        if user_input is not None:
            return await self.async_step_fallbacks()
        return self.async_show_form(
            step_id="flash_limit", data_schema=vol.Schema({}), description_placeholders={"name": self._name}
        )

    async def async_step_cannot_pause(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Say that nothing there stops a charge."""
        if user_input is not None:
            return await self.async_step_fallbacks()
        return self.async_show_form(
            step_id="cannot_pause",
            data_schema=vol.Schema({}),
            description_placeholders={"name": self._name, "min_a": f"{self._data['min_a']:g}"},
        )

    @override
    async def async_after_placing(self, unique_id: str) -> SubentryFlowResult:
        self._id = unique_id
        return await (self.async_step_password() if self.is_station else self.async_after_password())

    # A station

    @override
    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if user_input is None and self._get_reconfigure_subentry().data[CONF_TRANSPORT] == TRANSPORT_OCPP:
            return await self.async_step_station()
        return await super().async_step_reconfigure(user_input)

    @property
    @override
    def station_now(self) -> tuple[str, Mapping[str, Any]] | None:
        if self.source != SOURCE_RECONFIGURE:
            return None
        subentry = self._get_reconfigure_subentry()
        return (subentry.title, subentry.data) if subentry.data[CONF_TRANSPORT] == TRANSPORT_OCPP else None

    @property
    @override
    def station_brand(self) -> Brand:
        return brand_of(self._get_entry(), self._subentry_id)

    @property
    @override
    def station_id(self) -> str | None:
        return self._subentry_id

    @override
    def station_taken(self, answers: Mapping[str, Any]) -> dict[str, str]:
        used = checks.charger_name_used(self._get_entry(), answers[CONF_NAME], self._subentry_id)
        return {CONF_NAME: "name_used"} if used else {}

    @override
    async def async_by_entities(self) -> SubentryFlowResult:
        return await super().async_step_reconfigure()

    @override
    async def async_after_station(self) -> SubentryFlowResult:
        self._name = self.station_name
        return await self.async_step_electrical()

    @override
    async def async_after_password(self) -> SubentryFlowResult:
        return self._finish(self._id)

    def _finish(self, unique_id: str) -> SubentryFlowResult:
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(title=self._name, data=self._data, unique_id=unique_id)
        return self.async_update_and_abort(
            self._get_entry(),
            self._get_reconfigure_subentry(),
            title=self._name,
            data=self._data,
            unique_id=unique_id,
        )

    @override
    def placed_identity(self) -> str:
        if self.is_station:
            return unique_id_of(self.station_identity)
        device = None if self._device_id is None else dr.async_get(self.hass).async_get(self._device_id)
        if device is not None and device.identifiers:
            return "|".join(sorted(":".join(identifier) for identifier in device.identifiers))
        first = entities_of(self._roles)[0]
        entry = er.async_get(self.hass).async_get(first)
        return first if entry is None else entry.id

    def _charger_data(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        draw = {
            CONF_START_ABOVE_W: float(answers.get(CONF_START_ABOVE_W, DEFAULT_START_ABOVE_W)),
            CONF_QUIET_S: int(answers.get(CONF_QUIET_S, DEFAULT_QUIET_S)),
        }
        evse = {
            CONF_EVSE: 1,
            **{role: self._roles.get(role) for role in ROLES},
            CONF_PHASES: self._roles.get(CONF_PHASES),
            CONF_FAIL_SAFE_SET: self._roles.get(CONF_FAIL_SAFE_SET),
            CONF_CURRENTS: self._roles.get(CONF_CURRENTS, []),
            CONF_STATUS_WORDS: self._status_words,
            **draw,
        }
        if self._known is not None:
            others = [{**evse_data(other, self._wiring.line_count), **draw} for other in self._known.evses[1:]]
        else:
            # The other outlets stay as they were told before.
            others = [] if self._now is None or self._evse_before is None else list(self._now[CONF_EVSES][1:])
        return {
            CONF_TRANSPORT: TRANSPORT_ENTITIES,
            CONF_SOURCE_DEVICE_ID: self._device_id,
            CONF_EVSES: [evse, *others],
            **self.commanding_now,
            **electrical_data(answers, self._wiring),
        }

    def _limits(self) -> LimitRange:
        limit = None if self._keeps_limit_in_flash else self._roles.get(CONF_LIMIT)
        return binding_range(self.hass, limit)

    def _can_pause(self, limits: LimitRange) -> bool:
        return bool(self._roles.get(CONF_ENABLE)) or limits.can_pause

    @property
    def _is_power_only(self) -> bool:
        return not (self._roles.get(CONF_STATUS) or self._roles.get(CONF_PLUGGED))
