"""Where charging happens: sites, chargers, EVSEs, circuits, and what is known of them at a time.

A charger row never changes and is never removed: sessions refer to its EVSEs for ever. Name,
transport, serial and the config subentry that speaks for it are dated attributes.
"""

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from ..columns import Instant, Json
from .base import METADATA, archived_at, identity, reference

site = Table(
    "site",
    METADATA,
    identity(),
    Column("name", String(255), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    archived_at(),
)

charger = Table(
    "charger",
    METADATA,
    identity(),
    reference("site_id", "site"),
    Column("created_us", Instant, key="created_at", nullable=False),
    archived_at(),
)

charger_attributes = Table(
    "charger_attributes",
    METADATA,
    reference("charger_id", "charger", primary_key=True),
    Column("valid_from_us", Instant, key="valid_from", primary_key=True, autoincrement=False),
    Column("subentry_id", String(40), nullable=False, index=True),
    Column("name", String(255), nullable=False),
    Column("transport", String(32), nullable=False),
    Column("identity", String(255), index=True),
    Column("serial", String(128)),
    Column("details", Json, nullable=False),
)

evse = Table(
    "evse",
    METADATA,
    identity(),
    reference("charger_id", "charger"),
    Column("number", Integer, nullable=False),
    UniqueConstraint("charger_id", "number"),
)

evse_snapshot = Table(
    "evse_snapshot",
    METADATA,
    reference("evse_id", "evse", primary_key=True),
    Column("at_us", Instant, key="at", nullable=False),
    Column("state", Text, nullable=False),
    # As it was before the source went away, while it is away: what it records meanwhile is told from there.
    Column("before_gap", Text),
)

station_setting = Table(
    "station_setting",
    METADATA,
    reference("charger_id", "charger", primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("before", Text),
    Column("after", Text),
    Column("changed_us", Instant, key="changed_at", nullable=False),
)

local_list = Table(
    "local_list",
    METADATA,
    reference("charger_id", "charger", primary_key=True),
    Column("version", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("changed_us", Instant, key="changed_at", nullable=False),
)

outgoing = Table(
    "outgoing",
    METADATA,
    identity(),
    reference("charger_id", "charger"),
    Column("target", String(64), nullable=False),
    Column("created_us", Instant, key="created_at", nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt_us", Instant, key="next_attempt_at"),
    Column("body", Text, nullable=False),
)

learned_load = Table(
    "learned_load",
    METADATA,
    reference("evse_id", "evse", primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", Json, nullable=False),
    Column("learned_us", Instant, key="learned_at", nullable=False),
)
