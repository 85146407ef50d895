"""The card that ends any charge at a station that knows no such cards itself."""

from collections.abc import Callable
import logging

from homeassistant.core import HomeAssistant, callback

from ....chargers.control import ControlError
from ....chargers.ocpp.actions import StationActions
from ....core.station.capabilities import Capabilities

_LOGGER = logging.getLogger(__name__)


class MasterPass:
    """Ends what runs at the EVSEs of one station."""

    def __init__(self, hass: HomeAssistant, name: str, capabilities: Callable[[], Capabilities]) -> None:
        self._hass = hass
        self._name = name
        self._capabilities = capabilities
        self._actions: list[StationActions] = []

    def ends(self, actions: StationActions) -> StationActions:
        """End what runs at this EVSE as well; return its actions."""
        self._actions.append(actions)
        return actions

    @property
    def is_known(self) -> bool:
        """Whether the station knows such cards, and ends by itself what they are held to."""
        return self._capabilities().master_pass

    @callback
    def async_end_all(self) -> None:
        """End all that runs, once the card has its answer."""
        self._hass.async_create_background_task(self._async_end_all(), f"master card at {self._name}")

    async def _async_end_all(self) -> None:
        for actions in self._actions:
            try:
                await actions.async_stop_charge()
            except ControlError as error:
                _LOGGER.warning("%s did not end a charge for a master card: %s", self._name, error)
