"""Command one EVSE of a station that speaks OCPP: its limit, its pause, its phases, and what it falls back to."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ...core.balancing.evse.phase_guard import PhaseGuard
from ...core.id_token import IdToken
from ...core.reading import EvseReading
from ...core.station.capabilities import Capabilities
from ...core.station.charging_profile import ChargingProfile
from ...core.station.dead_mans_switch import PROOF_GRACE_S, PROOF_HOLD_S, Proof
from ...core.station.limiting import LimitWish, renewal_due
from ..command_queue import CommandQueue
from ..control import ChargerControl, ControlError, ControlFailure, Outcome
from .following import Following, Seen
from .limiter import CommandedStation, Limiter
from .proving import Proving
from .remembered import Remembered
from .wish import EvseBounds, EvseWish

_LOGGER = logging.getLogger(__name__)

COMMAND_TIMEOUT_S = 30.0
#: Home Assistant gives all its shutdown jobs 20 s together.
FALLBACK_TIMEOUT_S = 8.0
#: A station that has just come tells what it is first.
_SETTLE_S = 3.0
#: A transaction that was just answered may not be known to all of the station yet; what held before goes on.
_BEGIN_S = 1.0
#: A profile that begins earlier or later by this is sent anew.
_CLOCK_S = 30.0


class OcppChargerControl(ChargerControl):
    """Commands one EVSE; see the protocol for what holds.

    Each limit is a profile that ends in the fallback, so it is renewed for as long as somebody
    is there to renew it. It is sent anew when a car or a transaction comes or goes, and when
    the station has booted or was away. `fallback_a` tells what the EVSE may have without us,
    `station_now` what the station's own clock shows.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        station: CommandedStation,
        bounds: EvseBounds,
        *,
        name: str,
        capabilities: Callable[[], Capabilities],
        fallback_a: Callable[[], float],
        station_now: Callable[[], datetime],
        remembered: Remembered,
        phases: int | None = None,
        switched_ago_s: Iterable[float] = (),
    ) -> None:
        """Take what the phases were last set to, where nothing shows them, and when they were switched."""
        self._hass = hass
        self._station = station
        self._bounds = bounds
        self._name = name
        self._capabilities = capabilities
        self._fallback_a = fallback_a
        self._station_now = station_now
        self._remembered = remembered
        self._limiter = Limiter(station, remembered, max_a=bounds.max_a, capabilities=capabilities)
        self._proving = Proving(remembered, self._limiter, name=name)
        self._wish = EvseWish(phases=phases)
        self._seen = Seen()
        self._guard = PhaseGuard.restored(switched_ago_s, hass.loop.time())
        self._following = Following(name=name, now_s=hass.loop.time())
        self._connection = station.connection
        self._boot = station.boot
        self._sent_offset_s = self._station_offset_s
        self._failing = False
        self._stopped = False
        self._releases: list[CALLBACK_TYPE] = []
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._queue = CommandQueue[EvseWish](
            hass,
            name=name,
            send=self._async_send,
            allowed_a=lambda wish: wish.allowed_a,
            least_interval_s=bounds.least_interval_s,
        )

    @override
    @callback
    def async_start(self) -> None:
        self._releases.append(self._station.subscribe(self._async_station_changed))

    @override
    @callback
    def async_stop(self) -> None:
        self._stopped = True
        while self._releases:
            self._releases.pop()()
        self._async_timer(None)
        self._queue.async_stop()

    # What is known of it

    @override
    def is_own(self, context: Context | None) -> bool:
        """Tell that no state of Home Assistant's is written by its commands."""
        return False

    @property
    @override
    def least_a(self) -> float | None:
        return None

    @property
    @override
    def can_pause(self) -> bool:
        return True

    @property
    @override
    def can_switch_phases(self) -> bool:
        return self._bounds.has_all_phases and self._capabilities().phase_switch

    @property
    @override
    def phases(self) -> int | None:
        return self._wish.phases if self.can_switch_phases else None

    @property
    def proof(self) -> Proof:
        """What is known of the station's own fallback."""
        return self._remembered.memory.proof

    @property
    @override
    def falls_back_by_itself(self) -> bool:
        """Whether the EVSE is at its fallback when we are gone: the station comes to it, and that was proved."""
        if self._fallback_a() >= self._bounds.max_a:
            return True  # it cannot take more
        return self._limiter.falls_back_alone(self._limit_wish(self._wish)) and self.proof.holds

    @property
    @override
    def lacks_fallback(self) -> bool:
        return self.proof is Proof.FAILED and self._fallback_a() < self._bounds.max_a

    @property
    @override
    def ignored(self) -> bool:
        """Whether the station accepts limits and follows none, in no way that it has."""
        return self._following.ignored

    @property
    @override
    def hold_s(self) -> int:
        return self._remembered.memory.hold_s

    @property
    def _renew_s(self) -> float:
        return self.hold_s / 2

    def diagnosis(self) -> dict[str, Any]:
        """Return how the station takes limits for this EVSE, and how many commands that cost."""
        shown = {"way": self._limiter.rung.key, "ignored": self.ignored, "falls_back": self.falls_back_by_itself}
        return shown | self._remembered.memory.to_json()

    @property
    def transaction_id(self) -> str | None:
        """The transaction that runs."""
        return self._seen.transaction_id

    def first_profile(self) -> ChargingProfile | None:
        """Return what a transaction that we begin shall be limited by from its first moment on."""
        return self._limiter.first_profile(self._limit_wish(self._wish)) if self._wish.is_any else None

    # What is asked of it

    @override
    async def async_set_limit_a(self, limit_a: float, *, resume: bool = False) -> Outcome:
        self._wish = replace(self._wish, limit_a=limit_a, paused=self._wish.paused and not resume)
        return await self._queue.async_submit(self._wish)

    @override
    async def async_pause(self) -> Outcome:
        self._wish = replace(self._wish, paused=True)
        return await self._queue.async_submit(self._wish)

    @override
    async def async_resume(self) -> Outcome:
        self._wish = replace(self._wish, paused=False)
        return await self._queue.async_submit(self._wish)

    @override
    async def async_set_phases(self, phases: int) -> Outcome:
        if not self.can_switch_phases:
            raise ControlError(ControlFailure.REFUSED, self._name, "its phases cannot be switched")
        if phases == self._wish.phases:
            return Outcome.DONE
        now_s = self._hass.loop.time()
        if (wait_s := self._guard.wait_s(now_s)) > 0:
            raise ControlError(ControlFailure.TOO_SOON, self._name, f"again in {wait_s:.0f} s")
        before, self._wish = self._wish.phases, replace(self._wish, phases=phases)
        self._guard = self._guard.switched(now_s)
        try:
            return await self._queue.async_submit(self._wish)
        except ControlError:
            self._wish = replace(self._wish, phases=before)
            raise

    @override
    async def async_set_hold(self, hold_s: int) -> None:
        self._remembered.update(hold_s=hold_s)
        await self._async_resend()

    @override
    async def async_fall_back(self, limit_a: float) -> None:
        self.async_stop()
        if not self._station.connected:
            # It comes to its fallback by itself, if it can.
            return
        self._proving.abandon()
        wish = self._limit_wish(replace(self._wish, limit_a=limit_a, paused=False))
        wish = replace(wish, fallback_a=limit_a)
        try:
            async with asyncio.timeout(FALLBACK_TIMEOUT_S):
                await self._limiter.async_allow(wish, token=self._seen.token, timeout_s=FALLBACK_TIMEOUT_S)
                if wish.transaction_id is not None and self._limiter.rung.by_profile:
                    # And so for the transactions after this one.
                    later = replace(wish, transaction_id=None)
                    await self._limiter.async_allow(later, token=None, timeout_s=FALLBACK_TIMEOUT_S)
        except (ControlError, TimeoutError) as error:
            _LOGGER.warning("%s could not be left at its fallback of %s A: %s", self._name, limit_a, error)

    @override
    async def async_put_back(self) -> None:
        """Do nothing: who puts back a station knows its settings."""

    # What it shows

    @callback
    def async_observe(self, reading: EvseReading, *, transaction_id: str | None, token: IdToken | None = None) -> None:
        """Take in what is known of the EVSE now, and do what that calls for."""
        before = self._seen
        self._seen = seen = Seen(
            connected=reading.connected,
            drawn_a=self._drawn_a(reading),
            drawn_at=reading.drawn_at or reading.at,
            transaction_id=transaction_id,
            token=token,
        )
        if not self._wish.is_any:
            return
        if seen.transaction_id != before.transaction_id or (seen.connected and before.connected is False):
            # A profile of a transaction ends with it, and the next one begins with the default.
            self._proving.abandon()
            self._async_timer(_BEGIN_S)
            return
        if abs(self._station_offset_s - self._sent_offset_s) > _CLOCK_S:
            # Its clock is known better by now, or was set: the profile begins at another time than we thought.
            self._async_again()
        if not self._proving.running and self._following.is_lost(seen, self._hass.loop.time()):
            self._run(self._async_go_on(), "next way")
        self._async_prove()

    def _drawn_a(self, reading: EvseReading) -> float | None:
        if reading.currents_a:
            return max(reading.currents_a)
        return None if reading.power_w is None else reading.power_w / self._wish.watts_per_a(self._bounds)

    async def _async_go_on(self) -> None:
        if await self._limiter.async_go_on():
            self._following.begin_anew()
            await self._async_resend()
        else:
            self._following.give_up()

    @callback
    def _async_prove(self) -> None:
        seen, now_s = self._seen, self._hass.loop.time()
        if self._failing or not self._station.connected or not self._proving.may_begin(now_s):
            # Most readings end here: what was proved once is not looked at again.
            return
        steady_s = now_s - self._following.changed_s
        wish = self._limit_wish(self._wish)
        if self._proving.wanted(wish, drawn_a=seen.drawn_a, connected=seen.connected, steady_s=steady_s):
            self._proving.begin(seen.drawn_a, connected=seen.connected, now_s=now_s)
            self._async_again()

    async def _async_judge_proof(self) -> None:
        drawn_a = self._seen.drawn_since(dt_util.utcnow() - timedelta(seconds=PROOF_GRACE_S))
        await self._proving.async_judge(self._limit_wish(self._wish), drawn_a=drawn_a)
        await self._async_resend()

    @callback
    def _async_station_changed(self) -> None:
        connection, boot = self._station.connection, self._station.boot
        booted = boot is not self._boot
        # One connection may take the place of another that nobody has seen go, and what was on its way with it.
        came = connection is not None and (booted or connection is not self._connection)
        self._connection, self._boot = connection, boot
        self._remembered.heard_firmware(None if boot is None else boot.firmware)
        if came:
            # What it was told before is gone, or may be.
            self._limiter.came_back(booted=booted)
            self._proving.abandon()
            self._async_timer(_SETTLE_S)
        elif connection is None:
            self._async_timer(None)

    # What is sent

    def _limit_wish(self, wish: EvseWish) -> LimitWish:
        return wish.limit_within(
            self._bounds,
            fallback_a=self._fallback_a(),
            station_now=self._station_now(),
            says_phases=self.can_switch_phases,
            transaction_id=self._seen.transaction_id,
            hold_s=PROOF_HOLD_S if self._proving.running else self.hold_s,
        )

    @property
    def _station_offset_s(self) -> float:
        """The station's clock beside a clock that nobody sets."""
        return self._station_now().timestamp() - self._hass.loop.time()

    async def _async_send(self, wish: EvseWish) -> ControlError | None:
        self._proving.sending()
        limit_wish = self._limit_wish(wish)
        try:
            await self._limiter.async_allow(limit_wish, token=self._seen.token, timeout_s=COMMAND_TIMEOUT_S)
        except ControlError as error:
            if not self._failing:
                self._failing = True
                _LOGGER.warning("%s does not take commands: %s", self._name, error)
            if self._station.connected:
                self._async_timer(self._renew_s)
            return error
        if self._failing:
            self._failing = False
            _LOGGER.info("%s takes commands again", self._name)
        self._async_sent(limit_wish)
        return None

    @callback
    def _async_sent(self, wish: LimitWish) -> None:
        self._sent_offset_s = self._station_offset_s
        self._following.commanded(wish.limit_a, self._hass.loop.time())
        if self._proving.running:
            self._async_timer(self._proving.DUE_S)
        elif renewal_due(
            self._limiter.profiles(wish),
            connected=self._seen.connected,
            limit_a=wish.limit_a,
            above_a=wish.fallback_a,
        ):
            self._async_timer(self._renew_s)
        else:
            self._async_timer(None)

    async def _async_resend(self) -> None:
        if self._stopped or not self._wish.is_any:
            return
        with suppress(ControlError):  # told by who sends it
            await self._queue.async_submit(self._wish)

    @callback
    def _async_again(self) -> None:
        self._run(self._async_resend(), "limit again")

    @callback
    def _async_timer(self, seconds: float | None) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
        self._cancel_timer = None
        # What the station still tells while its site stops is observed, and begins nothing more.
        if seconds is not None and not self._stopped:
            self._cancel_timer = async_call_later(self._hass, seconds, self._async_due)

    @callback
    def _async_due(self, _at: datetime) -> None:
        self._cancel_timer = None
        if self._proving.running:
            self._run(self._async_judge_proof(), "proof of its fallback")
        else:
            self._async_again()

    def _run(self, work: Coroutine[Any, Any, None], what: str) -> None:
        self._hass.async_create_background_task(work, f"{self._name}: {what}")
