"""What the wire asks of the house: who is known, who serves a station, who hears of what went wrong."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .rpc import IncomingHandler
from .station import Station
from .version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class StationCredentials:
    """What the house wants to see of a station that it knows."""

    #: From `security.hash_password`; several while a password is being changed, none: no password is known.
    password_hashes: tuple[str, ...] = ()
    #: The least security profile; 0 only where the owner allows a station without a password.
    least_profile: int = 1
    #: From this address it may come with nothing proved: it was taken in there, and has not shown its password yet.
    open_to: str | None = None
    #: Pinned by the owner, or what a quirk leaves.
    versions: tuple[Version, ...] = tuple(Version)
    #: What worked last time.
    preferred_version: Version | None = None


class SecurityEvent(StrEnum):
    """What happened to an identity that its owner should hear of."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105 the name of an event
    WRONG_USER = "wrong_user"  # authenticated by another name than the address says
    WRONG_CERTIFICATE = "wrong_certificate"  # a client certificate of another station
    PROFILE_TOO_LOW = "profile_too_low"  # no password, or no TLS, where one is wanted
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    DISPLACED = "displaced"  # another address has taken over the identity
    DISPLACEMENT_REFUSED = "displacement_refused"  # another address has tried to


class House(Protocol):
    """The side of the house that the central system knows."""

    def credentials(self, identity: str) -> StationCredentials | None:
        """Return what is wanted of a station; None for one that nobody knows."""
        ...

    def incoming(self, station: Station) -> IncomingHandler:
        """Return who serves the station's calls, known or not."""
        ...

    def security_event(self, identity: str, event: SecurityEvent, detail: str) -> None:
        """Hear of an attempt on an identity; `detail` holds no secret."""
        ...
