"""The departure of the car at one EVSE: said by its owner, kept at once, forgotten when the car is gone."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from ..core.departure import Departure, Times, times
from ..core.moment import Now
from ..core.session_limit import Progress
from .clock import Clock
from .refusal import refuse
from .settings import EvseSettings

#: Nobody plans further; a slip of the year is told.
_LONGEST = timedelta(days=14)


class Departures:
    """What is known of a car's leaving.

    `progress` is how far its session has come, `power_w` the most that the car can draw.
    """

    def __init__(
        self,
        settings: EvseSettings,
        *,
        name: str,
        clock: Clock,
        progress: Callable[[], Progress | None],
        power_w: Callable[[], float],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._name = name
        self._clock = clock
        self._progress = progress
        self._power_w = power_w
        self._changed = changed

    @property
    def departure(self) -> Departure | None:
        """What was said last; None where nothing was."""
        return self._settings.departure

    def times(self, now: Now) -> Times | None:
        """Return how long until the car leaves, and how long it has to charge until then."""
        if self._settings.departure is None:
            return None
        progress = self._progress()
        delivered_mwh = 0 if progress is None else progress.energy_mwh
        return times(self._settings.departure, delivered_mwh, self._power_w(), now.utc)

    async def async_set(self, departure: Departure | None) -> None:
        """Take when the car leaves that is there, or else the next one; None takes that back."""
        if departure is not None and not timedelta() < departure.at - self._clock().utc <= _LONGEST:
            raise refuse("departure_out_of_range", charger=self._name, days=str(_LONGEST.days))
        self._settings.departure = departure
        await self._changed()
