"""When a tariff's element counts: OCPI TariffRestrictions.

All restrictions of an element have to hold, each at the instant: an element becomes active
and inactive during a session. Where OCPI leaves a choice, the manual (tariffs.md) has ours.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from ..energy import mwh_from_kwh

MINUTES_PER_DAY = 24 * 60
#: Whatever has an order; both bounds are of the kind of the value.
type _Ordered = Any
_US_PER_S = 1_000_000


class DayOfWeek(StrEnum):
    """OCPI DayOfWeek, in the order of ISO weekdays."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


DAYS = tuple(DayOfWeek)


class Reservation(StrEnum):
    """OCPI ReservationRestrictionType: the element prices a reservation, no session."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What restrictions look at, at one instant of a session.

    `local` is the wall clock of the site. `energy_mwh` and `duration_us` count from the
    session's start. Power and current (sum over the phases) are None where unknown: then no
    restriction on them holds.
    """

    local: datetime
    energy_mwh: int | Fraction = 0
    duration_us: int = 0
    power_kw: Decimal | None = None
    current_a: Decimal | None = None
    reservation: Reservation | None = None
    month_mwh: int | Fraction = 0
    solar: bool = False
    holiday: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Restrictions:
    """The conditions of an element; None, no days and no months (1 to 12) restrict nothing.

    Months, the energy of the local month so far, whether energy is the sun's and whether a
    day is a holiday are ours; OCPI does not have them.

    Lower bounds and `start_date` are inclusive, upper bounds and `end_date` exclusive. The
    times are local, by the minute: `end_time` 00:00 is the end of the day, an end before
    the start wraps over midnight, and equal times are the whole day.
    """

    start_time: time | None = None
    end_time: time | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current_a: Decimal | None = None
    max_current_a: Decimal | None = None
    min_power_kw: Decimal | None = None
    max_power_kw: Decimal | None = None
    min_duration_s: int | None = None
    max_duration_s: int | None = None
    day_of_week: tuple[DayOfWeek, ...] = ()
    reservation: Reservation | None = None
    months: tuple[int, ...] = ()
    min_month_kwh: Decimal | None = None
    max_month_kwh: Decimal | None = None
    solar: bool | None = None
    holiday: bool | None = None

    def holds(self, moment: Moment) -> bool:
        """Return whether all restrictions hold at a moment."""
        return (
            moment.reservation is self.reservation
            and _within(moment.energy_mwh, self.min_mwh, self.max_mwh)
            and _within(moment.duration_us, self.min_duration_us, self.max_duration_us)
            and self._holds_on_the_calendar(moment.local)
            and self._holds_for_us(moment)
            and _within(moment.power_kw, self.min_power_kw, self.max_power_kw)
            and _within(moment.current_a, self.min_current_a, self.max_current_a)
        )

    def _holds_for_us(self, moment: Moment) -> bool:
        """Return whether those restrictions hold that OCPI does not have."""
        return (
            (not self.months or moment.local.month in self.months)
            and _within(moment.month_mwh, self.min_month_mwh, self.max_month_mwh)
            and self.solar in {None, moment.solar}
            and self.holiday in {None, moment.holiday}
        )

    def _holds_on_the_calendar(self, local: datetime) -> bool:
        if self.day_of_week and DAYS[local.weekday()] not in self.day_of_week:
            return False
        if not _within(local.date(), self.start_date, self.end_date):
            return False
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.minutes)

    @property
    def minutes(self) -> tuple[tuple[int, int], ...]:
        """The spans [start, end) of the day in which it holds, in minutes since midnight."""
        start = 0 if self.start_time is None else _minute(self.start_time)
        end = MINUTES_PER_DAY if self.end_time is None else _minute(self.end_time) or MINUTES_PER_DAY
        if start == end:
            return ((0, MINUTES_PER_DAY),)
        if start < end:
            return ((start, end),)
        return ((0, end), (start, MINUTES_PER_DAY))

    @property
    def has_times(self) -> bool:
        """Whether the wall clock's time of day decides."""
        return self.minutes != ((0, MINUTES_PER_DAY),)

    @property
    def has_days(self) -> bool:
        """Whether the local calendar day decides."""
        ours = bool(self.months) or self.holiday is not None or self.has_month_tiers
        return ours or bool(self.day_of_week) or self.start_date is not None or self.end_date is not None

    @property
    def asks_for_session(self) -> bool:
        """Whether it matters what a session had, draws, or how long it lasts: no calendar tells that."""
        return self != replace(
            self,
            min_kwh=None,
            max_kwh=None,
            min_current_a=None,
            max_current_a=None,
            min_power_kw=None,
            max_power_kw=None,
            min_duration_s=None,
            max_duration_s=None,
        )

    @property
    def has_month_tiers(self) -> bool:
        """Whether the energy of the month so far decides; a month begins at local midnight."""
        return self.min_month_kwh is not None or self.max_month_kwh is not None

    @property
    def edge_minutes(self) -> frozenset[int]:
        """The minutes of the local day at which it may begin or cease to hold; midnight is 0."""
        times = {minute % MINUTES_PER_DAY for span in self.minutes for minute in span} if self.has_times else set()
        return frozenset({0, *times} if self.has_days else times)

    @property
    def min_mwh(self) -> int | None:
        """From this energy of the session on, in mWh."""
        return None if self.min_kwh is None else mwh_from_kwh(self.min_kwh)

    @property
    def max_mwh(self) -> int | None:
        """Up to this energy of the session, in mWh."""
        return None if self.max_kwh is None else mwh_from_kwh(self.max_kwh)

    @property
    def min_month_mwh(self) -> int | None:
        """From this energy of the local month on, in mWh."""
        return None if self.min_month_kwh is None else mwh_from_kwh(self.min_month_kwh)

    @property
    def max_month_mwh(self) -> int | None:
        """Up to this energy of the local month, in mWh."""
        return None if self.max_month_kwh is None else mwh_from_kwh(self.max_month_kwh)

    @property
    def min_duration_us(self) -> int | None:
        """From this duration of the session on."""
        return None if self.min_duration_s is None else self.min_duration_s * _US_PER_S

    @property
    def max_duration_us(self) -> int | None:
        """Up to this duration of the session."""
        return None if self.max_duration_s is None else self.max_duration_s * _US_PER_S


def _within(value: _Ordered | None, least: _Ordered | None, below: _Ordered | None) -> bool:
    if least is None and below is None:
        return True
    return value is not None and (least is None or value >= least) and (below is None or value < below)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
