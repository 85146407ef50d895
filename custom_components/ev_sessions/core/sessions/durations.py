"""Connected time in its four parts, which sum to it exactly.

Waiting is before the first charging; paused is between charging phases, and whenever
the EVSE suspends; idle is after the last charging, not suspended by the EVSE. Whether
time after a charge was idle or a pause is known when the next charge begins.
"""

from dataclasses import replace

from ..reading import Activity
from .session import Session


def lasted(session: Session, activity: Activity, ms: int) -> Session:
    """Return the session after it went on for `ms` with an activity."""
    connected_ms = session.connected_ms + ms
    if activity is Activity.CHARGING:
        return replace(
            session,
            connected_ms=connected_ms,
            charging_ms=session.charging_ms + ms,
            paused_ms=session.paused_ms + session.idle_ms,
            idle_ms=0,
        )
    if activity is Activity.SUSPENDED_EVSE:
        return replace(session, connected_ms=connected_ms, paused_ms=session.paused_ms + ms)
    if session.charging_ms == 0:
        return replace(session, connected_ms=connected_ms, waiting_ms=session.waiting_ms + ms)
    return replace(session, connected_ms=connected_ms, idle_ms=session.idle_ms + ms)
