"""Transactions of the chargers, under the ids that the wire knows, and the sessions that they are part of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import secrets
from typing import Any, Final

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.engine import Connection, RowMapping
from ulid_transform import ulid_now

from ..core.id_token import LONGEST_VALUE, IdToken
from ..core.sessions.transaction import TimedBy, Transaction
from .errors import LedgerError
from .linking import link_transactions
from .owners import owner_of
from .schema import charging_transaction, evse, fields, session, signed_record
from .tokens import see_token

#: OCPP 1.6 has a signed 32-bit integer, and some stations take 0 and less for "none".
_MOST_ID: Final = 2**31 - 1
_LONGEST_WORD: Final = 64
#: A station that got no answer to a start gives up after this at the latest.
_SENT_AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionStart:
    """What a station (OCPP 1.6) asks an id for.

    `told_at` is its own instant, as it stands in the message: by that a start which is sent
    again is known, whatever became of its clock.
    """

    evse_id: str
    start: datetime
    told_at: datetime | None = None
    meter_start_mwh: int | None = None
    token: IdToken | None = None
    timed_by: TimedBy = TimedBy.STATION


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionChange:
    """What became known of a transaction; None leaves what was known before.

    `heard_at` stands for its start where nobody knows of that, nor of its end.
    """

    evse_id: str
    station_transaction_id: str
    start: datetime | None = None
    end: datetime | None = None
    heard_at: datetime | None = None
    meter_start_mwh: int | None = None
    meter_end_mwh: int | None = None
    timed_by: TimedBy | None = None
    stop_reason: str | None = None
    token: IdToken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTransaction:
    """A transaction as the ledger has it."""

    id: str
    session_id: str | None
    evse_id: str
    evse_number: int
    transaction: Transaction


def start_transaction(connection: Connection, start: TransactionStart) -> int:
    """Return the id of a transaction that begins: random, unused in the ledger, the same when asked again.

    Random, so that ids which were given after a backup was made do not come again once it is restored.
    """
    again = connection.scalar(_same_start(start))
    if again is not None:
        return int(again)
    station_id = _unused_id(connection)
    change = TransactionChange(
        evse_id=start.evse_id,
        station_transaction_id=str(station_id),
        start=start.start,
        meter_start_mwh=start.meter_start_mwh,
        timed_by=start.timed_by,
        token=start.token,
    )
    _insert(connection, change, told_at=start.told_at or start.start)
    return station_id


def _same_start(start: TransactionStart) -> Select[tuple[str]]:
    one = charging_transaction.c
    value, kind = _token_columns(start.token)
    query = (
        select(one.station_transaction_id)
        .where(one.evse_id == start.evse_id)
        .where(one.meter_start_mwh.is_not_distinct_from(start.meter_start_mwh))
        .where(one.token_value.is_not_distinct_from(value), one.token_type.is_not_distinct_from(kind))
        .order_by(one.start.desc())
        .limit(1)
    )
    if start.timed_by is not TimedBy.ARRIVAL:
        return query.where(one.told_at == (start.told_at or start.start))
    # A clock that stands still tells the same of each start, and one that tells nothing cannot tell them apart: it is
    # sent again only while it goes on.
    query = query.where(one.end.is_(None), one.start >= start.start - _SENT_AGAIN)
    if start.told_at is None:
        return query.where(one.timed_by == TimedBy.ARRIVAL)
    return query.where(one.told_at == start.told_at)


def _unused_id(connection: Connection) -> int:
    one = charging_transaction.c
    for _ in range(100):
        station_id = secrets.randbelow(_MOST_ID) + 1
        used = select(one.id).where(one.station_transaction_id == str(station_id)).limit(1)
        if connection.scalar(used) is None:
            return station_id
    raise LedgerError("no id was found for a transaction")  # pragma: no cover - with 2³¹ of them


def put_transaction(connection: Connection, change: TransactionChange) -> StoredTransaction:
    """Write what became known of a transaction; one that was never heard of is begun with it.

    A station that counts its ids anew uses one again: what begins after the end of its
    namesake is another transaction.
    """
    known = transaction(connection, change.station_transaction_id, owner_of(connection, change.evse_id).charger_id)
    first = change.start or change.end
    if known is not None and known.transaction.end is not None and first is not None and first > known.transaction.end:
        known = None
    if known is None:
        return _insert(connection, change)
    values = _known_columns(change)
    if values:
        connection.execute(update(charging_transaction).where(charging_transaction.c.id == known.id).values(values))
        if change.token is not None:
            see_token(connection, owner_of(connection, change.evse_id).site_id, change.token)
        link_transactions(connection, (known.id,))
    return _by_id(connection, known.id)


def retract_transaction(connection: Connection, evse_id: str, station_transaction_id: str) -> None:
    """Forget a transaction that late news shows to be none.

    One whose id we gave stays, for its station goes on using that; so does one with signed values: evidence.
    """
    known = transaction(connection, station_transaction_id, owner_of(connection, evse_id).charger_id)
    if known is None:
        return
    one = charging_transaction.c
    signs = select(signed_record.c.id).where(signed_record.c.transaction_id == known.id).exists()
    gone = delete(charging_transaction).where(one.id == known.id, one.told_at.is_(None), ~signs)
    connection.execute(gone)


def _known_columns(change: TransactionChange) -> dict[str, Any]:
    value, kind = _token_columns(change.token)
    values = {
        "evse_id": change.evse_id,
        "start": change.start,
        "end": change.end,
        "meter_start_mwh": change.meter_start_mwh,
        "meter_end_mwh": change.meter_end_mwh,
        "timed_by": change.timed_by,
        "stop_reason": change.stop_reason and change.stop_reason[:_LONGEST_WORD],
        "token_value": value,
        "token_type": kind,
    }
    return {name: known for name, known in values.items() if known is not None}


def _insert(connection: Connection, change: TransactionChange, *, told_at: datetime | None = None) -> StoredTransaction:
    first = change.start or change.end or change.heard_at
    if first is None:
        raise LedgerError("a transaction has to have begun, ended, or been heard of")
    row = {
        "id": ulid_now(),
        "station_transaction_id": change.station_transaction_id[:_LONGEST_WORD],
        "told_at": told_at,
        "timed_by": TimedBy.STATION,
        **_known_columns(change),
        "start": first,
    }
    connection.execute(insert(charging_transaction).values(row))
    if change.token is not None:
        see_token(connection, owner_of(connection, change.evse_id).site_id, change.token)
    link_transactions(connection, (row["id"],))
    return _by_id(connection, row["id"])


def _token_columns(token: IdToken | None) -> tuple[str | None, str | None]:
    if token is None or token.names_nobody:
        return None, None
    return token.value[:LONGEST_VALUE], token.type[:32]


# What there is


def transaction(connection: Connection, station_transaction_id: str, charger_id: str) -> StoredTransaction | None:
    """Return the newest transaction of a charger that goes by an id on the wire."""
    one = charging_transaction.c
    query = (
        _transactions()
        .where(one.station_transaction_id == station_transaction_id[:_LONGEST_WORD], evse.c.charger_id == charger_id)
        .order_by(one.start.desc(), one.id.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else _stored(row)


def open_transactions(connection: Connection, charger_id: str) -> tuple[StoredTransaction, ...]:
    """Return the transactions of a charger that have no end, oldest first: the newest of each EVSE may go on."""
    one = charging_transaction.c
    query = _transactions().where(evse.c.charger_id == charger_id, one.end.is_(None)).order_by(one.start, one.id)
    return tuple(_stored(row) for row in connection.execute(query).mappings())


def running_tokens(connection: Connection, site_id: str, *, but_evse_id: str) -> tuple[IdToken, ...]:
    """Return the tokens that charge at a site right now, but for one EVSE."""
    one = charging_transaction.c
    query = (
        select(one.token_value, one.token_type)
        .join_from(charging_transaction, session)
        .where(session.c.site_id == site_id, session.c.end.is_(None), one.end.is_(None))
        .where(one.token_value.is_not(None), one.evse_id != but_evse_id)
    )
    return tuple(IdToken(value=row.token_value, type=row.token_type or "") for row in connection.execute(query))


def transactions_of(connection: Connection, session_ids: tuple[str, ...]) -> dict[str, tuple[StoredTransaction, ...]]:
    """Return the transactions of sessions, in their order; sessions without one are left out."""
    one = charging_transaction.c
    query = _transactions().where(one.session_id.in_(session_ids)).order_by(one.session_id, one.start, one.id)
    found: dict[str, list[StoredTransaction]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["session_id"], []).append(_stored(row))
    return {session_id: tuple(some) for session_id, some in found.items()}


def _transactions() -> Select[Any]:
    return select(*fields(charging_transaction), evse.c.number.label("evse_number")).join_from(
        charging_transaction, evse
    )


def _by_id(connection: Connection, transaction_id: str) -> StoredTransaction:
    query = _transactions().where(charging_transaction.c.id == transaction_id)
    return _stored(connection.execute(query).mappings().one())


def _stored(row: RowMapping) -> StoredTransaction:
    token = None if row["token_value"] is None else IdToken(value=row["token_value"], type=row["token_type"] or "")
    names = ("station_transaction_id", "start", "end", "meter_start_mwh", "meter_end_mwh", "timed_by", "stop_reason")
    return StoredTransaction(
        id=row["id"],
        session_id=row["session_id"],
        evse_id=row["evse_id"],
        evse_number=row["evse_number"],
        transaction=Transaction(token=token, **{name: row[name] for name in names}),
    )
