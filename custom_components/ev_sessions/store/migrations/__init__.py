"""The ledger's schema, step by step; `bring_up_to_date` runs what a database has not seen yet."""

from pathlib import Path
import threading
from typing import Final

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from ..errors import LedgerTooNewError, NotALedgerError

#: All revisions, oldest first. What is not among them comes from a newer version of ours.
REVISIONS: Final = ("0001",)

# Alembic hands its connection to a migration through the module's globals.
_ONE_AT_A_TIME = threading.Lock()


def revision_of(connection: Connection) -> str | None:
    """Return the database's revision, None where it is empty; others' databases are refused."""
    names = inspect(connection).get_table_names()
    if not names:
        return None
    if "alembic_version" not in names:
        raise NotALedgerError(f"the database holds other tables: {', '.join(sorted(names)[:5])}")
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is not None and found not in REVISIONS:
        raise LedgerTooNewError(f"the ledger has revision {found}, this version knows {REVISIONS[-1]}")
    return found


def bring_up_to_date(connection: Connection) -> str:
    """Run the missing migrations in the connection's transaction; return the revision then."""
    if revision_of(connection) != REVISIONS[-1]:
        # Imported only when there is something to do: it takes longer than all else of a start.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
        config.set_main_option("path_separator", "newline")
        config.attributes["connection"] = connection
        with _ONE_AT_A_TIME:
            command.upgrade(config, "head")
    return REVISIONS[-1]
