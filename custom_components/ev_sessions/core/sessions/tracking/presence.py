"""What a reading says of the car: whether it is there, and what it is doing.

Falling order of trust: what the charger says, the pilot's letter, and, only where no
charger ever said anything, whether power is drawn.
"""

from dataclasses import dataclass
from typing import Final

from ...reading import Activity, EvseReading, State, SuspendedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Whether a car is connected (None: not told), and its activity (None: not told yet)."""

    connected: bool | None = None
    activity: Activity | None = None
    suspended_by: SuspendedBy | None = None


NOTHING_TOLD: Final = Presence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a reading alone does not say: what was before, and what else is known."""

    before: Presence = NOTHING_TOLD
    drawing: bool | None = None  # power enough for a charge; None: not known
    has_status: bool = False  # the charger has told of a car before
    charged: bool = False  # the open session has charged
    paused_by_us: bool = False


#: What the pilot's letter stands for; B says no more than that a car is there.
_ACTIVITY_IN: Final = {
    State.A: Activity.AVAILABLE,
    State.C: Activity.CHARGING,
    State.D: Activity.CHARGING,
    State.E: Activity.FAULT,
    State.F: Activity.FAULT,
}
#: What a charger may call a pause that it was told to make.
_PAUSES: Final = frozenset({Activity.PREPARING, Activity.SUSPENDED_EV, Activity.FINISHING})
#: After which such a pause is ours, when we paused; a car that was full before stays full.
_HELD_BACK: Final = frozenset({Activity.CHARGING, Activity.SUSPENDED_EVSE})


def says_nothing(reading: EvseReading) -> bool:
    """Tell whether a reading comes from a source that is away: nothing at all is known."""
    return (
        reading.state is None
        and reading.activity is None
        and reading.register_mwh is None
        and reading.session_energy_mwh is None
        and reading.power_w is None
        and reading.currents_a is None
    )


def judge(reading: EvseReading, known: Circumstances) -> Presence:
    """Return what a reading says of the car."""
    told = reading.activity is not None or reading.state is not None
    if not told and not known.has_status:
        if known.drawing is None:
            return Presence(activity=known.before.activity)
        return Presence(connected=known.drawing, activity=Activity.CHARGING if known.drawing else Activity.AVAILABLE)
    activity = reading.activity if reading.activity is not None else _activity_of(reading, known)
    if activity is None:
        return Presence(activity=known.before.activity, suspended_by=known.before.suspended_by)
    if known.paused_by_us and _is_our_pause(activity, known.before.activity):
        return Presence(connected=reading.connected, activity=Activity.SUSPENDED_EVSE, suspended_by=SuspendedBy.US)
    suspended_by = None
    if activity is Activity.SUSPENDED_EVSE:
        suspended_by = reading.suspended_by or SuspendedBy.UNKNOWN
    return Presence(connected=reading.connected, activity=activity, suspended_by=suspended_by)


def _is_our_pause(activity: Activity, before: Activity | None) -> bool:
    return activity is Activity.SUSPENDED_EVSE or (activity in _PAUSES and before in _HELD_BACK)


def _activity_of(reading: EvseReading, known: Circumstances) -> Activity | None:
    """Return the activity that the pilot's letter stands for."""
    if reading.state is State.B:
        return _activity_in_b(reading, known)
    return None if reading.state is None else _ACTIVITY_IN[reading.state]


def _activity_in_b(reading: EvseReading, known: Circumstances) -> Activity:
    """Return what a connected car does: a plug contact knows no more than that it is there."""
    if known.drawing:
        return Activity.CHARGING
    if reading.enabled is False or reading.limit_a == 0:
        return Activity.SUSPENDED_EVSE
    return Activity.SUSPENDED_EV if known.charged else Activity.PREPARING
