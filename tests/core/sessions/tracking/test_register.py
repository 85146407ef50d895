"""What a meter's counter shows, and what was used."""

from math import gcd

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.sessions.tracking.register import (
    MODULI_MWH,
    Increment,
    RegisterState,
    Sample,
    across_gap,
    away,
    clean,
    first_sample,
    other_meter,
    restarted,
    shifted,
)
from custom_components.ev_sessions.core.sessions.tracking.step import NoteKey

KWH = 1_000_000
SECOND = 1_000_000
CAR_W = 11_000

DIP = NoteKey.REGISTER_DIP
GLITCH = NoteKey.REGISTER_GLITCH
SPIKE = NoteKey.REGISTER_SPIKE
RESET = NoteKey.REGISTER_RESET
ROLLOVER = NoteKey.REGISTER_ROLLOVER
JUMP = NoteKey.REGISTER_JUMP


class Meter:
    """A register under test, sampled every ten seconds."""

    def __init__(self, kwh: float) -> None:
        self.at_us = 0
        self.state: RegisterState = first_sample(round(kwh * KWH), 0)
        self.start_mwh = self.state.total_mwh
        self.notes: list[NoteKey] = []
        self.increment: Increment | None = None

    def shows(self, *values_kwh: float, every_s: float = 10) -> Meter:
        """Take samples."""
        for kwh in values_kwh:
            self.at_us += round(every_s * SECOND)
            self.state, self.increment, note = clean(self.state, round(kwh * KWH), self.at_us, CAR_W)
            if note is not None:
                self.notes.append(note.key)
        return self

    @property
    def used_kwh(self) -> float:
        """All that was used since the beginning."""
        return (self.state.total_mwh - self.start_mwh) / KWH


@pytest.mark.parametrize(
    ("values", "used", "notes"),
    [
        pytest.param([100.03, 100.06], 0.06, [], id="it_rises"),
        pytest.param([100.0, 100.0], 0, [], id="it_stands_still"),
        pytest.param([100.03, 95.0, 99.0, 100.06], 0.06, [DIP], id="a_dip_is_ignored_until_passed"),
        pytest.param([90.0, 100.03], 0.03, [DIP], id="a_dip_to_nine_tenths_is_a_dip"),
        pytest.param([89.999, 100.03], 0.03, [GLITCH], id="a_drop_that_comes_back_is_a_glitch"),
        pytest.param([0, 100.03], 0.03, [GLITCH], id="a_drop_to_zero_that_comes_back_is_a_glitch"),
        pytest.param([0, 95.0, 100.03], 0.03, [GLITCH], id="a_glitch_that_comes_back_into_a_dip"),
        pytest.param([0, 0, 0, 100.05], 0.05, [RESET, GLITCH], id="a_long_glitch_comes_back_too"),
        pytest.param([0, 0.02, 0.05], 0.05, [RESET], id="a_reset_counts_from_zero"),
        pytest.param([0.02, 0.05], 0.05, [RESET], id="a_reset_that_was_seen_late_counts_from_zero"),
        pytest.param([40.0, 40.03], 0.03, [JUMP], id="a_drop_that_is_no_reset_counts_nothing"),
        pytest.param([300.0, 300.03], 0.03, [JUMP], id="a_rise_above_the_cap_that_stays_counts_nothing"),
        pytest.param([300.0, 100.03], 0.03, [SPIKE], id="a_rise_above_the_cap_that_comes_back_is_a_spike"),
        pytest.param([300.0, 99.5, 100.03], 0.03, [SPIKE], id="a_spike_that_comes_back_into_a_dip"),
        pytest.param([300.0, 300.0, 100.03, 100.06], 0.06, [JUMP, GLITCH], id="a_long_spike_comes_back_too"),
        pytest.param([300, 300, 7, 100.06, 100.09], 0.09, [JUMP, GLITCH], id="another_glitch_in_a_long_one"),
        pytest.param([300, 300, 7, 7, 100.06], 0.06, [JUMP, JUMP, GLITCH], id="a_long_glitch_in_a_long_one"),
        pytest.param([0.15, 0.15, 100.0, 100.2], 0.2, [RESET, GLITCH], id="what_a_glitch_counted_is_used_up_first"),
        pytest.param([300.0, 7.0, 7.01], 0.01, [JUMP], id="the_second_odd_value_is_judged_by_the_third"),
        pytest.param([-1, 100.03], 0.03, [], id="a_negative_value_says_nothing"),
        pytest.param([100.236, 100.237], 0.237, [], id="a_rise_at_the_cap"),
        pytest.param([100.237, 100.0], 0, [SPIKE], id="a_rise_just_above_the_cap_is_held"),
    ],
)
def test_what_a_meter_of_a_car_at_11_kw_shows_is_what_was_used(
    values: list[float], used: float, notes: list[NoteKey]
) -> None:
    meter = Meter(99.9999).shows(100)
    meter.start_mwh = meter.state.total_mwh
    meter.shows(*values)
    assert meter.used_kwh == pytest.approx(used, abs=1e-9)
    assert meter.notes == notes


def test_a_dip_is_noted_once_and_lasts_until_the_old_value_is_passed() -> None:
    meter = Meter(100).shows(99, 99, 99.5, 99.9, 100, 100.01)
    assert meter.notes == [DIP]
    assert meter.used_kwh == 0.01


def test_the_cap_grows_with_the_time_since_the_last_sample() -> None:
    assert Meter(99.9999).shows(100).shows(113, every_s=3_600).used_kwh == pytest.approx(13.0001)
    meter = Meter(99.9999).shows(100).shows(113.5, every_s=3_600).shows(113.5)
    assert meter.notes == [JUMP]
    assert meter.used_kwh == pytest.approx(0.0001)


@pytest.mark.parametrize("modulus_mwh", MODULI_MWH)
def test_a_counter_rolls_over_at_its_last_digit(modulus_mwh: int) -> None:
    top_kwh = modulus_mwh / KWH
    meter = Meter(top_kwh - 0.02).shows(0.01)
    assert meter.used_kwh == 0
    meter.shows(0.02)
    assert meter.used_kwh == pytest.approx(0.04, abs=1e-6)
    assert meter.notes == [ROLLOVER]


def test_a_reset_far_from_the_last_digit_is_no_rollover() -> None:
    meter = Meter(9_998.5).shows(0.01, 0.02)
    assert meter.notes == [RESET]
    assert meter.used_kwh == 0.02


def test_a_sample_that_is_older_than_the_last_says_nothing() -> None:
    meter = Meter(100).shows(100.02, 100.04)
    state, increment, note = clean(meter.state, round(100.01 * KWH), meter.at_us - 1, CAR_W)
    assert (state, increment, note) == (meter.state, None, None)


def test_two_samples_of_one_instant_count_once() -> None:
    meter = Meter(100).shows(100.02)
    state, increment, _ = clean(meter.state, round(100.02 * KWH), meter.at_us, CAR_W)
    assert increment is not None
    assert increment.energy_mwh == 0
    assert state.total_mwh == meter.state.total_mwh


@pytest.mark.parametrize(("step_kwh", "coarse"), [(1, True), (0.1, True), (0.05, False), (0.001, False)])
def test_the_size_of_steps_is_learned(step_kwh: float, coarse: bool) -> None:
    meter = Meter(100).shows(*(100 + step_kwh * n for n in range(1, 6)), every_s=600)
    assert meter.state.step_mwh == round(step_kwh * KWH)
    assert meter.state.coarse is coarse


def test_a_register_is_taken_for_coarse_until_it_shows_a_small_step() -> None:
    meter = Meter(100)
    assert meter.state.coarse
    meter.shows(100.2)
    assert meter.state.coarse
    meter.shows(100.25)
    assert not meter.state.coarse


def test_an_increment_of_a_coarse_register_spans_from_its_last_change() -> None:
    meter = Meter(100.1).shows(100.2, every_s=60).shows(100.2, 100.2, 100.3, every_s=20)
    assert meter.increment == Increment(
        start_us=60 * SECOND, end_us=120 * SECOND, energy_mwh=100_000, coarse=True, estimated=False
    )


def test_an_increment_of_a_fine_register_spans_from_its_last_sample() -> None:
    meter = Meter(100).shows(100.01, 100.01, 100.03)
    assert meter.increment == Increment(start_us=20 * SECOND, end_us=30 * SECOND, energy_mwh=20_000)


def test_a_register_of_whole_kwh_may_step_at_any_time() -> None:
    meter = Meter(100).shows(101).shows(102, every_s=330).shows(102, 103)
    assert meter.used_kwh == 3
    assert meter.notes == []


def test_a_source_that_says_the_same_each_minute_and_a_new_value_each_hour_loses_nothing() -> None:
    meter = Meter(99.999).shows(100).shows(*[100] * 58, 111.123, 111.123, every_s=60)
    assert meter.used_kwh == pytest.approx(11.124)
    assert meter.notes == []
    assert meter.state.pace_us == 3_600 * SECOND
    meter.shows(*[111.123] * 57, 122.3, 122.3, every_s=60)
    assert meter.used_kwh == pytest.approx(22.301)


def test_a_rise_that_was_seen_too_early_is_true_once_the_time_has_come() -> None:
    meter = Meter(99.9999).shows(100).shows(100.5).shows(100.5, every_s=600)
    assert meter.used_kwh == pytest.approx(0.5001)
    assert meter.notes == []


def test_a_step_of_a_coarse_register_behind_a_long_glitch_is_not_lost() -> None:
    meter = Meter(100).shows(101, 102, every_s=330).shows(900, 900, 103, every_s=60)
    assert meter.used_kwh == 3
    assert meter.notes == [JUMP, GLITCH]


def test_what_a_register_showed_days_ago_is_no_glitch_any_more() -> None:
    meter = Meter(5_000).shows(0, 0.02)
    meter.shows(*(0.02 + hour * 0.1 for hour in range(1, 26)), every_s=3_600).shows(5_100, 2.53)
    assert meter.used_kwh == pytest.approx(2.53)
    assert meter.notes == [RESET, SPIKE]


def test_the_next_session_does_not_pay_for_a_glitch_of_the_counter_before() -> None:
    meter = Meter(100).shows(0.15, 0.15, 100)
    assert meter.state.ahead_mwh > 0
    meter.state = restarted(meter.state, meter.at_us)
    assert meter.shows(0.1).used_kwh == pytest.approx(0.25)


def test_the_pace_of_steps_is_learned_and_forgets_long_rests() -> None:
    meter = Meter(100).shows(100.01, every_s=300)
    assert meter.state.pace_us == 300 * SECOND
    meter.shows(100.02, every_s=90_000)
    assert meter.state.pace_us == 300 * SECOND
    meter.shows(100.03)
    assert meter.state.pace_us == 150 * SECOND


def test_what_was_counted_while_the_register_was_away_is_estimated() -> None:
    meter = Meter(100).shows(100.01)
    meter.state = away(away(meter.state, 20 * SECOND), 70 * SECOND)
    meter.shows(100.2, every_s=70)
    assert meter.increment is not None
    assert meter.increment.estimated
    meter.shows(100.21)
    assert not meter.increment.estimated


def test_a_register_that_blinks_is_not_away() -> None:
    meter = Meter(100).shows(100.01)
    meter.state = away(meter.state, 20 * SECOND)
    meter.shows(100.02)
    assert meter.increment is not None
    assert not meter.increment.estimated


def test_a_gap_in_which_a_fine_register_stood_still_hides_nothing() -> None:
    meter = Meter(100).shows(100.01)
    meter.state = across_gap(meter.state)
    meter.shows(100.01, 100.02)
    assert meter.increment is not None
    assert not meter.increment.estimated


def test_a_gap_in_which_a_coarse_register_stood_still_may_hide_half_a_step() -> None:
    meter = Meter(100).shows(100.1)
    meter.state = across_gap(meter.state)
    meter.shows(100.1, 100.2)
    assert meter.increment is not None
    assert meter.increment.estimated


def test_a_counter_that_is_known_to_begin_again_counts_from_zero() -> None:
    meter = Meter(5)
    meter.state = restarted(meter.state, meter.at_us)
    assert meter.shows(0.1).used_kwh == 0.1


def test_a_clock_that_is_set_moves_all_instants() -> None:
    meter = Meter(100).shows(100.03, 0)
    meter.state = away(meter.state, meter.at_us)
    moved = shifted(meter.state, 3_600 * SECOND)
    assert (moved.at_us, moved.changed_us) == (3_610 * SECOND, 3_610 * SECOND)
    assert moved.suspect is not None
    assert moved.suspect.at_us == 3_620 * SECOND
    assert moved.away_us == 3_620 * SECOND
    meter.shows(0, 0)
    again = shifted(meter.state, SECOND)
    assert [former.at_us for former in again.formers] == [former.at_us + SECOND for former in meter.state.formers]
    assert len(again.formers) == 1
    assert shifted(first_sample(1, 0), SECOND) == first_sample(1, SECOND)


@given(
    rises_kwh=st.lists(st.floats(0, 0.2), max_size=40),
    every_s=st.sampled_from((1.0, 10.0, 600.0)),
)
def test_a_sound_meter_is_believed_to_the_last_mwh(rises_kwh: list[float], every_s: float) -> None:
    rises_mwh = [round(rise * KWH) for rise in rises_kwh]
    meter = Meter(1_234.567)
    value_mwh = meter.state.value_mwh
    for rise_mwh in rises_mwh:
        value_mwh += rise_mwh
        meter.shows(value_mwh / KWH, every_s=every_s)
    assert meter.state.total_mwh - meter.start_mwh == sum(rises_mwh)
    assert meter.notes == []
    assert meter.state.step_mwh == gcd(*rises_mwh)


@given(values_kwh=st.lists(st.floats(-1, 20_000) | st.sampled_from((0, 100, 100.03)), max_size=40))
def test_whatever_a_meter_shows_its_total_never_falls_and_never_leaps(values_kwh: list[float]) -> None:
    meter = Meter(100)
    total_mwh = meter.state.total_mwh
    for value in values_kwh:
        meter.shows(value)
        assert meter.state.total_mwh >= total_mwh
        total_mwh = meter.state.total_mwh
    hours = len(values_kwh) * 10 / 3_600
    assert meter.used_kwh <= 13.2 * hours + 1.2 * (len(values_kwh) + 1)


@pytest.mark.parametrize(
    ("values", "used", "notes"),
    [
        pytest.param([107.5, 107.53], 7.03, [], id="a_rise_that_stays_is_what_was_used"),
        pytest.param([107.5, 100.54], 0.04, [SPIKE], id="a_spike_is_one_all_the_same"),
        pytest.param([100.51, 107.5, 107.53], 0.04, [JUMP], id="a_leap_after_a_sample_that_fits_is_one"),
        # A day at 11 kW and a fifth more, and 0.2 kWh, are 317 kWh.
        pytest.param([417.51, 417.54], 317.04, [], id="a_day_at_full_power_is_believed"),
        pytest.param([417.52, 417.55], 0.04, [JUMP], id="more_is_another_meter"),
        pytest.param([40.5, 40.53], 0.04, [JUMP], id="a_drop_is_no_more_believable"),
    ],
)
def test_where_nobody_knows_for_how_long_nobody_looked_a_rise_of_a_day_is_believed(
    values: list[float], used: float, notes: list[NoteKey]
) -> None:
    meter = Meter(100.5)
    meter.shows(100.5, 100.51)
    meter.state = across_gap(meter.state, unsure=True)
    meter.shows(*values)
    assert meter.used_kwh == pytest.approx(used, abs=1e-6)
    assert meter.notes == notes


@given(
    away_s=st.integers(60, 7_200),
    shown_s=st.integers(1, 7_200),
    stale_s=st.integers(0, 1_800),
    power_w=st.integers(100, CAR_W),
)
def test_value_that_is_stale_after_a_gap_loses_nothing_of_what_was_used(
    away_s: int, shown_s: int, stale_s: int, power_w: int
) -> None:
    def at_kwh(seconds: float) -> float:
        return 100.5 + round(power_w * seconds / 3.6) / KWH

    meter = Meter(100.5)
    meter.shows(*(at_kwh(seconds) for seconds in range(10, 310, 10)))
    meter.state = across_gap(meter.state)
    # What it shows first is of some instant while nobody looked, and so it is for a while.
    begun_s = 300 + min(shown_s, away_s)
    meter.shows(at_kwh(begun_s), every_s=away_s)
    meter.shows(*[at_kwh(begun_s)] * (stale_s // 10))
    now_s = 300 + away_s + stale_s // 10 * 10
    meter.shows(*(at_kwh(now_s + seconds) for seconds in (10, 20, 30)))
    assert meter.used_kwh == pytest.approx(at_kwh(now_s + 30) - 100.5, abs=1e-6)
    assert meter.notes == []
    assert meter.state.before is None


def test_another_meter_after_a_gap_is_one_although_a_stale_value_came_first() -> None:
    meter = Meter(100.5)
    meter.shows(100.51, 100.54)
    meter.state = across_gap(meter.state)
    meter.shows(101.0, every_s=600)
    assert meter.state.before is not None
    assert shifted(meter.state, SECOND).before == Sample(value_mwh=100_540_000, at_us=21 * SECOND)
    assert restarted(meter.state, meter.at_us).before is None
    assert other_meter(meter.state).before is None
    # 11 kW and a fifth more, for ten minutes, and 0.2 kWh, are 2.4 kWh.
    meter.shows(103.5, 103.53)
    assert meter.notes == [JUMP]
    assert meter.used_kwh == pytest.approx(0.53, abs=1e-6)
