"""Which session a transaction is part of, and what its end says of the session's."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ev_sessions.core.sessions.session import EndReason
from custom_components.ev_sessions.core.sessions.transaction import (
    SessionSpan,
    TimedBy,
    end_reason_of,
    least_trusted,
    session_of,
)

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MORNING = SessionSpan(session_id="morning", start=NOON - 60 * MINUTE, end=NOON)
LUNCH = SessionSpan(session_id="lunch", start=NOON + MINUTE, end=NOON + 30 * MINUTE)
NOW = SessionSpan(session_id="now", start=NOON + 40 * MINUTE)


@pytest.mark.parametrize(
    ("start", "end", "session"),
    [
        (-30, -10, "morning"),
        (2, 29, "lunch"),
        (-0.1, None, "lunch"),  # two clocks: it began a moment before the last car was seen to go
        (-50, None, "morning"),  # nobody told of its end
        (50, None, "now"),
        (50, 500, "now"),
        (-5, -5, "morning"),
        (39.99, 39.99, "now"),  # told in whole seconds: over in the second in which the car was seen
        (30.01, 30.02, "lunch"),
        (0.5, 0.99, "lunch"),
    ],
)
def test_transaction_is_part_of_the_session_it_shares_most_time_with(
    start: float, end: float | None, session: str
) -> None:
    until = None if end is None else NOON + end * MINUTE
    assert session_of(NOON + start * MINUTE, until, (MORNING, LUNCH, NOW)) == session


def test_transaction_without_a_session_near_is_nobodys() -> None:
    assert session_of(NOON, NOON + MINUTE, ()) is None
    assert session_of(NOON + 31 * MINUTE, NOON + 39 * MINUTE, (LUNCH, NOW)) is None
    assert session_of(NOON + 39.9 * MINUTE, NOON + 39.95 * MINUTE, (LUNCH, NOW)) is None


def test_stop_tells_of_the_end_only_what_it_knows() -> None:
    assert end_reason_of("PowerLoss") is EndReason.POWER_LOSS
    assert end_reason_of("DeAuthorized") is EndReason.DEAUTHORISED
    assert end_reason_of("Other") is None
    assert end_reason_of(None) is None


def test_what_several_clocks_timed_is_trusted_as_the_worst_of_them() -> None:
    assert least_trusted(TimedBy.STATION, TimedBy.GUESSED) is TimedBy.GUESSED
    assert least_trusted(TimedBy.ARRIVAL, None, TimedBy.CORRECTED) is TimedBy.ARRIVAL
    assert least_trusted(None, None) is None
