"""Sessions and their charging periods, as the tracker makes them and the ledger keeps them.

Energies are whole thousandths of a Wh (`_mwh`), durations whole milliseconds (`_ms`),
instants aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ..reading import Activity, SuspendedBy


class SessionStatus(StrEnum):
    """Whether a session goes on. Held: goes on for all we know, the source is silent."""

    OPEN = "open"
    HELD = "held"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why a session ended."""

    UNPLUGGED = "unplugged"
    REMOTE = "remote"
    LOCAL = "local"
    LIMIT_ENERGY = "limit_energy"
    LIMIT_COST = "limit_cost"
    LIMIT_TIME = "limit_time"
    LIMIT_SOC = "limit_soc"
    DEAUTHORISED = "deauthorised"
    TOKEN_CHANGED = "token_changed"  # noqa: S105 - a word of the field, no secret
    VEHICLE_CHANGED = "vehicle_changed"
    POWER_LOSS = "power_loss"
    FAULT = "fault"
    SPLIT = "split"
    MANUAL = "manual"
    UNKNOWN = "unknown"


class Quality(StrEnum):
    """How the energy of a charging period is known, best first."""

    MEASURED = "measured"
    RECOVERED = "recovered"  # from the charger's own record
    SPREAD = "spread"  # a coarse register, spread over time by power
    INTEGRATED = "integrated"  # power only
    ESTIMATED = "estimated"  # across a gap


class PriceBasis(StrEnum):
    """Where the price of a charging period comes from."""

    INTERVAL = "interval"  # the source's own intervals
    STATE = "state"  # the source's state as it was seen
    HISTORY = "history"  # the recorder's history of the source
    HELD = "held"  # the last price known, held across a gap
    FIXED = "fixed"
    NONE = "none"  # not known: the energy is unpriced


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPeriod:
    """A slice of a session in which price, activity and tariff do not change (OCPI CDR).

    Half-open, [start, end); it never straddles a quarter hour of local clock time.
    `estimated_mwh` is the part of `energy_mwh` that was not measured (across a gap, or
    integrated power). `price_per_kwh` is None where no price is known: unpriced, not free.
    """

    index: int  # the place in its session, from 0
    start: datetime
    end: datetime
    duration_ms: int
    activity: Activity
    suspended_by: SuspendedBy | None = None
    energy_mwh: int = 0
    solar_mwh: int | None = None
    estimated_mwh: int = 0
    quality: Quality = Quality.MEASURED
    mean_power_w: float | None = None
    least_power_w: float | None = None
    greatest_power_w: float | None = None
    price_per_kwh: Decimal | None = None
    price_basis: PriceBasis = PriceBasis.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """From plug-in to unplug. Waiting, charging, paused and idle time sum to connected time.

    Waiting is before the first charging; paused is between charging phases, and whenever
    the EVSE suspends; idle is after the last charging, not suspended by the EVSE.
    The energies are the sums over the session's charging periods.
    """

    id: str
    start: datetime
    end: datetime | None = None
    status: SessionStatus = SessionStatus.OPEN
    end_reason: EndReason | None = None
    register_start_mwh: int | None = None
    register_end_mwh: int | None = None
    energy_mwh: int = 0
    solar_mwh: int | None = None
    estimated_mwh: int = 0
    connected_ms: int = 0
    charging_ms: int = 0
    waiting_ms: int = 0
    paused_ms: int = 0
    idle_ms: int = 0
    peak_power_w: float | None = None
    settled: bool = False  # ended, and no later register sample can add to it
    period_count: int = 0


class SessionEventType(StrEnum):
    """What happened to a session; the types of the event entity."""

    CONNECTED = "connected"
    AUTHORISED = "authorised"
    STARTED_CHARGING = "started_charging"
    PAUSED = "paused"
    RESUMED = "resumed"
    COMPLETED = "completed"
    DISCONNECTED = "disconnected"
    FAULT = "fault"
    FAULT_CLEARED = "fault_cleared"
    LIMIT_REACHED = "limit_reached"
    COST_FINAL = "cost_final"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent:
    """Something that happened to a session at an instant (UTC)."""

    type: SessionEventType
    at: datetime
    session_id: str | None = None
    reason: str | None = None
