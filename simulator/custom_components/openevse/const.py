"""Who this charger is, as the real integration would show it."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, DeviceInfo

DOMAIN: Final = "openevse"
SERIAL: Final = "84f3eb5e1c20"
TITLE: Final = "OpenEVSE 127.0.0.1"

# The real one has no name of its own: Home Assistant takes the entry's title.
DEVICE = DeviceInfo(
    connections={(CONNECTION_NETWORK_MAC, SERIAL)},
    identifiers={(DOMAIN, SERIAL)},
    manufacturer="OpenEVSE",
    serial_number=SERIAL,
)


def unique_id(key: str, _platform: Platform) -> str:
    """Return a unique id."""
    return f"{SERIAL}-{key}"
