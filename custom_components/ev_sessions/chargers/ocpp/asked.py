"""What a station is asked, in words common to the versions of OCPP."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from secrets import randbelow
from typing import Final

from ...core.id_token import IdToken
from ...core.station.charging_profile import ChargingProfile

#: Who begins a charge that a person asks for in Home Assistant. Not all stations give its type back.
OUR_TOKEN: Final = IdToken(value="HomeAssistant")
#: Ids are positive 31-bit numbers.
_IDS: Final = 2**31 - 1


def new_id() -> int:
    """Return an id for a request, that no station can have seen."""
    return randbelow(_IDS) + 1


class NotInVersionError(ValueError):
    """Something that a version of OCPP has no words for."""


class ResetKind(StrEnum):
    """How a station is started anew."""

    WHEN_IDLE = "when_idle"  # 1.6 Soft: transactions are ended in order; 2.x OnIdle: after the last of them
    AT_ONCE = "at_once"  # 1.6 Hard, 2.x Immediate


class Trigger(StrEnum):
    """What a station can be asked to tell."""

    BOOT = "boot"
    FIRMWARE_STATUS = "firmware_status"
    HEARTBEAT = "heartbeat"
    LOG_STATUS = "log_status"
    METER_VALUES = "meter_values"
    STATUS = "status"
    TRANSACTION = "transaction"  # 2.x


class LogKind(StrEnum):
    """Which log a station uploads."""

    DIAGNOSTICS = "diagnostics"
    SECURITY = "security"


class TokenStatus(StrEnum):
    """What the local list says of a token, in words that all versions have."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStart:
    """A charge to begin. `remote_start_id` comes back in the transaction of a 2.x station."""

    token: IdToken
    remote_start_id: int
    evse: int | None = None
    group: str | None = None
    profile: ChargingProfile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """An EVSE that is kept for a token; any of the station where `evse` is None."""

    id: int
    token: IdToken
    expires_at: datetime
    evse: int | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """A token of the local list; `status` None takes it off the list (differential updates only)."""

    token: IdToken
    status: TokenStatus | None = TokenStatus.ACCEPTED
    expires_at: datetime | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """Where a station gets its firmware, and from when on."""

    location: str
    retrieve_at: datetime
    request_id: int
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogUpload:
    """Where a station sends its log, and which part of it."""

    location: str
    request_id: int
    kind: LogKind = LogKind.DIAGNOSTICS
    since: datetime | None = None
    until: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
