"""What the flows of vehicles and payers share: names that tell apart, and the cards that the ledger has."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)

from ..const import CONF_NAME, CONF_PAYER, CONF_TARIFF, CONF_VEHICLE
from ..site.config.owners import payers_of, tariff_names, vehicles_of
from ..site.ledger.ledger import LedgerError
from ..site.whose.owner_cards import Kind, OwnerCards, token_is_usable
from .fields import optional

_FIELD_CARDS = "cards"
_FIELD_NEW_CARDS = "new_cards"
#: Longer names do not fit into the ledger, and onto no screen.
_LONGEST_NAME = 100


class OwnerFlow(ConfigSubentryFlow):
    """Adds a vehicle or a payer, or changes one. Cards are only asked for while the site runs."""

    kind: ClassVar[Kind]

    def __init__(self) -> None:
        self._cards: OwnerCards | None = None

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add one."""
        return await self.async_form("user", user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change one."""
        return await self.async_form("reconfigure", user_input)

    @abstractmethod
    async def async_form(self, step_id: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        """Show the form of a step, or take its answers."""

    async def async_load_cards(self) -> None:
        """Ask the ledger for the cards, once."""
        if self._cards is None:
            self._cards = await OwnerCards.async_of(self._get_entry(), self.kind, self._subentry_id)

    @property
    def _subentry_id(self) -> str | None:
        return self._get_reconfigure_subentry().subentry_id if self.source == SOURCE_RECONFIGURE else None

    @property
    def now(self) -> Mapping[str, Any]:
        """What is configured, as answers; the cards are those that the ledger has."""
        if self.source != SOURCE_RECONFIGURE:
            return {}
        subentry = self._get_reconfigure_subentry()
        answers = {
            CONF_NAME: subentry.title,
            **{key: value for key, value in subentry.data.items() if value is not None},
        }
        return answers if self._cards is None else {**answers, _FIELD_CARDS: self._cards.chosen}

    def card_fields(self) -> dict[Any, Any]:
        """Return the fields for cards; none while nobody can tell which there are."""
        if self._cards is None:
            return {}
        labels = self._cards.labels()
        known = {optional(_FIELD_CARDS): _choice(labels, multiple=True)} if labels else {}
        return {**known, optional(_FIELD_NEW_CARDS): TextSelector(TextSelectorConfig(multiple=True))}

    def tariff_field(self) -> dict[Any, Any]:
        """Return the field for the tariff by which is billed; none where there is no tariff."""
        names = tariff_names(self._get_entry())
        return {optional(CONF_TARIFF): _choice(names)} if names else {}

    def errors(self, answers: Mapping[str, Any], others: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Tell what is wrong with the name, beside the ids and names of `others`, and with the cards."""
        name = str(answers[CONF_NAME]).strip()
        if not name or len(name) > _LONGEST_NAME:
            return {CONF_NAME: "name_unusable"}
        if any(name.casefold() == other.casefold() for key, other in others if key != self._subentry_id):
            return {CONF_NAME: "name_taken"}
        if not all(token_is_usable(value.strip()) for value in answers.get(_FIELD_NEW_CARDS) or ()):
            return {_FIELD_NEW_CARDS: "card_unusable"}
        return {}

    async def async_finish(self, answers: Mapping[str, Any], data: dict[str, Any]) -> SubentryFlowResult:
        """Write the cards into the ledger, then the vehicle or payer into its subentry."""
        cards, name = self._cards, str(answers[CONF_NAME]).strip()
        if cards is not None:
            new = [value.strip() for value in answers.get(_FIELD_NEW_CARDS) or ()]
            who = str(self.context.get("user_id") or "flow")
            try:
                await cards.async_put(answers.get(_FIELD_CARDS) or (), new, who=who)
            except LedgerError as err:
                return self.async_abort(reason="ledger_failed", description_placeholders={"reason": str(err)})
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(), self._get_reconfigure_subentry(), title=name, data=data
            )
        return self.async_create_entry(title=name, data=data, unique_id=None if cards is None else cards.thing_id)


def default_fields(hass: HomeAssistant) -> dict[Any, Any]:
    """Return the fields for whose a charger's sessions are where nothing says otherwise; none without anybody."""
    vehicles = {one.id: one.name for one in vehicles_of(hass)}
    known = {optional(CONF_VEHICLE): _choice(vehicles)} if vehicles else {}
    return {**known, **payer_field({one.id: one.name for one in payers_of(hass)})}


def payer_field(names: Mapping[str, str]) -> dict[Any, Any]:
    """Return the field for who pays, by default; none where there is nobody."""
    return {optional(CONF_PAYER): _choice(names)} if names else {}


def _choice(names: Mapping[str, str], *, multiple: bool = False) -> SelectSelector:
    options = [SelectOptionDict(value=key, label=name) for key, name in names.items()]
    return SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN, multiple=multiple))
