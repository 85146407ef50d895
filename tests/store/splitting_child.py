"""Processes in which a car charges, and another card begins another session every few readings, until they are killed.

Reads lines `<seconds since noon> <folder>` and answers each with a child of its own. The child's lines: `child <pid>`,
then `done <mWh>` once a reading is kept; `gone` follows its death. Each begins where the ledger stops.
"""

from datetime import timedelta
import os
from pathlib import Path
import sys
from zoneinfo import ZoneInfo

from ulid_transform import ulid_at_time

from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import Activity, EvseReading
from custom_components.ev_sessions.core.sessions.attribution import FoundBy
from custom_components.ev_sessions.core.sessions.session import EndReason
from custom_components.ev_sessions.core.sessions.tracking.step import Step
from custom_components.ev_sessions.core.sessions.tracking.tracker import (
    Tracker,
    TrackerContext,
    advance,
    begin,
    resume,
    split,
)
from custom_components.ev_sessions.store import Ledger, PricedPeriod, SessionOwner, StepRecord
from tests.store.builders import NOON, add_charger, add_site, opened
from tests.store.writing_child import say

CONTEXT = TrackerContext(
    zone=ZoneInfo("Europe/Berlin"), max_power_kw=22.0, new_id=lambda at: ulid_at_time(at.timestamp())
)
FIRST_MWH = 1_000_000_000
#: At 18 kW, in ten seconds.
STEP_MWH = 50_000


def charge(folder: Path, after_s: int) -> None:
    """Charge from an instant on; the register goes on where a clock would have brought it."""
    ledger = opened(folder)
    add_site(ledger)
    evse_id = add_charger(ledger)
    now = Now(utc=NOON + timedelta(seconds=after_s), monotonic_s=1_000.0 + after_s)
    known = ledger.snapshots().result(60).get(evse_id)
    tracker, step = begin(now), Step()
    if known is not None:
        tracker, step = resume(Tracker.from_json(known.state), now, CONTEXT)
    keep(ledger, evse_id, tracker, step, now)
    for number in range(1, 100_000):
        now = now.later(10)
        register_mwh = FIRST_MWH + STEP_MWH * (after_s // 10 + number)
        reading = EvseReading(
            at=now.utc,
            activity=Activity.CHARGING,
            power_w=18_000.0,
            register_mwh=register_mwh,
            register_at=now.utc,
        )
        tracker, step = advance(tracker, reading, now, CONTEXT)
        keep(ledger, evse_id, tracker, step, now)
        say(f"done {register_mwh}")
        if number % 3 == 0:
            tracker, step = split(tracker, now, CONTEXT, EndReason.TOKEN_CHANGED, final=True)
            keep(ledger, evse_id, tracker, step, now, card=f"CARD{number}")


def keep(ledger: Ledger, evse_id: str, tracker: Tracker, step: Step, now: Now, card: str | None = None) -> None:
    """Commit a step, with whose the session is that begins with it."""
    owners: tuple[SessionOwner, ...] = ()
    if card is not None and tracker.current is not None:
        owner = SessionOwner(session_id=tracker.current.id, token=IdToken(value=card), payer_by=FoundBy.TOKEN)
        owners = (owner,)
    record = StepRecord(
        evse_id=evse_id,
        at=now.utc,
        sessions=step.sessions,
        periods=tuple(PricedPeriod(session_id=key, period=period) for key, period in step.periods),
        events=step.events,
        snapshot=tracker.to_json(),
        owners=owners,
    )
    ledger.commit_step(record).result(60)


def main() -> None:
    """Bring up one child after the other."""
    for line in sys.stdin:
        after_s, folder = line.rstrip("\n").split(" ", 1)
        if (pid := os.fork()) == 0:
            say(f"child {os.getpid()}")
            charge(Path(folder), int(after_s))
        os.waitpid(pid, 0)
        say("gone")


if __name__ == "__main__":
    main()
