"""Cutting an ended session in two, and joining two into one: no energy, time or cost is lost by either.

Where the trace of the session tells the register at the cut, both parts are exact at it. Else the
energy of the charging period that is cut is shared by time, and marked estimated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ..energy import split
from ..reading import Activity
from .session import ChargingPeriod, EndReason, Quality, Session
from .session_edit import SessionBoundsError, empty_periods, with_durations
from .trace import TraceSample

_MILLISECOND: Final = timedelta(milliseconds=1)
#: Samples of a trace are ten seconds apart; further ones do not tell what the register was in between.
_NEAR: Final = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A session with its periods. `origins` has, per period, the session and index that it comes from, or None."""

    session: Session
    periods: tuple[ChargingPeriod, ...]
    origins: tuple[tuple[str, int] | None, ...]


def cut_at(
    session: Session, periods: Sequence[ChargingPeriod], trace: Sequence[TraceSample], at: datetime, new_id: str
) -> tuple[Part, Part]:
    """Return the two parts of an ended session; SessionBoundsError where there is nothing to cut."""
    if session.end is None:
        raise SessionBoundsError("session_open")
    if not session.start < at < session.end:
        raise SessionBoundsError("cut_outside")
    first: list[tuple[ChargingPeriod, int]] = []
    second: list[tuple[ChargingPeriod, int]] = []
    for period in periods:
        if period.end <= at:
            first.append((period, period.index))
        elif period.start >= at:
            second.append((period, period.index))
        else:
            before, after = _cut(period, at, _used_until(session, first, trace, at))
            first.append((before, period.index))
            second.append((after, period.index))
    energy_mwh = sum(period.energy_mwh for period, _ in first)
    at_mwh = None if session.register_start_mwh is None else session.register_start_mwh + energy_mwh
    return (
        _part(replace(session, end=at, end_reason=EndReason.SPLIT, register_end_mwh=at_mwh), first, session.id),
        _part(replace(session, id=new_id, start=at, register_start_mwh=at_mwh), second, session.id),
    )


def joined(
    one: Session,
    one_periods: Sequence[ChargingPeriod],
    other: Session,
    other_periods: Sequence[ChargingPeriod],
    zone: ZoneInfo,
) -> Part:
    """Return two ended sessions as one, in whichever order; SessionBoundsError where they cannot be one.

    The time between them was idle. Where the register rose in it, for nobody, it is not told at either end.
    """
    if other.start < one.start:
        one, one_periods, other, other_periods = other, other_periods, one, one_periods
    if one.end is None or other.end is None:
        raise SessionBoundsError("session_open")
    if one.id == other.id or one.end > other.start:
        raise SessionBoundsError("sessions_overlap")
    between = empty_periods(one.end, other.start, Activity.FINISHING, zone)
    parts: list[tuple[ChargingPeriod, tuple[str, int] | None]] = [
        *((period, (one.id, period.index)) for period in one_periods),
        *((period, None) for period in between),
        *((period, (other.id, period.index)) for period in other_periods),
    ]
    whole = replace(
        one,
        end=other.end,
        end_reason=other.end_reason,
        settled=one.settled and other.settled,
        register_end_mwh=other.register_end_mwh,
        peak_power_w=max((w for w in (one.peak_power_w, other.peak_power_w) if w is not None), default=None),
    )
    whole = _summed(whole, [period for period, _ in parts])
    start_mwh, end_mwh = whole.register_start_mwh, whole.register_end_mwh
    if start_mwh is None or end_mwh is None or end_mwh - start_mwh != whole.energy_mwh:
        whole = replace(whole, register_start_mwh=None, register_end_mwh=None)
    periods = tuple(replace(period, index=index) for index, (period, _) in enumerate(parts))
    return Part(
        session=with_durations(whole, periods, whole.start, other.end),
        periods=periods,
        origins=tuple(origin for _, origin in parts),
    )


def _part(session: Session, parts: Sequence[tuple[ChargingPeriod, int]], origin_id: str) -> Part:
    periods = tuple(replace(period, index=index) for index, (period, _) in enumerate(parts))
    summed = _summed(session, periods)
    peaks = [period.greatest_power_w for period in periods if period.greatest_power_w is not None]
    summed = replace(summed, peak_power_w=max(peaks, default=None))
    end = session.end or session.start
    return Part(
        session=with_durations(summed, periods, session.start, end),
        periods=periods,
        origins=tuple((origin_id, index) for _, index in parts),
    )


def _summed(session: Session, periods: Sequence[ChargingPeriod]) -> Session:
    solar = [period.solar_mwh for period in periods if period.solar_mwh is not None]
    return replace(
        session,
        energy_mwh=sum(period.energy_mwh for period in periods),
        estimated_mwh=sum(period.estimated_mwh for period in periods),
        solar_mwh=sum(solar) if solar else None,
    )


def _used_until(
    session: Session, before: Sequence[tuple[ChargingPeriod, int]], trace: Sequence[TraceSample], at: datetime
) -> int | None:
    """Return what the period that is cut had used until then, by the register of the trace; None without it."""
    if session.register_start_mwh is None:
        return None
    told = [sample for sample in trace if sample.register_mwh is not None]
    earlier = [sample for sample in told if at - _NEAR <= sample.at <= at]
    later = [sample for sample in told if at <= sample.at <= at + _NEAR]
    if not earlier or not later:
        return None
    low, high = earlier[-1], later[0]
    low_mwh, high_mwh = low.register_mwh or 0, high.register_mwh or 0
    span = (high.at - low.at) // _MILLISECOND
    rise = 0 if span == 0 else (high_mwh - low_mwh) * ((at - low.at) // _MILLISECOND) // span
    return low_mwh + rise - session.register_start_mwh - sum(period.energy_mwh for period, _ in before)


def _cut(period: ChargingPeriod, at: datetime, used_mwh: int | None) -> tuple[ChargingPeriod, ChargingPeriod]:
    """Return the two parts of a period that is cut."""
    lasted = [(at - period.start) // _MILLISECOND, (period.end - at) // _MILLISECOND]
    if used_mwh is None:
        energies = split(period.energy_mwh, lasted if any(lasted) else [1, 1])
    else:
        known = max(0, min(period.energy_mwh, used_mwh))
        energies = [known, period.energy_mwh - known]
    weights = energies if any(energies) else [1, 1]
    guessed = used_mwh is None and period.energy_mwh > 0
    estimated = energies if guessed else split(period.estimated_mwh, weights)
    solar = [None, None] if period.solar_mwh is None else split(period.solar_mwh, weights)
    bounds = ((period.start, at), (at, period.end))
    before, after = (
        replace(
            period,
            start=start,
            end=end,
            duration_ms=lasted[place],
            energy_mwh=energies[place],
            estimated_mwh=estimated[place],
            solar_mwh=solar[place],
            quality=Quality.ESTIMATED if guessed else period.quality,
        )
        for place, (start, end) in enumerate(bounds)
    )
    return before, after
