"""Of readings that are taken together, those are left out that say nothing new: no energy, peak or price with them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.moment import us_of
from custom_components.ev_sessions.core.quarter import quarters_us
from custom_components.ev_sessions.core.reading import EvseReading, State
from custom_components.ev_sessions.core.sessions.tracking.thinning import thinned
from tests.core.sessions.tracking.rig import BERLIN, CHARGING, FULL, TEN, Rig

#: 10.8 kW: 3 Wh each second.
_STEADY: dict[str, Any] = {
    "activity": CHARGING,
    "power_w": 10_800.0,
    "currents_a": (15.6, 15.7, 15.6),
    "limit_a": 16.0,
    "register_mwh": 7_000_000,
}


def reading(second: float, **fields: Any) -> EvseReading:
    told = {**_STEADY, "register_mwh": 7_000_000 + round(second * 3_000), **fields}
    return EvseReading(at=TEN + timedelta(seconds=second), **told)


def never(_start: datetime, _end: datetime) -> bool:
    return False


BEFORE, AFTER = reading(0), reading(2)


@pytest.mark.parametrize(
    "middle",
    [
        reading(1),
        reading(1, power_w=10_790.0, currents_a=(15.5, 15.8, 15.4)),
        reading(1, register_mwh=7_002_000),
        reading(1, limit_a=15.8),
        reading(2),
        reading(0, register_mwh=7_000_500),
    ],
)
def test_what_lies_between_its_neighbours_is_left_out(middle: EvseReading) -> None:
    assert thinned(BEFORE, (middle, AFTER), never) == (AFTER,)


@pytest.mark.parametrize(
    "middle",
    [
        reading(1, power_w=10_801.0),  # the greatest of the three
        reading(1, power_w=10_500.0),
        reading(1, power_w=None),
        reading(1, currents_a=(15.0, 15.7, 15.6)),
        reading(1, currents_a=(15.6,)),
        reading(1, currents_a=None),
        reading(1, limit_a=15.0),
        reading(1, limit_a=None),
        reading(1, register_mwh=7_001_000),
        reading(1, register_mwh=7_007_000),
        reading(1, register_mwh=6_999_999),
        reading(1, register_mwh=None),
        reading(1, register_final=True),
        reading(1, activity=FULL),
        reading(1, state=State.C),
        reading(1, soc_percent=50.0),
        reading(1, session_energy_mwh=1),
        reading(1, enabled=False),
        reading(1, phases=1),
        reading(-1),
    ],
)
def test_what_says_anything_else_is_taken(middle: EvseReading) -> None:
    after = AFTER if middle.at >= BEFORE.at else reading(-0.5)
    assert thinned(BEFORE, (middle, after), never) == (middle, after)


def test_what_nobody_measures_is_no_news() -> None:
    nothing: dict[str, Any] = {"power_w": None, "currents_a": None, "limit_a": None}
    assert thinned(reading(0, **nothing), (reading(1, **nothing), reading(2, **nothing)), never) == (
        reading(2, **nothing),
    )


def test_a_change_is_taken_with_what_was_before_it() -> None:
    changed = reading(3, power_w=4_000.0, currents_a=(5.8, 5.8, 5.8))
    assert thinned(BEFORE, (reading(1), reading(2), changed), never) == (reading(2), changed)


def test_some_reading_is_taken_within_five_seconds() -> None:
    many = tuple(reading(second) for second in range(1, 13))
    assert [one.at.second for one in thinned(BEFORE, many, never)] == [5, 10, 12]


def test_around_a_change_of_the_price_all_are_taken() -> None:
    cut = TEN + timedelta(seconds=1.5)
    taken = thinned(BEFORE, (reading(1), AFTER), lambda start, end: start < cut <= end)
    assert taken == (reading(1), AFTER)


def test_of_none_none_is_taken() -> None:
    assert thinned(BEFORE, (), never) == ()


@given(
    powers_w=st.lists(st.sampled_from((10_800.0, 10_820.0, 10_780.0, 10_805.0, 4_140.0, 0.0)), min_size=5, max_size=90),
    together=st.integers(2, 6),
    before_quarter_s=st.integers(0, 60),
)
def test_a_session_is_the_same_without_what_is_left_out(
    powers_w: list[float], together: int, before_quarter_s: int
) -> None:
    start = TEN + timedelta(minutes=15, seconds=-before_quarter_s)
    readings, energy_mj = [], 0.0
    for second, power_w in enumerate(powers_w):
        fields = {"power_w": power_w, "currents_a": (power_w / 690,) * 3, "register_mwh": round(energy_mj / 3.6)}
        readings.append(replace(reading(0, **fields), at=start + timedelta(seconds=second)))
        energy_mj += power_w
    every, some = lived(start, readings), lived(start, batches(readings, together))
    (one,), (other,) = every.sessions.values(), some.sessions.values()
    assert (one.energy_mwh, one.peak_power_w, one.start) == (other.energy_mwh, other.peak_power_w, other.start)
    for index, period in every.periods[one.id].items():
        # What power and register tell of a quarter may differ by the watt-hour that a register shows late.
        assert some.periods[other.id][index].energy_mwh == pytest.approx(period.energy_mwh, abs=1_000)


def batches(readings: Sequence[EvseReading], together: int) -> list[EvseReading]:
    """Return what is taken of readings of which so many wait at once."""
    taken = [readings[0]]
    for first in range(1, len(readings), together):
        taken += thinned(
            taken[-1],
            readings[first : first + together],
            lambda start, end: bool(quarters_us(us_of(start), us_of(end) + 1, BERLIN)),
        )
    return taken


def lived(start: datetime, readings: Sequence[EvseReading]) -> Rig:
    rig = Rig(start=start)
    for one in readings:
        rig.read(
            (one.at - rig.now.utc).total_seconds(),
            activity=one.activity,
            power_w=one.power_w,
            currents_a=one.currents_a,
            register_mwh=one.register_mwh,
        )
    return rig
