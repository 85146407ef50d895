"""A person moves the start or end of a session: energy stays, durations follow, sums hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import ChargingPeriod, Session, SessionStatus
from custom_components.ev_sessions.core.sessions.session_edit import SessionBoundsError, with_bounds

_NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_KATHMANDU = ZoneInfo("Asia/Kathmandu")


def _session(*parts: tuple[Activity, int, int]) -> tuple[Session, tuple[ChargingPeriod, ...]]:
    """Return a session of parts (activity, minutes, energy)."""
    at, periods = _NOON, []
    for index, (activity, minutes, energy) in enumerate(parts):
        end = at + minutes * _MINUTE
        periods.append(
            ChargingPeriod(
                index=index,
                start=at,
                end=end,
                duration_ms=minutes * 60_000,
                activity=activity,
                energy_mwh=energy,
            )
        )
        at = end
    whole = Session(
        id="S",
        start=_NOON,
        end=at,
        status=SessionStatus.ENDED,
        energy_mwh=sum(energy for _, _, energy in parts),
        period_count=len(periods),
    )
    return whole, tuple(periods)


_EVENING = _session(
    (Activity.PREPARING, 15, 0),
    (Activity.CHARGING, 15, 2_000_000),
    (Activity.SUSPENDED_EVSE, 10, 0),
    (Activity.CHARGING, 15, 1_000_000),
    (Activity.FINISHING, 15, 0),
)


def test_car_that_came_earlier_waited_longer() -> None:
    session, periods = _EVENING
    moved = with_bounds(session, periods, _NOON - 40 * _MINUTE, _NOON + 70 * _MINUTE, ZoneInfo("Europe/Berlin"))
    assert moved.session.waiting_ms == 55 * 60_000
    assert moved.session.idle_ms == 15 * 60_000
    assert [one.duration_ms // 60_000 for one in moved.periods] == [10, 15, 15, 15, 15, 10, 15, 15]
    assert moved.origins == (None, None, None, 0, 1, 2, 3, 4)


def test_car_that_left_earlier_idled_less() -> None:
    session, periods = _EVENING
    moved = with_bounds(session, periods, _NOON, _NOON + 60 * _MINUTE, ZoneInfo("Europe/Berlin"))
    assert moved.session.idle_ms == 5 * 60_000
    assert moved.session.connected_ms == 60 * 60_000
    assert moved.session.energy_mwh == session.energy_mwh


def test_added_time_is_cut_at_the_quarter_hours_of_the_place() -> None:
    session, periods = _EVENING
    moved = with_bounds(session, periods, _NOON - 20 * _MINUTE, _NOON + 70 * _MINUTE, _KATHMANDU)
    assert [one.start.minute for one in moved.periods[:2]] == [40, 45]


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (30, 70, "energy_outside"),  # the first charge lies before it
        (0, 40, "energy_outside"),  # the second one after it
        (10, 10, "end_before_start"),
        (20, 10, "end_before_start"),
        (-90, -10, "energy_outside"),
    ],
)
def test_bounds_that_cut_energy_off_are_refused(start: int, end: int, reason: str) -> None:
    session, periods = _EVENING
    with pytest.raises(SessionBoundsError) as refused:
        with_bounds(session, periods, _NOON + start * _MINUTE, _NOON + end * _MINUTE, ZoneInfo("UTC"))
    assert refused.value.reason == reason


def test_open_session_has_no_bounds_to_move() -> None:
    with pytest.raises(SessionBoundsError, match="session_open"):
        with_bounds(Session(id="S", start=_NOON), (), _NOON, _NOON + _MINUTE, ZoneInfo("UTC"))


def test_session_without_energy_can_be_moved_to_another_day() -> None:
    session, periods = _session((Activity.PREPARING, 10, 0))
    day = timedelta(days=1)
    moved = with_bounds(session, periods, _NOON + day, _NOON + day + _MINUTE, ZoneInfo("UTC"))
    assert (moved.session.start, moved.session.end) == (_NOON + day, _NOON + day + _MINUTE)
    assert sum(one.duration_ms for one in moved.periods) == 60_000


_PARTS = st.lists(
    st.tuples(st.sampled_from(list(Activity)), st.integers(1, 15), st.sampled_from([0, 0, 5])), min_size=1, max_size=8
)


@given(_PARTS, st.integers(-60, 120), st.integers(-60, 200), st.sampled_from([_KATHMANDU, ZoneInfo("Europe/Berlin")]))
def test_periods_fill_the_new_bounds_without_gap_and_keep_all_energy(
    parts: list[tuple[Activity, int, int]], start: int, end: int, zone: ZoneInfo
) -> None:
    session, periods = _session(*parts)
    new_start, new_end = _NOON + start * _MINUTE, _NOON + end * _MINUTE
    try:
        moved = with_bounds(session, periods, new_start, new_end, zone)
    except SessionBoundsError as refused:
        assert end <= start or refused.reason == "energy_outside"  # noqa: PT017 - both ways are right
        return
    edges = [moved.periods[0].start, *(one.end for one in moved.periods)]
    assert edges[0] == new_start
    assert edges[-1] == new_end
    assert [one.start for one in moved.periods] == edges[:-1]
    assert sum(one.energy_mwh for one in moved.periods) == session.energy_mwh
    assert [one.index for one in moved.periods] == list(range(moved.session.period_count))
    changed = moved.session
    four = changed.waiting_ms + changed.charging_ms + changed.paused_ms + changed.idle_ms
    assert changed.connected_ms == four == sum(one.duration_ms for one in moved.periods) == (end - start) * 60_000


def test_durations_follow_from_the_periods_and_from_nothing_that_was_before() -> None:
    session, periods = _EVENING
    bounds = (_NOON, session.end or _NOON, ZoneInfo("Europe/Berlin"))
    before = replace(session, connected_ms=1, charging_ms=2, waiting_ms=3, paused_ms=4, idle_ms=5)
    moved = with_bounds(before, periods, *bounds).session
    assert moved == with_bounds(session, periods, *bounds).session
    minutes = (moved.connected_ms, moved.charging_ms, moved.waiting_ms, moved.paused_ms, moved.idle_ms)
    assert minutes == (70 * 60_000, 30 * 60_000, 15 * 60_000, 10 * 60_000, 15 * 60_000)


def test_session_that_goes_on_is_said_to_be_open() -> None:
    session, periods = _EVENING
    with pytest.raises(SessionBoundsError, match=r"^session_open$"):
        with_bounds(replace(session, end=None), periods, _NOON, _NOON + _MINUTE, ZoneInfo("Europe/Berlin"))
