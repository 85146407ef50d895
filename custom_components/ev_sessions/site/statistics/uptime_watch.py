"""Keeps in the ledger when chargers were silent or faulted, and when nobody watched them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from homeassistant.core import CALLBACK_TYPE, callback

from ...core.moment import Now
from ...core.reading import Activity
from ...core.statistics.uptime import Interval, Uptime
from ...store import Ledger
from ..clock import Clock
from ..evse.evse import EvseRuntime
from ..ledger.ledger import asked

#: After a crash, so much may count as unwatched that was watched.
BEAT = timedelta(minutes=10)

_WATCHED_UNTIL = "watched_until"


def watched_until(settings: Mapping[str, Any]) -> datetime | None:
    """Return until when a site's chargers were watched, by the settings of the site."""
    known = settings.get(_WATCHED_UNTIL)
    return None if known is None else datetime.fromisoformat(known)


class UptimeWatch:
    """Looks at the views of a site's EVSEs: at each when it changes, and at all whenever `async_look` is called."""

    def __init__(self, ledger: Ledger, *, site_id: str, clock: Clock) -> None:
        self._ledger = ledger
        self._site_id = site_id
        self._clock = clock
        self._states: dict[str, Uptime] = {}
        self._evses: tuple[EvseRuntime, ...] = ()
        self._releases: list[CALLBACK_TYPE] = []
        self._beat_at: datetime | None = None
        self._last_write: Future[Any] | None = None

    @property
    def unanswered(self) -> Future[Any] | None:
        """The last write that is not answered; with it all earlier ones are."""
        return None if self._last_write is None or self._last_write.done() else self._last_write

    async def async_start(self, evses: Sequence[EvseRuntime], settings: Mapping[str, Any]) -> None:
        """Take up where the last run stopped; `settings` are the site's."""
        now, until = self._clock(), watched_until(settings)
        going_on = await asked(self._ledger.intervals_going_on())
        for evse in evses:
            self._states[evse.evse_id], closed = Uptime.begin(now, until, going_on.get(evse.evse_id, ()))
            self._keep(evse, closed)
        self._evses = tuple(evses)
        self._beat(now.utc)
        self._releases = [evse.subscribe(partial(self._async_look_at, evse)) for evse in evses]

    @callback
    def async_look(self, _at: datetime | None = None) -> None:
        """See how the EVSEs are."""
        now = self._clock()
        for evse in self._evses:
            self._look(evse, now)
        if self._beat_at is None or not timedelta(0) <= now.utc - self._beat_at < BEAT:
            self._beat(now.utc)

    @callback
    def _async_look_at(self, evse: EvseRuntime) -> None:
        self._look(evse, self._clock())

    def _look(self, evse: EvseRuntime, now: Now) -> None:
        view = evse.view
        state, changed = self._states[evse.evse_id].look(
            now, online=view.available, fault=view.activity is Activity.FAULT
        )
        self._states[evse.evse_id] = state
        self._keep(evse, changed)

    @callback
    def async_stop(self) -> None:
        """Look no more; what comes now is unwatched."""
        while self._releases:
            self._releases.pop()()
        if self._evses:
            self._beat(self._clock().utc)
        # The ledger writes it before it is closed: nobody has to wait for it.
        self._last_write = None

    def _keep(self, evse: EvseRuntime, intervals: Sequence[Interval]) -> None:
        if intervals:
            self._last_write = self._ledger.put_intervals(evse.evse_id, intervals)

    def _beat(self, now: datetime) -> None:
        self._beat_at = now
        self._last_write = self._ledger.put_setting(self._site_id, _WATCHED_UNTIL, now.isoformat(), now)
