"""Where energy belongs: increments of a register over the time in which they were used."""

from custom_components.ev_sessions.core.sessions.session import Quality
from custom_components.ev_sessions.core.sessions.tracking.step import NoteKey
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, PREPARING, TEN, Activity, Rig, kwh


def test_where_the_register_is_known_at_both_ends_the_session_is_exactly_their_difference() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(3_600, activity=CHARGING, register_mwh=kwh(107.123), power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(107.234567), power_w=0.0)
    rig.tick(10)
    assert rig.session.energy_mwh == kwh(7.234567)
    assert {period.quality for period in rig.periods_of(rig.session)} == {Quality.MEASURED}
    rig.check(energy_mwh=kwh(7.237567))


def test_an_increment_is_spread_by_the_power_that_was_seen() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=9_000.0)
    rig.read(300, activity=CHARGING, power_w=3_000.0)
    rig.cut()
    rig.read(300, activity=CHARGING, power_w=0.0, register_mwh=kwh(101))
    first, second = rig.periods_of(rig.session)[:2]
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.75), kwh(0.25))


def test_without_power_an_increment_is_spread_by_charging_time() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=PREPARING, register_mwh=kwh(100))
    rig.read(200, activity=CHARGING)
    rig.read(100, activity=FULL)
    rig.read(100, activity=CHARGING)
    rig.read(100, activity=FULL, register_mwh=kwh(101))
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    assert energies == [0, kwh(0.5), 0, kwh(0.5)]


def test_power_that_was_zero_all_the_time_is_no_witness() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    rig.read(100, activity=CHARGING, power_w=0.0)
    rig.read(100, activity=CHARGING, power_w=0.0, register_mwh=kwh(100.2))
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    assert energies == [0, kwh(0.2)]


def test_power_that_does_not_cover_the_span_is_no_witness() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=11_000.0)
    rig.read(100, activity=CHARGING)
    rig.cut()
    rig.read(300, activity=CHARGING, power_w=11_000.0, register_mwh=kwh(100.4))
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    assert energies == [kwh(0.1), kwh(0.3)]


def test_without_power_and_charging_an_increment_is_spread_by_connected_time() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100))
    rig.read(100, activity=PREPARING)
    rig.cut(100)
    rig.read(300, activity=PREPARING, register_mwh=kwh(100.1))
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    assert energies == [kwh(0.025), kwh(0.075)]
    assert rig.tracker.outside_mwh == kwh(0.003)


def test_without_any_car_an_increment_belongs_to_no_session() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(600, activity=AVAILABLE, register_mwh=kwh(100.05))
    assert rig.tracker.outside_mwh == kwh(0.053)
    assert not rig.sessions


def test_a_late_last_sample_falls_into_the_session_that_could_have_used_it() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(300, activity=CHARGING, register_mwh=kwh(100.5), power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, power_w=7_000.0)  # the power, too, is late
    rig.read(20, activity=AVAILABLE, power_w=0.0)
    assert not rig.session.settled
    rig.read(10, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100.62))
    assert rig.session.energy_mwh == kwh(0.62)
    assert rig.session.settled
    assert rig.session.register_end_mwh == kwh(100.62)
    rig.check(energy_mwh=kwh(0.623))


def test_two_sessions_share_an_increment_that_both_could_have_used() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=11_000.0)
    rig.read(60, activity=AVAILABLE, power_w=0.0)
    rig.read(20, activity=CHARGING, power_w=11_000.0)
    rig.read(180, activity=CHARGING, power_w=11_000.0, register_mwh=kwh(100.8))
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.2), kwh(0.6))
    assert first.settled
    assert first.register_end_mwh == kwh(100.2)
    rig.check(energy_mwh=kwh(0.803))


def test_a_car_that_left_with_power_on_gets_nothing_of_the_next_cars_first_step() -> None:
    """The register was read when it left: what it drew since the last whole Wh is the next car's."""
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_200.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.12), power_w=7_200.0)
    rig.read(0.4, activity=AVAILABLE, register_mwh=kwh(100.12), power_w=7_200.0)
    rig.read(20, activity=CHARGING, register_mwh=kwh(100.12), power_w=7_200.0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.14), power_w=7_200.0)
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.12), kwh(0.02))
    rig.check(energy_mwh=kwh(0.143))


def test_a_car_whose_power_was_shown_too_long_gets_nothing_of_the_next_cars_energy() -> None:
    rig = Rig()
    rig.show_small_steps()
    for minute in range(6):
        rig.read(10, activity=CHARGING, register_mwh=kwh(100 + minute * 0.02), power_w=7_200.0)
    rig.read(10, activity=AVAILABLE, register_mwh=kwh(100.1), power_w=7_200.0)
    for _ in range(3):
        rig.read(10, activity=PREPARING, register_mwh=kwh(100.1), power_w=0.0)
    for _ in range(9):
        rig.read(10, activity=PREPARING, register_mwh=kwh(100.1), power_w=0.0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.1), power_w=7_200.0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.12), power_w=7_200.0)
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.1), kwh(0.02))


def test_a_car_that_a_slow_source_owes_its_energy_shares_with_the_next() -> None:
    """A cloud that gives the counter each half hour, and its state each minute."""
    rig = Rig(max_power_kw=22.0)
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    for _ in range(30):
        rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(103.1), power_w=6_000.0)
    for _ in range(10):
        rig.read(60, activity=CHARGING, register_mwh=kwh(103.1), power_w=6_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(103.1), power_w=0.0)
    rig.read(20, activity=CHARGING, register_mwh=kwh(103.1), power_w=6_000.0)
    for _ in range(2):
        rig.read(60, activity=CHARGING, register_mwh=kwh(104.3), power_w=6_000.0)
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(4.1), kwh(0.2))


def test_a_session_that_could_not_draw_shares_nothing() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=11_000.0)
    rig.read(60, activity=AVAILABLE, power_w=0.0)
    rig.read(20, activity=PREPARING, power_w=0.0)
    rig.read(20, activity=PREPARING, power_w=0.0, register_mwh=kwh(100.2))
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.2), 0)


def test_a_coarse_register_is_spread_over_time_by_the_power() -> None:
    rig = Rig()
    register = 100
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(register), power_w=0.0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(register), power_w=6_000.0)
    for minute in range(1, 46):
        register = 100 + minute // 10
        rig.read(60, activity=CHARGING, register_mwh=kwh(register), power_w=6_000.0)
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    # Cut at 10:15, 10:30, 10:45; the last full kWh came 40 minutes after the plug.
    assert energies == [kwh(0.5), kwh(1.5), kwh(1.5), kwh(0.5)]
    qualities = [period.quality for period in rig.periods_of(rig.session)]
    assert qualities == [Quality.SPREAD, Quality.SPREAD, Quality.SPREAD, Quality.SPREAD]
    assert rig.session.estimated_mwh == 0
    rig.check(energy_mwh=kwh(4))


def test_the_rest_of_a_coarse_step_is_shared_with_the_next_session() -> None:
    rig = Rig()
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(100.0), power_w=0.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.0), power_w=6_000.0)
    for tenth in (1, 2, 3):
        rig.read(60, activity=CHARGING, register_mwh=kwh(100 + tenth / 10), power_w=6_000.0)
    rig.read(45, activity=AVAILABLE, register_mwh=kwh(100.3), power_w=0.0)
    rig.tick(600)
    first = rig.session
    assert first.settled
    assert first.energy_mwh == kwh(0.3)
    rig.read(3_600, activity=CHARGING, register_mwh=kwh(100.3), power_w=6_000.0)
    rig.read(15, activity=CHARGING, register_mwh=kwh(100.4), power_w=6_000.0)
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.375), kwh(0.025))
    assert not rig.tracker.ended
    rig.check(energy_mwh=kwh(0.4))


def test_a_register_that_only_speaks_when_it_changes_settles_after_a_while() -> None:
    rig = Rig()
    for second in range(0, 100, 10):
        rig.read(10, activity=CHARGING, register_mwh=kwh(100) + second * 2_000, power_w=7_200.0)
    last = rig.now.utc
    register = {"register_mwh": kwh(100) + 180_000, "register_at": last}
    rig.read(2, activity=AVAILABLE, power_w=0.0, **register)
    rig.tick(10)
    assert not rig.session.settled
    rig.read(47, activity=AVAILABLE, power_w=0.0, **register)
    assert not rig.session.settled
    rig.tick(3)
    assert rig.session.settled
    assert rig.session.energy_mwh == kwh(0.18)
    # What comes now can be of nobody's car.
    rig.read(600, activity=AVAILABLE, register_mwh=kwh(100.19), power_w=0.0)
    assert rig.session.energy_mwh == kwh(0.18)
    assert rig.tracker.outside_mwh == kwh(0.01)


def test_a_register_that_speaks_rarely_is_waited_for() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    rig.read(10, activity=CHARGING, power_w=6_000.0)
    for used in (0.501, 1.002, 1.503):
        rig.read(300, activity=CHARGING, register_mwh=kwh(100 + used), power_w=6_000.0)
    rig.read(200, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(101.503), register_at=rig.now.utc)
    rig.tick(60)
    assert not rig.session.settled
    rig.read(40, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(101.836))
    assert rig.session.settled
    assert rig.session.energy_mwh == kwh(1.836)


def test_a_register_that_says_the_same_while_a_car_draws_still_owes() -> None:
    """A cloud that gives the counter once an hour, and its state each minute."""
    rig = Rig(max_power_kw=22.0)
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    for _ in range(30):
        rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    rig.tick(10)
    assert not rig.session.settled
    rig.read(40, activity=AVAILABLE, register_mwh=kwh(103.1), power_w=0.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(103.1), power_w=0.0)
    assert rig.session.energy_mwh == kwh(3.1)
    assert rig.session.settled
    assert [period.energy_mwh for period in rig.periods_of(rig.session)] == [kwh(1.1), kwh(1.5), kwh(0.5)]


def test_a_held_sample_settles_when_nothing_contradicts_it() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(0.1), power_w=0.0)  # a reset at the very end
    rig.tick(100)
    assert rig.session.energy_mwh == 0
    rig.tick(20)
    assert rig.session.energy_mwh == kwh(0.1)
    assert rig.noted == [NoteKey.REGISTER_RESET]
    assert rig.session.settled


def test_a_finishing_car_has_completed() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=7_000.0)
    rig.read(60, activity=Activity.FINISHING, power_w=0.0)
    assert rig.events[-1].type == "completed"
    assert rig.session.start == TEN


def test_a_second_sample_of_one_instant_belongs_to_what_is_now() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100.1), power_w=0.0)
    rig.read(5, activity=AVAILABLE, register_mwh=kwh(100.11), power_w=0.0, register_at=None)
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(100.12), power_w=0.0, register_at=None)
    assert rig.tracker.doubt is not None
    rig.check(energy_mwh=kwh(0.123))
