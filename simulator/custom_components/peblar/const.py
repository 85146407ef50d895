"""Who this charger is, as the real integration would show it."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, DeviceInfo

DOMAIN: Final = "peblar"
SERIAL: Final = "23-45-A4O-MOF"
TITLE: Final = "Peblar"
POLL_S: Final = 10.0
LEAST_A: Final = 6.0
MOST_A: Final = 16.0
#: Under this name the last limit is kept while the charge is switched off.
LIMIT: Final = "limit_a"

DEVICE = DeviceInfo(
    connections={(CONNECTION_NETWORK_MAC, "00:0f:11:58:86:97")},
    identifiers={(DOMAIN, SERIAL)},
    manufacturer="Peblar",
    model="WLAC1-H11R0WE0ICR00",
    model_id="6004-2300-8002",
    name="Peblar EV Charger",
    serial_number=SERIAL,
    sw_version="1.6.1+1+WL-1",
)


def unique_id(key: str, _platform: Platform) -> str:
    """Return a unique id."""
    return f"{SERIAL}_{key}"
