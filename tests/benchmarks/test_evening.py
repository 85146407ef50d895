"""The evening on which controllers are compared is one that needs a controller, and the same for all."""

import pytest

from benchmarks.evening import Evening, Meter, foresight, hold, live, no_control, ours
from benchmarks.recorded import Recorded, record

_METER = Meter(period_s=10.0, delay_s=2.0)


@pytest.fixture(name="evening", scope="module")
def evening_fixture() -> Recorded:
    return record(5)


def test_evening_without_control_overloads_for_long_and_the_house_alone_never_does(evening: Recorded) -> None:
    without, none = live(evening, _METER, no_control()), live(evening, _METER, lambda _: 0.0)
    assert without.within_percent > 99
    assert without.long_over_a_s > 10_000
    assert none.over_a_s == 0
    assert none.charged_a_s < 0.01 * none.possible_a_s
    assert without.possible_a_s == none.possible_a_s


def test_patience_costs_energy_and_spares_the_fuse(evening: Recorded) -> None:
    follow, patient = live(evening, _METER, hold(0)), live(evening, _METER, hold(90))
    assert patient.over_a_s < follow.over_a_s
    assert patient.within_percent < follow.within_percent
    assert patient.commands < follow.commands


def test_who_sees_the_future_never_overloads_and_charges_most(evening: Recorded) -> None:
    seer, patient = live(evening, _METER, foresight(evening, 3, 0.0)), live(evening, _METER, hold(60))
    assert seer.over_a_s == 0
    assert seer.within_percent > patient.within_percent


@pytest.mark.parametrize("car_lines", [3, 1])
def test_who_has_learned_the_house_is_better_than_who_only_waits(evening: Recorded, car_lines: int) -> None:
    lines = (2, 0, 1)[:car_lines]  # of this seed's house
    learned = live(evening, _METER, ours(_METER, lines, evening.learned(_METER.period_s)), car_lines)
    patient = live(evening, _METER, hold(60), car_lines)
    assert learned.over_a_s <= 1.1 * patient.over_a_s
    assert learned.within_percent >= patient.within_percent - 1
    assert learned.stops <= patient.stops + 2
    assert learned.commands_per_hour <= 45


def test_same_evening_goes_the_same_way_twice(evening: Recorded) -> None:
    one, other = live(evening, _METER, ours(_METER)), live(evening, _METER, ours(_METER))
    assert one == other
    assert one.stops <= one.commands <= 45 * 4


def test_only_over_current_that_lasts_counts_as_long() -> None:
    evening = Evening()
    for flow_a in [26.0] * 8 + [20.0] + [27.0] * 12 + [20.0]:  # 4 s, then 6 s
        evening.look((20.0,) * 3, (flow_a, 0.0, 0.0), 6.0)
    assert evening.over_a_s == 4.0 + 12.0
    assert evening.long_over_a_s == 12.0
