"""The evening on which controllers are compared is one that needs a controller, and the same for all."""

from benchmarks.evening import Evening, Meter, hold, live, no_control, ours

_METER = Meter(period_s=10.0, delay_s=2.0)


def test_evening_without_control_overloads_for_long_and_the_house_alone_never_does() -> None:
    without, none = live(5, _METER, no_control()), live(5, _METER, lambda _: 0.0)
    assert without.within_percent > 99
    assert without.long_over_a_s > 10_000
    assert none.over_a_s == 0
    assert none.charged_a_s < 0.01 * none.possible_a_s
    assert without.possible_a_s == none.possible_a_s


def test_patience_costs_energy_and_spares_the_fuse() -> None:
    follow, patient = live(5, _METER, hold(0)), live(5, _METER, hold(90))
    assert patient.over_a_s < follow.over_a_s
    assert patient.within_percent < follow.within_percent
    assert patient.commands < follow.commands


def test_same_evening_goes_the_same_way_twice() -> None:
    one, other = live(5, _METER, ours(_METER)), live(5, _METER, ours(_METER))
    assert one == other
    assert one.stops <= one.commands <= 30 * 4


def test_only_over_current_that_lasts_counts_as_long() -> None:
    evening = Evening()
    for flow_a in [26.0] * 8 + [20.0] + [27.0] * 12 + [20.0]:  # 4 s, then 6 s
        evening.look((20.0,) * 3, (flow_a, 0.0, 0.0), 6.0)
    assert evening.over_a_s == 4.0 + 12.0
    assert evening.long_over_a_s == 12.0
