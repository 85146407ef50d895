"""What one step of a tracker leaves behind, written in one transaction."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, BindParameter, bindparam, func, insert, select, type_coerce, union_all, update
from sqlalchemy.engine import Connection

from ..core.sessions.session import ChargingPeriod, Session, SessionEvent
from ..core.sessions.trace import TraceSample
from ..core.sessions.tracking.step import Redating
from .audit import record
from .costings import Costing, count_unpriced, put_costings
from .gifts import SessionGift, put_gifts
from .linking import link_nearby, told_end_reason
from .owners import EvseOwner, owner_of
from .retelling import Retelling, known_already, take_back
from .schema import (
    charging_period,
    deleted_session,
    evse_snapshot,
    register_checkpoint,
    session,
    session_event,
)
from .session_owners import SessionOwner, put_owners
from .stale import mark_session_stale, mark_stale
from .traces import append_trace, shift_trace
from .upsert import upsert

#: A charger that flaps must not fill the disk: so many events of one session are kept.
EVENT_LIMIT = 1_000

#: Who speaks in the tracker's notes; they are not kept for ever, because a broken meter can make many.
TRACKER = "tracker"

#: What the tracker knows of a session: the columns that a step writes.
_TRACKED = (
    "status",
    "end_reason",
    "start",
    "end",
    "register_start_mwh",
    "register_end_mwh",
    "energy_mwh",
    "solar_mwh",
    "estimated_mwh",
    "connected_ms",
    "charging_ms",
    "waiting_ms",
    "paused_ms",
    "idle_ms",
    "peak_power_w",
    "settled",
    "period_count",
)


#: Statements that each step runs are made once: that takes longer than to run them.
TRACK: Final = (
    update(session)
    .where(session.c.id == bindparam("of_session"))
    .values({name: bindparam(f"new_{name}") for name in _TRACKED})
)
_IDS: Final[BindParameter[str]] = bindparam("ids", expanding=True)
_CLOSED: Final = union_all(
    select(session.c.id).where(session.c.id.in_(_IDS), session.c.times_edited.is_(True)),
    select(deleted_session.c.id).where(deleted_session.c.id.in_(_IDS)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedPeriod:
    """A charging period of a session with what its energy costs the house.

    `cost_nano` is in 10⁻⁹ of the major unit, None while no price is known: unpriced.
    """

    session_id: str
    period: ChargingPeriod
    cost_nano: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The register as the source showed it at an instant, and its cleaned, cumulative value."""

    at: datetime
    register_mwh: int
    cleaned_mwh: int
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """All that a step of one EVSE's tracker changes; sessions and periods are whole current values.

    `redated` moves periods that the ledger has, before those of the step are written.
    `notes` are remarks for the audit trail, `{"action": …, "session_id": …, …}`, JSON values.
    `traces` are chunks of samples by session; one that starts as one before replaces it.
    `retelling` is what earlier steps told and is not so, taken back before all else.
    `before_gap` is the tracker's state before its source went away, while it is away.
    `owners` tell whose sessions are, those of the step among them; `gifts` what they were given.
    """

    evse_id: str
    at: datetime
    sessions: tuple[Session, ...] = ()
    periods: tuple[PricedPeriod, ...] = ()
    events: tuple[SessionEvent, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    redated: tuple[Redating, ...] = ()
    snapshot: str | None = None
    before_gap: str | None = None
    costings: tuple[Costing, ...] = ()
    notes: tuple[Mapping[str, Any], ...] = ()
    traces: tuple[tuple[str, tuple[TraceSample, ...]], ...] = ()
    retelling: Retelling | None = None
    owners: tuple[SessionOwner, ...] = ()
    gifts: tuple[SessionGift, ...] = ()


def commit_step(connection: Connection, step: StepRecord) -> tuple[str, ...]:
    """Write a step; return the ids of sessions that were not taken.

    Not taken are sessions that a person deleted, or whose times a person edited: what the
    tracker still says of them is told to the audit trail instead.
    """
    owner = owner_of(connection, step.evse_id)
    refused = _closed_to_tracker(connection, named_in(step))
    moved_ids = _put_sessions(connection, owner, step, refused)
    for moved in step.redated:
        if moved.session_id not in refused:
            _redate(connection, moved)
    put_periods(connection, owner, [one for one in step.periods if one.session_id not in refused])
    costings = [one for one in step.costings if one.session_id not in refused]
    put_costings(connection, costings, {one.session_id: owner.site_id for one in costings}, step.at)
    _put_traces(connection, step, refused)
    past = set() if step.retelling is None else {*step.retelling.past}
    _put_events(connection, step, unheard=refused & past)
    upsert(connection, register_checkpoint, checkpoint_rows(step))
    upsert(connection, evse_snapshot, snapshot_rows(step))
    put_owners(connection, [one for one in step.owners if one.session_id not in refused])
    put_gifts(connection, [one for one in step.gifts if one.session_id not in refused])
    if moved_ids:
        link_nearby(connection, step.evse_id, moved_ids)
    _put_notes(connection, owner, step, refused)
    return tuple(sorted(refused))


def checkpoint_rows(step: StepRecord) -> list[dict[str, Any]]:
    """Return the rows of what the register showed."""
    return [
        {
            "evse_id": step.evse_id,
            "at": one.at,
            "register_mwh": one.register_mwh,
            "cleaned_mwh": one.cleaned_mwh,
            "note": one.note,
        }
        for one in step.checkpoints
    ]


def snapshot_rows(step: StepRecord) -> list[dict[str, Any]]:
    """Return the row of the tracker's state, where the step has one."""
    if step.snapshot is None:
        return []
    return [{"evse_id": step.evse_id, "at": step.at, "state": step.snapshot, "before_gap": step.before_gap}]


def named_in(step: StepRecord) -> set[str]:
    """Return the sessions that a step says anything of."""
    named = {one.id for one in step.sessions} | {one.session_id for one in step.periods}
    named |= {one.session_id for one in step.redated} | {session_id for session_id, _ in step.traces}
    return named if step.retelling is None else named | step.retelling.session_ids


def _put_sessions(connection: Connection, owner: EvseOwner, step: StepRecord, refused: set[str]) -> set[str]:
    """Write the sessions; return those whose place in time is new, where their transactions have to be found."""
    taken = [one for one in step.sessions if one.id not in refused]
    if step.retelling is not None:
        told = {one.id: one for one in taken}
        take_back(connection, owner, step.retelling, told, refused, step.at)
        refused |= known_already(connection, owner.evse_id, step.retelling, told)
        taken = [one for one in taken if one.id not in refused]
    new = {one.id for one in taken if _put_session(connection, owner, one)}
    return new if step.retelling is None else {one.id for one in taken}


def _closed_to_tracker(connection: Connection, ids: set[str]) -> set[str]:
    if not ids:
        return set()
    return {*connection.scalars(_CLOSED, {"ids": sorted(ids)})}


def _put_session(connection: Connection, owner: EvseOwner, tracked: Session) -> bool:
    """Write a session; return whether it is new."""
    values = tracked_values(tracked)
    values["new_end_reason"] = told_end_reason(connection, tracked.id, tracked.end_reason)
    done = connection.execute(TRACK, values)
    if not done.rowcount:
        connection.execute(insert(session).values(**new_session_row(owner, tracked, origin="tracker")))
    return not done.rowcount


def tracked_values(tracked: Session) -> dict[str, Any]:
    """Return what `TRACK` needs to write a session that the ledger has."""
    return {"of_session": tracked.id, **{f"new_{name}": getattr(tracked, name) for name in _TRACKED}}


def new_session_row(owner: EvseOwner, tracked: Session, *, origin: str) -> dict[str, Any]:
    """Return the row of a session that the ledger does not have yet."""
    return {
        "id": tracked.id,
        "site_id": owner.site_id,
        "evse_id": owner.evse_id,
        "time_zone": owner.time_zone,
        "unpriced_mwh": 0,
        "origin": origin,
        "times_edited": False,
        "edited": False,
        **{name: getattr(tracked, name) for name in _TRACKED},
    }


def _redate(connection: Connection, moved: Redating) -> None:
    shift_us = moved.shift_ms * 1_000
    shift_trace(connection, moved.session_id, timedelta(milliseconds=moved.shift_ms))
    period = charging_period.c
    mark_session_stale(connection, moved.session_id)
    connection.execute(
        update(charging_period)
        .where(period.session_id == moved.session_id, period.period_index < moved.before_index)
        .values(
            start=type_coerce(period.start, BigInteger) + shift_us, end=type_coerce(period.end, BigInteger) + shift_us
        )
    )
    # Moved back, it begins earlier than before.
    mark_session_stale(connection, moved.session_id)


def put_periods(connection: Connection, owner: EvseOwner, periods: list[PricedPeriod]) -> None:
    """Insert or update periods by session and index; their sessions' unpriced energy follows."""
    upsert(connection, charging_period, [period_row(owner, one) for one in periods])
    if periods:
        mark_stale(connection, owner.evse_id, min(one.period.start for one in periods))
    count_unpriced(connection, {one.session_id for one in periods})


def period_row(owner: EvseOwner, priced: PricedPeriod) -> dict[str, Any]:
    """Return the row of a charging period."""
    period = priced.period
    return {
        "session_id": priced.session_id,
        "period_index": period.index,
        "evse_id": owner.evse_id,
        "start": period.start,
        "end": period.end,
        "duration_ms": period.duration_ms,
        "activity": period.activity,
        "suspended_by": period.suspended_by,
        "energy_mwh": period.energy_mwh,
        "solar_mwh": period.solar_mwh,
        "estimated_mwh": period.estimated_mwh,
        "quality": period.quality,
        "mean_power_w": period.mean_power_w,
        "least_power_w": period.least_power_w,
        "greatest_power_w": period.greatest_power_w,
        "price_per_kwh": period.price_per_kwh,
        "price_basis": period.price_basis,
        "currency": owner.currency,
        "cost_nano": priced.cost_nano,
    }


def _put_traces(connection: Connection, step: StepRecord, refused: set[str]) -> None:
    written = {one.id for one in step.sessions} - refused
    named = {session_id for session_id, _ in step.traces} - refused - written
    # A trace alone must not keep a step from being written, whatever became of its session.
    known = set(connection.scalars(select(session.c.id).where(session.c.id.in_(named)))) if named else set()
    known |= written
    for session_id, samples in step.traces:
        if session_id in known:
            append_trace(connection, session_id, samples)


def _put_events(connection: Connection, step: StepRecord, *, unheard: set[str]) -> None:
    events = [one for one in step.events if one.session_id not in unheard]
    if not events:
        return
    ids = {one.session_id for one in events}
    counts = Counter(
        dict(
            connection.execute(
                select(session_event.c.session_id, func.count())
                .where(session_event.c.session_id.in_(ids))
                .group_by(session_event.c.session_id)
            )
            .tuples()
            .all()
        )
    )
    rows = []
    for one in events:
        counts[one.session_id] += 1
        if one.session_id is None or counts[one.session_id] <= EVENT_LIMIT:
            rows.append(
                {
                    "evse_id": step.evse_id,
                    "at": one.at,
                    "type": one.type,
                    "session_id": one.session_id,
                    "reason": one.reason,
                }
            )
    upsert(connection, session_event, rows)


def _put_notes(connection: Connection, owner: EvseOwner, step: StepRecord, refused: set[str]) -> None:
    for note in step.notes:
        subject_id = note.get("session_id")
        record(
            connection,
            site_id=owner.site_id,
            at=step.at,
            who=TRACKER,
            action=str(note.get("action", "note")),
            subject="evse" if subject_id is None else "session",
            subject_id=subject_id or step.evse_id,
            new={key: value for key, value in note.items() if key not in {"action", "session_id"}},
        )
    for tracked in step.sessions:
        if tracked.id in refused:
            record(
                connection,
                site_id=owner.site_id,
                at=step.at,
                who="system",
                action="not_taken",
                subject="session",
                subject_id=tracked.id,
                new={"energy_mwh": tracked.energy_mwh, "status": tracked.status.value},
            )
