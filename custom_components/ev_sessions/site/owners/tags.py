"""Tags of Home Assistant that are scanned at a charger: cards of vehicles and payers, where they are on the list."""

from collections.abc import Callable, Sequence
import logging
from typing import Any

from homeassistant.components.tag.const import DEVICE_ID, EVENT_TAG_SCANNED, TAG_ID
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ...core.id_token import LONGEST_VALUE, IdToken
from ...core.station.authorisation import AuthorisationStatus, authorise
from ...store import Ledger, LedgerError
from ..clock import Clock
from ..evse.evse import EvseRuntime
from ..ledger.ledger import asked

_LOGGER = logging.getLogger(__name__)


class TagListener:
    """Takes scans to the charger that is meant. Chargers that read cards themselves need none."""

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        site_id: str,
        clock: Clock,
        evses: Callable[[], Sequence[EvseRuntime]],
        run: Callable[..., None],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._site_id = site_id
        self._clock = clock
        self._evses = evses
        self._run = run

    @callback
    def async_listen(self) -> CALLBACK_TYPE:
        """Listen to scans until the returned is called."""
        return self._hass.bus.async_listen(EVENT_TAG_SCANNED, self._scanned)

    @callback
    def _scanned(self, event: Event[Any]) -> None:
        tag_id, device_id = str(event.data.get(TAG_ID, "")), event.data.get(DEVICE_ID)
        if not tag_id or len(tag_id) > LONGEST_VALUE:
            return
        self._run(self._async_take(IdToken(value=tag_id), device_id), "tag")

    async def _async_take(self, token: IdToken, device_id: str | None) -> None:
        evse = self._meant(device_id)
        if evse is None or evse.whose is None:
            return
        now = self._clock()
        try:
            owner = await asked(self._ledger.token_owner(self._site_id, token))
            known = await asked(self._ledger.find_token(self._site_id, token))
        except LedgerError as err:
            _LOGGER.warning("%s: whose tag it is could not be read: %s", evse.name, err)
            return
        # Tags also open doors and switch lamps: only those of vehicles and payers are meant.
        if not any(owner):
            return
        if known is not None and authorise(token, known.known, (), now.utc).status is not AuthorisationStatus.ACCEPTED:
            return
        await evse.whose.async_token(token, now)
        evse.recorder.async_authorised(now)

    def _meant(self, device_id: str | None) -> EvseRuntime | None:
        """Return the charger whose car a tag is for: in the reader's area, with a car rather than without."""
        own = [evse for evse in self._evses() if evse.config.station is None]
        if any(device_id == evse.charger_device_id for evse in self._evses()):
            own = [evse for evse in own if evse.charger_device_id == device_id]
        elif (area := self._area(device_id)) is not None:
            near = [evse for evse in own if self._area(evse.charger_device_id) == area]
            own = near or own
        with_car = [evse for evse in own if evse.recorder.tracker.current is not None]
        found = with_car or own
        return found[0] if len(found) == 1 else None

    def _area(self, device_id: str | None) -> str | None:
        device = None if device_id is None else dr.async_get(self._hass).async_get(device_id)
        return None if device is None else device.area_id
