"""What a station of OCPP 2.x tells of the limits that others set: NotifyChargingLimit and its kin."""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, Final

from ....core.station.capabilities import RateUnit
from ....core.station.charging_profile import SchedulePeriod
from ....core.station.clock import told_instant
from ....core.station.others_limits import OthersLimit
from ..loose import record_of, records_of, text_of, whole_of

#: ChargingProfilePurposeEnumType: a station keeps the limits of others as profiles of this purpose (K12).
EXTERNAL: Final = "ChargingStationExternalConstraints"
#: ChargingLimitSourceEnumType: what we set ourselves.
_OURS: Final = "CSO"
_MOST_PERIODS: Final = 1024
_LONGEST_SOURCE: Final = 20


def source_of(payload: Mapping[str, Any]) -> str | None:
    """Return who set a limit, as a NotifyChargingLimit, its end or a report names him; None where it is us."""
    limit = record_of(payload, "chargingLimit")
    source = text_of(limit, "chargingLimitSource", _LONGEST_SOURCE) or text_of(
        payload, "chargingLimitSource", _LONGEST_SOURCE
    )
    return None if source == _OURS else source or "Other"


def evse_of(payload: Mapping[str, Any]) -> int:
    """Return which EVSE is limited; 0 is the whole station."""
    evse = whole_of(payload, "evseId")
    return evse if evse is not None and evse > 0 else 0


def limits_of(payload: Mapping[str, Any], now: datetime) -> tuple[OthersLimit, ...]:
    """Return the limits of a NotifyChargingLimit; `now` is the station's time, from which counts what names none."""
    source = source_of(payload)
    if source is None:
        return ()
    critical = record_of(payload, "chargingLimit").get("isGridCritical") is True
    schedules = records_of(payload, "chargingSchedule")
    if not schedules:
        return (OthersLimit(source=source, evse=evse_of(payload), start=now, is_grid_critical=critical),)
    return tuple(_limit(one, source, evse_of(payload), now, critical=critical) for one in schedules)


def reported(payload: Mapping[str, Any], now: datetime) -> tuple[OthersLimit, ...]:
    """Return the limits of others in a ReportChargingProfiles."""
    source = source_of(payload)
    found = []
    for profile in records_of(payload, "chargingProfile"):
        if profile.get("chargingProfilePurpose") != EXTERNAL:
            continue
        found += [
            _limit(one, source or "Other", evse_of(payload), now, critical=False)
            for one in records_of(profile, "chargingSchedule")
        ]
    return tuple(found)


def _limit(schedule: Mapping[str, Any], source: str, evse: int, now: datetime, *, critical: bool) -> OthersLimit:
    periods = (_period(one) for one in records_of(schedule, "chargingSchedulePeriod")[:_MOST_PERIODS])
    return OthersLimit(
        source=source,
        evse=evse,
        start=told_instant(schedule.get("startSchedule")) or now,
        unit=RateUnit.WATT if schedule.get("chargingRateUnit") == RateUnit.WATT else RateUnit.AMPERE,
        periods=tuple(sorted((one for one in periods if one is not None), key=_start_s)),
        duration_s=whole_of(schedule, "duration"),
        is_grid_critical=critical,
    )


def _period(period: Mapping[str, Any]) -> SchedulePeriod | None:
    start_s, limit = whole_of(period, "startPeriod"), period.get("limit")
    if start_s is None or isinstance(limit, bool) or not isinstance(limit, int | float) or not isfinite(limit):
        return None
    return SchedulePeriod(start_s=start_s, limit=float(limit))


def _start_s(period: SchedulePeriod) -> int:
    return period.start_s
