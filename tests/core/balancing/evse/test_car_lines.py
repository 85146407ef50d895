"""One-, two- and three-phase cars, told from what they draw; the lines that they leave free are others' to use."""

from typing import Any

from hypothesis import given, settings, strategies as st

from custom_components.ev_sessions.core.balancing.circuits.circuit import LineUse
from custom_components.ev_sessions.core.balancing.evse.car_lines import CarLines, Drawn
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import LoadRig, car, site

THREE = LineUse(lines=(0, 1, 2))
TURNED = LineUse(lines=(2, 0, 1))


def learned(*drawn: Drawn, use: LineUse = THREE, seconds: int = 40) -> CarLines:
    """Return what is known after each of these draws has lasted."""
    known, now_s = CarLines(), 0.0
    for one in drawn:
        for _ in range(seconds):
            now_s += 1.0
            known = known.learn(one, use, now_s)
    return known


def test_lines_that_carry_nothing_while_another_is_busy_are_not_the_cars() -> None:
    assert learned(Drawn(per_line_a=(10.0, 0.1, 0.0))).lines == (0,)
    assert learned(Drawn(per_line_a=(10.0, 9.0, 0.0)), use=TURNED).lines == (2, 0)
    assert learned(Drawn(per_line_a=(10.0, 9.0, 9.5))).lines == (0, 1, 2)


def test_nothing_is_told_by_a_trickle_or_a_moment() -> None:
    assert learned(Drawn(per_line_a=(2.0, 0.0, 0.0))).lines is None
    assert learned(Drawn(per_line_a=(10.0, 0.0, 0.0)), seconds=20).lines is None


def test_what_is_known_lasts_through_a_pause_and_a_line_more_counts_at_once() -> None:
    one = Drawn(per_line_a=(10.0, 0.0, 0.0))
    assert learned(one, Drawn(per_line_a=(0.0, 0.0, 0.0))).lines == (0,)
    known = learned(one)
    assert known.learn(Drawn(per_line_a=(1.0, 1.0, 1.0)), THREE, 100.0).lines is None


def test_line_that_is_given_up_is_free_after_a_while() -> None:
    assert learned(Drawn(per_line_a=(10.0, 10.0, 10.0)), Drawn(per_line_a=(10.0, 0.0, 0.0))).lines == (0,)


def test_charger_that_was_switched_to_other_lines_is_learned_anew() -> None:
    known = learned(Drawn(per_line_a=(10.0, 0.0, 0.0)))
    assert known.learn(Drawn(per_line_a=(10.0, 0.0)), LineUse(lines=(0, 1)), 99.0).lines is None


def test_power_over_the_one_current_that_is_measured_tells_the_phases() -> None:
    assert learned(Drawn(sum_a=15.8, each_a=16.0), use=TURNED).lines == (2,)
    assert learned(Drawn(sum_a=31.0, each_a=16.0)).lines == (0, 1)
    assert learned(Drawn(sum_a=48.5, each_a=16.0)).lines == (0, 1, 2)
    assert learned(Drawn(sum_a=24.0, each_a=16.0)).lines is None
    assert learned(Drawn(sum_a=24.0, each_a=0.0)).lines is None
    assert learned(Drawn(sum_a=1.0, each_a=1.0)).lines is None


def test_phases_that_join_count_at_once_where_one_current_is_measured() -> None:
    known = learned(Drawn(sum_a=16.0, each_a=16.0))
    assert known.learn(Drawn(sum_a=48.0, each_a=16.0), THREE, 100.0).lines is None


def test_power_alone_tells_the_phases_at_two_limits() -> None:
    at_six, at_ten = Drawn(sum_a=6.1, limit_a=6.0), Drawn(sum_a=10.0, limit_a=10.0)
    assert learned(at_six).lines is None
    assert learned(at_six, at_ten).lines == (0,)
    assert learned(at_six, at_ten, at_six).lines == (0,)
    assert learned(at_six, Drawn(sum_a=7.0, limit_a=7.0)).lines is None
    assert learned(at_six, Drawn(sum_a=20.0, limit_a=10.0)).lines is None
    # While the car follows a command nothing is told.
    assert learned(at_six, Drawn(sum_a=10.0)).lines is None
    # A car that takes what it likes fits no number.
    assert learned(Drawn(sum_a=8.8, limit_a=6.0), Drawn(sum_a=8.8, limit_a=10.0)).lines is None


def test_power_that_is_too_much_for_the_known_lines_is_of_more() -> None:
    known = learned(Drawn(sum_a=6.0, limit_a=6.0), Drawn(sum_a=10.0, limit_a=10.0))
    assert known.learn(Drawn(sum_a=12.0, limit_a=10.0), THREE, 200.0).lines == (0,)
    assert known.learn(Drawn(sum_a=20.0, limit_a=10.0), THREE, 200.0).lines is None


def one_phase(**changes: Any) -> LoadRig:
    """Return a one-phase car on a three-phase charger, beside a full second line."""
    rig = LoadRig(site(), car(**changes), house=(4.0, 4.0, 4.0))
    rig.draws("car", 0.0)
    for _ in range(200):
        rig.change(drawn_a=(rig.allowed["car"], 0.0, 0.0))
        rig.second()
    return rig


def test_one_phase_car_leaves_the_other_lines_to_the_house_and_goes_on_beside_a_full_one() -> None:
    rig = one_phase()
    assert rig.decision is not None
    assert rig.decision.car_lines == {"car": (0,)}
    rig.house = (4.0, 24.5, 4.0)
    rig.run(20)
    assert rig.limit() == 16.0


def test_next_car_is_another_one() -> None:
    rig = one_phase()
    rig.change(connected=False, drawn_a=(0.0, 0.0, 0.0))
    assert rig.run(5).car_lines == {}


def test_one_phase_car_behind_a_power_meter_draws_on_the_first_line() -> None:
    rig = LoadRig(site(), car(lines_measured=False, use=TURNED, connected=False), house=4.0)
    rig.following["car"] = False
    for second in range(240):
        if second == 5:
            rig.change(connected=True)  # it begins at 6 A, and has more when there is room
        takes_a = rig.allowed["car"] if second >= 10 else 0.0
        rig.change(drawn_a=(takes_a / 3,) * 3, sum_a=takes_a)
        rig.t_s += 1.0
        house_a = 14.0 if second >= 200 else 4.0
        other_a = 17.5 if second < 80 else 4.0
        tremor_a = 0.01 * (rig.t_s % 3)
        rig.grid = GridReading(at=rig.now().utc, currents_a=(other_a - tremor_a, 4.0, house_a + takes_a))
        rig.look()
    assert rig.decision is not None
    assert rig.decision.car_lines == {"car": (2,)}
    assert rig.limit() == 10.0  # all of its current is on the line that the house needs too


@given(
    st.lists(
        st.tuples(st.floats(0.5, 60), st.tuples(*[st.floats(0, 20)] * 3), st.sampled_from((THREE, TURNED))), max_size=30
    )
)
@settings(deadline=None)
def test_known_lines_are_the_evses_and_never_fewer_than_those_that_carry_something(
    story: list[tuple[float, tuple[float, ...], LineUse]],
) -> None:
    known, now_s = CarLines(), 0.0
    for passed_s, drawn_a, use in story:
        now_s += passed_s
        known = known.learn(Drawn(per_line_a=drawn_a), use, now_s)
        if known.lines is not None:
            assert set(known.lines) <= set(use.lines)
            loaded = {line for line, on in zip(use.lines, drawn_a, strict=True) if on >= 0.5}
            assert loaded <= set(known.lines)


def test_car_that_is_switched_to_one_phase_is_counted_on_that_alone() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.run(200)
    assert rig.decision is not None
    assert rig.decision.car_lines == {"car": (0, 1, 2)}
    rig.change(use=LineUse(lines=(1,)))
    rig.house = (20.0, 4.0, 4.0)
    rig.run(200)
    assert rig.limit() == 16.0


def test_limit_of_next_to_nothing_tells_nothing_and_is_no_division_by_it() -> None:
    assert learned(Drawn(sum_a=16.0, limit_a=2e-309)).lines is None
    assert learned(Drawn(sum_a=16.0, each_a=1e-300)).lines is None
