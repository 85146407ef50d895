"""A charger that is reached through its Home Assistant entities: whichever integration made them."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, SubentryFlowResult
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
    CONF_FLASH_LIMIT,
    CONF_LEAST_INTERVAL_S,
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
    DOMAIN,
    TRANSPORT_ENTITIES,
)
from ..core.circuit import Wiring
from ..site.choices import (
    LimitRange,
    PresetMatch,
    async_known_car,
    async_known_charger,
    binding_range,
    propose_for_device,
)
from ..site.config import ChargerConfig, SiteConfig, chargers_of, root_circuit
from ..site.fallbacks import check_fallbacks, proposal_of
from ..site.history import async_removed_charger
from . import checks
from .attributes import SECTION_ATTRIBUTES, attributes_schema
from .bindings import KINDS
from .electrical import FIELD_TRY, electrical_answers, electrical_data, electrical_errors, electrical_schema
from .fields import flat, optional
from .known import async_told, bindings_of, charger_data, evse_data, merged, shown
from .roles import ROLES, entities_of, proposed, roles_errors, roles_schema, spoken
from .trying import TrialSteps
from .words import StatusWords, async_status_words

_FIELD_CONTROLS = "other_controls"
_FIELD_DEVICE = "device_id"
_FIELD_REVIEW = "review_words"
_FIELD_TAKE_OVER = "take_over"
#: Stands for the id that a subentry gets when it is made.
_NEW = "new"


class ChargerFlow(TrialSteps):
    """Add a charger, or change it."""

    def __init__(self) -> None:
        super().__init__()
        self._device_id: str | None = None
        self._known: PresetMatch | None = None
        self._name = ""
        self._roles: dict[str, Any] = {}
        self._words = StatusWords()
        self._reviews_words = False
        self._status_words: dict[str, Any] = {}
        self._data: dict[str, Any] = {}
        self._other_controls = False

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
                self._known = await async_known_charger(self.hass, device_id)
                return await (self.async_step_entities() if self._known is None else self.async_step_known())
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

    async def async_step_known(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Tell what was found of a charger of a known integration."""
        told = {} if self._known is None else await async_told(self.hass, self._known)
        return self.async_show_menu(
            step_id="known", menu_options=["take_all", "look_closer"], description_placeholders=told
        )

    async def async_step_take_all(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Take all that was found, as it was found."""
        answers = {CONF_NAME: self._name_now(), **self._found, _FIELD_REVIEW: False}
        if errors := self._entities_errors(answers):
            return self._show_entities({CONF_NAME: answers[CONF_NAME], **shown(self._found)}, errors)
        return await self._async_take_roles(answers)

    async def async_step_car(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask which car takes the commands that its charger does not take."""
        errors: dict[str, str] = {}
        if user_input is not None:
            device_id = user_input.get(_FIELD_DEVICE)
            car = None if device_id is None else await async_known_car(self.hass, device_id)
            steered = {**self._roles, **bindings_of(car)}
            if device_id is not None and car is None:
                errors[_FIELD_DEVICE] = "car_unknown"
            elif not (errors := self._entities_errors(steered)):
                self._roles = steered
                return await self._async_after_car()
        schema = vol.Schema({optional(_FIELD_DEVICE): DeviceSelector()})
        return self.async_show_form(
            step_id="car", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    async def async_step_look_closer(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Look at each entity that was found."""
        return await self.async_step_entities()

    async def async_step_entities(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the entity of each role; what seems to fit is filled in."""
        if user_input is None:
            return self._show_entities(self._roles_now(), {})
        given = flat(user_input)
        answers = merged(given, self._evse_before or self._found)
        if errors := self._entities_errors(answers):
            return self._show_entities(given, errors)
        return await self._async_take_roles(answers)

    def _entities_errors(self, answers: Mapping[str, Any]) -> dict[str, str]:
        others = checks.other_chargers(self.hass, self._subentry_id)
        used = {entity_id for charger in others for entity_id in charger.entity_ids}
        if answers[CONF_NAME].strip().casefold() in {
            charger.name.strip().casefold() for charger in others if charger.id in self._get_entry().subentries
        }:
            return {CONF_NAME: "name_used"}
        return roles_errors(self.hass, answers, self._wiring.line_count, used)

    def _show_entities(self, answers: Mapping[str, Any], errors: dict[str, str]) -> SubentryFlowResult:
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME): TextSelector(),
                **roles_schema(),
                **attributes_schema(),
                optional(_FIELD_CONTROLS): bool,
                vol.Required(_FIELD_REVIEW, default=False): bool,
            }
        )
        return self.async_show_form(
            step_id="entities",
            data_schema=self.add_suggested_values_to_schema(schema, {**answers, SECTION_ATTRIBUTES: answers}),
            errors=errors,
        )

    async def _async_take_roles(self, user_input: dict[str, Any]) -> SubentryFlowResult:
        self._name = user_input[CONF_NAME].strip()
        self._roles = dict(user_input)
        self._reviews_words = user_input[_FIELD_REVIEW]
        self._other_controls = user_input.get(_FIELD_CONTROLS, False)
        status = user_input.get(CONF_STATUS)
        told: dict[str, Any] = {}
        for evse in (self._found, self._evse_now or {}):
            if evse.get(CONF_STATUS) == status:
                told |= evse.get(CONF_STATUS_WORDS, {})
        self._words = await async_status_words(self.hass, status, told)
        self._status_words = self._words.data({})
        if self._known is not None and self._known.preset.steered_by_car and not self._can_control:
            return await self.async_step_car()
        return await self._async_after_car()

    async def _async_after_car(self) -> SubentryFlowResult:
        return await (self.async_step_controls() if self._other_controls else self._async_words())

    @property
    @override
    def controls_now(self) -> Mapping[str, Any]:
        return {part: self._roles.get(part) for part in KINDS}

    @property
    @override
    def commanding_now(self) -> Mapping[str, Any]:
        kept: dict[str, Any] = {}
        if self._known is None and self._evse_before is not None and (now := self._now) is not None:
            kept = {key: now.get(key) for key in (CONF_LEAST_INTERVAL_S, CONF_FLASH_LIMIT)}
        return {**charger_data(self._known), **kept, **self.commanding}

    @property
    @override
    def used_elsewhere(self) -> set[str]:
        others = checks.other_chargers(self.hass, self._subentry_id)
        return {entity_id for charger in others for entity_id in charger.entity_ids}

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

    def _roles_now(self) -> dict[str, Any]:
        answers: dict[str, Any] = {CONF_NAME: self._name_now()}
        if (evse := self._evse_before) is not None:
            return {**answers, **shown(evse)}
        if self._known is not None:
            return {**answers, **shown(self._found)}
        if self._device_id is None:
            return {} if self._now is None else answers
        return {**answers, **proposed(propose_for_device(self.hass, self._device_id))}

    def _name_now(self) -> str:
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_subentry().title
        device = None if self._device_id is None else dr.async_get(self.hass).async_get(self._device_id)
        name = None if device is None else device.name_by_user or device.name
        return name or ("" if self._known is None else self._known.preset.name)

    def _limits(self) -> LimitRange:
        limit = None if self._keeps_limit_in_flash else self._roles.get(CONF_LIMIT)
        return binding_range(self.hass, limit)

    @property
    def _keeps_limit_in_flash(self) -> bool:
        return self.commanding_now[CONF_FLASH_LIMIT] is True

    def _can_pause(self, limits: LimitRange) -> bool:
        return bool(self._roles.get(CONF_ENABLE)) or limits.can_pause

    @property
    def _can_control(self) -> bool:
        limit = None if self._keeps_limit_in_flash else self._roles.get(CONF_LIMIT)
        return bool(limit or self._roles.get(CONF_ENABLE))

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
    def _found(self) -> dict[str, Any]:
        """What a preset found of the first EVSE."""
        return {} if self._known is None else evse_data(self._known.evses[0], self._wiring.line_count)

    @property
    def _evse_before(self) -> Mapping[str, Any] | None:
        """What is configured, where it is still the same device."""
        now = self._now
        return self._evse_now if now is not None and now[CONF_SOURCE_DEVICE_ID] == self._device_id else None

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
