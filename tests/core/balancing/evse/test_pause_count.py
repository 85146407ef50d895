"""Pauses are counted by day, and bounded by how long they last."""

from custom_components.ev_sessions.core.balancing.evse.pause_count import LONG_S, MANY, MOST_PER_DAY, PauseCount
from tests.core.balancing.load_rig import LoadRig, car, site

DAY_S = 86_400.0


def test_pause_for_the_fuse_is_counted_and_forgotten_after_a_day() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.run(100)
    assert rig.decision is not None
    assert rig.decision.pauses == {}
    rig.house = 22.0
    rig.run(5)
    assert rig.decision.pauses == {"car": 1}
    count = PauseCount().paused(0.0).paused(5.0)
    assert [count.in_last_day(at_s) for at_s in (10.0, DAY_S + 1.0, DAY_S + 5.0)] == [2, 1, 0]
    assert count.paused(DAY_S + 6.0).paused_s == (DAY_S + 6.0,)


def test_house_that_pauses_the_car_all_day_does_so_a_bounded_number_of_times() -> None:
    count, now_s, least_s = PauseCount(), 0.0, 120.0
    instants: list[float] = []
    while now_s < 3 * DAY_S:
        count = count.paused(now_s)
        instants.append(now_s)
        # It goes on as soon as it may, and is paused at once.
        now_s += count.lasts_s(least_s) + 80.0
        assert count.in_last_day(now_s) <= MOST_PER_DAY
    for begin_s in instants:
        assert sum(begin_s <= at_s < begin_s + DAY_S for at_s in instants) <= MOST_PER_DAY


def test_after_many_pauses_a_car_waits_long_before_it_goes_on_with_and_without_a_meter() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.run(100)
    for _ in range(MANY + 1):
        rig.house = 22.0
        rig.run(3)
        assert rig.limit() == 0.0
        rig.house = 4.0
        rig.run(250)
    # The pauses before were over after two minutes, this one is not.
    assert rig.limit() == 0.0
    rig.meter = False
    rig.run(100)
    assert rig.limit() == 0.0
    rig.meter = True
    rig.run(LONG_S)
    assert rig.limit() == 16.0
