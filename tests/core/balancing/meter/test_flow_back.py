"""What seems to flow back behind a meter that stands still is no room."""

from collections.abc import Mapping
from dataclasses import replace
from typing import override

import pytest

from custom_components.ev_sessions.core.balancing.circuits.bounds import bounds_of
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, CircuitMeter, Wiring
from custom_components.ev_sessions.core.balancing.meter.branch_meters import BranchMeter, MeterShows
from custom_components.ev_sessions.core.balancing.meter.flow_back import without_flow_back
from custom_components.ev_sessions.core.balancing.meter.watch import MeterWatch
from custom_components.ev_sessions.core.reading import GridReading

from ..headroom.test_branches import Estate, in_barn
from ..load_rig import site

BOUNDS = bounds_of(
    (
        Circuit(id="root", name="Street", limit_a=(63.0,) * 3),
        Circuit(id="barn", name="Barn", limit_a=(20.0,) * 3, parent_id="root", limit_w=4_600.0, unbalance_a=16.0),
    ),
    3,
    Wiring.THREE_PHASE_FOUR_WIRE,
)
LIMIT = [63.0] * 3 + [20.0] * 3 + [20.0] + [16.0] * 3
ROOMS = [70.0, 50.0, 70.0, 25.0, 10.0, 25.0, 30.0, 18.0, 18.0, 18.0]


@pytest.mark.parametrize(
    ("street", "barn", "rooms"),
    [
        (False, False, ROOMS),
        (True, False, [62.0, 50.0, 62.0, *ROOMS[3:]]),
        (False, True, [*ROOMS[:3], 19.0, 10.0, 19.0, 20.0, *ROOMS[7:]]),
    ],
)
def test_room_behind_a_meter_that_was_outrun_is_what_its_circuit_carries_at_most(
    street: bool, barn: bool, rooms: list[float]
) -> None:
    meters = {"barn": BranchMeter(watch=MeterWatch(outrun=barn)), "gone": BranchMeter(watch=MeterWatch(outrun=True))}
    found = without_flow_back(list(ROOMS), LIMIT, BOUNDS, MeterWatch(outrun=street), meters, margin_a=1.0)
    assert found == rooms


class Dying(Estate):
    """The barn's meter goes on reporting what it showed when the car began."""

    dead: GridReading | None = None

    @override
    def shows(self) -> Mapping[str, MeterShows]:
        shows = super().shows()
        reading = shows["barn"].reading
        assert reading is not None
        if self.dead is None and any(evse.drawn_a and max(evse.drawn_a) > 3 for evse in self.evses.values()):
            self.dead = replace(reading, currents_a=(0.02,) * 3)
        if self.dead is None:
            return shows
        return {"barn": MeterShows(reading=replace(self.dead, at=self.now().utc))}


def test_a_meter_that_dies_as_a_car_begins_lets_it_have_no_more_than_the_breaker() -> None:
    circuits = (
        Circuit(id="root", name="Street", limit_a=(63.0,) * 3),
        Circuit(id="barn", name="Barn", limit_a=(10.0,) * 3, parent_id="root", meter=CircuitMeter()),
    )
    rig = Dying(replace(site(), circuits=circuits), in_barn())
    most_a = 0.0
    for _ in range(400):
        rig.run(1)
        most_a = max(most_a, rig.limit("tractor") or 0.0)
    assert 6.0 <= most_a <= 9.0
