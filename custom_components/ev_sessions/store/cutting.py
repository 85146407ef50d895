"""Sessions that a person cuts, joins or adds, and puts back: always with a line in the audit trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from ..core.energy import split
from ..core.moment import us_of
from ..core.sessions.session_cut import Part, cut_at, joined
from ..core.sessions.session_edit import SessionBoundsError
from .audit import record
from .consumptions import fill_consumptions
from .costings import Costing, put_costings
from .erasing import erase_session
from .errors import RefusedEditError, UnknownRecordError
from .imports import ImportedSession, import_sessions
from .linking import link_nearby
from .listing import StoredSession, periods_of, sessions_of
from .owners import EvseOwner, owner_of
from .putting_back import keep_before, put_back
from .schema import CostRole, charging_period, charging_transaction, fields, session, signed_record, trace_chunk
from .stale import mark_session_stale
from .steps import PricedPeriod, new_session_row, put_periods
from .traces import append_trace, in_chunks, trace_of

#: What belongs to a person's session beside what its tracker tells.
_OWNED = (
    "vehicle_version_id",
    "vehicle_by",
    "payer_version_id",
    "payer_by",
    "id_token_id",
    "odometer_km",
    "consumption_kwh",
    "note",
    "codes",
)
#: What a vehicle showed at the end: of the second of two parts.
_AT_ITS_END = ("soc_end_percent", "odometer_end_km")


def split_session(
    connection: Connection, session_id: str, cut: datetime, *, new_id: str, who: str, at: datetime
) -> tuple[StoredSession, ...]:
    """Cut an ended session in two; return both, the one with the known id first."""
    stored = _editable(connection, session_id)
    periods = periods_of(connection, (session_id,))[session_id]
    samples = trace_of(connection, session_id)
    try:
        parts = cut_at(stored.session, [one.period for one in periods], samples, cut, new_id)
    except SessionBoundsError as error:
        raise RefusedEditError(error.reason) from error
    owner = owner_of(connection, stored.evse_id)
    keep_before(connection, (session_id,), made=(new_id,), site_id=stored.site_id, who=who, at=at)
    costs = _shared_costs(parts, {(session_id, one.period.index): one.cost_nano for one in periods})
    row = dict(connection.execute(select(*fields(session)).where(session.c.id == session_id)).mappings().one())
    owned = {name: row[name] for name in _OWNED}
    _insert(connection, owner, parts[1], {**owned, **{name: row[name] for name in _AT_ITS_END}})
    _rewrite(connection, owner, parts[0], costs[0])
    connection.execute(update(session).where(session.c.id == session_id).values(dict.fromkeys(_AT_ITS_END)))
    put_periods(connection, owner, costs[1])
    _cost(connection, stored, parts, costs, at)
    connection.execute(delete(trace_chunk).where(trace_chunk.c.session_id == session_id))
    for part, mine in zip(
        parts,
        ([one for one in samples if one.at <= cut], [one for one in samples if one.at > cut]),
        strict=True,
    ):
        for chunk in in_chunks(mine):
            append_trace(connection, part.session.id, chunk)
    link_nearby(connection, stored.evse_id, {session_id, new_id})
    _tell(
        connection,
        stored,
        "split",
        who,
        at,
        {"end": us_of(stored.session.end or cut)},
        {"at": us_of(cut), "made": new_id},
    )
    return sessions_of(connection, (session_id, new_id))


def merge_sessions(connection: Connection, session_ids: Sequence[str], *, who: str, at: datetime) -> StoredSession:
    """Join two ended sessions of one EVSE; the older one stays, with the time between them idle."""
    one, other = sorted((_editable(connection, key) for key in session_ids), key=lambda stored: stored.session.start)
    if one.evse_id != other.evse_id:
        raise RefusedEditError("other_charger")
    if one.session.end is not None and _lies_between(connection, one, other):
        raise RefusedEditError("session_between")
    ids = (one.session.id, other.session.id)
    found = periods_of(connection, ids)
    try:
        part = joined(
            one.session,
            [priced.period for priced in found[ids[0]]],
            other.session,
            [priced.period for priced in found[ids[1]]],
            ZoneInfo(one.time_zone),
        )
    except SessionBoundsError as error:
        raise RefusedEditError(error.reason) from error
    owner = owner_of(connection, one.evse_id)
    keep_before(connection, ids, site_id=one.site_id, who=who, at=at)
    known = {(key, priced.period.index): priced.cost_nano for key, some in found.items() for priced in some}
    (costs,) = _shared_costs((part,), known)
    mark_session_stale(connection, ids[1])
    samples = [*trace_of(connection, ids[0]), *trace_of(connection, ids[1])]
    for table in (charging_transaction, signed_record):
        connection.execute(update(table).where(table.c.session_id == ids[1]).values(session_id=ids[0]))
    at_its_end = select(*(session.c[name] for name in _AT_ITS_END)).where(session.c.id == ids[1])
    level = dict(zip(_AT_ITS_END, connection.execute(at_its_end).one(), strict=True))
    given = _given_to(one, other)
    erase_session(connection, ids[1])
    _rewrite(connection, owner, part, costs)
    connection.execute(update(session).where(session.c.id == ids[0]).values(**level, **given))
    _cost(connection, one, (part,), (costs,), at)
    connection.execute(delete(trace_chunk).where(trace_chunk.c.session_id == ids[0]))
    for chunk in in_chunks(samples):
        append_trace(connection, ids[0], chunk)
    _tell(connection, one, "merge", who, at, {"sessions": list(ids)}, {"end": us_of(part.session.end or at)})
    return sessions_of(connection, (ids[0],))[0]


def add_session(
    connection: Connection, given: ImportedSession, owned: Mapping[str, Any], *, who: str, at: datetime
) -> StoredSession:
    """Add a session by hand, with whose it is; one that is there already, or cannot be, is refused."""
    report = import_sessions(connection, [given], who=who, at=at, origin="manual")
    if report.duplicates:
        raise RefusedEditError("session_there")
    if report.rejected:
        raise RefusedEditError(report.rejected[0].reason)
    session_id = given.session.id
    connection.execute(update(session).where(session.c.id == session_id).values(**owned))
    fill_consumptions(connection, (session_id,))
    stored = sessions_of(connection, (session_id,))[0]
    keep_before(connection, (), made=(session_id,), site_id=stored.site_id, who=who, at=at)
    _tell(connection, stored, "add", who, at, None, {"energy_mwh": stored.session.energy_mwh})
    return stored


def undo_edit(
    connection: Connection, session_id: str, *, who: str, at: datetime
) -> tuple[str, tuple[StoredSession, ...]]:
    """Put back what a session was before its last change; return its site, and the sessions that are there now."""
    row = connection.execute(select(session.c.site_id, session.c.evse_id).where(session.c.id == session_id)).first()
    if row is None:
        raise UnknownRecordError(f"session {session_id}")
    there, affected = put_back(connection, session_id)
    for one in affected:
        record(
            connection,
            site_id=row.site_id,
            at=at,
            who=who,
            action="undo",
            subject="session",
            subject_id=one,
            new={"sessions": list(there)},
        )
    return row.site_id, sessions_of(connection, there)


def _given_to(one: StoredSession, other: StoredSession) -> dict[str, Any]:
    """Return the codes of both sessions, and what their vouchers are worth together."""
    vouchers = [stored.voucher for stored in (one, other) if stored.voucher is not None]
    return {
        "codes": tuple(dict.fromkeys((*one.codes, *other.codes))),
        "voucher": sum(vouchers, Decimal(0)) if vouchers else None,
    }


def _editable(connection: Connection, session_id: str) -> StoredSession:
    found = sessions_of(connection, (session_id,))
    if not found:
        raise UnknownRecordError(f"session {session_id}")
    if found[0].session.end is None:
        raise RefusedEditError("session_open")
    if not found[0].session.settled:
        # A late register sample can still add to it, by the times that the tracker knows.
        raise RefusedEditError("session_not_settled")
    return found[0]


def _lies_between(connection: Connection, one: StoredSession, other: StoredSession) -> bool:
    query = select(session.c.id).where(
        session.c.evse_id == one.evse_id,
        session.c.id.not_in((one.session.id, other.session.id)),
        or_(
            and_(session.c.start >= one.session.start, session.c.start < (other.session.end or other.session.start)),
            and_(session.c.end > one.session.start, session.c.start < one.session.start),
        ),
    )
    return connection.scalar(query.limit(1)) is not None


def _shared_costs(parts: Sequence[Part], known: Mapping[tuple[str, int], int | None]) -> tuple[list[PricedPeriod], ...]:
    """Return the periods of parts with their costs; those of one origin share what it cost by their energy."""
    weights: dict[tuple[str, int], list[int]] = {}
    for part in parts:
        for period, origin in zip(part.periods, part.origins, strict=True):
            if origin is not None:
                weights.setdefault(origin, []).append(period.energy_mwh)
    shares: dict[tuple[str, int], list[int | None]] = {}
    for origin, some in weights.items():
        cost = known[origin]
        if cost is None:
            shares[origin] = [None] * len(some)
        else:
            shares[origin] = list(split(cost, some if any(some) else [1] * len(some)))
    return tuple(
        [
            PricedPeriod(
                session_id=part.session.id,
                period=period,
                # No energy costs nothing, whatever the price.
                cost_nano=0 if origin is None else shares[origin].pop(0),
            )
            for period, origin in zip(part.periods, part.origins, strict=True)
        ]
        for part in parts
    )


def _insert(connection: Connection, owner: EvseOwner, part: Part, owned: Mapping[str, Any]) -> None:
    row = new_session_row(owner, part.session, origin="split")
    connection.execute(insert(session).values({**row, **owned, "times_edited": True, "edited": True}))


def _rewrite(connection: Connection, owner: EvseOwner, part: Part, costs: list[PricedPeriod]) -> None:
    """Let a session be what a part is; what its tracker still says of it is no longer taken."""
    session_id = part.session.id
    mark_session_stale(connection, session_id)
    known = {name: getattr(part.session, name) for name in part.session.__dataclass_fields__ if name != "id"}
    connection.execute(
        update(session).where(session.c.id == session_id).values(**known, times_edited=True, edited=True)
    )
    connection.execute(delete(charging_period).where(charging_period.c.session_id == session_id))
    put_periods(connection, owner, costs)
    mark_session_stale(connection, session_id)


def _cost(
    connection: Connection,
    stored: StoredSession,
    parts: Sequence[Part],
    costs: Sequence[list[PricedPeriod]],
    at: datetime,
) -> None:
    """Let each part cost the house what its periods do; what comes beside them is reckoned anew by who asked."""
    house = next((one for one in stored.costings if one.role is CostRole.HOUSE), None)
    if house is None:
        return
    for part, some in zip(parts, costs, strict=True):
        unpriced = sum(one.period.energy_mwh for one in some if one.cost_nano is None)
        put_costings(
            connection,
            [
                Costing(
                    session_id=part.session.id,
                    role=CostRole.HOUSE,
                    tariff_version_id=house.tariff_version_id,
                    final=False,
                    currency=house.currency,
                    total_nano=sum(one.cost_nano or 0 for one in some),
                    unpriced_mwh=unpriced,
                    average_price=house.average_price,
                    costed_at=at,
                    lines=(),
                )
            ],
            {part.session.id: stored.site_id},
            at,
        )


def _tell(
    connection: Connection, stored: StoredSession, action: str, who: str, at: datetime, old: Any, new: Any
) -> None:
    record(
        connection,
        site_id=stored.site_id,
        at=at,
        who=who,
        action=action,
        subject="session",
        subject_id=stored.session.id,
        old=old,
        new=new,
    )
