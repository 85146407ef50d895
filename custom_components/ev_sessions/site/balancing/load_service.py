"""The balancing of a site at run time: grid readings in, limits out; nothing is decided here."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ...core.balancing.appliances.learned_loads import LearnedLoads
from ...core.balancing.balancer import balance
from ...core.balancing.circuits.circuit import Circuit, Protection
from ...core.balancing.evse.draw import PerLine
from ...core.balancing.limits.house_peak import at_least_a
from ...core.balancing.load import BalancingState, Decision, EvseLimit, SiteLimits
from ...core.balancing.meter.grid import GridMeter
from ...core.balancing.meter.others import shown_w
from ...core.balancing.reasons import ReasonKey
from ...core.reading import GridReading
from ..circuits.circuits import Circuits
from ..clock import Clock
from ..config.circuits import Tree
from ..config.site import SiteConfig
from ..evse.evse import EvseRuntime
from ..pace import Pace
from .kept_balance import KeptBalance

#: What can wait waits so long for a reading of the meter, with which all is decided anyway; longer where there are
#: more loads than can be looked at in that time.
_SOON_S = 2.0
_LOADS_PER_S = 100
#: And so many in a second where something began, ended or became another: hundreds of cars may come at once.
_NEWS_PER_S = 1000
#: With no more of them, each decides anew at once.
_FEW = 10
#: A timer of less would only spin.
_LEAST_WAIT_S = 0.05


def limits_of(config: SiteConfig, tree: Tree | None, meter: GridMeter | None, *, crowded: bool) -> SiteLimits:
    """Return what guards a site. Without a main fuse there is nothing to balance by.

    Without a meter the chargers alone are kept under the limits of their circuits, where these are `crowded`.
    """
    circuits = () if tree is None else tree.circuits
    if tree is None:
        circuits = (Circuit(id="", name="", limit_a=(0.0,) * config.wiring.line_count),)
    return SiteLimits(
        circuits=circuits,
        wiring=config.wiring,
        protection=Protection.PER_LINE if meter is None else meter.protection,
        power_factor=1.0 if meter is None else meter.power_factor,
        margin_a=config.margin_a,
        turn_s=config.turn_s,
        has_meter=meter is not None and tree is not None,
        guards_circuits=meter is None and crowded,
        unmetered_house_a=config.house_worst_a or 0.0,
        meter_timeout_s=config.meter_timeout_s,
        voltage_v=config.voltage_v,
        has_heartbeat=config.meter is not None and config.meter.heartbeat is not None,
    )


class LoadService:
    """Calls the balancer at each grid reading, at each change of an EVSE, and when it asked to be called.

    For what can wait a moment, as a sample that is like the last, it is called at a pace.

    `alive_at` tells when the meter last gave a sign of life; `decided` hears of each decision;
    `run` starts a command in the background.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        limits: SiteLimits,
        evses: Sequence[EvseRuntime],
        clock: Clock,
        balancing_on: bool,
        alive_at: Callable[[], datetime | None],
        circuits: Circuits | None,
        kept: KeptBalance,
        decided: Callable[[Decision], None],
        run: Callable[[Coroutine[Any, Any, None], str], Any],
    ) -> None:
        self._hass = hass
        self._limits = replace(limits, balancing_on=balancing_on)
        self._evses = {evse.evse_id: evse for evse in evses}
        self._clock = clock
        self._alive_at = alive_at
        self._circuits = circuits
        self._kept = kept
        self._decided = decided
        self._run = run
        self._state = kept.before
        self._grid: GridReading | None = None
        self._told: dict[str, tuple[EvseLimit, tuple[int, ...] | None, int, float | None, float | None]] = {}
        self._cancel_check: CALLBACK_TYPE | None = None
        self._begun = False
        self._pace = Pace(hass, self._async_evaluate, least_s=max(_SOON_S, len(self._evses) / _LOADS_PER_S))
        count = len(self._evses)
        self._news = Pace(hass, self.async_evaluate, least_s=count / _NEWS_PER_S if count > _FEW else 0.0)
        self.decision: Decision | None = None

    @property
    def limits(self) -> SiteLimits:
        """What guards the site."""
        return self._limits

    @property
    def house_a(self) -> PerLine | None:
        """What the house draws on each line, in A: at least, of a total; None where no meter tells."""
        return at_least_a(self._state.house_a, self._limits) if self._limits.has_meter else None

    @property
    def grid_w(self) -> float | None:
        """What the grid meter shows, positive for import, in W; None while it cannot be believed."""
        lost = self.decision is not None and self.decision.state is BalancingState.METER_LOST
        if self._grid is None or lost or not self._limits.has_meter:
            return None
        return shown_w(self._grid, self._limits, self._limits.protection)

    @property
    def loads(self) -> LearnedLoads:
        """What is learned of the house's loads."""
        return self._state.loads

    @callback
    def async_begin(self) -> None:
        """Decide from now on: all that there is to be read was read once."""
        self._begun = True
        self.async_evaluate()

    @callback
    def async_grid_reading(self, reading: GridReading | None) -> None:
        """Take a reading of the grid meter, or that it says nothing."""
        self._grid = reading
        self.async_evaluate()

    @callback
    def async_set_balancing(self, *, on: bool) -> None:
        """Balance, or leave all chargers at their fallback."""
        self._limits = replace(self._limits, balancing_on=on)
        self.async_evaluate()

    @callback
    def async_evaluate(self) -> None:
        """Decide anew, send what has to be sent, and come back when the decision says so."""
        self._pace.async_do()

    @callback
    def async_evaluate_news(self) -> None:
        """Decide anew as something began, ended or became another: at once, unless that is so all the time."""
        self._news.async_ask()

    @callback
    def async_evaluate_soon(self) -> None:
        """Decide anew within some seconds, unless something calls for it before."""
        self._pace.async_ask()

    @callback
    def _async_evaluate(self) -> None:
        self._news.async_stop()
        if not self._begun:
            return
        now = self._clock()
        loads = tuple(evse.load(now) for evse in self._evses.values())
        limits, shows = self._limits, None
        if self._circuits is not None:
            limits = replace(limits, now=self._circuits.limits_now(limits, self._grid, loads, now))
            shows = self._circuits.shows()
        self._state, decision = balance(
            self._state, limits, self._grid, loads, now, meter_alive_at=self._alive_at(), circuit_meters=shows
        )
        self.decision = decision
        self._kept.async_look(self._state, loads, now)
        for command in decision.commands:
            if command.limit_a is not None:
                evse = self._evses[command.evse_id]
                self._run(evse.commands.async_limit(command.limit_a), f"{evse.name} limit")
        for evse_id, phases in decision.phases.items():
            evse = self._evses[evse_id]
            self._run(evse.wishes.async_switch_phases(phases), f"{evse.name} phases")
        for evse_id in decision.calls:
            evse = self._evses[evse_id]
            self._run(evse.async_call_car(), f"{evse.name} wake-up")
        for limit in decision.limits:
            self._async_tell(limit, decision)
        self._async_check_later(decision.check_again_s)
        if self._circuits is not None:
            self._circuits.async_decided(decision)
        self._decided(decision)

    @callback
    def _async_tell(self, limit: EvseLimit, decision: Decision) -> None:
        """Tell an EVSE what was decided for it, where that is anything new."""
        id_ = limit.evse_id
        told = (
            limit,
            decision.car_lines.get(id_),
            decision.pauses.get(id_, 0),
            decision.overrides.get(id_),
            decision.asked_there.get(id_),
        )
        # Why it may not charge is something that it knows better.
        if self._told.get(id_) == told and limit.reason.key is not ReasonKey.NOT_ALLOWED:
            return
        self._told[id_] = told
        evse = self._evses[id_]
        evse.wishes.async_overridden(told[3], told[4])
        evse.decided.async_decided(limit, car_lines=told[1], pauses=told[2])

    @callback
    def _async_check_later(self, seconds: float) -> None:
        if self._cancel_check is not None:
            self._cancel_check()
        self._cancel_check = async_call_later(self._hass, max(_LEAST_WAIT_S, seconds), self._async_due)

    @callback
    def _async_due(self, _at: datetime) -> None:
        self._cancel_check = None
        self.async_evaluate()

    @callback
    def async_stop(self) -> None:
        """Decide nothing more."""
        now = self._clock()
        self._kept.async_keep(self._state, [evse.load(now) for evse in self._evses.values()], now)
        self._pace.async_end()
        self._news.async_end()
        if self._cancel_check is not None:
            self._cancel_check()
            self._cancel_check = None
