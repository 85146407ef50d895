"""A charger that stops and starts as it is told, and takes no notice of how much it may take."""

from typing import override

import pytest

from custom_components.ev_sessions.core.balancing.evse.ignoring import KEEPS_TO_LIMITS, Ignoring
from custom_components.ev_sessions.core.balancing.evse.memory import first_sight
from custom_components.ev_sessions.core.balancing.sharing.contenders import least_a, within_wish_a
from tests.core.balancing.load_rig import LoadRig, ReasonKey as Key, car, site


class Heedless(LoadRig):
    """Its cars draw `takes_a`, or nothing."""

    takes_a = 16.0
    heeds = False

    @override
    def second(self) -> object:  # type: ignore[override]
        if not self.heeds:
            for name in self.allowed:
                if name == "heedless":
                    self.draws(name, self.takes_a if self.allowed[name] > 0 else 0.0)
        return super().second()

    def starts(self, since_s: float = 0.0) -> int:
        limits = [limit_a for at_s, name, limit_a in self.commands if name == "heedless" and at_s >= since_s]
        return sum(1 for before, now in zip([0.0, *limits], limits, strict=False) if not before and now)


def test_who_takes_all_or_nothing_is_not_started_over_and_over_where_all_does_not_fit() -> None:
    rig = Heedless(site(margin_a=0.0), car("heedless"), house=12.0)
    rig.run(1200)
    assert rig.starts() <= 2  # once may be a message that was lost
    assert rig.limit("heedless") == 0.0
    assert rig.reason("heedless") is Key.PAUSED_LINE_FULL
    assert rig.not_obeying == ["heedless"]
    rig.house = 8.0
    rig.run(120)
    assert rig.limit("heedless") == 16.0


def test_what_does_not_fit_for_him_is_the_others() -> None:
    rig = Heedless(site(margin_a=0.0), car("heedless"), car("other", limit_read_a=0.0), house=12.0)
    rig.run(600)
    assert rig.limit("heedless") == 0.0
    assert rig.limit("other") == 13.0
    paused = rig.starts()
    rig.run(1800)
    assert rig.starts() == paused


def test_with_the_next_car_he_is_taken_at_his_word_again() -> None:
    rig = Heedless(site(margin_a=0.0), car("heedless"), house=12.0)
    rig.run(300)
    assert rig.limit("heedless") == 0.0
    rig.heeds = True
    rig.following["heedless"] = True
    rig.change("heedless", connected=False)
    rig.run(5)
    rig.change("heedless", connected=True)
    rig.run(90)
    assert rig.limit("heedless") == 13.0
    assert rig.not_obeying == []


def test_who_is_seen_to_keep_to_a_limit_is_believed_from_then_on() -> None:
    rig = Heedless(site(margin_a=0.0), car("heedless"), house=8.0)
    rig.change("heedless", wish_a=10.0)
    rig.run(90)
    assert rig.limit("heedless") <= 10.0
    assert rig.not_obeying == ["heedless"]
    rig.heeds = True
    rig.following["heedless"] = True
    rig.run(400)
    assert rig.not_obeying == []
    rig.house = 16.0
    rig.run(10)
    assert rig.limit("heedless") == 9.0


def test_his_owners_limit_is_what_he_is_told_though_more_is_kept_free() -> None:
    rig = Heedless(site(margin_a=0.0), car("heedless"), house=10.0)
    rig.run(300)
    assert rig.limit("heedless") == 0.0
    rig.change("heedless", wish_a=10.0)
    rig.house = 8.0
    told = [(rig.run(1), rig.limit("heedless"), rig.reason("heedless")) for _ in range(60)]
    assert next((limit_a, key) for _, limit_a, key in told if limit_a) == (10.0, Key.OWNER_LIMIT)
    assert max(limit_a for _, limit_a, _ in told) == 10.0


def test_more_than_he_can_take_is_a_wrong_measurement_and_nothing_that_he_does() -> None:
    rig = Heedless(site(margin_a=0.0), car("heedless"), house=2.0)
    rig.takes_a = 24.0
    rig.change("heedless", wish_a=10.0)
    rig.run(120)
    assert rig.state.memories["heedless"].ignoring == KEEPS_TO_LIMITS


def test_who_is_not_measured_is_believed_to_take_what_he_shows() -> None:
    rig = LoadRig(site(margin_a=0.0), car("blind", drawn_a=None, limit_read_a=16.0, wish_a=10.0), house=2.0)
    rig.run(120)
    assert rig.limit("blind") == 10.0
    assert rig.state.memories["blind"].ignoring.takes_a == 16.0


def test_once_is_no_habit_and_the_most_is_remembered() -> None:
    once = KEEPS_TO_LIMITS.missed(15.0, again=True)
    assert once.takes_a == 0.0
    assert once.missed(14.0, again=False) is once
    twice = once.missed(16.0, again=False).missed(15.5, again=True)
    assert twice == Ignoring(2, 16.0)
    assert twice.takes_a == 16.0
    assert twice.kept(15.0, 15.5, 1.0) is twice  # the limit was hardly less
    assert twice.kept(0.2, 6.0, 1.0) is twice  # he did not charge
    assert twice.kept(6.0, 6.0, 1.0) is KEEPS_TO_LIMITS


@pytest.mark.parametrize(
    ("took_a", "least"), [(0.0, 6.0), (5.0, 6.0), (14.9, 15.0), (15.0, 15.0), (15.2, 16.0), (16.4, 16.0)]
)
def test_least_that_he_takes_is_in_his_steps_and_not_above_his_maximum(took_a: float, least: float) -> None:
    evse = car()
    memory = first_sight(evse, 0.0)
    memory.ignoring = Ignoring(2, took_a)
    assert least_a(evse, memory) == least


def test_wish_is_met_in_whole_steps() -> None:
    assert within_wish_a(car(wish_a=10.7), 16.0) == 10.0
    assert within_wish_a(car(wish_a=10.7), 9.0) == 9.0
    assert within_wish_a(car(), 16.0) == 16.0
