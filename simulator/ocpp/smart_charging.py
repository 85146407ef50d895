"""Which profiles a station takes, and what holds then: alike in all versions."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.plant.appliances import VOLTAGE_V

from .connector import Connector
from .line import Payload
from .profiles import STATION_MAX, Profile

if TYPE_CHECKING:
    from .station import Station

#: A long schedule is looked through by the minute.
_FINE_S = 3600


def as_understood(station: Station, profile: Profile) -> Profile:
    """Return a profile as the station follows it."""
    return replace(profile, periods=profile.periods[:1]) if station.behaviour.keeps_first_period else profile


def takes(station: Station, profile: Profile) -> bool:
    """Tell whether a station takes a profile."""
    behaviour = station.behaviour
    place = station.connectors.get(profile.connector)
    running = None if place is None else place.transaction
    wrong = (
        (profile.connector != 0 and place is None),
        profile.unit not in behaviour.profile_units,
        len(profile.periods) > behaviour.max_periods,
        profile.stack_level > behaviour.max_stack_level,
        behaviour.profile_purposes is not None and profile.purpose not in behaviour.profile_purposes,
        profile.purpose in STATION_MAX and profile.connector != 0,
        profile.purpose == "TxProfile" and (running is None or profile.transaction_id not in {None, running.id}),
        profile.kind == "Absolute" and profile.start is None,
    )
    return not any(wrong)


def composite(station: Station, number: int, duration_s: int, unit: str) -> Payload:
    """Return the schedule that holds from now on for a connector."""
    place = station.connectors[number or 1]
    lines = len(place.outlet.currents_a)
    if station.behaviour.composite == "amperes":
        unit = "A"
    factor = 1.0 if unit == "A" else VOLTAGE_V * lines
    periods: list[Payload] = []
    if station.behaviour.composite != "empty":
        begin = station.now()
        for second in range(0, max(1, duration_s), 1 if duration_s <= _FINE_S else 60):
            limit = round(_bound_a(station, place, begin + timedelta(seconds=second), lines) * factor, 1)
            if not periods or periods[-1]["limit"] != limit:
                periods.append({"startPeriod": second, "limit": limit})
    return {"duration": duration_s, "chargingRateUnit": unit, "chargingSchedulePeriod": periods}


def _bound_a(station: Station, place: Connector, at: datetime, lines: int) -> float:
    transaction = place.transaction
    found = station.profiles.limits(
        place.number,
        at,
        transaction_id=None if transaction is None else transaction.id,
        transaction_start=None if transaction is None else transaction.start,
    )
    return min([place.outlet.max_a, *(one.current_a(VOLTAGE_V, lines) for one in found if one is not None)])


def reservable(places: list[Connector]) -> str:
    """Return how a station answers who wants to reserve one of these connectors."""
    if not places:
        return "Rejected"
    if any(one.error != "NoError" for one in places):
        return "Faulted"
    if not any(one.operative for one in places):
        return "Unavailable"
    if not any(one.transaction is None and not one.outlet.plugged for one in places):
        return "Occupied"
    return "Accepted"
