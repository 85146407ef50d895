"""What the flow tests share: entries are not set up, as what is made of them is another test's matter."""

from collections.abc import Iterator
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from tests.flows.brands import Walk


@pytest.fixture(autouse=True)
def no_setup() -> Iterator[None]:
    with (
        patch("custom_components.ev_sessions.async_setup_entry", return_value=True),
        patch("custom_components.ev_sessions.async_unload_entry", return_value=True),
    ):
        yield


@pytest.fixture(autouse=True)
def taken_ports() -> Iterator[set[int]]:
    """Let no flow open a socket: the ports that a test puts here are taken, all others are free."""
    taken: set[int] = set()
    with patch("custom_components.ev_sessions.site.ocpp.ports._is_free", side_effect=lambda port, _: port not in taken):
        yield taken


@pytest.fixture
async def walk(hass: HomeAssistant) -> Walk:
    await hass.config.async_update(currency="EUR", time_zone="Europe/Berlin", location_name="Our house")
    return Walk(hass)
