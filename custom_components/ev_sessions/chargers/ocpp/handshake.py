"""What a request to open a WebSocket says: whose it is, and which versions it offers."""

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

#: OCPP 2.x, identity of a station: identifierString[48].
LONGEST_IDENTITY = 48
#: Where a station stands that was told the address, and not its own name.
_NOBODY = {"", "/ocpp"}


def identity_of(raw_path: str) -> str | None:
    """Return the station's identity, which is the last part of the path; None where it is none.

    `raw_path` is as it came: an identity may hold an escaped slash.
    """
    path = raw_path.partition("?")[0].rstrip("/")
    if path in _NOBODY:
        return None
    try:
        identity = unquote_to_bytes(path.rpartition("/")[2]).decode()
    except UnicodeDecodeError:
        return None
    if not 0 < len(identity) <= LONGEST_IDENTITY or not identity.isprintable() or not identity.strip():
        return None
    return identity


def offered_subprotocols(headers: Iterable[str]) -> tuple[str, ...]:
    """Return the names in all Sec-WebSocket-Protocol headers, in their order."""
    return tuple(name for header in headers for part in header.split(",") if (name := part.strip()))
