"""What is kept of an EVSE over a restart: its pauses, how its car takes current, and how it was left.

Instants are those of the wall clock, as monotonic seconds begin anew with the machine. What was
known of a car holds for the same session only. How an EVSE was left tells what it may draw just
after a reload: what the meter shows then may be from before.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite

from ...moment import Now
from ..load import EvseLoad
from .car_lines import CarLines
from .draw import Draw
from .memory import EvseMemory, first_sight
from .obedience import Obedience
from .pause_count import PauseCount
from .taking import Taking
from .wake import Wake

#: What was left so long ago has arrived at its fallback.
_ARRIVED_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCar:
    """How the car of a session takes current, when its turn began, and whether it slept. None: not known.

    `lines` are those that it loads of `evse_lines`, as its draws at some limits have proved.
    """

    session_id: str
    evse_lines: tuple[int, ...] = ()
    lines: tuple[int, ...] | None = None
    proofs: tuple[tuple[int, float], ...] = ()
    doubted: bool = False
    turn_since: datetime | None = None
    ceiling_a: float | None = None
    took_a: float | None = None
    probe: datetime | None = None
    probe_after_s: float | None = None
    charged: bool = False
    paused: bool = False
    tries: int = 0
    asleep: bool = False
    sated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How an EVSE was left at its fallback: when, from which limit, and what it drew just then."""

    at: datetime
    from_a: float
    fallback_a: float
    drawn_a: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvse:
    """The pauses of the last day, how slowly the charger follows, its car, and how it was left."""

    pauses: tuple[datetime, ...] = ()
    lag_s: float | None = None
    car: KeptCar | None = None
    left: Left | None = None


def kept_evse(memory: EvseMemory, evse: EvseLoad, now: Now, *, leaves: bool = False) -> KeptEvse:
    """Return what outlives a restart; `leaves`: it is left at its fallback now."""
    left = None
    if leaves and evse.controllable:
        fallback_a = evse.fallback_a if evse.allowed else 0.0
        left = Left(at=now.utc, from_a=memory.standing_a, fallback_a=fallback_a, drawn_a=memory.draw.newest_a)
    return KeptEvse(
        pauses=tuple(now.instant(at_s) for at_s in memory.pauses.paused_s),
        lag_s=round(memory.obedience.lag_s, 1),
        car=None if evse.session_id is None else _kept_car(memory, evse.session_id, now),
        left=left,
    )


def _kept_car(memory: EvseMemory, session_id: str, now: Now) -> KeptCar:
    taking, wake = memory.taking, memory.wake
    lines = memory.car_lines
    return KeptCar(
        session_id=session_id,
        evse_lines=() if lines.use is None else lines.use.lines,
        lines=lines.lines,
        proofs=lines.proofs,
        doubted=lines.doubted,
        turn_since=_known(memory.turn_since_s, now),
        ceiling_a=taking.ceiling_a if isfinite(taking.ceiling_a) else None,
        took_a=taking.took_a if isfinite(taking.took_a) else None,
        probe=_known(taking.probe_s, now),
        probe_after_s=taking.probe_after_s,
        charged=wake.charged,
        paused=wake.paused,
        tries=wake.tries,
        asleep=wake.asleep,
        sated=memory.sated,
    )


def revived(kept: KeptEvse | None, evse: EvseLoad, now: Now) -> EvseMemory | None:
    """Return the memory of an EVSE that is seen for the first time since a start; None where nothing was kept."""
    if kept is None:
        return None
    now_s = now.monotonic_s
    memory = first_sight(evse, now_s)
    pauses = PauseCount(tuple(now.past_s(at) for at in kept.pauses))
    obedience = memory.obedience if kept.lag_s is None else Obedience(lag_s=kept.lag_s)
    memory = replace(memory, pauses=pauses, obedience=obedience)
    left = kept.left
    if left is not None and evse.controllable and now_s - now.past_s(left.at) < _ARRIVED_S:
        memory = _on_its_way(memory, left, evse, now)
    if memory.standing_a <= 0 and pauses.paused_s:
        memory = replace(memory, paused_s=pauses.paused_s[-1])
    car = kept.car
    if car is None or car.session_id != evse.session_id or evse.connected is False:
        return memory
    taking = Taking()
    if car.ceiling_a is not None and car.took_a is not None and car.probe is not None and car.probe_after_s is not None:
        probe_s = now_s + (car.probe - now.utc).total_seconds()
        taking = Taking(car.ceiling_a, car.took_a, probe_s=probe_s, probe_after_s=car.probe_after_s)
    car_lines = memory.car_lines
    if car.evse_lines == evse.use.lines:
        car_lines = CarLines(lines=car.lines, use=evse.use, proofs=car.proofs, doubted=car.doubted)
    return replace(
        memory,
        car_lines=car_lines,
        turn_since_s=now_s if car.turn_since is None else now.past_s(car.turn_since),
        taking=taking,
        wake=Wake(charged=car.charged, paused=car.paused, tries=car.tries, asleep=car.asleep),
        sated=car.sated,
    )


def _on_its_way(memory: EvseMemory, left: Left, evse: EvseLoad, now: Now) -> EvseMemory:
    """Return the memory of an EVSE that was just told its fallback, and may not be there yet."""
    left_s = now.past_s(left.at)
    shown_a, drawn_a = evse.limit_read_a, left.drawn_a
    # What shows no limit is held to stand where it was told to.
    standing_a = left.fallback_a if shown_a is None else memory.standing_a
    # What shows that it took it over has been told; who is paused begins as if it were plugged in.
    took_it = shown_a is not None and shown_a == left.fallback_a and shown_a > 0
    same_lines = drawn_a is not None and (evse.drawn_a is None or len(drawn_a) == len(evse.drawn_a))
    return replace(
        memory,
        standing_a=standing_a,
        previous_a=max(standing_a, left.from_a),
        sent_a=standing_a if took_it else None,
        sent_s=left_s,
        draw=Draw().sampled(drawn_a, left_s) if drawn_a is not None and same_lines else memory.draw,
    )


def _known(at_s: float, now: Now) -> datetime | None:
    return now.instant(at_s) if isfinite(at_s) else None
