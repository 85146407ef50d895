"""A charger that is reached through its Home Assistant entities: whichever integration made them."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, SubentryFlowResult
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.ulid import ulid_now
import probatio as vol

from ..const import (
    CONF_CONTROLLABLE,
    CONF_CURRENTS,
    CONF_ENABLE,
    CONF_EVSE,
    CONF_EVSES,
    CONF_LIMIT,
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
)
from ..site.choices import (
    LimitRange,
    binding_range,
)
from ..site.config import ChargerConfig, chargers_of, root_circuit
from ..site.fallbacks import check_fallbacks, proposal_of
from ..site.history import async_removed_charger
from .electrical import FIELD_TRY, electrical_answers, electrical_data, electrical_errors, electrical_schema
from .entities import EntitySteps
from .fields import flat
from .known import evse_data
from .roles import ROLES, entities_of, spoken
from .words import StatusWords, async_status_words

_FIELD_TAKE_OVER = "take_over"
#: Stands for the id that a subentry gets when it is made.
_NEW = "new"


class ChargerFlow(EntitySteps):
    """Add a charger, or change it."""

    def __init__(self) -> None:
        super().__init__()
        self._words = StatusWords()
        self._status_words: dict[str, Any] = {}
        self._data: dict[str, Any] = {}

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

    async def async_step_electrical(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how the charger hangs on the lines, and which currents it takes."""
        entry, limits = self._get_entry(), self._limits()
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            root = root_circuit(entry)
            fuse_a = () if root is None else root.limit_a
            errors = electrical_errors(answers, self._wiring, fuse_a, limits)
            if not errors:
                self._data = self._charger_data(answers)
                wanted = self._data[CONF_CONTROLLABLE] and answers.get(FIELD_TRY, False)
                return await (self.async_step_trial() if wanted else self.async_step_go_on())
        now, evse = self._now, self._evse_now
        answers_now = {} if now is None or evse is None else electrical_answers(now, evse)
        schema = electrical_schema(self._wiring, limits, can_control=self._can_control, power_only=self._is_power_only)
        return self.async_show_form(
            step_id="electrical",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or answers_now),
            errors=errors,
        )

    @property
    @override
    def charger_tried(self) -> ChargerConfig:
        return ChargerConfig.from_data(_NEW, self._name, self._data)

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

    async def async_step_fallbacks(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Say which chargers pause when nobody balances, where not all of them fit behind the fuse."""
        entry = self._get_entry()
        others = [charger for charger in chargers_of(entry) if charger.id != self._subentry_id]
        chargers = [*others, ChargerConfig.from_data(_NEW, self._name, self._data)]
        check = check_fallbacks(entry, chargers)
        if user_input is not None or check is None or check.fits:
            return await self.async_step_history()
        return self.async_show_form(
            step_id="fallbacks",
            data_schema=vol.Schema({}),
            description_placeholders={
                "line": self._wiring.lines[check.line],
                "sum_a": f"{check.sum_a:g}",
                "fuse_a": f"{check.fuse_a:g}",
                "proposal": proposal_of(chargers, check),
            },
        )

    async def async_step_history(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask whether a charger that was there before goes on, with its sessions."""
        unique_id = self._unique_id()
        if user_input is not None:
            # Another identity keeps the two apart for good.
            return self._finish(unique_id if user_input[_FIELD_TAKE_OVER] else f"{unique_id}|{ulid_now()}")
        removed = None
        if self.source != SOURCE_RECONFIGURE:
            removed = await async_removed_charger(self._get_entry(), unique_id)
        if removed is None:
            return self._finish(unique_id)
        return self.async_show_form(
            step_id="history",
            data_schema=vol.Schema({vol.Required(_FIELD_TAKE_OVER, default=True): bool}),
            description_placeholders={"name": removed.name},
        )

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

    def _unique_id(self) -> str:
        """Return what tells this charger from all others; where it was kept apart from an older one, it stays so."""
        identity = self._identity()
        kept = self._get_reconfigure_subentry().unique_id if self.source == SOURCE_RECONFIGURE else None
        return kept if kept is not None and kept.startswith(f"{identity}|") else identity

    def _identity(self) -> str:
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
