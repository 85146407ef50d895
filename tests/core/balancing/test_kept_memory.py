"""What the balancer knew before a start holds after it, as far as it can still be true."""

from dataclasses import replace

import pytest

from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.evse.car_lines import CarLines
from custom_components.ev_sessions.core.balancing.evse.kept_evse import KeptEvse, kept_evse
from custom_components.ev_sessions.core.balancing.kept_site import KeptSite, kept_site, revived_state
from custom_components.ev_sessions.core.balancing.meter.delay import DELAYS_S, MeterDelay
from custom_components.ev_sessions.core.plain import from_plain, to_plain
from tests.core.balancing.load_rig import LoadRig, car, site

METER = "sensor.l1 sensor.l2 sensor.l3"


def rig(house: float = 4.0, **changes: object) -> LoadRig:
    return LoadRig(site(), car(**{"session_id": "one", "limit_read_a": 16.0, **changes}), house=house)  # type: ignore[arg-type]


def restart(rig: LoadRig, *, away_s: float, leaves: bool = True, meter: str = METER, other_car: bool = False) -> None:
    """Stop and start the balancer; the charger is left at its fallback, and its car follows at once."""
    now = rig.now()
    evses = [
        to_plain(kept_evse(rig.state.memories[evse.id], evse, now, leaves=leaves), 1) for evse in rig.evses.values()
    ]
    known = to_plain(kept_site(rig.state, METER, now), 1)
    rig.t_s += away_s
    for name, evse in rig.evses.items():
        left_a = evse.fallback_a if leaves else rig.allowed[name]
        rig.allowed[name] = left_a
        shown = evse.limit_read_a if evse.limit_read_a is None else left_a
        rig.change(name, limit_read_a=shown)
        if rig.following[name]:
            rig.change(name, drawn_a=evse.use.per_line(left_a if evse.wants else 0.0, rig.count))
        if other_car:
            rig.change(name, session_id="another")
    state = revived_state(from_plain(KeptSite, known, 1), meter, rig.count, rig.now())
    kept = {name: from_plain(KeptEvse, text, 1) for name, text in zip(rig.evses, evses, strict=True)}
    rig.state = replace(state, kept=kept)
    rig.grid = None
    rig.commands.clear()


def seconds_until(rig: LoadRig, limit_a: float) -> float:
    since_s = rig.t_s
    rig.second()
    while rig.limit() < limit_a and rig.t_s < since_s + 200:
        rig.second()
    return rig.t_s - since_s


def test_reload_leaves_a_running_car_at_its_fallback_no_longer_than_it_takes_to_settle_there() -> None:
    known, fresh = rig(), rig()
    for one in (known, fresh):
        one.run(200)
        assert one.limit() == 16.0
    restart(known, away_s=2.0)
    restart(fresh, away_s=2.0)
    fresh.state = BalancerState()
    assert seconds_until(known, 16.0) <= 4.0
    assert seconds_until(fresh, 16.0) >= 7.0


def test_reload_does_not_take_the_cars_way_down_for_the_houses_rise() -> None:
    house = rig(house=12.0)
    house.run(200)
    assert house.limit() == 12.0
    restart(house, away_s=1.0)
    # The meter still shows the car at 12 A, the charger already its fallback.
    house.second()
    house.grid = replace(house.measure(), currents_a=(24.0,) * 3)
    house.t_s += 0.2
    assert house.look().limits[0].limit_a == 6.0
    house.run(30)
    assert [a for a in house.sent() if a is not None and a < 6.0] == []
    # Nor is it an appliance of the house that came for a moment.
    assert house.state.loads.appliances == ()


def test_reload_of_another_meter_knows_nothing_of_it() -> None:
    house = rig()
    house.state = replace(house.state, delay=MeterDelay(misfit=(0.5,) * len(DELAYS_S), steps=20.0))
    house.run(100)
    restart(house, away_s=1.0, meter="sensor.another")
    assert (house.state.delay, house.state.lasting) == (MeterDelay(), ())


def test_learned_delay_of_a_meter_outlives_a_restart_and_the_room_of_then_does_not() -> None:
    house = rig()
    house.run(100)
    delay = MeterDelay(misfit=tuple(0.1 * place for place in range(len(DELAYS_S))), steps=20.0)
    house.state = replace(house.state, delay=delay)
    restart(house, away_s=60.0)
    assert house.state.delay == MeterDelay(misfit=tuple(round(one, 4) for one in delay.misfit), steps=20.0)
    assert house.state.lasting == ()


def test_room_that_was_never_known_is_not_kept() -> None:
    house = rig()
    house.second()
    restart(house, away_s=1.0)
    assert house.state.lasting == ()


@pytest.mark.parametrize("leaves", [True, False])
def test_pauses_of_the_day_are_counted_over_a_restart(leaves: bool) -> None:
    house = rig(fallback_a=0.0)
    house.run(100)
    house.house = 22.0
    house.run(10)
    house.house = 4.0
    assert house.decision is not None
    before = house.decision.pauses
    assert before["car"] == 1
    restart(house, away_s=5.0, leaves=leaves)
    decision = house.second()
    assert decision.pauses == before
    # It was paused for less than a pause lasts.
    assert house.limit() == 0.0
    assert 15 <= seconds_until(house, 6.0) <= 30


def test_pause_of_yesterday_is_forgotten_over_a_restart() -> None:
    house = rig()
    house.run(100)
    house.house = 22.0
    house.run(10)
    house.house = 4.0
    restart(house, away_s=90_000.0)
    assert house.second().pauses == {"car": 0}


def test_car_that_takes_less_is_not_offered_all_again_after_a_restart_until_its_probe_is_due() -> None:
    house = LoadRig(site(), car(session_id="one"), car("other", session_id="two"), house=4.0)
    house.run(100)
    house.draws("car", 7.0)
    house.run(60)
    ceiling_a = house.state.memories["car"].taking.ceiling_a
    assert ceiling_a == 8.0
    probe_s = house.state.memories["car"].taking.probe_s
    restart(house, away_s=20.0)
    house.second()
    taking = house.state.memories["car"].taking
    assert (taking.ceiling_a, taking.took_a) == (8.0, 7.0)
    assert taking.probe_s == pytest.approx(probe_s)


def test_lines_that_a_car_was_proved_to_load_are_known_after_a_restart() -> None:
    """Else room would have to last for long anew: of a car that is measured by its power alone."""
    house = LoadRig(site(), car(lines_measured=False, sum_a=48.0, session_id="one"), house=4.0)
    proved = CarLines(lines=(0, 1, 2), use=house.evses["car"].use, proofs=((3, 16.0), (3, 10.0)))
    house.run(10)
    memory = house.state.memories["car"]
    house.state = replace(house.state, memories={"car": replace(memory, car_lines=proved)})
    restart(house, away_s=5.0)
    house.second()
    assert house.state.memories["car"].car_lines.lines == (0, 1, 2)
    restart(house, away_s=5.0)
    house.change(use=replace(house.evses["car"].use, lines=(0,)))
    house.second()
    assert house.state.memories["car"].car_lines.lines is None


def test_another_car_is_met_without_the_habits_of_the_one_before() -> None:
    house = LoadRig(site(), car(session_id="one"), house=4.0)
    house.run(100)
    house.draws("car", 7.0)
    house.run(60)
    restart(house, away_s=20.0, other_car=True)
    house.second()
    assert house.state.memories["car"].taking.ceiling_a == float("inf")


def test_car_that_slept_before_a_restart_is_told_of_at_once_and_not_woken_anew() -> None:
    house = rig()
    house.run(200)
    house.house = 22.0
    house.run(10)
    house.draws("car", 0.0)
    house.house = 4.0
    house.run(1800)
    assert house.decision is not None
    assert house.decision.asleep == ("car",)
    restart(house, away_s=30.0)
    assert house.second().asleep == ("car",)
    house.run(1800)
    assert 0.0 not in house.sent()


def test_station_that_shows_no_limit_is_held_to_stand_where_it_was_left() -> None:
    house = LoadRig(site(), car(session_id="one", limit_read_a=None), house=4.0)
    house.run(200)
    restart(house, away_s=1.0)
    house.second()
    memory = house.state.memories["car"]
    assert (memory.previous_a, memory.sent_a) == (6.0, 6.0)  # told once more: its profile has to be renewed
    assert seconds_until(house, 16.0) <= 8.0


def test_charger_that_nobody_commands_has_nothing_to_be_left_at() -> None:
    house = LoadRig(site(), car(session_id=None, controllable=False, drawn_a=None), house=4.0)
    house.run(10)
    kept = kept_evse(house.state.memories["car"], house.evses["car"], house.now(), leaves=True)
    assert (kept.left, kept.car) == (None, None)
    restart(house, away_s=1.0)
    assert house.second().limits[0].limit_a is None


def test_clock_that_was_set_back_makes_the_past_now() -> None:
    now = rig().now()
    assert now.past_s(now.later(100.0).utc) == now.monotonic_s
    assert now.past_s(now.instant(now.monotonic_s - 7.0)) == pytest.approx(now.monotonic_s - 7.0)
