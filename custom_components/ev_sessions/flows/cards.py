"""The cards of a site: who may charge at chargers that ask for one."""

from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import (
    DateTimeSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.util import dt as dt_util
import probatio as vol

from ..const import CONF_ASK
from ..site.ledger.ledger import LedgerError
from ..site.runtime import SiteConfigEntry
from ..site.whose.cards import CardList, IdToken, StoredToken, TokenState
from ..site.whose.owner_cards import token_is_usable
from .fields import choice, optional

_FIELD_CARD = "card"
_FIELD_VALUE = "value"
_FIELD_STATE = "state"
_FIELD_EXPIRES_AT = "expires_at"
_FIELD_GROUP = "group"
_REMOVED = "removed"
_LONGEST_GROUP = 255


class CardsFlow(OptionsFlow):
    """Show the list of cards; add one, change one, or take it away."""

    def __init__(self) -> None:
        self._all: dict[str, StoredToken] = {}
        self._chosen: StoredToken | None = None

    @property
    def _cards(self) -> CardList:
        entry: SiteConfigEntry = self.config_entry
        return entry.runtime_data.cards

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is to be done; without any card there is only one thing."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="site_not_running")
        try:
            self._all = {card.id: card for card in await self._cards.async_all()}
        except LedgerError as err:
            return self.async_abort(reason="ledger_failed", description_placeholders={"reason": str(err)})
        return self.async_show_menu(step_id="init", menu_options=[*(["choose"] if self._all else []), "add", "ask"])

    async def async_step_ask(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask who is to be asked whose car it is, where nothing tells."""
        if user_input is not None:
            return self.async_create_entry(data={CONF_ASK: user_input.get(CONF_ASK)})
        names = sorted(self.hass.services.async_services_for_domain("notify"))
        options = [f"notify.{name}" for name in names if name.startswith("mobile_app_")]
        config = SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN, custom_value=True)
        schema = vol.Schema({optional(CONF_ASK): SelectSelector(config)})
        return self.async_show_form(
            step_id="ask",
            data_schema=self.add_suggested_values_to_schema(schema, dict(self.config_entry.options)),
        )

    async def async_step_choose(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the card that is to be changed."""
        if user_input is not None:
            self._chosen = self._all[user_input[_FIELD_CARD]]
            return await self.async_step_change()
        options = [SelectOptionDict(value=card.id, label=_label(card)) for card in self._all.values()]
        config = SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
        return self.async_show_form(
            step_id="choose", data_schema=vol.Schema({vol.Required(_FIELD_CARD): SelectSelector(config)})
        )

    async def async_step_add(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new card."""
        errors: dict[str, str] = {}
        if user_input is not None:
            token = IdToken(value=str(user_input[_FIELD_VALUE]).strip())
            errors = _errors(user_input) if token_is_usable(token.value) else {_FIELD_VALUE: "card_unusable"}
            if not errors and any(card.known.token.is_same(token) for card in self._all.values()):
                errors = {_FIELD_VALUE: "card_known"}
            if not errors:
                return await self._async_put(token, user_input)
        schema = vol.Schema({vol.Required(_FIELD_VALUE): TextSelector(), **_schema(TokenState.ACCEPTED)})
        return self.async_show_form(
            step_id="add", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    async def async_step_change(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what the list is to say of a card."""
        card = self._chosen
        if card is None:
            return await self.async_step_init()
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = _errors(user_input)
            if not errors:
                return await self._async_put(card.known.token, user_input)
        expires = None if card.expires_at is None else dt_util.as_local(card.expires_at)
        answers = {
            _FIELD_EXPIRES_AT: None if expires is None else expires.strftime("%Y-%m-%d %H:%M:%S"),
            _FIELD_GROUP: card.group_name,
        }
        schema = vol.Schema(_schema(card.state, may_remove=True))
        return self.async_show_form(
            step_id="change",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or answers),
            errors=errors,
            description_placeholders={"card": card.value},
        )

    async def _async_put(self, token: IdToken, answers: dict[str, Any]) -> ConfigFlowResult:
        who = str(self.context.get("user_id") or "options")
        try:
            if answers[_FIELD_STATE] == _REMOVED and self._chosen is not None:
                await self._cards.async_remove(self._chosen, who=who)
            else:
                await self._cards.async_put(
                    token,
                    TokenState(answers[_FIELD_STATE]),
                    who=who,
                    expires_at=_expiry(answers),
                    group=str(answers.get(_FIELD_GROUP) or "").strip() or None,
                    before=self._chosen,
                )
        except LedgerError as err:
            return self.async_abort(reason="ledger_failed", description_placeholders={"reason": str(err)})
        # The list lies in the ledger; the entry's options stay as they are.
        return self.async_create_entry(data=dict(self.config_entry.options))


def _schema(state: TokenState, *, may_remove: bool = False) -> dict[Any, Any]:
    # One that was only seen is decided of here.
    words = [TokenState.ACCEPTED.value, TokenState.MASTER.value, TokenState.BLOCKED.value]
    shown = TokenState.ACCEPTED if state is TokenState.SEEN else state
    options = [*words, _REMOVED] if may_remove else words
    return {
        vol.Required(_FIELD_STATE, default=shown.value): choice(options, "card_state", as_list=True),
        optional(_FIELD_EXPIRES_AT): DateTimeSelector(),
        optional(_FIELD_GROUP): TextSelector(),
    }


def _label(card: StoredToken) -> str:
    marks = {TokenState.ACCEPTED: "✓", TokenState.MASTER: "■", TokenState.BLOCKED: "✗", TokenState.SEEN: "?"}
    group = "" if card.group_name is None else f" ({card.group_name})"
    return f"{marks[card.state]} {card.value}{group}"


def _errors(answers: dict[str, Any]) -> dict[str, str]:
    if answers.get(_FIELD_EXPIRES_AT) and _expiry(answers) is None:
        return {_FIELD_EXPIRES_AT: "not_a_time"}
    if len(str(answers.get(_FIELD_GROUP) or "")) > _LONGEST_GROUP:
        return {_FIELD_GROUP: "group_too_long"}
    return {}


def _expiry(answers: dict[str, Any]) -> datetime | None:
    """Return the instant, in UTC, that was told in local time."""
    told = answers.get(_FIELD_EXPIRES_AT)
    local = dt_util.parse_datetime(str(told)) if told else None
    if local is None:
        return None
    return dt_util.as_utc(local if local.tzinfo else local.replace(tzinfo=dt_util.get_default_time_zone()))
