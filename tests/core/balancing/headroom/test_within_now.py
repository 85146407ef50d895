"""What somebody limits right now holds though no meter tells: by priority, and for nobody more than before."""

from math import inf

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.balancing.circuits.bounds import bounds_of
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, CircuitMeter
from custom_components.ev_sessions.core.balancing.headroom.branches import within_now
from custom_components.ev_sessions.core.balancing.load import EvseLimit, EvseLoad, LimitNow
from custom_components.ev_sessions.core.balancing.reasons import Reason, ReasonKey
from tests.core.balancing.load_rig import SiteLimits, car, site

BEFORE = Reason(key=ReasonKey.METER_SILENT)
STREET = Circuit(id="street", name="Street", limit_a=(63.0,) * 3)


def barn(**more: object) -> Circuit:
    known = {"id": "barn", "name": "Barn", "limit_a": (32.0,) * 3, "parent_id": "street", "limit_w": inf, **more}
    return Circuit(**known)  # type: ignore[arg-type]


def behind(circuits: tuple[Circuit, ...], **now: LimitNow) -> SiteLimits:
    return site(circuits=circuits, now=now, voltage_v=230.0)


def held(limits: SiteLimits, *evses: EvseLoad, stands_a: float = 16.0) -> list[float | None]:
    decided = [
        EvseLimit(evse_id=one.id, limit_a=stands_a if one.controllable else None, reason=BEFORE) for one in evses
    ]
    found = within_now(evses, decided, limits, bounds_of(limits.circuits, 3, limits.wiring))
    for one, before in zip(found, decided, strict=True):
        changed = one.limit_a != before.limit_a
        assert one.reason.key is (ReasonKey.LIMITED_NOW if changed else BEFORE.key)
    return [one.limit_a for one in found]


def test_who_comes_first_has_what_he_stood_at_and_the_rest_is_shared_down_to_nothing() -> None:
    limits = behind((STREET, barn()), barn=LimitNow(limit_a=(30.0,) * 3))
    first, then, last = (
        car("a", circuit_id="barn", priority=9),
        car("b", circuit_id="barn"),
        car("c", circuit_id="barn"),
    )
    assert held(limits, then, first, last) == [14.0, 16.0, 0.0]
    assert held(limits, car("b"), first) == [16.0, 16.0]  # beside the barn nobody is limited
    assert held(behind((STREET, barn())), first, then, last) == [16.0] * 3


def test_half_of_what_a_meter_would_guard_is_left_to_what_else_hangs_there() -> None:
    one = car("a", circuit_id="barn")
    now = LimitNow(limit_a=(24.0,) * 3, limit_w=230.0 * 33)
    assert held(behind((STREET, barn())), one) == [16.0]
    assert held(behind((STREET, barn()), barn=now), one) == [11.0]  # 33 A over three lines
    assert held(behind((STREET, barn(limit_w=None)), barn=now), one) == [16.0]
    assert held(behind((STREET, barn(limit_w=None, meter=CircuitMeter())), barn=now), one) == [12.0]
    assert held(behind((STREET, barn(meter=CircuitMeter())), barn=now), one) == [0.0]  # 16.5 A over three are no 6 A
    assert held(behind((STREET, barn()), street=LimitNow(limit_a=(20.0,) * 3)), one) == [10.0]


def test_who_is_not_controlled_takes_all_that_he_can_and_who_pauses_takes_nothing() -> None:
    limits = behind((STREET, barn()), barn=LimitNow(limit_a=(30.0,) * 3))
    stranger = car("s", circuit_id="barn", controllable=False, max_a=20.0, priority=9)
    assert held(limits, stranger, car("a", circuit_id="barn")) == [None, 10.0]
    assert held(limits, car("p", circuit_id="barn", priority=9), car("a", circuit_id="barn"), stands_a=0.0) == [
        0.0,
        0.0,
    ]


EVSES = st.lists(
    st.builds(
        car,
        st.sampled_from("abcdef"),
        st.sampled_from(((0, 1, 2), (0,), (1,))),
        circuit_id=st.sampled_from(("barn", "street")),
        priority=st.integers(1, 9),
        step_a=st.sampled_from((1.0, 0.1)),
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)


@given(EVSES, st.floats(0, 60), st.none() | st.floats(0, 40_000), st.floats(0, 60), st.sampled_from((6.0, 10.0, 16.0)))
def test_what_is_limited_now_is_kept_and_nobody_has_more_than_before(
    evses: list[EvseLoad], barn_a: float, barn_w: float | None, street_a: float, stands_a: float
) -> None:
    now = {"barn": LimitNow(limit_a=(barn_a,) * 3, limit_w=barn_w), "street": LimitNow(limit_a=(street_a,) * 3)}
    limits = behind((STREET, barn()), **now)
    found = [one or 0.0 for one in held(limits, *evses, stands_a=stands_a)]
    for evse, limit_a in zip(evses, found, strict=True):
        assert limit_a == 0 or evse.min_a <= limit_a <= stands_a
    power_a = 0.0
    for line in range(3):
        on = [(one, a) for one, a in zip(evses, found, strict=True) if line in one.use.lines]
        assert sum(a for _, a in on) <= street_a / 2 + 1e-6
        in_barn_a = sum(a for one, a in on if one.circuit_id == "barn")
        assert in_barn_a <= min(32.0, barn_a) + 1e-6
        power_a += in_barn_a
    assert barn_w is None or power_a * 230.0 <= barn_w + 1e-3
