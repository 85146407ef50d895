"""Codes and a voucher that somebody begins a charge with, perhaps before the car is plugged in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from homeassistant.core import callback

from ...core.moment import Now
from ..sessions.sessions import SessionRecorder

#: So long they wait for a session to begin, in s, as a card does that was held to the charger.
_WAITS_S: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    codes: tuple[str, ...]
    voucher: Decimal | None
    since_s: float  # monotonic


class Brought:
    """Gives them to the session of an EVSE that goes on, else to the next one if it begins soon."""

    def __init__(self, recorder: Callable[[], SessionRecorder]) -> None:
        self._recorder = recorder
        self._waiting: _Waiting | None = None

    @callback
    def async_bring(self, codes: Sequence[str], voucher: Decimal | None, now: Now) -> None:
        """Take what somebody brings now; what waited before is forgotten."""
        if self._recorder().ownership.async_bring(codes, voucher, now):
            return
        self._waiting = _Waiting(codes=tuple(codes), voucher=voucher, since_s=now.monotonic_s)

    @callback
    def async_begun(self, now: Now) -> None:
        """Give what waits to the session that has begun."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and now.monotonic_s - waiting.since_s <= _WAITS_S:
            self._recorder().ownership.async_bring(waiting.codes, waiting.voucher, now)
