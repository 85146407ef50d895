"""Hold a limit at one EVSE of a station, in whichever way the station takes it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
import logging
from typing import Any, Protocol

from ...core.id_token import IdToken
from ...core.station.capabilities import Capabilities, RateUnit
from ...core.station.charging_profile import ChargingProfile, SchedulePeriod
from ...core.station.dead_mans_switch import composite_limit_a
from ...core.station.limiting import LimitWish, falls_back_alone, profiles_for
from ...core.station.ways import Rung, Way, known_rung, ladder, next_rung
from ..control import ControlError, ControlFailure
from .asked import OUR_TOKEN, NotInVersionError, RemoteStart, new_id
from .command import Answer, Command, async_send
from .remembered import Remembered
from .rpc import CallFailedError, InvalidCallError, NotConnectedError, RefusedError, TimedOutError
from .station import BootInfo
from .v2.commands import set_variables
from .v16.commands import change_configuration
from .version import Version
from .words import Words, words_of

_LOGGER = logging.getLogger(__name__)

#: A station that falls so often over a limit in one way cannot take it so.
_MOST_CRASHES = 2
#: So often a way is refused before it is not tried any more.
_ENOUGH_REFUSALS = 2
#: A limit this little under the most still is the most.
_HAIR_A = 1e-6


class CommandedStation(Protocol):
    """What is needed of a station."""

    identity: str
    version: Version | None
    boot: BootInfo | None

    @property
    def connected(self) -> bool:
        """Whether it is there."""
        ...

    @property
    def connection(self) -> object | None:
        """The connection that it has."""
        ...

    async def async_call(self, action: str, payload: dict[str, Any], *, timeout_s: float = 60) -> dict[str, Any]:
        """Send a call and return the answer's payload; raise CallFailedError."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener when the station comes, goes, or boots."""
        ...


class _RefusedError(Exception):
    """Raised where a way is not open; the text is what the station said."""


class Limiter:
    """Sends limits, one at a time. What the station refuses in one way is tried in the next, and that is remembered."""

    def __init__(
        self,
        station: CommandedStation,
        remembered: Remembered,
        *,
        max_a: float,
        capabilities: Callable[[], Capabilities],
    ) -> None:
        self._station = station
        self._max_a = max_a
        self._remembered = remembered
        self._capabilities = capabilities
        self._installed: dict[int, ChargingProfile] = {}
        self._crashes: Counter[Way] = Counter()
        self._suspect: Way | None = None  # over which it went away, and may have fallen
        self._refusals: Counter[str] = Counter()
        #: The token of a transaction that we ended because nothing else stops the charge.
        self._stopped: IdToken | None = None

    @property
    def rung(self) -> Rung:
        """The way that is tried first."""
        return known_rung(ladder(self._capabilities()), self._remembered.memory.rung)

    @property
    def words(self) -> Words:
        """How the station is spoken to."""
        return words_of(self._station.version)

    def falls_back_alone(self, wish: LimitWish) -> bool:
        """Tell whether the station should come to its fallback by itself."""
        return falls_back_alone(wish, self.rung, self._capabilities())

    def profiles(self, wish: LimitWish) -> tuple[ChargingProfile, ...]:
        """Return the profiles by which a wish is held; none where no profile holds it."""
        return profiles_for(wish, self.rung, self._capabilities()) if self.rung.by_profile else ()

    def first_profile(self, wish: LimitWish) -> ChargingProfile | None:
        """Return what limits a transaction that is about to be begun by us; None where it has no profile of its own."""
        if self.rung.way is not Way.TX:
            return None
        first, *_ = self.profiles(replace(wish, transaction_id=""))
        return replace(first, transaction_id=None)

    def came_back(self, *, booted: bool) -> None:
        """Trust nothing to be there still: the station was away. Where no profile worked, they are tried anew.

        A way over which it went away and then started anew is one that it falls over; else it was the network.
        """
        self._installed.clear()
        if booted and self._suspect is not None:
            self._crashes[self._suspect] += 1
            self._suspect = None
        if self.rung.way is Way.START_STOP:
            self._remembered.update(rung=None)

    async def async_go_on(self) -> bool:
        """Leave a way that the station accepts and does not follow; return whether there is another."""
        rungs = ladder(self._capabilities())
        after = next_rung(rungs, self.rung)
        if after is None or after.way is Way.START_STOP:
            return False
        _LOGGER.warning(
            "%s accepts its limit by %s and does not follow it; %s is tried", self._name, self.rung.key, after.key
        )
        installed, self._installed = self._installed, {}
        for profile_id in installed:
            try:
                await self._async_send(self.words.clear_profile(profile_id), 10.0)
            except CallFailedError as error:
                _LOGGER.debug("%s: profile %s could not be cleared: %s", self._name, profile_id, error)
        self._remembered.update(rung=after.key)
        return True

    async def async_allow(self, wish: LimitWish, *, token: IdToken | None, timeout_s: float) -> None:
        """Hold a limit; raise ControlError. `token` is that of the transaction that runs."""
        if not self._station.connected:
            raise ControlError(ControlFailure.UNREACHABLE, self._name)
        # A station that goes away over one way goes away over it in each unit and at each level.
        rungs = tuple(one for one in ladder(self._capabilities()) if self._crashes[one.way] < _MOST_CRASHES)
        first, said = known_rung(rungs, self.rung.key), ""
        rung: Rung | None = first
        while rung is not None:
            try:
                await self._async_by(rung, wish, token, timeout_s)
            except _RefusedError as refused:
                said = said or str(refused)
                _LOGGER.debug("%s does not take a limit by %s: %s", self._name, rung.key, refused)
                rung = next_rung(rungs, rung)
                continue
            if rung != self.rung and self._is_settled(first, wish):
                _LOGGER.info("%s takes its limit by %s (%s: %s)", self._name, rung.key, first.key, said)
                self._remembered.update(rung=rung.key)
            return
        raise ControlError(ControlFailure.REFUSED, self._name, said)

    def _is_settled(self, refused: Rung, wish: LimitWish) -> bool:
        """Tell whether a way is closed: a pause that is refused says nothing of limits, and nor does one refusal.

        The transaction may have ended just then.
        """
        if wish.in_unit(wish.limit_a, RateUnit.AMPERE) == 0:
            return False
        self._refusals[refused.key] += 1
        return self._refusals[refused.key] >= _ENOUGH_REFUSALS

    async def async_in_force_a(self, wish: LimitWish, *, timeout_s: float) -> float | None:
        """Ask what the station says is in force, in A; None where it does not tell."""
        try:
            answer = await self._async_send(self.words.composite_schedule(wish.evse, 60, self.rung.unit), timeout_s)
        except CallFailedError:
            return None
        schedule = answer.payload.get("chargingSchedule", answer.payload.get("schedule"))
        if not answer.accepted or not isinstance(schedule, dict):
            return None
        unit = RateUnit.WATT if schedule.get("chargingRateUnit") == RateUnit.WATT else RateUnit.AMPERE
        return composite_limit_a(_periods(schedule), unit, watts_per_a=wish.watts_per_a)

    @property
    def _name(self) -> str:
        return self._station.identity

    async def _async_send(self, sent: Command, timeout_s: float) -> Answer:
        self._remembered.count()
        try:
            # Others may have queued calls before it.
            async with asyncio.timeout(2 * timeout_s):
                return await async_send(self._station, sent, timeout_s=timeout_s)
        except TimeoutError:
            raise TimedOutError(f"{self._name} has no time for {sent.action}") from None

    async def _async_by(self, rung: Rung, wish: LimitWish, token: IdToken | None, timeout_s: float) -> None:
        """Hold a limit in one way; raise _RefusedError where that is not open, ControlError where it may be."""
        try:
            if rung.by_profile:
                await self._async_by_profiles(rung, wish, timeout_s)
            elif rung.way is Way.VENDOR_KEY:
                await self._async_by_key(wish, timeout_s)
            else:
                await self._async_by_transactions(wish, token, timeout_s)
        except (RefusedError, InvalidCallError, NotInVersionError) as error:
            raise _RefusedError(str(error)) from error
        except NotConnectedError as error:
            self._suspect = rung.way
            raise ControlError(ControlFailure.UNREACHABLE, self._name, str(error)) from error
        except CallFailedError as error:
            raise ControlError(ControlFailure.TIMED_OUT, self._name, str(error)) from error
        self._suspect = None
        del self._crashes[rung.way]

    async def _async_by_profiles(self, rung: Rung, wish: LimitWish, timeout_s: float) -> None:
        for profile in profiles_for(wish, rung, self._capabilities()):
            if profile.same_as(self._installed.get(profile.id)):
                continue
            self._installed.pop(profile.id, None)
            self._require(await self._async_send(self.words.set_profile(profile), timeout_s))
            self._installed[profile.id] = profile

    async def _async_by_key(self, wish: LimitWish, timeout_s: float) -> None:
        limit = self._capabilities().vendor_limit
        if limit is None:
            raise _RefusedError("it has no such key")
        value = limit.value(wish.in_unit(wish.limit_a, RateUnit.AMPERE))
        if self._station.version is Version.V16:
            self._require(await self._async_send(change_configuration(limit.key, value), timeout_s))
            return
        component, _, variable = limit.key.partition(".")
        answer = await self._async_send(set_variables({(component, variable): value}), timeout_s)
        results = answer.payload.get("setVariableResult")
        told = results if isinstance(results, list) else []
        statuses = [one.get("attributeStatus") for one in told if isinstance(one, dict)]
        if any(status not in {"Accepted", "RebootRequired"} for status in statuses):
            raise _RefusedError(f"{limit.key}: {statuses}")

    async def _async_by_transactions(self, wish: LimitWish, token: IdToken | None, timeout_s: float) -> None:
        """Start and stop: nothing limits the charge, so less than all that it may have is a pause."""
        if wish.in_unit(wish.limit_a, RateUnit.AMPERE) < self._max_a - _HAIR_A:
            if wish.transaction_id is None:
                return
            self._require(await self._async_send(self.words.remote_stop(wish.transaction_id), timeout_s))
            self._stopped = token or OUR_TOKEN
        elif self._stopped is not None and wish.transaction_id is None:
            # What we ended goes on in the name of who began it; nobody else is let charge.
            start = RemoteStart(token=self._stopped, remote_start_id=new_id(), evse=wish.evse)
            self._require(await self._async_send(self.words.remote_start(start), timeout_s))
            self._stopped = None

    def _require(self, answer: Answer) -> None:
        if not answer.accepted:
            raise _RefusedError(str(answer))


def _periods(schedule: dict[str, Any]) -> list[SchedulePeriod]:
    told = schedule.get("chargingSchedulePeriod")
    found: list[SchedulePeriod] = []
    for period in told if isinstance(told, list) else []:
        if not isinstance(period, dict):
            continue
        start_s, limit = period.get("startPeriod"), period.get("limit")
        if isinstance(start_s, int) and isinstance(limit, int | float):
            found.append(SchedulePeriod(start_s=start_s, limit=limit))
    return found
