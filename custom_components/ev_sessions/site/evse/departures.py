"""The departure of the car at one EVSE: said by its owner, kept at once, forgotten when the car is gone."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ...core.moment import Now
from ...core.sessions.session_limit import Progress
from ...core.vehicles.departure import Departure, Times, lacking_mwh, times
from ..clock import Clock
from ..ledger.settings import EvseSettings
from ..refusal import refuse

#: Nobody plans further; a slip of the year is told.
_LONGEST = timedelta(days=14)


class Departures:
    """What is known of a car's leaving.

    `progress` is how far its session has come, `power_w` the most that the car can draw.
    `learned_mwh` is what it lacks to a state of charge as its session has shown, and `battery`
    the state of charge in % and the size in kWh of its battery; each None where not known.
    """

    def __init__(
        self,
        settings: EvseSettings,
        *,
        name: str,
        clock: Clock,
        progress: Callable[[], Progress | None],
        power_w: Callable[[], float],
        learned_mwh: Callable[[float], float | None],
        battery: Callable[[], tuple[float | None, float | None]],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._name = name
        self._clock = clock
        self._progress = progress
        self._power_w = power_w
        self._learned_mwh = learned_mwh
        self._battery = battery
        self._changed = changed

    @property
    def departure(self) -> Departure | None:
        """What was said last; None where nothing was."""
        return self._settings.departure

    def times(self, now: Now) -> Times | None:
        """Return how long until the car leaves, and how long it has to charge until then."""
        departure = self._settings.departure
        if departure is None:
            return None
        progress = self._progress()
        delivered_mwh = 0 if progress is None else progress.energy_mwh
        to_soc_mwh = None if departure.soc_percent is None else self._to_soc_mwh(departure.soc_percent)
        return times(departure, delivered_mwh, self._power_w(), now.utc, to_soc_mwh=to_soc_mwh)

    def _to_soc_mwh(self, target_percent: float) -> float | None:
        learned_mwh = self._learned_mwh(target_percent)
        return lacking_mwh(target_percent, *self._battery()) if learned_mwh is None else learned_mwh

    @property
    def energy_mwh(self) -> int:
        """What this car is to have by its departure, or what the next one is, in mWh."""
        departure = self._settings.departure
        return self._settings.departure_energy_mwh if departure is None else departure.energy_mwh

    async def async_set_at(self, at: datetime) -> None:
        """Take when the car leaves; it needs what cars need here, unless that was said of this one."""
        await self.async_set(Departure(at=at.astimezone(UTC), energy_mwh=self.energy_mwh))

    async def async_set_energy(self, energy_mwh: int) -> None:
        """Take what cars need by their departure: the one that is there, and those to come."""
        self._settings.departure_energy_mwh = energy_mwh
        if self._settings.departure is not None:
            self._settings.departure = replace(self._settings.departure, energy_mwh=energy_mwh)
        await self._changed()

    async def async_set_soc(self, at: datetime, soc_percent: float) -> None:
        """Take when the car leaves and how full it is to be; what cars need here holds while nobody knows."""
        await self.async_set(Departure(at=at, energy_mwh=self._settings.departure_energy_mwh, soc_percent=soc_percent))

    async def async_set(self, departure: Departure | None) -> None:
        """Take when the car leaves that is there, or else the next one; None takes that back."""
        if departure is not None and not timedelta() < departure.at - self._clock().utc <= _LONGEST:
            raise refuse("departure_out_of_range", charger=self._name, days=str(_LONGEST.days))
        self._settings.departure = departure
        await self._changed()
