"""Who can have used an increment: two sessions share it only where both could draw in it."""

from collections.abc import Callable

from .piece import UJ_PER_MWH, Piece, weighed
from .register import Increment, RegisterState


def claimants(
    span: tuple[Piece, ...], increment: Increment, source: RegisterState | None, draws: Callable[[Piece], bool]
) -> tuple[Piece, ...]:
    """Return the pieces of a span, without the weights of those that cannot have used an increment.

    A register of fine steps has told all about a session that ended before it was seen
    last, but for what a slow source owes. Where another car draws since, only such a debt
    still counts.
    """
    if source is None or source.coarse or increment.energy_mwh == 0:
        return span
    since = {piece.session_id for piece in span if piece.end_us > increment.start_us and draws(piece)} - {None}
    if not since:
        return span
    told = {
        piece.session_id
        for piece in span
        if piece.end_us <= increment.start_us
        and piece.session_id not in since
        and _is_told(piece.session_id, span, increment, source)
    }
    return tuple(weighed(piece, 0, piece.quality) if piece.session_id in told else piece for piece in span)


def _is_told(session_id: str | None, span: tuple[Piece, ...], increment: Increment, source: RegisterState) -> bool:
    """Tell whether the register had shown all that a session used: but for part of a step, or long ago."""
    pieces = [piece for piece in span if piece.session_id == session_id]
    if increment.start_us - max(piece.end_us for piece in pieces) >= 2 * source.pace_us > 0:
        return True
    known = all(piece.covered_ms == piece.elapsed_ms for piece in pieces)
    return known and sum(piece.pending_uj for piece in pieces) < source.step_mwh * UJ_PER_MWH
