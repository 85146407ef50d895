"""The starts that a station's settings need: one for each setting, and none while a car charges."""

import asyncio
from collections.abc import Callable, Iterable
import logging

from ..version import Version
from .calls import Calls
from .security import async_reset

_LOGGER = logging.getLogger(__name__)


class Restarts:
    """Has one station start again where only that is missing. `transaction_runs`: a start would end one.

    `tried_for` are settings for which it was started before, and `keep` hears of more of them.
    """

    def __init__(
        self,
        identity: str,
        transaction_runs: Callable[[], bool],
        *,
        idle_s: float,
        tried_for: Iterable[str],
        keep: Callable[[tuple[str, ...]], None],
    ) -> None:
        self._identity = identity
        self._transaction_runs = transaction_runs
        self._idle_s = idle_s
        self._wanted_for: set[str] = set()
        #: A station that does not hold a setting over its start would be started for ever.
        self._tried_for: set[str] = set(tried_for)
        self._keep = keep
        #: Set when something is told of a transaction, or somebody cannot wait for its end.
        self.transaction_told = asyncio.Event()

    def needed_for(self, settings: Iterable[str]) -> None:
        """Note settings that are in force after the next start only."""
        self._wanted_for |= set(settings) - self._tried_for

    def other_firmware(self) -> None:
        """Note that the station may hold now what it did not hold before."""
        if self._tried_for:
            self._tried_for.clear()
            self._keep(())

    def started(self) -> None:
        """Note that the station has started."""
        self._wanted_for.clear()

    async def async_restart(self, calls: Calls, version: Version, other_work: asyncio.Event) -> None:
        """Have the station start, once no transaction runs; leave that for later where there is other work."""
        if not self._wanted_for:
            return
        while self._transaction_runs():
            self.transaction_told.clear()
            await self.transaction_told.wait()
            if other_work.is_set():
                return
            # Until what it told is known everywhere.
            await asyncio.sleep(self._idle_s)
        self._tried_for |= self._wanted_for
        # Over a restart of ours as well, once is enough.
        self._keep(tuple(sorted(self._tried_for)))
        self._wanted_for.clear()
        if not await async_reset(calls, version):
            _LOGGER.debug("%s would not start again", self._identity)
