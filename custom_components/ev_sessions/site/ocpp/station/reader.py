"""What a site reads an EVSE of a station by: the station speaks, and this tells whether it is there."""

from typing import override

from homeassistant.core import Context

from ....chargers.ocpp.station import Station
from ....chargers.reader import ChargerReader


class StationReader(ChargerReader):
    """Stands for one EVSE of a station. Its readings come by the station's service, with their commits."""

    def __init__(self, station: Station) -> None:
        self._station = station

    @property
    @override
    def source_available(self) -> bool:
        return self._station.connected

    @property
    @override
    def set_context(self) -> Context | None:
        return None

    @override
    def async_start(self) -> None:
        pass

    @override
    def async_stop(self) -> None:
        pass
