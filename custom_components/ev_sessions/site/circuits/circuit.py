"""One circuit at run time: its own meter, who limits it from outside, its peak demand, and what is shown of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
import logging
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...core.balancing.limits.dimming import Limiting, follow
from ...core.balancing.limits.kept_peak import KeptPeak, kept_peak, revived_peak
from ...core.balancing.limits.peak_demand import PeakAnswer, PeakSeen, allowed, look
from ...core.balancing.load import CircuitNow, LimitNow
from ...core.balancing.meter.branch_meters import MeterShows
from ...core.moment import Now
from ...core.plain import from_plain, to_plain
from ...core.reading import GridReading
from ...meters.entities import EntityGridMeter
from ...sources.measured import Gauge
from ...sources.value import Quantity, said
from ...sources.watch import EntityWatch, SourceListener
from ..config.circuits import CircuitConfig, PeakConfig, grid_meter
from ..config.site import SiteConfig
from .outside import OutsideLimit

_LOGGER = logging.getLogger(__name__)

#: Where the ledger has the running interval, and how often that is written.
_PEAK = "peak"
_PEAK_VERSION = 1
_KEEP_PEAK_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitView:
    """A circuit as it is shown; None is "not known". `limited` is None where nobody limits it from outside."""

    load_a: tuple[float, ...] | None = None
    limit_a: tuple[float, ...] | None = None
    power_w: float | None = None
    limit_w: float | None = None
    meter_lost: bool = False
    limited: bool | None = None
    outside_w: float | None = None
    outside_a: float | None = None
    mean_w: float | None = None
    target_kw: float | None = None


class PeakDemand:
    """The peak demand of a circuit: the running interval, and what the meter itself says of it."""

    def __init__(
        self,
        hass: HomeAssistant,
        config: PeakConfig,
        target_kw: float | None,
        *,
        before: str | None,
        keep: Callable[[str], None],
        now: Now,
        listener: SourceListener,
    ) -> None:
        self.config = config
        self._keep = keep
        self._kept_s = now.monotonic_s
        self.target_kw = config.target_kw if target_kw is None else target_kw
        entity_ids = [one for one in (config.mean_entity, config.month_peak_entity) if one is not None]
        ends = [] if config.interval_entity is None else [config.interval_entity]
        self._watch = EntityWatch(hass, [*entity_ids, *ends], on_report=self._async_report, listener=listener)
        self._gauges = {entity_id: Gauge(Quantity.POWER_W, listener) for entity_id in entity_ids}
        self._end_shown: str | None = None
        self._ended = False
        self.state = revived_peak(_peak_from(before), self._interval_s, now)
        self.answer: PeakAnswer | None = None

    @callback
    def async_start(self) -> None:
        """Follow what the meter says."""
        self._watch.async_start()
        self._async_report(None)

    @callback
    def async_stop(self) -> None:
        """Follow it no more."""
        self._watch.async_stop()

    @callback
    def _async_report(self, _at: datetime | None) -> None:
        """See whether an interval is over: what was silent and is back tells nothing of that."""
        if self.config.interval_entity is None:
            return
        shown = said(self._watch[self.config.interval_entity].state)
        self._ended = self._ended or (None not in {shown, self._end_shown} and shown != self._end_shown)
        self._end_shown = shown

    def look(self, power_w: float | None, cars_w: float, now: Now) -> LimitNow | None:
        """Return what the chargers may take now; None while nobody knows what is drawn."""
        interval_s = self._interval_s
        seen = PeakSeen(
            power_w=power_w,
            cars_w=cars_w,
            mean_w=self._value(self.config.mean_entity),
            peak_w=self._value(self.config.month_peak_entity),
            ended=self._ended,
        )
        self._ended = False
        if now.monotonic_s - self._kept_s >= _KEEP_PEAK_S:
            self.async_keep(now)
        self.state = look(self.state, seen, interval_s, now)
        self.answer = allowed(self.state, self.target_kw * 1000, interval_s, now)
        if self.answer is None:
            return None
        self.state = replace(self.state, held_w=self.answer.cars_w)
        return LimitNow(cars_w=self.answer.cars_w)

    @property
    def _interval_s(self) -> float:
        return self.config.interval_min * 60.0

    @callback
    def async_keep(self, now: Now) -> None:
        """Keep the interval so far."""
        self._kept_s = now.monotonic_s
        if (kept := kept_peak(self.state, self._interval_s, now)) is not None:
            self._keep(to_plain(kept, _PEAK_VERSION))

    def _value(self, entity_id: str | None) -> float | None:
        if entity_id is None:
            return None
        value = self._gauges[entity_id].read(self._watch[entity_id].state)
        return None if value is None else float(value)


def _peak_from(text: str | None) -> KeptPeak | None:
    """Return what was kept of the interval; what cannot be read was not seen."""
    try:
        return None if text is None else from_plain(KeptPeak, text, _PEAK_VERSION)
    except ValueError as err:
        _LOGGER.warning("The interval that was kept cannot be read, it begins anew: %s", err)
        return None


class CircuitRuntime:
    """One circuit, whose lines carry `carries_a`. `identity` is what the unique ids of its entities begin with."""

    def __init__(
        self,
        hass: HomeAssistant,
        site: SiteConfig,
        config: CircuitConfig,
        *,
        identity: str,
        carries_a: tuple[float, ...],
        settings: dict[str, Any],
        changed: Callable[[], None],
        keep: Callable[[str, Any], None],
        now: Now,
        listener: SourceListener,
    ) -> None:
        self.config = config
        self.identity = identity
        self.currency = site.currency
        self.line_count = site.wiring.line_count
        self.shows = MeterShows()
        self._changed = changed
        self._listeners: list[Callable[[], None]] = []
        self._limiting: Limiting | None = None
        self.meter: EntityGridMeter | None = None
        if config.meter is not None and not config.is_root:
            self.meter = EntityGridMeter(
                hass,
                config.meter,
                grid_meter(config.meter, site),
                name=f"{config.name} meter",
                on_reading=self._async_reading,
                listener=listener,
            )
        self.outside: OutsideLimit | None = None
        if config.outside is not None:
            self.outside = OutsideLimit(
                hass,
                config.outside,
                settings.get("told"),
                carries_a=carries_a,
                voltage_v=site.voltage_v,
                changed=changed,
                keep=lambda told: keep("told", told),
                listener=listener,
            )
        self.peak: PeakDemand | None = None
        if config.peak is not None:
            self.peak = PeakDemand(
                hass,
                config.peak,
                settings.get("target_kw"),
                before=settings.get(_PEAK),
                keep=lambda text: keep(_PEAK, text),
                now=now,
                listener=listener,
            )
        self.view = CircuitView(target_kw=None if self.peak is None else self.peak.target_kw)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.config.name

    def _parts(self) -> list[EntityGridMeter | OutsideLimit | PeakDemand]:
        parts = (self.meter, self.outside, self.peak)
        return [part for part in parts if part is not None]

    @callback
    def async_start(self) -> None:
        """Listen from now on."""
        for part in self._parts():
            part.async_start()

    @callback
    def async_stop(self) -> None:
        """Listen no more."""
        for part in self._parts():
            part.async_stop()

    @callback
    def _async_reading(self, reading: GridReading | None) -> None:
        self.shows = MeterShows(reading=reading)
        self._changed()

    def meter_shows(self) -> MeterShows:
        """Return what its own meter shows, and when that last gave a sign of life."""
        alive_at = None if self.meter is None else self.meter.alive_at
        return MeterShows(reading=self.shows.reading, alive_at=alive_at)

    def outside_now(self, devices: int, now: Now) -> LimitNow | None:
        """Return to what somebody else limits it, or each of its chargers; None while nobody does."""
        if self.outside is None:
            return None
        return self.outside.now(devices, self.line_count, now)

    def set_target(self, target_kw: float) -> None:
        """Keep another peak demand from now on."""
        if self.peak is not None:
            self.peak.target_kw = target_kw
            self._changed()

    # What is shown

    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have `listener` called when the view changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def end_limiting(self, now: Now) -> Limiting | None:
        """Return the limiting from outside that goes on, as if it had ended; keep the interval that runs."""
        if self.peak is not None:
            self.peak.async_keep(now)
        self._limiting, ended = follow(self._limiting, None, None, None, now)
        return ended

    @callback
    def async_decided(
        self, stands: CircuitNow | None, limit: LimitNow | None, now: Now
    ) -> tuple[Limiting | None, Limiting | None]:
        """Show how it stands; return the limiting from outside that has just begun, and the one that ended."""
        load_w = None if stands is None else stands.load_w
        before = self._limiting
        limit_a = None if limit is None or limit.limit_a is None else min(limit.limit_a)
        limit_w = None if limit is None else limit.limit_w
        self._limiting, ended = follow(before, limit_w, limit_a, load_w, now)
        answer = None if self.peak is None else self.peak.answer
        view = CircuitView(
            load_a=None if stands is None else tuple(round(load, 1) for load in stands.load_a),
            limit_a=None if stands is None else stands.limit_a,
            power_w=None if load_w is None else round(load_w, -1),
            limit_w=None if stands is None or stands.limit_w is None else round(stands.limit_w, -1),
            meter_lost=stands is not None and stands.lost,
            limited=None if self.outside is None else limit is not None,
            outside_w=limit_w,
            outside_a=limit_a,
            mean_w=None if answer is None else round(answer.mean_w, -1),
            target_kw=None if self.peak is None else self.peak.target_kw,
        )
        if view != self.view:
            self.view = view
            for listener in tuple(self._listeners):
                listener()
        return (self._limiting if before is None else None), ended
