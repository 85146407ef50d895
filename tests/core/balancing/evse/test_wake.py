"""A car that sleeps after a pause is woken a few times; one that is full is left alone."""

from hypothesis import given, settings, strategies as st

from custom_components.ev_sessions.core.balancing.evse.wake import Wake
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey as Key
from tests.core.balancing.load_rig import LoadRig, car, site


def paused() -> LoadRig:
    """Return a car that charged until the house needed its current, and sleeps since."""
    rig = LoadRig(site(), car(), house=4.0)
    rig.run(200)
    rig.house = 22.0
    rig.run(10)
    assert rig.limit() == 0.0
    rig.draws("car", 0.0)
    rig.house = 4.0
    return rig


def nudges(rig: LoadRig, since_s: float) -> int:
    return rig.sent(since_s=since_s).count(0.0)


def test_car_that_takes_nothing_after_a_pause_is_woken_and_charges() -> None:
    rig = paused()
    mark = rig.t_s
    rig.run(60)
    assert rig.limit() > 0
    assert nudges(rig, mark) == 0
    while rig.limit() > 0 and rig.t_s < mark + 400:
        rig.second()
    assert rig.reason() is Key.WAKING
    rig.run(17)
    assert rig.limit() >= 6.0  # without the delay of a pause for the fuse
    rig.following["car"] = True
    rig.run(600)
    assert (rig.limit(), nudges(rig, mark)) == (16.0, 1)


def test_car_that_does_not_wake_is_told_of_and_left_in_peace() -> None:
    rig = paused()
    mark = rig.t_s
    decision = rig.run(1800)
    assert nudges(rig, mark) == 3
    assert (decision.asleep, rig.reason()) == (("car",), Key.ASLEEP)
    rig.run(3600)
    assert nudges(rig, mark) == 3
    rig.following["car"] = True
    assert rig.run(5).asleep == ()


def test_car_that_can_be_called_is_called_when_taking_the_current_away_did_not_help() -> None:
    rig = paused()
    rig.change(can_call=True)
    mark, told = rig.t_s, []
    decision = rig.second()
    while rig.t_s < mark + 1800:
        decision = rig.second()
        if decision.calls:
            told.append(f"called after {nudges(rig, mark)}")
        elif decision.asleep:
            break
    assert told == ["called after 1", "called after 2"]
    assert decision.asleep == ("car",)
    rig.following["car"] = True
    assert rig.run(5).asleep == ()


def test_call_that_wakes_the_car_is_the_last_that_is_done() -> None:
    rig = paused()
    rig.change(can_call=True)
    mark = rig.t_s
    while not rig.second().calls:
        assert rig.t_s < mark + 600
    rig.following["car"] = True
    rig.run(600)
    assert (rig.limit(), nudges(rig, mark)) == (16.0, 1)
    assert rig.state.memories["car"].wake.calls == 0


def test_car_that_does_not_wake_is_forgotten_when_it_is_unplugged() -> None:
    rig = paused()
    rig.run(1800)
    rig.change(connected=False)
    assert rig.run(2).asleep == ()


def test_car_that_stopped_by_itself_is_full() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.run(200)
    rig.draws("car", 0.0)
    rig.change(wants=False)
    rig.run(60)
    rig.house = 22.0
    rig.run(10)
    rig.house = 4.0
    mark = rig.t_s
    assert rig.run(1800).asleep == ()
    assert nudges(rig, mark) == 0


def test_draw_that_fails_for_a_moment_is_no_end_and_no_start_either() -> None:
    wake = Wake().look(10.0, offered=True, monotonic_s=0.0)
    wake = wake.look(0.0, offered=True, monotonic_s=1.0).look(0.0, offered=True, monotonic_s=20.0)
    assert wake.charged
    assert not wake.look(0.0, offered=True, monotonic_s=40.0).charged
    # A car that still falls after a pause did not wake.
    falling = Wake(charged=True, paused=True).look(5.0, offered=False, monotonic_s=50.0)
    assert falling.paused


def test_nobody_is_woken_who_is_not_measured_or_not_there() -> None:
    rig = LoadRig(site(), car(drawn_a=None), house=4.0)
    rig.run(30)
    assert rig.state.memories["car"].wake == Wake()


@given(st.lists(st.tuples(st.floats(0.5, 400), st.sampled_from((0.0, 0.2, 6.0, 16.0)), st.booleans()), max_size=60))
@settings(deadline=None)
def test_nobody_is_woken_more_than_three_times_before_he_charges(story: list[tuple[float, float, bool]]) -> None:
    wake, now_s, tries = Wake(), 0.0, 0
    for passed_s, drawn_a, offered in story:
        now_s += passed_s
        before = wake
        wake = wake.look(drawn_a, offered=offered, monotonic_s=now_s)
        if wake.nudging and not before.nudging:
            tries += 1
            assert before.paused
            assert wake.charged
        if drawn_a > 0.5 and offered:
            tries = 0
        assert tries <= 3
