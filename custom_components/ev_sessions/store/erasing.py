"""Taking a session out of the ledger, with all that hangs on it."""

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection

from .schema import (
    charging_period,
    charging_transaction,
    correction,
    costing,
    costing_line,
    session,
    signed_record,
    trace_chunk,
)


def erase_session(connection: Connection, session_id: str) -> None:
    """Remove a session; the transactions that it was made of, and what was signed in them, stay and are nobody's."""
    of_costing = select(costing.c.id).where(costing.c.session_id == session_id)
    connection.execute(delete(costing_line).where(costing_line.c.costing_id.in_(of_costing)))
    for table in (costing, correction, charging_period, trace_chunk):
        connection.execute(delete(table).where(table.c.session_id == session_id))
    for table in (charging_transaction, signed_record):
        connection.execute(update(table).where(table.c.session_id == session_id).values(session_id=None))
    connection.execute(delete(session).where(session.c.id == session_id))
