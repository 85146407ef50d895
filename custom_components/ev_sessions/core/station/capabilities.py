"""What a station can do: learned while it is set up, asked before it is commanded."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from ..plain import from_plain, to_plain

_VERSION: Final = 1


class RateUnit(StrEnum):
    """In what a charging profile may state its limits, as OCPP writes it."""

    AMPERE = "A"
    WATT = "W"


class Feature(StrEnum):
    """What a station may leave out (OCPP 1.6 §3.3; in 2.x the controllers' `Available`)."""

    FIRMWARE = "firmware"
    LOCAL_LIST = "local_list"
    REMOTE_TRIGGER = "remote_trigger"
    RESERVATION = "reservation"
    SMART_CHARGING = "smart_charging"


class ProfilePurpose(StrEnum):
    """What a charging profile is for, in the words of OCPP 2.x."""

    STATION_MAX = "ChargingStationMaxProfile"  # ChargePointMaxProfile in 1.6; on connector 0 only
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"  # of a running transaction only


#: In which order a limit is tried.
PURPOSES: Final = (ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.STATION_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorLimit:
    """A setting of the vendor's own that limits the current; `per_a` of its units are one ampere."""

    key: str
    per_a: int = 1

    def value(self, limit_a: float) -> str:
        """Return what the setting is written to: never more than `limit_a`."""
        return str(int(limit_a * self.per_a))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a station can do, as far as it says and its quirks are known; what it does not say is None.

    The defaults are what every station can be trusted with before it has been asked.
    `connectors` tells of each EVSE, beginning with EVSE 1, how many it has.
    """

    connectors: tuple[int, ...] = (1,)
    features: frozenset[Feature] | None = None
    signed_readings: bool = False

    # Charging profiles
    rate_units: tuple[RateUnit, ...] = (RateUnit.AMPERE,)
    limit_decimals: int = 1
    #: The level at which our profiles stand: the highest, so that they win.
    stack_level: int = 0
    max_periods: int | None = None
    max_profiles: int | None = None
    #: In the order in which they are worth trying.
    purposes: tuple[ProfilePurpose, ...] = PURPOSES
    phase_switch: bool = False
    vendor_limit: VendorLimit | None = None

    # Authorisation
    #: It starts nothing by itself, whatever was said about authorisation: a remote start is needed.
    needs_remote_start: bool = False
    #: The id token that it sends when it was told to start by itself.
    plug_and_charge_token: str | None = None
    local_list_enabled: bool = False
    #: It knows cards that end any charge and begin none (2.x, MasterPassGroupId).
    master_pass: bool = False
    local_list_max: int | None = None
    local_list_per_message: int | None = None

    #: In which currency it shows to who charges what that costs; None: it does not (2.x).
    cost_currency: str | None = None

    # How much it takes in one message (2.x)
    variables_per_get: int | None = None
    variables_per_set: int | None = None

    def to_json(self) -> str:
        """Return all of it as text, for the time until the station can be asked again."""
        return to_plain(self, _VERSION)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what a text tells; ValueError where it is none of ours."""
        return from_plain(cls, text, _VERSION)

    @property
    def evse_count(self) -> int:
        """How many cars can be served at the same time."""
        return len(self.connectors)

    @property
    def rate_unit(self) -> RateUnit:
        """The unit for our limits: amperes wherever they are taken."""
        return RateUnit.AMPERE if RateUnit.AMPERE in self.rate_units or not self.rate_units else self.rate_units[0]

    def supports(self, feature: Feature) -> bool:
        """Tell whether it is worth a try: so is all of which the station says nothing."""
        return self.features is None or feature in self.features

    def holds_periods(self, periods: int) -> bool:
        """Tell whether a schedule may have so many periods, as far as the station says."""
        return self.max_periods is None or self.max_periods >= periods
