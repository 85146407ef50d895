"""All tables of the ledger."""

from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - a list of tables
    """Create the tables."""
    op.create_table(
        "ledger_state",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ledger_state")),
    )
    op.create_table(
        "runtime_setting",
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "name", name=op.f("pk_runtime_setting")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("archived_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=True),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_audit_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at_us"], unique=False)
    op.create_index("ix_audit_subject", "audit", ["subject", "subject_id", "at_us"], unique=False)
    op.create_table(
        "charger",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("archived_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_charger_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charger")),
    )
    op.create_table(
        "carbon_intensity",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("start_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("grid_mg_per_kwh", sa.Integer(), nullable=False),
        sa.Column("solar_mg_per_kwh", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_carbon_intensity_site_id")),
        sa.PrimaryKeyConstraint("site_id", "start_us", name=op.f("pk_carbon_intensity")),
    )
    op.create_table(
        "circuit",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("subentry_id", sa.String(length=40), nullable=False),
        sa.Column("archived_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_circuit_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circuit")),
        sa.UniqueConstraint("subentry_id", name=op.f("uq_circuit_subentry_id")),
    )
    op.create_table(
        "deleted_session",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("deleted_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_deleted_session_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted_session")),
    )
    op.create_table(
        "interval_mean",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("start_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("length_s", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grid_energy_mwh", sa.BigInteger(), nullable=False),
        sa.Column("evse_energy_mwh", sa.BigInteger(), nullable=True),
        sa.Column("coverage_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_interval_mean_site_id")),
        sa.PrimaryKeyConstraint("site_id", "start_us", "length_s", name=op.f("pk_interval_mean")),
    )
    op.create_table(
        "payer",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("subentry_id", sa.String(length=40), nullable=False),
        sa.Column("archived_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_payer_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payer")),
        sa.UniqueConstraint("subentry_id", name=op.f("uq_payer_subentry_id")),
    )
    op.create_table(
        "tariff",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("subentry_id", sa.String(length=40), nullable=False),
        sa.Column("archived_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_tariff_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff")),
        sa.UniqueConstraint("subentry_id", name=op.f("uq_tariff_subentry_id")),
    )
    op.create_table(
        "vehicle",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("subentry_id", sa.String(length=40), nullable=False),
        sa.Column("archived_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_vehicle_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle")),
        sa.UniqueConstraint("subentry_id", name=op.f("uq_vehicle_subentry_id")),
    )
    op.create_table(
        "charger_attributes",
        sa.Column("charger_id", sa.String(length=40), nullable=False),
        sa.Column("valid_from_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subentry_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("transport", sa.String(length=32), nullable=False),
        sa.Column("identity", sa.String(length=255), nullable=True),
        sa.Column("serial", sa.String(length=128), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["charger_id"], ["charger.id"], name=op.f("fk_charger_attributes_charger_id")),
        sa.PrimaryKeyConstraint("charger_id", "valid_from_us", name=op.f("pk_charger_attributes")),
    )
    op.create_index(op.f("ix_charger_attributes_identity"), "charger_attributes", ["identity"], unique=False)
    op.create_index(op.f("ix_charger_attributes_subentry_id"), "charger_attributes", ["subentry_id"], unique=False)
    op.create_table(
        "circuit_version",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("circuit_id", sa.String(length=40), nullable=False),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["circuit_id"], ["circuit.id"], name=op.f("fk_circuit_version_circuit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circuit_version")),
        sa.UniqueConstraint("circuit_id", "valid_from_us", name=op.f("uq_circuit_version_circuit_id_valid_from_us")),
    )
    op.create_table(
        "evse",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("charger_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["charger_id"], ["charger.id"], name=op.f("fk_evse_charger_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evse")),
        sa.UniqueConstraint("charger_id", "number", name=op.f("uq_evse_charger_id_number")),
    )
    op.create_table(
        "id_token",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=True),
        sa.Column("group_name", sa.String(length=255), nullable=True),
        sa.Column("vehicle_id", sa.String(length=40), nullable=True),
        sa.Column("payer_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_id_token_payer_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_id_token_site_id")),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicle.id"], name=op.f("fk_id_token_vehicle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_id_token")),
        sa.UniqueConstraint("site_id", "type", "value", name=op.f("uq_id_token_site_id_type_value")),
    )
    op.create_index(op.f("ix_id_token_payer_id"), "id_token", ["payer_id"], unique=False)
    op.create_index(op.f("ix_id_token_vehicle_id"), "id_token", ["vehicle_id"], unique=False)
    op.create_table(
        "local_list",
        sa.Column("charger_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["charger_id"], ["charger.id"], name=op.f("fk_local_list_charger_id")),
        sa.PrimaryKeyConstraint("charger_id", name=op.f("pk_local_list")),
    )
    op.create_table(
        "outgoing",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("charger_id", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_us", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["charger_id"], ["charger.id"], name=op.f("fk_outgoing_charger_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing")),
    )
    op.create_table(
        "payer_version",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("payer_id", sa.String(length=40), nullable=False),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_payer_version_payer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payer_version")),
        sa.UniqueConstraint("payer_id", "valid_from_us", name=op.f("uq_payer_version_payer_id_valid_from_us")),
    )
    op.create_table(
        "price_slot",
        sa.Column("tariff_id", sa.String(length=40), nullable=False),
        sa.Column("start_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        sa.Column("price_per_kwh", sa.String(length=48), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariff.id"], name=op.f("fk_price_slot_tariff_id")),
        sa.PrimaryKeyConstraint("tariff_id", "start_us", "basis", name=op.f("pk_price_slot")),
    )
    op.create_table(
        "station_setting",
        sa.Column("charger_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["charger_id"], ["charger.id"], name=op.f("fk_station_setting_charger_id")),
        sa.PrimaryKeyConstraint("charger_id", "name", name=op.f("pk_station_setting")),
    )
    op.create_table(
        "tariff_version",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tariff_id", sa.String(length=40), nullable=False),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariff.id"], name=op.f("fk_tariff_version_tariff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff_version")),
        sa.UniqueConstraint("tariff_id", "valid_from_us", name=op.f("uq_tariff_version_tariff_id_valid_from_us")),
    )
    op.create_table(
        "vehicle_version",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicle.id"], name=op.f("fk_vehicle_version_vehicle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_version")),
        sa.UniqueConstraint("vehicle_id", "valid_from_us", name=op.f("uq_vehicle_version_vehicle_id_valid_from_us")),
    )
    op.create_table(
        "evse_snapshot",
        sa.Column("evse_id", sa.String(length=40), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("before_gap", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["evse_id"], ["evse.id"], name=op.f("fk_evse_snapshot_evse_id")),
        sa.PrimaryKeyConstraint("evse_id", name=op.f("pk_evse_snapshot")),
    )
    op.create_table(
        "learned_load",
        sa.Column("evse_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("learned_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["evse_id"], ["evse.id"], name=op.f("fk_learned_load_evse_id")),
        sa.PrimaryKeyConstraint("evse_id", "name", name=op.f("pk_learned_load")),
    )
    op.create_table(
        "register_checkpoint",
        sa.Column("evse_id", sa.String(length=40), nullable=False),
        sa.Column("at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("register_mwh", sa.BigInteger(), nullable=False),
        sa.Column("cleaned_mwh", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["evse_id"], ["evse.id"], name=op.f("fk_register_checkpoint_evse_id")),
        sa.PrimaryKeyConstraint("evse_id", "at_us", name=op.f("pk_register_checkpoint")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("evse_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("register_start_mwh", sa.BigInteger(), nullable=True),
        sa.Column("register_end_mwh", sa.BigInteger(), nullable=True),
        sa.Column("energy_mwh", sa.BigInteger(), nullable=False),
        sa.Column("solar_mwh", sa.BigInteger(), nullable=True),
        sa.Column("estimated_mwh", sa.BigInteger(), nullable=False),
        sa.Column("unpriced_mwh", sa.BigInteger(), nullable=False),
        sa.Column("connected_ms", sa.BigInteger(), nullable=False),
        sa.Column("charging_ms", sa.BigInteger(), nullable=False),
        sa.Column("waiting_ms", sa.BigInteger(), nullable=False),
        sa.Column("paused_ms", sa.BigInteger(), nullable=False),
        sa.Column("idle_ms", sa.BigInteger(), nullable=False),
        sa.Column("peak_power_mw", sa.BigInteger(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("period_count", sa.Integer(), nullable=False),
        sa.Column("vehicle_version_id", sa.String(length=40), nullable=True),
        sa.Column("payer_version_id", sa.String(length=40), nullable=True),
        sa.Column("id_token_id", sa.String(length=40), nullable=True),
        sa.Column("vehicle_by", sa.String(length=32), nullable=True),
        sa.Column("payer_by", sa.String(length=32), nullable=True),
        sa.Column("soc_start_thousandths", sa.BigInteger(), nullable=True),
        sa.Column("soc_end_thousandths", sa.BigInteger(), nullable=True),
        sa.Column("odometer_m", sa.BigInteger(), nullable=True),
        sa.Column("odometer_end_m", sa.BigInteger(), nullable=True),
        sa.Column("consumption_wh", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("codes", sa.Text(), nullable=True),
        sa.Column("voucher", sa.String(length=48), nullable=True),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("times_edited", sa.Boolean(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["evse_id"], ["evse.id"], name=op.f("fk_session_evse_id")),
        sa.ForeignKeyConstraint(["id_token_id"], ["id_token.id"], name=op.f("fk_session_id_token_id")),
        sa.ForeignKeyConstraint(["payer_version_id"], ["payer_version.id"], name=op.f("fk_session_payer_version_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_session_site_id")),
        sa.ForeignKeyConstraint(
            ["vehicle_version_id"], ["vehicle_version.id"], name=op.f("fk_session_vehicle_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(
        "ix_session_evse", "session", ["evse_id", "start_us", "id", "end_us", "energy_mwh", "status"], unique=False
    )
    op.create_index("ix_session_id_token", "session", ["id_token_id", "start_us"], unique=False)
    op.create_index(
        "ix_session_list", "session", ["start_us", "id", "end_us", "energy_mwh", "status", "evse_id"], unique=False
    )
    op.create_index("ix_session_payer", "session", ["payer_version_id", "start_us"], unique=False)
    op.create_index("ix_session_status", "session", ["status"], unique=False)
    op.create_index("ix_session_unpriced", "session", ["unpriced_mwh", "start_us"], unique=False)
    op.create_index("ix_session_vehicle", "session", ["vehicle_version_id", "start_us"], unique=False)
    op.create_table(
        "session_event",
        sa.Column("evse_id", sa.String(length=40), nullable=False),
        sa.Column("at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["evse_id"], ["evse.id"], name=op.f("fk_session_event_evse_id")),
        sa.PrimaryKeyConstraint("evse_id", "at_us", "type", name=op.f("pk_session_event")),
    )
    op.create_index(op.f("ix_session_event_session_id"), "session_event", ["session_id"], unique=False)
    op.create_table(
        "unknown_interval",
        sa.Column("evse_id", sa.String(length=40), nullable=False),
        sa.Column("start_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["evse_id"], ["evse.id"], name=op.f("fk_unknown_interval_evse_id")),
        sa.PrimaryKeyConstraint("evse_id", "start_us", name=op.f("pk_unknown_interval")),
    )
    op.create_table(
        "charging_period",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("period_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("evse_id", sa.String(length=40), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("activity", sa.String(length=32), nullable=False),
        sa.Column("suspended_by", sa.String(length=32), nullable=True),
        sa.Column("energy_mwh", sa.BigInteger(), nullable=False),
        sa.Column("solar_mwh", sa.BigInteger(), nullable=True),
        sa.Column("estimated_mwh", sa.BigInteger(), nullable=False),
        sa.Column("quality", sa.String(length=32), nullable=False),
        sa.Column("mean_power_mw", sa.BigInteger(), nullable=True),
        sa.Column("least_power_mw", sa.BigInteger(), nullable=True),
        sa.Column("greatest_power_mw", sa.BigInteger(), nullable=True),
        sa.Column("mean_current_ma", sa.BigInteger(), nullable=True),
        sa.Column("least_current_ma", sa.BigInteger(), nullable=True),
        sa.Column("greatest_current_ma", sa.BigInteger(), nullable=True),
        sa.Column("price_per_kwh", sa.String(length=48), nullable=True),
        sa.Column("price_basis", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cost_nano", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["evse_id"], ["evse.id"], name=op.f("fk_charging_period_evse_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_charging_period_session_id")),
        sa.PrimaryKeyConstraint("session_id", "period_index", name=op.f("pk_charging_period")),
    )
    op.create_index(
        "ix_charging_period_totals",
        "charging_period",
        ["start_us", "evse_id", "currency", "energy_mwh", "solar_mwh", "estimated_mwh", "cost_nano"],
        unique=False,
    )
    op.create_table(
        "charging_transaction",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=True),
        sa.Column("evse_id", sa.String(length=40), nullable=False),
        sa.Column("station_transaction_id", sa.String(length=64), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        sa.Column("told_us", sa.BigInteger(), nullable=True),
        sa.Column("meter_start_mwh", sa.BigInteger(), nullable=True),
        sa.Column("meter_end_mwh", sa.BigInteger(), nullable=True),
        sa.Column("timed_by", sa.String(length=32), nullable=False),
        sa.Column("stop_reason", sa.String(length=64), nullable=True),
        sa.Column("token_type", sa.String(length=32), nullable=True),
        sa.Column("token_value", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["evse_id"], ["evse.id"], name=op.f("fk_charging_transaction_evse_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_charging_transaction_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charging_transaction")),
    )
    op.create_index("ix_charging_transaction_evse", "charging_transaction", ["evse_id", "start_us"], unique=False)
    op.create_index("ix_charging_transaction_session", "charging_transaction", ["session_id"], unique=False)
    op.create_index(
        "ix_charging_transaction_station", "charging_transaction", ["station_transaction_id", "evse_id"], unique=False
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("old_total_nano", sa.BigInteger(), nullable=True),
        sa.Column("new_total_nano", sa.BigInteger(), nullable=True),
        sa.Column("old_unpriced_mwh", sa.BigInteger(), nullable=False),
        sa.Column("new_unpriced_mwh", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_correction_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_session", "correction", ["session_id", "at_us"], unique=False)
    op.create_table(
        "costing",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("tariff_version_id", sa.String(length=40), nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_nano", sa.BigInteger(), nullable=False),
        sa.Column("unpriced_mwh", sa.BigInteger(), nullable=False),
        sa.Column("average_price", sa.String(length=48), nullable=True),
        sa.Column("costed_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_costing_session_id")),
        sa.ForeignKeyConstraint(
            ["tariff_version_id"], ["tariff_version.id"], name=op.f("fk_costing_tariff_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_costing")),
        sa.UniqueConstraint(
            "session_id",
            "role",
            "tariff_version_id",
            "currency",
            name=op.f("uq_costing_session_id_role_tariff_version_id_currency"),
        ),
    )
    op.create_table(
        "signed_record",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=True),
        sa.Column("transaction_id", sa.String(length=40), nullable=True),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_signed_record_session_id")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["charging_transaction.id"], name=op.f("fk_signed_record_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_record")),
    )
    op.create_index("ix_signed_record_session", "signed_record", ["session_id"], unique=False)
    op.create_index("ix_signed_record_transaction", "signed_record", ["transaction_id"], unique=False)
    op.create_table(
        "trace_chunk",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("first_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.Column("sample_count", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_trace_chunk_session_id")),
        sa.PrimaryKeyConstraint("session_id", "first_us", name=op.f("pk_trace_chunk")),
    )
    op.create_index(op.f("ix_trace_chunk_last_us"), "trace_chunk", ["last_us"], unique=False)
    op.create_table(
        "costing_line",
        sa.Column("costing_id", sa.String(length=40), nullable=False),
        sa.Column("line_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period_index", sa.Integer(), nullable=True),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("component", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.String(length=48), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("unit_price", sa.String(length=48), nullable=True),
        sa.Column("tax_percent", sa.String(length=48), nullable=True),
        sa.Column("amount_nano", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["costing_id"], ["costing.id"], name=op.f("fk_costing_line_costing_id")),
        sa.PrimaryKeyConstraint("costing_id", "line_index", name=op.f("pk_costing_line")),
    )
    op.create_index("ix_costing_line_start", "costing_line", ["start_us", "costing_id", "amount_nano"], unique=False)
