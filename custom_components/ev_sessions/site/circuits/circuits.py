"""The circuits of a site at run time: what limits them at this moment goes in, how they stand comes out."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ...core.balancing.circuits.bounds import bounds_of
from ...core.balancing.circuits.circuit import Protection
from ...core.balancing.limits.dimming import Dimming, Limiting
from ...core.balancing.limits.outside_limit import stricter
from ...core.balancing.load import BalancingState, Decision, EvseLoad, LimitNow, SiteLimits
from ...core.balancing.meter.branch_meters import MeterShows
from ...core.balancing.meter.grid import total_current_a
from ...core.balancing.meter.others import shown_w, voltage_of
from ...core.moment import Now, us_of
from ...core.reading import GridReading
from ...sources.watch import SourceListener
from ...store import LIMIT_ENDED, LIMITED, OUTSIDE, AuditRecord, Ledger
from ..config.circuits import CircuitConfig, Tree
from ..config.site import SiteConfig
from ..issues import IssueBook
from ..ledger.ledger import asked
from .circuit import CircuitRuntime


class Circuits:
    """All circuits of a site, for the balancer and for those who show them."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        site_id: str,
        site: SiteConfig,
        configs: Iterable[CircuitConfig],
        tree: Tree,
        ledger: Ledger,
        issues: IssueBook,
        settings: Mapping[str, dict[str, Any]],
        now: Callable[[], Now],
        changed: Callable[[], None],
        listener: Callable[[str], SourceListener],
        told_by_chargers: Callable[[], Mapping[str, LimitNow]],
    ) -> None:
        """`told_by_chargers` is what others allow chargers with several EVSEs, by charger."""
        self._site = site
        self._site_id = site_id
        self._tree = tree
        self._ledger = ledger
        self._issues = issues
        self._told_by_chargers = told_by_chargers
        self._now = now
        self._last: Decision | None = None
        self._on_their_way: list[tuple[Future[None], AuditRecord]] = []
        self._limits: dict[str, LimitNow | None] = {}
        self._by_id = {circuit.id: circuit for circuit in tree.circuits}
        bounds = bounds_of(tree.circuits, site.wiring.line_count, site.wiring)
        self._above = {
            circuit_id: frozenset(bounds.circuits[place].id for place in chain)
            for circuit_id, chain in bounds.chains.items()
        }
        self._devices = Counter(one for on in tree.on.values() for one in self._above[on])
        self.all = [
            CircuitRuntime(
                hass,
                site,
                config,
                identity=site_id if config.is_root else config.id,
                carries_a=self._by_id[config.id].limit_a,
                settings=settings.get(config.id, {}),
                changed=changed,
                keep=partial(self._keep, config.id),
                now=now(),
                listener=listener(config.name),
            )
            for config in configs
        ]

    def _keep(self, circuit_id: str, name: str, value: Any) -> None:
        self._ledger.put_setting(circuit_id, name, value, self._now().utc)

    async def async_set_target(self, circuit: CircuitRuntime, target_kw: float) -> None:
        """Keep another peak demand, once the ledger has it."""
        await asked(self._ledger.put_setting(circuit.config.id, "target_kw", target_kw, self._now().utc))
        circuit.set_target(target_kw)

    @callback
    def async_start(self) -> None:
        """Listen from now on."""
        for circuit in self.all:
            circuit.async_start()

    @callback
    def async_stop(self) -> None:
        """Listen no more; a limit that goes on begins anew with the next start."""
        now = self._now()
        for circuit in self.all:
            circuit.async_stop()
            ended = circuit.end_limiting(now)
            self._keep_limiting(circuit.config, None, ended, now)

    # For the balancer

    def shows(self) -> dict[str, MeterShows]:
        """Return what circuits' own meters show, by circuit."""
        return {circuit.config.id: circuit.meter_shows() for circuit in self.all if circuit.meter is not None}

    def limits_now(
        self, limits: SiteLimits, grid: GridReading | None, loads: Sequence[EvseLoad], now: Now
    ) -> dict[str, LimitNow]:
        """Return what circuits may carry at this moment, where that is less than they always may."""
        found: dict[str, LimitNow] = {**self._told_by_chargers()}
        for circuit in self.all:
            config = circuit.config
            outside = circuit.outside_now(self._devices[config.id], now)
            self._limits[config.id] = outside
            if outside is not None:
                each = config.outside is not None and config.outside.dimming is Dimming.EACH
                for circuit_id in self._tree.each[config.id] if each else (config.id,):
                    found[circuit_id] = stricter(found.get(circuit_id), outside)
            if circuit.peak is not None:
                reading, protection = self._metered(circuit, limits, grid)
                power_w = None if reading is None else shown_w(reading, limits, protection)
                cars_w = self._cars_a(config.id, loads, limits) * voltage_of(reading, limits)
                peak = circuit.peak.look(power_w, cars_w, now)
                if peak is not None:
                    found[config.id] = stricter(found.get(config.id), peak)
        return found

    def _metered(
        self, circuit: CircuitRuntime, limits: SiteLimits, grid: GridReading | None
    ) -> tuple[GridReading | None, Protection]:
        """Return the reading of a circuit's meter, None while it cannot be believed, and what it can guard."""
        last = self._last
        if circuit.config.is_root:
            lost = last is not None and last.state is BalancingState.METER_LOST
            return None if lost else grid, limits.protection
        stands = None if last is None else last.circuits.get(circuit.config.id)
        meter = self._by_id[circuit.config.id].meter
        reading = None if stands is None or stands.lost else circuit.shows.reading
        return reading, Protection.PER_LINE if meter is None else meter.protection

    def _cars_a(self, circuit_id: str, loads: Sequence[EvseLoad], limits: SiteLimits) -> float:
        """Return what our chargers on a circuit draw, as their power over the voltage."""
        return sum(
            total_current_a(load.drawn_a, limits.wiring)
            for load in loads
            if load.controllable and load.drawn_a is not None and circuit_id in self._above[load.circuit_id]
        )

    # For those who look

    @callback
    def async_decided(self, decision: Decision) -> None:
        """Show how each circuit stands, and keep who limited it."""
        self._last = decision
        now = self._now()
        for circuit in self.all:
            config = circuit.config
            stands = decision.circuits.get(config.id)
            begun, ended = circuit.async_decided(stands, self._limits.get(config.id), now)
            self._keep_limiting(config, begun, ended, now)
            self._issues.circuit_meter(config.name, config.id, config.meter, lost=stands is not None and stands.lost)
            if circuit.outside is not None:
                silent = circuit.outside.is_silent(now)
                self._issues.limit_entity_silent(config.name, config.id, circuit.outside.entity_id, silent=silent)

    def _keep_limiting(self, config: CircuitConfig, begun: Limiting | None, ended: Limiting | None, now: Now) -> None:
        if begun is not None:
            self._record(config, LIMITED, now, _told_of(begun))
        if ended is not None:
            effect = {"mean_w": ended.mean_w, "greatest_w": ended.greatest_w}
            self._record(config, LIMIT_ENDED, now, {**_told_of(ended), "end_us": us_of(now.utc), **effect})

    def _record(self, config: CircuitConfig, action: str, now: Now, new: dict[str, Any]) -> None:
        new = {"name": config.name, **new}
        written = self._ledger.put_audit(
            site_id=self._site_id,
            at=now.utc,
            who=OUTSIDE,
            action=action,
            subject="circuit",
            subject_id=config.id,
            new=new,
        )
        line = AuditRecord(
            id="",
            site_id=self._site_id,
            at=now.utc,
            who=OUTSIDE,
            action=action,
            subject="circuit",
            subject_id=config.id,
            old=None,
            new=new,
        )
        self._on_their_way = [pair for pair in self._on_their_way if not pair[0].done()]
        self._on_their_way.append((written, line))

    @property
    def unwritten(self) -> list[AuditRecord]:
        """The lines about limits from outside that the ledger has not got yet, oldest first."""
        return [line for written, line in self._on_their_way if not written.done()]


def _told_of(limiting: Limiting) -> dict[str, float | None]:
    return {
        "start_us": us_of(limiting.start),
        "limit_w": limiting.limit_w,
        "limit_a": limiting.limit_a,
        "before_w": limiting.before_w,
    }
