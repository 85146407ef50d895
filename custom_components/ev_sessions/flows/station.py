"""The steps that ask for a station: which one it is, what it is called, and how it is let in."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult, section
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio as vol

from ..const import (
    CONF_EVSE,
    CONF_EVSES,
    CONF_FREE,
    CONF_IDENTITY,
    CONF_NAME,
    CONF_OCPP,
    CONF_PASSWORD_DUE,
    CONF_PASSWORD_HASH,
    CONF_PASSWORD_HASH_BEFORE,
    CONF_QUIRKS,
    CONF_SECURITY_PROFILE,
    CONF_SOURCE_DEVICE_ID,
    CONF_TRANSPORT,
    CONF_VERSION,
    TRANSPORT_OCPP,
)
from ..site.ocpp.adoption import (
    VERSIONS,
    FoundStation,
    async_hand_over_password,
    async_hash,
    async_is_there,
    async_waiting,
    evse_count,
    is_identity,
    new_password,
    password_due,
)
from ..site.ocpp.station.brand import Brand
from . import checks
from .fields import SECTION_ADVANCED, choice, flat, optional, whole
from .quirks import SECTION_BRAND, answers_from, overrides_from, quirk_section, told
from .texts import async_texts

_FIELD_BY_ENTITIES = "by_entities"
_FIELD_EVSE_COUNT = "evse_count"
_FIELD_PROTECTION = "protection"
#: More EVSEs than any station has.
_MOST_EVSES = 32
_KEEP, _NEW_PASSWORD, _NONE = "keep", "new_password", "none"


class StationSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Asks for a station; a password that is made is shown once, at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.station_found: FoundStation | None = None
        self.station_name = ""
        self._station: dict[str, Any] = {}
        self._evses: list[dict[str, Any]] = []
        self._password: str | None = None

    @property
    @abstractmethod
    def station_now(self) -> tuple[str, Mapping[str, Any]] | None:
        """The charger's name and data, where there is something to change."""

    @property
    @abstractmethod
    def station_id(self) -> str | None:
        """The subentry that is changed; None for a new charger."""

    @property
    def station_brand(self) -> Brand:
        """Return what is known of the brand of a station that runs."""
        return Brand(facts={})

    @property
    def station_fields(self) -> dict[Any, Any]:
        """Return what else is asked first."""
        return {}

    @abstractmethod
    def station_taken(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Take what else was asked; return what is wrong with it, or with the name."""

    @abstractmethod
    async def async_after_station(self) -> ResultT:
        """Go on when it is known which station it is."""

    async def async_by_entities(self) -> ResultT:
        """Go on where the charger is to be reached through its entities instead."""
        raise NotImplementedError

    @abstractmethod
    async def async_after_password(self) -> ResultT:
        """Go on when all is told."""

    @property
    def is_station(self) -> bool:
        """Whether the charger is a station."""
        return bool(self._station)

    @property
    def station_identity(self) -> str:
        """The identity of the station."""
        identity: str = self._station[CONF_IDENTITY]
        return identity

    def station_data(self) -> dict[str, Any]:
        """Return the part of the subentry that tells how the station is reached."""
        return {
            CONF_TRANSPORT: TRANSPORT_OCPP,
            CONF_SOURCE_DEVICE_ID: None,
            CONF_EVSES: self._evses,
            CONF_OCPP: self._station,
        }

    async def async_step_station(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask for the station, and how it is let in."""
        errors: dict[str, str] = {}
        waiting = {} if self._knows_which else {one.identity: one for one in async_waiting(self.hass)}
        if user_input is not None:
            answers = flat(user_input)
            if answers.get(_FIELD_BY_ENTITIES):
                return await self.async_by_entities()
            errors = self._station_errors(answers) or self.station_taken(answers)
            if not errors:
                self.station_found = self.station_found or waiting.get(answers.get(CONF_IDENTITY, "").strip())
                await self._async_take(answers)
                return await self.async_after_station()
        found = self.station_found or FoundStation(identity="")
        suggested = {
            SECTION_ADVANCED: self._advanced_now(),
            SECTION_BRAND: answers_from(self._ocpp_now.get(CONF_QUIRKS) or {}),
            **self._answers_now(found),
        }
        return self.async_show_form(
            step_id="station",
            data_schema=self.add_suggested_values_to_schema(self._schema(waiting), user_input or suggested),
            errors=errors,
            description_placeholders={
                "identity": found.identity or self._identity_now,
                "vendor": found.vendor or "?",
                "model": found.model or "?",
                "serial": found.serial or "?",
                "firmware": found.firmware or "?",
                "brand": "" if self.station_now is None else told(self.station_brand, await async_texts(self.hass)),
            },
        )

    @property
    def _knows_which(self) -> bool:
        return self.station_found is not None or self.station_now is not None

    @property
    def _ocpp_now(self) -> Mapping[str, Any]:
        now: Mapping[str, Any] = {} if self.station_now is None else self.station_now[1][CONF_OCPP]
        return now

    @property
    def _identity_now(self) -> str:
        return str(self._ocpp_now.get(CONF_IDENTITY, ""))

    def _schema(self, waiting: Mapping[str, FoundStation]) -> vol.Schema:
        which: dict[Any, Any] = {}
        if not self._knows_which:
            options = [SelectOptionDict(value=one.identity, label=_label(one)) for one in waiting.values()]
            which = {vol.Required(CONF_IDENTITY): _select(options, custom_value=True)}
        protections = [_NEW_PASSWORD, _NONE]
        if self._ocpp_now.get(CONF_PASSWORD_HASH):
            protections = [_KEEP, *protections]
        other_way = {} if self.station_now is None else {optional(_FIELD_BY_ENTITIES): bool}
        versions = [SelectOptionDict(value=version, label=version) for version in VERSIONS]
        return vol.Schema(
            {
                **which,
                **self.station_fields,
                vol.Required(CONF_NAME): TextSelector(),
                vol.Required(_FIELD_EVSE_COUNT, default=1): whole(1, _MOST_EVSES),
                vol.Required(_FIELD_PROTECTION, default=protections[0]): choice(protections, "ocpp_protection"),
                vol.Required(CONF_FREE, default=False): bool,
                vol.Required(SECTION_ADVANCED): section(
                    vol.Schema({optional(CONF_VERSION): _select(versions), **other_way}), {"collapsed": True}
                ),
                **({} if self.station_now is None else quirk_section()),
            }
        )

    def _answers_now(self, found: FoundStation) -> dict[str, Any]:
        if self.station_now is None:
            return {CONF_NAME: found.name or None, _FIELD_EVSE_COUNT: evse_count(self.hass, found.identity)}
        name, data = self.station_now
        unprotected = self._ocpp_now[CONF_SECURITY_PROFILE] == 0
        return {
            CONF_NAME: name,
            _FIELD_EVSE_COUNT: len(data[CONF_EVSES]),
            CONF_FREE: self._ocpp_now[CONF_FREE],
            _FIELD_PROTECTION: _NONE if unprotected else _KEEP,
        }

    def _advanced_now(self) -> dict[str, Any]:
        version = self._ocpp_now.get(CONF_VERSION)
        return {} if version is None else {CONF_VERSION: version}

    def _station_errors(self, answers: Mapping[str, Any]) -> dict[str, str]:
        if self._knows_which:
            return {}
        identity = answers[CONF_IDENTITY].strip()
        if not is_identity(identity):
            return {CONF_IDENTITY: "identity_invalid"}
        return {CONF_IDENTITY: "identity_used"} if checks.station_used(self.hass, identity, self.station_id) else {}

    async def _async_take(self, answers: Mapping[str, Any]) -> None:
        found, now = self.station_found, self._ocpp_now
        identity = found.identity if found else (answers.get(CONF_IDENTITY) or self._identity_now).strip()
        protection = answers[_FIELD_PROTECTION]
        self._password = new_password() if protection == _NEW_PASSWORD else None
        password_hash, before = now.get(CONF_PASSWORD_HASH), now.get(CONF_PASSWORD_HASH_BEFORE)
        due = now.get(CONF_PASSWORD_DUE)
        if self._password is not None:
            if password_hash is None or due is not None:
                # Its first, or it has never come with one.
                begun = password_due(self.hass, identity)
                due = None if begun is None else begun.to_data()
            # It may refuse the new one. One that is not there gets it from its owner.
            before = password_hash if async_is_there(self.hass, identity) else None
            password_hash = await async_hash(self.hass, self._password)
        self.station_name = answers[CONF_NAME].strip()
        self._evses = [{CONF_EVSE: evse} for evse in range(1, int(answers[_FIELD_EVSE_COUNT]) + 1)]
        self._station = {
            CONF_IDENTITY: identity,
            CONF_VERSION: answers.get(CONF_VERSION),
            # One that was led to more keeps that.
            CONF_SECURITY_PROFILE: 0 if protection == _NONE else max(1, now.get(CONF_SECURITY_PROFILE, 1)),
            CONF_PASSWORD_HASH: None if protection == _NONE else password_hash,
            CONF_PASSWORD_HASH_BEFORE: None if protection == _NONE else before,
            CONF_PASSWORD_DUE: None if protection == _NONE else due,
            CONF_QUIRKS: overrides_from(answers, now.get(CONF_QUIRKS) or {}),
            CONF_FREE: answers[CONF_FREE],
        }

    async def async_step_password(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Show the password that was made, once."""
        if self._password is None:
            return await self.async_after_password()
        if user_input is not None:
            due = self._station[CONF_PASSWORD_DUE] is not None
            async_hand_over_password(self.hass, self.station_identity, self._password, due=due)
            return await self.async_after_password()
        return self.async_show_form(
            step_id="password",
            data_schema=vol.Schema({}),
            description_placeholders={"identity": self.station_identity, "password": self._password},
        )


def _label(found: FoundStation) -> str:
    return found.identity if found.name == found.identity else f"{found.name} ({found.identity})"


def _select(options: list[SelectOptionDict], *, custom_value: bool = False) -> SelectSelector:
    config = SelectSelectorConfig(options=options, custom_value=custom_value, mode=SelectSelectorMode.DROPDOWN)
    return SelectSelector(config)
