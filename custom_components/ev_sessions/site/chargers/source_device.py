"""What our device of a charger takes over from the device that another integration made of it."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr

#: What is known of hardware, as the device registry calls it.
_HARDWARE = ("manufacturer", "model", "model_id", "serial_number", "sw_version", "hw_version", "configuration_url")


def taken_from(hass: HomeAssistant, device_id: str | None) -> dict[str, Any]:
    """Return what is known of the hardware behind a charger; its area is a suggestion for a new device."""
    registry = dr.async_get(hass)
    device = None if device_id is None else registry.async_get(device_id)
    area_id = None if device is None else device.area_id
    if isinstance(device, dr.ChildDeviceEntry):
        # An outlet of a charger: the hardware is the charger's.
        device = registry.async_get(device.parent_device_id)
        area_id = area_id or (None if device is None else device.area_id)
    area = None if area_id is None else ar.async_get(hass).async_get_area(area_id)
    known = {
        **{name: getattr(device, name, None) for name in _HARDWARE},
        "suggested_area": None if area is None else area.name,
    }
    return {
        "manufacturer": "EV Sessions",
        "model": "Charger",
        **{name: value for name, value in known.items() if value is not None},
    }
