"""Whatever a station answers, its set-up ends, changes nothing but what it should, and hurts nobody."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any, override

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.chargers.ocpp.quirks.quirk import Quirks
from custom_components.ev_sessions.chargers.ocpp.setup.calls import Calls, GoneError
from custom_components.ev_sessions.chargers.ocpp.setup.configure import async_configure
from custom_components.ev_sessions.chargers.ocpp.setup.dialect import Dialect
from custom_components.ev_sessions.chargers.ocpp.setup.put_back import async_put_back
from custom_components.ev_sessions.chargers.ocpp.setup.report import ReportCollector
from custom_components.ev_sessions.chargers.ocpp.setup.settings import KEYS, VARIABLES
from custom_components.ev_sessions.chargers.ocpp.setup.tokens import LocalList, async_clear_cache
from custom_components.ev_sessions.chargers.ocpp.setup.triggers import Ear, Triggers, async_catch_up
from custom_components.ev_sessions.chargers.ocpp.setup.v2 import Dialect2
from custom_components.ev_sessions.chargers.ocpp.setup.v16 import Dialect16
from custom_components.ev_sessions.chargers.ocpp.setup.wishes import Wanted
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.station.local_list import ListEntry

from .scripted import Box16, Notebook, Scripted
from .test_tokens import Book

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
STATUSES = st.sampled_from(["Accepted", "Rejected", "RebootRequired", "NotSupported", "UnknownVariable", "accepted"])
VALUES = st.sampled_from(["true", "0", "-1", "1e999", "nan", "10 s", "Current,Power", "", "Core,SmartCharging"])
NAMES = st.sampled_from([*KEYS.values(), *(one.variable for one in VARIABLES.values()), "RateUnit", "Entries"])
COMPONENTS = st.sampled_from([one.component for one in VARIABLES.values()] + ["EVSE"])
WORDS = st.sampled_from(
    [
        "configurationKey", "unknownKey", "key", "value", "readonly", "status", "getVariableResult",
        "setVariableResult", "attributeStatus", "attributeValue", "component", "variable", "name", "instance",
        "evse", "id", "connectorId", "reportData", "variableAttribute", "variableCharacteristics", "valuesList",
        "maxLimit", "mutability", "requestId", "seqNo", "tbc", "listVersion", "versionNumber",
    ]
)  # fmt: skip
JSON = st.recursive(
    SCALARS | STATUSES | VALUES | NAMES | COMPONENTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
ANSWERS = st.lists(st.dictionaries(WORDS, JSON, max_size=5), min_size=1, max_size=12)


class Rude(Scripted):
    """Answers whatever comes next, to whatever it is asked, and reports likewise."""

    def __init__(self, version: Version, answers: list[dict[str, Any]]) -> None:
        super().__init__(version=version)
        self.next = answers
        self.reports = ReportCollector()

    @override
    def answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        answer = self.next[len(self.asked) % len(self.next)]
        if action == "GetBaseReport":
            self.reports.heard(answer | {"requestId": payload["requestId"]})
            return {"status": "Accepted"}
        return answer


def dialect_of(box: Rude) -> Dialect:
    if box.version is Version.V16:
        return Dialect16(Calls(box), {})
    return Dialect2(Calls(box), box.reports, pause_s=0.001)


@pytest.mark.parametrize("version", [Version.V16, Version.V201])
@given(answers=ANSWERS)
def test_whatever_a_station_answers_its_set_up_ends(version: Version, answers: list[dict[str, Any]]) -> None:
    async def story() -> None:
        box, notebook = Rude(version, answers), Notebook()
        calls = Calls(box)
        report = await async_configure(dialect_of(box), wanted=Wanted(), quirks=Quirks(), memory=notebook, settled={})
        assert report.capabilities.connectors
        assert report.capabilities.stack_level >= 0
        assert set(report.reboot) <= {*report.changed, *report.ignored}
        await LocalList(version, Book([ListEntry(token="ANNA")])).async_keep_in_step(calls, report.capabilities)
        await async_clear_cache(calls)
        await async_catch_up(Triggers(calls, version, Ear(), message_s=0), range(1, 3))
        await async_put_back(dialect_of(box), notebook)
        assert len(box.asked) < 400, "no station keeps us asking"

    asyncio.run(story())


def _kept(held: str | None, value: str) -> str | None:
    """Return what is held, whatever is written."""
    return held


@given(
    kept=st.dictionaries(st.sampled_from(sorted(KEYS.values())), st.sampled_from(["as told", "old", "other"])),
    statuses=st.dictionaries(st.sampled_from(sorted(KEYS.values())), st.sampled_from(["Rejected", "RebootRequired"])),
    gone_after=st.none() | st.integers(0, 40),
)
def test_what_is_put_back_leaves_the_station_as_it_was(
    kept: dict[str, str], statuses: dict[str, str], gone_after: int | None
) -> None:
    """Wherever the connection breaks, and whatever it rounds: nothing of ours stays that could be put back."""

    async def story() -> None:
        box, notebook = Box16.as_captured("keba_16", statuses=statuses, gone_after=gone_after), Notebook()
        before = dict(box.keys)
        box.kept = {
            name: partial(_kept, before[name] if how == "old" else "7")
            for name, how in kept.items()
            if how != "as told" and name in before
        }
        with suppress(GoneError):
            await async_configure(
                Dialect16(Calls(box), {}), wanted=Wanted(), quirks=Quirks(), memory=notebook, settled={}
            )
        box.gone_after, box.kept, box.statuses = None, {}, {}
        assert await async_put_back(Dialect16(Calls(box), {}), notebook) == ()
        rounded = {name for name, how in kept.items() if how == "other"} if gone_after is not None else set()
        assert {name: value for name, value in box.keys.items() if name not in rounded} == {
            name: value for name, value in before.items() if name not in rounded
        }

    asyncio.run(story())
