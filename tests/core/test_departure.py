"""What is known of a car's leaving, as times that the balancer reckons with."""

from datetime import timedelta

from custom_components.ev_sessions.core.departure import Departure, times
from tests.core.load_rig import START

KWH = 1_000_000


def test_a_car_that_has_half_of_its_energy_needs_the_other_half() -> None:
    leaves = Departure(at=START + timedelta(hours=8), energy_mwh=22 * KWH)
    assert times(leaves, 11 * KWH, 11_000.0, START) == (8 * 3600.0, 3600.0, 3600.0)


def test_who_has_more_than_he_asked_for_needs_nothing() -> None:
    leaves = Departure(at=START + timedelta(hours=1), energy_mwh=5 * KWH)
    told = times(leaves, 6 * KWH, 11_000.0, START)
    assert told is not None
    assert told.needed_s == 0.0


def test_who_has_not_left_when_he_said_is_as_if_he_had_said_nothing() -> None:
    leaves = Departure(at=START, energy_mwh=5 * KWH)
    assert times(leaves, 0, 11_000.0, START) is None
    assert times(None, 0, 11_000.0, START) is None
