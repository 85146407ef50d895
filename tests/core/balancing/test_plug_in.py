"""A car that plugs in begins at its least current where there is room now; more of it has to last."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.reasons import ReasonKey as Key
from custom_components.ev_sessions.core.balancing.sharing.allotment import Contender, allot
from custom_components.ev_sessions.core.balancing.sharing.fair_share import Claim
from tests.core.balancing.load_rig import LoadRig, car, site


def test_car_that_plugs_in_begins_at_its_least_without_being_switched_off() -> None:
    rig = LoadRig(site(), car(connected=False), house=4.0)
    rig.period_s = 10.0
    rig.run(203)
    rig.commands.clear()
    rig.change(connected=True)
    rig.second()  # between two reports of the meter
    assert rig.sent() == [6.0]
    rig.run(30)
    assert rig.limit() == 16.0  # the room has lasted before it came
    assert rig.sent() == [6.0, 16.0]


def test_car_that_plugs_in_just_after_a_start_begins_at_once_and_rises_with_patience() -> None:
    rig = LoadRig(site(), car(connected=False), house=4.0)
    rig.run(5)
    rig.commands.clear()
    rig.change(connected=True)
    rig.second()
    assert (rig.limit(), rig.reason()) == (6.0, Key.PATIENCE)
    rig.run(5)
    assert rig.limit() == 6.0
    rig.run(10)
    assert rig.sent() == [6.0, 16.0]


def test_car_that_plugs_in_where_no_room_is_left_is_paused() -> None:
    rig = LoadRig(site(), car(connected=False), house=18.5)
    rig.run(100)
    rig.change(connected=True)
    rig.second()
    assert (rig.limit(), rig.reason()) == (0.0, Key.PAUSED_LINE_FULL)
    assert rig.sent()[-1] == 0.0


def test_car_that_could_not_begin_waits_for_room_that_lasts() -> None:
    rig = LoadRig(site(), car(connected=False), house=18.5)
    rig.run(100)
    rig.change(connected=True)
    rig.run(5)
    rig.house = 4.0
    rig.run(5)
    assert rig.limit() == 0.0
    rig.run(15)
    assert rig.limit() == 16.0


def test_two_that_plug_in_together_do_not_begin_in_the_same_room() -> None:
    rig = LoadRig(site(), car("a", connected=False), car("b", connected=False), house=14.0)
    rig.run(5)
    rig.following = {"a": False, "b": False}  # a car takes some seconds to start
    rig.change("a", connected=True)
    rig.change("b", connected=True)
    rig.second()
    assert sorted((rig.limit("a"), rig.limit("b"))) == [0.0, 6.0]


def test_car_that_still_draws_more_than_it_is_told_leaves_no_room_to_begin_in() -> None:
    rig = LoadRig(site(), car("a"), car("b", connected=False), house=5.0)
    rig.run(200)
    assert rig.limit("a") == 16.0
    rig.draws("a", 16.0)
    rig.house = 10.0
    rig.change("b", connected=True)
    rig.second()
    assert rig.limit("b") == 0.0


@pytest.mark.parametrize("fallback_a", [0.0, 6.0])
def test_car_that_charges_at_a_start_is_not_paused_while_the_meter_is_late(fallback_a: float) -> None:
    rig = LoadRig(site(), car(limit_read_a=10.0, fallback_a=fallback_a), house=4.0)
    rig.meter = False
    rig.run(20)
    assert (rig.limit(), rig.reason()) == (6.0, Key.METER_MISSING)
    rig.meter = True
    rig.run(80)
    assert rig.limit() == 16.0
    assert 0.0 not in rig.sent()


def test_meter_that_does_not_come_in_time_means_the_fallback_all_the_same() -> None:
    rig = LoadRig(site(), car(limit_read_a=10.0, fallback_a=0.0))
    rig.meter = False
    rig.run(31)
    assert rig.limit() == 6.0
    rig.run(2)
    assert rig.limit() == 0.0


rooms = st.lists(st.floats(-20, 40), min_size=3, max_size=3)


@st.composite
def contenders(draw: st.DrawFn) -> list[Contender]:
    drawn: list[Contender] = []
    for name in "abc":
        lines = draw(st.sampled_from(((0, 1, 2), (0,), (1,), (2,))))
        most_a = draw(st.sampled_from((6.0, 10.0, 16.0)))
        begins = draw(st.booleans())
        drawn.append(
            Contender(
                claim=Claim(
                    id=name, min_a=6.0, max_a=most_a, step_a=1.0, weight=1.0, loads=tuple((line, 1.0) for line in lines)
                ),
                full_a=most_a,
                current_a=0.0 if begins else draw(st.sampled_from((0.0, 6.0, 9.0, 16.0))),
                committed_a=draw(st.sampled_from((0.0, 6.0, 11.0, 16.0))),
                may_join=draw(st.booleans()),
                may_rise=draw(st.booleans()),
                may_lower=draw(st.booleans()),
                begins_small=draw(st.booleans()),
                may_begin=begins,
            )
        )
    return drawn


@given(contenders(), rooms, st.lists(st.floats(0, 20), min_size=3, max_size=3))
@settings(deadline=None)
def test_who_begins_never_takes_room_that_others_may_be_drawing(
    some: list[Contender], sure: list[float], passing: list[float]
) -> None:
    lasting = [room - gone for room, gone in zip(sure, passing, strict=True)]
    before, _ = allot([_patient(one) for one in some], lasting, sure, sure)
    limits, _ = allot(some, lasting, sure, sure)
    for one in some:
        limit_a = limits[one.claim.id]
        assert limit_a in {before[one.claim.id], one.claim.min_a if one.may_begin else limit_a}
        if limit_a == before[one.claim.id]:
            continue
        for line, _factor in one.claim.loads:
            others_a = sum(
                limits[other.claim.id]
                if other.may_begin and before[other.claim.id] <= 0
                else max(limits[other.claim.id], other.committed_a)
                for other in some
                if other is not one and (line, 1.0) in other.claim.loads
            )
            assert limit_a + others_a <= sure[line] + 1e-6


def _patient(one: Contender) -> Contender:
    """Return a contender that has been sent something before."""
    return replace(one, may_begin=False)
