"""What happens to the sessions of one EVSE, passed on to who tells the world of it."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import CALLBACK_TYPE, callback

from ..sessions.session_json import happening_attributes
from ..sessions.shown import Happening
from ..view import OwnerView

type EventListener = Callable[[str, dict[str, Any]], None]


class EvseEvents:
    """Tells its listeners of each event; `owner_of` knows whose a session is."""

    def __init__(self, currency: str, *, owner_of: Callable[[str | None], OwnerView | None]) -> None:
        self._currency = currency
        self._owner_of = owner_of
        self._listeners: list[EventListener] = []
        self._untold: list[Happening] | None = []  # until whoever tells the world is there

    def subscribe(self, listener: EventListener) -> CALLBACK_TYPE:
        """Have `listener` called with type and attributes of each event of a session."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_happened(self, happening: Happening) -> None:
        """Pass on what happened to a session, after the ledger has it; what comes while the site starts waits."""
        if self._untold is not None:
            self._untold.append(happening)
            return
        attributes = happening_attributes(happening, self._currency, self._owner_of(happening.event.session_id))
        for listener in tuple(self._listeners):
            listener(happening.event.type.value, attributes)

    @callback
    def async_tell(self) -> None:
        """Tell from now on at once, and first what has waited."""
        waited, self._untold = self._untold or [], None
        for happening in waited:
            self.async_happened(happening)
