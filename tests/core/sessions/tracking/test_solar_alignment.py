"""Two sources that tell of one instant at different times: which powers may still be meant."""

from custom_components.ev_sessions.core.sessions.tracking.solar import (
    UNALIGNED,
    Alignment,
    Held,
    grid_uj,
    moved,
    read,
    seen,
)

S = 1_000_000
KW = 1_000_000


def test_the_pace_of_a_charger_is_its_longest_wait_of_late_and_no_stop() -> None:
    alignment = read(UNALIGNED, 10 * S)
    assert (alignment.read_us, alignment.pace_us) == (10 * S, 0)
    alignment = read(alignment, 40 * S)
    assert (alignment.read_us, alignment.pace_us, alignment.lag_us) == (40 * S, 30 * S, 45 * S)
    alignment = read(alignment, 42 * S)
    assert alignment.pace_us == 15 * S
    alignment = read(alignment, 9_000 * S)
    assert (alignment.pace_us, alignment.lag_us) == (120 * S, 120 * S)


def test_a_clock_that_is_set_moves_all_that_is_held() -> None:
    alignment = Alignment(
        power_mw=7 * KW,
        grid_mw=2 * KW,
        least=(Held(power_mw=KW, until_us=100 * S),),
        greatest=(Held(power_mw=5 * KW, until_us=110 * S),),
        read_us=120 * S,
        pace_us=10 * S,
    )
    assert moved(alignment, 50 * S) == Alignment(
        power_mw=7 * KW,
        grid_mw=2 * KW,
        least=(Held(power_mw=KW, until_us=150 * S),),
        greatest=(Held(power_mw=5 * KW, until_us=160 * S),),
        read_us=170 * S,
        pace_us=10 * S,
    )
    assert moved(UNALIGNED, 50 * S) == UNALIGNED


def test_lower_powers_of_the_car_and_higher_ones_of_the_grid_are_held_and_no_others() -> None:
    alignment = UNALIGNED
    for at_s, power_kw, grid_kw in ((0, 1, 9), (10, 3, 6), (20, 5, 4), (30, 4, 5), (40, 4, 5)):
        alignment = seen(alignment, at_s * S, power_kw * KW, grid_kw * KW)
    assert alignment.least == (Held(power_mw=KW, until_us=10 * S), Held(power_mw=3 * KW, until_us=20 * S))
    assert alignment.greatest == (Held(power_mw=9 * KW, until_us=10 * S), Held(power_mw=6 * KW, until_us=20 * S))
    alignment = seen(alignment, 135 * S, 6 * KW, 3 * KW)
    # What was so two minutes ago is nobody's now.
    assert alignment.least == (Held(power_mw=3 * KW, until_us=20 * S), Held(power_mw=4 * KW, until_us=135 * S))
    assert alignment.greatest == (Held(power_mw=6 * KW, until_us=20 * S), Held(power_mw=5 * KW, until_us=135 * S))
    alignment = seen(alignment, 200 * S, 2 * KW, 7 * KW)
    assert (alignment.least, alignment.greatest) == ((), ())


def test_a_power_that_is_no_lower_than_the_one_before_takes_its_place() -> None:
    alignment = UNALIGNED
    for at_s, power_kw, grid_kw in ((0, 4, 2), (10, 6, 1), (20, 4, 2), (30, 6, 1)):
        alignment = seen(alignment, at_s * S, power_kw * KW, grid_kw * KW)
    assert alignment.least == (Held(power_mw=4 * KW, until_us=30 * S),)
    assert alignment.greatest == (Held(power_mw=2 * KW, until_us=30 * S),)


def test_the_sun_counts_for_a_car_that_just_began_once_the_meter_must_have_seen_it() -> None:
    alignment = seen(UNALIGNED, 0, 0, -4 * KW)
    alignment = seen(alignment, 100 * S, 3 * KW, -4 * KW)
    # For 15 s the meter may tell of the time before; from then on all is the roof's.
    assert grid_uj(alignment, 100 * S, 110 * S) == 3 * KW * 10_000
    assert grid_uj(alignment, 100 * S, 130 * S) == 3 * KW * 15_000
    assert grid_uj(alignment, 115 * S, 130 * S) == 0


def test_what_the_grid_gave_a_moment_ago_still_counts() -> None:
    alignment = seen(UNALIGNED, 0, 3 * KW, 2 * KW)
    alignment = seen(alignment, 100 * S, 3 * KW, -KW)
    assert grid_uj(alignment, 100 * S, 120 * S) == 2 * KW * 15_000
