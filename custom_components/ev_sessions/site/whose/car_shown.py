"""What a vehicle showed of its battery and its road, as it is kept with whose a session is."""

from dataclasses import replace

from ...core.vehicles.consumption import consumption_kwh
from ...store import LastCharge, SessionOwner


def as_it_came(record: SessionOwner, before: SessionOwner) -> SessionOwner:
    """Return what is known of a session with what its vehicle showed when it came."""
    soc, km = before.soc_start_percent, before.odometer_km
    return replace(
        record,
        soc_start_percent=record.soc_start_percent if soc is None else soc,
        soc_end_percent=before.soc_end_percent,
        odometer_end_km=before.odometer_end_km,
        odometer_km=record.odometer_km if km is None else km,
        consumption_kwh=before.consumption_kwh,
    )


def used_between(last: LastCharge, record: SessionOwner, battery_kwh: float | None) -> float | None:
    """Return what a vehicle used since its last charge, per 100 km; None where its battery or its road is not known."""
    known = last.odometer_km is not None and record.odometer_km is not None
    return consumption_kwh(
        battery_kwh=battery_kwh,
        left_percent=last.soc_end_percent,
        came_percent=record.soc_start_percent,
        km=(record.odometer_km or 0) - (last.odometer_km or 0) if known else None,
    )
