"""When the charge of a car that waits at a free charger is begun: once per plug-in, where the box does not do it."""

from dataclasses import dataclass, replace
from typing import Final

from ..reading import CONNECTED_ACTIVITIES, Activity, EvseReading

#: A station that never begins by itself, and one of which that is not known.
_KNOWN_WAIT_S: Final = 2.0
_UNKNOWN_WAIT_S: Final = 15.0
#: How long after a start that led to nothing it is tried again.
_RETRIES_S: Final = (60.0, 300.0)

_WAITING: Final = frozenset({Activity.PREPARING, Activity.AWAITING_AUTHORISATION})


@dataclass(frozen=True, slots=True)
class FreeStart:
    """What is known of the car that is plugged in; times are monotonic.

    `since_s` is when it began to wait, `begun` that it has been charged since it came: a charge
    that has ended, or was ended, is not begun again.
    """

    since_s: float | None = None
    begun: bool = False
    tries: int = 0
    tried_s: float = 0.0

    def observed(self, reading: EvseReading, now_s: float) -> FreeStart:
        """Return the state after a reading; what says nothing changes nothing."""
        if reading.connected is False:
            return FreeStart()
        if reading.activity in _WAITING:
            # In 2.x a transaction may run already, and wait for somebody who is allowed to charge.
            return replace(self, since_s=now_s) if self.since_s is None else self
        if reading.activity in CONNECTED_ACTIVITIES:
            return FreeStart(begun=True)
        return self

    def due_s(self, *, never_begins: bool) -> float | None:
        """Return when to begin the charge; None where nobody waits, or it was tried often enough."""
        if self.since_s is None or self.begun or self.tries > len(_RETRIES_S):
            return None
        if self.tries:
            return max(self.since_s, self.tried_s) + _RETRIES_S[self.tries - 1]
        return self.since_s + (_KNOWN_WAIT_S if never_begins else _UNKNOWN_WAIT_S)

    def tried(self, now_s: float) -> FreeStart:
        """Return the state after an attempt."""
        return replace(self, tries=self.tries + 1, tried_s=now_s)
