"""Call a sleeping car by what its owner named: its maker's button, or one that interrupts the pilot."""

import asyncio
import logging
from typing import Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError
import probatio as vol

_LOGGER = logging.getLogger(__name__)

#: What may be named, and the action that does it.
WAKES: Final = {"button": "press", "input_button": "press", "script": "turn_on"}
#: A car that is called over the net may take long to answer; what it says is seen by what it draws.
_TIMEOUT_S = 60.0


async def async_call_car(hass: HomeAssistant, name: str, entity_id: str) -> None:
    """Press it; what fails is logged, and the car is tried again or told of."""
    domain = split_entity_id(entity_id)[0]
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            target = {ATTR_ENTITY_ID: entity_id}
            await hass.services.async_call(domain, WAKES[domain], target=target, blocking=True)
    except (HomeAssistantError, vol.Invalid, TimeoutError) as error:
        _LOGGER.warning("The car at %s could not be called by %s: %s", name, entity_id, str(error) or "no answer")
