"""Work that is asked for often and worth doing only as often as a person can see."""

from asyncio import TimerHandle
from collections.abc import Callable
from math import inf

from homeassistant.core import HomeAssistant, callback

#: Nobody sees more than this much change in a second.
LEAST_S = 1.0


class Pace:
    """Does work when it is asked for: at once after a while of rest, else when so much time has passed.

    With no time between, always at once.
    """

    def __init__(self, hass: HomeAssistant, work: Callable[[], None], *, least_s: float = LEAST_S) -> None:
        self._hass = hass
        self._work = work
        self._least_s = least_s
        self._done_s = -inf
        self._timer: TimerHandle | None = None
        self._ended = False

    @callback
    def async_ask(self) -> None:
        """Have it done soon."""
        if self._timer is not None or self._ended:
            return
        wait_s = self._done_s + self._least_s - self._hass.loop.time()
        if wait_s <= 0 or not self._least_s:
            self.async_do()
        else:
            self._timer = self._hass.loop.call_later(wait_s, self.async_do)

    @callback
    def async_do(self) -> None:
        """Do it now."""
        if self._ended:
            return
        self.async_stop()
        self._done_s = self._hass.loop.time()
        self._work()

    @callback
    def async_stop(self) -> None:
        """Do nothing that was asked for and is not done yet."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @callback
    def async_end(self) -> None:
        """Do no more, whatever is asked for."""
        self.async_stop()
        self._ended = True
