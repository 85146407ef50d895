"""Cards and app ids that may authorise a charge: OCPP 1.6 IdToken, 2.0.1 IdTokenType."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, override

#: Longer ones are no tokens (OCPP 1.6: 20, 2.x: 36, 2.1: 255 characters).
LONGEST_VALUE: Final = 255
#: A station that asks nobody sends this type, and no value (OCPP 2.0.1, IdTokenEnumType).
NO_AUTHORIZATION: Final = "NoAuthorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """What a station read, as it told it; `type` is empty where the version has none (OCPP 1.6)."""

    value: str
    type: str = ""

    @property
    def normalised(self) -> str:
        """The value by which tokens are compared: their case says nothing."""
        return self.value.strip().upper()

    @property
    def names_nobody(self) -> bool:
        """Whether it stands for a charge that needs no authorisation."""
        return not self.normalised or self.type == NO_AUTHORIZATION

    def is_same(self, other: IdToken) -> bool:
        """Tell whether both are the same card; a type that is not told is any."""
        return self.normalised == other.normalised and (self.type == other.type or not (self.type and other.type))

    @override
    def __repr__(self) -> str:
        """Return what a log may show of it."""
        return f"IdToken({masked(self.value)!r}, {self.type!r})"


class TokenState(StrEnum):
    """What the owner says of a token."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    MASTER = "master"  # it ends any charge, and begins none
    SEEN = "seen"  # it was held to a charger, and nobody has said anything of it


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """A token that is on the list. `group` is shared by tokens that may end each other's charge."""

    token: IdToken
    state: TokenState
    expires_at: datetime | None = None
    group: str | None = None


def masked(value: str) -> str:
    """Return as much of a token as may be shown to everybody."""
    return f"…{value[-4:]}" if len(value) > 4 else "…"
