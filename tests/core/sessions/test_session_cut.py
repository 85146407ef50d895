"""Cutting a session in two and joining two into one: nothing is lost, and one undoes the other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import (
    ChargingPeriod,
    EndReason,
    Quality,
    Session,
    SessionStatus,
)
from custom_components.ev_sessions.core.sessions.session_cut import cut_at, joined
from custom_components.ev_sessions.core.sessions.session_edit import SessionBoundsError, with_durations
from custom_components.ev_sessions.core.sessions.trace import TraceSample
from custom_components.ev_sessions.core.vehicles.consumption import consumption_kwh, range_added_km

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def a_session(
    *energies_mwh: int, start: datetime = NOON, register_mwh: int | None = 1_000_000, **more: Any
) -> tuple[Session, list[ChargingPeriod]]:
    """Return a session of quarter hours."""
    periods = [
        ChargingPeriod(
            index=index,
            start=start + index * QUARTER,
            end=start + (index + 1) * QUARTER,
            duration_ms=900_000,
            activity=Activity.CHARGING if energy else Activity.SUSPENDED_EV,
            energy_mwh=energy,
            solar_mwh=energy // 3,
            estimated_mwh=energy // 7,
            greatest_power_w=float(energy) / 1000,
        )
        for index, energy in enumerate(energies_mwh)
    ]
    end = start + len(periods) * QUARTER
    whole = Session(
        id=more.pop("id", "one"),
        start=start,
        end=end,
        status=SessionStatus.ENDED,
        end_reason=EndReason.UNPLUGGED,
        register_start_mwh=register_mwh,
        register_end_mwh=None if register_mwh is None else register_mwh + sum(energies_mwh),
        energy_mwh=sum(energies_mwh),
        solar_mwh=sum(energy // 3 for energy in energies_mwh),
        estimated_mwh=sum(energy // 7 for energy in energies_mwh),
        settled=True,
        **more,
    )
    return with_durations(whole, periods, start, end), periods


def samples(*registers: tuple[float, int]) -> list[TraceSample]:
    return [TraceSample(at=at(minutes), register_mwh=register_mwh) for minutes, register_mwh in registers]


def test_a_cut_is_exact_at_the_register_of_the_trace() -> None:
    session, periods = a_session(3_000_000, 3_000_000, 0)
    trace = samples((19, 4_100_000), (20, 4_700_000), (21, 4_800_000))
    first, second = cut_at(session, periods, trace, at(20), "two")
    assert (first.session.energy_mwh, second.session.energy_mwh) == (3_700_000, 2_300_000)
    assert first.session.register_end_mwh == second.session.register_start_mwh == 4_700_000
    assert second.session.register_end_mwh == session.register_end_mwh
    assert (first.session.end_reason, second.session.end_reason) == (EndReason.SPLIT, EndReason.UNPLUGGED)
    assert [one.quality for one in (*first.periods, *second.periods)] == [Quality.MEASURED] * 4
    assert [one.index for one in second.periods] == [0, 1]
    assert (second.session.id, second.session.start, second.session.idle_ms) == ("two", at(20), 900_000)


def test_between_two_samples_the_register_rises_evenly() -> None:
    session, periods = a_session(3_000_000, 3_000_000)
    first, _ = cut_at(session, periods, samples((19.5, 4_000_000), (20.5, 4_300_000)), at(20), "two")
    assert first.session.energy_mwh == 3_150_000
    first, _ = cut_at(session, periods, samples((18.5, 4_000_000), (21.5, 4_300_000)), at(20), "two")
    assert first.session.energy_mwh == 3_150_000


@pytest.mark.parametrize("register_mwh", [3_999_999, 7_000_001])
def test_a_register_that_lies_outside_of_the_period_that_is_cut_leaves_no_part_below_nothing(register_mwh: int) -> None:
    session, periods = a_session(3_000_000, 3_000_000)
    first, second = cut_at(session, periods, samples((20, register_mwh)), at(20), "two")
    energies = [3_000_000, 3_000_000, 0] if register_mwh > 7_000_000 else [3_000_000, 0, 3_000_000]
    assert [one.energy_mwh for one in (*first.periods, *second.periods)] == energies


def test_each_part_has_the_peak_of_its_own_periods() -> None:
    session, periods = a_session(1_000_000, 3_000_000, 2_000_000, peak_power_w=3000.0)
    first, second = cut_at(session, periods, [], at(15), "two")
    assert (first.session.peak_power_w, second.session.peak_power_w) == (1000.0, 3000.0)
    unknown = [replace(period, greatest_power_w=None) for period in periods]
    first, _ = cut_at(session, [unknown[0], *periods[1:]], [], at(15), "two")
    assert first.session.peak_power_w is None


def test_where_nothing_was_charged_a_cut_guesses_nothing() -> None:
    session, periods = a_session(3_000_000, 0)
    first, second = cut_at(session, periods, [], at(20), "two")
    assert [one.quality for one in (*first.periods, *second.periods)] == [Quality.MEASURED] * 3
    assert second.session.estimated_mwh == 0


@pytest.mark.parametrize(
    "trace",
    [
        [],
        samples((19.9, 4_700_000)),
        samples((20.1, 4_700_000)),
        samples((17, 4_000_000), (23, 5_000_000)),
        samples((18.49, 4_000_000), (20.1, 4_700_000)),
        samples((19.9, 4_700_000), (21.51, 5_000_000)),
        [TraceSample(at=at(20), power_w=4.0)],
    ],
)
def test_without_the_register_a_cut_is_linear_and_marked_estimated(trace: list[TraceSample]) -> None:
    session, periods = a_session(3_000_000, 3_000_000)
    first, second = cut_at(session, periods, trace, at(20), "two")
    assert (first.session.energy_mwh, second.session.energy_mwh) == (4_000_000, 2_000_000)
    cut = (first.periods[-1], second.periods[0])
    assert [one.quality for one in cut] == [Quality.ESTIMATED] * 2
    assert [one.estimated_mwh for one in cut] == [1_000_000, 2_000_000]


def test_a_session_without_a_register_is_cut_by_time() -> None:
    session, periods = a_session(3_000_000, register_mwh=None)
    periods = [replace(periods[0], solar_mwh=None)]
    first, second = cut_at(replace(session, solar_mwh=None), periods, samples((5, 1)), at(5), "two")
    assert (first.session.energy_mwh, first.session.register_end_mwh) == (1_000_000, None)
    assert (second.session.register_start_mwh, second.session.solar_mwh) == (None, None)


def test_a_cut_within_a_millisecond_loses_nothing() -> None:
    session, periods = a_session(3_000_000, register_mwh=None)
    instant = timedelta(microseconds=200)
    short = replace(periods[0], end=NOON + 2 * instant, duration_ms=0)
    session = replace(session, end=NOON + 2 * instant)
    first, second = cut_at(session, [short], [], NOON + instant, "two")
    assert first.session.energy_mwh + second.session.energy_mwh == 3_000_000


@pytest.mark.parametrize("minutes", [-1, 0, 30, 31])
def test_there_is_nothing_to_cut_outside(minutes: float) -> None:
    session, periods = a_session(1, 1)
    with pytest.raises(SessionBoundsError, match="cut_outside"):
        cut_at(session, periods, [], at(minutes), "two")


def test_what_goes_on_is_neither_cut_nor_joined() -> None:
    session, periods = a_session(1, 1)
    other, more = a_session(1, start=at(60), id="two")
    with pytest.raises(SessionBoundsError, match="session_open"):
        cut_at(replace(session, end=None), periods, [], at(20), "two")
    with pytest.raises(SessionBoundsError, match="session_open"):
        joined(session, periods, replace(other, end=None), more, BERLIN)
    with pytest.raises(SessionBoundsError, match="sessions_overlap"):
        joined(session, periods, replace(other, start=at(20)), more, BERLIN)
    with pytest.raises(SessionBoundsError, match="sessions_overlap"):
        joined(session, periods, session, periods, BERLIN)


def test_two_that_are_joined_are_idle_in_between_in_whichever_order() -> None:
    one, periods = a_session(2_000_000, peak_power_w=2.0)
    other, more = a_session(1_000_000, start=at(40), register_mwh=3_000_000, id="two", peak_power_w=3.0)
    whole = joined(other, more, one, periods, BERLIN)
    assert whole == joined(one, periods, other, more, BERLIN)
    assert (whole.session.id, whole.session.start, whole.session.end) == ("one", NOON, at(55))
    assert (whole.session.energy_mwh, whole.session.paused_ms, whole.session.peak_power_w) == (
        3_000_000,
        1_500_000,
        3.0,
    )
    assert (whole.session.register_start_mwh, whole.session.register_end_mwh) == (1_000_000, 4_000_000)
    assert whole.origins == (("one", 0), None, None, ("two", 0))
    assert [period.index for period in whole.periods] == [0, 1, 2, 3]
    assert (whole.session.end_reason, whole.session.settled) == (EndReason.UNPLUGGED, True)
    # It ends as the later of them did, and what either still waits for, it waits for.
    left = replace(other, end_reason=EndReason.POWER_LOSS, settled=False)
    whole = joined(left, more, one, periods, BERLIN)
    assert (whole.session.end_reason, whole.session.settled) == (EndReason.POWER_LOSS, False)
    assert joined(other, more, replace(one, settled=False), periods, BERLIN).session.settled is False
    # Of one nobody knows the peak.
    assert joined(other, more, replace(one, peak_power_w=None), periods, BERLIN).session.peak_power_w == 3.0
    nobody = [replace(session, peak_power_w=None) for session in (one, other)]
    assert joined(nobody[0], periods, nobody[1], more, BERLIN).session.peak_power_w is None
    # The register rose for nobody.
    apart = replace(other, register_start_mwh=3_500_000, register_end_mwh=4_500_000)
    whole = joined(one, periods, apart, more, BERLIN)
    assert (whole.session.register_start_mwh, whole.session.register_end_mwh) == (None, None)


@given(
    energies=st.lists(st.integers(0, 5_000_000), min_size=1, max_size=6),
    part=st.floats(0.01, 0.99),
    told=st.none() | st.floats(0, 1),
)
def test_parts_sum_to_the_whole_and_are_the_whole_again_when_joined(
    energies: list[int], part: float, told: float | None
) -> None:
    session, periods = a_session(*energies)
    assert session.end is not None
    cut = NOON + (session.end - NOON) * part
    trace = [] if told is None else [TraceSample(at=cut, register_mwh=1_000_000 + round(sum(energies) * told))]
    first, second = cut_at(session, periods, trace, cut, "two")
    for name in ("energy_mwh", "solar_mwh", "estimated_mwh") if told is not None else ("energy_mwh", "solar_mwh"):
        both = getattr(first.session, name) + getattr(second.session, name)
        assert both == getattr(session, name) == sum(getattr(one, name) for one in (*first.periods, *second.periods))
    for one in (first, second):
        parts = one.session.waiting_ms + one.session.charging_ms + one.session.paused_ms + one.session.idle_ms
        assert parts == one.session.connected_ms
        for period in one.periods:
            assert 0 <= (period.solar_mwh or 0) <= period.energy_mwh
            assert 0 <= period.estimated_mwh <= period.energy_mwh
        assert [period.index for period in one.periods] == list(range(one.session.period_count))
    again = joined(first.session, first.periods, second.session, second.periods, BERLIN)
    assert (again.session.start, again.session.end) == (session.start, session.end)
    assert again.session.energy_mwh == session.energy_mwh
    assert again.session.register_end_mwh == session.register_end_mwh


@pytest.mark.parametrize(
    ("known", "used"),
    [
        ({}, 26.4),
        ({"battery_kwh": None}, None),
        ({"left_percent": None}, None),
        ({"came_percent": None}, None),
        ({"km": None}, None),
        ({"km": 19}, None),
        ({"came_percent": 61}, None),
    ],
)
def test_what_a_vehicle_uses_is_told_by_battery_and_road(known: dict[str, Any], used: float | None) -> None:
    whole: dict[str, Any] = {"battery_kwh": 40, "left_percent": 63, "came_percent": 30, "km": 50, **known}
    assert consumption_kwh(**whole) == used


def test_the_range_that_is_added_is_known_with_what_the_vehicle_uses() -> None:
    assert range_added_km(9.0, 18.0) == 50.0
    assert range_added_km(9.0, None) is None
