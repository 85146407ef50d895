"""Follow a price entity: its state as it changes, and the intervals that its attributes carry."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import partial
import logging
from time import monotonic

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..core.prices.price import PriceInterval, PriceSample
from ..core.prices.unit import PriceUnit
from ..sources.watch import EntityWatch, SourceListener, SourceProblem
from .carried import CarriedIntervals
from .companions import companions_of
from .history import async_price_history
from .quote import Refusal, quote, unit_of

__all__ = ["EntityPriceSource", "PriceListener", "async_price_history"]

_LOGGER = logging.getLogger(__name__)

#: No tariff changes faster. A template that follows the sun may, and would cut a session to pieces.
SPACING_S = 10.0
#: But some changes in a row are taken at once: what waits is lost with a power cut.
AT_ONCE = 6
#: After a start an entity that has not shown a price yet says nothing for so long: its
#: integration may come later than ours.
GRACE_S = 300.0

PriceListener = SourceListener

#: What becomes of an entity beside the one that was chosen is no matter of the owner's.
_UNHEARD = SourceListener(on_problem=lambda _: None, on_cured=lambda _: None, on_renamed=lambda *_: None)


class EntityPriceSource:
    """Calls `on_sample` when the price becomes another, and `on_intervals` when intervals become known or change.

    Prices are in the major unit of `currency` per kWh, None where the source has none.
    `unit` stands in for the entity's own unit. `zone` is where times without an offset are.
    More than `AT_ONCE` changes in a row come at most every `SPACING_S`; of what comes in
    between the last counts. That there is no price any more waits so long, too.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entity_id: str,
        *,
        currency: str,
        unit: str | None,
        zone: tzinfo,
        on_sample: Callable[[PriceSample], None],
        on_intervals: Callable[[tuple[PriceInterval, ...]], None],
        listener: PriceListener,
    ) -> None:
        self._hass = hass
        self._entity_id = entity_id
        self._currency = currency
        self._unit = unit
        self._on_sample = on_sample
        self._on_intervals = on_intervals
        self._listener = listener
        self._watch = EntityWatch(hass, [entity_id], on_report=self._async_reported, listener=listener)
        self._told: SourceProblem | None = None
        self._last: PriceSample | None = None
        self._last_s = 0.0
        self._spaced_s = 0.0  # until when the changes that were passed on would last, ten seconds each
        self._waiting: PriceSample | None = None
        self._cancel_waiting: CALLBACK_TYPE | None = None
        self._cancel_grace: CALLBACK_TYPE | None = None
        # The entity itself, and those that carry its prices beside it.
        self._carried = {
            one: CarriedIntervals(currency=currency, unit=unit, zone=zone)
            for one in (entity_id, *companions_of(hass, entity_id))
        }
        companions = [one for one in self._carried if one != entity_id]
        self._beside = EntityWatch(hass, companions, on_report=self._async_carried, listener=_UNHEARD)

    @property
    def problem(self) -> SourceProblem | None:
        """What the owner has to mend before the entity is a price."""
        return self._told

    @property
    def unit(self) -> PriceUnit | Refusal:
        """The unit of what the entity shows now."""
        return unit_of(self._watch[self._entity_id].state, currency=self._currency, unit=self._unit)

    @property
    def shown(self) -> Decimal | None:
        """The price that the entity shows now."""
        price = quote(self._watch[self._entity_id].state, currency=self._currency, unit=self._unit)
        return price if isinstance(price, Decimal) else None

    @callback
    def async_start(self) -> None:
        """Take the price as it is now, and follow it."""
        self._cancel_grace = async_call_later(self._hass, GRACE_S, self._async_grace_over)
        self._watch.async_start()
        self._beside.async_start()
        self._async_reported(dt_util.utcnow())

    @callback
    def async_stop(self) -> None:
        """Follow no more."""
        self._watch.async_stop()
        self._beside.async_stop()
        self._async_end_grace()
        self._async_end_waiting()

    @callback
    def _async_reported(self, at: datetime) -> None:
        self._async_carried(at)
        state = self._watch[self._entity_id].state
        carries = any(carried.any for carried in self._carried.values())
        price = quote(state, currency=self._currency, unit=self._unit)
        if state is not None and price is not None:
            # The day's average with all prices in its attributes: what it carries is enough.
            self._async_tell(state, price if isinstance(price, Refusal) and not carries else None)
        known = price if isinstance(price, Decimal) else None
        self._async_take(PriceSample(at=at.astimezone(UTC), price_per_kwh=known))

    @callback
    def _async_carried(self, at: datetime) -> None:
        """Pass on what is new among the intervals of the attributes."""
        for entity_id, carried in self._carried.items():
            watch = self._watch if entity_id == self._entity_id else self._beside
            if news := carried.news(watch[entity_id].state, at):
                self._on_intervals(news)

    @callback
    def _async_take(self, sample: PriceSample) -> None:
        """Pass a sample on where it is news, at once or when the last one is old enough."""
        if self._waiting is not None and sample.price_per_kwh == self._waiting.price_per_kwh:
            return
        self._async_end_waiting()
        if self._cancel_grace is not None:
            if sample.price_per_kwh is None:
                return
            self._async_end_grace()
        if self._last is not None:
            if sample.price_per_kwh == self._last.price_per_kwh:
                return
            wait_s = self._wait_s(sample)
            if wait_s > 0:
                self._waiting = sample
                self._cancel_waiting = async_call_later(self._hass, wait_s, partial(self._async_waited, sample))
                return
        self._async_pass_on(sample)

    def _wait_s(self, sample: PriceSample) -> float:
        """Return how long a sample has to wait."""
        if sample.price_per_kwh is None:
            return self._last_s + SPACING_S - monotonic()
        return self._spaced_s - monotonic() - (AT_ONCE - 1) * SPACING_S

    @callback
    def _async_pass_on(self, sample: PriceSample) -> None:
        self._last = sample
        self._last_s = monotonic()
        self._spaced_s = max(self._spaced_s, self._last_s) + SPACING_S
        self._on_sample(sample)

    @callback
    def _async_waited(self, sample: PriceSample, _now: datetime) -> None:
        self._waiting = self._cancel_waiting = None
        self._async_pass_on(sample)

    @callback
    def _async_end_waiting(self) -> None:
        self._waiting = None
        if self._cancel_waiting is not None:
            self._cancel_waiting()
            self._cancel_waiting = None

    @callback
    def _async_grace_over(self, now: datetime) -> None:
        self._cancel_grace = None
        self._async_reported(now)

    @callback
    def _async_end_grace(self) -> None:
        if self._cancel_grace is not None:
            self._cancel_grace()
            self._cancel_grace = None

    @callback
    def _async_tell(self, state: State, refusal: Refusal | None) -> None:
        """Tell once of what the owner has to mend, and once when it is mended."""
        told = self._told
        if told is not None and refusal is not None and told.kind is refusal.kind:
            return
        self._told = None
        if told is not None:
            self._listener.on_cured(told)
        if refusal is not None:
            self._told = SourceProblem(kind=refusal.kind, entity_id=state.entity_id, detail=refusal.detail)
            _LOGGER.warning("%s is no price: %s (%s)", state.entity_id, refusal.reason, refusal.detail)
            self._listener.on_problem(self._told)
