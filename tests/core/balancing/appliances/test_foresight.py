"""Room is held back for what is likely to come back, and for nothing else."""

from hypothesis import given, settings, strategies as st

from custom_components.ev_sessions.core.balancing.appliances.appliance import Appliance
from custom_components.ev_sessions.core.balancing.appliances.foresight import Foresight

OFF_S = 1000.0
THERMOSTAT = Appliance((0.0, 10.0, 0.0), OFF_S, times=9, absent_since_s=OFF_S, absences_s=(100.0, 96.0, 108.0, 99.0))
HOB = Appliance((0.0, 0.0, 8.0), OFF_S, times=20, absent_since_s=OFF_S, absences_s=(5.0, 9.0, 4.0, 8.0, 7.0, 6.0))
KETTLE = Appliance((9.5, 0.0, 0.0), OFF_S, times=9, absent_since_s=OFF_S, absences_s=(1500.0, 2100.0, 1700.0))
LIGHT = Appliance((0.2, 0.0, 9.0), OFF_S, times=9, absent_since_s=OFF_S, absences_s=(5.0, 6.0, 5.0, 6.0))


def seen(after_s: float, *absent: Appliance) -> Foresight:
    return Foresight.of(absent, OFF_S + after_s, 1.0, 1.0, 3)


def test_room_of_a_thermostat_is_free_in_the_middle_of_its_pause_and_kept_at_its_end() -> None:
    assert seen(20, THERMOSTAT).held_now() == [0.0, 0.0, 0.0]
    assert seen(88, THERMOSTAT).held_now() == [0.0, 10.0, 0.0]
    assert seen(500, THERMOSTAT).held_now() == [0.0, 0.0, 0.0]


def test_more_is_not_given_for_the_few_seconds_until_a_load_is_due() -> None:
    soon = seen(60, THERMOSTAT)
    assert soon.held_now() == [0.0, 0.0, 0.0]
    assert soon.held_for_more() == [0.0, 10.0, 0.0]
    assert seen(20, THERMOSTAT).held_for_more() == [0.0, 0.0, 0.0]


def test_kettle_gives_its_room_back_at_once() -> None:
    assert seen(5, KETTLE).held_for_start() == [0.0, 0.0, 0.0]


def test_pulses_count_as_on_beside_what_else_comes_back() -> None:
    beside = Appliance(
        (0.0, 0.0, 10.0), OFF_S - 88, times=9, absent_since_s=OFF_S - 88, absences_s=(100.0, 96.0, 108.0)
    )
    assert seen(2, HOB).held_now() == [0.0, 0.0, 8.0]
    assert seen(2, HOB, beside).held_now() == [0.0, 0.0, 18.0]


def test_hardly_any_current_on_a_line_is_none() -> None:
    assert seen(1, LIGHT).held_now() == [0.0, 0.0, 9.0]


def test_charge_begins_where_it_is_likely_to_last() -> None:
    lines = (0, 1, 2)
    assert seen(5, KETTLE).lasts([3.0, 3.0, 3.0], lines)
    assert not seen(5, HOB).lasts([3.0, 3.0, 3.0], lines)
    assert seen(5, HOB).lasts([3.0, 3.0, 9.0], lines)
    assert seen(5, HOB).lasts([3.0, 3.0, 3.0], (0, 1))


def test_pulse_and_another_load_together_may_stop_a_charge() -> None:
    both = Appliance((0.0, 0.0, 4.0), OFF_S, times=9, absent_since_s=OFF_S, absences_s=(50.0, 52.0, 48.0))
    assert seen(2, HOB).lasts([9.0, 9.0, 9.0], (2,))
    assert seen(2, both).lasts([9.0, 9.0, 9.0], (2,))
    assert not seen(2, HOB, both).lasts([9.0, 9.0, 9.0], (2,))


appliances = st.builds(
    lambda size_a, ago_s, absences_s: Appliance(
        tuple(size_a), OFF_S - ago_s, times=5, absent_since_s=OFF_S - ago_s, absences_s=tuple(absences_s)
    ),
    st.lists(st.floats(0.0, 30.0), min_size=3, max_size=3),
    st.floats(0.0, 2000.0),
    st.lists(st.floats(1.0, 3000.0), max_size=16),
)


@given(absent=st.lists(appliances, max_size=8), after_s=st.floats(0.0, 100.0), period_s=st.floats(0.2, 60.0))
@settings(max_examples=60, deadline=None)
def test_what_is_held_back_is_what_went_off_and_no_more(
    absent: list[Appliance], after_s: float, period_s: float
) -> None:
    foresight = Foresight.of(absent, OFF_S + after_s, period_s, 1.0, 3)
    most = [sum(one.size_a[line] for one in absent) for line in range(3)]
    now, more, start = foresight.held_now(), foresight.held_for_more(), foresight.held_for_start()
    for line in range(3):
        assert 0.0 <= now[line] <= more[line] <= start[line] <= most[line] + 1e-9


@given(absent=st.lists(appliances, max_size=8))
@settings(max_examples=30, deadline=None)
def test_order_of_the_appliances_does_not_matter(absent: list[Appliance]) -> None:
    here, there = seen(1.0, *absent), seen(1.0, *absent[::-1])
    for one, other in zip(here.held_for_start(), there.held_for_start(), strict=True):
        assert abs(one - other) < 1e-9
