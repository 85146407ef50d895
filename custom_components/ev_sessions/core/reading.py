"""What was observed at one instant, in the words of IEC 61851-1 and OCPP.

A reading carries *state* and *activity*: the pilot line's letter alone does not say who
paused the charge, and the activity alone does not say whether a car is there.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """The state of the control pilot, IEC 61851-1 Annex A."""

    A = "A"  # no car
    B = "B"  # car connected, takes no power
    C = "C"  # charging
    D = "D"  # charging, with ventilation
    E = "E"  # no power at the outlet, or the pilot is shorted
    F = "F"  # the charger has a fault


class Activity(StrEnum):
    """What an EVSE is doing: OCPP 1.6 ChargePointStatus in one vocabulary with 2.0.1."""

    AVAILABLE = "available"
    AWAITING_AUTHORISATION = "awaiting_authorisation"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    RESERVED = "reserved"
    UNAVAILABLE = "unavailable"
    FAULT = "fault"


class SuspendedBy(StrEnum):
    """Who holds back a charge that the car asks for."""

    US = "us"
    CHARGER = "charger"
    OTHER = "other"
    UNKNOWN = "unknown"


#: Activities in which a car is certainly plugged in.
CONNECTED_ACTIVITIES = frozenset(
    {
        Activity.AWAITING_AUTHORISATION,
        Activity.PREPARING,
        Activity.CHARGING,
        Activity.SUSPENDED_EV,
        Activity.SUSPENDED_EVSE,
        Activity.FINISHING,
    }
)

#: Activities in which certainly no car is plugged in. The others say nothing of a car.
DISCONNECTED_ACTIVITIES = frozenset({Activity.AVAILABLE, Activity.RESERVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseReading:
    """All that is known of an EVSE at the instant `at` (UTC); None is "not known".

    A field that was known before and is None now says nothing: it does not end a session.
    `register_mwh` is the total energy counter as the source shows it, not yet cleaned, and
    `register_at` the instant at which the source last reported it: an unchanged instant is
    the same sample, not a new one; `register_final` tells that it shows all that was used
    until then, none of it late. `session_energy_mwh` is the charger's own counter, that
    starts again with each plug-in. Currents are those of the EVSE's own lines; `drawn_at` is
    the instant at which they were last reported, or the power where there are none. `phases`
    is on how many it is set to charge, 1 or 3. `left` tells that no car is there for certain:
    what it was there for is over as well, so it is no contact that came loose for a moment.
    """

    at: datetime
    state: State | None = None
    activity: Activity | None = None
    suspended_by: SuspendedBy | None = None
    register_mwh: int | None = None
    register_at: datetime | None = None
    register_final: bool = False
    session_energy_mwh: int | None = None
    power_w: float | None = None
    currents_a: tuple[float, ...] | None = None
    drawn_at: datetime | None = None
    limit_a: float | None = None
    enabled: bool | None = None
    phases: int | None = None
    soc_percent: float | None = None  # of the car's battery
    left: bool = False

    @property
    def connected(self) -> bool | None:
        """Whether a car is plugged in; None where neither state nor activity tells."""
        if self.activity in CONNECTED_ACTIVITIES:
            return True
        if self.activity in DISCONNECTED_ACTIVITIES:
            return False
        if self.state in {State.B, State.C, State.D}:
            return True
        if self.state is State.A:
            return False
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class GridReading:
    """What the grid meter shows at the instant `at` (UTC), reduced to the site's lines.

    `currents_a` has one value per line, positive for import, negative for export where
    `signed`; else magnitudes. `power_w` is the total, positive for import, None where the
    meter has no power. `exporting` is None where import cannot be told from export.
    `voltage_v` is the greatest of the lines' voltages, None where the meter has none.
    `told_at` is when each line was last reported (UTC), where they report one by one; empty
    where all were at `at`.
    """

    at: datetime
    currents_a: tuple[float, ...]
    power_w: float | None = None
    signed: bool = True
    voltage_v: float | None = None
    told_at: tuple[datetime, ...] = ()
