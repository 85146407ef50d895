"""What is known of a car's leaving, as times that the balancer reckons with."""

from datetime import timedelta

import pytest

from custom_components.ev_sessions.core.vehicles.departure import Departure, lacking_mwh, times
from tests.core.balancing.load_rig import START

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


def test_who_is_to_be_so_full_needs_what_the_battery_lacks_and_else_what_cars_need_here() -> None:
    leaves = Departure(at=START + timedelta(hours=8), energy_mwh=22 * KWH, soc_percent=80.0)
    told = times(leaves, 11 * KWH, 11_000.0, START, to_soc_mwh=5.5 * KWH)
    assert told == (8 * 3600.0, 1800.0, 3600.0)
    assert times(leaves, 11 * KWH, 11_000.0, START) == (8 * 3600.0, 3600.0, 3600.0)
    # What is lacking to a state of charge is nothing where an energy was asked for.
    assert times(Departure(at=leaves.at, energy_mwh=22 * KWH), 0, 11_000.0, START, to_soc_mwh=1.0 * KWH) == (
        8 * 3600.0,
        7200.0,
        0.0,
    )


@pytest.mark.parametrize(
    ("target", "soc", "battery_kwh", "lacking"),
    [
        (80.0, 46.0, 50.0, 20.0 * KWH),
        (80.0, 90.0, 50.0, 0.0),
        (130.0, 66.0, 50.0, 20.0 * KWH),
        (80.0, None, 50.0, None),
        (80.0, 46.0, None, None),
    ],
)
def test_what_a_battery_lacks(
    target: float, soc: float | None, battery_kwh: float | None, lacking: float | None
) -> None:
    assert lacking_mwh(target, soc, battery_kwh) == (None if lacking is None else pytest.approx(lacking))
