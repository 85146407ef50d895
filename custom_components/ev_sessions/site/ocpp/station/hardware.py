"""What a charger's device shows of what its station has told of itself."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.typing import UNDEFINED

from .facts import StationFacts


@callback
def async_show_hardware(hass: HomeAssistant, device_id: str, facts: StationFacts) -> None:
    """Let the device show it; what was not told stays as it is."""
    dr.async_get(hass).async_update_device(
        device_id,
        manufacturer=facts.vendor or UNDEFINED,
        model=facts.model or UNDEFINED,
        serial_number=facts.serial or UNDEFINED,
        sw_version=facts.firmware or UNDEFINED,
    )
