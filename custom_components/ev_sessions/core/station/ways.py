"""The ways in which a station can be limited, best first: which to try, and which to go on to when one is refused."""

from dataclasses import dataclass
from enum import StrEnum

from .charging_profile import RateUnit


class Way(StrEnum):
    """How a limit is set."""

    TX = "tx_profile"  # a TxProfile while a transaction runs, else the default for the next one
    TX_DEFAULT = "tx_default_profile"
    STATION_MAX = "station_max_profile"
    VENDOR_KEY = "vendor_key"  # a configuration key of the vendor's holds the limit
    START_STOP = "start_stop"  # nothing limits it: transactions are started and stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileAbility:
    """What a station can do with charging profiles; None is "not known".

    `units`: ChargingScheduleAllowedChargingRateUnit; `max_stack_level`: ChargeProfileMaxStackLevel;
    `max_periods`: ChargingScheduleMaxPeriods; `max_profiles`: MaxChargingProfilesInstalled.
    `stack_level` is the one that a quirk asks for. `one_evse`: what bounds the station bounds the EVSE.
    """

    smart_charging: bool = True
    units: frozenset[RateUnit] | None = None
    max_stack_level: int | None = None
    max_periods: int | None = None
    max_profiles: int | None = None
    stack_level: int | None = None
    vendor_key: str | None = None
    one_evse: bool = True

    @property
    def one_period(self) -> bool:
        """Whether a schedule can hold no more than one limit."""
        return self.max_periods == 1

    @property
    def levels(self) -> tuple[int, ...]:
        """The stack levels to try: the highest wins over what others have set, 0 is taken by all."""
        if self.stack_level is not None:
            return (self.stack_level,)
        highest = max(0, self.max_stack_level or 0)
        return (highest, 0) if highest else (0,)

    @property
    def units_to_try(self) -> tuple[RateUnit, ...]:
        """The units that it takes, amperes first; both where that is not known."""
        return tuple(unit for unit in RateUnit if not self.units or unit in self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way with its unit and stack level, where it has any."""

    way: Way
    unit: RateUnit = RateUnit.AMPERES
    stack_level: int = 0

    @property
    def by_profile(self) -> bool:
        """Whether a charging profile is sent."""
        return self.way in {Way.TX, Way.TX_DEFAULT, Way.STATION_MAX}

    @property
    def key(self) -> str:
        """What it is remembered by."""
        return f"{self.way}/{self.unit}/{self.stack_level}" if self.by_profile else self.way.value


def ladder(ability: ProfileAbility) -> tuple[Rung, ...]:
    """Return the ways to limit a station, best first; the last is there for every station."""
    rungs = [
        Rung(way=way, unit=unit, stack_level=level)
        for way in _profile_ways(ability)
        for unit in ability.units_to_try
        for level in ability.levels
    ]
    if ability.vendor_key is not None:
        rungs.append(Rung(way=Way.VENDOR_KEY))
    rungs.append(Rung(way=Way.START_STOP))
    return tuple(rungs)


def _profile_ways(ability: ProfileAbility) -> tuple[Way, ...]:
    if not ability.smart_charging:
        return ()
    ways: list[Way] = []
    # A transaction's own profile needs a place beside the default for the next one.
    if ability.max_profiles is None or ability.max_profiles > 1:
        ways.append(Way.TX)
    ways.append(Way.TX_DEFAULT)
    if ability.one_evse:
        ways.append(Way.STATION_MAX)
    return tuple(ways)


def known_rung(rungs: tuple[Rung, ...], key: str | None) -> Rung:
    """Return the rung that is remembered; the best where there is none, or where it is gone."""
    return next((rung for rung in rungs if rung.key == key), rungs[0])


def next_rung(rungs: tuple[Rung, ...], refused: Rung) -> Rung | None:
    """Return what to try after a refusal; None where nothing is left."""
    after = rungs.index(refused) + 1
    return rungs[after] if after < len(rungs) else None
