"""The ways in which a station can be limited, best first: which to try, and which to go on to when one is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .capabilities import Capabilities, Feature, ProfilePurpose, RateUnit


class Way(StrEnum):
    """How a limit is set."""

    TX = "tx_profile"  # a TxProfile while a transaction runs, else the default for the next one
    TX_DEFAULT = "tx_default_profile"
    STATION_MAX = "station_max_profile"
    VENDOR_KEY = "vendor_key"  # a setting of the vendor's own holds the limit
    START_STOP = "start_stop"  # nothing limits it: transactions are started and stopped


_WAY_OF = {
    ProfilePurpose.TX: Way.TX,
    ProfilePurpose.TX_DEFAULT: Way.TX_DEFAULT,
    ProfilePurpose.STATION_MAX: Way.STATION_MAX,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way with its unit and stack level, where it has any."""

    way: Way
    unit: RateUnit = RateUnit.AMPERE
    stack_level: int = 0

    @property
    def by_profile(self) -> bool:
        """Whether a charging profile is sent."""
        return self.way in {Way.TX, Way.TX_DEFAULT, Way.STATION_MAX}

    @property
    def key(self) -> str:
        """What it is remembered by."""
        return f"{self.way}/{self.unit}/{self.stack_level}" if self.by_profile else self.way.value


def ladder(station: Capabilities) -> tuple[Rung, ...]:
    """Return the ways to limit a station, best first; the last is there for every station.

    A unit that it does not name comes after those that it does: some do not know their own.
    """
    unnamed = tuple(unit for unit in RateUnit if unit not in station.rate_units)
    rungs = [*_by_profile(station, (station.rate_unit,)), *_by_profile(station, unnamed)]
    if station.vendor_limit is not None and station.evse_count == 1:
        rungs.append(Rung(way=Way.VENDOR_KEY))
    rungs.append(Rung(way=Way.START_STOP))
    return tuple(dict.fromkeys(rungs))


def _by_profile(station: Capabilities, units: tuple[RateUnit, ...]) -> Iterator[Rung]:
    if not station.supports(Feature.SMART_CHARGING):
        return
    for purpose in station.purposes:
        # What bounds the whole station bounds an EVSE only where there is one.
        if purpose is ProfilePurpose.STATION_MAX and station.evse_count > 1:
            continue
        # A transaction's own profile needs a place beside the default for the next one.
        if purpose is ProfilePurpose.TX and station.max_profiles == 1:
            continue
        for unit in units:
            # The highest level wins over what others have set; 0 is taken by all.
            for level in dict.fromkeys((station.stack_level, 0)):
                yield Rung(way=_WAY_OF[purpose], unit=unit, stack_level=level)


def known_rung(rungs: tuple[Rung, ...], key: str | None) -> Rung:
    """Return the rung that is remembered; the best where there is none, or where it is gone."""
    return next((rung for rung in rungs if rung.key == key), rungs[0])


def next_rung(rungs: tuple[Rung, ...], refused: Rung) -> Rung | None:
    """Return what to try after a refusal; None where nothing is left."""
    after = rungs.index(refused) + 1
    return rungs[after] if after < len(rungs) else None
