"""From a limit to the profiles that hold it, and that let go of it when nobody renews them.

A profile has two periods: the limit now, and the fallback from `hold_s` on. So a station that
hears no more of us comes to its fallback by itself, whatever it does when a profile ends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

from .capabilities import Capabilities, ProfilePurpose, RateUnit
from .charging_profile import ChargingProfile, SchedulePeriod
from .ways import Rung, Way

#: How long a limit holds without us. It is renewed at half of that.
DEFAULT_HOLD_S = 600
#: A profile that begins in the station's future limits nothing yet: its clock is known only so well.
_BACKDATED = timedelta(seconds=60)
#: Floats that differ by less are the same tenth.
_HAIR = 1e-6

#: The last digit of a profile's id tells its purpose; the rest is the EVSE.
_ID_OF = {ProfilePurpose.TX: 1, ProfilePurpose.TX_DEFAULT: 2, ProfilePurpose.STATION_MAX: 3}
_LOWEST_DEFAULT_ID = 4
_IDS_PER_EVSE = 10

_PURPOSE_OF = {Way.TX_DEFAULT: ProfilePurpose.TX_DEFAULT, Way.STATION_MAX: ProfilePurpose.STATION_MAX}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitWish:
    """What one EVSE is to be allowed, in A: now, and `hold_s` after `station_now` if we are silent.

    Less than `min_a` is a pause: between 0 and the least current of a car there is nothing
    (IEC 61851-1). `watts_per_a` is its power at 1 A on `phases` phases. `station_now` is the
    time (UTC) that the station's own clock shows. Where it `says_phases`, the profile names
    them though they are three, as a station assumes.
    """

    evse: int
    limit_a: float
    fallback_a: float
    min_a: float
    watts_per_a: float
    station_now: datetime
    phases: int = 3
    says_phases: bool = False
    transaction_id: str | None = None
    hold_s: int = DEFAULT_HOLD_S

    def in_unit(self, current_a: float, unit: RateUnit, *, decimals: bool = True) -> float:
        """Return a current as a limit with one decimal or none, never more than was asked; 0 is a pause."""
        if current_a < self.min_a - _HAIR:
            return 0.0
        value = current_a if unit is RateUnit.AMPERE else current_a * self.watts_per_a
        scale = 10 if decimals else 1
        return floor(value * scale + _HAIR) / scale


def profiles_for(wish: LimitWish, rung: Rung, station: Capabilities) -> tuple[ChargingProfile, ...]:
    """Return the profiles that hold a limit, in the order in which they are to be sent."""
    purpose = _purpose(wish, rung)
    # OCPP allows one decimal; some stations take none.
    decimals = station.limit_decimals > 0
    limit = wish.in_unit(wish.limit_a, rung.unit, decimals=decimals)
    fallback = wish.in_unit(wish.fallback_a, rung.unit, decimals=decimals)
    if limit == fallback:
        return (_profile(wish, rung, purpose, [(0, limit)]),)
    ends_s = int(_BACKDATED.total_seconds()) + wish.hold_s
    if station.holds_periods(2):
        return (_profile(wish, rung, purpose, [(0, limit), (ends_s, fallback)]),)
    if not _can_stand_apart(purpose, rung):
        # The default for the next transaction is the fallback: what comes after it can still be lifted.
        least = min(limit, fallback) if rung.way is Way.TX else limit
        return (_profile(wish, rung, purpose, [(0, least)]),)
    return (
        _profile(wish, rung, purpose, [(0, limit)], duration_s=ends_s),
        _standing(wish, rung, fallback),
    )


def falls_back_alone(wish: LimitWish, rung: Rung, station: Capabilities) -> bool:
    """Tell whether the station comes to its fallback by itself, if it does as its profiles say."""
    if not rung.by_profile:
        return False
    return station.holds_periods(2) or _can_stand_apart(_purpose(wish, rung), rung)


def profile_ids(evse: int) -> tuple[int, ...]:
    """Return the ids of all profiles that an EVSE can have from us."""
    return tuple(evse * _IDS_PER_EVSE + digit for digit in (*_ID_OF.values(), _LOWEST_DEFAULT_ID))


def renewal_due(
    profiles: tuple[ChargingProfile, ...], *, connected: bool | None, limit_a: float, above_a: float
) -> bool:
    """Tell whether profiles have to be renewed before they end.

    Without a car nothing is lost by the fallback `above_a`, unless less than that is wished: stations
    keep profiles in flash, which wears out.
    """
    if all(profile.lasts for profile in profiles):
        return False
    return connected is not False or limit_a < above_a


def _purpose(wish: LimitWish, rung: Rung) -> ProfilePurpose:
    if rung.way is not Way.TX:
        return _PURPOSE_OF[rung.way]
    return ProfilePurpose.TX if wish.transaction_id is not None else ProfilePurpose.TX_DEFAULT


def _can_stand_apart(purpose: ProfilePurpose, rung: Rung) -> bool:
    """Whether the fallback can be a profile of its own below the limit's; the station's bound ends as no bound."""
    return purpose is ProfilePurpose.TX or (purpose is ProfilePurpose.TX_DEFAULT and rung.stack_level > 0)


def _standing(wish: LimitWish, rung: Rung, fallback: float) -> ChargingProfile:
    return _profile(wish, Rung(way=Way.TX_DEFAULT, unit=rung.unit), ProfilePurpose.TX_DEFAULT, [(0, fallback)])


def _profile(
    wish: LimitWish,
    rung: Rung,
    purpose: ProfilePurpose,
    limits: list[tuple[int, float]],
    *,
    duration_s: int | None = None,
) -> ChargingProfile:
    phases = wish.phases if wish.says_phases or wish.phases != 3 else None
    return ChargingProfile(
        id=_id_of(wish.evse, purpose, rung.stack_level),
        evse=0 if purpose is ProfilePurpose.STATION_MAX else wish.evse,
        purpose=purpose,
        stack_level=rung.stack_level,
        unit=rung.unit,
        start=wish.station_now.replace(microsecond=0) - _BACKDATED,
        periods=tuple(SchedulePeriod(start_s=start_s, limit=limit, phases=phases) for start_s, limit in limits),
        duration_s=duration_s,
        transaction_id=wish.transaction_id if purpose is ProfilePurpose.TX else None,
    )


def _id_of(evse: int, purpose: ProfilePurpose, stack_level: int) -> int:
    # One id for one place: a 2.x station refuses a second profile of the same purpose and level.
    lowest_default = purpose is ProfilePurpose.TX_DEFAULT and stack_level == 0
    return evse * _IDS_PER_EVSE + (_LOWEST_DEFAULT_ID if lowest_default else _ID_OF[purpose])
