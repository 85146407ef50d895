"""The few rows without which nothing can be written: held in memory, and put back where damage took them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from .schema import METADATA, fields
from .upsert import upsert

_NAMES = frozenset(
    {
        "site",
        "charger",
        "charger_attributes",
        "evse",
        "tariff",
        "tariff_version",
        "vehicle",
        "vehicle_version",
        "payer",
        "payer_version",
    }
)

#: In an order in which each row comes after those that it refers to.
_TABLES = tuple(table for table in METADATA.sorted_tables if table.name in _NAMES)

type Essentials = Mapping[Table, Sequence[dict[str, Any]]]


def essentials(connection: Connection) -> Essentials:
    """Return all places, tariffs, vehicles and payers."""
    return {table: [dict(row) for row in connection.execute(select(*fields(table))).mappings()] for table in _TABLES}


def put_back(connection: Connection, known: Essentials) -> None:
    """Write the rows again that were known."""
    for table in _TABLES:
        upsert(connection, table, known.get(table, ()))
