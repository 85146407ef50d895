"""Nothing that a station sends can silence us, make us fail or grow."""

import gc
from itertools import islice
import json
from typing import Any

from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.chargers.ocpp.frames import Call, Malformed, read
from custom_components.ev_sessions.chargers.ocpp.masking import masked
from custom_components.ev_sessions.chargers.ocpp.version import Version

from .wild import WildStation, frames, resident_mib

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=15,
)
_IDS = st.text(max_size=255) | st.integers(-(2**63), 2**63) | st.none()
#: Text with halves of characters among it, as JSON can escape them.
_TEXTS = st.text(st.characters(codec=None, exclude_categories=()))


@given(
    text=_TEXTS | _JSON.map(json.dumps) | st.lists(_JSON, max_size=6).map(json.dumps), version=st.sampled_from(Version)
)
def test_whatever_it_is_it_is_read_and_can_be_shown(text: str, version: Version) -> None:
    frame = read(text, version)
    masked(text).encode()
    if isinstance(frame, Malformed) and frame.answer is not None:
        answer: list[Any] = json.loads(frame.answer)
        assert [type(part) for part in (answer[0], answer[2], answer[3], answer[4])] == [int, str, str, dict]


@given(
    message_id=_IDS,
    action=st.text(min_size=1),
    payload=st.dictionaries(st.text(), _JSON),
    version=st.sampled_from(Version),
)
def test_a_call_that_is_right_is_always_understood(
    message_id: Any, action: str, payload: dict[str, Any], version: Version
) -> None:
    frame = read(json.dumps([2, message_id, action, payload]), version)
    assert isinstance(frame, Call)
    assert str(frame.message_id) == str(message_id).replace("\x00", "\ufffd")


@pytest.mark.parametrize("version", list(Version))
async def test_wild_frames_are_answered_each(hass: HomeAssistant, version: Version) -> None:
    station = WildStation(hass, version)
    answered = [await station.check(text) for text in islice(frames(1, version), 1000)]
    # They are not so wild that nothing is understood.
    assert 300 < answered.count(3) < 700
    assert answered.count(4) > 100


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("version", list(Version))
async def test_a_million_wild_frames_leave_nothing_behind(hass: HomeAssistant, version: Version) -> None:
    station = WildStation(hass, version)
    wild = frames(2, version)
    # Until the trace, the log and the kept answers are full.
    for text in islice(wild, 50_000):
        await station.check(text)
    before_mib = _resident_mib()
    for text in islice(wild, 300_000):
        await station.check(text)
    print(f"{version}: {before_mib:.1f} MiB, then {_resident_mib():.1f} MiB")  # noqa: T201 a figure for who runs it
    assert _resident_mib() - before_mib < 16


def _resident_mib() -> float:
    gc.collect()
    return resident_mib()
