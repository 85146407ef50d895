"""Meter values that a charger's meter has signed, kept as they came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from .schema import charging_transaction, fields, signed_record

#: Longer is no signed meter value (OCPP 2.1: 32,768 characters).
LONGEST_DATA: Final = 65_536
#: A station that signs every sample must not fill the disk: so many of one transaction are kept.
MOST_RECORDS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRecord:
    """What a meter signed, byte for byte.

    `format` is the encoding as the station names it (OCMF, EDL, …), `verified` is None
    where nobody has looked yet.
    """

    at: datetime
    format: str
    data: bytes
    public_key: str | None = None
    verified: bool | None = None


def put_signed_record(connection: Connection, transaction_id: str, signed: SignedRecord) -> bool:
    """Keep what was signed in a transaction, by its id in the ledger; return whether it is kept.

    What is there already is there once; what is longer, or more, than any meter signs is not kept.
    """
    one = signed_record.c
    of_transaction = one.transaction_id == transaction_id
    if connection.scalar(select(one.id).where(of_transaction, one.data == signed.data).limit(1)) is not None:
        return True
    count = connection.scalar(select(func.count()).where(of_transaction)) or 0
    if len(signed.data) > LONGEST_DATA or count >= MOST_RECORDS:
        return False
    session_id = connection.scalar(
        select(charging_transaction.c.session_id).where(charging_transaction.c.id == transaction_id)
    )
    connection.execute(
        insert(signed_record).values(
            id=ulid_now(),
            transaction_id=transaction_id,
            session_id=session_id,
            at=signed.at,
            format=signed.format[:32],
            public_key=signed.public_key,
            data=signed.data,
            verified=signed.verified,
        )
    )
    return True


def signed_records_of(connection: Connection, session_id: str) -> tuple[SignedRecord, ...]:
    """Return what was signed in a session, in its order."""
    query = select(*fields(signed_record, "id", "session_id", "transaction_id"))
    query = query.where(signed_record.c.session_id == session_id).order_by(signed_record.c.at, signed_record.c.id)
    return tuple(SignedRecord(**row) for row in connection.execute(query).mappings())


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What can be said of all that was signed in a session, without its bytes."""

    format: str
    public_key: str | None
    records: int
    verified: bool | None  # None: not all were looked at


def signatures_of(connection: Connection, session_ids: tuple[str, ...]) -> dict[str, Signature]:
    """Return what was signed in sessions; those without any are left out."""
    one = signed_record.c
    query = (
        select(one.session_id, one.format, one.public_key, one.verified)
        .where(one.session_id.in_(session_ids))
        .order_by(one.session_id, one.at, one.id)
    )
    found: dict[str, Signature] = {}
    for session_id, kind, public_key, verified in connection.execute(query).tuples():
        before = found.get(session_id or "")
        found[session_id or ""] = Signature(
            format=kind,
            # The key may come once, with any of them (OCPP 2.x).
            public_key=public_key or (None if before is None else before.public_key),
            records=1 if before is None else before.records + 1,
            verified=verified if before is None else _worse(before.verified, verified),
        )
    return found


def _worse(*verified: bool | None) -> bool | None:
    """Return what holds for all: one that is false speaks for them, then one that nobody has looked at."""
    return next((worst for worst in (False, None) if worst in verified), True)
