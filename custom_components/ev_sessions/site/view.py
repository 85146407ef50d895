"""What is shown of an EVSE and of a site: frozen snapshots that entities and actions read.

A view changes as a whole. What opens or closes a session stands in a view only after the
ledger has committed it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..core.balancing.load import BalancingState, MeterPace
from ..core.balancing.reasons import ReasonKey
from ..core.capacity import BillingPeriod, PeakStanding
from ..core.costing.saving import Saving
from ..core.prices.ahead import Ahead
from ..core.reading import Activity
from ..core.sessions.attribution import FoundBy
from ..core.sessions.session import SessionStatus
from ..core.sessions.session_limit import NO_LIMIT, SessionLimit
from ..core.station.others_limits import Cap
from ..core.vehicles.departure import DEFAULT_ENERGY_MWH, Departure


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session as it is shown. `cost` is None while none of its energy is priced."""

    id: str
    start: datetime
    end: datetime | None
    status: SessionStatus
    energy_mwh: int
    connected_ms: int
    charging_ms: int
    cost: Decimal | None
    average_price: Decimal | None
    billed: Decimal | None = None  # to its payer


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerView:
    """Whose a session is, by name, and by what that is known; the card is masked."""

    vehicle: str | None = None
    vehicle_by: FoundBy | None = None
    payer: str | None = None
    payer_by: FoundBy | None = None
    id_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthView:
    """Energy and cost of the running local month, and the sessions that began in it."""

    start: datetime | None = None
    energy_mwh: int = 0
    cost: Decimal | None = None
    billed: Decimal | None = None  # to its payers
    sessions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What a charger says is wrong, in its own words: a code, its vendor's code, and what it adds.

    `is_fault`: a part of it is broken, whatever its status says.
    """

    code: str
    vendor_code: str | None = None
    info: str | None = None
    is_fault: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseView:
    """One EVSE as it is shown. None is "not known"."""

    available: bool = False  # the source of the readings speaks
    activity: Activity | None = None
    connected: bool | None = None
    power_w: float | None = None
    register_mwh: int | None = None
    session: SessionView | None = None
    last_session: SessionView | None = None
    month: MonthView = field(default_factory=MonthView)
    estimated_end: datetime | None = None
    limit_a: float | None = None
    limit_reason: str | None = None
    limit_reason_key: ReasonKey | None = None
    car_lines: tuple[str, ...] | None = None  # that the car loads
    pauses: int = 0  # in the last day
    max_current_a: float
    charging_allowed: bool = True
    standing_limit: SessionLimit = NO_LIMIT
    balancing: bool = True
    unprotected_without_us: bool = False  # keeps its last limit when we are gone
    fail_safe: str | None = None  # what the charger itself does then
    hold_s: int | None = None  # for how long it holds a limit that is not renewed; None: for ever
    phases: int | None = None  # on which it is set to charge, 1 or 3
    phases_auto: bool = False  # the balancer may switch them
    cap: Cap | None = None  # what others allow
    trouble: Trouble | None = None
    sees_soc: bool = False  # something tells how full the car's battery is
    decisions: tuple[Mapping[str, Any], ...] = ()  # the last changes of the limit, the oldest first
    departure: Departure | None = None  # of this car, as its owner said it
    departure_energy_mwh: int = DEFAULT_ENERGY_MWH  # that it is to have by then, or the next one
    owner: OwnerView | None = None  # of the session that goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityView:
    """How the billing month of a capacity tariff stands, as it is shown."""

    period: BillingPeriod
    standing: PeakStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """One site as it is shown. `headroom_a` is None while the grid meter is silent."""

    headroom_a: tuple[float, ...] | None = None
    chargers_power_w: float | None = None
    balancing_state: BalancingState
    balancing_reason: str | None = None
    balancing_reason_key: ReasonKey | None = None
    price_per_kwh: Decimal | None = None
    ahead: Ahead = field(default_factory=Ahead)
    window_s: float = 0.0  # how long the cheapest window is to be
    capacity: CapacityView | None = None  # how its capacity tariff stands
    unpriced_mwh: int | None = None  # energy of all sessions that has no price yet
    month: MonthView = field(default_factory=MonthView)
    balancing: bool = True
    recosting_percent: float | None = None  # while sessions are costed again
    recosted: tuple[int, int] | None = None  # so many, of so many
    saving: Saving = field(default_factory=Saving)  # of this month
    month_co2_kg: float | None = None  # where the grid's intensity is known
    meter: MeterPace | None = None  # while it can be believed
