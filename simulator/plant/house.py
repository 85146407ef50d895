"""The house behind the fuse: all appliances together, never above what its own wiring takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from math import acos, sqrt, tan
from random import Random

from .appliances import FAMILY_HOUSE, LINE_COUNT, VOLTAGE_V, Appliance, Behaviour, Load
from .life import Life

#: The house alone never draws more on a line: what does not fit waits, as careful people do.
HOUSE_LIMIT_A = 24.0
_RETRY_S = 2.0
_NO_LOAD = Load(duration_s=0.0, power_w=(0.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadStep:
    """A rise of what the house draws on a line, in A, at a second of the plant."""

    at_s: float
    line: int
    rise_a: float
    appliance: str


class _Running:
    """An appliance in the house, and what it draws now."""

    __slots__ = ("behaviour", "load", "name", "wanted")

    def __init__(self, name: str, behaviour: Behaviour) -> None:
        self.name = name
        self.behaviour = behaviour
        self.load = _NO_LOAD
        self.wanted: Load | None = None


class House:
    """All appliances on three lines; `active_w` and `reactive_var` per line are what they draw now."""

    def __init__(
        self,
        seed: int,
        life: Life,
        *,
        appliances: Mapping[str, Appliance] = FAMILY_HOUSE,
        limit_a: float = HOUSE_LIMIT_A,
    ) -> None:
        self.limit_a = limit_a
        self.active_w = [0.0] * LINE_COUNT
        self.reactive_var = [0.0] * LINE_COUNT
        self.steps: list[LoadStep] = []
        self._queue: list[tuple[float, int, _Running]] = []
        self._extra: dict[str, Load] = {}
        self._count = 0
        for name, appliance in appliances.items():
            # A generator of its own for each: one appliance more does not change the others.
            running = _Running(name, appliance(Random(f"{seed} {name}"), life))
            running.wanted = next(running.behaviour)
            self._push(0.0, running)

    def step(self, now_s: float) -> None:
        """Let everything happen that is due at `now_s`."""
        while self._queue and self._queue[0][0] <= now_s:
            due_s, _, running = heappop(self._queue)
            self._advance(running, due_s)

    def switch_on(self, name: str, power_w: tuple[float, float, float], now_s: float) -> None:
        """Put a load of one's own on the lines, whether or not there is room for it."""
        self.switch_off(name, now_s)
        load = Load(duration_s=0.0, power_w=power_w)
        self._extra[name] = load
        self._replace(_NO_LOAD, load, name, now_s)

    def switch_off(self, name: str, now_s: float) -> None:
        """Take a load of one's own away again."""
        if (load := self._extra.pop(name, None)) is not None:
            self._replace(load, _NO_LOAD, name, now_s)

    def is_on(self, name: str) -> bool:
        """Tell whether a load of one's own is on."""
        return name in self._extra

    @property
    def currents_a(self) -> tuple[float, ...]:
        """Return what the house draws per line."""
        return tuple(
            sqrt(active * active + reactive * reactive) / VOLTAGE_V
            for active, reactive in zip(self.active_w, self.reactive_var, strict=True)
        )

    def _push(self, at_s: float, running: _Running) -> None:
        self._count += 1
        heappush(self._queue, (at_s, self._count, running))

    def _advance(self, running: _Running, due_s: float) -> None:
        wanted = running.wanted if running.wanted is not None else running.behaviour.send(due_s)
        if not self._fits(running.load, wanted):
            running.wanted = wanted
            self._replace(running.load, _NO_LOAD, running.name, due_s)
            running.load = _NO_LOAD
            self._push(due_s + _RETRY_S, running)
            return
        running.wanted = None
        self._replace(running.load, wanted, running.name, due_s)
        running.load = wanted
        self._push(due_s + wanted.duration_s, running)

    def _fits(self, old: Load, new: Load) -> bool:
        if not any(new.power_w):
            return True
        limit_va = self.limit_a * VOLTAGE_V
        old_tangent, new_tangent = _tangent(old), _tangent(new)
        for line in range(LINE_COUNT):
            active = self.active_w[line] - old.power_w[line] + new.power_w[line]
            reactive = self.reactive_var[line] - old.power_w[line] * old_tangent + new.power_w[line] * new_tangent
            if active * active + reactive * reactive > limit_va * limit_va:
                return False
        return True

    def _replace(self, old: Load, new: Load, name: str, at_s: float) -> None:
        old_tangent, new_tangent = _tangent(old), _tangent(new)
        for line in range(LINE_COUNT):
            rise_w = new.power_w[line] - old.power_w[line]
            self.active_w[line] += rise_w
            self.reactive_var[line] += new.power_w[line] * new_tangent - old.power_w[line] * old_tangent
            if rise_w >= VOLTAGE_V:
                self.steps.append(LoadStep(at_s=at_s, line=line, rise_a=rise_w / VOLTAGE_V, appliance=name))


def _tangent(load: Load) -> float:
    """Return reactive over active power."""
    return 0.0 if load.power_factor >= 1.0 else tan(acos(load.power_factor))
