"""Whatever circuits' meters show and whoever limits them, in whatever order: an answer that a charger takes."""

from datetime import timedelta
from math import inf, isfinite

from hypothesis import given, settings, strategies as st

from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, CircuitMeter, Protection
from custom_components.ev_sessions.core.balancing.load import EvseLoad, LimitNow
from custom_components.ev_sessions.core.balancing.meter.branch_meters import MeterShows
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import START, site
from tests.core.balancing.test_balancer_fuzz import currents, moments

type Moment = tuple[float, float, tuple[float, ...] | None, tuple[EvseLoad, ...]]
type Elsewhere = tuple[dict[str, LimitNow], dict[str, tuple[float, ...] | None]]

CIRCUITS = (
    Circuit(id="root", name="House", limit_a=(25.0,) * 3, limit_w=inf, moves=True, unbalance_a=20.0),
    Circuit(id="barn", name="Barn", limit_a=(20.0, 16.0, 20.0), parent_id="root", meter=CircuitMeter()),
    Circuit(
        id="stable",
        name="Stable",
        limit_a=(13.0,) * 3,
        parent_id="barn",
        limit_w=5000.0,
        continuous=True,
        moves=True,
        unbalance_a=16.0,
        meter=CircuitMeter(protection=Protection.TOTAL_ONLY, power_factor=0.95),
    ),
)
watts = st.one_of(st.none(), st.sampled_from((0.0, 4200.0, 1e9)))
limits_now = st.builds(
    LimitNow,
    limit_a=st.one_of(st.none(), st.just((10.0, 0.0, 6.0))),
    limit_w=watts,
    from_grid=st.booleans(),
    cars_w=st.one_of(watts, st.just(-3000.0)),
)


@st.composite
def elsewhere(draw: st.DrawFn) -> Elsewhere:
    """Who limits circuits now, and what their meters show."""
    now = {one: draw(limits_now) for one in draw(st.sampled_from(((), ("root",), ("stable",), ("root", "barn"))))}
    shown = st.one_of(st.none(), st.tuples(currents, currents, currents))
    return now, {one: draw(shown) for one in ("barn", "stable")}


def placed(load: EvseLoad) -> EvseLoad:
    values = {name: getattr(load, name) for name in EvseLoad.__dataclass_fields__}
    return EvseLoad(**{**values, "circuit_id": {"a": "stable", "b": "barn"}.get(load.id)})


@given(st.lists(st.tuples(moments(), elsewhere()), min_size=1, max_size=12), st.booleans())
@settings(max_examples=50, deadline=None)
def test_no_circuit_makes_a_limit_that_a_charger_does_not_take(
    story: list[tuple[Moment, Elsewhere]], balancing_on: bool
) -> None:
    state, now = BalancerState(), Now(utc=START, monotonic_s=100.0)
    for (passed_s, jump_s, shown, loads), (limits, meters) in story:
        now = now.later(passed_s)
        now = Now(utc=now.utc + timedelta(seconds=jump_s), monotonic_s=now.monotonic_s)
        at = now.utc
        evses = [placed(load) for load in loads]
        state, decision = balance(
            state,
            site(circuits=CIRCUITS, now=limits, balancing_on=balancing_on),
            None if shown is None else GridReading(at=at, currents_a=shown),
            evses,
            now,
            circuit_meters={
                id_: MeterShows(reading=None if one is None else GridReading(at=at, currents_a=one))
                for id_, one in meters.items()
            },
        )
        for load, limit in zip(evses, decision.limits, strict=True):
            assert (limit.limit_a is None) is not load.controllable
            if limit.limit_a is not None:
                assert limit.limit_a == 0 or load.min_a <= limit.limit_a <= load.max_a + 1e-9
        assert isfinite(decision.check_again_s)
