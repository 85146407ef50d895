"""A raise that is hardly worth a command waits; a start, a large raise and every lowering do not."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import LineUse
from custom_components.ev_sessions.core.balancing.evse.command_rate import CommandRate
from custom_components.ev_sessions.core.balancing.evse.memory import EvseMemory
from custom_components.ev_sessions.core.balancing.load import EvseLoad
from custom_components.ev_sessions.core.balancing.sharing.allotment import Contender
from custom_components.ev_sessions.core.balancing.sharing.fair_share import Claim
from custom_components.ev_sessions.core.balancing.sharing.small_raises import without_small_raises
from tests.core.balancing.load_rig import LoadRig, car, site

NOW_S = 10_000.0


@pytest.mark.parametrize(("house_a", "limit_a"), [(13.0, 10.0), (11.0, 13.0)])
def test_small_raise_just_after_a_command_waits_and_a_large_one_does_not(house_a: float, limit_a: float) -> None:
    rig = LoadRig(site(), car(), house=10.0)
    rig.run(200)
    rig.house = 14.5
    rig.second()
    assert rig.limit() == 9.0
    rig.house = house_a
    rig.run(30)
    assert rig.limit() == (limit_a if limit_a > 11 else 9.0)
    rig.run(60)
    assert rig.limit() == (11.0 if limit_a < 11 else limit_a)


def test_start_waits_for_no_command_however_coarse_the_steps_of_the_charger_are() -> None:
    rig = LoadRig(site(), car(step_a=4.0), house=10.0)
    rig.run(200)
    rig.house = 22.0
    rig.second()
    assert rig.limit() == 0.0
    rig.house = 16.0
    rig.run(35)  # a pause lasts half a minute
    assert rig.limit() == 6.0


def told(limit_a: float, granted_a: float, *, age_s: float, per_hour: float, step_a: float = 1.0) -> float:
    """Return what is left of a grant to an EVSE that got so many commands, the last one so long ago."""
    load = EvseLoad(id="car", use=LineUse(lines=(0,)))
    claim = Claim(id="car", min_a=6.0, max_a=16.0, step_a=step_a, weight=1.0, loads=((0, 1.0),))
    one = Contender(
        claim,
        full_a=16.0,
        current_a=limit_a,
        committed_a=limit_a,
        may_join=True,
        may_rise=True,
        may_lower=True,
        begins_small=False,
        may_begin=False,
    )
    sent_s = NOW_S - age_s
    memory = EvseMemory(load, limit_a, limit_a, sent_s=sent_s, commands=CommandRate(per_hour, sent_s))
    return without_small_raises([one], {"car": granted_a}, {"car": memory}, NOW_S)["car"]


@pytest.mark.parametrize(
    ("raised_a", "per_hour", "waits_s"),
    [
        (1.0, 0.0, 60.0),  # a step or two: a minute at least
        (2.0, 20.0, 60.0),
        (3.0, 0.0, 0.0),
        (3.0, 20.0, 0.0),
        (1.0, 40.0, 259.0),  # not 300: meanwhile some of the commands are forgotten
        (3.0, 40.0, 95.0),
        (10.0, 40.0, 30.0),
        (10.0, 80.0, 88.0),
    ],
)
def test_the_more_commands_there_were_the_more_has_a_raise_to_bring(
    raised_a: float, per_hour: float, waits_s: float
) -> None:
    waited = next(
        age_s for age_s in range(1000) if told(6.0, 6.0 + raised_a, age_s=float(age_s), per_hour=per_hour) > 6.0
    )
    assert waited == pytest.approx(waits_s, abs=1.0)


@pytest.mark.parametrize(("step_a", "raised_a", "waits"), [(0.1, 0.1, True), (0.1, 2.0, True), (0.1, 3.0, False)])
def test_steps_that_are_finer_than_an_ampere_make_no_more_commands(step_a: float, raised_a: float, waits: bool) -> None:
    for age_s in (1.0, 59.0):
        assert (told(6.0, 6.0 + raised_a, age_s=age_s, per_hour=0.0, step_a=step_a) == 6.0) is waits
    assert told(6.0, 6.0 + raised_a, age_s=61.0, per_hour=0.0, step_a=step_a) == 6.0 + raised_a


@given(
    limit_a=st.floats(6.0, 16.0),
    less_a=st.floats(0.0, 10.0),
    age_s=st.floats(0.0, 5000.0),
    per_hour=st.floats(0.0, 500.0),
)
def test_lowering_pause_and_start_never_wait(limit_a: float, less_a: float, age_s: float, per_hour: float) -> None:
    lower_a = max(0.0, limit_a - less_a)
    assert told(limit_a, lower_a, age_s=age_s, per_hour=per_hour) == lower_a
    assert told(0.0, limit_a, age_s=age_s, per_hour=per_hour) == limit_a
