"""What hangs on a meter beside our chargers: for certain, possibly, and when it was last known."""

from math import sqrt

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import Protection, Wiring
from custom_components.ev_sessions.core.balancing.evse.draw import PerLine
from custom_components.ev_sessions.core.balancing.load import SiteLimits
from custom_components.ev_sessions.core.balancing.meter.others import Others, others_of
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import START, site

SITE = site()
NOTHING = (0.0, 0.0, 0.0)


def others(
    shown_a: PerLine,
    *drawn: tuple[PerLine, PerLine],
    known_a: PerLine | None = None,
    leaving: tuple[PerLine, ...] = (),
    limits: SiteLimits = SITE,
    protection: Protection = Protection.PER_LINE,
    power_w: float | None = None,
    sums: bool = True,
) -> Others:
    reading = GridReading(at=START, currents_a=shown_a, power_w=power_w)
    return others_of(reading, drawn, limits, protection, known_a, sums=sums, leaving=leaving)


def steady(*line_a: float) -> tuple[PerLine, PerLine]:
    """Return the draw of a car that is known to the ampere."""
    return line_a, line_a


def test_what_the_meter_shows_less_what_all_cars_draw_is_the_others() -> None:
    seen = others((20.0, 21.0, 4.0), steady(10.0, 10.0, 0.0), steady(0.0, 6.0, 6.0))
    assert seen.certain_a == seen.possible_a == seen.known_a == (10.0, 5.0, -2.0)
    assert seen.certain_sum_a == seen.possible_sum_a == seen.known_sum_a == 13.0
    assert (seen.shown_a, seen.shown_sum_a) == ((20.0, 21.0, 4.0), 45.0)
    # Nobody asks for the power of a site without such a limit.
    plain = others((20.0, 21.0, 4.0), steady(10.0, 10.0, 0.0), sums=False)
    assert (plain.certain_sum_a, plain.possible_sum_a, plain.shown_sum_a, plain.known_sum_a) == (0.0, 0.0, 0.0, None)


def test_while_a_car_moves_its_greatest_draw_leaves_what_is_certain_and_its_least_what_is_possible() -> None:
    seen = others((20.0, 20.0, 20.0), ((6.0, 6.0, 6.0), (16.0, 16.0, 16.0)), known_a=(5.0, 4.0, 9.0))
    assert seen.possible_a == (14.0, 14.0, 14.0)
    assert (seen.certain_sum_a, seen.possible_sum_a) == (12.0, 42.0)
    # Of what it was, nothing is known to be less; what has certainly risen is taken at its worst.
    assert seen.known_a == (5.0, 4.0, 9.0)
    assert seen.certain_a == (4.0, 4.0, 4.0)
    risen = others((20.0, 20.0, 20.0), ((6.0, 6.0, 6.0), (16.0, 16.0, 16.0)), known_a=(3.4, 3.5, 9.0))
    assert risen.certain_a == (14.0, 4.0, 4.0)
    assert others((20.0,) * 3, ((6.0,) * 3, (16.0,) * 3)).known_a is None


def test_where_a_limit_moves_the_others_are_what_they_were_as_far_as_they_can_still_be() -> None:
    moving = ((6.0, 6.0, 6.0), (16.0, 16.0, 16.0))
    seen = others((20.0, 20.0, 20.0), moving, known_a=(5.0, 4.0, 20.0))
    assert (seen.held_a, seen.held_sum_a) == ((5.0, 4.0, 14.0), 29.0)
    # 33 A of all lines were known, of which 28 at least may have gone.
    fallen = others((7.0, 7.0, 7.0), moving, known_a=(11.0, 11.0, 11.0))
    assert (fallen.held_a, fallen.held_sum_a) == ((1.0,) * 3, 3.0)
    # Of others that were never known, what is certain is all that there is to say.
    new = others((20.0, 20.0, 20.0), moving)
    assert (new.held_a, new.held_sum_a) == ((4.0,) * 3, 12.0)


def test_a_draw_that_is_known_to_half_an_ampere_is_known() -> None:
    before = (9.0, 9.0, 9.0)
    assert others((20.0,) * 3, (NOTHING, (0.5, 0.0, 0.0)), known_a=before).known_a == (19.5, 20.0, 20.0)
    assert others((20.0,) * 3, (NOTHING, (0.6, 0.0, 0.0)), known_a=before).known_a == before


def test_a_fall_that_may_be_a_car_that_left_says_nothing_of_the_load() -> None:
    before, left = (20.0, 20.0, 5.0), ((16.0, 16.0, 0.0),)
    assert others((4.0, 4.0, 5.0), known_a=before, leaving=left).known_a == before
    # A car leaves all of its lines at once.
    assert others((4.0, 20.0, 5.0), known_a=before, leaving=left).known_a == (4.0, 20.0, 5.0)
    assert others((4.0, 19.5, 5.0), known_a=before, leaving=left).known_a == (4.0, 19.5, 5.0)
    assert others((4.0, 4.0, 5.0), known_a=before, leaving=((0.5, 0.5, 0.0),)).known_a == (4.0, 4.0, 5.0)
    assert others((4.0, 4.0, 5.0), leaving=left).known_a == (4.0, 4.0, 5.0)


def test_a_total_stands_on_every_line_and_so_do_all_cars() -> None:
    seen = others((40.0,) * 3, steady(10.0, 10.0, 0.0), steady(0.0, 0.0, 6.0), protection=Protection.TOTAL_ONLY)
    assert seen.certain_a == (14.0,) * 3
    assert (seen.certain_sum_a, seen.shown_sum_a, seen.known_sum_a) == (14.0, 40.0, 14.0)
    alone = others((40.0,) * 3, steady(10.0, 10.0, 0.0), protection=Protection.TOTAL_ONLY, sums=False)
    assert alone.certain_a == (20.0,) * 3


@pytest.mark.parametrize(
    ("wiring", "shown_a", "drawn_a", "sum_a", "beside_a"),
    [
        (Wiring.THREE_PHASE_FOUR_WIRE, (10.0, 10.0, 10.0), (6.0, 6.0, 6.0), 30.0, 12.0),
        (Wiring.SPLIT_PHASE, (10.0, 14.0), (6.0, 6.0), 24.0, 12.0),
        (Wiring.THREE_PHASE_THREE_WIRE, (10.0, 10.0, 10.0), (6.0, 6.0, 6.0), 30 / sqrt(3), 12 / sqrt(3)),
        (Wiring.THREE_PHASE_THREE_WIRE, (10.0, 10.0, 10.0), (6.0, 6.0, 0.0), 30 / sqrt(3), 30 / sqrt(3) - 6),
    ],
)
def test_power_over_the_voltage_is_counted_by_the_wiring(
    wiring: Wiring, shown_a: PerLine, drawn_a: PerLine, sum_a: float, beside_a: float
) -> None:
    seen = others(shown_a, steady(*drawn_a), limits=site(wiring=wiring))
    assert seen.shown_sum_a == pytest.approx(sum_a)
    assert seen.certain_sum_a == pytest.approx(beside_a)
    # What the meter says itself of the power goes before what its currents make of it.
    assert others(shown_a, limits=site(wiring=wiring), power_w=-2300.0).shown_sum_a == pytest.approx(-10.0)


AMPERES = st.floats(0, 40)
DRAWN = st.lists(st.lists(st.tuples(AMPERES, AMPERES).map(sorted), min_size=3, max_size=3), max_size=3)


@given(st.tuples(*[st.floats(-60, 90)] * 3), DRAWN, st.none() | st.tuples(*[st.floats(-60, 90)] * 3))
def test_what_is_certain_is_never_more_than_what_is_possible_nor_less_than_all_cars_at_their_most_leave(
    shown_a: PerLine, drawn: list[list[list[float]]], known_a: PerLine | None
) -> None:
    cars = [(tuple(low for low, _ in car), tuple(high for _, high in car)) for car in drawn]
    seen = others(shown_a, *cars, known_a=known_a)
    for line in range(3):
        least_a, most_a = sum(low[line] for low, _ in cars), sum(high[line] for _, high in cars)
        assert seen.possible_a[line] == pytest.approx(shown_a[line] - least_a)
        assert shown_a[line] - most_a - 1e-9 <= seen.certain_a[line] <= seen.possible_a[line] + 1e-9
    assert seen.certain_sum_a <= seen.possible_sum_a + 1e-9
