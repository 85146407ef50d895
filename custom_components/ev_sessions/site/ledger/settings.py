"""What people set at run time: kept in the ledger at once, never left to restored states."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
import logging
from typing import Any

from ...core.balancing.sharing.one_phase import MOST_PER_DAY
from ...core.plain import from_plain, to_plain
from ...core.sessions.session_limit import NO_LIMITS, LimitState
from ...core.vehicles.departure import DEFAULT_ENERGY_MWH, Departure

_LOGGER = logging.getLogger(__name__)

_LIMITS_VERSION = 1

#: Where the ledger keeps them.
EVSE_SETTINGS = "evse"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseSource:
    """What an EVSE is read from: whether anything tells of a car, and which meters it has.

    `entities` are what the meters were called then, which is no part of what they are; None where that was not kept.
    """

    status: bool
    register: str | None
    counter: str | None
    entities: tuple[str | None, str | None] | None = field(default=None, compare=False)


@dataclass(slots=True, kw_only=True)
class EvseSettings:
    """The settings of one EVSE.

    `charging_allowed` false holds until it is set true; where `until_unplugged`, the next
    unplug sets it true. `limit_a` is a limit for a time: until `limit_until` (UTC), or until
    the car is unplugged where that is None. `switched_off` is that we paused the charger.
    `phases` is on how many it was told to charge, 1 or 3. `overridden_a` is the limit that
    somebody set at the charger itself, for this car; 0 is a stop; `asked_there_a` is the current
    that he asked for there. `source` is what it was read from when it was last started. `limits`
    are those of its sessions. `soc_told`: the charger itself has told how full a
    car is. `departure` is when this car leaves, and `departure_energy_mwh` what a car needs of
    which only that is said. `phases_auto`: the balancer may switch the phases; `phase_switches`
    is when they were switched lately (UTC).
    """

    max_current_a: float | None = None
    charging_allowed: bool = True
    until_unplugged: bool = False
    balancing: bool = True
    limit_a: float | None = None
    limit_until: datetime | None = None
    switched_off: bool = False
    phases: int | None = None
    overridden_a: float | None = None
    asked_there_a: float | None = None
    source: EvseSource | None = None
    limits: LimitState = NO_LIMITS
    soc_told: bool = False
    departure: Departure | None = None
    departure_energy_mwh: int = DEFAULT_ENERGY_MWH
    phases_auto: bool = False
    phase_switches: tuple[datetime, ...] = ()

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> EvseSettings:
        """Read what `to_json` wrote; what is missing has its default."""
        until, source = values.get("limit_until"), values.get("source")
        return cls(
            max_current_a=values.get("max_current_a"),
            charging_allowed=values.get("charging_allowed", True),
            until_unplugged=values.get("until_unplugged", False),
            balancing=values.get("balancing", True),
            limit_a=values.get("limit_a"),
            limit_until=None if until is None else datetime.fromisoformat(until),
            switched_off=values.get("switched_off", False),
            phases=values.get("phases"),
            overridden_a=values.get("overridden_a"),
            asked_there_a=values.get("asked_there_a"),
            source=None if source is None else _source_from(source),
            limits=_limits_from(values.get("limits")),
            soc_told=values.get("soc_told", False),
            departure=_departure_from(values.get("departure")),
            departure_energy_mwh=values.get("departure_energy_mwh", DEFAULT_ENERGY_MWH),
            phases_auto=values.get("phases_auto", False),
            phase_switches=tuple(datetime.fromisoformat(at) for at in values.get("phase_switches", ())),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON values."""
        return {
            "max_current_a": self.max_current_a,
            "charging_allowed": self.charging_allowed,
            "until_unplugged": self.until_unplugged,
            "balancing": self.balancing,
            "limit_a": self.limit_a,
            "limit_until": None if self.limit_until is None else self.limit_until.isoformat(),
            "switched_off": self.switched_off,
            "phases": self.phases,
            "overridden_a": self.overridden_a,
            "asked_there_a": self.asked_there_a,
            "source": None if self.source is None else asdict(self.source),
            "limits": to_plain(self.limits, _LIMITS_VERSION),
            "soc_told": self.soc_told,
            "departure": _departure_values(self.departure),
            "departure_energy_mwh": self.departure_energy_mwh,
            "phases_auto": self.phases_auto,
            "phase_switches": [at.isoformat() for at in self.phase_switches],
        }

    def switches_ago_s(self, now: datetime) -> tuple[float, ...]:
        """Return how long ago the phases were switched lately, in s."""
        return tuple(max(0.0, (now - at).total_seconds()) for at in self.phase_switches)

    def phases_switched(self, now: datetime) -> None:
        """Keep that the phases are switched now, as far back as anybody asks."""
        self.phase_switches = (*self.phase_switches, now)[-MOST_PER_DAY:]

    def unplugged(self) -> bool:
        """Forget what held for one car only; return whether there was any."""
        departure, self.departure = self.departure, None
        if not self.until_unplugged and (self.limit_a is None or self.limit_until is not None):
            return departure is not None
        if self.until_unplugged:
            self.charging_allowed, self.until_unplugged = True, False
        if self.limit_until is None:
            self.limit_a = None
        return True

    def expire(self, now: datetime) -> bool:
        """Forget a limit whose time is over; return whether there was one."""
        if self.limit_until is None or now < self.limit_until:
            return False
        self.limit_a = self.limit_until = None
        return True


def _departure_values(departure: Departure | None) -> dict[str, Any] | None:
    if departure is None:
        return None
    at, soc_percent = departure.at.isoformat(), departure.soc_percent
    return {"at": at, "energy_mwh": departure.energy_mwh, "soc_percent": soc_percent}


def _departure_from(values: dict[str, Any] | None) -> Departure | None:
    if values is None:
        return None
    at, soc_percent = datetime.fromisoformat(values["at"]), values.get("soc_percent")
    return Departure(at=at, energy_mwh=values["energy_mwh"], soc_percent=soc_percent)


def _source_from(values: dict[str, Any]) -> EvseSource:
    entities = values.get("entities")
    return EvseSource(**values | {"entities": None if entities is None else (entities[0], entities[1])})


def _limits_from(text: str | None) -> LimitState:
    if text is None:
        return NO_LIMITS
    try:
        return from_plain(LimitState, text, _LIMITS_VERSION)
    except ValueError as err:
        _LOGGER.warning("The session limits that were kept cannot be read, there are none: %s", err)
        return NO_LIMITS
