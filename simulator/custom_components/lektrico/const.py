"""Who this charger is, as the real integration would show it."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.helpers.device_registry import DeviceInfo

DOMAIN: Final = "lektrico"
SERIAL: Final = "503104"
TITLE: Final = f"3p22k_{SERIAL}"
POLL_S: Final = 10.0

DEVICE = DeviceInfo(
    identifiers={(DOMAIN, SERIAL)},
    manufacturer="Lektrico",
    model="3P22K",
    name=TITLE,
    serial_number=SERIAL,
    sw_version="1.44",
    hw_version="B",
)


def unique_id(key: str, platform: Platform) -> str:
    """Return a unique id; those of buttons are written another way."""
    return f"{SERIAL}{'-' if platform is Platform.BUTTON else '_'}{key}"
