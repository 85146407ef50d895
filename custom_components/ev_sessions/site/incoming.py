"""What comes in at a site: readings, prices, decisions and time, led to the parts that need them."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant, callback

from ..core.balancing.load import BalancingState, Decision
from ..core.moment import Now
from ..core.reading import EvseReading, GridReading
from ..core.statistics.month import month_of
from .clock import Clock
from .evse.evse import EvseRuntime
from .issues import IssueBook
from .parts import SiteParts
from .showing import Showing
from .turns import async_in_turns

_LOGGER = logging.getLogger(__name__)

#: By more than this the wall clock was set; less is the drift of clocks.
CLOCK_STEP_S = 2.0

#: Start work in the background, by its name.
type Run = Callable[[Coroutine[Any, Any, None], str], object]


class Incoming:
    """Leads what comes in to the parts.

    `month_began` and `prices_learned` are run in the background by `run`.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        name: str,
        parts: SiteParts,
        issues: IssueBook,
        clock: Clock,
        zone: ZoneInfo,
        run: Run,
        showing: Showing,
        month_began: Callable[[], Coroutine[Any, Any, None]],
        prices_learned: Callable[[datetime], Coroutine[Any, Any, None]],
    ) -> None:
        self._hass = hass
        self._name = name
        self._parts = parts
        self._issues = issues
        self._clock = clock
        self._zone = zone
        self._run = run
        self._showing = showing
        self._state: BalancingState | None = None
        #: Who wants to know of each reading of the grid meter.
        self.grid_seen: Callable[[], None] = lambda: None
        self._stopped = False
        self._month_began = month_began
        self._prices_learned = prices_learned
        self._ticked = clock()
        self._month_start = month_of(self._ticked.utc, zone).start

    @callback
    def async_evse_reading(self, place: int, evse: EvseRuntime, reading: EvseReading) -> None:
        """Take a reading of an EVSE, by the reader at that place."""
        self._async_follow_clock(self._clock())
        reader = self._parts.readers[place]
        evse.async_reading(reading, online=reader.source_available, set_by=evse.commands.setter(reader.set_context))

    @callback
    def async_follow_clock(self) -> None:
        """See whether the clock was set, before anything is made of what a station told."""
        self._async_follow_clock(self._clock())

    @callback
    def async_grid_reading(self, reading: GridReading | None) -> None:
        """Take a reading of the grid meter; None where it fell silent."""
        power_w = None
        if reading is not None and reading.signed:
            power_w = reading.power_w
        for evse in self._parts.evses:
            evse.set_grid_power(power_w)
        if self._parts.load is not None:
            self._parts.load.async_grid_reading(reading)
        self.grid_seen()

    @callback
    def async_tick(self, _at: datetime) -> None:
        """Let time pass where nothing reports."""
        now = self._clock()
        self._async_follow_clock(now)
        async_in_turns(self._hass, tuple(self._parts.evses), self._async_tick_of)
        month_start = month_of(now.utc, self._zone).start
        if month_start != self._month_start:
            # Also where the clock was set, into a month of which the ledger knows more.
            self._month_start = month_start
            self._run(self._month_began(), "month")

    @callback
    def _async_tick_of(self, evse: EvseRuntime) -> None:
        if not self._stopped:
            evse.async_tick(self._clock())

    @callback
    def async_stop(self) -> None:
        """Let no more time pass."""
        self._stopped = True

    @callback
    def _async_follow_clock(self, now: Now) -> None:
        """Before anything else is made of an instant, see whether the clock was set."""
        jump_s = now.wall_jump_s(self._ticked)
        self._ticked = now
        if abs(jump_s) > CLOCK_STEP_S:
            _LOGGER.warning("The clock was set by %.0f s; open sessions are re-dated", jump_s)
            self._issues.clock_stepped(jump_s)
            if self._parts.prices is not None and jump_s < 0:
                self._parts.prices.async_clock_set_back(timedelta(seconds=-jump_s))
            for evse in self._parts.evses:
                evse.wishes.async_clock_set(timedelta(seconds=jump_s))

    @callback
    def async_price_changed(self) -> None:
        """Energy has another price from now on."""
        async_in_turns(self._hass, tuple(self._parts.evses), self._async_price_changed_of)
        self._showing.async_site(now=True)

    @callback
    def _async_price_changed_of(self, evse: EvseRuntime) -> None:
        # A price may change in the moment in which the site starts.
        if evse.recorder.has_begun and not self._stopped:
            evse.recorder.async_tick(self._clock())

    @callback
    def async_prices_learned(self, since: datetime) -> None:
        """Prices of the past became known, since an instant."""
        self._run(self._prices_learned(since), "late prices")

    @callback
    def async_decided(self, decision: Decision) -> None:
        """Show what the balancer decided, and tell the owner what he has to know of it."""
        self._showing.async_site(now=decision.state is not self._state)
        self._state = decision.state
        for evse in self._parts.evses:
            ignores = evse.evse_id in decision.not_obeying or evse.commands.ignored
            self._issues.obedience(evse, ignores=ignores)
            self._issues.asleep(evse, asleep=evse.evse_id in decision.asleep)
            self._issues.rival(evse, there=evse.evse_id in decision.rivals and not evse.knows_rival)
        self._issues.meter(self._name, lost=decision.state is BalancingState.METER_LOST)
