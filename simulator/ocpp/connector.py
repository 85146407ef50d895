"""A connector of a station and the transaction that runs on it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .behaviour import Behaviour
from .measurands import Value
from .outlet import Outlet


class State(StrEnum):
    """What a connector does, in the words of OCPP 1.6; the later versions' follow from them."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was measured at an instant, and why then (`context` of OCPP)."""

    at: datetime
    context: str
    values: tuple[Value, ...]
    offline: bool = False


@dataclass(slots=True, kw_only=True)
class Transaction:
    """A transaction. 1.6: its id is the central system's, and None until that has answered."""

    connector: int
    token: str
    start: datetime
    meter_start_wh: float
    id: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    offline: bool = False
    seq_no: int = 0
    samples: list[Sample] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Who may have a connector until when."""

    id: int
    connector: int
    token: str
    expiry: datetime


@dataclass(slots=True, kw_only=True)
class Connector:
    """One connector (2.x: one EVSE with one connector)."""

    number: int
    outlet: Outlet
    behaviour: Behaviour
    transaction: Transaction | None = None
    operative: bool = True
    inoperative_after: bool = False  # ChangeAvailability that waits for the transaction's end
    finishing: bool = False
    error: str = "NoError"
    vendor_error: str | None = None
    offered_a: float = 0.0
    token: str | None = None  # authorised, and waiting for a car
    token_until_s: float = 0.0
    remote_start_id: int | None = None
    told: State | None = None
    was_plugged: bool = False
    base_wh: float = 0.0
    sample_due_s: float = 0.0
    cost_shown: float | None = None  # 2.x: what stands on its display

    @property
    def state(self) -> State:
        """Return what it does now; who reserved it is the station's to know."""
        if self.outlet.faulty or self.error != "NoError":
            return State.FAULTED
        if self.transaction is not None:
            return self._charging_state()
        if not self.operative:
            return State.UNAVAILABLE
        if not self.outlet.plugged:
            return State.PREPARING if self.token is not None else State.AVAILABLE
        return State.FINISHING if self.finishing else State.PREPARING

    @property
    def wants_token(self) -> bool:
        """Tell whether a car waits for somebody who may."""
        return self.outlet.plugged and self.transaction is None

    def _charging_state(self) -> State:
        if not self.outlet.plugged:
            return State.SUSPENDED_EV
        if self.outlet.power_w > 0:
            return State.CHARGING
        return State.SUSPENDED_EV if self.offered_a >= 6.0 else State.SUSPENDED_EVSE

    @property
    def register_wh(self) -> float:
        """Return the register as the station tells it."""
        shown = self.outlet.register_wh - self.base_wh
        wraps = self.behaviour.register_wraps_wh
        return shown if wraps is None else shown % wraps
