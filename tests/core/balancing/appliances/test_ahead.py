"""A charge begins where it is likely to last: each car by its own lines, the same for all that load the same."""

from typing import Any

from custom_components.ev_sessions.core.balancing.appliances.ahead import Ahead
from custom_components.ev_sessions.core.balancing.sharing.allotment import Contender
from custom_components.ev_sessions.core.balancing.sharing.fair_share import Claim
from tests.core.balancing.appliances.test_foresight import HOB, seen

ROOM_A = [20.0, 20.0, 9.0, 7.0]  # of three lines, and of a circuit below them


def _car(name: str, *bounds: int, **known: Any) -> Contender:
    claim = Claim(id=name, min_a=6.0, max_a=16.0, step_a=1.0, weight=1.0, loads=tuple((bound, 1.0) for bound in bounds))
    waiting = {
        "full_a": 16.0,
        "current_a": 0.0,
        "committed_a": 0.0,
        "may_join": True,
        "may_rise": True,
        "may_lower": True,
        "begins_small": False,
        "may_begin": False,
    }
    return Contender(claim=claim, **waiting | known)


def _may_join(*cars: Contender) -> dict[str, bool]:
    # The hob that just went off comes back with 8 A on the third line.
    admitted = Ahead(seen(2, HOB), ROOM_A).admitted(cars)
    assert [one.claim.id for one in admitted] == [one.claim.id for one in cars]
    return {one.claim.id: one.may_join for one in admitted}


def test_who_would_be_stopped_by_what_comes_back_waits_and_all_others_begin() -> None:
    first, second = _car("kept", 2, 3), _car("kept as well", 2, 3)
    assert _may_join(first, _car("beside", 0, 3), second, _car("on", 2, 3, current_a=6.0)) == {
        "kept": False,
        "beside": True,
        "kept as well": False,
        "on": True,
    }
    # What is used again for the next decision is not changed.
    assert first.may_join
    assert second.may_join


def test_who_may_not_join_anyway_is_not_asked() -> None:
    assert _may_join(_car("on", 2, current_a=6.0), _car("held", 2, may_join=False)) == {"on": True, "held": False}
