"""A meter that stands still is asked whether it lives: by a step less of one car, before it is given up."""

from dataclasses import replace
from typing import Any, override

import pytest

from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import BalancingState, LoadRig, ReasonKey, car, site


class Coarse(LoadRig):
    """A meter that shows whole amperes, each second again, beside a house that takes the same all night."""

    frozen_a: tuple[float, ...] | None = None

    @override
    def measure(self) -> GridReading:
        shown_a = self.frozen_a or tuple(float(round(current_a)) for current_a in self.flow())
        return replace(super().measure(), currents_a=shown_a)

    def seen(self, seconds: int) -> set[str]:
        """Live on; return the states that were shown."""
        states = set()
        for _ in range(seconds):
            self.second()
            states.add(self.balancing_state)
        return states


def settled(**known: Any) -> Coarse:
    rig = Coarse(site(), car(**known), house=4.0)
    rig.run(100)
    return rig


def test_coarse_meter_in_a_quiet_house_is_asked_by_a_step_and_never_given_up() -> None:
    rig = settled()
    assert rig.limit() == 16.0
    assert BalancingState.METER_LOST not in rig.seen(3600)
    assert set(rig.sent(since_s=100.0)) == {15.0, 16.0}
    # A step less, and a minute later as much as before: each three to four minutes.
    assert len(rig.sent(since_s=100.0)) <= 2 * 3600 / 200


def test_reason_of_the_step_is_told_with_how_long_the_meter_has_stood_still() -> None:
    rig = settled()
    while rig.reason() is not ReasonKey.ASKING_METER:
        assert rig.t_s < 400.0
        rig.second()
    assert rig.decision is not None
    assert 150.0 <= float(rig.decision.commands[0].reason.placeholders["hold_s"]) < 180.0
    rig.run(30)
    assert (rig.limit(), rig.reason()) == (15.0, ReasonKey.PATIENCE)


def test_frozen_meter_does_not_answer_and_is_given_up_as_soon_as_ever() -> None:
    rig = settled()
    moved_s = rig.state.watch.moved_s - 500.0
    rig.frozen_a = rig.measure().currents_a
    while rig.reason() is not ReasonKey.METER_FROZEN:
        assert rig.t_s < 400.0
        rig.second()
    assert rig.t_s - moved_s == pytest.approx(180.0, abs=1.0)
    assert rig.sent(since_s=100.0) == [15.0, 6.0]


def alone(lines: tuple[int, ...] = (0, 1, 2), **known: Any) -> Coarse:
    """Return a new site whose meter trembled until it froze two minutes after the car came."""
    rig = Coarse(site(**known.pop("limits", {})), car("car", lines, **known), house=4.0)
    for _ in range(120):
        rig.frozen_a = tuple(current_a - 0.01 * (rig.t_s % 3) for current_a in rig.flow())
        rig.second()
    return rig


def seconds_until_frozen(rig: Coarse) -> float:
    moved_s = rig.state.watch.moved_s - 500.0
    while rig.reason() is not ReasonKey.METER_FROZEN:
        assert rig.t_s < 700.0
        rig.second()
    return rig.t_s - moved_s


@pytest.mark.parametrize("lines", [(0,), (0, 1, 2)])
def test_meter_of_a_new_site_is_asked_once_it_stands_still_for_longer_than_was_ever_seen(
    lines: tuple[int, ...],
) -> None:
    rig = alone(lines)
    assert rig.limit() == 16.0
    assert 30.0 <= seconds_until_frozen(rig) <= 45.0
    # Nothing was given back before the meter had the time to answer.
    assert rig.sent(since_s=120.0) == [12.0, 6.0]


def test_steps_are_as_fine_as_the_charger_takes_them_and_end_at_its_least() -> None:
    rig = alone(step_a=0.5)
    assert seconds_until_frozen(rig) <= 45.0
    assert rig.sent(since_s=120.0) == [12.5, 6.0]
    rig = alone(wish_a=8.0)
    assert seconds_until_frozen(rig) <= 45.0
    assert rig.sent(since_s=120.0) == [6.0]
    # On one line that would not be enough to tell.
    rig = alone((0,), wish_a=8.0)
    assert seconds_until_frozen(rig) == pytest.approx(180.0, abs=1.0)


def test_meter_that_answers_is_believed_and_stands_still_for_longer_before_it_is_asked_again() -> None:
    rig = alone()
    rig.frozen_a = None
    rig.house = 5.0
    asked: list[float] = []
    for second in range(3600):
        if second % 240 == 0:
            rig.house = 5.0 + second // 240 % 2
        rig.second()
        assert rig.balancing_state != BalancingState.METER_LOST
        assert rig.decision is not None
        if rig.decision.commands and rig.reason() is ReasonKey.ASKING_METER and rig.limit() == 12.0:
            asked.append(rig.t_s)
    assert 1 <= len(asked) <= 5
    # What was once seen of it holds for the rest of the day.
    assert asked[-1] < 1500.0


def test_silent_meter_is_not_asked() -> None:
    rig = alone(limits={"meter_timeout_s": 100.0})
    rig.meter = False
    rig.run(95)
    assert rig.sent(since_s=120.0) == []


def test_what_the_meter_showed_last_as_a_car_moved_is_no_ground_to_ask_sooner() -> None:
    rig = settled()
    rig.seen(60)
    assert rig.sent(since_s=100.0) == []


def test_only_the_car_that_draws_most_is_asked() -> None:
    rig = Coarse(site(), car("small", wish_a=8.0), car("large", wish_a=12.0), house=2.0)
    rig.run(100)
    assert BalancingState.METER_LOST not in rig.seen(900)
    assert set(rig.sent(since_s=100.0, name="large")) == {11.0, 12.0}
    assert rig.sent(since_s=100.0, name="small") == []


def test_car_at_its_least_is_not_asked_and_stays_there_when_the_meter_is_given_up() -> None:
    rig = settled(wish_a=6.0)
    assert BalancingState.METER_LOST in rig.seen(400)
    assert rig.sent(since_s=100.0) == []


def test_car_that_takes_less_than_it_may_is_asked_below_what_it_takes() -> None:
    rig = settled()
    rig.draws("car", 10.0)
    rig.seen(30)
    mark_s = rig.t_s
    rig.seen(170)
    assert 9.0 in rig.sent(since_s=mark_s)


def test_whatever_else_has_changed_of_ours_is_question_enough() -> None:
    rig = settled()
    rig.frozen_a = rig.measure().currents_a
    rig.run(70)
    rig.change(wish_a=15.0)
    rig.run(30)
    # The meter did not answer to that.
    assert rig.sent(since_s=100.0) == [15.0, 6.0]


@pytest.mark.parametrize("period_s", [30.0, 60.0])
def test_meter_that_would_answer_too_late_is_not_asked(period_s: float) -> None:
    rig = Coarse(site(), car(), house=4.0)
    rig.period_s = period_s
    rig.run(600)
    mark_s = rig.t_s
    rig.run(600)
    assert 15.0 not in rig.sent(since_s=mark_s)
