"""The connection to the plant, kept up for ever, and the newest that it told."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_interval

from simulator.link import LinkError, Message, PlantLink

_LOGGER = logging.getLogger(__name__)
_RECONNECT_S = 1.0

type PlantConfigEntry = ConfigEntry[Hub]


class Hub:
    """Everything that the entities read: `devices` as the plant describes them, `data` by topic.

    With `poll_s` the entities hear what is new so often only, as from an integration that polls.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        platforms: Sequence[Platform],
        *,
        start_delay_s: int = 0,
        poll_s: float | None = None,
    ) -> None:
        self.devices: Message = {}
        self.data: dict[str, Message] = {}
        self.online = False
        self.forwarded = False
        self._hass = hass
        self._entry = entry
        self._platforms = platforms
        self._start_delay_s = start_delay_s
        self._poll_s = poll_s
        self._news: dict[str, Message] = {}
        self._link: PlantLink | None = None
        self._listeners: defaultdict[str, list[CALLBACK_TYPE]] = defaultdict(list)

    async def connect(self) -> None:
        """Connect and learn what there is; LinkError when the plant is not in reach."""
        link = await PlantLink.connect(self._entry.data[CONF_HOST], self._entry.data[CONF_PORT])
        try:
            self.devices = await link.ask("devices")
            await link.subscribe(self._take)
        except LinkError:
            await link.close()
            raise
        self._link = link
        self._set_online(True)

    async def run(self) -> None:
        """Stay connected until cancelled; the entities come when the plant has been there once."""
        await asyncio.sleep(max(0, self._start_delay_s))
        if self._poll_s is not None:
            period = timedelta(seconds=self._poll_s)
            self._entry.async_on_unload(async_track_time_interval(self._hass, self._tell_news, period))
        try:
            while True:
                if self._link is not None:
                    await self.forward()
                    await self._link.wait_closed()
                    await self._drop()
                    await asyncio.sleep(_RECONNECT_S)
                try:
                    await self.connect()
                except LinkError as err:
                    _LOGGER.debug("Not connected: %s", err)
                    await asyncio.sleep(_RECONNECT_S)
        finally:
            await self._drop()

    async def forward(self) -> None:
        """Set the platforms up, once."""
        if not self.forwarded:
            self.forwarded = True
            await self._hass.config_entries.async_forward_entry_setups(self._entry, self._platforms)

    async def command(self, command: str, **arguments: Any) -> None:
        """Send a command; HomeAssistantError when it does not arrive."""
        link = self._link
        if link is None:
            raise self._not_sent("not connected")
        try:
            await link.ask(command, **arguments)
        except LinkError as err:
            raise self._not_sent(str(err)) from err
        # As an integration does that polls: it looks at once, and often sees what was before.
        self._tell_news()

    @callback
    def listen(self, topic: str, update: CALLBACK_TYPE) -> Callable[[], None]:
        """Call `update` at each message on a topic; return what ends it."""
        self._listeners[topic].append(update)
        return lambda: self._listeners[topic].remove(update)

    async def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()
        self._set_online(False)

    @callback
    def _set_online(self, online: bool) -> None:  # noqa: FBT001
        if online == self.online:
            return
        self.online = online
        _LOGGER.info("The house is %s", "connected" if online else "not in reach")
        for updates in self._listeners.values():
            for update in updates:
                update()

    @callback
    def _take(self, event: Message) -> None:
        topic = event["event"]
        if name := event.get("charger") or event.get("load"):
            topic = f"{topic} {name}"
        if self._poll_s is None or topic not in self.data:
            self._tell(topic, event)
        else:
            self._news[topic] = event

    @callback
    def _tell_news(self, _now: datetime | None = None) -> None:
        news, self._news = self._news, {}
        for topic, event in news.items():
            self._tell(topic, event)

    @callback
    def _tell(self, topic: str, event: Message) -> None:
        self.data[topic] = event
        apart_s = self.devices["meter"]["apart_s"] if topic == "meter" else 0.0
        for number, update in enumerate(self._listeners[topic]):
            if apart_s and number:
                self._hass.loop.call_later(number * apart_s, self._update_later, topic, update)
            else:
                update()

    @callback
    def _update_later(self, topic: str, update: CALLBACK_TYPE) -> None:
        if update in self._listeners[topic]:
            update()

    def _not_sent(self, error: str) -> HomeAssistantError:
        return HomeAssistantError(
            translation_domain=self._entry.domain,
            translation_key="not_sent",
            translation_placeholders={"error": error},
        )
