"""The cards of a vehicle or a payer, while somebody edits them: the ledger has them, not the subentry."""

from collections.abc import Collection, Sequence
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from ulid_transform import ulid_now

from ...core.id_token import LONGEST_VALUE, IdToken, masked
from ...store import Kind, StoredToken
from ..ledger.ledger import LedgerError, asked
from .cards import CardList

__all__ = ["Kind", "OwnerCards", "token_is_usable"]


class OwnerCards:
    """The cards of a site, and which of them are those of one vehicle or payer.

    `thing_id` is the thing's id in the ledger: one of its own where it has no subentry yet.
    """

    def __init__(self, cards: CardList, kind: Kind, thing_id: str, tokens: Sequence[StoredToken]) -> None:
        self._cards = cards
        self._kind = kind
        self._tokens = tokens
        self.thing_id = thing_id

    @classmethod
    async def async_of(cls, entry: ConfigEntry[Any], kind: Kind, subentry_id: str | None) -> Self | None:
        """Return the cards of a running site; None where it does not run, or its ledger cannot be read."""
        if entry.state is not ConfigEntryState.LOADED or not hasattr(entry, "runtime_data"):
            return None
        site = entry.runtime_data
        try:
            tokens = await site.cards.async_all()
            known = await asked(site.ledger.versions(kind, newest_only=True))
        except LedgerError:
            return None
        found = (one.thing_id for one in known if one.subentry_id == subentry_id)
        return cls(site.cards, kind, next(found, None) or ulid_now(), tokens)

    @property
    def chosen(self) -> list[str]:
        """The ids of its cards."""
        return [one.id for one in self._tokens if self._owner(one) == self.thing_id]

    def labels(self) -> dict[str, str]:
        """Return all cards of the site by their ids, masked."""
        return {one.id: masked(one.value) for one in self._tokens}

    async def async_put(self, kept: Collection[str], new: Sequence[str], *, who: str) -> None:
        """Let just these cards be its own: known ones by their ids, new ones as a charger reads them."""
        tokens = [IdToken(value=value) for value in new]
        await self._cards.async_assign(self._kind, self.thing_id, kept=kept, new=tokens, who=who)

    def _owner(self, token: StoredToken) -> str | None:
        return token.vehicle_id if self._kind is Kind.VEHICLE else token.payer_id


def token_is_usable(value: str) -> bool:
    """Tell whether a charger can read such a card."""
    token = IdToken(value=value)
    return not token.names_nobody and len(token.normalised) <= LONGEST_VALUE and value.isprintable()
