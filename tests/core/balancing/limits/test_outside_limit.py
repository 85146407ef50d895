"""A grid operator dims, another controller limits: what their entity says is what holds."""

from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.limits.dimming import (
    SETTLED_S,
    SIMULTANEITY,
    Dimming,
    Limiting,
    follow,
    together_w,
)
from custom_components.ev_sessions.core.balancing.limits.outside_limit import (
    Outside,
    Told,
    believable,
    outside_limit,
    stricter,
)
from custom_components.ev_sessions.core.balancing.load import LimitNow
from custom_components.ev_sessions.core.moment import Now
from tests.core.balancing.load_rig import START

ON, OFF, NEVER = Told(on=True), Told(on=False), Told()


@pytest.mark.parametrize(
    ("devices", "watts"),
    [(0, 0.0), (1, 4200.0), (2, 7560.0), (3, 10500.0), (4, 13020.0), (9, 19320.0), (40, 77910.0)],
)
def test_several_devices_under_one_management_share_what_the_formula_leaves_them(devices: int, watts: float) -> None:
    assert together_w(devices) == pytest.approx(watts)


@given(st.integers(1, 60))
def test_one_more_device_never_leaves_less(devices: int) -> None:
    assert together_w(devices + 1) >= together_w(devices) - 4200.0 * 0.05 * devices
    assert together_w(devices) <= 4200.0 * devices + 1e-6


def test_a_large_heat_pump_is_left_a_part_of_its_power_in_place_of_the_first_device() -> None:
    assert together_w(2, large_w=20_000.0) == pytest.approx(8000.0 + 0.8 * 4200.0)
    assert together_w(2, large_w=11_000.0) == together_w(2)  # not above 11 kW
    assert together_w(1, large_w=30_000.0) == 12_000.0
    assert together_w(0, large_w=30_000.0) == 0.0


@pytest.mark.parametrize(
    ("told", "outside", "left_w"),
    [
        (ON, Outside(switches=True, dimming=Dimming.TOGETHER, others=1), 10_500.0 - 3000.0),
        (ON, Outside(switches=True, dimming=Dimming.TOGETHER, value_w=6000.0, others=1), 3000.0),
        (Told(limit_w=7000.0), Outside(switches=False, dimming=Dimming.TOGETHER, others=1), 4000.0),
        (Told(limit_w=2000.0), Outside(switches=False, dimming=Dimming.TOGETHER, others=1), 0.0),
        # A limit as it is, and one of each charger, is none of what others draw.
        (Told(limit_w=7000.0), Outside(switches=False), 7000.0),
        (ON, Outside(switches=True, dimming=Dimming.EACH, others=1), 4200.0),
    ],
)
def test_what_others_draw_that_are_dimmed_together_is_taken_from_what_all_are_left(
    told: Told, outside: Outside, left_w: float
) -> None:
    now = outside_limit(outside, told, 2, 3, others_w=3000.0)
    assert now is not None
    assert now.limit_w == pytest.approx(left_w)
    sends_back = outside_limit(outside, told, 2, 3, others_w=-3000.0)
    assert sends_back == outside_limit(outside, told, 2, 3)


def test_factors_are_data() -> None:
    assert together_w(3, (1.0, 0.5)) == 8400.0
    assert together_w(9, (0.5,)) == 4200.0 * 5
    assert len(SIMULTANEITY) == 8


@pytest.mark.parametrize(
    ("outside", "told", "now"),
    [
        (Outside(switches=True, value_w=5000.0), ON, LimitNow(limit_w=5000.0)),
        (Outside(switches=True, value_a=10.0), ON, LimitNow(limit_a=(10.0, 10.0, 10.0))),
        (Outside(switches=True, value_w=5000.0), OFF, None),
        (Outside(switches=True, dimming=Dimming.EACH), ON, LimitNow(limit_w=4200.0)),
        (Outside(switches=True, dimming=Dimming.TOGETHER), ON, LimitNow(limit_w=7560.0, from_grid=True)),
        (
            Outside(switches=True, dimming=Dimming.TOGETHER, value_w=6000.0),
            ON,
            LimitNow(limit_w=6000.0, from_grid=True),
        ),
        (Outside(switches=False), Told(limit_w=3000.0), LimitNow(limit_w=3000.0)),
        (Outside(switches=False, value_w=1000.0), Told(limit_a=13.0), LimitNow(limit_a=(13.0, 13.0, 13.0))),
        (Outside(switches=False), Told(limit_w=-3.0), LimitNow(limit_w=0.0)),
    ],
)
def test_what_an_entity_says_is_what_holds(outside: Outside, told: Told, now: LimitNow | None) -> None:
    assert outside_limit(outside, told, 2, 3) == now


@pytest.mark.parametrize(
    ("outside", "now"),
    [
        (Outside(switches=True, dimming=Dimming.EACH), LimitNow(limit_w=4200.0)),
        (Outside(switches=True, value_a=8.0), LimitNow(limit_a=(8.0, 8.0, 8.0))),
        (Outside(switches=False, value_w=2000.0), LimitNow(limit_w=2000.0)),
        (Outside(switches=False), None),
        (Outside(switches=False, dimming=Dimming.TOGETHER), None),
    ],
)
def test_who_was_never_heard_of_limits_as_the_owner_said(outside: Outside, now: LimitNow | None) -> None:
    assert outside_limit(outside, NEVER, 2, 3) == now


@pytest.mark.parametrize(
    ("told", "believed"),
    [
        (Told(on=True), True),
        (Told(limit_a=0.0), True),
        (Told(limit_a=-16.0), True),  # none at all
        (Told(limit_a=250.0), True),
        (Told(limit_a=251.0), False),
        (Told(limit_w=160_999.0), True),
        (Told(limit_w=161_001.0), False),
        (Told(limit_w=4_200_000.0), False),  # W where kW were expected
    ],
)
def test_ten_times_what_a_circuit_carries_is_no_limit_of_it(told: Told, believed: bool) -> None:
    assert believable(told, (20.0, 25.0, 25.0), 230.0) is believed


def test_of_two_who_limit_the_stricter_holds() -> None:
    one = LimitNow(limit_a=(6.0, 20.0, 20.0), limit_w=5000.0)
    other = LimitNow(limit_a=(10.0, 10.0, 10.0), cars_w=1000.0, from_grid=True)
    both = LimitNow(limit_a=(6.0, 10.0, 10.0), limit_w=5000.0, cars_w=1000.0, from_grid=True)
    assert stricter(one, other) == stricter(other, one) == both
    assert stricter(None, other) == other
    assert stricter(LimitNow(limit_w=3.0), LimitNow(limit_a=(7.0,), limit_w=2.0)) == LimitNow(
        limit_a=(7.0,), limit_w=2.0
    )
    assert stricter(LimitNow(limit_a=(7.0,)), LimitNow()) == LimitNow(limit_a=(7.0,))


def run(*looks: tuple[float, float | None, float | None]) -> tuple[Limiting | None, list[Limiting]]:
    """Return what holds and what ended after looks of (second, limit in W, load in W)."""
    state: Limiting | None = None
    ended: list[Limiting] = []
    for at_s, limit_w, load_w in looks:
        state, done = follow(state, limit_w, None, load_w, Now(utc=START, monotonic_s=100.0).later(at_s))
        ended += [] if done is None else [done]
    return state, ended


def test_a_dimming_is_told_with_its_limit_and_its_effect() -> None:
    state, ended = run(
        (0, None, 11000), (10, 4200, 11000), (11, 4200, 4000), (100, 3000, 4100), (200, 3000, 2900), (610, None, 2900)
    )
    assert state is None
    (one,) = ended
    assert one.start == START + timedelta(seconds=10)
    assert (one.limit_w, one.limit_a, one.before_w) == (3000.0, None, 11000.0)
    assert one.greatest_w == 4100
    assert one.mean_w == pytest.approx((4000 * 89 + 4100 * 100 + 2900 * 410) / 599)


def test_a_dimming_of_which_nothing_is_measured_is_told_all_the_same() -> None:
    state, ended = run((0, 4200, None), (SETTLED_S + 5, 4200, None))
    assert state is not None
    assert ended == []
    assert (state.mean_w, state.greatest_w, state.before_w) == (None, None, None)
    now = Now(utc=START, monotonic_s=100.0)
    begun, _ = follow(None, None, 8.0, 500.0, now)
    later, _ = follow(begun, 900.0, 6.0, 400.0, now.later(5))
    assert later is not None
    assert (later.limit_a, later.limit_w) == (6.0, 900.0)
    again, _ = follow(later, None, 7.0, None, now.later(6))
    assert again is not None
    assert (again.limit_a, again.limit_w) == (6.0, 900.0)


def test_what_was_drawn_while_chargers_had_time_to_follow_is_not_the_greatest_that_came_of_it() -> None:
    state, _ = run((0, 4200, 11000), (SETTLED_S - 0.1, 4200, 9000))
    assert state is not None
    assert state.greatest_w is None
    state, _ = run(
        (0, 4200, 11000), (SETTLED_S - 0.1, 4200, 9000), (SETTLED_S, 4200, 4100), (SETTLED_S + 1, 4200, 3000)
    )
    assert state is not None
    assert state.greatest_w == 4100
    # The last look before it ended counts until its end.
    _, (one,) = run((0, 4200, None), (100, 4200, 4000), (160, None, 3900))
    assert (one.measured_s, one.energy_ws, one.greatest_w) == (60.0, 4000 * 60.0, 4000)
