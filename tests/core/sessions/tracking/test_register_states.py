"""What is known of a register beside its value: what it forgets with another meter, and what slack it has."""

from dataclasses import replace

import pytest

from custom_components.ev_sessions.core.sessions.tracking.register import (
    Former,
    Increment,
    RegisterState,
    Sample,
    away,
    clean,
    first_sample,
    other_meter,
    restarted,
    returned,
)
from custom_components.ev_sessions.core.sessions.tracking.step import NoteKey

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


def run(values_kwh: list[float], *, every_s: int = 10) -> tuple[RegisterState, list[Increment | None], list[NoteKey]]:
    """Let a register show these values, one every few seconds."""
    state = first_sample(round(values_kwh[0] * KWH), 0)
    increments: list[Increment | None] = []
    notes: list[NoteKey] = []
    for count, value_kwh in enumerate(values_kwh[1:], 1):
        state, increment, note = clean(state, round(value_kwh * KWH), count * every_s * SECOND_US, MAX_W)
        increments.append(increment)
        notes += [note.key] if note is not None else []
    return state, increments, notes


@pytest.mark.parametrize(
    ("values_kwh", "note"),
    [
        ([50, 50.01, 50.02, 0.003, 0.013], NoteKey.REGISTER_RESET),
        ([9_999.97, 9_999.98, 9_999.99, 0.003, 0.013], NoteKey.REGISTER_ROLLOVER),
        ([100, 100.01, 100.02, 5.003, 5.013, 100.033], NoteKey.REGISTER_GLITCH),
    ],
)
def test_what_is_odd_teaches_nothing_of_the_size_and_the_pace_of_steps(values_kwh: list[float], note: NoteKey) -> None:
    state, _, notes = run(values_kwh)
    assert notes[-1] is note
    assert state.step_mwh == 10_000
    assert state.pace_us == 10 * SECOND_US


def test_a_small_register_that_blinks_to_zero_is_told_of() -> None:
    state, _, notes = run([0.1, 0, 0.1])
    assert notes == [NoteKey.REGISTER_GLITCH]
    assert state.total_mwh == 100_000


def test_a_register_that_fell_by_a_tenth_and_counts_on_from_there_is_another_and_no_dip() -> None:
    state, _, notes = run([10, 8.95, 9.05, 9.15])
    assert notes == [NoteKey.REGISTER_JUMP]
    assert state.total_mwh == 10_200_000


@pytest.mark.parametrize(("step_kwh", "from_s"), [(0.01, 20), (0.1, 20)])
def test_what_was_used_in_a_glitch_that_was_believed_began_with_it(step_kwh: float, from_s: int) -> None:
    shown = [100, 100 + step_kwh, 100 + 2 * step_kwh, 5, 5.003, 100 + 3 * step_kwh]
    state, increments, notes = run(shown)
    assert notes == [NoteKey.REGISTER_JUMP, NoteKey.REGISTER_GLITCH]
    last = increments[-1]
    assert last is not None
    assert last.start_us == from_s * SECOND_US
    assert state.formers == ()


@pytest.mark.parametrize(
    ("values_kwh", "coarse"),
    [
        ([100, 100.1, 100.2], True),
        ([100.05, 100.15, 100.25], False),  # its last digit is finer than its steps were by chance
        ([100.07, 100.08, 100.1], False),
    ],
)
def test_a_step_is_coarse_where_the_register_can_show_no_less(values_kwh: list[float], coarse: bool) -> None:
    last = run(values_kwh, every_s=60)[1][-1]
    assert last is not None
    assert last.coarse is coarse
