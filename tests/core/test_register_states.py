"""What is known of a register beside its value: what it forgets with another meter, and what slack it has."""

from dataclasses import replace

import pytest

from custom_components.ev_sessions.core.register import (
    Former,
    RegisterState,
    Sample,
    away,
    clean,
    first_sample,
    other_meter,
    restarted,
    returned,
)

KWH = 1_000_000
SECOND_US = 1_000_000
MAX_W = 11_000

ODD = RegisterState(
    value_mwh=5 * KWH,
    at_us=1_000 * SECOND_US,
    changed_us=900 * SECOND_US,
    total_mwh=105 * KWH,
    step_mwh=10_000,
    pace_us=7 * SECOND_US,
    suspect=Sample(value_mwh=KWH, at_us=999 * SECOND_US),
    formers=(Former(value_mwh=200 * KWH, at_us=800 * SECOND_US, net_mwh=104 * KWH),),
    ahead_mwh=50_000,
    dipped=True,
)


def test_another_meter_is_not_held_to_what_the_one_before_it_did() -> None:
    state = other_meter(ODD)
    state, increment, note = clean(state, 200 * KWH, 1_010 * SECOND_US, MAX_W)
    assert note is None
    assert increment is not None
    assert increment.energy_mwh == 0
    assert state == RegisterState(
        value_mwh=200 * KWH,
        at_us=1_010 * SECOND_US,
        changed_us=1_010 * SECOND_US,
        total_mwh=105 * KWH,
        step_mwh=10_000,
        pace_us=7 * SECOND_US,  # how long the change took says nothing of the new meter
    )
    _, increment, _ = clean(state, 200 * KWH + 20_000, 1_020 * SECOND_US, MAX_W)
    assert increment is not None
    assert increment.energy_mwh == 20_000


def test_a_counter_that_began_again_has_nothing_left_of_before() -> None:
    at_us = 2_000 * SECOND_US
    assert restarted(ODD, at_us) == replace(
        ODD, value_mwh=0, at_us=at_us, changed_us=at_us, suspect=None, formers=(), ahead_mwh=0, dipped=False
    )


@pytest.mark.parametrize(
    ("shown_mwh", "rise_mwh", "believed"),
    [
        (100 * KWH, KWH, True),  # whole kWh: it may step so
        (100 * KWH, KWH + 300_000, False),
        (100 * KWH + 1, KWH, False),
        (0, KWH, False),  # nothing was ever seen of it
        (0, 150_000, True),
    ],
)
def test_a_register_that_shows_whole_kwh_may_rise_by_one_at_any_time(
    shown_mwh: int, rise_mwh: int, believed: bool
) -> None:
    state = first_sample(shown_mwh, 0)
    _, increment, _ = clean(state, shown_mwh + rise_mwh, SECOND_US, MAX_W)
    assert (increment is not None) is believed


@pytest.mark.parametrize(("rise_mwh", "believed"), [(300_000, True), (400_000, False)])
def test_a_register_of_tenths_may_rise_by_one_of_them_at_any_time(rise_mwh: int, believed: bool) -> None:
    state = replace(first_sample(100 * KWH, 0), step_mwh=100_000)
    _, increment, _ = clean(state, 100 * KWH + rise_mwh, SECOND_US, MAX_W)
    assert (increment is not None) is believed


def test_a_short_absence_after_a_long_one_leaves_what_was_used_a_guess() -> None:
    state = returned(away(first_sample(KWH, 0), 10 * SECOND_US), 100 * SECOND_US)
    assert state.estimated
    state = returned(away(state, 110 * SECOND_US), 111 * SECOND_US)
    assert state.estimated
    assert state.away_us is None
    assert not returned(away(first_sample(KWH, 0), 10 * SECOND_US), 69 * SECOND_US).estimated
