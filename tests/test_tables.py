"""What tests with a house find in their ledger."""

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

from custom_components.ev_sessions.store.migrations import bring_up_to_date

from .tables import made


def whole(connection: Connection) -> list[tuple[object, ...]]:
    tables = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    found = [tuple(row) for row in connection.execute(text(tables))]
    for name in [row[1] for row in found if row[0] == "table"]:
        found += [(name, *row) for row in connection.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608
    return found


def test_tables_that_are_made_again_are_those_of_the_migrations() -> None:
    with (
        create_engine("sqlite://").begin() as migrated,
        create_engine("sqlite://").begin() as first,
        create_engine("sqlite://").begin() as second,
    ):
        bring_up_to_date(migrated)
        assert made(first) == made(second)
        assert whole(first) == whole(migrated)
        assert whole(second) == whole(migrated)
