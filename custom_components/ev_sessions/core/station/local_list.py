"""The local authorisation list of a station: which messages bring it from what it holds to what it should."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import batched
from typing import Final

#: Entries in one message where the station does not say how many it takes.
DEFAULT_PER_MESSAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """An id token as the station shall know it; `status` and `kind` are the wire's words (2.x for the kind)."""

    token: str
    kind: str = "ISO14443"
    status: str = "Accepted"
    expiry: datetime | None = None
    group: str | None = None

    @property
    def key(self) -> str:
        """By what two entries are the same token: upper and lower case are the same (1.6 §7.28)."""
        return self.token.lower()


type Entries = Mapping[str, ListEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPart:
    """One message: it replaces the whole list (`full`), or puts and removes entries."""

    full: bool = False
    put: tuple[ListEntry, ...] = ()
    remove: tuple[ListEntry, ...] = ()


def entries_of(tokens: Iterable[ListEntry], most: int | None = None) -> tuple[Entries, int]:
    """Return the entries by their keys, and how many did not fit; those that may charge come first."""
    unique = {entry.key: entry for entry in tokens}
    ordered = sorted(unique.values(), key=lambda entry: (entry.status != "Accepted", entry.key))
    kept = ordered if most is None else ordered[: max(0, most)]
    return {entry.key: entry for entry in kept}, len(ordered) - len(kept)


def full_parts(entries: Entries, per_message: int | None = None) -> tuple[ListPart, ...]:
    """Return the messages of a whole list: the first replaces, further ones add. An empty list is one message."""
    first, *rest = list(batched(entries.values(), _size(per_message), strict=False)) or [()]
    return (ListPart(full=True, put=first), *(ListPart(put=some) for some in rest))


def change_parts(before: Entries, after: Entries, per_message: int | None = None) -> tuple[ListPart, ...]:
    """Return the messages that make one list into the other; none where they are the same."""
    size = _size(per_message)
    put = [entry for key, entry in after.items() if before.get(key) != entry]
    gone = [entry for key, entry in before.items() if key not in after]
    # What is taken away goes first: the list may be full, and a lost card must not wait.
    return (
        *(ListPart(remove=some) for some in batched(gone, size, strict=False)),
        *(ListPart(put=some) for some in batched(put, size, strict=False)),
    )


def content_hash(entries: Entries) -> str:
    """Return what tells two lists apart without naming their tokens."""
    told = sorted(repr((one.key, one.kind, one.status, one.expiry, one.group)) for one in entries.values())
    return sha256("\n".join(told).encode()).hexdigest()


def _size(per_message: int | None) -> int:
    return DEFAULT_PER_MESSAGE if per_message is None else max(1, per_message)
