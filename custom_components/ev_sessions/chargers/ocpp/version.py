"""The versions of OCPP that are spoken here, and what WebSocket calls them."""

from collections.abc import Collection
from enum import StrEnum


class Version(StrEnum):
    """A version of OCPP-J, as its schemas are filed; the newest first."""

    V21 = "2.1"
    V201 = "2.0.1"
    V16 = "1.6"

    @property
    def subprotocol(self) -> str:
        """The name in Sec-WebSocket-Protocol, as IANA registers it."""
        return f"ocpp{self.value}"

    @property
    def is_2(self) -> bool:
        """Whether it is one of the 2.x family, which share their RPC errors and most messages."""
        return self is not Version.V16


def choose(
    offered: Collection[str], allowed: Collection[Version] = tuple(Version), preferred: Version | None = None
) -> Version | None:
    """Return the version to speak; None where nothing that is offered is both known and allowed.

    The order in which a station offers says nothing: many list the oldest first. What worked
    last time (`preferred`) wins, else the newest.
    """
    names = {name.strip().lower() for name in offered}
    possible = [version for version in Version if version in allowed and version.subprotocol in names]
    if preferred in possible:
        return preferred
    return possible[0] if possible else None
