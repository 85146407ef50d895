"""The estimated end of the session of one EVSE: learned from the traces in its ledger, looked at each minute."""

from collections.abc import Callable
from datetime import datetime
import logging

from homeassistant.core import HomeAssistant, callback

from ...core.moment import Now
from ...core.sessions.estimate import Charge, PastCharge, estimated_end, learned, steady
from ...core.sessions.session import SessionStatus
from ...core.sessions.session_limit import Progress, SessionLimit
from ...core.vehicles.battery import Battery, seen
from ...store import Ledger, LedgerError, SessionFilter
from ..ledger.ledger import asked

_LOGGER = logging.getLogger(__name__)

#: So many of the newest sessions are learned from.
_SESSIONS = 20
_LOOK_EVERY_S = 60.0
_FULL_PERCENT = 100.0


class EndEstimate:
    """Estimates when the charge of one EVSE is over; None where nothing tells."""

    def __init__(self, hass: HomeAssistant, ledger: Ledger, *, evse_id: str, limit: Callable[[], SessionLimit]) -> None:
        self._hass = hass
        self._ledger = ledger
        self._evse_id = evse_id
        self._limit = limit
        self._past: list[PastCharge] = []
        self._session_id: str | None = None
        self._battery: Battery | None = None
        self._looked_s: float | None = None
        self.end: datetime | None = None

    async def async_learn(self) -> None:
        """Learn from the newest sessions of the EVSE how its cars end a charge."""
        wanted = SessionFilter(evse_ids=(self._evse_id,), statuses=(SessionStatus.ENDED,))
        past = []
        try:
            _, found = await asked(self._ledger.sessions_page(wanted, limit=_SESSIONS))
            for stored in found:
                samples = await asked(self._ledger.trace_of(stored.session.id))
                if samples:
                    past.append(await self._hass.async_add_executor_job(learned, samples))
        except LedgerError as err:
            _LOGGER.debug("Nothing could be learned of the charges of EVSE %s: %s", self._evse_id, err)
            return
        self._past = [one for one in past if one is not None]
        self._looked_s = None

    @callback
    def async_look(
        self,
        progress: Progress | None,
        now: Now,
        *,
        power_w: float | None,
        peak_w: float | None,
        offered_w: float | None,
        is_over: bool,
    ) -> None:
        """Look at the session that goes on; it `is_over` where it has reached its limit."""
        if progress is None or progress.session_id != self._session_id:
            self._session_id = None if progress is None else progress.session_id
            self._battery = self._looked_s = self.end = None
        if progress is None:
            return
        if progress.soc_percent is not None:
            self._battery = seen(self._battery, progress.soc_percent, progress.energy_mwh)
        if is_over:
            self.end = self._looked_s = None
            return
        if self._looked_s is not None and now.monotonic_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now.monotonic_s
        charge = Charge(
            at=now.utc,
            power_w=power_w,
            peak_w=peak_w,
            energy_mwh=progress.energy_mwh,
            connected_ms=progress.connected_ms,
            offered_w=offered_w,
            soc_mwh=self._soc_mwh(progress, self._limit().soc_percent),
            full_mwh=self._soc_mwh(progress, _FULL_PERCENT),
            cost_mwh=_cost_mwh(progress, self._limit()),
        )
        self.end = steady(self.end, estimated_end(charge, self._limit(), self._past), now.utc)

    @callback
    def async_look_again(self) -> None:
        """Look at the next reading whatever the time: what is asked for has changed."""
        self._looked_s = None

    def left_mwh(self, progress: Progress | None, target_percent: float) -> float | None:
        """Return what the car lacks to a state of charge, as its session has shown; None while it has not."""
        if progress is None or progress.session_id != self._session_id:
            return None
        return self._soc_mwh(progress, target_percent)

    def _soc_mwh(self, progress: Progress, target_percent: float | None) -> float | None:
        if self._battery is None or target_percent is None:
            return None
        return self._battery.left_mwh(target_percent, progress.energy_mwh)


def _cost_mwh(progress: Progress, limit: SessionLimit) -> float | None:
    """Return the energy to a cost, at what the session's energy has cost by now."""
    if limit.cost is None or progress.cost is None or progress.cost <= 0:
        return None
    return float((limit.cost - progress.cost) / progress.cost) * progress.energy_mwh
