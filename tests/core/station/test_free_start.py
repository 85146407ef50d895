"""Where charging is free, a car that waits is begun once, by and by, and not again after it was charged."""

from datetime import UTC, datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.reading import Activity, EvseReading, State
from custom_components.ev_sessions.core.station.free_start import FreeStart

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def seen(state: FreeStart, activity: Activity | None, now_s: float = 0.0, pilot: State | None = None) -> FreeStart:
    return state.observed(EvseReading(at=AT, activity=activity, state=pilot), now_s)


def test_a_car_that_waits_is_begun_sooner_where_the_box_is_known_never_to_begin() -> None:
    waits = seen(seen(FreeStart(), Activity.PREPARING, 10.0), Activity.AWAITING_AUTHORISATION, 12.0)
    assert waits.due_s(never_begins=True) == 12.0
    assert waits.due_s(never_begins=False) == 25.0


def test_what_leads_to_nothing_is_tried_three_times() -> None:
    state = seen(FreeStart(), Activity.PREPARING, 0.0)
    due: list[float] = []
    while (due_s := state.due_s(never_begins=True)) is not None:
        due.append(due_s)
        state = seen(state.tried(due_s), Activity.PREPARING, due_s + 1)
    assert due == [2.0, 62.0, 362.0]


@pytest.mark.parametrize("after", [Activity.PREPARING, Activity.FINISHING, Activity.AWAITING_AUTHORISATION])
def test_a_charge_that_has_ended_is_not_begun_again(after: Activity) -> None:
    ended = seen(seen(FreeStart(), Activity.CHARGING), after, 5.0)
    assert ended.due_s(never_begins=True) is None
    next_car = seen(seen(ended, Activity.AVAILABLE), Activity.PREPARING, 60.0)
    assert next_car.due_s(never_begins=True) == 62.0


def test_nobody_is_begun_who_is_not_there_or_of_whom_nothing_is_known() -> None:
    waits = seen(FreeStart(), Activity.PREPARING, 0.0)
    assert seen(waits, None, 9.0) == waits
    assert seen(waits, Activity.FAULT, 9.0) == waits
    assert seen(waits, None, 9.0, State.A).due_s(never_begins=True) is None
    assert FreeStart().due_s(never_begins=True) is None


@given(st.lists(st.tuples(st.sampled_from([*Activity, None]), st.booleans()), max_size=40))
def test_between_two_cars_there_are_three_starts_at_most(story: list[tuple[Activity | None, bool]]) -> None:
    state, starts = FreeStart(), 0
    for now_s, (activity, tries) in enumerate(story):
        state = seen(state, activity, float(now_s * 400))
        starts = 0 if activity in {Activity.AVAILABLE, Activity.RESERVED} else starts
        due_s = state.due_s(never_begins=True)
        if tries and due_s is not None:
            state, starts = state.tried(max(due_s, now_s * 400)), starts + 1
        assert starts <= 3
