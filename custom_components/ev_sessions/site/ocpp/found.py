"""Stations that have connected and belong to no charger yet, as the flows see them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
import secrets
from typing import Any, Self

#: OCPP 1.6 takes 16 to 20 octets (AuthorizationKey), 2.x 16 to 40 characters: 20 letters and digits suit all.
_PASSWORD_LENGTH = 20
#: No letters and digits that look alike: a person may have to type them into a charger.
_ALPHABET = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
#: Stands before a station's identity where chargers of all kinds are told apart.
_IDENTITY = "ocpp:"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStation:
    """What a station has told of itself; None is "not told"."""

    identity: str
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    version: str | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what a discovery carries."""
        return cls(**data)

    def to_data(self) -> dict[str, Any]:
        """Return what a discovery carries."""
        return asdict(self)

    @property
    def name(self) -> str:
        """What it may be called until its owner says otherwise."""
        return " ".join(part for part in (self.vendor, self.model) if part) or self.identity


def unique_id_of(identity: str) -> str:
    """Return what tells a station from all other chargers."""
    return f"{_IDENTITY}{identity}"


def new_password() -> str:
    """Return a password that every version of OCPP can carry and a person can type."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH))
