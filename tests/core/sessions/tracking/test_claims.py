"""Two cars one after the other, and a register that tells late: whose is what it tells."""

from custom_components.ev_sessions.core.sessions.tracking.claims import claimants
from custom_components.ev_sessions.core.sessions.tracking.piece import UJ_PER_MWH, Piece
from custom_components.ev_sessions.core.sessions.tracking.register import Increment, RegisterState

SECOND_US = 1_000_000
STEP_MWH = 1_000


def drew(session_id: str | None, start_s: int, end_s: int, *, pending_mwh: int, known: bool = True) -> Piece:
    ms = (end_s - start_s) * 1000
    return Piece(
        start_us=start_s * SECOND_US,
        end_us=end_s * SECOND_US,
        session_id=session_id,
        elapsed_ms=ms,
        covered_ms=ms if known else 0,
        pending_uj=pending_mwh * UJ_PER_MWH,
    )


def register(*, step_mwh: int = STEP_MWH, pace_s: int = 0) -> RegisterState:
    return RegisterState(value_mwh=0, at_us=0, changed_us=0, total_mwh=0, step_mwh=step_mwh, pace_us=pace_s * SECOND_US)


def claim(
    first: Piece, second: Piece, source: RegisterState | None, *, seen_s: int, energy_mwh: int = 5_000
) -> tuple[int, int]:
    """Return the weights that are left of two pieces for what was used since `seen_s`."""
    increment = Increment(start_us=seen_s * SECOND_US, end_us=300 * SECOND_US, energy_mwh=energy_mwh)
    one, other = claimants((first, second), increment, source, lambda piece: piece.pending_uj > 0)
    return one.pending_uj // UJ_PER_MWH, other.pending_uj // UJ_PER_MWH


def test_car_that_left_before_the_register_was_seen_last_owes_nothing() -> None:
    gone, here = drew("a", 0, 100, pending_mwh=400), drew("b", 110, 300, pending_mwh=5_000)
    assert claim(gone, here, register(), seen_s=100) == (0, 5_000)


def test_a_whole_step_that_it_owes_still_counts() -> None:
    gone, here = drew("a", 0, 100, pending_mwh=STEP_MWH), drew("b", 110, 300, pending_mwh=5_000)
    assert claim(gone, here, register(), seen_s=100) == (STEP_MWH, 5_000)
    almost = drew("a", 0, 100, pending_mwh=STEP_MWH - 1)
    assert claim(almost, here, register(), seen_s=100) == (0, 5_000)


def test_what_nobody_measured_may_still_be_owed() -> None:
    gone, here = drew("a", 0, 100, pending_mwh=400, known=False), drew("b", 110, 300, pending_mwh=5_000)
    assert claim(gone, here, register(), seen_s=100) == (400, 5_000)


def test_slow_register_is_given_twice_its_pace() -> None:
    gone, here = drew("a", 0, 100, pending_mwh=3_000), drew("b", 110, 300, pending_mwh=5_000)
    assert claim(gone, here, register(pace_s=60), seen_s=190) == (3_000, 5_000)
    assert claim(gone, here, register(pace_s=60), seen_s=220) == (0, 5_000)
    assert claim(gone, here, register(pace_s=0), seen_s=220) == (3_000, 5_000)  # nobody knows its pace


def test_coarse_register_tells_of_both_whenever_it_does() -> None:
    gone, here = drew("a", 0, 100, pending_mwh=400), drew("b", 110, 300, pending_mwh=5_000)
    assert claim(gone, here, register(step_mwh=1_000_000), seen_s=100) == (400, 5_000)
    assert claim(gone, here, None, seen_s=100) == (400, 5_000)


def test_register_that_stood_still_takes_nothing_from_anybody() -> None:
    gone, here = drew("a", 0, 100, pending_mwh=400), drew("b", 110, 300, pending_mwh=5_000)
    assert claim(gone, here, register(), seen_s=100, energy_mwh=0) == (400, 5_000)


def test_without_another_car_that_draws_it_is_the_first_ones() -> None:
    gone, idle = drew("a", 0, 100, pending_mwh=400), drew("b", 110, 300, pending_mwh=0)
    assert claim(gone, idle, register(), seen_s=100) == (400, 0)
    nobody = drew(None, 110, 300, pending_mwh=5_000)
    assert claim(gone, nobody, register(), seen_s=100) == (400, 5_000)


def test_car_that_was_still_there_when_the_register_was_seen_has_its_share() -> None:
    one, other = drew("a", 0, 101, pending_mwh=400), drew("b", 110, 300, pending_mwh=5_000)
    assert claim(one, other, register(), seen_s=100) == (400, 5_000)


def test_what_a_car_drew_last_says_how_long_ago_that_was() -> None:
    before, gone = drew("a", 0, 50, pending_mwh=3_000), drew("a", 50, 100, pending_mwh=3_000)
    here = drew("b", 110, 300, pending_mwh=5_000)
    increment = Increment(start_us=190 * SECOND_US, end_us=300 * SECOND_US, energy_mwh=5_000)
    span = (before, gone, here)
    assert claimants(span, increment, register(pace_s=60), lambda piece: piece.pending_uj > 0) == span


def test_who_owes_nothing_loses_no_energy() -> None:
    gone, here = drew("a", 0, 100, pending_mwh=400), drew("b", 110, 300, pending_mwh=5_000)
    increment = Increment(start_us=100 * SECOND_US, end_us=300 * SECOND_US, energy_mwh=5_000)
    told, _ = claimants((gone, here), increment, register(), lambda piece: piece.pending_uj > 0)
    assert (told.energy_mwh, told.quality) == (gone.energy_mwh, gone.quality)
