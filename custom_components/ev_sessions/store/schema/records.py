"""Who did what and when, and what people set at run time."""

from sqlalchemy import Column, Index, String, Table

from ..columns import Instant, Json
from .base import METADATA, identity, reference

audit = Table(
    "audit",
    METADATA,
    identity(),
    reference("site_id", "site", required=False),
    Column("at_us", Instant, key="at", nullable=False),
    Column("who", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(32), nullable=False),
    Column("subject_id", String(40), nullable=False),
    Column("old", Json),
    Column("new", Json),
    Index("ix_audit_subject", "subject", "subject_id", "at"),
    Index("ix_audit_at", "at"),
)

runtime_setting = Table(
    "runtime_setting",
    METADATA,
    # A site's, a charger's or an EVSE's id.
    Column("owner_id", String(40), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", Json, nullable=False),
    Column("changed_us", Instant, key="changed_at", nullable=False),
)

ledger_state = Table(
    "ledger_state",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("value", Json, nullable=False),
)
