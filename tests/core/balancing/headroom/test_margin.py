"""A quick meter needs no margin, a slow one a small one; the owner's own comes on top."""

import pytest

from custom_components.ev_sessions.core.balancing.headroom.margin import automatic_margin_a
from tests.core.balancing.load_rig import LoadRig, car, site


@pytest.mark.parametrize(
    ("period_s", "delay_s", "margin_a"),
    [(0.2, 0.0, 0.0), (1.0, 1.0, 0.0), (10.0, 2.0, 0.0), (30.0, 2.0, 0.378), (60.0, 10.0, 1.0)],
)
def test_margin_grows_with_what_the_meter_is_late(period_s: float, delay_s: float, margin_a: float) -> None:
    assert automatic_margin_a(period_s, delay_s) == pytest.approx(margin_a, abs=0.001)


@pytest.mark.parametrize(("period_s", "limit_a"), [(1.0, 15.0), (60.0, 14.0)])
def test_house_is_kept_below_the_fuse_by_what_the_meter_needs(period_s: float, limit_a: float) -> None:
    rig = LoadRig(site(margin_a=0.0), car(step_a=0.5), house=10.0)
    rig.period_s = period_s
    rig.run(900)
    assert rig.limit() == limit_a


def test_owners_own_margin_is_added() -> None:
    rig = LoadRig(site(margin_a=2.0), car(), house=10.0)
    rig.run(300)
    assert rig.limit() == 13.0
