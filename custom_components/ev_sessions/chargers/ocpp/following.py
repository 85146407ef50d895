"""Whether an EVSE follows its limit: judged by what it draws, never by what the station says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from math import inf

from homeassistant.util import dt as dt_util

from ...core.balancing.evse.obedience import DEFAULT_LAG_S, Obedience
from ...core.id_token import IdToken

_LOGGER = logging.getLogger(__name__)

#: What was measured so soon after a command says nothing of it.
_LAG = timedelta(seconds=DEFAULT_LAG_S)
#: A car that takes this much more than it is allowed, in A and as a part, does not follow.
_EXCESS_A = 1.0
_EXCESS_PART = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of an EVSE from its readings; `drawn_at` is when the draw was measured."""

    connected: bool | None = None
    drawn_a: float | None = None
    drawn_at: datetime | None = None
    transaction_id: str | None = None
    token: IdToken | None = None

    def drawn_since(self, instant: datetime) -> float | None:
        """Return what was drawn after an instant; None where that was not measured."""
        return self.drawn_a if self.drawn_at is not None and self.drawn_at >= instant else None


class Following:
    """Follows one EVSE. `changed_s` is when its limit last changed, in monotonic seconds."""

    def __init__(self, *, name: str, now_s: float) -> None:
        self._name = name
        self._obedience = Obedience()
        self._allowed_a = inf
        self._commanded_at = dt_util.utcnow()
        self.changed_s = now_s
        self.ignored = False

    def commanded(self, limit_a: float, now_s: float) -> None:
        """Take note of a limit that the station has accepted."""
        if limit_a == self._allowed_a:
            return
        self._obedience = self._obedience.commanded(now_s, lowered=limit_a < self._allowed_a)
        self._allowed_a = limit_a
        self.changed_s, self._commanded_at = now_s, dt_util.utcnow()

    def is_lost(self, seen: Seen, now_s: float) -> bool:
        """Tell whether commands had no effect again and again, so that another way is due."""
        drawn_a = seen.drawn_since(self._commanded_at + _LAG)
        if drawn_a is None:
            return False
        excess = drawn_a > self._allowed_a + max(_EXCESS_A, _EXCESS_PART * self._allowed_a)
        self.ignored = self.ignored and excess
        self._obedience, again = self._obedience.judged(now_s, excess=excess, mistaken=False)
        return again and self._obedience.disobedient

    def begin_anew(self) -> None:
        """Judge what comes by another way for itself."""
        self._obedience = Obedience()

    def give_up(self) -> None:
        """Take note that there is no other way."""
        if not self.ignored:
            self.ignored = True
            _LOGGER.warning("%s accepts limits and does not follow them", self._name)
