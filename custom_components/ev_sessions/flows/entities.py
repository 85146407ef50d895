"""The steps that find the entities of a charger: of a device that is known, or one by one."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, SubentryFlowResult
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import (
    DeviceFilterSelectorConfig,
    DeviceSelector,
    DeviceSelectorConfig,
    TextSelector,
)
import probatio as vol

from ..const import (
    CONF_ENABLE,
    CONF_EVSES,
    CONF_FLASH_LIMIT,
    CONF_LEAST_INTERVAL_S,
    CONF_LIMIT,
    CONF_NAME,
    CONF_SOURCE_DEVICE_ID,
    CONF_TRANSPORT,
    DOMAIN,
    TRANSPORT_ENTITIES,
)
from ..core.balancing.circuits.circuit import Wiring
from ..site.choices import PresetMatch, async_car_integrations, async_known_car, async_known_charger, propose_for_device
from ..site.config.site import SiteConfig
from . import checks
from .attributes import SECTION_ATTRIBUTES, attributes_schema
from .bindings import KINDS
from .fields import flat, optional
from .known import async_told, bindings_of, charger_data, evse_data, merged, shown
from .roles import entities_of, proposed, roles_errors, roles_schema
from .trying import TrialSteps

_FIELD_BY_OCPP = "by_ocpp"
_FIELD_CONTROLS = "other_controls"
_FIELD_DEVICE = "device_id"
_FIELD_REVIEW = "review_words"


class EntitySteps(TrialSteps):
    """Asks for the device, tells what is known of it, and lets the person take it or look at each entity."""

    def __init__(self) -> None:
        super().__init__()
        self._device_id: str | None = None
        self._known: PresetMatch | None = None
        self._name = ""
        self._roles: dict[str, Any] = {}
        self._reviews_words = False
        self._other_controls = False

    @abstractmethod
    async def async_after_entities(self) -> SubentryFlowResult:
        """Go on when it is known which entities make up the charger."""

    @abstractmethod
    async def async_step_station(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the station, where the charger speaks OCPP to us."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask which device the charger is; without one its entities are chosen freely."""
        return await self._async_device("user", user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change the device, and all that follows."""
        return await self._async_device("reconfigure", user_input)

    async def _async_device(self, step_id: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input.get(_FIELD_BY_OCPP):
                return await self.async_step_station()
            device_id = user_input.get(_FIELD_DEVICE)
            if device_id is None or (error := self._device_error(device_id)) is None:
                self._device_id = device_id
                self._known = await self._async_known(device_id)
                return await (self.async_step_entities() if self._known is None else self.async_step_known())
            errors[_FIELD_DEVICE] = error
        now = self._now
        device_id = None if now is None else now[CONF_SOURCE_DEVICE_ID]
        device = DeviceSelector(DeviceSelectorConfig(entity=[{"domain": ["sensor", "binary_sensor"]}]))
        by_ocpp = {} if SiteConfig.from_entry(self._get_entry()).ocpp is None else {optional(_FIELD_BY_OCPP): bool}
        schema = vol.Schema({optional(_FIELD_DEVICE, device_id): device, **by_ocpp})
        return self.async_show_form(
            step_id=step_id, data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    async def _async_known(self, device_id: str | None) -> PresetMatch | None:
        known = await async_known_charger(self.hass, device_id)
        # Without a device there may be one that is another charger already.
        if known is None or device_id is not None or self.used_elsewhere.isdisjoint(entities_of(self._found_of(known))):
            return known
        return None

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
        known = self._known
        told = {} if known is None else await async_told(self.hass, known)
        enable = ["enable_and_take"] if known is not None and known.disabled else []
        return self.async_show_menu(
            step_id="known", menu_options=["take_all", *enable, "look_closer"], description_placeholders=told
        )

    async def async_step_take_all(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Take all that was found, as it was found."""
        answers = {CONF_NAME: self._name_now(), **self._found, _FIELD_REVIEW: False}
        if errors := self._entities_errors(answers):
            return self._show_entities({CONF_NAME: answers[CONF_NAME], **shown(self._found)}, errors)
        return await self._async_take_roles(answers)

    async def async_step_enable_and_take(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Enable the entities that are of use, then take all; their integration starts them within a minute."""
        registry = er.async_get(self.hass)
        for entity_id in () if self._known is None else self._known.disabled:
            registry.async_update_entity(entity_id, disabled_by=None)
        self._known = await async_known_charger(self.hass, self._device_id)
        return await self.async_step_take_all()

    async def async_step_look_closer(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Look at each entity that was found."""
        return await self.async_step_entities()

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
                return await self.async_after_entities()
        cars: list[DeviceFilterSelectorConfig] = [
            {"integration": domain} for domain in await async_car_integrations(self.hass)
        ]
        schema = vol.Schema({optional(_FIELD_DEVICE): DeviceSelector(DeviceSelectorConfig(filter=cars))})
        return self.async_show_form(
            step_id="car", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

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
        if checks.charger_name_used(self._get_entry(), answers[CONF_NAME], self._subentry_id):
            return {CONF_NAME: "name_used"}
        return roles_errors(self.hass, answers, self._wiring.line_count, self.used_elsewhere)

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

    async def _async_take_roles(self, answers: dict[str, Any]) -> SubentryFlowResult:
        self._name = answers[CONF_NAME].strip()
        self._roles = dict(answers)
        self._reviews_words = answers[_FIELD_REVIEW]
        self._other_controls = answers.get(_FIELD_CONTROLS, False)
        if self._known is not None and self._known.preset.steered_by_car and not self._can_control:
            return await self.async_step_car()
        return await self.async_after_entities()

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

    @property
    def _can_control(self) -> bool:
        limit = None if self._keeps_limit_in_flash else self._roles.get(CONF_LIMIT)
        return bool(limit or self._roles.get(CONF_ENABLE))

    @property
    def _keeps_limit_in_flash(self) -> bool:
        return self.commanding_now[CONF_FLASH_LIMIT] is True

    @property
    def _found(self) -> dict[str, Any]:
        """What a preset found of the first EVSE."""
        return {} if self._known is None else self._found_of(self._known)

    def _found_of(self, known: PresetMatch) -> dict[str, Any]:
        return evse_data(known.evses[0], self._wiring.line_count)

    @property
    def _wiring(self) -> Wiring:
        return SiteConfig.from_entry(self._get_entry()).wiring

    @property
    def _now(self) -> Mapping[str, Any] | None:
        """What is configured, where there is something to change: of a station there are no entities."""
        now = self._get_reconfigure_subentry().data if self.source == SOURCE_RECONFIGURE else None
        return None if now is None or now[CONF_TRANSPORT] != TRANSPORT_ENTITIES else now

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
