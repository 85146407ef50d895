"""A line of the meter beside a charger that tells late what it draws: neither accused nor missed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.evse.draw import Draw
from custom_components.ev_sessions.core.balancing.meter.watch import MeterHealth, MeterWatch, observe
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading

BEGIN = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)
DELAY_S = 2.0


def first_doubt(
    steps: list[tuple[int, float]], *, every_s: int, frozen_from_s: int = 10_000, seconds: int = 200
) -> int | None:
    """Return when the meter is first held for frozen while a car draws, from those seconds on, so much on three lines.

    The meter tells whole amperes each second; the charger tells of its draw each `every_s` only.
    One line stands still from `frozen_from_s` on.
    """
    watch, draw = MeterWatch(), Draw()
    stuck_a = 0.0
    for second in range(seconds):
        drawn_a = next((current_a for at_s, current_a in reversed(steps) if at_s <= second), 0.0)
        moment = Now(utc=BEGIN + timedelta(seconds=second), monotonic_s=1000.0 + second)
        if second % every_s == 0:
            draw = draw.sampled((drawn_a,) * 3, moment.monotonic_s)
        line_a = float(round(4.2 + drawn_a))
        stuck_a = line_a if second < frozen_from_s else stuck_a
        # The third line always moves: the meter as a whole is alive.
        reading = GridReading(at=moment.utc, currents_a=(line_a, stuck_a, line_a + 0.01 * (second % 7)))
        watch = observe(
            watch, reading, moment.utc, [draw], moment, delay_s=DELAY_S, owner_timeout_s=None, line_draws=[draw]
        )
        if watch.health is MeterHealth.FROZEN:
            return second
    return None


@pytest.mark.parametrize("every_s", [1, 5, 10, 30])
def test_line_that_froze_is_found_out_by_a_charger_that_tells_late(every_s: int) -> None:
    found_s = first_doubt([(0, 16.0), (100, 6.0)], every_s=every_s, frozen_from_s=80)
    assert found_s is not None
    assert 100 < found_s <= 100 + every_s + 10


@given(
    st.lists(st.tuples(st.integers(20, 180), st.sampled_from([0.0, 6.0, 6.4, 9.0, 10.0, 15.5, 16.0])), max_size=8),
    st.sampled_from([1, 5, 10, 30]),
)
def test_line_that_answers_is_never_accused_by_a_charger_that_tells_late(
    steps: list[tuple[int, float]], every_s: int
) -> None:
    assert first_doubt([(0, 10.0), *sorted(steps)], every_s=every_s) is None
