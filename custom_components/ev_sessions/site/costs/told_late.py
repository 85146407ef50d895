"""What was told late changes what was shown: of the EVSEs that it was told of, and of no others."""

from asyncio import wait, wrap_future
from collections.abc import Callable, Iterable
import logging
from zoneinfo import ZoneInfo

from homeassistant.core import callback

from ...core.statistics.month import month_of
from ...store import Ledger, LedgerError
from ..clock import Clock
from ..evse.evse import EvseRuntime
from ..incoming import Run
from ..ledger.known import total_in
from ..ledger.ledger import asked

_LOGGER = logging.getLogger(__name__)

#: The ledger writes what waits within this.
_KEPT_S = 15.0


class ToldLate:
    """Shows the last session and the month of EVSEs as the ledger has them; `done` hears when it has for a while.

    Many that tell of something at once, as after an outage, are looked up together.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        name: str,
        currency: str,
        zone: ZoneInfo,
        clock: Clock,
        run: Run,
        done: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._name = name
        self._currency = currency
        self._zone = zone
        self._clock = clock
        self._run = run
        self._done = done
        self._waiting: dict[EvseRuntime, None] = {}
        self._working = False

    @callback
    def async_told(self, evse: EvseRuntime) -> None:
        """Look an EVSE up soon."""
        self._waiting[evse] = None
        if not self._working:
            self._working = True
            self._run(self._async_work(), "sessions told late")

    async def _async_work(self) -> None:
        try:
            while self._waiting:
                evses, self._waiting = tuple(self._waiting), {}
                await self._async_show(evses)
        except LedgerError as err:
            _LOGGER.warning("%s: what was told late cannot be shown yet: %s", self._name, err)
        finally:
            self._working = False
        self._done()

    async def _async_show(self, evses: Iterable[EvseRuntime]) -> None:
        before = {evse: evse.recorder.month for evse in evses}
        now = self._clock()
        # What is not in the ledger yet would be missing in its totals.
        commits = [commit for evse in before if (commit := evse.recorder.async_flush(now)) is not None]
        if commits:
            await wait([wrap_future(commit) for commit in commits], timeout=_KEPT_S)
        month = month_of(now.utc, self._zone)
        spans, ids = [(month.start, month.end)], tuple(evse.evse_id for evse in before)
        totals = await asked(self._ledger.span_totals(spans, evse_ids=ids))
        for evse, month_before in before.items():
            mine = tuple(total for total in totals if total.evse_id == evse.evse_id)
            evse.recorder.async_set_month(total_in(mine, self._currency), month, month_before)
            evse.recorder.set_last_session(await asked(self._ledger.last_session(evse.evse_id)))
            evse.async_refresh()
