"""A charging profile in words common to OCPP 1.6 and 2.x, and what it allows at an instant."""

from dataclasses import dataclass, replace
from datetime import datetime

from .capabilities import ProfilePurpose, RateUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePeriod:
    """The limit in the schedule's unit, in force from `start_s` after its start until the next period.

    `phases` None says nothing of phases; stations then assume three.
    """

    start_s: int
    limit: float
    phases: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProfile:
    """An absolute profile. `start` is in the station's time (UTC); without `duration_s` it lasts for ever.

    `evse` 0 is the whole station. A profile replaces the one of the same EVSE, purpose and
    `stack_level`; of two the higher level wins.
    """

    id: int
    evse: int
    purpose: ProfilePurpose
    stack_level: int
    unit: RateUnit
    start: datetime
    periods: tuple[SchedulePeriod, ...]
    duration_s: int | None = None
    transaction_id: str | None = None

    @property
    def lasts(self) -> bool:
        """Whether it allows the same for ever, so that it need not be renewed."""
        return self.duration_s is None and len(self.periods) == 1

    def limit_at(self, at: datetime) -> float | None:
        """Return the limit at an instant of the station's time; None where the profile says nothing."""
        elapsed_s = (at - self.start).total_seconds()
        if elapsed_s < 0 or (self.duration_s is not None and elapsed_s >= self.duration_s):
            return None
        begun = [period for period in self.periods if period.start_s <= elapsed_s]
        return begun[-1].limit

    def same_as(self, other: ChargingProfile | None) -> bool:
        """Tell whether it allows for ever what `other` does, so that sending it changes nothing."""
        if other is None or not (self.lasts and other.lasts):
            return False
        return self == replace(other, start=self.start)
