"""The price of a site's energy at run time: what the source says, kept, and asked for by period."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ...const import TARIFF_ENTITY
from ...core.costing.cost import priced, priced_at
from ...core.money import unit_price
from ...core.prices.ahead import Ahead, ahead_of
from ...core.prices.price import EARLIEST, UNKNOWN_PRICE, PriceAt, PriceInterval, PriceSample, PriceSlot, SampleKind
from ...core.prices.timeline import PriceTimeline
from ...core.sessions.session import ChargingPeriod
from ...core.tariff import Tariff, TimelinePrice
from ...core.tariff.reading import tariff_from_ocpi
from ...prices.asked import AskedPrices, AskingState, price_action_of
from ...prices.entity import EntityPriceSource, PriceListener, async_price_history
from ...store import Ledger
from ..clock import Clock
from ..config.site import SiteConfig, TariffConfig
from ..ledger.ledger import asked
from .agreement import PriceAgreement

_LOGGER = logging.getLogger(__name__)

#: How far back prices are held in memory: a session that is longer is priced from the ledger.
KEPT = timedelta(days=14)
#: A source that gives intervals is looked at again at each change, at the latest after this time.
_LOOK_AHEAD = timedelta(days=2)


#: For so long ahead it is looked once whether the price changes.
_STEADY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Steady:
    """A span inside which the price does not change, by what a timeline knows."""

    timeline: PriceTimeline
    start: datetime
    end: datetime

    def holds(self, start: datetime, end: datetime, timeline: PriceTimeline) -> bool:
        """Tell whether that is known of a span."""
        return timeline is self.timeline and self.start <= start and end <= self.end


def tariff_of(config: TariffConfig, site: SiteConfig) -> Tariff:
    """Return the tariff that a subentry describes, in the site's currency and zone."""
    if config.ocpi is not None:
        return tariff_from_ocpi(config.ocpi, site.time_zone)
    if config.plan is not None:
        return config.plan.tariff(currency=site.currency, time_zone=site.time_zone)
    price: Decimal | TimelinePrice
    if config.kind == TARIFF_ENTITY and config.entity_id is not None:
        price = TimelinePrice(source=config.entity_id, gap=config.gap, boundary_snap=config.boundary_snap)
    else:
        price = unit_price(config.price or Decimal(0))
    return Tariff.with_price(price, currency=site.currency, time_zone=site.time_zone)


class PriceService:
    """Knows the site's price.

    `changed` is called when the price of now becomes another, `ahead_changed` when what is
    ahead does, `learned` when prices since an instant of the past became known.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        config: TariffConfig,
        tariff: Tariff,
        tariff_id: str,
        clock: Clock,
        changed: Callable[[], None],
        ahead_changed: Callable[[], None],
        learned: Callable[[datetime], None],
        listener: PriceListener,
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._config = config
        self.tariff = tariff
        self._tariff_id = tariff_id
        self._clock = clock
        self._changed = changed
        self._ahead_changed = ahead_changed
        self._window = timedelta(hours=3)
        self.ahead = Ahead()
        self._learned = learned
        self._listener = listener
        self._timeline: PriceTimeline = tariff.new_timeline()
        self._steady = _Steady(self._timeline, EARLIEST, EARLIEST)
        self._even, self._even_price = self._steady, UNKNOWN_PRICE  # of a span in which a period was priced
        self._shown: PriceAt | None = None
        self._source: EntityPriceSource | None = None
        self._asked: AskedPrices | None = None
        self._agreement: PriceAgreement | None = None
        self._cancel_change: CALLBACK_TYPE | None = None

    @property
    def now(self) -> PriceAt:
        """The price of this instant."""
        return self.tariff.price_at(self._clock().utc, self._timeline)

    def price(self, period: ChargingPeriod) -> ChargingPeriod:
        """Return a charging period with the price of its span, or with none where none is known."""
        start, end, timeline = period.start, period.end, self._timeline
        if not self._even.holds(start, end, timeline):
            # Asked for at every reading, of the same quarter hour: looked for once for all EVSEs.
            until = max(end, start + _STEADY)
            cuts = self.tariff.cut_instants(start, until, timeline)
            self._even = _Steady(timeline, start, cuts[0] if cuts else until)
            self._even_price = self.tariff.price_at(start, timeline)
        if self._even.holds(start, end, timeline):
            return priced_at(period, self.tariff, self._even_price)
        return priced(period, self.tariff, timeline)

    def cuts(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Return the instants inside (start, end) at which the price changes."""
        if not self._steady.holds(start, end, self._timeline):
            # Asked for at every reading, of the last seconds: looked for once for all of a while.
            until = max(end, start + _STEADY)
            cuts = self.tariff.cut_instants(start, until, self._timeline)
            self._steady = _Steady(self._timeline, start, cuts[0] if cuts else until)
            return tuple(cut for cut in cuts if cut < end)
        return ()

    @property
    def timeline(self) -> PriceTimeline:
        """What is known of the price of the last days."""
        return self._timeline

    @property
    def asked_for(self) -> AskingState | None:
        """How the integration behind the entity is asked for prices; None where it is not."""
        return None if self._asked is None else self._asked.state

    async def async_start(self, watched_until: datetime | None) -> None:
        """Take up what the ledger knows, then follow the source. `watched_until`: the last instant we ran."""
        if self.tariff.timeline_price is None or self._config.entity_id is None:
            self._show()
            return
        now = self._clock().utc
        slots = await asked(self._ledger.prices_of(self._tariff_id, now - KEPT, now + _LOOK_AHEAD))
        self._timeline = self._timeline.with_slots(slots)
        if slots:
            seen = max((slot.start for slot in slots if slot.end is None), default=None)
            last = max((at for at in (watched_until, seen) if at is not None), default=None)
            if last is not None and last < now:
                # Kept as well: a second start must not take the time in between for watched.
                self._async_sample(PriceSample(at=last, kind=SampleKind.UNWATCHED))
        self._async_follow(self._config.entity_id)
        self._show()

    @callback
    def _async_follow(self, entity_id: str) -> None:
        """Follow the entity, and ask its integration where that tells more."""
        zone = ZoneInfo(self.tariff.time_zone)
        source = self._source = EntityPriceSource(
            self._hass,
            entity_id,
            currency=self.tariff.currency,
            unit=self._config.unit,
            zone=zone,
            on_sample=self._async_sample,
            on_intervals=self._async_intervals,
            listener=self._listener,
        )
        self._agreement = PriceAgreement(
            self._hass,
            entity_id,
            clock=self._clock,
            shown=lambda: source.shown,
            told=lambda: self._timeline.intervals,
            listener=self._listener,
        )
        source.async_start()
        action = price_action_of(self._hass, entity_id, zone)
        if action is not None and action.currency in {None, self.tariff.currency}:
            self._asked = AskedPrices(
                self._hass,
                action,
                entity_id=entity_id,
                currency=self.tariff.currency,
                zone=zone,
                own_unit=lambda: source.unit,
                shown=lambda: source.shown,
                on_intervals=self._async_intervals,
            )
            known = self._timeline.intervals
            self._asked.async_start(known[-1].end if known else None)

    @callback
    def async_stop(self) -> None:
        """Follow the source no more."""
        if self._source is not None:
            self._source.async_stop()
        if self._asked is not None:
            self._asked.async_stop()
        if self._agreement is not None:
            self._agreement.async_stop()
        if self._cancel_change is not None:
            self._cancel_change()
            self._cancel_change = None

    async def async_recall(self, since: datetime) -> None:
        """Ask the recorder what the source showed since `since`, while nobody of us looked."""
        if self._config.entity_id is None or self.tariff.timeline_price is None:
            return
        samples = await async_price_history(
            self._hass,
            self._config.entity_id,
            since,
            self._clock().utc,
            currency=self.tariff.currency,
            unit=self._config.unit,
        )
        if samples:
            self._timeline = self._timeline.with_samples(samples)
            self._keep(PriceSlot.of_sample(sample) for sample in samples)
            self._learned(since)

    @callback
    def async_set_window(self, length: timedelta) -> None:
        """Look for the cheapest time of another length."""
        self._window = length
        self._show()

    @callback
    def async_holidays(self, days: frozenset[date]) -> None:
        """Show the price by the days that are known to be holidays now."""
        self.tariff = replace(self.tariff, holidays=days)
        self._steady = _Steady(self._timeline, EARLIEST, EARLIEST)
        self._show()

    @callback
    def async_learned(self, intervals: Sequence[PriceInterval]) -> None:
        """Take over intervals that somebody handed over, and that the ledger has."""
        now = self._clock().utc
        recent = [one for one in intervals if one.end > now - KEPT]
        self._timeline = self._timeline.with_intervals(recent).pruned(now - KEPT)
        self._show()

    @callback
    def async_clock_set_back(self, by: timedelta) -> None:
        """Move what was seen at instants that are still to come, now that the clock was set back by so much."""
        self._timeline = self._timeline.with_clock_set_back(self._clock().utc, by)
        self._show()

    @callback
    def _async_sample(self, sample: PriceSample) -> None:
        self._timeline = self._timeline.with_sample(sample)
        self._keep([PriceSlot.of_sample(sample)])
        self._show()

    @callback
    def _async_intervals(self, intervals: tuple[PriceInterval, ...]) -> None:
        now = self._clock().utc
        self._timeline = self._timeline.with_intervals(intervals).pruned(now - KEPT)
        self._keep(PriceSlot.of_interval(interval) for interval in intervals)
        self._show()
        if intervals and min(interval.start for interval in intervals) < now:
            self._learned(min(interval.start for interval in intervals))

    def _keep(self, slots: Iterable[PriceSlot]) -> None:
        self._ledger.put_prices(self._tariff_id, self.tariff.currency, tuple(slots))

    @callback
    def _show(self, _now: Any = None) -> None:
        """Say that the price of now changed, and look again when it will change by what is known."""
        if self._agreement is not None:
            self._agreement.async_look()
        price = self.now
        if price != self._shown:
            self._shown = price
            self._changed()
        if self._cancel_change is not None:
            self._cancel_change()
            self._cancel_change = None
        at = self._clock().utc
        segments = self.tariff.segments(at, at + _LOOK_AHEAD, self._timeline)
        ahead = ahead_of(segments, at, self._window, self.ahead.window)
        if ahead != self.ahead:
            self.ahead = ahead
            self._ahead_changed()
        looks = [one.start for one in segments[1:2]]
        if ahead.window is not None:
            looks.append(ahead.window.end)
        if looks:
            wait_s = max(0.001, (min(looks) - at).total_seconds())
            self._cancel_change = async_call_later(self._hass, wait_s, self._async_due)

    @callback
    def _async_due(self, _at: datetime) -> None:
        self._cancel_change = None
        self._show()
