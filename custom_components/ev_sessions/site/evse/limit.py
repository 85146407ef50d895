"""The limit that the balancer decided for one EVSE, with what it decided before."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant, callback

from ...core.balancing.history import History
from ...core.balancing.load import EvseLimit
from ...core.balancing.reasons import ReasonKey
from ...core.reading import EvseReading
from ..clock import Clock
from ..wording import decided_json

#: So many of the last decisions are shown beside the limit.
_MOST_RECENT = 5
#: What cars and their meters differ by.
_CLEARLY_A = 1.0


class DecidedLimit:
    """What the balancer decided last, and why, in the words of who knows more than it (`explained`)."""

    def __init__(
        self, hass: HomeAssistant, clock: Clock, zone: ZoneInfo, *, explained: Callable[[EvseLimit], EvseLimit]
    ) -> None:
        self._hass = hass
        self._clock = clock
        self._zone = zone
        self._explained = explained
        self.changed: Callable[[], None] = lambda: None  # there is something new to show
        self.now: EvseLimit | None = None  # until there is one
        self.car_lines: tuple[int, ...] | None = None  # where it is known which of them the car loads
        self.pauses = 0  # in the last day
        self.history = History()
        self.recent: tuple[dict[str, Any], ...] = ()  # the last ones, as they are told

    @callback
    def async_decided(self, limit: EvseLimit, *, car_lines: tuple[int, ...] | None, pauses: int) -> None:
        """Note what the balancer decided, to show it: which lines the car loads where that is known, too."""
        limit = self._explained(limit)
        if limit == self.now and car_lines == self.car_lines and pauses == self.pauses:
            return
        self.car_lines = car_lines
        self.pauses = pauses
        self.now = limit
        if self.history.note(limit, self._clock().utc):
            self._tell_newest()
        self.changed()

    @callback
    def async_take_up(self, history: History) -> None:
        """Go on with what was decided before the start."""
        self.history = history
        self._tell_newest()

    def _tell_newest(self) -> None:
        newest = self.history.last(_MOST_RECENT)
        self.recent = tuple(decided_json(self._hass, one, self._zone) for one in newest)

    @property
    def limit_a(self) -> float | None:
        """The current that it may have, in A; None where nobody limits it."""
        return None if self.now is None else self.now.limit_a

    @property
    def pauses_it(self) -> bool:
        """Whether it is we who hold it at nothing."""
        limit = self.now
        return limit is not None and limit.limit_a == 0 and limit.reason.key is not ReasonKey.STOPPED_THERE

    def is_overdrawn(self, reading: EvseReading) -> bool:
        """Tell whether a reading shows clearly more than the limit."""
        limit_a = self.limit_a
        return limit_a is not None and max(reading.currents_a or (0.0,)) > limit_a + _CLEARLY_A
