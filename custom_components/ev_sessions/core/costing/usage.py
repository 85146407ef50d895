"""What was used: the charging periods of a session, as far as a tariff looks at them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Self

from ..moment import us_of


class PeriodState(StrEnum):
    """What the vehicle did, as far as time has a price.

    Time is charging (TIME), or the vehicle asked for no power (PARKING_TIME); while the EVSE
    withholds power neither counts (OCPI's PARKING_TIME of 2026). A reservation is before the
    session; one that expired was followed by none.
    """

    CHARGING = "charging"
    PARKING = "parking"
    SUSPENDED_EVSE = "suspended_evse"
    RESERVATION = "reservation"
    RESERVATION_EXPIRED = "reservation_expired"


RESERVATIONS = frozenset({PeriodState.RESERVATION, PeriodState.RESERVATION_EXPIRED})


class UsageError(ValueError):
    """Periods that cannot be those of one session; `reason` is a word, `place` a period's number."""

    def __init__(self, reason: str, place: int) -> None:
        """Say which period, and why."""
        super().__init__(f"period {place}: {reason}")
        self.reason = reason
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePeriod:
    """A slice [start, end) of a session, instants in UTC, with its energy in mWh.

    `power_kw` and `current_a` (sum over the phases) are what flowed throughout; where they
    are not known the mean stands in for them. `estimated_mwh` was not measured, `solar_mwh`
    came from the sun (None: not known). A part that
    was cut off a period says which by `part_of`; where the energy within a period is only
    taken to be linear, `linear` says so.
    """

    start: datetime
    end: datetime
    energy_mwh: int = 0
    state: PeriodState = PeriodState.CHARGING
    power_kw: Decimal | None = None
    current_a: Decimal | None = None
    estimated_mwh: int = 0
    solar_mwh: int | None = None
    part_of: int | None = None
    linear: bool = False

    @property
    def start_us(self) -> int:
        """The start, in microseconds since the epoch."""
        return us_of(self.start)

    @property
    def end_us(self) -> int:
        """The end, in microseconds since the epoch."""
        return us_of(self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A session's periods in order of time; they do not overlap, and may leave time out."""

    periods: tuple[UsagePeriod, ...]

    @classmethod
    def of(cls, periods: Iterable[UsagePeriod]) -> Self:
        """Return the usage of periods told in any order; UsageError where they contradict each other."""
        told = tuple(periods)
        for place, period in enumerate(told):
            if period.end < period.start:
                raise UsageError("ends_before_start", place)
            if period.energy_mwh < 0:
                raise UsageError("negative_energy", place)
        if not told:
            raise UsageError("no_periods", 0)
        order = sorted(range(len(told)), key=lambda place: (told[place].start, told[place].end, place))
        for before, after in pairwise(order):
            if told[after].start < told[before].end:
                raise UsageError("overlap", after)
        return cls(periods=tuple(told[place] for place in order))

    @property
    def start(self) -> datetime:
        """The instant at which the session began: after its reservation."""
        begun = (period.start for period in self.periods if period.state not in RESERVATIONS)
        return next(begun, self.periods[0].start)

    @property
    def energy_mwh(self) -> int:
        """The energy of the session."""
        return sum(period.energy_mwh for period in self.periods)

    @property
    def has_gaps(self) -> bool:
        """Whether time between the periods is not told."""
        return any(before.end < after.start for before, after in pairwise(self.periods))
