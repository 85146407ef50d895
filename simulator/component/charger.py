"""One charger of a brand: what stands in for the brand's own library."""

from collections.abc import Callable, Sequence
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.device_registry import DeviceInfo

from simulator.link import LinkError, Message

from .hub import Hub

CONF_CHARGER = "charger"

type ChargerConfigEntry = ConfigEntry[Charger]


class Charger:
    """A charger of the plant, as one brand's integration sees it; `kept` is what that integration remembers."""

    def __init__(self, hub: Hub, charger: str, device: DeviceInfo, unique_id: Callable[[str, Platform], str]) -> None:
        self.device = device
        self.unique_id = unique_id
        self.kept: dict[str, Any] = {}
        self.hub = hub
        self._charger = charger

    @property
    def message(self) -> Message:
        """Return the newest that the charger told; empty before the first."""
        return self.hub.data.get(self._topic, {})

    @property
    def available(self) -> bool:
        """Tell whether it is in reach."""
        return self.hub.online and bool(self.message) and bool(self.message["online"])

    def listen(self, update: CALLBACK_TYPE) -> Callable[[], None]:
        """Call `update` whenever there is something new; return what ends it."""
        return self.hub.listen(self._topic, update)

    async def command(self, command: str, **arguments: Any) -> None:
        """Send the charger a command; HomeAssistantError when it does not arrive."""
        await self.hub.command(command, charger=self._charger, **arguments)

    @property
    def _topic(self) -> str:
        return f"charger {self._charger}"


async def async_connect(
    hass: HomeAssistant, entry: ChargerConfigEntry, platforms: Sequence[Platform], *, poll_s: float | None = None
) -> Hub:
    """Return a hub that is connected; ConfigEntryNotReady when the plant is not in reach."""
    hub = Hub(hass, entry, platforms, poll_s=poll_s)
    try:
        await hub.connect()
    except LinkError as err:
        raise ConfigEntryNotReady(str(err)) from err
    return hub


async def async_begin(hass: HomeAssistant, entry: ChargerConfigEntry, charger: Charger) -> None:
    """Let the entities come, and keep the connection up."""
    entry.runtime_data = charger
    await charger.hub.forward()
    entry.async_create_background_task(hass, charger.hub.run(), "simulated charger")
