"""What the tests of the wire share: a central system on a real port."""

from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
import pytest

from .rig import OPEN, Wire, central_system


@pytest.fixture
async def wire(hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[Wire]:
    """A central system to which CP1 may come without a password."""
    async with central_system(hass) as wire:
        wire.house.known["CP1"] = OPEN
        yield wire
