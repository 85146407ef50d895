"""Nobody balances: what each charger is left at, and what is forgotten meanwhile."""

from math import inf
from typing import Any

import pytest

from custom_components.ev_sessions.core.balancing.appliances.learned_loads import LearnedLoads
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.evse.memory import EvseMemory
from custom_components.ev_sessions.core.balancing.headroom.headroom import LeastRoom
from custom_components.ev_sessions.core.balancing.last_word import LastWord
from custom_components.ev_sessions.core.balancing.load import BalancingState, EvseLimit, EvseLoad
from custom_components.ev_sessions.core.balancing.meter.watch import MeterHealth, MeterWatch
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey
from custom_components.ev_sessions.core.balancing.stand_still import stand_still
from tests.core.balancing.load_rig import car, site

NOW_S = 1000.0
STARTED = MeterWatch(since_s=NOW_S - 10.0)


def state(evse: EvseLoad, watch: MeterWatch = STARTED, **known: Any) -> BalancerState:
    memory = EvseMemory(**{"known": evse, "standing_a": 16.0, "previous_a": 16.0, "connected": evse.connected, **known})
    return BalancerState(
        watch=watch,
        house_a=(3.0,) * 3,
        lasting=(LeastRoom((NOW_S,), (5.0,)),) * 3,
        branch_rooms={3: LeastRoom((NOW_S,), (5.0,))},
        last_word=LastWord((0.0,) * 3, frozenset({1})),
        memories={evse.id: memory},
    )


def left_at(
    evse: EvseLoad, key: ReasonKey = ReasonKey.METER_SILENT, watch: MeterWatch = STARTED, **known: Any
) -> EvseLimit:
    """Return what the car is left at."""
    _, decision = stand_still(state(evse, watch, **known), site(), [evse], NOW_S, key)
    (limit,) = decision.limits
    return limit


def test_charger_stands_at_its_fallback_and_the_reason_says_how_long_the_meter_was_waited_for() -> None:
    limit = left_at(car(fallback_a=8.0))
    assert (limit.limit_a, limit.reason.key) == (8.0, ReasonKey.METER_SILENT)
    assert limit.reason.placeholders == {"timeout_s": "30"}


def test_fallback_below_the_least_is_a_pause() -> None:
    assert left_at(car(fallback_a=0.0)).limit_a == 0.0


@pytest.mark.parametrize("key", [ReasonKey.METER_SILENT, ReasonKey.BALANCING_OFF, ReasonKey.NO_METER])
def test_car_that_charges_is_paused_where_its_fallback_is_nothing(key: ReasonKey) -> None:
    assert left_at(car(fallback_a=0.0), key).limit_a == 0.0


def test_car_that_charges_goes_on_at_its_least_while_the_meter_is_only_late_after_a_start() -> None:
    late, lost = MeterWatch(since_s=NOW_S - 30.0), MeterWatch(since_s=NOW_S - 30.5)
    missing, none = ReasonKey.METER_MISSING, car(fallback_a=0.0)
    assert left_at(none, missing, late).limit_a == 6.0
    assert left_at(none, missing, lost).limit_a == 0.0
    assert left_at(car(fallback_a=8.0), missing, late).limit_a == 8.0
    assert left_at(car(fallback_a=0.0, connected=False), missing, late).limit_a == 0.0
    assert left_at(car(fallback_a=0.0, connected=None), missing, late).limit_a == 6.0
    assert left_at(none, missing, late, standing_a=5.0).limit_a == 0.0
    assert left_at(none, missing, late, standing_a=6.0).limit_a == 6.0


def test_who_was_paused_for_the_fuse_is_not_let_go_blindly() -> None:
    assert left_at(car(), standing_a=0.0, paused_s=NOW_S - 29.0).limit_a == 0.0
    assert left_at(car(), standing_a=0.0, paused_s=NOW_S - 30.0).limit_a == 6.0
    # Whose least is next to nothing gets nothing at all either.
    assert left_at(car(min_a=0.2), standing_a=0.0, paused_s=NOW_S - 29.0).limit_a == 0.0


def test_who_may_not_charge_gets_nothing_and_who_is_only_watched_no_limit() -> None:
    forbidden = left_at(car(allowed=False, min_a=0.2))
    assert (forbidden.limit_a, forbidden.reason.key) == (0.0, ReasonKey.NOT_ALLOWED)
    assert left_at(car(controllable=False)).limit_a is None


def test_who_asked_for_less_gets_less() -> None:
    assert left_at(car(fallback_a=10.0, wish_a=7.0)).limit_a == 7.0


def test_balancing_is_off_or_the_meter_is_lost() -> None:
    states = {
        key: stand_still(state(car()), site(), [car()], NOW_S, key)[1].state
        for key in (ReasonKey.BALANCING_OFF, ReasonKey.NO_METER, ReasonKey.METER_FROZEN)
    }
    assert states == {
        ReasonKey.BALANCING_OFF: BalancingState.OFF,
        ReasonKey.NO_METER: BalancingState.OFF,
        ReasonKey.METER_FROZEN: BalancingState.METER_LOST,
    }


def test_what_was_known_of_the_house_is_forgotten() -> None:
    before = state(car())
    loads = LearnedLoads().look(NOW_S - 1, (3.0,) * 3)
    after, decision = stand_still(
        BalancerState(
            watch=before.watch,
            loads=loads,
            house_a=before.house_a,
            lasting=before.lasting,
            branch_rooms=before.branch_rooms,
            last_word=before.last_word,
            memories=before.memories,
        ),
        site(),
        [car()],
        NOW_S,
        ReasonKey.METER_SILENT,
    )
    assert (after.house_a, after.lasting, after.branch_rooms, after.last_word) == (None, (), {}, LastWord())
    assert after.loads == loads.blinded()
    assert after.loads != loads
    assert decision.headroom_a is None


def test_meter_that_only_stood_still_keeps_the_room_that_it_showed() -> None:
    still = MeterWatch(since_s=-inf, health=MeterHealth.STILL)
    after, _ = stand_still(state(car(), still), site(), [car()], NOW_S, ReasonKey.METER_FROZEN)
    assert after.lasting == state(car()).lasting
