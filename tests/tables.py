"""The ledger's tables: made by the migrations once, and by the statements that these left from then on.

Each test with a house begins with an empty ledger, and the migrations take longer than most of such tests.
"""

from typing import Final

from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from custom_components.ev_sessions.store.migrations import REVISIONS, bring_up_to_date

_STATEMENTS: Final[list[str]] = []


def made(connection: Connection) -> str:
    """Do as `bring_up_to_date` does."""
    if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
        return bring_up_to_date(connection)
    if not _STATEMENTS:
        revision = bring_up_to_date(connection)
        found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        _STATEMENTS.extend(found.scalars())
        return revision
    for statement in _STATEMENTS:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (REVISIONS[-1],))
    return REVISIONS[-1]
