"""Energy and cost of each charger as statistics of Home Assistant's recorder, hour by hour.

They are made from the ledger, written anew from the first hour that changed, and never from
readings: what is corrected, priced late, imported or deleted changes them like everything else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
import logging
from typing import Any

from homeassistant.components.recorder.models import StatisticData
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    statistics_during_period,
)
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_utc_time_change
from homeassistant.helpers.recorder import DATA_INSTANCE, async_migration_in_progress, get_instance

from ...const import DOMAIN
from ...core.statistics.running_sum import running_sum
from ...store import ChargerRecord, Ledger, LedgerError
from ..clock import Clock
from ..evse.evse import EvseRuntime
from ..ledger.ledger import asked
from .owner_statistics import OwnerStatistics
from .series import Series, is_known, known_ids, series_of

_LOGGER = logging.getLogger(__name__)

#: After the end of a session or a correction; several corrections are one renewal.
SOON_S = 10.0
#: The recorder may be busy with a backup, or broken; what it did not take is tried again.
RECORDER_TIMEOUT_S = 60.0
#: What ends a session, or the wait for its cost.
_ENDINGS = frozenset({"disconnected", "cost_final"})

#: Chargers whose past is in memory together: of forty, five years are a few hundred thousand hours.
_AT_ONCE = 8

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


class LongTermStatistics:
    """Renews the statistics of a site's chargers: once an hour, and soon after a session or a correction.

    `flush` brings into the ledger what is not there yet. Without a recorder nothing is done.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        site_id: str,
        name: str,
        clock: Clock,
        flush: Callable[[], Awaitable[None]],
        run: Callable[[Any, str], object],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._site_id = site_id
        self._name = name
        self._clock = clock
        self._flush = flush
        self._run = run
        self._lock = asyncio.Lock()
        self._seen: set[str] = set()  # chargers whose statistics the recorder is known to have
        self._waiting = False  # for what did not answer, which was told
        self._soon: CALLBACK_TYPE | None = None
        self._releases: list[CALLBACK_TYPE] = []
        self._owners = OwnerStatistics(hass, ledger, clock=clock, write=self._async_write, recorder=self._recorder)

    @callback
    def async_start(self, evses: Iterable[EvseRuntime]) -> None:
        """Follow the clock and the sessions."""
        if DATA_INSTANCE not in self._hass.data:
            return
        self._releases = [evse.events.subscribe(self._session_event) for evse in evses]
        self._releases.append(async_track_utc_time_change(self._hass, self._hour, minute=0, second=30))
        self.async_soon()

    @callback
    def async_stop(self) -> None:
        """Follow nothing more; what is not renewed is marked in the ledger."""
        while self._releases:
            self._releases.pop()()
        if self._soon is not None:
            self._soon()
            self._soon = None

    @callback
    def async_soon(self) -> None:
        """Renew the statistics in a few seconds, together with what else changes until then."""
        if self._soon is None and self._releases:
            self._soon = async_call_later(self._hass, SOON_S, HassJob(self._hour, cancel_on_shutdown=True))

    @callback
    def _session_event(self, event_type: str, _attributes: dict[str, Any]) -> None:
        if event_type in _ENDINGS:
            self.async_soon()

    @callback
    def _hour(self, _at: datetime) -> None:
        if self._soon is not None:
            self._soon()
            self._soon = None
        self._run(self.async_renew(), "long-term statistics")

    async def async_renew(self) -> None:
        """Write what changed since the last time; what fails is done with the next."""
        async with self._lock:
            if async_migration_in_progress(self._hass):
                # Its tables may not be there yet.
                self._waits("the recorder")
                return
            try:
                await self._flush()
                await self._async_renew(await asked(self._ledger.chargers(site_id=self._site_id)))
            except LedgerError as err:
                self._waits(f"the ledger: {err}")
            except TimeoutError:
                self._waits("the recorder")
            else:
                self._waiting = False

    def _waits(self, what: str) -> None:
        # Once, and not again each hour.
        _LOGGER.log(
            logging.DEBUG if self._waiting else logging.WARNING,
            "%s: long-term statistics wait for %s",
            self._name,
            what,
        )
        self._waiting = True

    async def _async_renew(self, chargers: tuple[ChargerRecord, ...]) -> None:
        by_hour: dict[datetime, list[ChargerRecord]] = {}
        for charger, since in await self._async_stale(chargers):
            by_hour.setdefault(since, []).append(charger)
        # Before the chargers', with which the marks go.
        await self._owners.async_renew(min(by_hour, default=None))
        for since, some in sorted(by_hour.items()):
            for place in range(0, len(some), _AT_ONCE):
                await self._async_renew_since(since, some[place : place + _AT_ONCE])

    async def _async_renew_since(self, since: datetime, chargers: Sequence[ChargerRecord]) -> None:
        evse_ids = tuple(evse_id for charger in chargers for evse_id in charger.evse_ids.values())
        before = await asked(self._ledger.span_totals([(_EPOCH, since)], evse_ids=evse_ids))
        slots = await asked(self._ledger.slots(since, self._clock().utc + _HOUR, evse_ids))
        known = await self._recorder(known_ids, self._hass)
        for charger in chargers:
            mine = set(charger.evse_ids.values())
            series = series_of(
                self._hass,
                _stem(charger),
                charger.name,
                since,
                [one for one in before if one.evse_id in mine],
                [one for one in slots if one.evse_id in mine],
                known,
            )
            await self._async_write(since, series)
            await asked(self._ledger.renewed(tuple(mine)))
            self._seen.add(charger.id)

    async def _async_stale(self, chargers: tuple[ChargerRecord, ...]) -> list[tuple[ChargerRecord, datetime]]:
        """Return the chargers whose statistics are out of date, each with the first hour that is."""
        marks = await asked(self._ledger.take_stale([evse_id for one in chargers for evse_id in one.evse_ids.values()]))
        stale: list[tuple[ChargerRecord, datetime]] = []
        for charger in chargers:
            mine = [marks[evse_id] for evse_id in charger.evse_ids.values() if evse_id in marks]
            if charger.id not in self._seen and not await self._recorder(is_known, self._hass, _stem(charger)):
                # Its database is new, or was set aside: all of the past is missing.
                mine = [_EPOCH]
            if mine:
                stale.append((charger, min(mine).replace(minute=0, second=0, microsecond=0)))
        return stale

    async def _async_write(self, since: datetime, series: Sequence[Series]) -> None:
        # What was written last has to be seen by what is read now.
        await self._async_committed()
        ids = {one.metadata["statistic_id"] for one in series}
        known = await self._recorder(_hours, self._hass, since, ids)
        for one in series:
            rows = running_sum(one.before, one.changes, known.get(one.metadata["statistic_id"], ()))
            data = [
                StatisticData(start=row.start, state=row.change / one.per_unit, sum=row.total / one.per_unit)
                for row in rows
            ]
            if data:
                async_add_external_statistics(self._hass, one.metadata, data)
        await self._async_committed()

    async def _async_committed(self) -> None:
        """Wait until the recorder has done all that it was given: also what it is busy with now."""
        done: asyncio.Future[None] = self._hass.loop.create_future()
        get_instance(self._hass).queue_task(SynchronizeTask(done))
        async with asyncio.timeout(RECORDER_TIMEOUT_S):
            await done

    async def _recorder[T, **P](self, query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with asyncio.timeout(RECORDER_TIMEOUT_S):
            return await get_instance(self._hass).async_add_executor_job(lambda: query(*args, **kwargs))


def _stem(charger: ChargerRecord) -> str:
    return f"{DOMAIN}:{charger.id.lower()}"


def _hours(hass: HomeAssistant, since: datetime, statistic_ids: set[str]) -> dict[str, list[datetime]]:
    """Return the hours since an instant that the recorder has rows of."""
    found = statistics_during_period(hass, since, None, statistic_ids, "hour", None, {"state"})
    return {
        statistic_id: [datetime.fromtimestamp(row["start"], UTC) for row in rows]
        for statistic_id, rows in found.items()
    }
