"""A charger that is reached through its Home Assistant entities: whichever integration made them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import DeviceSelector, DeviceSelectorConfig, TextSelector
from homeassistant.util.ulid import ulid_now
import probatio as vol

from ..const import (
    CONF_CONTROLLABLE,
    CONF_CURRENTS,
    CONF_ENABLE,
    CONF_EVSE,
    CONF_EVSES,
    CONF_LIMIT,
    CONF_NAME,
    CONF_PLUGGED,
    CONF_QUIET_S,
    CONF_SOURCE_DEVICE_ID,
    CONF_START_ABOVE_W,
    CONF_STATUS,
    CONF_STATUS_WORDS,
    CONF_TRANSPORT,
    DEFAULT_QUIET_S,
    DEFAULT_START_ABOVE_W,
    DOMAIN,
    TRANSPORT_ENTITIES,
)
from ..core.circuit import Wiring
from ..site.choices import LimitRange, limit_range, propose_for_device
from ..site.config import ChargerConfig, SiteConfig, chargers_of, root_circuit
from ..site.fallbacks import check_fallbacks, proposal_of
from ..site.history import async_removed_charger
from . import checks
from .electrical import electrical_answers, electrical_data, electrical_errors, electrical_schema
from .fields import flat, optional
from .roles import ROLES, entities_of, proposed, roles_errors, roles_schema
from .words import StatusWords, async_status_words

_FIELD_DEVICE = "device_id"
_FIELD_REVIEW = "review_words"
_FIELD_TAKE_OVER = "take_over"
#: Stands for the id that a subentry gets when it is made.
_NEW = "new"


class ChargerFlow(ConfigSubentryFlow):
    """Add a charger, or change it."""

    def __init__(self) -> None:
        self._device_id: str | None = None
        self._name = ""
        self._roles: dict[str, Any] = {}
        self._words = StatusWords()
        self._reviews_words = False
        self._status_words: dict[str, Any] = {}
        self._data: dict[str, Any] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask which device the charger is; without one its entities are chosen freely."""
        return await self._async_device("user", user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change the device, and all that follows."""
        return await self._async_device("reconfigure", user_input)

    async def _async_device(self, step_id: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            device_id = user_input.get(_FIELD_DEVICE)
            if device_id is None or (error := self._device_error(device_id)) is None:
                self._device_id = device_id
                return await self.async_step_entities()
            errors[_FIELD_DEVICE] = error
        now = self._now
        device_id = None if now is None else now[CONF_SOURCE_DEVICE_ID]
        device = DeviceSelector(DeviceSelectorConfig(entity=[{"domain": ["sensor", "binary_sensor"]}]))
        schema = vol.Schema({optional(_FIELD_DEVICE, device_id): device})
        return self.async_show_form(
            step_id=step_id, data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    def _device_error(self, device_id: str) -> str | None:
        device = dr.async_get(self.hass).async_get(device_id)
        if device is None:
            return "device_unknown"
        if any(domain == DOMAIN for domain, *_ in device.identifiers):
            return "device_ours"
        used = {charger.source_device_id for charger in checks.other_chargers(self.hass, self._subentry_id)}
        return "device_used" if device_id in used else None

    async def async_step_entities(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the entity of each role; what seems to fit is filled in."""
        errors: dict[str, str] = {}
        if user_input is not None:
            others = checks.other_chargers(self.hass, self._subentry_id)
            used = {entity_id for charger in others for entity_id in charger.entity_ids}
            errors = roles_errors(self.hass, user_input, self._wiring.line_count, used)
            if user_input[CONF_NAME].strip().casefold() in {
                charger.name.strip().casefold() for charger in others if charger.id in self._get_entry().subentries
            }:
                errors = {CONF_NAME: "name_used"}
            if not errors:
                return await self._async_take_roles(user_input)
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME): TextSelector(),
                **roles_schema(),
                vol.Required(_FIELD_REVIEW, default=False): bool,
            }
        )
        return self.async_show_form(
            step_id="entities",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or self._roles_now()),
            errors=errors,
        )

    async def _async_take_roles(self, user_input: dict[str, Any]) -> SubentryFlowResult:
        self._name = user_input[CONF_NAME].strip()
        self._roles = user_input
        self._reviews_words = user_input[_FIELD_REVIEW]
        evse = self._evse_now
        status = user_input.get(CONF_STATUS)
        same_status = evse is not None and evse[CONF_STATUS] == status
        told = evse[CONF_STATUS_WORDS] if evse is not None and same_status else {}
        self._words = await async_status_words(self.hass, status, told)
        self._status_words = self._words.data({})
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
            description_placeholders={"entity_id": self._roles[CONF_STATUS]},
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
                if self._data[CONF_CONTROLLABLE] and not self._can_pause(limits):
                    return await self.async_step_cannot_pause()
                return await self.async_step_fallbacks()
        now, evse = self._now, self._evse_now
        answers_now = {} if now is None or evse is None else electrical_answers(now, evse)
        schema = electrical_schema(self._wiring, limits, can_control=self._can_control, power_only=self._is_power_only)
        return self.async_show_form(
            step_id="electrical",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or answers_now),
            errors=errors,
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
        evse = {
            CONF_EVSE: 1,
            **{role: self._roles.get(role) for role in ROLES},
            CONF_CURRENTS: self._roles.get(CONF_CURRENTS, []),
            CONF_STATUS_WORDS: self._status_words,
            CONF_START_ABOVE_W: float(answers.get(CONF_START_ABOVE_W, DEFAULT_START_ABOVE_W)),
            CONF_QUIET_S: int(answers.get(CONF_QUIET_S, DEFAULT_QUIET_S)),
        }
        return {
            CONF_TRANSPORT: TRANSPORT_ENTITIES,
            CONF_SOURCE_DEVICE_ID: self._device_id,
            CONF_EVSES: [evse],
            **electrical_data(answers, self._wiring),
        }

    def _roles_now(self) -> dict[str, Any]:
        now, evse = self._now, self._evse_now
        if now is not None and evse is not None and now[CONF_SOURCE_DEVICE_ID] == self._device_id:
            roles = {role: evse[role] for role in (*ROLES, CONF_CURRENTS) if evse.get(role)}
            return {CONF_NAME: self._get_reconfigure_subentry().title, **roles}
        answers: dict[str, Any] = {}
        if self._device_id is not None:
            answers = proposed(propose_for_device(self.hass, self._device_id))
            device = dr.async_get(self.hass).async_get(self._device_id)
            answers[CONF_NAME] = "" if device is None else device.name_by_user or device.name or ""
        return answers if now is None else {**answers, CONF_NAME: self._get_reconfigure_subentry().title}

    def _limits(self) -> LimitRange:
        limit = self._roles.get(CONF_LIMIT)
        return LimitRange() if limit is None else limit_range(self.hass, limit)

    def _can_pause(self, limits: LimitRange) -> bool:
        return bool(self._roles.get(CONF_ENABLE)) or limits.can_pause

    @property
    def _can_control(self) -> bool:
        return bool(self._roles.get(CONF_LIMIT) or self._roles.get(CONF_ENABLE))

    @property
    def _is_power_only(self) -> bool:
        return not (self._roles.get(CONF_STATUS) or self._roles.get(CONF_PLUGGED))

    @property
    def _wiring(self) -> Wiring:
        return SiteConfig.from_entry(self._get_entry()).wiring

    @property
    def _now(self) -> Mapping[str, Any] | None:
        """What is configured, where there is something to change."""
        return self._get_reconfigure_subentry().data if self.source == SOURCE_RECONFIGURE else None

    @property
    def _evse_now(self) -> Mapping[str, Any] | None:
        now = self._now
        if now is None:
            return None
        evse: Mapping[str, Any] = now[CONF_EVSES][0]
        return evse

    @property
    def _subentry_id(self) -> str | None:
        return self._get_reconfigure_subentry().subentry_id if self.source == SOURCE_RECONFIGURE else None
