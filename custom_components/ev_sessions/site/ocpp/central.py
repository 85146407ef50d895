"""The one central system of a Home Assistant: opened by the first site that wants it, closed by the last.

Reloading a site closes no socket: it leaves, and whether it comes back is known when Home
Assistant has done what it does with the entry.
"""

import asyncio
from dataclasses import dataclass, field
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ...chargers.ocpp.central import CentralSystem
from ...chargers.ocpp.listener import ListenerConfig, PortTakenError
from ...chargers.ocpp.tls import CertificateError
from ...chargers.ocpp.view import async_register_view
from ..clock import Clock
from ..config.ocpp import CentralConfig
from .house import HouseOfSites
from .listener_issues import async_listening, async_not_listening
from .ports import listener_of

_LOGGER = logging.getLogger(__name__)

#: A site in one of these has not left for good.
_STAYS = frozenset({ConfigEntryState.LOADED, ConfigEntryState.SETUP_IN_PROGRESS, ConfigEntryState.SETUP_RETRY})


@dataclass(slots=True, kw_only=True)
class SharedCentral:
    """The central system, what it knows of the house, and which sites want it to listen where."""

    house: HouseOfSites
    central: CentralSystem
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: dict[str, CentralConfig | None] = field(default_factory=dict)  # by site; None: it only has stations
    open: dict[ListenerConfig, None] = field(default_factory=dict)  # in the order of opening
    failed: set[int] = field(default_factory=set)  # ports that could not be had
    on_stop: CALLBACK_TYPE | None = None


SHARED_CENTRAL: HassKey[SharedCentral] = HassKey("ev_sessions_central")
#: Home Assistant cannot take a view back, so there is one at most.
_VIEW: HassKey[bool] = HassKey("ev_sessions_central_view")


async def async_use_central(
    hass: HomeAssistant, entry: ConfigEntry[Any], config: CentralConfig | None, *, has_stations: bool, clock: Clock
) -> SharedCentral | None:
    """Listen where a site wants it; None where it neither listens nor has stations.

    A port that cannot be had is told as an issue, and tried again by `async_retry`.
    """
    shared = hass.data.get(SHARED_CENTRAL)
    uses = config is not None or has_stations
    if shared is None:
        if not uses:
            return None
        house = HouseOfSites(hass, clock)
        shared = SharedCentral(house=house, central=CentralSystem(hass, house, clock))
        house.central = shared.central
        hass.data[SHARED_CENTRAL] = shared
    if config is not None and config.home_assistant_path:
        _register_view(hass)
    if uses:
        shared.users[entry.entry_id] = config
    else:
        shared.users.pop(entry.entry_id, None)
    # Not awaited: a station that was removed may be slow to be put back, and the site is to start.
    hass.async_create_background_task(shared.house.async_follow_entries(), "ev_sessions stations that were removed")
    await _async_settle(hass, shared)
    return shared if uses else None


async def async_retry(hass: HomeAssistant) -> None:
    """Try once more to listen where that failed."""
    shared = hass.data.get(SHARED_CENTRAL)
    if shared is not None and not set(_listeners(shared)) <= set(shared.open):
        await _async_settle(hass, shared)


async def async_leave_central(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Listen no more for a site, unless it comes back at once.

    Who unloads an entry holds its lock until it is clear whether it is set up again.
    """
    shared = hass.data.get(SHARED_CENTRAL)
    if shared is None or entry.entry_id not in shared.users:
        return
    async with entry.setup_lock:
        if entry.state in _STAYS and hass.config_entries.async_get_entry(entry.entry_id) is not None:
            return
        shared.users.pop(entry.entry_id, None)
    await shared.house.async_follow_entries()
    await _async_settle(hass, shared)


def _register_view(hass: HomeAssistant) -> None:
    """Open the way by Home Assistant's own port; who it leads to is looked up with each that comes."""
    if hass.data.get(_VIEW) or hass.http is None:
        return
    hass.data[_VIEW] = True

    def find() -> CentralSystem | None:
        shared = hass.data.get(SHARED_CENTRAL)
        if shared is None or not any(one is not None and one.home_assistant_path for one in shared.users.values()):
            return None
        return shared.central

    async_register_view(hass, find)


async def _async_settle(hass: HomeAssistant, shared: SharedCentral) -> None:
    """Open and close ports, so that each is open that a site wants, and no other."""
    async with shared.lock:
        wanted = _listeners(shared)
        for config in [config for config in shared.open if config not in wanted]:
            del shared.open[config]
            await shared.central.async_stop_listening(config)
        for port in shared.failed - {config.port for config in wanted}:
            shared.failed.discard(port)
            async_listening(hass, port)
        for config in wanted:
            if config not in shared.open:
                await _async_open(hass, shared, config)
        if shared.users and shared.on_stop is None:

            async def stop(_event: Event) -> None:
                shared.on_stop = None
                await shared.central.async_close()

            shared.on_stop = hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)
        if not shared.users:
            await _async_end(hass, shared)


async def _async_open(hass: HomeAssistant, shared: SharedCentral, config: ListenerConfig) -> None:
    try:
        await shared.central.async_listen(config)
    except PortTakenError as err:
        async_not_listening(hass, config.port, "ocpp_port_taken", holder=err.holder)
    except CertificateError as err:
        async_not_listening(hass, config.port, "ocpp_certificate", reason=str(err))
    except OSError as err:
        async_not_listening(hass, config.port, "ocpp_not_listening", reason=str(err))
    else:
        shared.open[config] = None
        shared.failed.discard(config.port)
        async_listening(hass, config.port)
        _LOGGER.info("Stations are listened to on port %d", config.port)
        return
    shared.failed.add(config.port)


async def _async_end(hass: HomeAssistant, shared: SharedCentral) -> None:
    if shared.on_stop is not None:
        shared.on_stop()
        shared.on_stop = None
    await shared.central.async_close()
    shared.open.clear()
    hass.data.pop(SHARED_CENTRAL, None)


def _listeners(shared: SharedCentral) -> list[ListenerConfig]:
    """Return what is wanted; sites that want the same share it."""
    configs = (listener_of(one) for one in shared.users.values() if one is not None)
    return list(dict.fromkeys(configs))
