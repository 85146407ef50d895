"""How large the ledger is, and of which version."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from .migrations import revision_of
from .schema import session


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFigures:
    """What tells how a ledger is. `size_bytes` is known of a SQLite file only."""

    sessions: int
    size_bytes: int | None
    schema_version: str | None


def figures(connection: Connection) -> LedgerFigures:
    """Count what there is."""
    size_bytes = None
    if connection.dialect.name == "sqlite":
        pages, page_bytes = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0) for name in ("page_count", "page_size")
        )
        size_bytes = pages * page_bytes
    return LedgerFigures(
        sessions=connection.scalar(select(func.count()).select_from(session)) or 0,
        size_bytes=size_bytes,
        schema_version=revision_of(connection),
    )
