"""What sessions cost, under which tariff, at which prices."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from ...core.costing.cost import CostRole
from ...core.sessions.session import PriceBasis
from ..columns import DecimalText, Instant, Json, Word
from .base import METADATA, identity, reference

costing = Table(
    "costing",
    METADATA,
    identity(),
    reference("session_id", "session"),
    Column("role", Word(CostRole), nullable=False),
    reference("tariff_version_id", "tariff_version", required=False),
    # The one that is shown and billed; the others are "what if" and history.
    Column("current", Boolean, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total_nano", BigInteger, nullable=False),
    Column("unpriced_mwh", BigInteger, nullable=False),
    Column("average_price", DecimalText),
    Column("costed_us", Instant, key="costed_at", nullable=False),
    UniqueConstraint("session_id", "role", "tariff_version_id", "currency"),
)

costing_line = Table(
    "costing_line",
    METADATA,
    reference("costing_id", "costing", primary_key=True),
    Column("line_index", Integer, primary_key=True, autoincrement=False),
    Column("period_index", Integer),
    Column("start_us", Instant, key="start", nullable=False),
    Column("end_us", Instant, key="end", nullable=False),
    Column("component", String(32), nullable=False),
    Column("quantity", DecimalText, nullable=False),
    Column("unit", String(16), nullable=False),
    Column("unit_price", DecimalText),
    Column("tax_percent", DecimalText),
    Column("amount_nano", BigInteger, nullable=False),
    Column("rule", Json),
    # A month's fees are summed from this.
    Index("ix_costing_line_start", "start", "costing_id", "amount_nano"),
)

correction = Table(
    "correction",
    METADATA,
    identity(),
    reference("session_id", "session"),
    Column("role", Word(CostRole), nullable=False),
    Column("at_us", Instant, key="at", nullable=False),
    Column("currency", String(3), nullable=False),
    Column("old_total_nano", BigInteger),
    Column("new_total_nano", BigInteger),
    Column("old_unpriced_mwh", BigInteger, nullable=False),
    Column("new_unpriced_mwh", BigInteger, nullable=False),
    Column("reason", String(255), nullable=False),
    Index("ix_correction_session", "session_id", "at"),
)

price_slot = Table(
    "price_slot",
    METADATA,
    reference("tariff_id", "tariff", primary_key=True),
    Column("start_us", Instant, key="start", primary_key=True, autoincrement=False),
    Column("basis", Word(PriceBasis), primary_key=True),
    # A sample (the state as it was seen) has no end; an interval of the source has one.
    Column("end_us", Instant, key="end"),
    # Null says that the source had no price from here on.
    Column("price_per_kwh", DecimalText),
    Column("currency", String(3), nullable=False),
    Column("seen_us", Instant, key="seen_at", nullable=False),
)

carbon_intensity = Table(
    "carbon_intensity",
    METADATA,
    reference("site_id", "site", primary_key=True),
    # Of a quarter hour.
    Column("start_us", Instant, key="start", primary_key=True, autoincrement=False),
    Column("grid_mg_per_kwh", Integer, nullable=False),
    # As it was chosen then.
    Column("solar_mg_per_kwh", Integer, nullable=False),
)

interval_mean = Table(
    "interval_mean",
    METADATA,
    reference("site_id", "site", primary_key=True),
    Column("start_us", Instant, key="start", primary_key=True, autoincrement=False),
    Column("length_s", Integer, primary_key=True, autoincrement=False),
    Column("grid_energy_mwh", BigInteger, nullable=False),
    Column("evse_energy_mwh", BigInteger),
    Column("coverage_ms", BigInteger, nullable=False),
)
