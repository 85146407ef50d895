"""The demo's own check: a load comes, the car steps back, and energy and cost are right.

Every value is read through Home Assistant's interface; the plant is only told to let a car come.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
import time
from typing import Any

from simulator.demo.stage import FUSE_A, Stage
from simulator.hass.client import HassError

_CHARGER = "Garage"
#: What can be switched on, the smaller first, and what it draws on the first line and on the second.
_LOADS = (("switch.house_kettle", 9.5, 0.0), ("switch.house_sauna", 13.0, 13.0))
#: So long a car has to draw the same, above the least that a car can draw, before it is put to the test.
_STEADY_S = 12.0
_LEAST_A = 6.0
#: A guard lets a car charge only when there has been room for some time.
_START_S = 480.0
#: Within so long, at a second that nobody knows before, a load comes.
_AT_RANDOM_S = 15.0
_FALL_S = 30.0
_FALL_A = 1.0
#: No line stands still to a tenth of an ampere.
_TREMOR_A = 0.3
_COST_S = 240.0
_STOP_S = 180.0
_ENOUGH_KWH = 0.05
#: A Wh: the step of the charger's own register.
_STEP_KWH = 0.001

type States = Mapping[str, Any]


class CheckError(Exception):
    """What was expected did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ids:
    drawn: str
    grid: tuple[str, ...]
    source_register: str
    register: str
    energy: str
    cost: str
    allowed: str
    power: str

    @classmethod
    def of(cls, running: Stage) -> _Ids:
        names = running.names
        return cls(
            drawn=names.drawn(_CHARGER),
            grid=tuple(names.meter(f"current_l{line}") for line in (1, 2, 3)),
            source_register=names.register(_CHARGER),
            register=names.of_charger(_CHARGER, "energy"),
            energy=names.of_charger(_CHARGER, "session_energy"),
            cost=names.of_charger(_CHARGER, "session_cost"),
            allowed=names.of_charger(_CHARGER, "allowed_current"),
            power=names.of_charger(_CHARGER, "power"),
        )


def number(states: States, entity_id: str) -> float | None:
    """Return a state as a number; None where it is none."""
    try:
        return float(states[entity_id]["state"])
    except KeyError, ValueError:
        return None


async def check(running: Stage, say: Callable[[str], None], *, seed: int, balancing_off: bool) -> None:
    """Run the check; CheckError with the reason when something is not as it must be."""
    ids = _Ids.of(running)
    client = running.client
    if balancing_off:
        switch = running.names.of_site("balancing")
        await client.call("switch", "turn_off", {"entity_id": switch})
        say("balancing was switched off")
    before = await _wait(running, "a register", lambda states: _known(states, ids.source_register), _START_S)
    await running.plant.ask("plug_in", charger=_CHARGER.lower())
    # A guard lets it begin small; without one it stays at the fallback.
    least_a = _LEAST_A if balancing_off else _LEAST_A + 1
    await _wait(running, "a car that draws steadily", _Steady(ids.drawn, least_a), _START_S)
    wait_s = Random(seed).uniform(0.0, _AT_RANDOM_S)
    say(f"the load comes in {wait_s:.1f} s; --seed {seed} repeats that")
    await asyncio.sleep(wait_s)
    await _step_load(running, ids, say)
    await _energy_and_cost(running, ids, say)
    await _register(running, ids, say, before)


class _Steady:
    """Finds a value that has stayed the same for a while."""

    def __init__(self, entity_id: str, least_a: float) -> None:
        self._entity_id = entity_id
        self._least_a = least_a
        self._value: float | None = None
        self._since_s = 0.0

    def __call__(self, states: States) -> tuple[float] | None:
        """Return the value when it has."""
        value, now_s = number(states, self._entity_id), time.monotonic()
        if value != self._value:
            self._value, self._since_s = value, now_s
        if value is None or value < self._least_a or now_s - self._since_s < _STEADY_S:
            return None
        return (value,)


def _known(states: States, entity_id: str) -> tuple[float] | None:
    value = number(states, entity_id)
    return None if value is None else (value,)


def _at_least(states: States, entity_id: str, least: float) -> tuple[float] | None:
    value = number(states, entity_id)
    return None if value is None or value < least else (value,)


async def _wait(
    running: Stage, what: str, probe: Callable[[dict[str, Any]], tuple[float] | None], timeout_s: float
) -> float:
    try:
        return (await running.client.wait_until(what, probe, timeout_s))[0]
    except HassError as err:
        raise CheckError(str(err)) from err


async def _step_load(running: Stage, ids: _Ids, say: Callable[[str], None]) -> None:
    """Switch loads on until a line is past its fuse, and see the car go back."""
    client = running.client
    states = await client.states()
    drawn_a, line_a = number(states, ids.drawn), number(states, ids.grid[0])
    if drawn_a is None or line_a is None:
        raise CheckError("nobody tells what the car and the line carry")
    say(f"the lines carry {_line_text(states, ids)}, the car draws {drawn_a:.1f} A")
    other_a = number(states, ids.grid[1]) or drawn_a
    for load, load_a, beside_a in _LOADS:
        if line_a > FUSE_A:
            break
        await client.call("switch", "turn_on", {"entity_id": load})
        line_a += load_a
        other_a += beside_a
        say(f"{load} on: L1 would carry {line_a:.1f} A")
    begin_s = time.monotonic()
    try:
        # What is ours of the time that it takes, and what the car's.
        allowed_a = await _wait(
            running,
            f"the car, which drew {drawn_a:.1f} A, is allowed {_FALL_A:.0f} A less or more",
            lambda states: _below(states, ids.allowed, drawn_a - _FALL_A),
            _FALL_S,
        )
        say(f"the car was allowed {allowed_a:.0f} A after {time.monotonic() - begin_s:.1f} s")
        # The charger tells of its current every half minute; the meter's second line shows the car, and little else
        # but what was switched on there.
        seen_a = await _wait(
            running,
            f"the car, which drew {drawn_a:.1f} A, steps back by {_FALL_A:.0f} A or more",
            lambda states: _below(states, ids.grid[1], other_a - _FALL_A + _TREMOR_A),
            _FALL_S,
        )
        fallen_a = max(0.0, drawn_a - (other_a - seen_a))
        say(f"the car fell to {fallen_a:.1f} A after {time.monotonic() - begin_s:.1f} s")
        worst_a = await _wait(
            running,
            f"no line above {FUSE_A:.0f} A",
            lambda states: _all_below(states, ids.grid, FUSE_A),
            _FALL_S,
        )
        say(f"the worst line carries {worst_a:.1f} A after {time.monotonic() - begin_s:.1f} s, the fuse {FUSE_A:.0f} A")
    finally:
        for load, _, _ in _LOADS:
            await client.call("switch", "turn_off", {"entity_id": load})


def _below(states: States, entity_id: str, most: float) -> tuple[float] | None:
    value = number(states, entity_id)
    return None if value is None or value > most else (value,)


def _all_below(states: States, entity_ids: tuple[str, ...], most: float) -> tuple[float] | None:
    values = [number(states, entity_id) for entity_id in entity_ids]
    known = [value for value in values if value is not None]
    return (max(known),) if len(known) == len(values) and max(known) <= most else None


def _line_text(states: States, ids: _Ids) -> str:
    return " / ".join(f"{number(states, entity_id) or 0:.1f} A" for entity_id in ids.grid)


async def _energy_and_cost(running: Stage, ids: _Ids, say: Callable[[str], None]) -> None:
    energy_kwh = await _wait(
        running, "session energy", lambda states: _at_least(states, ids.energy, _ENOUGH_KWH), _COST_S
    )
    cost = await _wait(running, "a session cost", lambda states: _at_least(states, ids.cost, 0.01), _COST_S)
    say(f"the session has {energy_kwh:.3f} kWh and costs {cost:.2f} EUR")


async def _register(running: Stage, ids: _Ids, say: Callable[[str], None], before_kwh: float) -> None:
    """Stop the car, so that nothing moves, and compare the session's energy with the brand's own register."""
    client = running.client
    allowed = running.names.of_charger(_CHARGER, "charging_allowed")
    await client.call("switch", "turn_off", {"entity_id": allowed})
    await _wait(running, "the car stops", lambda states: _below(states, ids.drawn, 0.0), _STOP_S)

    def equal(states: States) -> tuple[float] | None:
        session = number(states, ids.energy)
        register = number(states, ids.source_register)
        if session is None or register is None:
            return None
        grown = register - before_kwh
        return (session,) if abs(session - grown) < _STEP_KWH / 2 else None

    try:
        session_kwh = await _wait(running, "the session's energy is what the register grew by", equal, _STOP_S)
    except CheckError as err:
        states = await client.states()
        grown = (number(states, ids.source_register) or 0.0) - before_kwh
        raise CheckError(f"{err}: session {states[ids.energy]['state']} kWh, register {grown:.3f} kWh") from err
    found = await client.call("ev_sessions", "get_sessions", {"status": "open", "limit": 1}, response=True)
    say(f"the register grew by {session_kwh:.3f} kWh, the session says the same")
    if found["sessions"]:
        session = found["sessions"][0]
        say(f"cost to the last digit: {Decimal(session['cost_exact'])} {session['currency']}")
