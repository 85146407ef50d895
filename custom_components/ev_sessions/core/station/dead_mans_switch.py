"""Whether a station falls back by itself: proved once, by letting a profile run out."""

from collections.abc import Sequence
from enum import StrEnum

from .capabilities import RateUnit
from .charging_profile import SchedulePeriod

#: A proof need not take as long as a limit holds.
PROOF_HOLD_S = 60
#: The station and the car have so long to follow, once the profile has run out.
PROOF_GRACE_S = 30
#: A draw or a limit this little above the fallback is the fallback.
_TOLERANCE_A = 1.0
#: A car that takes less than this part of the fallback has stopped for reasons of its own.
_TAKING_PART = 0.5


class Proof(StrEnum):
    """What is known of a station's fallback."""

    NONE = "none"  # not tried yet, or nothing could be told
    SCHEDULED = "scheduled"  # the station says so (GetCompositeSchedule)
    MEASURED = "measured"  # a car was seen to come down to it
    FAILED = "failed"  # it went on with the limit: it counts as having no fallback of its own

    @property
    def holds(self) -> bool:
        """Whether the station can be trusted to fall back."""
        return self in {Proof.SCHEDULED, Proof.MEASURED}


def worth_trying(*, limit_a: float, fallback_a: float, drawn_a: float | None) -> bool:
    """Tell whether a car takes so much more than the fallback that its coming down would be seen."""
    return drawn_a is not None and min(limit_a, drawn_a) > fallback_a + 2 * _TOLERANCE_A


def judge_draw(*, before_a: float, after_a: float | None, fallback_a: float) -> Proof:
    """Judge by what a car took before a profile ran out, and takes after it."""
    if after_a is None or before_a <= fallback_a + 2 * _TOLERANCE_A:
        return Proof.NONE
    if after_a > fallback_a + _TOLERANCE_A:
        return Proof.FAILED
    # It may have been full just then. Where the fallback is a pause, the pause is what was asked for.
    return Proof.MEASURED if after_a >= _TAKING_PART * fallback_a else Proof.NONE


def judge_schedule(limit_a: float | None, *, fallback_a: float) -> Proof:
    """Judge by the limit that the station says is in force after a profile ran out."""
    if limit_a is None:
        return Proof.NONE
    return Proof.SCHEDULED if limit_a <= fallback_a + _TOLERANCE_A else Proof.FAILED


def composite_limit_a(periods: Sequence[SchedulePeriod], unit: RateUnit, *, watts_per_a: float) -> float | None:
    """Return the limit that a composite schedule begins with, in A; None where it names none.

    Stations answer in W where A was asked, with no periods at all, or with -1 for "no limit".
    """
    if not periods or periods[0].start_s > 0 or periods[0].limit < 0:
        return None
    limit = periods[0].limit
    return limit if unit is RateUnit.AMPERE else limit / watts_per_a
