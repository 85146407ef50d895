"""Sessions that come from elsewhere: all checked, none twice, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from ..core.sessions.session import Session, SessionStatus
from .audit import record
from .consumptions import fill_consumptions
from .costings import Costing, put_costings
from .errors import UnknownRecordError
from .owners import EvseOwner, owner_of
from .schema import charging_period, deleted_session, evse, session
from .stale import mark_stale
from .steps import PricedPeriod, new_session_row, period_row

_CHUNK = 500
_OWNED = (
    "vehicle_version_id",
    "vehicle_by",
    "payer_version_id",
    "payer_by",
    "id_token_id",
    "soc_start_percent",
    "soc_end_percent",
    "odometer_km",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSession:
    """One session to import: ended, with periods that sum to it exactly. `row` names it in the report.

    `owned` is whose it is, in columns of the ledger.
    """

    row: int
    evse_id: str
    session: Session
    periods: tuple[PricedPeriod, ...] = ()
    costing: Costing | None = None
    note: str | None = None
    owned: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A session that was not imported; `reason` is a word for translation."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or in a dry run would have done."""

    added: int
    duplicates: int
    rejected: tuple[Rejection, ...]
    added_ids: tuple[str, ...] = ()


def import_sessions(
    connection: Connection,
    given: Sequence[ImportedSession],
    *,
    who: str,
    at: datetime,
    origin: str = "import",
    dry_run: bool = False,
) -> ImportReport:
    """Write sessions that the ledger does not have yet; all in one transaction, or none.

    The same session is one with the same id, or of the same charger with the same start, end
    and energy.
    """
    owners: dict[str, EvseOwner | None] = {one.evse_id: None for one in given}
    for evse_id in owners:
        try:
            owners[evse_id] = owner_of(connection, evse_id)
        except UnknownRecordError:
            owners[evse_id] = None
    known = _Known(connection, given, owners)
    rejected: list[Rejection] = []
    fresh: list[tuple[EvseOwner, ImportedSession]] = []
    duplicates = 0
    for one in given:
        owner = owners[one.evse_id]
        reason = "unknown_charger" if owner is None else reason_against(one)
        if owner is None or reason is not None:
            rejected.append(Rejection(row=one.row, reason=reason or "unknown_charger"))
        elif known.has(owner, one.session):
            duplicates += 1
        elif known.is_deleted(one.session.id):
            rejected.append(Rejection(row=one.row, reason="deleted_before"))
        else:
            known.add(owner, one.session)
            fresh.append((owner, one))
    report = ImportReport(
        added=len(fresh),
        duplicates=duplicates,
        rejected=tuple(rejected),
        added_ids=tuple(one.session.id for _, one in fresh),
    )
    if fresh and not dry_run:
        _write(connection, fresh, origin, at)
        fill_consumptions(connection, report.added_ids)
        for site_id in sorted({owner.site_id for owner, _ in fresh}):
            ids = [one.session.id for owner, one in fresh if owner.site_id == site_id]
            record(
                connection,
                site_id=site_id,
                at=at,
                who=who,
                action="import",
                subject="site",
                subject_id=site_id,
                new={"origin": origin, "added": len(ids), "first": min(ids), "last": max(ids)},
            )
    return report


def reason_against(one: ImportedSession) -> str | None:  # noqa: PLR0911 - one return per rule
    """Return the word for the first rule that a session breaks, or None."""
    held = one.session
    if held.status is not SessionStatus.ENDED or held.end is None:
        return "not_ended"
    if held.end <= held.start:
        return "end_before_start"
    if held.energy_mwh < 0:
        return "negative_energy"
    parts = (held.waiting_ms, held.charging_ms, held.paused_ms, held.idle_ms)
    if min(parts) < 0 or sum(parts) != held.connected_ms:
        return "durations_do_not_sum"
    periods = [priced.period for priced in one.periods]
    if sum(period.energy_mwh for period in periods) != held.energy_mwh and (periods or held.energy_mwh):
        return "periods_do_not_sum"
    if [period.index for period in periods] != list(range(len(periods))) or held.period_count != len(periods):
        return "periods_not_in_order"
    edges = [held.start, *(edge for period in periods for edge in (period.start, period.end)), held.end]
    if edges != sorted(edges):
        return "periods_not_in_order"
    if any(priced.session_id != held.id for priced in one.periods):
        return "periods_of_another"
    return None


type _Natural = tuple[str, datetime, datetime | None, int]


class _Known:
    """Which of the given sessions the ledger has, asked for in few queries."""

    def __init__(
        self, connection: Connection, given: Sequence[ImportedSession], owners: dict[str, EvseOwner | None]
    ) -> None:
        self._ids: set[str] = set()
        self._deleted: set[str] = set()
        self._natural: set[_Natural] = set()
        chargers = {owner.charger_id for owner in owners.values() if owner is not None}
        columns = (evse.c.charger_id, session.c.start, session.c.end, session.c.energy_mwh)
        for place in range(0, len(given), _CHUNK):
            part = [one.session for one in given[place : place + _CHUNK]]
            ids = [one.id for one in part]
            self._ids.update(connection.scalars(select(session.c.id).where(session.c.id.in_(ids))))
            self._deleted.update(connection.scalars(select(deleted_session.c.id).where(deleted_session.c.id.in_(ids))))
            found = connection.execute(
                select(*columns)
                .join_from(session, evse)
                .where(session.c.start.in_([one.start for one in part]), evse.c.charger_id.in_(chargers))
            )
            self._natural.update((row[0], row[1], row[2], row[3]) for row in found)

    def has(self, owner: EvseOwner, one: Session) -> bool:
        return one.id in self._ids or self._key(owner, one) in self._natural

    def is_deleted(self, session_id: str) -> bool:
        return session_id in self._deleted

    def add(self, owner: EvseOwner, one: Session) -> None:
        self._ids.add(one.id)
        self._natural.add(self._key(owner, one))

    @staticmethod
    def _key(owner: EvseOwner, one: Session) -> _Natural:
        return (owner.charger_id, one.start, one.end, one.energy_mwh)


def _write(
    connection: Connection, fresh: Sequence[tuple[EvseOwner, ImportedSession]], origin: str, at: datetime
) -> None:
    for place in range(0, len(fresh), _CHUNK):
        part = fresh[place : place + _CHUNK]
        connection.execute(insert(session), [_session_row(owner, one, origin) for owner, one in part])
        periods = [period_row(owner, priced) for owner, one in part for priced in one.periods]
        if periods:
            connection.execute(insert(charging_period), periods)
        for owner, one in part:
            mark_stale(connection, owner.evse_id, one.session.start)
        costings = {one.session.id: (one.costing, owner.site_id) for owner, one in part if one.costing is not None}
        put_costings(
            connection,
            [cost for cost, _ in costings.values()],
            {session_id: site_id for session_id, (_, site_id) in costings.items()},
            at,
        )


def _session_row(owner: EvseOwner, one: ImportedSession, origin: str) -> dict[str, Any]:
    unpriced = sum(priced.period.energy_mwh for priced in one.periods if priced.cost_nano is None)
    return new_session_row(owner, one.session, origin=origin) | {
        "note": one.note,
        "unpriced_mwh": unpriced,
        "settled": True,
        # All rows of one statement have the same columns.
        **{name: one.owned.get(name) for name in _OWNED},
    }
