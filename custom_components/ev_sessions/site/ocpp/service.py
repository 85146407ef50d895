"""One charger that speaks OCPP, while its site runs: its messages in, its EVSEs' readings out."""

from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ...chargers.ocpp.boot import boot_of
from ...chargers.ocpp.house import SecurityEvent
from ...chargers.ocpp.rpc import IncomingHandler, not_served
from ...chargers.ocpp.station import Station
from ...chargers.ocpp.version import Version
from ...chargers.reader import ChargerReader
from ..clock import Clock
from ..config import ChargerConfig
from ..evse import EvseRuntime
from .config import StationConfig
from .desk import Serving
from .house import HouseOfSites
from .reader import StationReader


class StationService(Serving):
    """Serves one station from the start of its site to its stop."""

    def __init__(
        self,
        hass: HomeAssistant,
        house: HouseOfSites,
        config: ChargerConfig,
        station_config: StationConfig,
        *,
        device_id: str,
        clock: Clock,
    ) -> None:
        self._hass = hass
        self._house = house
        self._config = config
        self._identity = station_config.identity
        self._device_id = device_id
        self._clock = clock
        self._evses: dict[int, EvseRuntime] = {}
        self._releases: list[CALLBACK_TYPE] = []
        self.station: Station = house.central.station(station_config.identity)

    @property
    @override
    def handler(self) -> IncomingHandler:
        return self._async_serve

    async def _async_serve(self, action: str, payload: dict[str, Any], _message_id: str) -> dict[str, Any]:
        version = self.station.version or Version.V16
        now = self._clock().utc
        if action == "BootNotification":
            self.station.boot = boot_of(version, payload, now)
            self.station.changed()
            return {"currentTime": now.isoformat(), "interval": 300, "status": "Accepted"}
        raise not_served(action, version)

    @override
    @callback
    def async_security_event(self, event: SecurityEvent, detail: str) -> None:
        pass

    def reader_of(self, evse: EvseRuntime) -> ChargerReader:
        """Return what an EVSE of the station is read by; its readings come from here."""
        self._evses[evse.evse] = evse
        return StationReader(self.station)

    @callback
    def async_start(self) -> None:
        """Serve the station from now on."""
        self._house.serve(self._identity, self)
        self._releases.append(self.station.subscribe(self._async_station_changed))
        self._async_station_changed()

    @callback
    def async_stop(self) -> None:
        """Serve it no more; its calls wait."""
        self._house.desk(self._identity).serving = None
        while self._releases:
            self._releases.pop()()

    @callback
    def _async_station_changed(self) -> None:
        self._show_hardware()

    def _show_hardware(self) -> None:
        """Let the charger's device show what the station has told of itself."""
        boot = self.station.boot
        if boot is None:
            return
        dr.async_get(self._hass).async_update_device(
            self._device_id,
            manufacturer=boot.vendor or None,
            model=boot.model or None,
            serial_number=boot.serial,
            sw_version=boot.firmware,
        )
