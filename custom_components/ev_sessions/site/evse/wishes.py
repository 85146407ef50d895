"""What the owner wants of one EVSE: how much it may charge, on how many phases, and whether at all."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
import logging

from homeassistant.core import callback

from ...chargers.control import ControlError
from ...core.balancing.circuits.circuit import LineUse
from ...core.sessions.session_limit import SessionLimit
from ..clock import Clock
from ..config.site import ChargerConfig, SiteConfig
from ..ledger.settings import EvseSettings
from ..refusal import refuse
from .commands import EvseCommands
from .session_limits import SessionLimits

_LOGGER = logging.getLogger(__name__)

#: What a charger uses that is not told to use one phase.
_ALL_PHASES = 3


class EvseWishes:
    """The owner's settings of one EVSE.

    `changed` keeps them before it shows them, and `keep` begins to keep them without waiting;
    `load_changed` has the balancer look anew.
    """

    def __init__(
        self,
        settings: EvseSettings,
        *,
        name: str,
        site: SiteConfig,
        config: ChargerConfig,
        commands: EvseCommands,
        limits: SessionLimits,
        clock: Clock,
        changed: Callable[[], Awaitable[None]],
        load_changed: Callable[[], None],
        keep: Callable[[], object],
    ) -> None:
        self._settings = settings
        self._name = name
        self._site = site
        self._config = config
        self._commands = commands
        self._limits = limits
        self._clock = clock
        self._changed = changed
        self._load_changed = load_changed
        self._keep = keep
        self.lifts = 0

    @property
    def is_allowed(self) -> bool:
        """Whether it may charge, and its session has not reached a limit."""
        settings = self._settings
        return (settings.charging_allowed or settings.asked_there_a is not None) and not self._limits.holds_back

    @property
    def max_current_a(self) -> float:
        """The owner's own maximum, within what the charger can, in A."""
        wish_a = self._settings.max_current_a
        return self._config.max_a if wish_a is None else min(wish_a, self._config.max_a)

    @property
    def current_a(self) -> float:
        """The most that is wanted of it now, in A."""
        limit_a = self._settings.limit_a
        return self.max_current_a if limit_a is None else min(self.max_current_a, limit_a)

    @property
    def balancing(self) -> bool:
        """Whether it is balanced; else it stays at its fallback."""
        return self._settings.balancing

    @property
    def overridden_a(self) -> float | None:
        """The limit that somebody set at the charger itself, in A."""
        return self._settings.overridden_a

    @property
    def asked_there_a(self) -> float | None:
        """The current that somebody asked for at the charger itself, in A."""
        return self._settings.asked_there_a

    @property
    def has_any(self) -> bool:
        """Whether anything is wanted of the current that the charger would not do by itself."""
        settings = self._settings
        return (
            settings.max_current_a is not None
            or settings.limit_a is not None
            or settings.switched_off
            or not self.is_allowed
        )

    @property
    def fallback_a(self) -> float:
        """The current that it is left at when nobody speaks to it, in A; 0 is a pause."""
        return self._config.fallback_of(self._site)

    @property
    def left_at_a(self) -> float:
        """The fallback, as far as nobody allows less, in A."""
        if not self.is_allowed:
            return 0.0
        fallback_a, overridden_a = self.fallback_a, self._settings.overridden_a
        return fallback_a if overridden_a is None else min(fallback_a, overridden_a)

    @property
    def line_use(self) -> LineUse:
        """How it loads the site's lines: one phase alone only where it is known to, and nothing else is asked for."""
        use, wanted = self._config.line_use, self._settings.phases
        return use.one_phase(self._site.wiring) if self._commands.phases == 1 and wanted != _ALL_PHASES else use

    @property
    def other_use(self) -> LineUse | None:
        """How it would load the lines with its phases switched; None where the balancer may not do that."""
        if not self._settings.phases_auto or not self._commands.can_switch_phases:
            return None
        on_one = self.line_use != self._config.line_use
        return self._config.line_use if on_one else self._config.line_use.one_phase(self._site.wiring)

    @property
    def phases_auto(self) -> bool:
        """Whether the balancer may switch the phases."""
        return self._settings.phases_auto

    def switches_ago_s(self, now: datetime) -> tuple[float, ...]:
        """How long ago the phases were switched lately, in s."""
        return self._settings.switches_ago_s(now)

    # What people ask for

    async def async_set_max_current(self, current_a: float) -> None:
        """Set the owner's own maximum, in A."""
        self._ask_anew()
        self._settings.max_current_a = current_a
        await self._changed()

    async def async_set_charging_allowed(self, *, allowed: bool, until_unplugged: bool = False) -> None:
        """Let the EVSE charge, or not; where `until_unplugged`, only this car is held back."""
        self._require_control()
        settings = self._settings
        # What the owner has switched off is off for every car.
        for_all = not settings.charging_allowed and not settings.until_unplugged
        settings.charging_allowed = allowed
        if allowed:
            self._limits.async_lift()
        self._ask_anew()
        if allowed and settings.limit_a == 0:
            # A limit of nothing is a stop by another name.
            settings.limit_a = settings.limit_until = None
        settings.until_unplugged = until_unplugged and not allowed and not for_all
        await self._changed()

    async def async_set_session_limit(self, limit: SessionLimit) -> None:
        """Limit the session of now, or the next one where there is none; without any figure, lift that."""
        self._require_control()
        await self._limits.async_ask(limit)

    async def async_let_phases_be_switched(self) -> None:
        """Let the balancer switch the phases: one instead of a pause."""
        self._settings.phases_auto = True
        await self._changed()

    async def async_set_phases(self, phases: int) -> None:
        """Charge on 1 or on 3 phases, as the owner wants it; raise ControlError where the charger does not take it."""
        before, self._settings.phases_auto = self._settings.phases_auto, False
        try:
            await self._async_switch_phases(phases)
        except ControlError:
            self._settings.phases_auto = before
            raise

    async def async_switch_phases(self, phases: int) -> None:
        """Charge on 1 or on 3 phases, as the balancer decided; what fails is tried again when it decides so again."""
        try:
            await self._async_switch_phases(phases)
        except ControlError as err:
            _LOGGER.debug("%s was not switched to %s phases: %s", self._name, phases, err)

    async def _async_switch_phases(self, phases: int) -> None:
        before = self._settings.phases
        if phases == _ALL_PHASES:
            # Room on all lines is needed before the charger uses them.
            self._settings.phases = phases
            self._load_changed()
        try:
            await self._commands.async_set_phases(phases)
        except ControlError:
            self._settings.phases = before
            self._load_changed()
            raise
        self._settings.phases = phases
        self._settings.phases_switched(self._clock().utc)
        await self._changed()

    async def async_set_balancing(self, *, on: bool) -> None:
        """Balance the EVSE, or leave it at its fallback."""
        self._settings.balancing = on
        await self._changed()

    async def async_set_current_limit(self, current_a: float, duration: timedelta | None) -> None:
        """Limit the current for a time, or until the car is unplugged; 0 is a pause."""
        self._require_control()
        config = self._config
        if current_a != 0 and not config.min_a <= current_a <= config.max_a:
            raise refuse(
                "current_out_of_range",
                charger=self._name,
                current=f"{current_a:g}",
                min=f"{config.min_a:g}",
                max=f"{config.max_a:g}",
            )
        self._settings.limit_a = current_a
        self._ask_anew()
        self._settings.limit_until = None if duration is None else self._clock().utc + duration
        await self._changed()

    def _ask_anew(self) -> None:
        """Let what is asked of us now go before what somebody set at the charger itself."""
        self.lifts += 1
        self._settings.asked_there_a = None

    def _require_control(self) -> None:
        if not self._commands.possible:
            raise refuse("not_controllable", charger=self._name)

    # What happens to it

    @callback
    def async_overridden(self, limit_a: float | None, asked_a: float | None) -> None:
        """Keep what somebody set at the charger itself, over a restart: the most, and the least; None where nobody did.

        Who asks for current there goes before what holds the car back here.
        """
        settings = self._settings
        if (limit_a, asked_a) == (settings.overridden_a, settings.asked_there_a):
            return
        if asked_a is not None and settings.asked_there_a is None:
            self._limits.async_lift()
        settings.overridden_a, settings.asked_there_a = limit_a, asked_a
        self._keep()

    @callback
    def async_unplugged(self) -> None:
        """Forget what was asked for one car only."""
        if self._settings.unplugged():
            self._keep()

    @callback
    def async_expire(self, now: datetime) -> bool:
        """Forget a limit whose time is over; return whether there was one."""
        expired = self._settings.expire(now)
        if expired:
            self._keep()
        return expired

    @callback
    def async_clock_set(self, by: timedelta) -> None:
        """Let a limit for a time last as long as was asked, now that the clock was set."""
        if self._settings.limit_until is not None:
            self._settings.limit_until += by
            self._keep()
