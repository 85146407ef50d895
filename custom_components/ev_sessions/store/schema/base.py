"""What all tables share: their naming, and the columns that many of them have."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Label, MetaData, String, Table

from ..columns import Instant

#: Named constraints, so that a later migration can name what it changes on every database.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def identity() -> Column[str]:
    """Return the primary key `id`: a ULID, or the id that Home Assistant gave."""
    return Column("id", String(40), primary_key=True)


def reference(name: str, target: str, *, required: bool = True, primary_key: bool = False) -> Column[str]:
    """Return a column that refers to the `id` of the table `target`."""
    return Column(name, String(40), ForeignKey(f"{target}.id"), nullable=not required, primary_key=primary_key)


def archived_at() -> Column[datetime]:
    """Return the instant since which a thing is out of use; its history stays."""
    return Column("archived_us", Instant, key="archived_at")


def fields(table: Table, *without: str) -> list[Label[Any]]:
    """Return the table's columns under the names that the code uses, for a select."""
    return [column.label(column.key) for column in table.c if column.key not in without]
