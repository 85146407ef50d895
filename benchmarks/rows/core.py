"""The rules alone: readings through the session tracker and the balancer, without Home Assistant.

Each figure is CPU time of this process, of one run; the calibration row tells how fast the machine is.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from time import process_time
from zoneinfo import ZoneInfo

from benchmarks.row import Measured, Row
from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, Connection, LineUse, Wiring
from custom_components.ev_sessions.core.balancing.load import EvseLoad, SiteLimits
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import Activity, EvseReading, GridReading
from custom_components.ev_sessions.core.sessions.tracking.tracker import TrackerContext, advance, begin

_EVERY_S = 10.0
_WEEK = round(7 * 86_400 / _EVERY_S)
_BEGIN = Now(utc=datetime(2026, 11, 16, 12, 0, tzinfo=UTC), monotonic_s=0.0)
_LIMITS = SiteLimits(
    circuits=(Circuit(id="root", name="Main fuse", limit_a=(25.0, 25.0, 25.0)),),
    wiring=Wiring.THREE_PHASE_FOUR_WIRE,
)
_CONTEXT = TrackerContext(
    zone=ZoneInfo("Europe/Berlin"), max_power_kw=12.1, new_id=lambda start: start.isoformat(), grid_power_w=3_000.0
)
_USE = LineUse.of(Connection.THREE_LINES, (0, 1, 2))


def _days(count: int, first_hour: float) -> Iterator[tuple[Now, EvseReading]]:
    """Return readings of a car that comes at an hour of each day, charges 40 kWh at 11 kW and stays for the night."""
    now, register_mwh = _BEGIN, 1_234_567_000
    for number in range(count):
        now = now.later(_EVERY_S)
        hour = (number * _EVERY_S / 3_600 - first_hour) % 24
        activity, power_w = Activity.AVAILABLE, 0.0
        if hour < 40 / 11:
            activity, power_w = Activity.CHARGING, 11_000.0
        elif hour < 13:
            activity = Activity.SUSPENDED_EV
        register_mwh += round(power_w * _EVERY_S / 3.6)
        yield (
            now,
            EvseReading(at=now.utc, activity=activity, register_mwh=register_mwh, register_at=now.utc, power_w=power_w),
        )


@lru_cache
def tracked(first_hour: float, count: int = _WEEK) -> tuple[int, float]:
    """Return how many readings (of a week) the tracker took, and the CPU seconds that they cost."""
    readings = list(_days(count, first_hour))
    tracker = begin(_BEGIN)
    begun_s = process_time()
    for now, reading in readings:
        tracker, _ = advance(tracker, reading, now, _CONTEXT)
    return len(readings), process_time() - begun_s


@lru_cache
def balanced(count: int = _WEEK) -> tuple[int, float]:
    """Return how many grid readings (of a week) the balancer took with two EVSEs, and the CPU seconds."""
    looks = []
    for (now, one), (_, other) in zip(_days(count, 6.0), _days(count, 8.0), strict=True):
        drawn = [reading.power_w / 690 if reading.power_w else 0.0 for reading in (one, other)]
        house_a = 2.0 + now.monotonic_s / _EVERY_S % 7
        grid = GridReading(at=now.utc, currents_a=(house_a + sum(drawn),) * 3)
        evses = tuple(
            EvseLoad(
                id=name,
                use=_USE,
                connected=reading.connected,
                wants=reading.activity is Activity.CHARGING,
                drawn_a=(current,) * 3,
            )
            for name, reading, current in zip("ab", (one, other), drawn, strict=True)
        )
        looks.append((grid, evses, now))
    state = BalancerState()
    begun_s = process_time()
    for grid, evses, now in looks:
        state, _ = balance(state, _LIMITS, grid, evses, now)
    return len(looks), process_time() - begun_s


def _per_s(count: int, took_s: float) -> Measured:
    return Measured(value=count / took_s, details={"readings": count, "us_per_reading": round(took_s / count * 1e6, 1)})


def _week() -> Measured:
    parts = {
        "tracker_one_s": tracked(6.0)[1],
        "tracker_other_s": tracked(8.0)[1],
        "balancer_s": balanced()[1],
    }
    return Measured(value=sum(parts.values()), details={name: round(took, 3) for name, took in parts.items()})


ROWS = (
    Row(name="core: readings through the tracker", unit="per s", measure=lambda: _per_s(*tracked(6.0))),
    Row(name="core: grid readings through the balancer, two EVSEs", unit="per s", measure=lambda: _per_s(*balanced())),
    Row(name="core: a week at 10 s of two EVSEs", unit="s", at_most=20, measure=_week),
)
