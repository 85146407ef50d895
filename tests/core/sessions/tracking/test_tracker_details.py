"""What is told beside energy and time: peaks, qualities, reasons, checkpoints."""

from dataclasses import replace
from datetime import datetime, timedelta

from custom_components.ev_sessions.core.reading import SuspendedBy
from custom_components.ev_sessions.core.sessions.session import Quality, SessionEventType
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, HELD_BACK, PREPARING, Rig, charging, kwh


def test_a_weaker_charge_after_a_pause_leaves_the_peak_what_it_was() -> None:
    rig = charging()
    rig.read(60, activity=HELD_BACK, power_w=0.0)
    rig.read(60, activity=CHARGING, power_w=3_000.0)
    rig.read(600, activity=CHARGING, power_w=2_000.0)
    assert rig.session.peak_power_w == 11_000.0
    rig.read(60, activity=CHARGING, power_w=11_000.5)
    rig.tick(10)
    assert rig.session.peak_power_w == 11_000.5


def test_a_price_that_is_heard_of_late_divides_the_suns_part_too() -> None:
    heard: list[datetime] = []
    rig = charging(price_cuts=lambda start, end: tuple(at for at in heard if start < at < end), grid_power_w=5_000.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(101.3), power_w=11_000.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(101.5), power_w=11_000.0)
    solar_mwh = rig.session.solar_mwh
    assert solar_mwh is not None
    assert solar_mwh > 0
    heard.append(rig.now.utc - timedelta(seconds=70))
    rig.tick()
    assert len(rig.periods_of(rig.session)) == 2
    # Rounded in each part.
    assert abs((rig.session.solar_mwh or 0) - solar_mwh) <= 2
    rig.check()


def test_a_charger_that_does_not_know_its_power_has_no_part_of_the_sun() -> None:
    rig = Rig(grid_power_w=-5_000.0)
    rig.read(activity=PREPARING, register_mwh=kwh(100))
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1))
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.2))
    assert rig.session.solar_mwh is None
    assert rig.session.energy_mwh == kwh(0.2)


def test_what_the_chargers_record_tells_of_a_coarse_register_is_recovered_not_spread() -> None:
    rig = Rig()
    rig.read(activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1), power_w=11_000.0)
    rig.context = replace(rig.context, recovered=True)
    rig.read(300, activity=HELD_BACK, register_mwh=kwh(100.2), power_w=0.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.2), power_w=11_000.0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(101.2), power_w=11_000.0)
    qualities = {period.quality for period in rig.periods_of(rig.session)[1:] if period.energy_mwh}
    assert qualities == {Quality.RECOVERED}


def test_the_energy_of_a_time_that_nobody_saw_is_estimated_on_both_sides_of_a_quarter_hour() -> None:
    rig = charging()
    rig.silence(10)
    rig.read(900, activity=CHARGING, register_mwh=kwh(103.8), power_w=11_000.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(104), power_w=11_000.0)
    qualities = [period.quality for period in rig.periods_of(rig.session)]
    assert qualities[1:-1] == [Quality.ESTIMATED] * (len(qualities) - 2)
    assert len(qualities) >= 4
    rig.check()


def test_an_idle_time_that_nobody_saw_is_estimated_though_nothing_was_used() -> None:
    rig = charging()
    rig.read(60, activity=FULL, register_mwh=kwh(101.1), power_w=0.0)
    rig.silence(60)
    rig.read(1_800, activity=FULL, register_mwh=kwh(101.1), power_w=0.0)
    rig.tick(60)
    unseen = [period for period in rig.periods_of(rig.session) if period.quality is Quality.ESTIMATED]
    assert sum(period.duration_ms for period in unseen) == 1_800_000
    assert len(unseen) >= 2
    rig.check()


def test_a_pause_whose_reason_nobody_told_has_one_that_says_so() -> None:
    rig = charging()
    rig.read(60, activity=HELD_BACK, power_w=0.0)
    assert [event.reason for event in rig.events if event.type is SessionEventType.PAUSED] == [SuspendedBy.UNKNOWN]


def test_a_car_that_is_full_twice_is_told_of_once() -> None:
    rig = charging()
    rig.read(60, activity=FULL, power_w=0.0)
    rig.read(60, activity=HELD_BACK, power_w=0.0)
    rig.read(60, activity=FULL, power_w=0.0)
    assert rig.told.count(SessionEventType.COMPLETED) == 1
    assert SessionEventType.PAUSED not in rig.told


def test_a_session_that_is_settled_is_committed_at_once_with_a_checkpoint_of_its_own() -> None:
    rig = charging()
    told_at = rig.now.utc
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(101.1), register_at=told_at, power_w=0.0)
    rig.tick(11)
    assert not rig.session.settled  # the register may still be owed
    settled = rig.tick(900)
    assert rig.session.settled
    assert settled.events == ()
    assert settled.urgent
    assert [one.session_id for one in settled.checkpoints] == [rig.session.id]
    begun = next(step for step in rig.steps if step.sessions)
    assert [one.session_id for one in begun.checkpoints] == [rig.session.id]


def test_a_coarse_register_ends_a_session_at_what_it_told_of_it_where_another_car_is_there() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=11_000.0)
    for used in (1, 2, 3):
        rig.read(33, activity=CHARGING, register_mwh=kwh(100 + used / 10), power_w=11_000.0)
    rig.read(1, activity=AVAILABLE, register_mwh=kwh(100.3), power_w=0.0)
    rig.tick(15)
    rig.read(5, activity=CHARGING, register_mwh=kwh(100.3), power_w=11_000.0)
    for used in (4, 5, 6, 7, 8):
        rig.read(33, activity=CHARGING, register_mwh=kwh(100 + used / 10), power_w=11_000.0)
    first, second = rig.sessions.values()
    assert first.settled
    assert first.register_start_mwh is not None
    assert first.register_end_mwh == first.register_start_mwh + first.energy_mwh
    assert first.energy_mwh < kwh(0.35)
    assert second.energy_mwh > kwh(0.45)


def test_a_coarse_step_just_before_a_plug_in_is_not_the_new_cars() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    rig.read(3_000, activity=AVAILABLE, register_mwh=kwh(100.1), power_w=0.0)
    rig.read(3_000, activity=AVAILABLE, register_mwh=kwh(100.2), power_w=0.0)
    rig.read(1, activity=PREPARING, register_mwh=kwh(100.2), power_w=0.0)
    assert rig.session.energy_mwh == 0
    assert rig.session.register_start_mwh == kwh(100.2)
