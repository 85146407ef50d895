"""One task per station: whenever it starts or comes back, it is set up, and no other station waits for it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
import logging
from typing import Any, Protocol

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ....core.station.capabilities import Capabilities, Feature
from ..quirks.quirk import Quirks
from ..version import Version
from .calls import Caller, Calls, GoneError
from .configure import SetupReport, async_configure
from .dialect import Dialect
from .dialects import dialect_for
from .memory import SettingsMemory
from .pace import Pace
from .report import ReportCollector
from .restarts import Restarts
from .sampling import SAMPLING, SamplingWatch
from .settings import Setting
from .tokens import ListResult, LocalList, TokenBook
from .triggers import BOOT, Ear, Triggers, async_catch_up
from .unfinished import Transactions, async_find_lost
from .wishes import Wanted

_LOGGER = logging.getLogger(__name__)


class StationToSetUp(Caller, Protocol):
    """What is needed of a station beside its calls."""

    @property
    def identity(self) -> str:
        """Its name on the wire."""
        ...

    @property
    def version(self) -> Version | None:
        """The version of OCPP that it speaks."""
        ...

    @property
    def connected(self) -> bool:
        """Whether it has a connection."""
        ...

    @property
    def connection(self) -> object | None:
        """The connection that it has."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call the listener when it comes, goes, or told something of itself."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a station after its set-up; `silent` are messages that it was asked for and did not send."""

    report: SetupReport
    silent: tuple[str, ...] = ()
    local_list: ListResult | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What the station can do."""
        return self.report.capabilities


class StationSetup:
    """Keeps one adopted station set up.

    `learned` is called after each set-up. Of `transactions` a reset would end those that run.
    `capabilities` are those of an earlier set-up, good until it is asked again; `evses` those it is known to have.
    `restarted_for` are settings for which it was restarted before, which is not done twice; more of them are kept.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        station: StationToSetUp,
        *,
        wanted: Wanted,
        quirks: Quirks,
        memory: SettingsMemory,
        tokens: TokenBook | None = None,
        transactions: Transactions,
        learned: Callable[[Known], None],
        capabilities: Capabilities | None = None,
        evses: int = 1,
        restarted_for: Iterable[str] = (),
        keep_restarted_for: Callable[[tuple[str, ...]], None] = lambda _: None,
        pace: Pace | None = None,
    ) -> None:
        self._hass = hass
        self._station = station
        self._wanted = wanted
        self._quirks = quirks
        self._memory = memory
        self._tokens = tokens
        self._transactions = transactions
        self._learned = learned
        self._before = capabilities or Capabilities()
        self._evses = evses
        self._pace = pace or Pace()
        self._restarts = Restarts(
            station.identity,
            self._has_transaction,
            idle_s=self._pace.idle_s,
            tried_for=restarted_for,
            keep=keep_restarted_for,
        )
        self._sampling = SamplingWatch(hass, self._sample_interval_s, self._async_does_not_sample)
        #: What is set once more though it stands as it should.
        self._anew: frozenset[Setting] = frozenset()
        self._reports = ReportCollector()
        self._ear = Ear()
        self._connection: object | None = None
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: CALLBACK_TYPE | None = None
        self._booted = asyncio.Event()
        #: Set while another set-up is wanted than the one that runs.
        self._again = asyncio.Event()
        #: Whether a set-up has begun, with the quirks that were known then.
        self._begun = False
        self._finished_at: float | None = None
        self._settled_by_other = False
        self._local_list: LocalList | None = None
        self.known: Known | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What the station can do: what it could before, until it is asked again."""
        return self._before if self.known is None else self.known.capabilities

    @callback
    def async_start(self, *, booted: bool = False) -> None:
        """Set the station up now, if it is there, and whenever it comes; `booted`: it told so on this connection."""
        self._unsubscribe = self._station.subscribe(self._station_changed)
        self._station_changed()
        if booted:
            self._booted.set()

    @callback
    def async_stop(self) -> None:
        """Leave the station alone."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._sampling.async_stop()
        self._cancel()
        self._connection = None

    @callback
    def heard(self, action: str, payload: Mapping[str, Any]) -> None:
        """Hear of a call of the station, whoever serves it."""
        if action == BOOT:
            self._has_booted()
        elif action == "NotifyReport":
            self._reports.heard(payload)
        elif action in {"StopTransaction", "TransactionEvent"}:
            self._restarts.transaction_told.set()
        if self._unsubscribe is not None:
            self._sampling.heard(action, payload)
        self._ear.heard(action, _evse_of(payload))

    @callback
    def async_again(self, wanted: Wanted | None = None) -> None:
        """Set the station up again: something else is wanted, or its tokens have changed."""
        self._wanted = wanted or self._wanted
        self._again.set()
        self._restarts.transaction_told.set()
        if self._task is None and self._connection is not None:
            self._booted.set()
            self._begin()

    @callback
    def async_quirks(self, quirks: Quirks) -> None:
        """Hear what is known of the station, now that it has told what it is."""
        if quirks == self._quirks:
            return
        self._quirks = quirks
        if self._begun:
            self.async_again()

    @callback
    def async_other_firmware(self) -> None:
        """Hear that the station has another firmware: what it did not take before it may take now."""
        self._settled_by_other = True
        self._restarts.other_firmware()

    def _sample_interval_s(self) -> float:
        return max(self._wanted.sample_interval_s, self._quirks.least_sample_interval_s or 0)

    @callback
    def _async_does_not_sample(self) -> None:
        self._anew = SAMPLING
        self.async_again()

    @callback
    def _station_changed(self) -> None:
        connection = self._station.connection if self._station.connected else None
        if connection is self._connection:
            return
        self._connection = connection
        self._cancel()
        if connection is not None:
            self._booted.clear()
            self._begin()

    @callback
    def _has_booted(self) -> None:
        self._restarts.started()
        if self._booted.is_set():
            # Once more on the same connection: what was set may be gone.
            self._again.set()
        self._booted.set()
        if self._task is None and self._connection is not None:
            self._begin()

    @callback
    def _begin(self) -> None:
        self._task = self._hass.async_create_background_task(
            self._async_run(), f"set-up of station {self._station.identity}"
        )
        self._task.add_done_callback(self._ended)

    @callback
    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._task is task:
            self._task = None
        if not task.cancelled() and (bug := task.exception()) is not None:
            _LOGGER.error("The set-up of %s failed unexpectedly", self._station.identity, exc_info=bug)

    @callback
    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _async_run(self) -> None:
        version = self._station.version
        if version is None:
            return
        silent: tuple[str, ...] = ()
        try:
            if not await self._async_has_booted():
                silent = await self._async_catch_up(version)
                await self._async_find_lost(version)
                if self._is_fresh():
                    return
            else:
                await asyncio.sleep(self._pace.settle_s)
                await self._async_find_lost(version)
            while True:
                await self._async_wait_least()
                self._again.clear()
                await self._async_set_up(version, silent)
                await self._restarts.async_restart(self._calls(), version, self._again)
                if not self._again.is_set():
                    return
        except GoneError:
            _LOGGER.debug("%s went away, or answers nothing", self._station.identity)

    async def _async_has_booted(self) -> bool:
        """Wait for the station to say that it started."""
        try:
            async with asyncio.timeout(self._pace.boot_s):
                await self._booted.wait()
        except TimeoutError:
            return False
        return True

    async def _async_catch_up(self, version: Version) -> tuple[str, ...]:
        """Have a station that came back without a start tell what it is and does."""
        if not self.capabilities.supports(Feature.REMOTE_TRIGGER):
            return ()
        triggers = Triggers(self._calls(), version, self._ear, message_s=self._pace.message_s)
        # Not a second start: it was asked to say this.
        await triggers.async_trigger(BOOT)
        self._again.clear()
        return await async_catch_up(triggers, range(1, max(self._evses, self.capabilities.evse_count) + 1))

    async def _async_find_lost(self, version: Version) -> None:
        if version.is_2:
            await async_find_lost(self._calls(), self._transactions, again_s=self._pace.message_s)

    def _has_transaction(self) -> bool:
        return any(True for _ in self._transactions.running())

    def _is_fresh(self) -> bool:
        known, finished_at = self.known, self._finished_at
        if self._again.is_set() or known is None or not known.report.complete or finished_at is None:
            return False
        return self._hass.loop.time() - finished_at < self._pace.fresh_s

    async def _async_wait_least(self) -> None:
        if self._finished_at is not None:
            await asyncio.sleep(self._finished_at + self._pace.least_s - self._hass.loop.time())

    async def _async_set_up(self, version: Version, silent: tuple[str, ...]) -> None:
        for wait_s in (*self._pace.retries_s, None):
            gone = False
            try:
                await self._async_try(version, silent)
            except GoneError:
                gone = True
            self._finished_at = self._hass.loop.time()
            if wait_s is None or not (gone or (self.known is not None and not self.known.report.complete)):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._again.wait()
            self._again.clear()

    async def _async_try(self, version: Version, silent: tuple[str, ...]) -> None:
        calls = self._calls()
        self._begun = True
        report = await async_configure(
            self._dialect(version, calls),
            wanted=self._wanted,
            quirks=self._quirks,
            memory=self._memory,
            settled={} if self.known is None or self._settled_by_other else self.known.report.settled,
            anew=self._anew,
        )
        self._settled_by_other = False
        self._anew = frozenset()
        self._restarts.needed_for(report.reboot)
        self._tell(Known(report=report, silent=silent, local_list=self.known.local_list if self.known else None))
        if self._tokens is not None and self._wanted.local_list and report.complete:
            if self._local_list is None:
                self._local_list = LocalList(version, self._tokens)
            result = await self._local_list.async_keep_in_step(calls, report.capabilities)
            self._tell(Known(report=report, silent=silent, local_list=result))

    @callback
    def _tell(self, known: Known) -> None:
        self.known = known
        self._learned(known)

    def _calls(self) -> Calls:
        return Calls(self._station, timeout_s=self._pace.call_s)

    def _dialect(self, version: Version, calls: Calls) -> Dialect:
        return dialect_for(
            calls,
            version,
            vendor_keys=self._quirks.keys,
            reports=self._reports,
            report_pause_s=self._pace.report_pause_s,
        )


def _evse_of(payload: Mapping[str, Any]) -> int | None:
    """Return the EVSE that a call is about; in 1.6 that is the connector."""
    evse = payload.get("evse")
    told = payload.get("evseId", payload.get("connectorId"))
    if isinstance(evse, Mapping):
        told = evse.get("id")
    return told if isinstance(told, int) else None
