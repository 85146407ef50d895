"""Commands are counted as they are forgotten: the rate of what goes on is the true one."""

from math import inf

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.evse.command_rate import CommandRate

HOUR_S = 3600.0


@given(per_hour=st.integers(1, 120))
def test_rate_of_commands_that_go_on_for_hours_is_theirs(per_hour: int) -> None:
    rate, apart_s = CommandRate(), HOUR_S / per_hour
    for place in range(8 * per_hour):
        rate = rate.sent(place * apart_s)
    just_after, just_before = rate.per_hour(rate.sent_s), rate.per_hour(rate.sent_s + apart_s)
    assert (just_after + just_before) / 2 == pytest.approx(per_hour, rel=0.1)


def test_no_command_is_a_rate_of_none_and_an_old_one_is_forgotten() -> None:
    assert CommandRate().per_hour(5.0) == 0.0
    one = CommandRate().sent(100.0)
    assert one == CommandRate(1.0, 100.0)
    assert one.per_hour(100.0 + 24 * HOUR_S) < 1e-9
    assert one.per_hour(100.0 - HOUR_S) == 1.0  # an instant before it makes no more of it


@given(gaps_s=st.lists(st.floats(0.0, 10_000.0), max_size=200))
def test_rate_is_never_more_than_the_commands_there_were(gaps_s: list[float]) -> None:
    rate, now_s = CommandRate(), 0.0
    for count, gap_s in enumerate(gaps_s, 1):
        now_s += gap_s
        rate = rate.sent(now_s)
        assert 1.0 <= rate.count <= count
        assert rate.sent_s == now_s < inf
