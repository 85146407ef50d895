"""The steps of many EVSEs that are written at the same time, in the same statements.

Most steps of a house tell how a session goes on that the ledger has: of fifty such, each statement is run
once and not fifty times. What begins, ends, moves or corrects anything is written by itself.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from ..core.sessions.session import SessionStatus
from .costings import count_unpriced, put_costings
from .owners import owners_of
from .schema import charging_period, evse_snapshot, register_checkpoint, session
from .stale import mark_evses_stale
from .steps import (
    TRACK,
    StepRecord,
    checkpoint_rows,
    commit_step,
    named_in,
    period_row,
    snapshot_rows,
    tracked_values,
)
from .traces import append_traces
from .upsert import upsert

#: The sessions that the ledger has and that the tracker may still write. One that was deleted it does not have.
_OPEN_TO_TRACKER: Final = select(session.c.id).where(
    session.c.id.in_(bindparam("ids", expanding=True)), session.c.times_edited.is_(False)
)


def commit_steps(connection: Connection, asked: Sequence[tuple[StepRecord]]) -> list[tuple[str, ...]]:
    """Write steps, each as `commit_step` does; return the ids of the sessions of each that were not taken."""
    steps = [step for (step,) in asked]
    going_on = [step for step in steps if _tells_how_it_goes_on(step)]
    named = {session_id for step in going_on for session_id in named_in(step)}
    known = set(connection.scalars(_OPEN_TO_TRACKER, {"ids": sorted(named)})) if named else set()
    places: dict[str, list[int]] = {}
    for place, step in enumerate(steps):
        places.setdefault(step.evse_id, []).append(place)
    # What one EVSE tells in several steps is written in their order.
    together = [step for step in going_on if len(places[step.evse_id]) == 1 and named_in(step) <= known]
    if together:
        _commit_together(connection, together)
    written = {step.evse_id for step in together}
    return [() if step.evse_id in written else commit_step(connection, step) for step in steps]


def _tells_how_it_goes_on(step: StepRecord) -> bool:
    """Tell whether a step has nothing but figures of sessions that are open."""
    if step.events or step.redated or step.notes or step.retelling is not None or step.owners:
        return False
    return all(one.status is not SessionStatus.ENDED and one.end_reason is None for one in step.sessions)


def _commit_together(connection: Connection, steps: Sequence[StepRecord]) -> None:
    """Write steps of as many EVSEs, of whose sessions each may be written."""
    owners = owners_of(connection, [step.evse_id for step in steps])
    if tracked := [tracked_values(one) for step in steps for one in step.sessions]:
        connection.execute(TRACK, tracked)
    periods = [(step.evse_id, one) for step in steps for one in step.periods]
    upsert(connection, charging_period, [period_row(owners[evse_id], one) for evse_id, one in periods])
    first = {step.evse_id: min(one.period.start for one in step.periods) for step in steps if step.periods}
    mark_evses_stale(connection, first)
    count_unpriced(connection, {one.session_id for _, one in periods})
    costings = [one for step in steps for one in step.costings]
    sites = {one.session_id: owners[step.evse_id].site_id for step in steps for one in step.costings}
    put_costings(connection, costings, sites, max(step.at for step in steps))
    append_traces(connection, [chunk for step in steps for chunk in step.traces])
    upsert(connection, register_checkpoint, [row for step in steps for row in checkpoint_rows(step)])
    upsert(connection, evse_snapshot, [row for step in steps for row in snapshot_rows(step)])
