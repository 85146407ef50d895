"""A site under the balancer, told second by second what its meter and its chargers show."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import (
    Circuit,
    Connection,
    LineUse,
    Protection,
    Wiring,
)
from custom_components.ev_sessions.core.balancing.load import BalancingState, Decision, EvseLimit, EvseLoad, SiteLimits
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading

__all__ = [
    "BalancingState",
    "Circuit",
    "Connection",
    "EvseLimit",
    "EvseLoad",
    "LineUse",
    "LoadRig",
    "Protection",
    "ReasonKey",
    "SiteLimits",
    "Wiring",
    "car",
    "site",
]

START = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def site(fuse_a: float | tuple[float, ...] = 25.0, **changes: Any) -> SiteLimits:
    """Return a three-phase house behind one fuse."""
    wiring = changes.get("wiring", Wiring.THREE_PHASE_FOUR_WIRE)
    limit_a = fuse_a if isinstance(fuse_a, tuple) else (fuse_a,) * wiring.line_count
    root = Circuit(id="root", name="House", limit_a=limit_a)
    return SiteLimits(**{"circuits": (root,), "wiring": wiring, "margin_a": 1.0, **changes})


def car(name: str = "car", lines: tuple[int, ...] = (0, 1, 2), **changes: Any) -> EvseLoad:
    """Return an EVSE with a car that asks for power and draws nothing yet."""
    return EvseLoad(
        **{"id": name, "use": LineUse(lines=lines), "connected": True, "drawn_a": (0.0, 0.0, 0.0), **changes}
    )


class LoadRig:
    """Cars that follow at once (unless told otherwise), a house, a meter every second without delay."""

    def __init__(self, limits: SiteLimits, *evses: EvseLoad, house: Iterable[float] | float = 2.0) -> None:
        self.limits = limits
        self.evses = {evse.id: evse for evse in evses}
        self.following = dict.fromkeys(self.evses, True)
        self.count = limits.wiring.line_count
        self.house = house if isinstance(house, float) else tuple(house)
        self.state = BalancerState()
        self.t_s = 0.0
        self.meter = True
        self.grid: GridReading | None = None
        self.decision: Decision | None = None
        self.commands: list[tuple[float, str, float | None]] = []
        self.period_s = 1.0
        self.allowed = {evse.id: evse.limit_read_a or 0.0 for evse in evses}

    @property
    def house_a(self) -> tuple[float, ...]:
        return (self.house,) * self.count if isinstance(self.house, float) else self.house

    def now(self) -> Now:
        return Now(utc=START, monotonic_s=500.0).later(self.t_s)

    def change(self, name: str = "car", **changes: Any) -> None:
        self.evses[name] = replace(self.evses[name], **changes)

    def draws(self, name: str, current_a: float) -> None:
        """Let a car draw a current of its own."""
        evse = self.evses[name]
        self.following[name] = False
        self.change(name, drawn_a=evse.use.per_line(current_a, self.count))

    def flow(self) -> tuple[float, ...]:
        drawn = [evse.drawn_a or (0.0,) * self.count for evse in self.evses.values()]
        return tuple(base + sum(d[line] for d in drawn) for line, base in enumerate(self.house_a))

    def measure(self) -> GridReading:
        # No real house stands still to the last digit.
        flicker_a = 0.01 * (self.t_s % 3)
        return GridReading(at=self.now().utc, currents_a=tuple(current - flicker_a for current in self.flow()))

    def look(self, *, alive_at: datetime | None = None) -> Decision:
        """Decide now with the meter as it was last read."""
        self.state, decision = balance(
            self.state, self.limits, self.grid, tuple(self.evses.values()), self.now(), meter_alive_at=alive_at
        )
        self.decision = decision
        for command in decision.commands:
            self.commands.append((self.t_s, command.evse_id, command.limit_a))
            self.allowed[command.evse_id] = command.limit_a or 0.0
        return decision

    def second(self) -> Decision:
        """Live one second: the cars follow, the meter reads, the balancer decides."""
        self.t_s += 1.0
        for name, evse in self.evses.items():
            if self.following[name] and evse.drawn_a is not None:
                takes = self.allowed[name] if evse.connected and evse.wants else 0.0
                self.change(name, drawn_a=evse.use.per_line(takes, self.count))
        if self.meter and self.t_s % self.period_s == 0:
            self.grid = self.measure()
        return self.look()

    def run(self, seconds: float) -> Decision:
        end_s = self.t_s + seconds
        decision = self.second()
        while self.t_s < end_s:
            decision = self.second()
        return decision

    def limit(self, name: str = "car") -> float:
        """Return the limit of an EVSE; below 0 where it is not controlled."""
        assert self.decision is not None
        limit_a = next(limit.limit_a for limit in self.decision.limits if limit.evse_id == name)
        return -1.0 if limit_a is None else limit_a

    def reason(self, name: str = "car") -> ReasonKey:
        assert self.decision is not None
        return next(limit.reason.key for limit in self.decision.limits if limit.evse_id == name)

    def sent(self, since_s: float = 0.0, name: str | None = None) -> list[float | None]:
        return [a for t, who, a in self.commands if t >= since_s and name in {None, who}]

    @property
    def balancing_state(self) -> str:
        assert self.decision is not None
        return self.decision.state.value

    @property
    def not_obeying(self) -> list[str]:
        assert self.decision is not None
        return list(self.decision.not_obeying)
