"""Constants that every part but the core may know: the keys of what the flows store."""

from typing import Final

DOMAIN: Final = "ev_sessions"
#: The page on which each repair issue stands under its key.
TROUBLESHOOTING: Final = "https://github.com/ev-sessions/ev-sessions/blob/main/docs/troubleshooting.md"

#: Fired for what the logbook tells of sessions.
EVENT_SESSION: Final = f"{DOMAIN}_session"

# Kinds of subentry
SUBENTRY_CAPACITY: Final = "capacity"
SUBENTRY_CHARGER: Final = "charger"
SUBENTRY_CIRCUIT: Final = "circuit"
SUBENTRY_PAYER: Final = "payer"
SUBENTRY_TARIFF: Final = "tariff"
SUBENTRY_VEHICLE: Final = "vehicle"

# The site: data of the config entry
CONF_CURRENCY: Final = "currency"
CONF_FALLBACK_A: Final = "fallback_a"
CONF_MARGIN_A: Final = "margin_a"
CONF_CARBON_ENTITY: Final = "carbon_entity"  # the grid's CO₂ intensity
CONF_SOLAR_G_PER_KWH: Final = "solar_g_per_kwh"
CONF_TURN_MIN: Final = "turn_min"
CONF_METER: Final = "meter"
CONF_METER_TIMEOUT_S: Final = "meter_timeout_s"
CONF_TIME_ZONE: Final = "time_zone"
CONF_VOLTAGE_V: Final = "voltage_v"
CONF_WIRING: Final = "wiring"

# The grid meter, in the site's data
CONF_EXPORT: Final = "export"
CONF_FORM: Final = "form"
CONF_IMPORT: Final = "import"
CONF_HARDWARE_LIMIT_A: Final = "hardware_limit_a"
CONF_HEARTBEAT: Final = "heartbeat"
CONF_HOUSE_WORST_A: Final = "house_worst_a"
CONF_INVERT: Final = "invert"
CONF_SIGNED: Final = "signed"
CONF_TOTAL_POWER: Final = "total_power"
CONF_VOLTAGES: Final = "voltages"

# A circuit
CONF_KIND: Final = "kind"
CONF_LIMIT_A: Final = "limit_a"
CONF_NAME: Final = "name"
CONF_PARENT: Final = "parent"
CONF_CONTINUOUS: Final = "continuous"
CONF_DIMMING: Final = "dimming"
CONF_FACTORS: Final = "factors"
CONF_OTHER_DEVICES: Final = "other_devices"
CONF_OTHER_POWER: Final = "other_power"
CONF_LARGE_KW: Final = "large_kw"
CONF_INTERVAL_ENTITY: Final = "interval_entity"
CONF_INTERVAL_MIN: Final = "interval_min"
CONF_LIMIT_ENTITY: Final = "limit_entity"
CONF_LIMIT_KW: Final = "limit_kw"
CONF_MEAN_ENTITY: Final = "mean_entity"
CONF_MONTH_PEAK_ENTITY: Final = "month_peak_entity"
CONF_PEAK: Final = "peak"
CONF_TARGET_KW: Final = "target_kw"
CONF_SCHEME: Final = "scheme"
CONF_UNBALANCE_A: Final = "unbalance_a"
CONF_VALUE: Final = "value"
CIRCUIT_BRANCH: Final = "branch"
CIRCUIT_ROOT: Final = "root"

# A tariff
CONF_BOUNDARY_SNAP: Final = "boundary_snap"
CONF_ENTITY_ID: Final = "entity_id"
CONF_GAP: Final = "gap"
CONF_MAX_S: Final = "max_s"
CONF_PRICE: Final = "price"
CONF_RULE: Final = "rule"
CONF_UNIT: Final = "unit"
CONF_OCPI_TARIFF: Final = "ocpi_tariff"
CONF_SUN_PRICE: Final = "sun_price"
CONF_VAT_PERCENT: Final = "vat_percent"
CONF_WAKE_ENTITY: Final = "wake_entity"
CONF_DISCOUNTS: Final = "discounts"
CONF_FACTOR: Final = "factor"
CONF_FREE_ENERGY: Final = "free"
CONF_HOLIDAYS: Final = "holidays"
CONF_SUN_READ: Final = "sun_read"
CONF_TAX_INSIDE: Final = "tax_inside"
CONF_TIERS: Final = "tiers"
CONF_WINDOWS: Final = "windows"
GAP_FALLBACK: Final = "fallback"
GAP_HOLD: Final = "hold"
GAP_UNPRICED: Final = "unpriced"
TARIFF_ENTITY: Final = "entity"
TARIFF_FIXED: Final = "fixed"
TARIFF_OCPI: Final = "ocpi"
TARIFF_PLAN: Final = "plan"

# A charger
CONF_CIRCUIT: Final = "circuit"
CONF_CONNECTION: Final = "connection"
CONF_CONTROLLABLE: Final = "controllable"
CONF_EVSES: Final = "evses"
CONF_FAIL_SAFE: Final = "fail_safe"
CONF_FAIL_SAFE_SET: Final = "fail_safe_set"
CONF_FEES: Final = "fees"
CONF_FLASH_LIMIT: Final = "flash_limit"
CONF_FOR: Final = "for"
FOR_PAYERS: Final = "payers"
CONF_LEAST_INTERVAL_S: Final = "least_interval_s"
CONF_LINES: Final = "lines"
CONF_MAX_A: Final = "max_a"
CONF_MIN_A: Final = "min_a"
CONF_PRESET: Final = "preset"
CONF_PRIORITY: Final = "priority"
CONF_OTHER_CONTROLLER: Final = "other_controller"
CONF_SOURCE_DEVICE_ID: Final = "source_device_id"
CONF_STAYS_AT_LIMIT: Final = "stays_at_limit_without_us"
CONF_STEP_A: Final = "step_a"
CONF_TRANSPORT: Final = "transport"
TRANSPORT_ENTITIES: Final = "entities"
TRANSPORT_OCPP: Final = "ocpp"

# A vehicle, and who pays
CONF_ASK: Final = "ask"  # in a site's options: the notify action that is asked
CONF_BATTERY_KWH: Final = "battery_kwh"
CONF_ODOMETER: Final = "odometer"
CONF_PAYER: Final = "payer"
CONF_PERSON: Final = "person"
CONF_PLATE: Final = "plate"
CONF_POSTAL_ADDRESS: Final = "postal_address"
CONF_PRESENCE: Final = "presence"
CONF_TARIFF: Final = "tariff"
CONF_TAX_ID: Final = "tax_id"
CONF_VEHICLE: Final = "vehicle"

# OCPP: where a site listens for stations, and how a charger that is one is let in
CONF_ADDRESS: Final = "address"
CONF_CERTIFICATE: Final = "certificate"
CONF_CLIENT_CA: Final = "client_ca"
CONF_FREE: Final = "free"
CONF_HOME_ASSISTANT_PATH: Final = "home_assistant_path"
CONF_IDENTITY: Final = "identity"
CONF_KEY: Final = "key"
CONF_OCPP: Final = "ocpp"
CONF_PASSWORD_HASH: Final = "password_hash"  # noqa: S105 - the name of a key
CONF_PASSWORD_HASH_BEFORE: Final = "password_hash_before"  # noqa: S105 - likewise
CONF_PASSWORD_DUE: Final = "password_due"  # noqa: S105 - likewise
CONF_PORT: Final = "port"
CONF_QUIRKS: Final = "quirks"
CONF_SECURITY_PROFILE: Final = "security_profile"
CONF_VERSION: Final = "version"
DEFAULT_OCPP_PORT: Final = 9000

# One EVSE of a charger that is reached through entities
CONF_ACTIVITY: Final = "activity"
CONF_CURRENTS: Final = "currents"
CONF_ENABLE: Final = "enable"
CONF_ENERGY: Final = "energy"
CONF_EVSE: Final = "evse"
CONF_LIMIT: Final = "limit"
CONF_PHASES: Final = "phases"
CONF_PLUGGED: Final = "plugged"
CONF_POWER: Final = "power"
CONF_QUIET_S: Final = "quiet_s"
CONF_SESSION_ENERGY: Final = "session_energy"
CONF_SOC: Final = "soc"
CONF_START_ABOVE_W: Final = "start_above_w"
CONF_STATE: Final = "state"
CONF_STATUS: Final = "status"
CONF_STATUS_WORDS: Final = "status_words"
CONF_SUSPENDED_BY: Final = "suspended_by"

DEFAULT_FALLBACK_A: Final = 6.0
DEFAULT_MARGIN_A: Final = 0.0
DEFAULT_TURN_MIN: Final = 15.0
DEFAULT_MAX_A: Final = 16.0
DEFAULT_MIN_A: Final = 6.0  # IEC 61851-1: a car must not be offered less
DEFAULT_PRIORITY: Final = 5
DEFAULT_QUIET_S: Final = 300
DEFAULT_START_ABOVE_W: Final = 50.0
DEFAULT_STEP_A: Final = 1.0
