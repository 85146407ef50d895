"""The cards and app ids of a site, that its owner lets charge or not."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, callback

from ...core.id_token import IdToken, TokenState
from ...store import Kind, Ledger, StoredToken, TokenWish
from ..clock import Clock
from ..ledger.ledger import asked

__all__ = ["CardList", "IdToken", "StoredToken", "TokenState"]


class CardList:
    """The list as the ledger has it. Who subscribes hears of each change, after the ledger has it."""

    def __init__(self, ledger: Ledger, *, site_id: str, clock: Clock) -> None:
        self._ledger = ledger
        self._site_id = site_id
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have `listener` called when the list was changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_see(self, token: IdToken) -> None:
        """Note a card that was held to a charger, to be decided of; a station cannot fill the list with them."""
        await asked(self._ledger.see_token(self._site_id, token))

    async def async_all(self) -> tuple[StoredToken, ...]:
        """Return all cards, also those that were only seen."""
        return await asked(self._ledger.tokens_of(self._site_id))

    async def async_put(
        self,
        token: IdToken,
        state: TokenState,
        *,
        who: str,
        expires_at: datetime | None = None,
        group: str | None = None,
        before: StoredToken | None = None,
    ) -> None:
        """Put a card on the list, or change what the list says of it; vehicle and payer stay those of `before`."""
        wish = TokenWish(
            site_id=self._site_id,
            token=token,
            state=state,
            expires_at=expires_at,
            group=group,
            vehicle_id=None if before is None else before.vehicle_id,
            payer_id=None if before is None else before.payer_id,
        )
        await asked(self._ledger.put_token(wish, who=who, at=self._clock().utc))
        self.async_changed()

    async def async_assign(
        self, kind: Kind, thing_id: str, *, kept: Collection[str], new: Sequence[IdToken], who: str
    ) -> None:
        """Let just these cards be those of a vehicle or payer, which may have no version yet."""
        await asked(self._ledger.announce_thing(kind, thing_id, site_id=self._site_id))
        await asked(
            self._ledger.assign_tokens(
                kind, thing_id, site_id=self._site_id, kept=kept, new=new, who=who, at=self._clock().utc
            )
        )
        self.async_changed()

    async def async_remove(self, card: StoredToken, *, who: str) -> None:
        """Take a card from the list."""
        await asked(self._ledger.remove_token(card.id, who=who, at=self._clock().utc))
        self.async_changed()

    @callback
    def async_changed(self) -> None:
        """Tell that the list was changed."""
        for listener in tuple(self._listeners):
            listener()
