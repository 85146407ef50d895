"""What must hold whatever a station tells, and in whatever order."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.station.events import Authorised, StationEvent, StatusConfirmed
from custom_components.ev_sessions.core.station.evse_state import EvseState
from custom_components.ev_sessions.core.station.log import MOST_ENTRIES
from tests.core.station.story import (
    TAG,
    Story,
    at,
    came_online,
    ended,
    metered,
    started,
    status,
    updated,
    went_offline,
)

#: Everything is told at the end, long after it happened.
END = 200_000.0
IDS = st.sampled_from(["1", "2", "3"])
ACTIVITIES = st.sampled_from(Activity)


@st.composite
def events(draw: st.DrawFn, most: int = 18) -> list[StationEvent]:
    """Return events of an EVSE in their order, plausible or not."""
    told: list[StationEvent] = []
    seconds = 0.0
    for _ in range(draw(st.integers(1, most))):
        seconds += draw(st.sampled_from([3.0, 20.0, 600.0, 7200.0]))
        told.append(draw(an_event(seconds)))
    return told


def an_event(seconds: float) -> st.SearchStrategy[StationEvent]:
    late: dict[str, Any] = {"arrived": END}
    registers = st.one_of(st.none(), st.integers(0, 30_000).map(lambda value: value / 1000))
    begins = st.one_of(st.none(), st.just(0), st.integers(0, 9_000_000))
    return st.one_of(
        ACTIVITIES.map(lambda activity: status(seconds, activity, **late)),
        st.just(status(seconds, None, connected=True, **late)),  # type: ignore[arg-type] # 2.x: Occupied
        st.builds(lambda its, mwh: started(seconds, its, meter_start_mwh=mwh, **late), IDS, begins),
        st.builds(lambda its, activity: updated(seconds, its, activity=activity, **late), IDS, ACTIVITIES | st.none()),
        st.builds(lambda its, mwh: ended(seconds, its, meter_stop_mwh=mwh, **late), IDS, begins),
        st.builds(
            lambda its, register, power: metered(seconds, register, transaction_id=its, power_kw=power, **late),
            IDS | st.none(),
            registers,
            st.sampled_from([None, 0.0, 7.0]),
        ),
        st.just(replace(came_online(seconds), arrived_at=at(END))),
        st.just(replace(went_offline(seconds), arrived_at=at(END))),
        st.just(StatusConfirmed(at=at(seconds), arrived_at=at(END), evse=1)),
        st.just(Authorised(at=at(seconds), arrived_at=at(END), token=TAG)),
    )


def outcome(story: Story) -> tuple[Any, ...]:
    return story.readings.get(1), story.transactions, story.evse().state


@given(events(), st.randoms(use_true_random=False))
def test_any_order_of_telling_ends_as_the_right_order_does(told: list[StationEvent], random: Any) -> None:
    right = Story().tell(*told)
    shuffled = list(told)
    random.shuffle(shuffled)
    assert outcome(Story().tell(*shuffled)) == outcome(right)
    assert outcome(Story().message(*shuffled)) == outcome(right)


@given(events())
def test_telling_everything_twice_changes_nothing(told: list[StationEvent]) -> None:
    once = Story().tell(*told)
    twice = Story().tell(*(event for event in told for _ in range(2)), *told)
    assert twice.readings.get(1) == once.readings.get(1)
    assert twice.transactions == once.transactions


@given(events())
def test_a_state_is_as_good_as_its_text(told: list[StationEvent]) -> None:
    for entry in Story().tell(*told).evse().entries:
        assert EvseState.from_json(entry.state.to_json()) == entry.state


@given(
    st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 1500), max_size=6), st.booleans()), max_size=5),
    st.randoms(use_true_random=False),
)
def test_the_register_never_falls_whatever_a_transaction_begins_at(
    charges: list[tuple[bool, list[int], bool]], random: Any
) -> None:
    """Each charge begins at 0 or goes on; samples of it may come late, in any order."""
    told: list[StationEvent] = []
    used_wh, seconds = 3_000_000, 0.0
    for number, (from_zero, samples_wh, stops) in enumerate(charges, start=1):
        register_wh = 0 if from_zero else used_wh
        seconds += 3600
        told.append(started(seconds, str(number), meter_start_mwh=register_wh * 1000))
        for sample_wh in samples_wh:
            seconds += 600
            register_wh += sample_wh
            used_wh += sample_wh
            told.append(metered(seconds, register_wh / 1000, transaction_id=str(number)))
        if stops:
            told.append(ended(seconds + 10, str(number), meter_stop_mwh=register_wh * 1000))
    story = Story().tell(metered(0, 3_000.0), *told)
    registers = [reading.register_mwh for reading in story.readings[1] if reading.register_mwh is not None]
    assert all(before <= after for before, after in pairwise(registers))
    if all(not from_zero for from_zero, _, _ in charges):
        assert registers[-1] == used_wh * 1000


def test_the_log_never_grows_beyond_its_bound() -> None:
    """Old samples grow thin, and late ones find their place all the same."""
    story = Story()
    for place in range(MOST_ENTRIES + 300):
        story.message(metered(10.0 * place, 0.011 * place))
        assert len(story.evse().entries) <= MOST_ENTRIES
    assert story.evse().entries[0].event.at < at(20)
    story.message(metered(1003, 1.1015, arrived=END))
    registers = [reading.register_mwh for reading in story.readings[1] if reading.register_mwh is not None]
    assert registers == sorted(registers)
    assert 1_101_500 in registers
    for place in range(MOST_ENTRIES):
        story.message(status(20_000.0 + 10 * place, Activity.CHARGING if place % 2 else Activity.PREPARING))
        assert len(story.evse().entries) <= MOST_ENTRIES
    assert story.evse().start.at is not None
