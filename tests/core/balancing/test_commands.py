"""From limits to commands: what is sent, what is remembered of it, and when somebody looks again."""

from dataclasses import replace
from math import inf
from typing import Any

import pytest

from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, CircuitMeter, LineUse
from custom_components.ev_sessions.core.balancing.commands import check_again_s, commands_for
from custom_components.ev_sessions.core.balancing.decide import decide
from custom_components.ev_sessions.core.balancing.evse.car_lines import CarLines
from custom_components.ev_sessions.core.balancing.evse.draw import Draw
from custom_components.ev_sessions.core.balancing.evse.memory import EvseMemory
from custom_components.ev_sessions.core.balancing.evse.obedience import Obedience
from custom_components.ev_sessions.core.balancing.evse.pause_count import PauseCount
from custom_components.ev_sessions.core.balancing.evse.wake import Wake
from custom_components.ev_sessions.core.balancing.headroom.headroom import LeastRoom
from custom_components.ev_sessions.core.balancing.load import BalancingState, CircuitNow, Decision, EvseLimit, EvseLoad
from custom_components.ev_sessions.core.balancing.meter.branch_meters import BranchMeter
from custom_components.ev_sessions.core.balancing.meter.watch import MeterHealth, MeterWatch
from custom_components.ev_sessions.core.balancing.override import Override
from custom_components.ev_sessions.core.balancing.reasons import Reason, ReasonKey
from tests.core.balancing.load_rig import car, site

NOW_S = 1000.0


def memory(**known: Any) -> EvseMemory:
    """Return what is known of a car that was told 10 A long ago and draws that on all lines."""
    draw = Draw().sampled((10.0,) * 3, NOW_S - 1)
    return EvseMemory(
        **{
            "known": car(),
            "standing_a": 10.0,
            "previous_a": 16.0,
            "sent_a": 10.0,
            "sent_s": 500.0,
            "draw": draw,
            **known,
        }
    )


def limit(current_a: float | None, key: ReasonKey = ReasonKey.LINE_FULL, **placeholders: str) -> EvseLimit:
    return EvseLimit(evse_id="car", limit_a=current_a, reason=Reason(key=key, placeholders=placeholders))


def sent(
    decided: EvseLimit,
    known: EvseMemory,
    evse: EvseLoad | None = None,
    *,
    said: EvseLimit | None = None,
    repeat: bool = True,
) -> tuple[EvseMemory, EvseLimit, list[EvseLimit]]:
    """Return the memory of the one car after a decision, the limit that holds, and what is sent."""
    before = {} if said is None else {"car": said}
    after, holding, commands = commands_for([evse or car()], [decided], {"car": known}, before, NOW_S, repeat=repeat)
    assert list(after) == list(holding) == ["car"]
    return after["car"], holding["car"], commands


# What is sent


def test_another_limit_is_sent_and_the_same_is_not() -> None:
    assert sent(limit(9.0), memory())[2] == [limit(9.0)]
    assert sent(limit(10.0), memory())[2] == []
    assert sent(limit(10.04), memory())[2] == [], "a float's last digits are no other current"
    assert sent(limit(10.25), memory())[2] == [limit(10.25)], "a quarter of an ampere is one"


def test_limit_is_sent_again_to_whom_nothing_was_sent() -> None:
    assert sent(limit(10.0), memory(sent_a=None))[2] == [limit(10.0)]


def test_who_is_not_controlled_or_not_there_is_told_nothing() -> None:
    assert sent(limit(None), memory())[2] == []
    assert sent(limit(6.0), memory(), car(online=False))[2] == []
    assert sent(limit(6.0), memory(), car(online=False))[0].standing_a == 10.0


def test_what_was_not_obeyed_is_said_again_while_the_fuse_is_guarded() -> None:
    assert sent(limit(10.0), memory(repeat=True))[2] == [limit(10.0)]
    assert sent(limit(10.0), memory(repeat=True), repeat=False)[2] == []
    # That is no new command: it has not begun anew to be late.
    assert sent(limit(10.0), memory(repeat=True))[0].sent_s == 500.0


def test_limit_that_holds_for_the_same_reason_stays_as_it_was_said() -> None:
    before = limit(10.0, headroom_a="3")
    assert sent(limit(10.0, headroom_a="4"), memory(), said=before)[1] is before
    for other in (limit(9.0), limit(10.0, ReasonKey.PATIENCE)):
        assert sent(other, memory(), said=before)[1] is other
    first = limit(10.0)
    assert sent(first, memory())[1] is first


def test_each_evse_has_its_limit() -> None:
    with pytest.raises(ValueError, match="shorter"):
        commands_for([car(), car("other")], [limit(6.0)], {"car": memory(), "other": memory()}, {}, NOW_S, repeat=True)


# What is remembered of it


def test_lower_limit_is_remembered_with_the_one_before_it() -> None:
    after, _, _ = sent(limit(6.0), memory(turn_since_s=100.0, paused_s=50.0))
    assert (after.standing_a, after.previous_a, after.sent_a, after.sent_s) == (6.0, 10.0, 6.0, NOW_S)
    assert (after.turn_since_s, after.paused_s, after.pauses.paused_s) == (100.0, 50.0, ())
    assert after.obedience.effect_awaited
    assert after.obedience.due_s > NOW_S


def test_only_who_draws_more_than_he_may_is_expected_to_go_down() -> None:
    assert not sent(limit(12.0), memory())[0].obedience.effect_awaited
    on_one_line = Draw().sampled((0.0, 10.0, 0.0), NOW_S - 1)
    assert sent(limit(6.0), memory(draw=on_one_line))[0].obedience.effect_awaited
    delta = car(use=LineUse(lines=(0, 1, 2), factor=2.0))
    assert not sent(limit(6.0), memory(), delta)[0].obedience.effect_awaited, "10 A on the lines are 5 A at the car"
    assert not sent(limit(6.0), memory(draw=Draw()))[0].obedience.effect_awaited


def test_pause_begins_and_is_counted() -> None:
    after, _, _ = sent(limit(0.0), memory(turn_since_s=100.0, paused_s=50.0))
    assert (after.standing_a, after.turn_since_s, after.paused_s) == (0.0, NOW_S, NOW_S)
    assert after.pauses.paused_s == (NOW_S,)


def test_charge_that_begins_is_a_new_turn_and_no_pause() -> None:
    waiting = memory(standing_a=0.0, sent_a=0.0, turn_since_s=100.0, paused_s=50.0)
    after, _, _ = sent(limit(6.0), waiting)
    assert (after.turn_since_s, after.paused_s, after.pauses.paused_s) == (NOW_S, 50.0, ())
    # Half an ampere is something, too: not all chargers need six.
    small = car(min_a=0.5)
    assert sent(limit(0.5), waiting, small)[0].turn_since_s == NOW_S
    standing = memory(standing_a=0.5, sent_a=0.5, turn_since_s=100.0)
    assert sent(limit(6.0), standing, small)[0].turn_since_s == 100.0


def test_pause_that_is_said_once_more_is_still_the_same() -> None:
    after, _, commands = sent(limit(0.0), memory(standing_a=0.0, sent_a=None, turn_since_s=100.0, paused_s=50.0))
    assert len(commands) == 1
    assert (after.turn_since_s, after.paused_s, after.pauses.paused_s) == (100.0, 50.0, ())


# When somebody looks again


def again_s(known: EvseMemory, *others_due_s: float, resume_delay_s: float = 30.0) -> float:
    return check_again_s([car()], {"car": known}, resume_delay_s, others_due_s, NOW_S)


def test_somebody_looks_again_after_ten_seconds_though_nothing_happens() -> None:
    assert again_s(memory()) == 10.0
    assert again_s(memory(), 2000.0) == 10.0
    assert again_s(memory(), 900.0) == 10.0, "what is past is past"


def test_what_falls_due_first_is_looked_at_first() -> None:
    assert again_s(memory(), 1007.0, 1003.0, 1005.0) == 3.0
    lag_s = memory().settle_s(car())
    assert again_s(memory(sent_s=NOW_S - lag_s + 2.0), 1007.0) == 2.0, "the car has followed"
    assert again_s(memory(obedience=Obedience(due_s=1004.0)), 1007.0) == 4.0, "it is judged"
    assert again_s(memory(paused_s=NOW_S - 25.0), 1007.0) == 5.0, "its pause ends"


def test_nobody_looks_again_more_often_than_twice_a_second() -> None:
    assert again_s(memory(), NOW_S + 0.01) == 0.5
    assert again_s(memory(), NOW_S + 0.7) == pytest.approx(0.7)


# What is told of it


def decided(known: EvseMemory | None = None, *, guards: bool = True, **state: Any) -> Decision:
    """Return the decision that one car stands at 10 A."""
    meter = CircuitMeter(delay_s=1.0)
    shed = Circuit(id="shed", name="Shed", limit_a=(16.0,) * 3, parent_id="root", meter=meter)
    limits = site()
    limits = replace(limits, circuits=(*limits.circuits, shed))
    heard = MeterWatch(heard_s=NOW_S, moved_s=NOW_S, period_s=1.0, health=MeterHealth.GOOD)
    before = BalancerState(**{"watch": heard, "memories": {"car": known or memory()}, **state})
    kind = BalancingState.OK if guards else BalancingState.OFF
    now = CircuitNow(load_a=(1.0,) * 3, limit_a=(16.0,) * 3, load_w=690.0)
    return decide(before, limits, [car()], [limit(10.0)], NOW_S, kind, (5.0,) * 3, circuits={"shed": now})[1]


def test_nothing_special_is_told_of_a_car_that_just_charges() -> None:
    decision = decided()
    assert decision == Decision(
        limits=(limit(10.0),),
        commands=(),
        state=BalancingState.OK,
        headroom_a=(5.0,) * 3,
        check_again_s=10.0,
        circuits={"shed": CircuitNow(load_a=(1.0,) * 3, limit_a=(16.0,) * 3, load_w=690.0)},
    )


def test_all_that_is_odd_of_a_car_is_told() -> None:
    decision = decided(
        memory(
            obedience=Obedience(misses=2),
            override=Override(limit_a=8.0, rival_until_s=2000.0),
            pauses=PauseCount((NOW_S - 90_000.0, NOW_S - 100.0)),
            car_lines=CarLines(lines=(1,)),
            wake=Wake(asleep=True),
        )
    )
    assert decision.not_obeying == ("car",)
    assert decision.overrides == {"car": 8.0}
    assert decision.rivals == ("car",)
    assert decision.pauses == {"car": 1}
    assert decision.car_lines == {"car": (1,)}
    assert decision.asleep == ("car",)


def test_without_circuits_none_are_told() -> None:
    state = BalancerState(memories={"car": memory()})
    _, decision = decide(state, site(), [car()], [limit(10.0)], NOW_S, BalancingState.OFF, None)
    assert decision.circuits == {}


def test_charger_that_does_not_obey_is_told_again_only_where_the_fuse_is_guarded() -> None:
    assert decided(memory(repeat=True)).commands == (limit(10.0),)
    assert decided(memory(repeat=True), guards=False).commands == ()


def test_somebody_looks_when_room_has_lasted_long_enough() -> None:
    patience_s = BalancerState().patience_s(site())
    lasting = LeastRoom((NOW_S + 3.0 - patience_s, NOW_S), (1.0, 4.0))
    assert decided(lasting=(lasting,) * 3).check_again_s == pytest.approx(3.0)
    hold_s = site().hold_s
    assert decided(branch_rooms={3: LeastRoom((NOW_S + 4.0 - hold_s, NOW_S), (1.0, 4.0))}).check_again_s == 4.0
    assert decided(lasting=(LeastRoom((NOW_S,), (-inf,)),) * 3).check_again_s == 10.0


def test_somebody_looks_when_a_meter_will_not_be_believed_any_more() -> None:
    silent = MeterWatch(heard_s=NOW_S - 28.0, moved_s=NOW_S, period_s=1.0, health=MeterHealth.GOOD)
    assert decided(watch=silent).check_again_s == pytest.approx(2.0)
    assert decided(branches={"shed": BranchMeter(watch=silent)}).check_again_s == pytest.approx(2.0)
    assert decided(branches={"root": BranchMeter(watch=silent)}).check_again_s == 10.0, "it has no meter of its own"
