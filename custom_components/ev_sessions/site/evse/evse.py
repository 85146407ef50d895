"""One EVSE at run time: readings in, sessions and a limit out, and the view that entities show.

What is heard of it is in `evse_hearing.py`, what its owner wants in `evse_wishes.py`, what its charger is told
in `evse_commands.py`, what the balancer sees of it in `evse_load.py`, and what that decided in `evse_limit.py`.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from ulid_transform import ulid_at_time

from ...chargers.control import ChargerControl
from ...chargers.ocpp.actions import StationActions
from ...core.balancing.load import EvseLimit, EvseLoad
from ...core.balancing.override import OtherController, SetBy
from ...core.moment import Now
from ...core.reading import EvseReading
from ...core.sessions.session_limit import Progress
from ...core.sessions.trace import TraceSample
from ...core.sessions.tracking.step import TrackerContext, no_cuts
from ...core.station.others_limits import Cap
from ...store import Ledger
from ..clock import Clock
from ..config.site import ChargerConfig, SiteConfig
from ..ledger.ledger import asked
from ..ledger.settings import EVSE_SETTINGS, EvseSettings, EvseSource
from ..sessions.sessions import SessionRecorder
from ..view import EvseView, Trouble
from ..whose.card_reader import CardReader
from ..whose.whose import Whose
from .car_call import async_call_car
from .commands import EvseCommands
from .departures import Departures
from .estimate import EndEstimate
from .events import EvseEvents
from .hearing import EvseHearing
from .limit import DecidedLimit
from .load import as_before, explained_by, load_of
from .power import EvsePower
from .session_limits import SessionLimits
from .source import source_of
from .view import evse_view
from .wishes import EvseWishes

#: Where no session goes on, time is let pass so seldom: a site may have hundreds of places at which nobody stands.
_REST_S = 60.0


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
        self._clock = clock
        self._boot_id = boot_id
        self._rests_until_s = -inf
        self._mapping = next(one for one in config.evses if one.evse == evse)
        self._settings = EvseSettings.from_json(settings.get(EVSE_SETTINGS, {}))
        self.load_changed: Callable[[], None] = lambda: None
        self.decided = DecidedLimit(hass, clock, self.zone, explained=self._explained)
        self.decided.changed = self.async_refresh
        self.commands = EvseCommands(control, self._settings, name=self.name, keep=self._keep_settings)
        self.limits = SessionLimits(
            self._settings,
            name=self.name,
            currency=site.currency,
            sees_car=not self._mapping.power_only,
            sees_soc=lambda: self.sees_soc,
            progress=self._progress,
            changed=self._async_settings_changed,
            keep=self._keep_settings,
        )
        self.wishes = EvseWishes(
            self._settings,
            name=self.name,
            site=site,
            config=config,
            commands=self.commands,
            limits=self.limits,
            clock=clock,
            changed=self._async_settings_changed,
            load_changed=self._async_balance_anew,
            keep=self._keep_settings,
        )
        self._power = EvsePower(site, config, self.wishes, self.decided)
        self.departures = Departures(
            self._settings,
            name=self.name,
            clock=clock,
            progress=self._progress,
            power_w=self._power.most_w,
            learned_mwh=lambda target_percent: self.estimate.left_mwh(self._progress(), target_percent),
            battery=lambda: (self.reading.soc_percent, None) if self.whose is None else self.whose.battery,
            changed=self._async_settings_changed,
        )
        self.hearing = EvseHearing(
            clock,
            recorder=lambda: self.recorder,
            heard=self._async_load_changed,
            unplugged=self.wishes.async_unplugged,
        )
        self._load: EvseLoad | None = None  # until anything changes; what time alone changes is seen at the next tick
        self._load_before: EvseLoad | None = None
        self._load_known: tuple[int | None, Cap | None] = (None, None)
        self._grid_power_w: float | None = None
        self._listeners: list[Callable[[], None]] = []
        self.events = EvseEvents(
            site.currency, owner_of=lambda id_: None if self.whose is None else self.whose.view_of(id_)
        )
        self.price_cuts: Callable[[datetime, datetime], tuple[datetime, ...]] = no_cuts
        self.recorder: SessionRecorder
        self.whose: Whose | None = None  # that comes after its recorder
        self.cards: CardReader | None = None  # that are held to it, where it speaks OCPP
        self.trouble: Trouble | None = None  # as the charger last said it
        self.cap_of: Callable[[Callable[[], float]], Cap | None] = lambda _: None  # what others allow, by W per A
        self.station: StationActions | None = None  # what people do with it, where it speaks OCPP
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
        return self.commands.possible

    @property
    def knows_rival(self) -> bool:
        """Whether its owner has said what to do about another controller."""
        return self.config.other_controller is not OtherController.NONE

    @property
    def sees_soc(self) -> bool:
        """Whether anything tells how full the car's battery is."""
        return self._mapping.soc is not None or self._settings.soc_told

    @property
    def reading(self) -> EvseReading:
        """The last reading."""
        return self.hearing.last.reading

    @property
    def overdraws(self) -> bool:
        """Whether it draws clearly more than it is allowed."""
        return self.decided.is_overdrawn(self.reading)

    @property
    def online(self) -> bool:
        """Whether the source of its readings speaks."""
        return self.hearing.last.online

    # Views

    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have `listener` called when the view changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _make_view(self) -> EvseView:
        recorder: SessionRecorder | None = getattr(self, "recorder", None)  # that comes after its EVSE
        return evse_view(self._hass, self, None if recorder is None else recorder.shown)

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
        self.hearing.async_hear(reading, online=online, set_by=set_by)
        self.async_follow()

    @callback
    def async_follow(self, *, balances: bool = True) -> None:
        """Let limits, balancer and view follow what was heard."""
        now = self._clock()
        self._load = None
        if self.reading.soc_percent is not None and not self.sees_soc:
            self._settings.soc_told = True
            self._keep_settings()
        self._async_look_whose(now)
        self._async_follow_limits(now)
        if balances:
            self.load_changed()
        self._async_estimate(now)
        self.async_refresh()

    @callback
    def async_tick(self, now: Now) -> None:
        """Let time pass."""
        self._load = None
        expired = self.wishes.async_expire(now.utc)
        if expired:
            self.load_changed()
        if self.config.station is not None and self.hearing.last.is_fresh(now):
            # It reports all the time: what changes by time alone is seen and shown with its readings.
            self._async_look_whose(now)
            if expired:
                self.async_refresh()
            return
        if self.recorder.rests(now) and not expired and now.monotonic_s < self._rests_until_s:
            return
        self._rests_until_s = now.monotonic_s + _REST_S
        self.recorder.async_tick(now)
        self._async_look_whose(now)
        if self._async_follow_limits(now):
            self.load_changed()
        self._async_estimate(now)
        self.async_refresh()

    @callback
    def _async_look_whose(self, now: Now) -> None:
        if self.whose is not None:
            self.whose.async_look(now)

    @callback
    def _async_estimate(self, now: Now) -> None:
        session = self.recorder.tracker.current
        limit_a = self.reading.limit_a if self.decided.now is None else self.decided.limit_a
        self.estimate.async_look(
            self._progress(),
            now,
            power_w=self.reading.power_w,
            peak_w=None if session is None else session.peak_power_w,
            offered_w=None if limit_a is None else limit_a * self._power.per_a_w(),
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
        return None if progress is None else replace(progress, soc_percent=self.reading.soc_percent)

    def set_grid_power(self, power_w: float | None) -> None:
        """Note the site's power at the grid connection, in W, positive for import; None is not known."""
        self._grid_power_w = power_w

    def tracker_context(self) -> TrackerContext:
        """Return what the tracker has to know beside the readings."""
        mapping = self._mapping
        return TrackerContext(
            zone=self.zone,
            max_power_kw=self._power.greatest_kw(),
            new_id=lambda at: ulid_at_time(at.timestamp()),
            price_cuts=self.price_cuts,
            boot_id=self._boot_id,
            start_above_w=mapping.start_above_w,
            quiet_s=float(mapping.quiet_s),
            grid_power_w=self._grid_power_w,
            paused_by_us=self.controllable and self.decided.pauses_it,
        )

    def measured(self, at: datetime, register_mwh: int | None) -> TraceSample:
        """Return what is measured now, for the session's trace; the limit is what the charger is allowed, or shows."""
        return TraceSample(
            at=at,
            register_mwh=register_mwh,
            power_w=self.reading.power_w,
            grid_power_w=self._grid_power_w,
            limit_a=self.reading.limit_a if self.decided.now is None else self.decided.limit_a,
        )

    @property
    def cap(self) -> Cap | None:
        """The most that others allow it now, where it speaks OCPP and somebody limits it beside us."""
        return self.cap_of(self._power.per_a_w)

    # Load

    def load(self, now: Now) -> EvseLoad:
        """Return the EVSE as the balancer sees it: the same object as before where nothing has changed."""
        known = (self.commands.phases, self.cap)
        if self._load is None or known != self._load_known:
            load = as_before(self._load_before, self._make_load(now, known[1]))
            self._load, self._load_before, self._load_known = load, load, known
        return self._load

    def _make_load(self, now: Now, cap: Cap | None) -> EvseLoad:
        session = self.recorder.tracker.current
        return load_of(
            self.hearing.last,
            self.recorder.tracker.activity,
            now,
            evse_id=self.evse_id,
            site=self.site,
            config=self.config,
            wishes=self.wishes,
            commands=self.commands,
            leaves=self.departures.times(now),
            session_id=None if session is None else session.id,
            cap=cap,
        )

    @callback
    def _async_load_changed(self) -> None:
        self._load = None

    @callback
    def _async_balance_anew(self) -> None:
        # Not bound before there is a balancer: that comes after its EVSEs.
        self._load = None
        self.load_changed()

    def _explained(self, limit: EvseLimit) -> EvseLimit:
        return explained_by(self.cap, self.limits.explained(limit), self.wishes.current_a)

    async def async_repeat_command(self) -> None:
        """Send what was decided last once more: somebody may have set the charger to something else."""
        if self.decided.limit_a is not None:
            await self.commands.async_limit(self.decided.limit_a)

    async def async_call_car(self) -> None:
        """Call a car that sleeps, by what its owner named."""
        if self.config.wake_entity is not None:
            await async_call_car(self._hass, self.name, self.config.wake_entity)

    async def async_fall_back(self) -> None:
        """Leave the charger at its fallback; for a stop, a reload or an unload."""
        await self.commands.async_fall_back(self.wishes.left_at_a)

    # Settings

    @callback
    def async_take_source(self) -> tuple[EvseSource | None, EvseSource]:
        """Return what the EVSE was read from before, and what it is read from now, which is kept."""
        before = self._settings.source
        now = source_of(self._hass, self._mapping, before)
        if before != now or before.entities != now.entities:
            self._settings.source = now
            self._keep_settings()
        return before, now

    async def _async_settings_changed(self) -> None:
        # Kept before it is shown: a setting that was seen must survive a power cut.
        await asked(self._keep_settings())
        self.estimate.async_look_again()
        self._load = None
        self.load_changed()
        self.async_refresh()

    @callback
    def async_keep_all(self, now: Now) -> None:
        """Write again what is known of settings and of sessions that go on."""
        self._keep_settings()
        self.recorder.async_keep_all(now)

    def _keep_settings(self) -> Future[None]:
        self._load = None
        return self._ledger.put_setting(self.evse_id, EVSE_SETTINGS, self._settings.to_json(), self._clock().utc)
