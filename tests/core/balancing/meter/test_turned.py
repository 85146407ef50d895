"""A meter that was wired or set up the wrong way round shows what is drawn as if it flowed back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import override

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import CircuitMeter
from custom_components.ev_sessions.core.balancing.meter.branch_meters import MeterShows
from custom_components.ev_sessions.core.balancing.meter.delay import MeterDelay
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.headroom.test_branches import Estate, in_barn
from tests.core.balancing.load_rig import Circuit, LoadRig, ReasonKey as Key, car, site


class Turned(LoadRig):
    """A house whose meter counts import negative."""

    sign = -1.0

    @override
    def measure(self) -> GridReading:
        reading = super().measure()
        return replace(reading, currents_a=tuple(self.sign * current for current in reading.currents_a))


@pytest.mark.parametrize("lines", [(0, 1, 2), (1,)])
def test_a_meter_that_falls_when_the_car_begins_is_not_believed(lines: tuple[int, ...]) -> None:
    rig = Turned(site(margin_a=0.0), car(lines=lines, limit_read_a=0.0), house=15.0)
    for _ in range(3):  # one step of one line may be a chance
        rig.change(connected=False)
        rig.run(60)
        rig.change(connected=True)
        rig.run(60)
    assert rig.limit() == 6.0
    assert rig.reason() is Key.METER_TURNED
    assert rig.balancing_state == "meter_lost"
    rig.run(1800)
    assert rig.limit() == 6.0


def test_who_turns_his_meter_is_believed_with_the_next_step_of_a_car() -> None:
    rig = Turned(site(margin_a=0.0), car(limit_read_a=0.0), house=5.0)
    rig.run(90)
    rig.change(connected=False)
    rig.run(60)
    rig.change(connected=True)
    rig.run(60)
    assert rig.reason() is Key.METER_TURNED
    rig.sign = 1.0
    rig.change(connected=False)
    rig.run(60)
    rig.change(connected=True)
    rig.run(120)
    assert rig.limit() == 16.0


class WithBattery(LoadRig):
    """A house whose battery gives what the house takes, some seconds later, and a little more than that."""

    late_s = 3
    given: tuple[float, ...] = ()

    @override
    def measure(self) -> GridReading:
        reading = super().measure()
        taken_a = max(reading.currents_a)
        self.given = (*self.given, taken_a)[-self.late_s :]
        return replace(reading, currents_a=tuple(current - self.given[0] - 0.3 for current in reading.currents_a))


@pytest.mark.parametrize("late_s", [2, 3, 5, 8])
def test_a_battery_that_gives_what_the_car_takes_turns_no_meter(late_s: int) -> None:
    rig = WithBattery(site(margin_a=0.0), car(limit_read_a=0.0), house=2.0)
    rig.late_s = late_s
    for _ in range(6):
        rig.change(connected=False)
        rig.run(60)
        rig.change(connected=True)
        for _ in range(60):
            rig.second()
            assert rig.reason() is not Key.METER_TURNED
    assert rig.limit() == 16.0


def test_a_meter_of_a_roof_without_a_sign_is_not_turned() -> None:
    class Unsigned(LoadRig):
        @override
        def measure(self) -> GridReading:
            reading = super().measure()
            return replace(reading, currents_a=tuple(map(abs, reading.currents_a)), signed=False)

    rig = Unsigned(site(margin_a=0.0), car(limit_read_a=0.0, min_a=6.0), house=-20.0)
    rig.run(300)
    assert not rig.state.delay.is_turned


def test_a_load_that_comes_and_lowers_the_car_by_half_of_it_turns_no_meter() -> None:
    rig = LoadRig(site(margin_a=0.0), car(limit_read_a=0.0), house=5.0)
    rig.run(60)
    for _ in range(12):
        rig.house = 17.0  # the car goes from 16 to 8 A, the meter from 21 to 25
        rig.run(40)
        assert rig.limit() in {7.0, 8.0}  # lowered ahead of it, a raise by a step may have to wait
        rig.house = 5.0
        rig.run(90)
    assert not rig.state.delay.is_turned


@given(
    loads=st.lists(st.tuples(st.floats(-25, 20), st.integers(3, 40)), min_size=4, max_size=25),
    period_s=st.sampled_from([1.0, 5.0, 10.0]),
)
@settings(max_examples=40, deadline=None)
def test_whatever_the_house_does_a_right_meter_is_not_called_turned(
    loads: list[tuple[float, int]], period_s: float
) -> None:
    rig = LoadRig(site(margin_a=0.0), car(limit_read_a=0.0), car("other", lines=(1,), limit_read_a=0.0), house=2.0)
    rig.period_s = period_s
    for house_a, seconds in loads:
        rig.house = house_a
        rig.run(seconds)
        assert not rig.state.delay.is_turned


def test_a_turned_meter_of_a_circuit_leaves_its_chargers_at_their_fallback() -> None:
    class TurnedBarn(Estate):
        @override
        def shows(self) -> Mapping[str, MeterShows]:
            shown = super().shows()["barn"]
            assert shown.reading is not None
            turned = replace(shown.reading, currents_a=tuple(-one for one in shown.reading.currents_a))
            return {"barn": replace(shown, reading=turned)}

    circuits = (
        Circuit(id="root", name="Street", limit_a=(63.0,) * 3),
        Circuit(id="barn", name="Barn", limit_a=(20.0,) * 3, parent_id="root", meter=CircuitMeter()),
    )
    rig = TurnedBarn(replace(site(), circuits=circuits), in_barn(fallback_a=6.0))
    rig.barn_a = 9.0
    rig.run(300)
    assert rig.limit("tractor") == 6.0
    assert rig.reason("tractor") is Key.CIRCUIT_METER_LOST


def test_nobody_turned_a_meter_that_shows_nothing_of_our_cars() -> None:
    assert MeterDelay().look(0.0, (5.0,), []).look(6.0, (-5.0,), []).look(60.0, (-5.0,), []).turned_lines == 0
