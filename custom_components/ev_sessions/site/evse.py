"""One EVSE at run time: readings in, sessions and a limit out, and the view that entities show."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from ulid_transform import ulid_at_time

from ..chargers.control import ChargerControl, ControlError, Outcome
from ..chargers.entities.mapping import EvseMapping
from ..const import DOMAIN
from ..core.circuit import LineUse
from ..core.draw import sampled_at_s
from ..core.grid import drawn_per_line, power_at_one_ampere_w, summed_a
from ..core.load import EvseLimit, EvseLoad
from ..core.moment import Now
from ..core.override import SetBy
from ..core.reading import Activity, EvseReading, State
from ..core.reasons import ReasonKey
from ..core.session_limit import Progress, SessionLimit
from ..core.step import TrackerContext, no_cuts
from ..core.trace import TraceSample
from ..store import Ledger
from .clock import Clock
from .config import ChargerConfig, SiteConfig
from .estimate import EndEstimate
from .ledger import asked
from .session_json import happening_attributes
from .session_limits import SessionLimits
from .session_shown import Happening
from .sessions import SessionRecorder
from .settings import EVSE_SETTINGS, EvseSettings, EvseSource
from .source import source_of
from .view import EvseView
from .wording import reason_text

_LOGGER = logging.getLogger(__name__)

#: Activities in which a car asks for power, or would if it were let.
_WANTS = frozenset({Activity.AWAITING_AUTHORISATION, Activity.PREPARING, Activity.CHARGING, Activity.SUSPENDED_EVSE})

#: What a charger uses that is not told to use one phase.
_ALL_PHASES = 3

type EventListener = Callable[[str, dict[str, Any]], None]


class EvseRuntime:
    """One EVSE. It knows its charger's configuration, its settings, its sessions and its control."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        site: SiteConfig,
        config: ChargerConfig,
        evse: int,
        evse_id: str,
        charger_device_id: str,
        ledger: Ledger,
        settings: dict[str, Any],
        control: ChargerControl | None,
        clock: Clock,
        boot_id: str | None,
    ) -> None:
        self._hass = hass
        self.site = site
        self.config = config
        self.evse = evse
        self.evse_id = evse_id
        self.charger_id = config.id
        self.charger_device_id = charger_device_id
        self.currency = site.currency
        self.zone = ZoneInfo(site.time_zone)
        self._ledger = ledger
        self._control = control
        self._clock = clock
        self._boot_id = boot_id
        self._settings = EvseSettings.from_json(settings.get(EVSE_SETTINGS, {}))
        self.limits = SessionLimits(
            self._settings,
            name=self.name,
            currency=site.currency,
            sees_car=not self._mapping.power_only,
            sees_soc=self.sees_soc,
            progress=self._progress,
            changed=self._async_settings_changed,
            keep=self._keep_settings,
        )
        self._reading = EvseReading(at=clock().utc)
        self._reading_mono_s = clock().monotonic_s
        self._drawn_mono_s = self._reading_mono_s
        self._online = False
        self._set_by = SetBy.UNKNOWN
        self._lifts = 0
        self._car_lines: tuple[int, ...] | None = None
        self._car_was_there: bool | None = None  # as it was last known; None: as the ledger has it
        self._limit: EvseLimit | None = None
        self._grid_power_w: float | None = None
        self._listeners: list[Callable[[], None]] = []
        self._event_listeners: list[EventListener] = []
        self.load_changed: Callable[[], None] = lambda: None
        self.price_cuts: Callable[[datetime, datetime], tuple[datetime, ...]] = no_cuts
        self.recorder: SessionRecorder
        self.estimate = EndEstimate(hass, ledger, evse_id=evse_id, limit=lambda: self.limits.state.limit)
        self.view = self._make_view()

    @property
    def name(self) -> str:
        """What people call it."""
        return self.config.name if not self.is_child else f"{self.config.name} {self.evse}"

    @property
    def identity(self) -> str:
        """What the unique ids of its entities begin with, whatever way the charger is reached."""
        return f"{self.charger_id}_{self.evse}"

    @property
    def is_child(self) -> bool:
        """Whether the charger has several EVSEs, so that each is a device of its own."""
        return len(self.config.evses) > 1

    @property
    def controllable(self) -> bool:
        """Whether its current can be set."""
        return self._control is not None

    @property
    def can_switch_phases(self) -> bool:
        """Whether it can be made to charge on one phase alone."""
        return self._control is not None and self._control.can_switch_phases

    @property
    def line_use(self) -> LineUse:
        """How it loads the site's lines: one phase alone only where it is known to, and nothing else is asked for."""
        use, wanted = self.config.line_use, self._settings.phases
        return use.one_phase(self.site.wiring) if self._phases_now == 1 and wanted != _ALL_PHASES else use

    @property
    def _phases_now(self) -> int | None:
        return None if self._control is None else self._control.phases

    @property
    def sees_soc(self) -> bool:
        """Whether anything tells how full the car's battery is."""
        return self._mapping.soc is not None

    @property
    def _mapping(self) -> EvseMapping:
        return next(one for one in self.config.evses if one.evse == self.evse)

    @property
    def _is_allowed(self) -> bool:
        return self._settings.charging_allowed and not self.limits.holds_back

    @property
    def fallback_a(self) -> float:
        """The current that it is left at when nobody speaks to it, in A; 0 is a pause."""
        return self.config.fallback_of(self.site)

    @property
    def reading(self) -> EvseReading:
        """The last reading."""
        return self._reading

    # Views

    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have `listener` called when the view changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def subscribe_events(self, listener: EventListener) -> CALLBACK_TYPE:
        """Have `listener` called with type and attributes of each event of a session."""
        self._event_listeners.append(listener)
        return lambda: self._event_listeners.remove(listener)

    def _make_view(self) -> EvseView:
        shown = getattr(self, "recorder", None) and self.recorder.shown
        view = EvseView(
            available=self._online,
            activity=self.recorder.tracker.activity if shown else None,
            connected=self._reading.connected,
            power_w=self._reading.power_w,
            limit_a=None if self._limit is None else self._limit.limit_a,
            limit_reason=None if self._limit is None else reason_text(self._hass, self._limit.reason),
            limit_reason_key=None if self._limit is None else self._limit.reason.key,
            car_lines=self._car_line_names,
            max_current_a=self._max_current_a,
            charging_allowed=self._is_allowed,
            standing_limit=self.limits.state.standing,
            estimated_end=self.estimate.end,
            balancing=self._settings.balancing,
            unprotected_without_us=self.controllable and self.config.stays_at_limit_without_us,
            fail_safe=self.config.fail_safe,
            phases=self._phases_now,
        )
        if not shown:
            return view
        return replace(
            view,
            session=shown.session,
            last_session=shown.last_session,
            month=shown.month,
            register_mwh=shown.register_mwh,
        )

    @property
    def _car_line_names(self) -> tuple[str, ...] | None:
        if self._car_lines is None:
            return None
        return tuple(self.site.wiring.lines[line] for line in self._car_lines)

    @callback
    def async_refresh(self) -> None:
        """Make the view anew, and tell of it where it changed."""
        view = self._make_view()
        if view == self.view:
            return
        self.view = view
        for listener in tuple(self._listeners):
            listener()

    # Readings and sessions

    @callback
    def async_reading(self, reading: EvseReading, *, online: bool, set_by: SetBy) -> None:
        """Take a reading of the charger; `set_by` is who set the limit that it shows."""
        now = self._clock()
        if self._car_was_there is None:
            self._car_was_there = self.recorder.tracker.current is not None
        self._drawn_mono_s = sampled_at_s(
            reading, self._reading, self._drawn_mono_s, self._reading_mono_s, now.monotonic_s
        )
        self._reading, self._reading_mono_s, self._online = reading, now.monotonic_s, online
        self._set_by = set_by
        self.recorder.async_reading(reading, now)
        self._async_follow_limits(now)
        if self._car_was_there and reading.connected is False and self._settings.unplugged():
            self._keep_settings()
        if reading.connected is not None:
            self._car_was_there = reading.connected
        self.load_changed()
        self._async_estimate(now)
        self.async_refresh()

    @callback
    def async_clock_set(self, by: timedelta) -> None:
        """Let a limit for a time last as long as was asked, now that the clock was set."""
        if self._settings.limit_until is not None:
            self._settings.limit_until += by
            self._keep_settings()

    @callback
    def async_tick(self, now: Now) -> None:
        """Let time pass."""
        if self._settings.expire(now.utc):
            self._keep_settings()
            self.load_changed()
        self.recorder.async_tick(now)
        if self._async_follow_limits(now):
            self.load_changed()
        self._async_estimate(now)
        self.async_refresh()

    @callback
    def _async_estimate(self, now: Now) -> None:
        session = self.recorder.tracker.current
        limit_a = self._limit.limit_a if self._limit is not None else self._reading.limit_a
        watts_per_a = power_at_one_ampere_w(self.line_use, self.site.wiring, self.site.voltage_v)
        self.estimate.async_look(
            self._progress(),
            now,
            power_w=self._reading.power_w,
            peak_w=None if session is None else session.peak_power_w,
            offered_w=None if limit_a is None else limit_a * watts_per_a,
            is_over=self.limits.holds_back,
        )

    @callback
    def _async_follow_limits(self, now: Now) -> bool:
        """Stop the car where it has reached its limit; return whether that is so now and was not before."""
        if not self.controllable:
            return False
        reason = self.limits.async_follow()
        if reason is not None:
            self.recorder.async_limit_reached(reason, now)
        return reason is not None

    def _progress(self) -> Progress | None:
        progress = self.recorder.progress
        return None if progress is None else replace(progress, soc_percent=self._reading.soc_percent)

    @callback
    def async_happened(self, happening: Happening) -> None:
        """Pass on what happened to a session, after the ledger has it."""
        attributes = happening_attributes(happening, self.currency)
        for listener in tuple(self._event_listeners):
            listener(happening.event.type.value, attributes)

    def set_grid_power(self, power_w: float | None) -> None:
        """Note the site's power at the grid connection, in W, positive for import; None is not known."""
        self._grid_power_w = power_w

    def tracker_context(self) -> TrackerContext:
        """Return what the tracker has to know beside the readings."""
        mapping = self._mapping
        return TrackerContext(
            zone=self.zone,
            max_power_kw=self._max_power_kw(),
            new_id=lambda at: ulid_at_time(at.timestamp()),
            price_cuts=self.price_cuts,
            boot_id=self._boot_id,
            start_above_w=mapping.start_above_w,
            quiet_s=float(mapping.quiet_s),
            grid_power_w=self._grid_power_w,
            paused_by_us=self._is_paused_by_us,
        )

    @property
    def _is_paused_by_us(self) -> bool:
        limit = self._limit
        if not self.controllable or limit is None or limit.limit_a != 0:
            return False
        return limit.reason.key is not ReasonKey.STOPPED_THERE

    def measured(self, at: datetime, register_mwh: int | None) -> TraceSample:
        """Return what is measured now, for the session's trace; the limit is what the charger is allowed, or shows."""
        return TraceSample(
            at=at,
            register_mwh=register_mwh,
            power_w=self._reading.power_w,
            grid_power_w=self._grid_power_w,
            limit_a=self._reading.limit_a if self._limit is None else self._limit.limit_a,
        )

    def _max_power_kw(self) -> float:
        # A tenth more: voltages are nominal, and no charger holds its limit to the watt.
        watts_per_a = power_at_one_ampere_w(self.config.line_use, self.site.wiring, self.site.voltage_v)
        return self.config.max_a * watts_per_a * 1.1 / 1000

    # Load

    @property
    def _max_current_a(self) -> float:
        wish_a = self._settings.max_current_a
        return self.config.max_a if wish_a is None else min(wish_a, self.config.max_a)

    def load(self, now: Now) -> EvseLoad:
        """Return the EVSE as the balancer sees it."""
        reading, settings = self._reading, self._settings
        wish_a = self._max_current_a
        if settings.limit_a is not None:
            wish_a = min(wish_a, settings.limit_a)
        activity = self.recorder.tracker.activity
        limit_a = 0.0 if reading.enabled is False else reading.limit_a
        currents_a = reading.currents_a
        return EvseLoad(
            id=self.evse_id,
            use=self.line_use,
            min_a=self.config.min_a,
            max_a=self.config.max_a,
            step_a=self.config.step_a,
            wish_a=wish_a,
            fallback_a=self.fallback_a if self.site.meter is not None else wish_a,
            priority=self.config.priority,
            controllable=self.controllable and self._is_steered,
            balancing_on=settings.balancing,
            allowed=self._is_allowed,
            online=self._online,
            connected=reading.connected,
            wants=activity in _WANTS or reading.state in {State.C, State.D},
            drawn_a=drawn_per_line(reading, self.line_use, self.site.wiring, self.site.voltage_v),
            drawn_age_s=max(0.0, now.monotonic_s - self._drawn_mono_s),
            limit_read_a=limit_a,
            lines_measured=currents_a is not None and len(currents_a) >= len(self.line_use.lines),
            sum_a=summed_a(reading, self.site.wiring, self.site.voltage_v),
            each_a=None if currents_a is None else currents_a[0],
            enabled_read=reading.enabled,
            set_by=self._set_by,
            overridden_a=settings.overridden_a,
            lifts=self._lifts,
        )

    @property
    def _is_steered(self) -> bool:
        """Whether anything is asked of the charger: without a grid meter, only what the owner set."""
        settings = self._settings
        return (
            self.site.meter is not None
            or settings.max_current_a is not None
            or settings.limit_a is not None
            or settings.switched_off
            or not self._is_allowed
        )

    @callback
    def async_limited(self, limit: EvseLimit, *, car_lines: tuple[int, ...] | None) -> None:
        """Note what the balancer decided, and which lines the car loads where that is known, to show it."""
        self._car_lines = car_lines
        self._limit = self.limits.explained(limit)
        self.async_refresh()

    @callback
    def async_overridden(self, limit_a: float | None) -> None:
        """Keep what somebody set at the charger itself, over a restart; None where nobody did."""
        if limit_a != self._settings.overridden_a:
            self._settings.overridden_a = limit_a
            self._keep_settings()

    def setter(self, context: Context | None) -> SetBy:
        """Return who wrote a state of the charger."""
        if self._control is not None and self._control.is_own(context):
            return SetBy.US
        return SetBy.PERSON if context is not None and context.user_id is not None else SetBy.UNKNOWN

    async def async_command(self, limit_a: float) -> None:
        """Send a limit to the charger; a failure is logged once by its control."""
        if self._control is None:
            return
        if limit_a == 0 and not self._settings.switched_off:
            # Kept first: who switched the charger off has to switch it on again, also after a restart.
            self._settings.switched_off = True
            self._keep_settings()
        resume = limit_a > 0 and self._settings.switched_off
        try:
            outcome = await self._control.async_set_limit_a(limit_a, resume=resume)
            if resume and outcome is Outcome.DONE and self._settings.switched_off:
                # Kept last: what failed is to be tried again with the next limit.
                self._settings.switched_off = False
                self._keep_settings()
        except ControlError as err:
            _LOGGER.debug("%s did not take %s A: %s", self.name, limit_a, err)

    async def async_repeat_command(self) -> None:
        """Send what was decided last once more: somebody may have set the charger to something else."""
        if self._limit is not None and self._limit.limit_a is not None:
            await self.async_command(self._limit.limit_a)

    async def async_fall_back(self) -> None:
        """Leave the charger at its fallback; for a stop, a reload or an unload."""
        if self._control is None:
            return
        fallback_a = self._left_at_a
        if fallback_a == 0 and not self._settings.switched_off:
            self._settings.switched_off = True
            self._keep_settings()
        await self._control.async_fall_back(fallback_a)

    @property
    def _left_at_a(self) -> float:
        """Return the fallback, as far as nobody allows less."""
        if not self._is_allowed:
            return 0.0
        overridden_a = self._settings.overridden_a
        return self.fallback_a if overridden_a is None else min(self.fallback_a, overridden_a)

    # Settings

    @callback
    def async_take_source(self) -> tuple[EvseSource | None, EvseSource]:
        """Return what the EVSE was read from before, and what it is read from now, which is kept."""
        before, now = self._settings.source, source_of(self._hass, self._mapping)
        if before != now:
            self._settings.source = now
            self._keep_settings()
        return before, now

    async def async_set_max_current(self, current_a: float) -> None:
        """Set the owner's own maximum, in A."""
        self._lifts += 1
        self._settings.max_current_a = current_a
        await self._async_settings_changed()

    async def async_set_charging_allowed(self, *, allowed: bool, until_unplugged: bool = False) -> None:
        """Let the EVSE charge, or not; where `until_unplugged`, only this car is held back."""
        self._require_control()
        settings = self._settings
        # What the owner has switched off is off for every car.
        for_all = not settings.charging_allowed and not settings.until_unplugged
        settings.charging_allowed = allowed
        if allowed:
            self.limits.async_lift()
        self._lifts += allowed
        if allowed and settings.limit_a == 0:
            # A limit of nothing is a stop by another name.
            settings.limit_a = settings.limit_until = None
        settings.until_unplugged = until_unplugged and not allowed and not for_all
        await self._async_settings_changed()

    async def async_set_session_limit(self, limit: SessionLimit) -> None:
        """Limit the session of now, or the next one where there is none; without any figure, lift that."""
        self._require_control()
        await self.limits.async_ask(limit)

    async def async_set_phases(self, phases: int) -> None:
        """Charge on 1 or on 3 phases; raise ControlError where the charger does not take it."""
        if self._control is None:
            return
        before = self._settings.phases
        if phases == _ALL_PHASES:
            # Room on all lines is needed before the charger uses them.
            self._settings.phases = phases
            self.load_changed()
        try:
            await self._control.async_set_phases(phases)
        except ControlError:
            self._settings.phases = before
            self.load_changed()
            raise
        self._settings.phases = phases
        await self._async_settings_changed()

    async def async_set_balancing(self, *, on: bool) -> None:
        """Balance the EVSE, or leave it at its fallback."""
        self._settings.balancing = on
        await self._async_settings_changed()

    async def async_set_current_limit(self, current_a: float, duration: timedelta | None) -> None:
        """Limit the current for a time, or until the car is unplugged; 0 is a pause."""
        self._require_control()
        if current_a != 0 and not self.config.min_a <= current_a <= self.config.max_a:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="current_out_of_range",
                translation_placeholders={
                    "charger": self.name,
                    "current": f"{current_a:g}",
                    "min": f"{self.config.min_a:g}",
                    "max": f"{self.config.max_a:g}",
                },
            )
        self._settings.limit_a = current_a
        self._lifts += current_a > 0
        self._settings.limit_until = None if duration is None else self._clock().utc + duration
        await self._async_settings_changed()

    def _require_control(self) -> None:
        if not self.controllable:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="not_controllable",
                translation_placeholders={"charger": self.name},
            )

    async def _async_settings_changed(self) -> None:
        # Kept before it is shown: a setting that was seen must survive a power cut.
        await asked(self._keep_settings())
        self.estimate.async_look_again()
        self.load_changed()
        self.async_refresh()

    @callback
    def async_keep_all(self, now: Now) -> None:
        """Write again what is known of settings and of sessions that go on."""
        self._keep_settings()
        self.recorder.async_keep_all(now)

    def _keep_settings(self) -> Future[None]:
        return self._ledger.put_setting(self.evse_id, EVSE_SETTINGS, self._settings.to_json(), self._clock().utc)
