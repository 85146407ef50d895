"""What reaches into the margin for a moment pauses nobody; what is over the fuse does at once."""

import pytest

from custom_components.ev_sessions.core.balancing.reasons import ReasonKey as Key
from tests.core.balancing.load_rig import LoadRig, car, site


def charging(*lines: int, margin_a: float = 1.0) -> LoadRig:
    rig = LoadRig(site(margin_a=margin_a), car("car", lines or (0, 1, 2)), house=8.0)
    rig.run(100)
    assert rig.limit() >= 14.0
    return rig


def test_load_of_half_a_minute_that_reaches_into_the_margin_stops_no_car() -> None:
    rig = charging()
    rig.house = 18.5
    rig.run(30)
    assert (rig.limit(), rig.reason()) == (6.0, Key.LINE_FULL)
    assert max(rig.flow()) <= 25.0
    rig.house = 8.0
    rig.run(120)
    assert rig.limit() == 16.0
    assert 0.0 not in rig.sent()


def test_car_that_stands_in_the_margin_for_a_minute_is_paused() -> None:
    rig = charging()
    rig.house = 18.5
    rig.run(58)
    assert rig.limit() == 6.0
    rig.run(8)
    assert rig.limit() == 0.0
    rig.run(30)
    assert (rig.limit(), rig.reason()) == (0.0, Key.PAUSED_LINE_FULL)


@pytest.mark.parametrize(("margin_a", "house_a"), [(1.0, 19.1), (0.0, 19.1), (3.0, 19.1)])
def test_what_is_over_the_fuse_pauses_on_the_same_reading(margin_a: float, house_a: float) -> None:
    rig = charging(margin_a=margin_a)
    rig.house = house_a
    rig.second()
    assert rig.limit() == 0.0


def test_minute_begins_anew_once_the_margin_was_free() -> None:
    rig = charging()
    for _ in range(5):
        rig.house = 18.5
        rig.run(40)
        rig.house = 17.5
        rig.run(10)
    assert 0.0 not in rig.sent()


def test_margin_of_another_line_is_none_of_the_cars() -> None:
    rig = charging(1)
    rig.house = (24.5, 8.0, 24.5)
    rig.run(100)
    assert rig.limit() == 16.0


def test_margin_lets_nobody_begin_and_holds_no_full_car_at_the_cost_of_another() -> None:
    rig = LoadRig(site(), car(connected=False), house=18.5)
    rig.run(100)
    rig.change(connected=True)
    rig.second()
    assert rig.limit() == 0.0
    rig = LoadRig(site(), car("a"), car("b"), house=3.0)
    rig.run(150)
    rig.change("b", wants=False)
    rig.run(100)
    rig.house = 12.5
    rig.run(2)
    assert (rig.limit("a"), rig.limit("b")) == (11.0, 0.0)
