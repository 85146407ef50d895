"""A car that is full stays full while it is paused, whatever its charger shows, until it takes or asks for current."""

from typing import Any

import pytest

from custom_components.ev_sessions.core.balancing.evse.sated import sated
from tests.core.balancing.load_rig import car

FULL: dict[str, Any] = {"wants": False}


@pytest.mark.parametrize(
    ("shown", "standing_a", "drawn_a", "before", "settled", "full"),
    [
        pytest.param(FULL, 16.0, 0.0, False, True, True, id="it says that it wants nothing"),
        pytest.param(FULL, 0.0, 16.0, False, False, True, id="whatever it draws meanwhile"),
        pytest.param({}, 0.0, 0.0, True, True, True, id="paused, it seems to wait"),
        pytest.param({}, 5.9, 0.0, True, True, True, id="less than its least is no offer"),
        pytest.param({}, 6.0, 0.0, True, True, False, id="it is offered some and asks for it"),
        pytest.param({}, 6.0, 0.0, True, False, True, id="its charger has not had the time to show"),
        pytest.param({}, 0.0, 0.5, True, False, True, id="half an ampere is no charge"),
        pytest.param({}, 0.0, 0.6, True, False, False, id="it takes some"),
        pytest.param({}, 0.0, None, True, True, True, id="nobody measures it"),
        pytest.param({}, 0.0, 0.0, False, True, False, id="it was not full before"),
        pytest.param({"connected": False, **FULL}, 0.0, 0.0, True, True, False, id="it has gone"),
        pytest.param({"connected": None}, 0.0, 0.0, True, True, True, id="nobody knows whether it has gone"),
    ],
)
def test_who_is_full(
    shown: dict[str, Any], standing_a: float, drawn_a: float | None, before: bool, settled: bool, full: bool
) -> None:
    assert sated(car(**shown), standing_a, drawn_a, before=before, settled=settled) is full
