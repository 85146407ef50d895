"""A3: the station's own list is kept in step with ours, whatever it makes of the messages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.setup.calls import Calls
from custom_components.ev_sessions.chargers.ocpp.setup.tokens import (
    HeldList,
    ListOutcome,
    ListResult,
    LocalList,
    async_clear_cache,
)
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.station.capabilities import Capabilities, Feature
from custom_components.ev_sessions.core.station.local_list import ListEntry

from .scripted import Scripted

ANNA, BEN, CLEO = (ListEntry(token=token) for token in ("ANNA", "BEN", "CLEO"))


@dataclass
class Book:
    tokens: list[ListEntry] = field(default_factory=list)
    held: HeldList | None = None

    async def async_tokens(self) -> Iterable[ListEntry]:
        return self.tokens

    async def async_held(self) -> HeldList | None:
        return self.held

    async def async_keep(self, held: HeldList) -> None:
        self.held = held


@dataclass
class Lister(Scripted):
    """A station with a list. `statuses` are its next answers to SendLocalList, before it does as it should."""

    list_version: int = 0
    entries: dict[str, Any] = field(default_factory=dict)
    statuses: list[str] = field(default_factory=list)
    enabled: bool = True

    def __post_init__(self) -> None:
        self.answers |= {"GetLocalListVersion": self._version, "SendLocalList": self._send}
        self.answers["ClearCache"] = {"status": "Accepted"}

    @property
    def _words(self) -> tuple[str, str, str]:
        if self.version is Version.V16:
            return "listVersion", "idTag", "idTagInfo"
        return "versionNumber", "idToken", "idTokenInfo"

    def _version(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {self._words[0]: self.list_version}

    def _send(self, payload: dict[str, Any]) -> dict[str, Any]:
        if self.statuses:
            return {"status": self.statuses.pop(0)}
        if not self.enabled:
            return {"status": "Failed"}
        number, token, info = self._words
        if payload["updateType"] == "Full":
            self.entries = {}
        elif payload[number] <= self.list_version:
            return {"status": "VersionMismatch"}
        for one in payload.get("localAuthorizationList", ()):
            key = one[token] if self.version is Version.V16 else one[token]["idToken"]
            if info in one:
                self.entries[key] = one[info]
            else:
                self.entries.pop(key, None)
        self.list_version = payload[number]
        return {"status": "Accepted"}

    @property
    def sent(self) -> list[str]:
        return [one["updateType"] for one in self.payloads("SendLocalList")]


CAN = Capabilities(local_list_enabled=True)


async def keep(box: Lister, book: Book, local_list: LocalList | None = None, can: Capabilities = CAN) -> ListResult:
    return await (local_list or LocalList(box.version, book)).async_keep_in_step(Calls(box), can)


@pytest.mark.parametrize("version", [Version.V16, Version.V201, Version.V21])
async def test_a3_full_then_changes_then_nothing_then_empty(version: Version) -> None:
    box, book = Lister(version=version), Book([ANNA, BEN])
    local_list = LocalList(version, book)
    assert (await keep(box, book, local_list)).outcome is ListOutcome.IN_STEP
    assert set(box.entries) == {"ANNA", "BEN"}
    blocked = ListEntry(token="BEN", status="Blocked", group="family", expiry=datetime(2027, 1, 1, tzinfo=UTC))
    book.tokens = [blocked, CLEO]
    assert (await keep(box, book, local_list)).outcome is ListOutcome.IN_STEP
    assert box.sent == ["Full", "Differential", "Differential"]
    assert set(box.entries) == {"BEN", "CLEO"}
    assert box.entries["BEN"]["status"] == "Blocked"
    await keep(box, book, local_list)
    assert len(box.sent) == 3
    book.tokens = []
    await keep(box, book, LocalList(version, book))
    assert box.sent[3:] == ["Full"]
    assert not box.entries
    assert book.held is not None
    assert book.held.version == box.list_version


async def test_a3_after_a_restart_a_list_that_is_in_step_is_left_alone() -> None:
    box, book = Lister(version=Version.V16), Book([ANNA])
    await keep(box, book)
    await keep(box, book)
    assert box.sent == ["Full"]


async def test_a3_a_token_that_may_no_more_is_not_left_in_the_cache() -> None:
    """Neither where the station keeps a list, nor where it does not."""
    lister, plain = Lister(version=Version.V16), Lister(version=Version.V16, list_version=-1)
    for box in (lister, plain):
        book = Book([ANNA, BEN])
        local_list = LocalList(box.version, book)
        await keep(box, book, local_list)
        box.asked.clear()
        await keep(box, book, local_list)
        assert not box.payloads("ClearCache")
        book.tokens = [ANNA]
        await keep(box, book, local_list)
        assert box.payloads("ClearCache") == [{}]


async def test_a3_a_house_without_tokens_sends_none() -> None:
    box = Lister(version=Version.V16)
    assert (await keep(box, Book())).outcome is ListOutcome.IN_STEP
    assert not box.sent


async def test_a3_a_list_of_another_version_is_replaced() -> None:
    """The station was reset, or another system was its master meanwhile."""
    box, book = Lister(version=Version.V16), Book([ANNA])
    local_list = LocalList(box.version, book)
    await keep(box, book, local_list)
    box.list_version, box.entries = 40, {"STRANGER": {}}
    await keep(box, book, local_list)
    assert box.sent == ["Full", "Full"]
    assert set(box.entries) == {"ANNA"}
    assert box.list_version == 41


@pytest.mark.parametrize("status", ["VersionMismatch", "Failed"])
async def test_a3_a_change_that_is_not_taken_is_followed_by_the_whole_list(status: str) -> None:
    box, book = Lister(version=Version.V16), Book([ANNA])
    local_list = LocalList(box.version, book)
    await keep(box, book, local_list)
    book.tokens, box.statuses = [ANNA, BEN], [status]
    assert (await keep(box, book, local_list)).outcome is ListOutcome.IN_STEP
    assert box.sent == ["Full", "Differential", "Full"]
    assert set(box.entries) == {"ANNA", "BEN"}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"list_version": -1}, ListOutcome.UNSUPPORTED),
        ({"erring": {"GetLocalListVersion"}}, ListOutcome.UNSUPPORTED),
        ({"statuses": ["NotSupported"]}, ListOutcome.UNSUPPORTED),
        ({"enabled": False}, ListOutcome.FAILED),
        ({"erring": {"SendLocalList"}}, ListOutcome.FAILED),
        ({"statuses": ["Accepted"]}, ListOutcome.UNVERIFIED),
    ],
)
async def test_a3_what_a_station_makes_of_the_list_is_told(changes: dict[str, Any], outcome: ListOutcome) -> None:
    box, book = Lister(version=Version.V16, **changes), Book([ANNA])
    assert (await keep(box, book)).outcome is outcome
    assert book.held is None


async def test_a3_a_station_without_the_feature_is_not_asked() -> None:
    box = Lister(version=Version.V16)
    can = Capabilities(features=frozenset({Feature.SMART_CHARGING}))
    assert (await keep(box, Book([ANNA]), can=can)).outcome is ListOutcome.UNSUPPORTED
    assert not box.asked


async def test_a3_no_more_in_a_message_nor_in_the_list_than_fits() -> None:
    box = Lister(version=Version.V16, list_version=2**31 - 1)
    book = Book([*(ListEntry(token=f"T{number}") for number in range(8)), ListEntry(token="longer than 20 characters")])
    result = await keep(box, book, can=Capabilities(local_list_max=7, local_list_per_message=3))
    assert result.left_out == 1
    assert [len(one["localAuthorizationList"]) for one in box.payloads("SendLocalList")] == [3, 3, 1]
    assert len(box.entries) == 7
    assert box.list_version == 3, "versions begin again where they would not fit"


async def test_a3_tokens_are_never_written_where_versions_are() -> None:
    box, book = Lister(version=Version.V16), Book([ANNA])
    assert "ANNA" not in repr((await keep(box, book), book.held))


@pytest.mark.parametrize(("answer", "cleared"), [({"status": "Accepted"}, True), ({"status": "Rejected"}, False)])
async def test_a3_the_cache_is_cleared_or_not(answer: dict[str, str], cleared: bool) -> None:
    box = Scripted(version=Version.V16, answers={"ClearCache": answer})
    assert await async_clear_cache(Calls(box)) is cleared
    box.erring = {"ClearCache"}
    assert not await async_clear_cache(Calls(box))
