"""What comes and goes all the time is said a few times in the log, and then no more until it has rested."""

from math import inf
import time
from typing import Final

#: So many times it is said, each soon after the one before.
_TIMES: Final = 3
#: What has not happened for so long has rested.
_REST_S: Final = 600.0
_NO_MORE: Final = " (it comes and goes: no more of it until there were ten minutes without)"


class Restraint:
    """Tells whether what happens once more is still worth a line in the log."""

    def __init__(self) -> None:
        self._times = 0
        self._last_s = -inf

    def ending(self) -> str | None:
        """Return how the line of what happens now ends, mostly with nothing more; None where it is not said."""
        now_s = time.monotonic()
        self._times = self._times + 1 if now_s - self._last_s < _REST_S else 1
        self._last_s = now_s
        if self._times > _TIMES:
            return None
        return _NO_MORE if self._times == _TIMES else ""
