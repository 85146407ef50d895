"""When a charge will be over: by its car, as past charges ended, or by what was asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.sessions.estimate import Charge, PastCharge, estimated_end, learned, steady
from custom_components.ev_sessions.core.sessions.session_limit import NO_LIMIT, SessionLimit
from custom_components.ev_sessions.core.sessions.trace import TraceSample
from custom_components.ev_sessions.core.vehicles.battery import Battery, seen

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
KWH = 1_000_000


def charge(**changes: Any) -> Charge:
    """Return a charge at 10 kW that has had 5 kWh."""
    known: dict[str, Any] = {"power_w": 10_000.0, "peak_w": 10_000.0, "offered_w": 11_000.0, "energy_mwh": 5 * KWH}
    return Charge(at=NOON, **{**known, **changes})


def trace(*parts: tuple[float, float]) -> list[TraceSample]:
    """Return samples a minute apart of so many minutes at a power, and the car's own end."""
    powers = [power_w for minutes, power_w in parts for _ in range(round(minutes))]
    return [TraceSample(at=NOON + timedelta(minutes=n), power_w=power_w) for n, power_w in enumerate([*powers, 0.0])]


def past(*, hours: float = 2.0, power_w: float = 10_000.0) -> PastCharge:
    """Return a charge of some hours on the plateau, then half an hour at half and a quarter of an hour at a third."""
    found = learned(trace((hours * 60, power_w), (30, power_w / 2), (15, power_w / 3)))
    assert found is not None
    return found


def left_min(found: datetime | None) -> float:
    assert found is not None
    return (found - NOON).total_seconds() / 60


def test_a_trace_tells_what_was_left_at_each_power() -> None:
    one = past()
    assert one.energy_mwh == pytest.approx((20 + 2.5 + 10 / 3 / 4) * KWH, rel=1e-3)
    assert [round(point.left_s / 60) for point in one.tail] == [0, 15, 45]
    assert one.left_at(10_000).left_s == 45 * 60
    assert one.left_at(99_999).left_s == 45 * 60
    assert one.left_at(4_000).left_s == 15 * 60


@pytest.mark.parametrize(
    "samples",
    [
        [],
        trace((10, 0.0)),
        trace((2, 10_000.0)),  # too little
        trace((60, 10_000.0)),  # unplugged, or stopped, on its plateau
        trace((60, 10_000.0), (30, 4_000.0))[:-1],  # it goes on
    ],
)
def test_a_charge_that_its_car_did_not_end_teaches_nothing(samples: list[TraceSample]) -> None:
    assert learned(samples) is None


def test_where_nothing_tells_the_end_is_unknown() -> None:
    assert estimated_end(charge(), NO_LIMIT, []) is None
    assert estimated_end(charge(power_w=None), NO_LIMIT, [past()]) is None
    assert estimated_end(charge(power_w=100.0), SessionLimit(energy_mwh=9 * KWH), [past()]) is None
    assert estimated_end(charge(), SessionLimit(soc_percent=80), []) is None
    assert estimated_end(charge(), SessionLimit(cost=Decimal(5)), []) is None


@pytest.mark.parametrize(
    ("limit", "changes", "minutes"),
    [
        (SessionLimit(energy_mwh=15 * KWH), {}, 60),
        (SessionLimit(energy_mwh=4 * KWH), {}, 0),
        (SessionLimit(connected_ms=90 * 60_000), {"connected_ms": 30 * 60_000}, 60),
        (SessionLimit(connected_ms=90 * 60_000), {"connected_ms": 30 * 60_000, "power_w": 0.0}, 60),
        (SessionLimit(cost=Decimal(5)), {"cost_mwh": 5.0 * KWH}, 30),
        (SessionLimit(soc_percent=80), {"soc_mwh": 5.0 * KWH}, 30),
        (SessionLimit(energy_mwh=15 * KWH, connected_ms=1_800_000), {}, 30),
    ],
)
def test_what_was_asked_for_ends_it(limit: SessionLimit, changes: dict[str, Any], minutes: float) -> None:
    assert left_min(estimated_end(charge(**changes), limit, [])) == pytest.approx(minutes)


def test_on_its_plateau_a_car_is_held_to_need_what_others_needed_and_to_end_as_they_did() -> None:
    # 15 kWh of the plateau's 20 are left, at 10 kW, and 45 min of less and less.
    assert left_min(estimated_end(charge(), NO_LIMIT, [past()])) == pytest.approx(90 + 45, abs=0.1)
    shorter, longer = past(hours=1), past(hours=3)
    assert left_min(estimated_end(charge(), NO_LIMIT, [shorter, past(), longer])) == pytest.approx(135, abs=0.1)
    # The shorter one had needed less than this has had by now.
    more = charge(energy_mwh=14 * KWH)
    assert left_min(estimated_end(more, NO_LIMIT, [shorter, longer])) == pytest.approx(60 * 1.6 + 45, abs=0.1)


def test_a_car_that_takes_less_than_it_may_is_near_its_end() -> None:
    tapering = charge(power_w=5_000.0)
    assert left_min(estimated_end(tapering, NO_LIMIT, [past()])) == pytest.approx(15)
    # One that is held back by its limit is not.
    held_back = charge(power_w=5_000.0, offered_w=5_000.0)
    assert left_min(estimated_end(held_back, NO_LIMIT, [past()])) > 120
    beyond = charge(energy_mwh=40 * KWH)
    assert left_min(estimated_end(beyond, NO_LIMIT, [past()])) == pytest.approx(45)
    unknown = charge(power_w=5_000.0, offered_w=None, peak_w=None)
    assert left_min(estimated_end(unknown, NO_LIMIT, [past()])) > 120


def test_the_last_percents_take_their_time() -> None:
    full = charge(soc_mwh=2.0 * KWH, full_mwh=2.0 * KWH)
    target = SessionLimit(soc_percent=100)
    slow = left_min(estimated_end(full, target, [past()]))
    assert 12 < slow <= 45
    # All of the way to 80 %, from which 5 kWh are left to 100 %, is on the plateau.
    part = charge(soc_mwh=5.0 * KWH, full_mwh=10.0 * KWH)
    assert left_min(estimated_end(part, SessionLimit(soc_percent=80), [past()])) == pytest.approx(30)
    done = charge(soc_mwh=0.0, full_mwh=0.0)
    assert left_min(estimated_end(done, target, [past()])) == 0


def test_charges_of_another_car_do_not_count_where_there_are_enough_alike() -> None:
    small = [past(power_w=3_600.0, hours=8)] * 5
    assert left_min(estimated_end(charge(), NO_LIMIT, [*small, *[past()] * 3])) == pytest.approx(135, abs=0.1)
    assert left_min(estimated_end(charge(), NO_LIMIT, [*small, past()])) > 135


def test_an_end_that_is_shown_stays_until_a_better_one_differs() -> None:
    shown = NOON + timedelta(hours=2)
    assert steady(shown, shown + timedelta(minutes=5), NOON) == shown
    assert steady(shown, shown + timedelta(minutes=20, seconds=40), NOON) == shown + timedelta(minutes=21)
    assert steady(None, shown + timedelta(seconds=10), NOON) == shown
    assert steady(shown, None, NOON) is None


POWERS = st.lists(st.tuples(st.integers(1, 90), st.floats(0, 22_000)), min_size=1, max_size=12)


@given(st.lists(POWERS, max_size=4), st.floats(0, 22_000), st.integers(0, 80 * KWH), st.none() | st.floats(0, 60e6))
def test_no_end_lies_in_the_past_and_more_to_go_takes_no_less(
    traces: list[list[tuple[int, float]]], power_w: float, energy_mwh: int, full_mwh: float | None
) -> None:
    known = [one for parts in traces if (one := learned(trace(*parts))) is not None]
    for one in known:
        assert all(point.left_s >= 0 and point.left_mwh >= 0 for point in one.tail)
    now = charge(power_w=power_w, energy_mwh=energy_mwh, soc_mwh=full_mwh, full_mwh=full_mwh)
    limit = SessionLimit(soc_percent=100.0)
    end = estimated_end(now, limit, known)
    assert end is None or end >= NOON
    if end is not None and full_mwh is not None:
        further = replace(now, soc_mwh=full_mwh + KWH, full_mwh=full_mwh + KWH)
        later = estimated_end(further, limit, known)
        assert later is not None
        assert later >= end - timedelta(seconds=1)


def test_a_percent_is_known_when_two_have_passed() -> None:
    battery: Battery | None = None
    for soc, energy in ((60, 0), (60, 300_000), (61, 500_000), (62, 1_200_000), (63, 1_900_000)):
        battery = seen(battery, soc, energy)
        assert (battery.left_mwh(80, energy) is None) == (soc < 63)
    assert battery is not None
    assert battery.mwh_per_percent == 700_000
    assert battery.left_mwh(80, 2_000_000) == 17 * 700_000 - 100_000
    assert battery.left_mwh(60, 2_000_000) == 0
    assert battery.left_mwh(120, 1_900_000) == battery.left_mwh(100, 1_900_000)
