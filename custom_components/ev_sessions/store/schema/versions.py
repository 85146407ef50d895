"""Things whose meaning changes over time: tariffs, vehicles, payers, circuits, and their versions.

A config subentry holds what is wanted now; a version is what held from an instant on, and is
never changed, because sessions and costings refer to it.
"""

from sqlalchemy import Column, ForeignKey, Index, String, Table, UniqueConstraint

from ...core.id_token import TokenState
from ..columns import Instant, Json, Word
from .base import METADATA, archived_at, identity, reference


def _thing(name: str) -> Table:
    return Table(
        name,
        METADATA,
        identity(),
        reference("site_id", "site"),
        Column("subentry_id", String(40), nullable=False, unique=True),
        archived_at(),
    )


def _version(name: str) -> Table:
    return Table(
        f"{name}_version",
        METADATA,
        identity(),
        reference(f"{name}_id", name),
        Column("valid_from_us", Instant, key="valid_from", nullable=False),
        Column("name", String(255), nullable=False),
        Column("time_zone", String(64), nullable=False),
        Column("currency", String(3)),
        Column("data", Json, nullable=False),
        UniqueConstraint(f"{name}_id", "valid_from"),
    )


tariff, tariff_version = _thing("tariff"), _version("tariff")
vehicle, vehicle_version = _thing("vehicle"), _version("vehicle")
payer, payer_version = _thing("payer"), _version("payer")
circuit, circuit_version = _thing("circuit"), _version("circuit")

id_token = Table(
    "id_token",
    METADATA,
    identity(),
    reference("site_id", "site"),
    Column("type", String(32), nullable=False),
    Column("value", String(255), nullable=False),
    Column("state", Word(TokenState), nullable=False),
    Column("expires_us", Instant, key="expires_at"),
    Column("group_name", String(255)),
    Column("vehicle_id", String(40), ForeignKey("vehicle.id")),
    Column("payer_id", String(40), ForeignKey("payer.id")),
    UniqueConstraint("site_id", "type", "value"),
    Index(None, "vehicle_id"),
    Index(None, "payer_id"),
)
