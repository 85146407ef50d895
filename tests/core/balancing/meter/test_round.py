"""Meters whose lines report one by one: polled value by value, or a message for each."""

from datetime import datetime, timedelta
from typing import override

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.load import BalancingState
from custom_components.ev_sessions.core.balancing.meter.round import MeterRound
from custom_components.ev_sessions.core.balancing.meter.watch import MeterWatch, observe
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.closed_loop import STRICT, Loop
from tests.core.balancing.load_rig import START
from tests.core.balancing.test_meter_paces import Steps

#: So much later than the one before each line tells.
APART_S = 0.02


class OneByOne(Loop):
    """A site whose meter tells each line by itself."""

    told: GridReading | None = None

    @override
    def _balance(self) -> None:
        whole, told, at_s = self.grid, self.told, self.t_s
        if whole is None or whole is told:
            super()._balance()
            return
        told_at = [whole.at] * 3 if told is None else [*told.told_at]
        currents_a = list(whole.currents_a if told is None else told.currents_a)
        for line in range(3):
            self.t_s = at_s + line * APART_S
            told_at[line], currents_a[line] = self.now().utc, whole.currents_a[line]
            self.grid = GridReading(at=told_at[line], currents_a=tuple(currents_a), told_at=tuple(told_at))
            super()._balance()
        self.told, self.t_s = self.grid, at_s


def lived(loop: Loop) -> Loop:
    """Let the house take 12 A more for ten minutes."""
    loop.house = Steps(loop.rng, 600.0, 1200.0)
    loop.until(300.0)
    loop.run.states.clear()  # that of a meter whose period is not known yet
    loop.until(1800.0)
    return loop


@pytest.mark.parametrize(("period_s", "delay_s"), [(1.0, 1.0), (10.0, 2.0), (15.0, 1.0), (60.0, 2.0)])
def test_meter_whose_lines_tell_one_by_one_is_as_good_as_one_that_tells_all_at_once(
    period_s: float, delay_s: float
) -> None:
    at_once, apart = (
        lived(kind(1, meter_period_s=period_s, meter_delay_s=delay_s, site=STRICT, looks_at_samples=True))
        for kind in (Loop, OneByOne)
    )
    assert apart.state.watch.period_s == pytest.approx(period_s)
    assert BalancingState.METER_LOST not in apart.run.states
    # Of eight seeds at a meter of a minute: 0.978 to 0.985 of the energy, and 3 to 7 commands more.
    assert apart.run.energy_a_s >= 0.975 * at_once.run.energy_a_s
    assert apart.run.commands <= at_once.run.commands + 7
    assert apart.run.stops <= at_once.run.stops
    assert apart.run.unexcused_a <= 0.3, apart.run.unexcused_at


@given(
    period_s=st.sampled_from([0.2, 1.0, 10.0, 60.0]),
    order=st.permutations(range(3)),
    apart=st.floats(0.0, 0.1),
    sign=st.booleans(),
)
def test_period_is_that_of_the_rounds_in_whatever_order_the_lines_tell(
    period_s: float, order: list[int], apart: float, sign: bool
) -> None:
    watch, now, apart_s = MeterWatch(), Now(utc=START, monotonic_s=0.0), min(2.0, apart * period_s)
    told_at = [now.utc] * 3
    reading = GridReading(at=now.utc, currents_a=(1.0, 2.0, 3.0))

    def looked(at: Now, reading: GridReading, alive_at: datetime | None = None) -> MeterWatch:
        return observe(watch, reading, alive_at, (), at, delay_s=2.0, owner_timeout_s=None)

    for count in range(20):
        begin = now.later(count * period_s)
        for place, line in enumerate(order):
            at = begin.later(place * apart_s)
            told_at[line] = at.utc
            reading = GridReading(at=at.utc, currents_a=(1.0 + count, 2.0, 3.0), told_at=tuple(told_at))
            watch = looked(at, reading)
        if sign:
            # Something else of the meter's device tells a moment later, and somebody looks.
            at = at.later(0.1 * period_s)
            watch = looked(at, reading, at.utc)
    assert watch.period_s == pytest.approx(period_s, rel=0.01)
    assert not watch.partial


def test_signs_of_life_between_the_values_of_a_meter_that_reports_changes_only_are_its_pace() -> None:
    watch, now = MeterWatch(), Now(utc=START, monotonic_s=0.0)
    reading = GridReading(at=now.utc, currents_a=(1.0, 2.0, 3.0))
    for count in range(20):
        at = now.later(5.0 * count)
        watch = observe(watch, reading, at.utc, (), at, delay_s=2.0, owner_timeout_s=None)
    assert watch.period_s == 5.0


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def _rounds(*told: tuple[float, int], period_s: float = 0.0) -> MeterRound:
    """Return the round after lines told at seconds."""
    found, told_at = MeterRound().hear([START] * 3, 0.0, period_s), [START] * 3
    for at_s, line in told:
        told_at[line] = _at(at_s)
        found = found.hear(told_at, at_s, period_s)
    return found


def test_lines_that_have_not_told_yet_are_of_the_round_before() -> None:
    first = _rounds((60.0, 1))
    assert (first.since_s, first.before_s) == (60.0, 0.0)
    assert first.is_partial(60.0, 60.0)
    assert first.is_partial(60.0, 65.0)
    # Later than that they have nothing new to tell.
    assert not first.is_partial(60.0, 65.1)
    assert not first.is_partial(6.0, 63.1)
    whole = _rounds((60.0, 1), (60.1, 0), (60.2, 2))
    assert not whole.is_partial(60.0, 60.2)
    assert (whole.since_s, whole.before_s, whole.told_s) == (60.0, 0.0, (60.1, 60.0, 60.2))


def test_line_that_was_quiet_in_the_round_before_is_not_waited_for() -> None:
    assert not _rounds((1.0, 0), (2.0, 0)).is_partial(1.0, 2.0)


@pytest.mark.parametrize(
    ("told", "period_s", "since_s"),
    [
        # A line tells anew.
        (((10.0, 0), (11.0, 0)), 0.0, 11.0),
        # All have told since long.
        (((10.0, 0), (14.9, 1)), 0.0, 10.0),
        (((10.0, 0), (13.0, 1), (15.1, 2)), 0.0, 15.1),
        # The others come in time, or so late that they begin a round of their own.
        (((10.0, 0), (10.4, 1)), 1.0, 10.0),
        (((10.0, 0), (10.6, 1)), 1.0, 10.6),
    ],
)
def test_round_ends_where_a_line_tells_anew_or_after_a_while(
    told: tuple[tuple[float, int], ...], period_s: float, since_s: float
) -> None:
    assert _rounds(*told, period_s=period_s).since_s == since_s


def test_report_that_tells_of_no_line_begins_no_round() -> None:
    before = _rounds((10.0, 0))
    assert before.hear(before.told_at, 12.0, 1.0) is before


def test_meter_of_other_lines_begins_anew() -> None:
    other = _rounds((10.0, 0)).hear([_at(20.0)], 20.0, 1.0)
    assert (other.told, other.told_before, other.since_s) == (frozenset({0}), frozenset(), 20.0)


def test_pace_is_that_of_the_line_that_begins_a_round() -> None:
    assert _rounds((1.0, 0), (1.1, 1), (1.2, 2), (2.1, 1)).again_s == pytest.approx(1.0)
