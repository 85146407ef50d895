"""How often the phases of a charger may be switched."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import Connection, LineUse, Wiring
from custom_components.ev_sessions.core.balancing.evse.phase_guard import LEAST_BETWEEN_S, MOST_PER_HOUR, PhaseGuard


def test_first_switch_may_be_at_once_and_the_next_a_minute_later() -> None:
    guard = PhaseGuard()
    assert guard.wait_s(0.0) == 0.0
    guard = guard.switched(100.0)
    assert guard.wait_s(100.0) == 60.0
    assert guard.wait_s(130.0) == 30.0
    assert guard.wait_s(160.0) == 0.0


def test_after_as_many_as_an_hour_may_have_the_oldest_has_to_be_an_hour_ago() -> None:
    guard = PhaseGuard()
    for minute in range(MOST_PER_HOUR):
        assert guard.wait_s(120.0 * minute) == 0.0
        guard = guard.switched(120.0 * minute)
    assert guard.wait_s(1000.0) == 2600.0
    assert guard.wait_s(3600.0) == 0.0


@given(asked_s=st.lists(st.floats(0, 30_000), max_size=200).map(sorted))
def test_no_hour_ever_has_more_switches_than_it_may(asked_s: list[float]) -> None:
    guard, done = PhaseGuard(), list[float]()
    for now_s in asked_s:
        if guard.wait_s(now_s) == 0.0:
            guard = guard.switched(now_s)
            done.append(now_s)
    assert all(later - earlier >= LEAST_BETWEEN_S for earlier, later in pairwise(done))
    assert all(later - earlier >= 3600 for earlier, later in zip(done, done[MOST_PER_HOUR:], strict=False))
    assert len(guard.switched_s) <= MOST_PER_HOUR


@pytest.mark.parametrize(
    ("connection", "lines", "wiring", "one"),
    [
        (Connection.THREE_LINES, (1, 2, 0), Wiring.THREE_PHASE_FOUR_WIRE, LineUse(lines=(1,))),
        (Connection.THREE_LINES, (2, 0, 1), Wiring.THREE_PHASE_THREE_WIRE, LineUse(lines=(2, 0))),
        (Connection.THREE_LINES_DELTA, (0, 1, 2), Wiring.THREE_PHASE_THREE_WIRE, LineUse(lines=(0, 1))),
        (Connection.LINE_NEUTRAL, (2,), Wiring.THREE_PHASE_FOUR_WIRE, LineUse(lines=(2,))),
        (Connection.LINE_LINE, (0, 1), Wiring.SPLIT_PHASE, LineUse(lines=(0, 1))),
    ],
)
def test_on_one_phase_an_evse_loads_its_first_line_alone(
    connection: Connection, lines: tuple[int, ...], wiring: Wiring, one: LineUse
) -> None:
    assert LineUse.of(connection, lines).one_phase(wiring) == one


def test_what_was_switched_before_a_restart_still_counts() -> None:
    guard = PhaseGuard.restored((10.0, 4000.0, -5.0), 1000.0)
    assert guard.switched_s == (-3000.0, 990.0, 1000.0)
    assert guard.wait_s(1000.0) == LEAST_BETWEEN_S
    many = PhaseGuard.restored(tuple(100.0 * n for n in range(1, 11)), 0.0)
    assert len(many.switched_s) == MOST_PER_HOUR
    assert many.wait_s(0.0) == 3600.0 - 600.0
