"""One phase instead of a pause, and back with patience, within a budget."""

from itertools import pairwise
from typing import Any, override

from tests.core.balancing.load_rig import LineUse, LoadRig, car, site

THREE, ONE = LineUse(lines=(0, 1, 2)), LineUse(lines=(0,))


class SwitchRig(LoadRig):
    """Chargers that switch their phases when they are told to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.switches: list[tuple[float, str, int]] = []

    @override
    def second(self) -> Any:
        decision = super().second()
        for name, phases in decision.phases.items():
            self.switches.append((self.t_s, name, phases))
            use, other = (ONE, THREE) if phases == 1 else (THREE, ONE)
            self.change(name, use=use, other_use=other)
        for name, evse in self.evses.items():
            ago_s = tuple(self.t_s - at_s for at_s, who, _ in self.switches if who == name)
            self.change(name, switches_ago_s=ago_s[-10:], connected=evse.connected)
        return decision

    def told(self) -> list[int]:
        return [phases for _, _, phases in self.switches]


def auto(name: str = "car", **changes: Any) -> Any:
    return car(name, other_use=ONE, **changes)


def test_car_that_would_have_to_wait_charges_on_one_phase() -> None:
    rig = SwitchRig(site(), auto(), house=(4.0, 20.0, 4.0))
    rig.run(400)
    assert rig.told() == [1]
    assert rig.limit() == 16.0


def test_car_goes_back_to_three_phases_when_there_was_room_for_ten_minutes() -> None:
    rig = SwitchRig(site(), auto(), house=(4.0, 20.0, 4.0))
    rig.run(400)
    rig.house = 4.0
    rig.run(500)
    assert rig.told() == [1]
    rig.run(400)
    assert rig.told() == [1, 3]
    assert rig.limit() == 16.0


def test_room_for_their_least_current_alone_is_no_reason_to_go_back() -> None:
    rig = SwitchRig(site(), auto(), house=(4.0, 20.0, 4.0))
    rig.run(400)
    rig.house = (4.0, 17.5, 4.0)
    rig.run(2000)
    assert rig.told() == [1]


def test_short_wait_and_a_pause_that_is_only_young_switch_nothing() -> None:
    rig = SwitchRig(site(), auto(), house=4.0)
    rig.run(150)
    for _ in range(10):
        rig.house = (4.0, 20.0, 4.0)
        rig.run(40)
        rig.house = 4.0
        rig.run(400)
    assert rig.told() == []


def test_where_one_phase_does_not_fit_either_nothing_is_switched() -> None:
    rig = SwitchRig(site(), auto(), house=20.0)
    rig.run(900)
    assert rig.told() == []


def test_car_on_one_line_gains_nothing_by_a_switch() -> None:
    rig = SwitchRig(site(), auto(), house=4.0)
    rig.following["car"] = False
    for _ in range(100):
        rig.change(drawn_a=(rig.allowed["car"], 0.0, 0.0))
        rig.second()
    rig.house = (20.0, 4.0, 4.0)
    rig.run(600)
    assert rig.told() == []


def test_restless_house_switches_no_more_than_the_budget_of_a_day() -> None:
    rig = SwitchRig(site(), auto(), house=4.0)
    rig.run(150)
    for _ in range(12):
        rig.house = (4.0, 20.0, 4.0)
        rig.run(320)
        rig.house = 4.0
        rig.run(900)
    assert len(rig.told()) == 10
    times = [at_s for at_s, _, _ in rig.switches]
    assert min(later - sooner for sooner, later in pairwise(times)) >= 300


def test_switches_before_a_restart_count() -> None:
    spent = tuple(3600.0 * hour for hour in range(1, 11))
    rig = LoadRig(site(), auto(switches_ago_s=spent), house=(4.0, 20.0, 4.0))
    for _ in range(400):
        assert not rig.second().phases
    rig = LoadRig(site(), auto(switches_ago_s=(250.0,)), house=(4.0, 20.0, 4.0))
    assert not any(rig.second().phases for _ in range(30))


def test_charger_is_back_on_three_phases_for_the_next_car() -> None:
    rig = SwitchRig(site(), auto(), house=(4.0, 20.0, 4.0))
    rig.run(700)
    assert rig.told() == [1]
    rig.change(connected=False, wants=False)
    rig.run(100)
    assert rig.told() == [1, 3]


def test_full_car_and_one_that_waits_for_its_turn_with_room_beside_it() -> None:
    rig = SwitchRig(site(), auto(wants=False), house=(4.0, 20.0, 4.0))
    rig.run(600)
    assert rig.told() == []
    rig = SwitchRig(site(), car("another"), auto(), house=(4.0, 15.0, 4.0))
    rig.run(600)
    assert rig.told() == [1]
    assert rig.limit("another") >= 6.0
    assert rig.limit("car") >= 6.0


def test_owner_who_stopped_the_car_has_no_phases_switched() -> None:
    rig = SwitchRig(site(), auto(allowed=False), house=(4.0, 20.0, 4.0))
    rig.run(600)
    assert rig.told() == []
