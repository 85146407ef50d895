"""What a charger draws at an instant, where its samples and the meter's do not come together."""

from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import Wiring
from custom_components.ev_sessions.core.balancing.evse.draw import Draw, sampled_at_s
from custom_components.ev_sessions.core.balancing.headroom.headroom import LeastRoom
from custom_components.ev_sessions.core.reading import EvseReading


def drawn(*samples: tuple[float, float]) -> Draw:
    draw = Draw()
    for at_s, current_a in samples:
        draw = draw.sampled((current_a,), at_s)
    return draw


def test_steady_draw_is_known_exactly_whenever_it_was_sampled() -> None:
    draw = drawn((0, 10.0), (1, 10.1), (2, 9.9))
    assert draw.between(0.5, 1.5) == ((10.0,), (10.0,))
    assert len(draw.samples) == 1
    assert draw.sampled_s == 2


def test_between_two_samples_that_differ_the_draw_may_have_been_either() -> None:
    draw = drawn((0, 10.0), (5, 6.0))
    assert draw.between(2.0, 3.0) == ((6.0,), (10.0,))
    assert draw.between(5.0, 6.0) == ((6.0,), (6.0,))


def test_change_that_came_after_the_span_does_not_count() -> None:
    draw = drawn((0, 10.0), (4, 10.0), (5, 6.0))
    assert draw.between(1.0, 3.0) == ((10.0,), (10.0,))


def test_late_and_repeated_samples_change_nothing() -> None:
    draw = drawn((0, 10.0), (5, 6.0))
    assert draw.sampled((16.0,), 3.0) is draw
    assert draw.sampled((16.0,), 5.0000001) is draw


def test_memory_of_changes_is_bounded() -> None:
    draw = drawn(*((float(second), float(second % 7)) for second in range(500)))
    assert len(draw.samples) <= 24
    slow = drawn(*((60.0 * minute, float(minute % 7)) for minute in range(50)))
    assert len(slow.samples) <= 4


def test_draw_that_nobody_sampled_is_unknown() -> None:
    assert Draw().between(0.0, 1.0) is None
    assert Draw().newest_a is None
    assert not Draw().may_have_changed(0.0)


def test_least_room_is_that_of_the_span_and_nothing_before_it_is_known() -> None:
    room = LeastRoom.none_before(0.0)
    assert room.least_a == -inf
    for second, current_a in enumerate((9.0, 7.0, 8.0, 12.0, 11.0, 13.0), start=1):
        room = room.push(second, current_a, second - 3.0)
    assert room.least_a == 11.0
    assert room.rises_at_s == 5
    assert LeastRoom((1.0,), (4.0,)).rises_at_s == inf


def test_lines_have_their_names() -> None:
    assert Wiring.SPLIT_PHASE.lines == ("L1", "L2")
    assert Wiring.THREE_PHASE_THREE_WIRE.lines == ("L1", "L2", "L3")


AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def _reading(at_s: float, drawn_s: float | None) -> EvseReading:
    drawn_at = None if drawn_s is None else AT + timedelta(seconds=drawn_s)
    return EvseReading(at=AT + timedelta(seconds=at_s), power_w=3600.0, drawn_at=drawn_at)


@pytest.mark.parametrize(
    ("drawn_s", "expected_s"),
    [
        (0.0, 100.0),  # the same sample, a status later
        (25.0, 125.0),  # sampled five seconds before it was told
        (None, 130.0),  # nobody tells when
        (31.0, 130.0),  # no sample comes from the future
        (-4000.0, 100.0),  # nor from before the last reading: the wall clock was set
    ],
)
def test_draw_is_as_old_as_its_sample_and_not_as_the_reading(drawn_s: float | None, expected_s: float) -> None:
    before = _reading(0.0, 0.0)
    assert sampled_at_s(_reading(30.0, drawn_s), before, 100.0, 100.0, 130.0) == pytest.approx(expected_s)


def test_step_between_two_instants_is_known_where_they_lie_between_equal_samples() -> None:
    draw = drawn((0, 10.0), (1, 10.0), (5, 6.0), (6, 6.0))
    assert draw.step(0.5, 5.5, 0) == (-4.0, -4.0)
    assert draw.step(0.5, 3.0, 0) == (-4.0, 0.0)
    assert draw.step(3.0, 5.5, 0) == (-4.0, 0.0)
    assert Draw().step(0.0, 1.0, 0) == (0.0, 0.0)


def test_draw_moved_where_two_samples_around_it_differ() -> None:
    draw = drawn((0, 10.0), (1, 10.0), (5, 6.0), (6, 6.0))
    assert draw.moved(2.0, 3.0)
    assert draw.moved(5.0, 9.0)
    assert not draw.moved(5.1, 9.0)
    assert not draw.moved(-5.0, 0.9)
    assert not Draw().moved(0.0, 9.0)
