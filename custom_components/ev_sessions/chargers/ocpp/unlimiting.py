"""Take our limits out of a station that is ours no more: the last of them would hold it back for ever."""

from collections.abc import Iterable
import logging

from ...core.station.limiting import profile_ids
from .command import async_send
from .limiter import CommandedStation
from .rpc import CallFailedError, NotConnectedError
from .words import words_of

_LOGGER = logging.getLogger(__name__)

_TIMEOUT_S = 10.0


async def async_take_limits_out(station: CommandedStation, evses: Iterable[int]) -> None:
    """Clear all profiles of ours, one by one; what was never there is none the worse for it."""
    words = words_of(station.version)
    for profile_id in (one for evse in evses for one in profile_ids(evse)):
        try:
            await async_send(station, words.clear_profile(profile_id), timeout_s=_TIMEOUT_S)
        except NotConnectedError:
            return
        except CallFailedError as error:
            _LOGGER.debug("%s keeps profile %s: %s", station.identity, profile_id, error)
