"""What a station knows of id tokens by itself: its local list, kept in step with ours, and its cache."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from ....core.station.capabilities import Capabilities, Feature
from ....core.station.local_list import (
    Entries,
    ListEntry,
    ListPart,
    change_parts,
    content_hash,
    entries_of,
    full_parts,
)
from ..version import Version
from .calls import Calls

#: 1.6, type IdToken: CiString20.
_LONGEST_TOKEN_16: Final = 20
_HIGHEST_VERSION: Final = 2**31 - 1


class ListOutcome(StrEnum):
    """How far a station's list is ours."""

    IN_STEP = "in_step"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"
    UNVERIFIED = "unverified"  # it accepted, and tells another version than the one that was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldList:
    """A list that a station took: its version, and the hash of what is in it."""

    version: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListResult:
    """What became of keeping the list. `left_out` entries are more than the station takes.

    `changed`: it was given another list, or was to be.
    """

    outcome: ListOutcome
    held: HeldList | None = None
    left_out: int = 0
    changed: bool = False


class TokenBook(Protocol):
    """The tokens that a station shall know, and what it was given of them."""

    async def async_tokens(self) -> Iterable[ListEntry]:
        """Return the tokens of now."""
        ...

    async def async_held(self) -> HeldList | None:
        """Return the list that the station took last."""
        ...

    async def async_keep(self, held: HeldList) -> None:
        """Remember the list that the station took."""
        ...


class LocalList:
    """The local list of one station."""

    def __init__(self, version: Version, book: TokenBook) -> None:
        self._16 = version is Version.V16
        self._book = book
        #: What it holds for certain, as long as we have watched.
        self._entries: Entries | None = None
        #: The tokens for which its cache is good.
        self._cached: str | None = None

    async def async_keep_in_step(self, calls: Calls, capabilities: Capabilities) -> ListResult:
        """Give the station the tokens of now, if it does not hold them; raise GoneError.

        What it remembers by itself is cleared with that: a token that may charge no more could be in there.
        """
        result = await self._async_keep_list(calls, capabilities)
        entries, _ = entries_of(await self._book.async_tokens())
        content = content_hash(entries)
        if result.changed or self._cached not in {None, content}:
            await async_clear_cache(calls)
        self._cached = content
        return result

    async def _async_keep_list(self, calls: Calls, capabilities: Capabilities) -> ListResult:
        told = await _async_version(calls) if capabilities.supports(Feature.LOCAL_LIST) else None
        # 1.6: -1 says that there are no lists here (§6.30).
        if told is None or told < 0:
            return ListResult(outcome=ListOutcome.UNSUPPORTED)
        entries, left_out = entries_of(await self._async_sendable(), capabilities.local_list_max)
        content = content_hash(entries)
        held = await self._book.async_held()
        if not entries and told == 0:
            # It has none, and none is to be there.
            return ListResult(outcome=ListOutcome.IN_STEP, left_out=left_out)
        if held == HeldList(version=told, content=content):
            self._entries = entries
            return ListResult(outcome=ListOutcome.IN_STEP, held=held, left_out=left_out)
        if held is None or held.version != told:
            # Somebody else has set it, or it was reset.
            self._entries = None
        last = max(told, 0 if held is None else held.version)
        sender = _Sender(calls, is_16=self._16, last=last)
        return await self._async_send(sender, entries, capabilities.local_list_per_message, left_out)

    async def _async_sendable(self) -> list[ListEntry]:
        tokens = await self._book.async_tokens()
        return [entry for entry in tokens if not self._16 or len(entry.token) <= _LONGEST_TOKEN_16]

    async def _async_send(
        self, sender: _Sender, entries: Entries, per_message: int | None, left_out: int
    ) -> ListResult:
        status = ""
        if self._entries is not None:
            status = await sender.async_send(change_parts(self._entries, entries, per_message))
        if status != "accepted":
            # Not known, not matching, or not done: the whole list says it all.
            status = await sender.async_send(full_parts(entries, per_message))
        self._entries = None
        if status == "notsupported":
            return ListResult(outcome=ListOutcome.UNSUPPORTED)
        if status != "accepted":
            return ListResult(outcome=ListOutcome.FAILED, left_out=left_out, changed=True)
        if await _async_version(sender.calls) != sender.version:
            return ListResult(outcome=ListOutcome.UNVERIFIED, left_out=left_out, changed=True)
        self._entries = entries
        held = HeldList(version=sender.version, content=content_hash(entries))
        await self._book.async_keep(held)
        return ListResult(outcome=ListOutcome.IN_STEP, held=held, left_out=left_out, changed=True)


class _Sender:
    """Sends the messages of a list, each as the next version."""

    def __init__(self, calls: Calls, *, is_16: bool, last: int) -> None:
        self.calls = calls
        self.version = last
        self._16 = is_16

    async def async_send(self, parts: Iterable[ListPart]) -> str:
        """Return the first answer that is not Accepted, in lower case; empty where there was none."""
        for part in parts:
            self.version = self.version + 1 if self.version < _HIGHEST_VERSION else 1
            answer = await self.calls.async_ask("SendLocalList", self._payload(part))
            if (status := str((answer or {}).get("status", "")).lower()) != "accepted":
                return status
        return "accepted"

    def _payload(self, part: ListPart) -> dict[str, Any]:
        data = [*(self._entry(entry) for entry in part.put), *(self._id(entry) for entry in part.remove)]
        payload: dict[str, Any] = {
            "listVersion" if self._16 else "versionNumber": self.version,
            "updateType": "Full" if part.full else "Differential",
        }
        # 2.x does not allow an empty list: none is as good.
        return payload | ({"localAuthorizationList": data} if data else {})

    def _entry(self, entry: ListEntry) -> dict[str, Any]:
        info: dict[str, Any] = {"status": entry.status}
        if entry.expiry is not None:
            expiry = entry.expiry.strftime("%Y-%m-%dT%H:%M:%SZ")
            info["expiryDate" if self._16 else "cacheExpiryDateTime"] = expiry
        if entry.group is not None and self._16:
            info["parentIdTag"] = entry.group
        elif entry.group is not None:
            info["groupIdToken"] = {"idToken": entry.group, "type": "Central"}
        return self._id(entry) | {"idTagInfo" if self._16 else "idTokenInfo": info}

    def _id(self, entry: ListEntry) -> dict[str, Any]:
        return {"idTag": entry.token} if self._16 else {"idToken": {"idToken": entry.token, "type": entry.kind}}


async def _async_version(calls: Calls) -> int | None:
    """Return the version that the station tells; some answer in the words of the other OCPP."""
    answer = await calls.async_ask("GetLocalListVersion", {}) or {}
    told = answer.get("listVersion", answer.get("versionNumber"))
    return told if isinstance(told, int) else None


async def async_clear_cache(calls: Calls) -> bool:
    """Have the station forget whom it saw: a token that was blocked may still be in there; raise GoneError."""
    answer = await calls.async_ask("ClearCache", {}) or {}
    return str(answer.get("status")).lower() == "accepted"
