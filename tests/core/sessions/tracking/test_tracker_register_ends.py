"""The register at both ends of a session that nobody saw begin: what a report shows beside its energy."""

from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, PREPARING, Rig, kwh


def _parked() -> Rig:
    rig = Rig()
    rig.show_small_steps(session_energy_mwh=0)
    return rig


def test_session_that_began_while_nobody_looked_starts_at_the_register_of_before() -> None:
    rig = _parked()
    rig.restart(600)
    rig.read(5, activity=CHARGING, register_mwh=kwh(100.5), session_energy_mwh=kwh(0.5), power_w=7_000.0)
    assert rig.session.energy_mwh == kwh(0.5)
    assert rig.session.register_start_mwh == kwh(100)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100.6), session_energy_mwh=kwh(0.6), power_w=0.0)
    rig.read(120, activity=AVAILABLE, register_mwh=kwh(100.6), session_energy_mwh=kwh(0.6), power_w=0.0)
    (session,) = rig.sessions.values()
    assert session.register_end_mwh == kwh(100.6)
    assert session.register_end_mwh - kwh(100) == session.energy_mwh


def test_session_found_again_and_the_one_after_it_share_the_registers_rise_end_to_end() -> None:
    rig = _parked()
    rig.restart(3_600)
    rig.read(5, activity=CHARGING, register_mwh=kwh(103), session_energy_mwh=kwh(1), power_w=7_000.0)
    found, going = rig.sessions.values()
    assert (found.register_start_mwh, found.energy_mwh) == (kwh(100), kwh(2))
    assert (going.register_start_mwh, going.energy_mwh) == (kwh(102), kwh(1))


def test_session_that_replaced_another_unseen_starts_where_that_one_ended() -> None:
    rig = _parked()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), session_energy_mwh=0, power_w=7_000.0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(101), session_energy_mwh=kwh(1), power_w=7_000.0)
    rig.restart(1_800)
    rig.read(5, activity=CHARGING, register_mwh=kwh(102), session_energy_mwh=kwh(0.25), power_w=7_000.0)
    first, second = rig.sessions.values()
    assert (first.register_start_mwh, first.energy_mwh) == (kwh(100), kwh(1.75))
    assert (second.register_start_mwh, second.energy_mwh) == (kwh(101.75), kwh(0.25))


def test_session_that_only_its_register_tells_of_starts_before_its_first_step() -> None:
    rig = Rig()
    for register in (100.0, 100.001, 100.003):
        rig.read(60, register_mwh=kwh(register))
        rig.tick(600)
    ended = len(rig.sessions)
    rig.read(60, register_mwh=kwh(100.103))
    session = list(rig.sessions.values())[ended]
    assert session.register_start_mwh == kwh(100.103) - session.energy_mwh


def test_what_the_next_car_draws_before_the_session_has_settled_is_not_in_its_register_end() -> None:
    rig = _parked()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(300, activity=CHARGING, register_mwh=kwh(100.6), power_w=0.0)
    rig.read(5, activity=AVAILABLE, register_mwh=kwh(100.6), power_w=0.0)
    rig.read(5, activity=AVAILABLE, power_w=0.0)
    # The charger's counter is the first to tell of it.
    rig.read(5, activity=AVAILABLE, register_mwh=kwh(100.62), power_w=0.0)
    (session,) = rig.sessions.values()
    assert (session.settled, session.energy_mwh) == (True, kwh(0.6))
    assert session.register_end_mwh == kwh(100.6)


def test_a_register_that_was_read_for_the_end_leaves_the_next_session_what_it_counts_later() -> None:
    """It stood still while the car drew its last; where nobody knew how it is read, that might have been late."""
    rig = Rig()
    for after_s, used_kwh in ((0, 0.0), (60, 0.151), (60, 0.303)):
        rig.read(after_s, activity=CHARGING, register_mwh=kwh(100 + used_kwh), power_w=9000.0)
    rig.read(5, activity=AVAILABLE, register_mwh=kwh(100.303), power_w=0.0, register_final=True)
    rig.read(20, activity=PREPARING, register_mwh=kwh(100.303), power_w=0.0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.328), power_w=9000.0)
    rig.tick(120)
    assert [session.energy_mwh for session in rig.sessions.values()] == [kwh(0.303), kwh(0.025)]
