"""Sessions, their charging periods, and what they were made from."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from ...core.reading import Activity, SuspendedBy
from ...core.sessions.attribution import FoundBy
from ...core.sessions.session import EndReason, PriceBasis, Quality, SessionEventType, SessionStatus
from ...core.sessions.transaction import TimedBy
from ..columns import DecimalText, Instant, Texts, Thousandths, Word
from .base import METADATA, identity, reference

session = Table(
    "session",
    METADATA,
    identity(),
    reference("site_id", "site"),
    reference("evse_id", "evse"),
    Column("status", Word(SessionStatus), nullable=False),
    Column("end_reason", Word(EndReason)),
    Column("start_us", Instant, key="start", nullable=False),
    Column("end_us", Instant, key="end"),
    Column("time_zone", String(64), nullable=False),
    Column("register_start_mwh", BigInteger),
    Column("register_end_mwh", BigInteger),
    Column("energy_mwh", BigInteger, nullable=False),
    Column("solar_mwh", BigInteger),
    Column("estimated_mwh", BigInteger, nullable=False),
    Column("unpriced_mwh", BigInteger, nullable=False),
    Column("connected_ms", BigInteger, nullable=False),
    Column("charging_ms", BigInteger, nullable=False),
    Column("waiting_ms", BigInteger, nullable=False),
    Column("paused_ms", BigInteger, nullable=False),
    Column("idle_ms", BigInteger, nullable=False),
    Column("peak_power_mw", Thousandths, key="peak_power_w"),
    Column("settled", Boolean, nullable=False),
    Column("period_count", Integer, nullable=False),
    reference("vehicle_version_id", "vehicle_version", required=False),
    reference("payer_version_id", "payer_version", required=False),
    reference("id_token_id", "id_token", required=False),
    Column("vehicle_by", Word(FoundBy)),
    Column("payer_by", Word(FoundBy)),
    Column("soc_start_thousandths", Thousandths, key="soc_start_percent"),
    Column("soc_end_thousandths", Thousandths, key="soc_end_percent"),
    Column("odometer_m", Thousandths, key="odometer_km"),
    Column("odometer_end_m", Thousandths, key="odometer_end_km"),
    # Per 100 km, since the charge before.
    Column("consumption_wh", Thousandths, key="consumption_kwh"),
    Column("note", Text),
    # By them it may earn discounts; the voucher is an amount of its currency, taxes inside.
    Column("codes", Texts),
    Column("voucher", DecimalText),
    Column("origin", String(32), nullable=False),
    # A person moved its start or end: what the tracker still says of it is no longer taken.
    Column("times_edited", Boolean, nullable=False),
    Column("edited", Boolean, nullable=False),
    Index("ix_session_status", "status"),
    # Lists and counts are answered from these alone: every column that the usual filters ask for.
    Index("ix_session_list", "start", "id", "end", "energy_mwh", "status", "evse_id"),
    Index("ix_session_evse", "evse_id", "start", "id", "end", "energy_mwh", "status"),
    Index("ix_session_unpriced", "unpriced_mwh", "start"),
    Index("ix_session_vehicle", "vehicle_version_id", "start"),
    Index("ix_session_payer", "payer_version_id", "start"),
    Index("ix_session_id_token", "id_token_id", "start"),
)

charging_period = Table(
    "charging_period",
    METADATA,
    reference("session_id", "session", primary_key=True),
    Column("period_index", Integer, primary_key=True, autoincrement=False),
    reference("evse_id", "evse"),
    Column("start_us", Instant, key="start", nullable=False),
    Column("end_us", Instant, key="end", nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("activity", Word(Activity), nullable=False),
    Column("suspended_by", Word(SuspendedBy)),
    Column("energy_mwh", BigInteger, nullable=False),
    Column("solar_mwh", BigInteger),
    Column("estimated_mwh", BigInteger, nullable=False),
    Column("quality", Word(Quality), nullable=False),
    Column("mean_power_mw", Thousandths, key="mean_power_w"),
    Column("least_power_mw", Thousandths, key="least_power_w"),
    Column("greatest_power_mw", Thousandths, key="greatest_power_w"),
    Column("mean_current_ma", Thousandths, key="mean_current_a"),
    Column("least_current_ma", Thousandths, key="least_current_a"),
    Column("greatest_current_ma", Thousandths, key="greatest_current_a"),
    Column("price_per_kwh", DecimalText),
    Column("price_basis", Word(PriceBasis), nullable=False),
    Column("currency", String(3), nullable=False),
    # What the energy costs the house; null is unpriced, never free.
    Column("cost_nano", BigInteger),
    # A month's totals are summed from this alone.
    Index(
        "ix_charging_period_totals",
        "start",
        "evse_id",
        "currency",
        "energy_mwh",
        "solar_mwh",
        "estimated_mwh",
        "cost_nano",
    ),
)

session_event = Table(
    "session_event",
    METADATA,
    # Natural, so that a step which is committed twice tells of each event once.
    reference("evse_id", "evse", primary_key=True),
    Column("at_us", Instant, key="at", primary_key=True, autoincrement=False),
    Column("type", Word(SessionEventType), primary_key=True),
    # Not a foreign key: the event stays when the session is deleted.
    Column("session_id", String(40), index=True),
    Column("reason", String(255)),
)

charging_transaction = Table(
    "charging_transaction",
    METADATA,
    identity(),
    reference("session_id", "session", required=False),
    reference("evse_id", "evse"),
    Column("station_transaction_id", String(64), nullable=False),
    Column("start_us", Instant, key="start", nullable=False),
    Column("end_us", Instant, key="end"),
    # The station's own instant of the start: by it a start that is sent again is known.
    Column("told_us", Instant, key="told_at"),
    Column("meter_start_mwh", BigInteger),
    Column("meter_end_mwh", BigInteger),
    Column("timed_by", Word(TimedBy), nullable=False),
    Column("stop_reason", String(64)),
    Column("token_type", String(32)),
    Column("token_value", String(255)),
    Index("ix_charging_transaction_station", "station_transaction_id", "evse_id"),
    Index("ix_charging_transaction_session", "session_id"),
    Index("ix_charging_transaction_evse", "evse_id", "start"),
)

register_checkpoint = Table(
    "register_checkpoint",
    METADATA,
    reference("evse_id", "evse", primary_key=True),
    Column("at_us", Instant, key="at", primary_key=True, autoincrement=False),
    Column("register_mwh", BigInteger, nullable=False),
    Column("cleaned_mwh", BigInteger, nullable=False),
    Column("note", String(64)),
)

unknown_interval = Table(
    "unknown_interval",
    METADATA,
    reference("evse_id", "evse", primary_key=True),
    Column("start_us", Instant, key="start", primary_key=True, autoincrement=False),
    Column("end_us", Instant, key="end"),
    Column("cause", String(64), nullable=False),
)

signed_record = Table(
    "signed_record",
    METADATA,
    identity(),
    reference("session_id", "session", required=False),
    # Its session may only be known later.
    reference("transaction_id", "charging_transaction", required=False),
    Column("at_us", Instant, key="at", nullable=False),
    Column("format", String(32), nullable=False),
    Column("public_key", Text),
    # As it came: a byte less, and nobody can verify it.
    Column("data", LargeBinary, nullable=False),
    Column("verified", Boolean),
    Index("ix_signed_record_session", "session_id"),
    Index("ix_signed_record_transaction", "transaction_id"),
)

trace_chunk = Table(
    "trace_chunk",
    METADATA,
    reference("session_id", "session", primary_key=True),
    Column("first_us", Instant, key="first_at", primary_key=True, autoincrement=False),
    Column("last_us", Instant, key="last_at", nullable=False, index=True),
    Column("sample_count", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

deleted_session = Table(
    "deleted_session",
    METADATA,
    identity(),
    reference("site_id", "site"),
    Column("deleted_us", Instant, key="deleted_at", nullable=False),
)
