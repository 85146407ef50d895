"""Shows what changed at a site: each EVSE by itself, and no more of them in a second than a person can follow."""

from asyncio import TimerHandle
from collections.abc import Callable
from math import inf

from homeassistant.core import HomeAssistant, callback

from .evse.evse import EvseRuntime
from .pace import LEAST_S, Pace

#: So many EVSEs are shown anew in a second where more of them report; each of them costs a handful of states, and
#: what a recorder keeps of them.
PER_S = 4
#: Where there are very many, so many more that each is shown within this.
AT_LATEST_S = 30.0
#: So many at once after a while in which few had to be: more would hold up the loop.
AT_ONCE = 5
#: A site of no more EVSEs adds them up whenever one of them changed.
FEW = 10


class Showing:
    """Who has something new to show, and when it is shown.

    An EVSE of which only figures changed waits for its turn: it is shown at once where it
    was not for a second and few others wait, else in the order of asking. `show_site` makes
    the site's own view, which is of all its EVSEs together.
    """

    def __init__(self, hass: HomeAssistant, *, evses: int, show_site: Callable[[], None]) -> None:
        self._hass = hass
        self._site = Pace(hass, show_site, least_s=LEAST_S if evses > FEW else 0.0)
        self._per_s = max(PER_S, evses / AT_LATEST_S)
        self._waiting: dict[EvseRuntime, None] = {}
        self._shown_s: dict[EvseRuntime, float] = {}
        #: Moves on with each that is shown, and never lags far behind; while it is ahead of the clock, nobody is.
        self._paid_s = -inf
        self._timer: TimerHandle | None = None
        self._ended = False

    @callback
    def async_soon(self, evse: EvseRuntime) -> None:
        """Have an EVSE shown when its turn comes."""
        if evse in self._waiting or self._ended:
            return
        self._waiting[evse] = None
        if self._timer is None:
            self._async_take_turns()

    @callback
    def async_now(self, evse: EvseRuntime) -> None:
        """Show an EVSE, and the site with it: something began, ended or became another."""
        if self._ended:
            return
        self._waiting.pop(evse, None)
        self._shown_s[evse] = self._hass.loop.time()
        evse.async_refresh()
        self._site.async_do()

    @callback
    def async_site(self, *, now: bool = False) -> None:
        """Have the site's own view made anew: soon, or `now`."""
        if now:
            self._site.async_do()
        else:
            self._site.async_ask()

    @callback
    def _async_take_turns(self) -> None:
        self._timer = None
        now_s = self._hass.loop.time()
        while self._waiting:
            evse = next(iter(self._waiting))
            due_s = max(self._paid_s, self._shown_s.get(evse, -inf) + LEAST_S)
            if due_s > now_s:
                self._timer = self._hass.loop.call_at(due_s, self._async_take_turns)
                return
            del self._waiting[evse]
            self._shown_s[evse] = now_s
            self._paid_s = max(self._paid_s, now_s - AT_ONCE / self._per_s) + 1 / self._per_s
            evse.async_follow(balances=False)
            self._site.async_ask()

    @callback
    def async_end(self) -> None:
        """Show nothing more."""
        self._ended = True
        self._waiting.clear()
        self._site.async_end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
