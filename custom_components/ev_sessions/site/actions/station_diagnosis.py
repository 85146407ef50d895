"""What helps to find out why a station does what it does, as JSON values: nothing in it tells who charges."""

from typing import Any

from homeassistant.core import HomeAssistant

from ..ocpp.station.service import StationService
from .diagnosis import plain


async def async_station_diagnosis(hass: HomeAssistant, station: StationService) -> dict[str, Any]:
    """Return how a station stands, what became of its set-up, and its last frames."""
    known = station.keeping.known
    return {
        "name": station.config.name,
        "view": plain(station.view),
        "facts": plain(station.facts, without={"serial"}),
        "quirks": plain(station.keeping.quirks),
        "capabilities": plain(station.capabilities),
        "setup": None if known is None else plain(known),
        "evses": {str(evse): state for evse, state in station.backend.diagnosis().items()},
        "control": station.control_diagnosis(),
        "malformed": dict(station.station.malformed),
        "security_log": station.hearsay.security_log.to_json(),
        "trace": await async_trace_of(hass, station),
    }


async def async_trace_of(hass: HomeAssistant, station: StationService) -> list[dict[str, str]]:
    """Return the last frames of a station, oldest first; what is secret, or tells who charges, is masked."""
    # To mask 500 frames takes longer than anything may take here.
    return await hass.async_add_executor_job(_trace_of, station)


def _trace_of(station: StationService) -> list[dict[str, str]]:
    return [
        {"at": frame.at.isoformat(), "direction": frame.direction.value, "frame": frame.text}
        for frame in station.station.trace
    ]
