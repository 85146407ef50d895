"""What others allow a station: an energy manager, the grid operator, whoever set it at the station itself.

A station of OCPP 2.x tells of such a limit and takes it back (OCPP 2.0.1, K12 and K13). One of
which only the source is told is known to be there, and caps nothing here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..plain import from_plain, to_plain
from .capabilities import RateUnit
from .charging_profile import SchedulePeriod

_VERSION: Final = 1
#: A station is a stranger: more than these are not remembered, the oldest go.
MOST_LIMITS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OthersLimit:
    """A limit that another one set. `evse` 0 is the whole station; `start` is in the station's time (UTC).

    Without periods nobody said how high it is.
    """

    source: str
    evse: int = 0
    start: datetime
    unit: RateUnit = RateUnit.AMPERE
    periods: tuple[SchedulePeriod, ...] = ()
    duration_s: int | None = None
    is_grid_critical: bool = False

    def limit_at(self, at: datetime) -> float | None:
        """Return the limit at an instant of the station's time, in its unit; None where there is none."""
        elapsed_s = (at - self.start).total_seconds()
        if elapsed_s < 0 or (self.duration_s is not None and elapsed_s >= self.duration_s):
            return None
        begun = [period for period in self.periods if period.start_s <= elapsed_s]
        return begun[-1].limit if begun and begun[-1].limit >= 0 else None  # -1: no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that others allow an EVSE now, in A, and who it is that allows no more."""

    limit_a: float
    source: str
    is_grid_critical: bool = False


@dataclass(frozen=True, slots=True)
class OthersLimits:
    """The limits of others that a station has told of, the newest last."""

    there: tuple[OthersLimit, ...] = ()

    def told(self, source: str, evse: int, limits: tuple[OthersLimit, ...]) -> OthersLimits:
        """Return what holds after a source set its limits of an EVSE: they replace those that it had there."""
        return OthersLimits((*self.cleared(source, evse).there, *limits)[-MOST_LIMITS:])

    def cleared(self, source: str, evse: int) -> OthersLimits:
        """Return what holds after a source took back its limits: those of an EVSE, with 0 all of them."""
        return OthersLimits(tuple(one for one in self.there if one.source != source or evse not in {0, one.evse}))

    def cap(self, evse: int, at: datetime, *, watts_per_a: float) -> Cap | None:
        """Return the least that an EVSE is allowed at an instant of the station's time; None where nobody limits it."""
        caps = [
            Cap(limit_a=limit_a, source=one.source, is_grid_critical=one.is_grid_critical)
            for one in self.there
            if one.evse in {0, evse} and (limit_a := _in_amperes(one, at, watts_per_a)) is not None
        ]
        return min(caps, key=_limit_a, default=None)

    def of_station(self, at: datetime) -> tuple[float | None, float | None]:
        """Return what all EVSEs together may have at an instant of the station's time: in A on each line, and in W.

        None where nobody limits them together.
        """
        limits: dict[RateUnit, float] = {}
        for one in self.there:
            limit = one.limit_at(at) if one.evse == 0 else None
            if limit is not None:
                limits[one.unit] = min(limit, limits.get(one.unit, limit))
        return limits.get(RateUnit.AMPERE), limits.get(RateUnit.WATT)

    def to_json(self) -> str:
        """Return them as text."""
        return to_plain(self, _VERSION)

    @classmethod
    def from_json(cls, text: str) -> OthersLimits:
        """Return them from their text; ValueError where it is none of ours."""
        return from_plain(cls, text, _VERSION)


def _in_amperes(limit: OthersLimit, at: datetime, watts_per_a: float) -> float | None:
    value = limit.limit_at(at)
    return value if value is None or limit.unit is RateUnit.AMPERE else value / watts_per_a


def _limit_a(cap: Cap) -> float:
    return cap.limit_a
