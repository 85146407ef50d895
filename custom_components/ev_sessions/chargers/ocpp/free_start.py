"""Begins the charge of a car that waits where charging is free, at a station that does not begin it by itself."""

from collections.abc import Callable
import logging

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ...core.id_token import IdToken
from ...core.reading import EvseReading
from ...core.station.capabilities import Capabilities
from ...core.station.free_start import FreeStart
from ..control import ControlError
from .actions import StationActions
from .asked import OUR_TOKEN

_LOGGER = logging.getLogger(__name__)


#: A car that is held back is looked at again after so long.
_HELD_S = 30.0


class FreeStarter:
    """Watches one EVSE. `capabilities` tells whether its station is known to begin nothing by itself.

    `may_charge` is asked when it comes to it: a car that its owner holds back waits on.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        actions: StationActions,
        *,
        name: str,
        capabilities: Callable[[], Capabilities],
        may_charge: Callable[[], bool],
    ) -> None:
        self._hass = hass
        self._actions = actions
        self._name = name
        self._capabilities = capabilities
        self._may_charge = may_charge
        self._state = FreeStart()
        self._stopped = False
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_observe(self, reading: EvseReading) -> None:
        """See what the EVSE does now."""
        self._state = self._state.observed(reading, self._hass.loop.time())
        self._schedule()

    @callback
    def async_stop(self) -> None:
        """Begin nothing more."""
        self._stopped = True
        self._wait(None)

    @callback
    def _schedule(self) -> None:
        due_s = self._state.due_s(never_begins=self._capabilities().needs_remote_start)
        self._wait(None if due_s is None else max(0.0, due_s - self._hass.loop.time()))

    @callback
    def _wait(self, wait_s: float | None) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        # What the station still tells while its site stops is observed, and begins nothing more.
        if wait_s is not None and not self._stopped:
            self._cancel = async_call_later(self._hass, wait_s, self._async_begin)

    async def _async_begin(self, _now: object) -> None:
        self._cancel = None
        if not self._may_charge():
            self._wait(_HELD_S)
            return
        self._state = self._state.tried(self._hass.loop.time())
        token = self._capabilities().plug_and_charge_token
        try:
            await self._actions.async_start_charge(OUR_TOKEN if token is None else IdToken(value=token))
        except ControlError as error:
            _LOGGER.debug("The car at %s could not be begun: %s", self._name, error)
        self._schedule()
