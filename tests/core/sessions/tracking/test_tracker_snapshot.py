"""The tracker as text: complete, exact, and refused where it is none of ours."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
import json

import pytest

from custom_components.ev_sessions.core.plain import from_plain, to_plain
from custom_components.ev_sessions.core.reading import State
from custom_components.ev_sessions.core.sessions.tracking.tracker import Tracker
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, Rig, kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    price: Decimal
    at: datetime | None = None
    states: tuple[State, ...] = ()
    inner: Box | None = None
    share: float = 0.5


def test_a_record_comes_back_as_it_was() -> None:
    at = datetime(2026, 11, 19, 10, 0, 0, 123456, tzinfo=UTC)
    box = Box(price=Decimal("0.10"), at=at, states=(State.A, State.C), inner=Box(price=Decimal(1)), share=0.1)
    text = to_plain(box, 3)
    assert from_plain(Box, text, 3) == box
    assert str(from_plain(Box, text, 3).price) == "0.10"


def test_nothing_that_is_said_is_nothing() -> None:
    assert from_plain(Box, '{"version":1,"price":"1","inner":null}', 1).inner is None


def test_what_is_at_its_default_is_left_out() -> None:
    assert json.loads(to_plain(Box(price=Decimal(1)), 1)) == {"version": 1, "price": "1"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "3", "{}", '{"version":1}', '{"version":2,"price":"1"}', '{"version":1,"price":"1","more":1}'],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Box"):
        from_plain(Box, text, 1)


def test_a_tracker_in_the_middle_of_everything_comes_back_as_it_was() -> None:
    rig = Rig(grid_power_w=-500.0)
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=7_000.5, session_energy_mwh=3, currents_a=(1.5, 2.0))
    rig.read(400, activity=CHARGING, register_mwh=kwh(100.7), power_w=7_000.0)
    rig.read(10, activity=AVAILABLE, register_mwh=kwh(3), power_w=0.0)
    assert rig.tracker.doubt is not None
    rig.silence(5)
    rig.read(100, register_mwh=kwh(3.01))
    assert rig.tracker.gap is not None
    text = rig.tracker.to_json()
    assert Tracker.from_json(text) == rig.tracker
    assert len(text) < 4_000


def test_a_text_of_another_kind_is_no_tracker() -> None:
    with pytest.raises(ValueError, match="Tracker"):
        Tracker.from_json('{"version":1,"at_us":1}')
