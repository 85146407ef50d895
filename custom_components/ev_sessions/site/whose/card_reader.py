"""What reads the cards that are held to one charger: who may charge, who is learned, and who is told of it."""

from collections.abc import Callable
from enum import StrEnum

from homeassistant.components.tag import async_scan_tag
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ...chargers.ocpp.asked import OUR_TOKEN
from ...chargers.ocpp.backend import Scan
from ...core.id_token import IdToken, TokenState, masked
from ...core.station.authorisation import Admission, Authorisation
from ..clock import Clock
from .cards import CardList

#: How long a new card is waited for, in s.
LEARN_FOR_S = 120.0
#: Home Assistant keeps every tag that it was ever told of: at most one in so long, and so many of a charger.
_TAG_EVERY_S = 2.0
_MOST_TAGS = 200
#: So long after a card the cable may be put in.
_ASKED_FOR_S = 900.0


class CardEvent(StrEnum):
    """What happened with a card that was held to a charger."""

    CARD_LEARNED = "card_learned"  # it is on the list from now on
    UNKNOWN_CARD = "unknown_card"  # it is not on the list, or may not charge


class CardReader:
    """Whom a charger's owner lets charge. Listeners hear of cards that nobody knows, masked."""

    def __init__(
        self,
        hass: HomeAssistant,
        card_list: CardList,
        *,
        device_id: str,
        free: bool,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._hass = hass
        self._list = card_list
        self._device_id = device_id
        self._free = free
        self._clock = clock
        self._changed = changed
        self._learning_until_s: float | None = None
        #: The card that was asked for last, and when.
        self._asked: tuple[str, float] | None = None
        self._tagged_s: float | None = None
        self._tags: set[str] = set()
        self._listeners: list[Callable[[CardEvent, dict[str, str]], None]] = []

    def admission(self, *, scanned: bool) -> Admission:
        """Whom the charger lets charge now; only a card that somebody holds to it is learned."""
        if scanned and self.is_learning:
            return Admission.LEARNING
        return Admission.FREE if self._free else Admission.KNOWN

    @callback
    def async_is_scan(self, token: IdToken, scan: Scan) -> bool:
        """Tell whether a card is held to the charger now: who asks for it and begins with it is one and the same."""
        if scan is Scan.NONE:
            return False
        now_s = self._clock().monotonic_s
        if scan is Scan.ASKED:
            self._asked = token.normalised, now_s
            return True
        asked, self._asked = self._asked, None
        return asked is None or asked[0] != token.normalised or now_s - asked[1] > _ASKED_FOR_S

    @property
    def is_learning(self) -> bool:
        """Whether the next new card is put on the list."""
        until_s = self._learning_until_s
        return until_s is not None and self._clock().monotonic_s < until_s

    @callback
    def async_learn(self) -> None:
        """Put the next new card on the list that is held to the charger in time."""
        self._learning_until_s = self._clock().monotonic_s + LEARN_FOR_S
        self._changed()

    @callback
    def subscribe(self, listener: Callable[[CardEvent, dict[str, str]], None]) -> CALLBACK_TYPE:
        """Have `listener` called with what happened and the masked card."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_shown(self, token: IdToken, answer: Authorisation, *, known: bool) -> None:
        """Take note of a card that was held to the charger, of what it was answered, and whether it is on the list."""
        if token.names_nobody or token.is_same(OUR_TOKEN):
            return
        if answer.learned:
            self._learning_until_s = None
            await self._list.async_put(token, TokenState.ACCEPTED, who="learning")
            self._tell(CardEvent.CARD_LEARNED, token)
            self._changed()
        elif not answer.accepted and not answer.ends_only:
            await self._list.async_see(token)
            self._tell(CardEvent.UNKNOWN_CARD, token)
        if answer.accepted and (known or answer.learned):
            await self._async_tag(token, self._clock().monotonic_s)

    def _tell(self, kind: CardEvent, token: IdToken) -> None:
        for listener in tuple(self._listeners):
            listener(kind, {"id_token": masked(token.normalised)})

    async def _async_tag(self, token: IdToken, now_s: float) -> None:
        """Tell Home Assistant's tags of a card that is known."""
        if self._tagged_s is not None and now_s - self._tagged_s < _TAG_EVERY_S:
            return
        if token.normalised not in self._tags and len(self._tags) >= _MOST_TAGS:
            return
        self._tagged_s = now_s
        self._tags.add(token.normalised)
        try:
            await async_scan_tag(self._hass, token.normalised, self._device_id)
        except HomeAssistantError:
            # Nobody has set tags up.
            return
