"""What is wanted of one EVSE of a station, within what it can take."""

from dataclasses import dataclass
from datetime import datetime
from math import inf

from ...core.station.limiting import LimitWish

_ALL_PHASES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseBounds:
    """What one EVSE can take. The power of 1 A is that on all its `phases`, and that on one phase alone."""

    evse: int
    min_a: float
    max_a: float
    watts_per_a: float
    one_phase_watts_per_a: float
    phases: int = _ALL_PHASES
    least_interval_s: float = 0.0

    @property
    def has_all_phases(self) -> bool:
        """Whether there are phases to switch off."""
        return self.phases == _ALL_PHASES


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseWish:
    """All that is wanted of an EVSE. `limit_a` is None until a limit was set."""

    limit_a: float | None = None
    paused: bool = False
    phases: int | None = None  # those that were asked for; None: as it is

    @property
    def is_any(self) -> bool:
        """Whether anything was asked for yet."""
        return self.limit_a is not None or self.paused

    @property
    def allowed_a(self) -> float:
        """What it may take, in A."""
        if self.paused:
            return 0.0
        return inf if self.limit_a is None else self.limit_a

    def watts_per_a(self, bounds: EvseBounds) -> float:
        """Return the power of 1 A on the phases that are asked for."""
        return bounds.one_phase_watts_per_a if self.phases == 1 else bounds.watts_per_a

    def limit_within(
        self,
        bounds: EvseBounds,
        *,
        fallback_a: float,
        station_now: datetime,
        says_phases: bool,
        transaction_id: str | None,
        hold_s: int,
    ) -> LimitWish:
        """Return the limit that holds the wish."""
        return LimitWish(
            evse=bounds.evse,
            limit_a=min(self.allowed_a, bounds.max_a),
            fallback_a=fallback_a,
            min_a=bounds.min_a,
            watts_per_a=self.watts_per_a(bounds),
            station_now=station_now,
            phases=bounds.phases if self.phases is None else self.phases,
            says_phases=says_phases,
            transaction_id=transaction_id,
            hold_s=hold_s,
        )
