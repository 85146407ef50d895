"""What the owner configured of stations that speak OCPP, and of where they are listened to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ...const import (
    CONF_ADDRESS,
    CONF_CERTIFICATE,
    CONF_CLIENT_CA,
    CONF_FREE,
    CONF_HOME_ASSISTANT_PATH,
    CONF_IDENTITY,
    CONF_KEY,
    CONF_PASSWORD_DUE,
    CONF_PASSWORD_HASH,
    CONF_PASSWORD_HASH_BEFORE,
    CONF_PORT,
    CONF_QUIRKS,
    CONF_SECURITY_PROFILE,
    CONF_VERSION,
)
from .password_due import PasswordDue


@dataclass(frozen=True, slots=True, kw_only=True)
class StationConfig:
    """A station. `version` None: whichever works; `security_profile` is the least that is let in.

    `free`: whoever plugs in may charge, and nobody is asked for a card.
    """

    identity: str
    version: str | None = None
    security_profile: int = 1
    password_hash: str | None = None
    #: Good until the station has taken the new one.
    password_hash_before: str | None = None
    #: None: it has come with its password, or has to.
    password_due: PasswordDue | None = None
    quirks: Mapping[str, Any] = field(default_factory=dict)
    free: bool = False

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read the `ocpp` of a charger's subentry."""
        return cls(
            identity=data[CONF_IDENTITY],
            version=data.get(CONF_VERSION),
            security_profile=int(data.get(CONF_SECURITY_PROFILE, 1)),
            password_hash=data.get(CONF_PASSWORD_HASH),
            password_hash_before=data.get(CONF_PASSWORD_HASH_BEFORE),
            password_due=PasswordDue.from_data(data.get(CONF_PASSWORD_DUE)),
            quirks=data.get(CONF_QUIRKS) or {},
            free=bool(data.get(CONF_FREE, False)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CentralConfig:
    """Where a site listens for stations. `address` None: on all; certificate, key and client CA are paths."""

    port: int
    address: str | None = None
    certificate: str | None = None
    key: str | None = None
    client_ca: str | None = None
    home_assistant_path: bool = False

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read the `ocpp` of a site's entry."""
        return cls(
            port=int(data[CONF_PORT]),
            address=data.get(CONF_ADDRESS),
            certificate=data.get(CONF_CERTIFICATE),
            key=data.get(CONF_KEY),
            client_ca=data.get(CONF_CLIENT_CA),
            home_assistant_path=bool(data.get(CONF_HOME_ASSISTANT_PATH, False)),
        )
