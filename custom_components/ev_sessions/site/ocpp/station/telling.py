"""What a station told of one EVSE, led into its sessions; what is shown follows at a pace that a person can see."""

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable
from datetime import datetime

from homeassistant.core import HomeAssistant, callback

from ....core.moment import us_of
from ....core.quarter import quarters_us
from ....core.reading import EvseReading
from ....core.sessions.tracking.thinning import thinned
from ....core.station.log import Told
from ...clock import Clock
from ...evse.evse import EvseRuntime
from ...showing import Showing

#: What a station tells late comes message by message; so long it is gathered, as each costs all since then.
_QUEUE_S = 2.0


def merged(before: tuple[EvseReading, ...], after: tuple[EvseReading, ...]) -> tuple[EvseReading, ...]:
    """Return what two tellings come to, of which each replaces all since its first reading."""
    return (*(one for one in before if one.at < after[0].at), *after)


class EvseTelling:
    """Leads readings into one EVSE: each of them into its sessions, and the newest to who shows and balances it.

    What opens or closes something, or changes what the car does, is shown at once.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        evse: EvseRuntime,
        *,
        clock: Clock,
        observe: Callable[[EvseReading], None],
        showing: Showing,
        balance: Callable[[], None],
        balance_soon: Callable[[], None],
    ) -> None:
        self._hass = hass
        self._clock = clock
        self._late: tuple[EvseReading, ...] = ()
        self._due: TimerHandle | None = None
        self._online = False
        self.evse = evse
        self._observe = observe
        self._showing = showing
        self._balance = balance
        self._balance_soon = balance_soon

    async def async_told(self, told: Told, *, online: bool) -> bool:
        """Take what was told; return whether it has to be on the disk before it is answered.

        The next has to wait for that.
        """
        evse = self.evse
        before, drew = self._seen, self._draws
        self._online = online
        if told.retold:
            self._late = merged(self._late, told.retold)
        if told.readings or told.changes or told.past:
            # What came late goes before what is new.
            self._async_tell_late()
            await self._async_work_off()
        if told.readings and evse.recorder.is_late(told.readings[0]):
            # In its order, but of a time in which nobody listened.
            evse.hearing.async_hear_late(told.readings, online=online)
            await self._async_work_off()
        else:
            for reading in thinned(evse.reading, told.readings, self._is_cut):
                evse.hearing.async_hear(reading, online=online)
        if told.past:
            evse.recorder.async_past(told.past, self._clock())
            await self._async_work_off()
        if self._late and self._due is None:
            # A station that works off its queue tells more of it in a moment.
            self._due = self._hass.loop.call_later(_QUEUE_S, self._async_queue_paused)
        self._observe(evse.reading)
        happened = self._seen != before or bool(told.changes or told.past)
        if happened or self._draws != drew:
            evse.async_follow(balances=False)
            self._showing.async_now(evse)
            self._balance()
        else:
            self._async_follow_soon()
        return happened

    def _is_cut(self, start: datetime, end: datetime) -> bool:
        """Tell whether energy is divided between two instants: where its price changes, and each quarter hour."""
        quarters = quarters_us(us_of(start), us_of(end) + 1, self.evse.zone)
        return bool(quarters) or bool(self.evse.price_cuts(start, end))

    @callback
    def _async_follow_soon(self) -> None:
        self._showing.async_soon(self.evse)
        self._balance_soon()

    @callback
    def _async_tell_late(self) -> None:
        """Lead what came late into the sessions."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._late:
            late, self._late = self._late, ()
            self.evse.hearing.async_hear_again(late, online=self._online)

    async def _async_work_off(self) -> None:
        """Return once what came late is taken; others have their turn meanwhile."""
        while self.evse.recorder.late.async_work():  # noqa: ASYNC110 - it is this that does it
            await asyncio.sleep(0)

    @callback
    def _async_queue_paused(self) -> None:
        self._async_tell_late()
        self._hass.async_create_background_task(self._async_follow_late(), f"{self.evse.name} told late")

    async def _async_follow_late(self) -> None:
        await self._async_work_off()
        self._async_follow_soon()

    @property
    def _seen(self) -> tuple[object, ...]:
        evse = self.evse
        reading, session = evse.reading, evse.recorder.tracker.current
        return (
            evse.online,
            evse.recorder.tracker.activity,
            reading.connected,
            reading.state,
            None if session is None else session.id,
        )

    @property
    def _draws(self) -> tuple[object, ...]:
        """What of a sample the balancer has to know at once."""
        reading = self.evse.reading
        # What is offered trembles where a station derives it from what it measures.
        offered_a = None if reading.limit_a is None else round(reading.limit_a)
        return (offered_a, reading.phases, self.evse.overdraws)

    @callback
    def async_shown_changed(self) -> None:
        """Show the EVSE anew: at once where another session is shown, or it stands elsewhere."""
        session = self.evse.view.session
        before = None if session is None else (session.id, session.status)
        if self.evse.recorder.to_show != before:
            self._showing.async_now(self.evse)
        else:
            self._showing.async_soon(self.evse)

    @callback
    def async_stop(self) -> None:
        """Keep what came late."""
        self._async_tell_late()
