"""Tells the owner where the price that an entity shows is not the one that is told of the same time.

Energy is costed by what is told of intervals. That the two differ only the owner can mend: one may be
before tax, of another meter, or of a day that was imported by mistake.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ...core.money import exact_text
from ...core.prices.agreement import agrees
from ...core.prices.price import PriceInterval
from ...sources.watch import ProblemKind, SourceListener, SourceProblem
from ..clock import Clock

_LOGGER = logging.getLogger(__name__)

#: Entities change seconds or minutes after the interval began: what lasts longer, in s, is told.
LASTS_S: Final = 1200.0
_AROUND: Final = timedelta(hours=1)


class PriceAgreement:
    """Compares what an entity shows with what is known of now, at each change of either."""

    def __init__(
        self,
        hass: HomeAssistant,
        entity_id: str,
        *,
        clock: Clock,
        shown: Callable[[], Decimal | None],
        told: Callable[[], Sequence[PriceInterval]],
        listener: SourceListener,
    ) -> None:
        self._hass = hass
        self._entity_id = entity_id
        self._clock = clock
        self._shown = shown
        self._told = told
        self._listener = listener
        self._since_s: float | None = None
        self._problem: SourceProblem | None = None
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_look(self, _at: datetime | None = None) -> None:
        """Look whether they are the same."""
        clock = self._clock()
        now, shown = clock.utc, self._shown()
        told = [one for one in self._told() if one.start <= now + _AROUND and one.end > now - _AROUND]
        held = next((one.price_per_kwh for one in told if one.start <= now < one.end), None)
        if shown is None or held is None or agrees(shown, told, now):
            self._over()
            return
        since_s = self._since_s = clock.monotonic_s if self._since_s is None else self._since_s
        wait_s = since_s + LASTS_S - clock.monotonic_s
        if wait_s <= 0:
            self._tell(shown, held)
        elif self._cancel is None:
            self._cancel = async_call_later(self._hass, wait_s, self._async_due)

    @callback
    def async_stop(self) -> None:
        """Look no more; what was told stays until the next look."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _async_due(self, at: datetime) -> None:
        self._cancel = None
        self.async_look(at)

    def _tell(self, shown: Decimal, held: Decimal) -> None:
        if self._problem is not None:
            return
        detail = f"{exact_text(shown)} ≠ {exact_text(held)}"
        self._problem = SourceProblem(kind=ProblemKind.DISAGREES, entity_id=self._entity_id, detail=detail)
        _LOGGER.warning("%s shows another price than is told of now: %s", self._entity_id, detail)
        self._listener.on_problem(self._problem)

    def _over(self) -> None:
        self.async_stop()
        self._since_s = None
        if self._problem is not None:
            told, self._problem = self._problem, None
            self._listener.on_cured(told)
