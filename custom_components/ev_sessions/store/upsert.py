"""Insert or update in one statement: the one place where the databases speak differently."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import Insert


def upsert(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *, keep: frozenset[str] = frozenset()
) -> None:
    """Insert the rows; where the primary key exists, update all columns that they name but `keep`.

    All rows name the same columns (by the table's column keys).
    """
    if not rows:
        return
    keys = {column.key for column in table.primary_key}
    changing = tuple(name for name in rows[0] if name not in keys and name not in keep)
    connection.execute(_statement(connection.dialect.name, table, changing), list(rows))


@lru_cache(maxsize=64)
def _statement(dialect: str, table: Table, changing: tuple[str, ...]) -> Insert:
    # Making one takes longer than running it: each column of the table is copied for `excluded`.
    if dialect in {"mysql", "mariadb"}:
        theirs = mysql.insert(table)
        # An update of a key to itself is "do nothing" here.
        names = changing or [next(iter(table.primary_key)).key]
        return theirs.on_duplicate_key_update({name: theirs.inserted[name] for name in names})
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    primary_key = list(table.primary_key)
    if not changing:
        return statement.on_conflict_do_nothing(index_elements=primary_key)
    return statement.on_conflict_do_update(
        index_elements=primary_key, set_={table.c[name]: statement.excluded[name] for name in changing}
    )
