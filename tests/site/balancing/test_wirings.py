"""The kettle and the car in every wiring, through Home Assistant's states: each line against its own fuse."""

from collections.abc import Awaitable, Callable
from math import sqrt

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..driving import Drive
from ..house import House, charger_data, site_entry, subentry

FUSE_A = 25.0
MARGIN_A = 1.0

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]

#: By wiring: how many lines, and the voltage that its form asks for.
LINES = {"single_phase": 1, "split_phase": 2, "three_phase_four_wire": 3, "three_phase_three_wire": 3}
VOLTAGE_V = {"split_phase": 120.0}


def _entry(wiring: str, connection: str, lines: tuple[int, ...]) -> MockConfigEntry:
    count = LINES[wiring]
    meter = {
        "form": "line_currents",
        "signed": True,
        "import": [f"sensor.grid_l{line + 1}" for line in range(count)],
        "export": None,
        "total_power": None,
        "invert": False,
    }
    data = charger_data(connection=connection, lines=list(lines))
    return site_entry(
        subentry("charger", "Garage", data, "garage"),
        wiring=wiring,
        voltage_v=VOLTAGE_V.get(wiring, 230.0),
        meter=meter,
        fuses_a=(FUSE_A,) * count,
    )


@pytest.mark.parametrize(
    ("wiring", "connection", "lines", "watts_per_a", "factor", "full_a", "busy", "left_a"),
    [
        pytest.param("single_phase", "line_neutral", (0,), 230, 1, 16, {0: 13.9}, 10, id="one line"),
        # Across both legs, at 240 V: either leg's kettle takes it down.
        pytest.param("split_phase", "line_line", (0, 1), 240, 1, 16, {0: 13.9}, 10, id="both legs, kettle on L1"),
        pytest.param("split_phase", "line_line", (0, 1), 240, 1, 16, {1: 13.9}, 10, id="both legs, kettle on L2"),
        pytest.param("split_phase", "line_neutral", (1,), 120, 1, 16, {1: 13.9}, 10, id="a leg, kettle on it"),
        pytest.param("split_phase", "line_neutral", (1,), 120, 1, 16, {0: 24}, 16, id="a leg, kettle on the other"),
        pytest.param("three_phase_four_wire", "three_lines", (1, 2, 0), 690, 1, 16, {2: 13.9}, 10, id="in rotation"),
        pytest.param("three_phase_four_wire", "line_neutral", (2,), 230, 1, 16, {2: 13.9}, 10, id="one of three"),
        pytest.param("three_phase_four_wire", "line_neutral", (2,), 230, 1, 16, {0: 24, 1: 24}, 16, id="others full"),
        # Without a neutral one phase is between two lines.
        pytest.param("three_phase_three_wire", "line_line", (1, 2), 230, 1, 16, {2: 13.9}, 10, id="between two lines"),
        pytest.param("three_phase_three_wire", "line_line", (1, 2), 230, 1, 16, {0: 24}, 16, id="the third is full"),
        pytest.param(
            "three_phase_three_wire", "three_lines", (0, 1, 2), 230 * sqrt(3), 1, 16, {1: 13.9}, 10, id="all three"
        ),
        # Three loads between lines: at 12 A each a line carries 20.8 A, and 9.9 A of the house leave 8 A for each.
        pytest.param(
            "three_phase_three_wire", "three_lines_delta", (0, 1, 2), 690, sqrt(3), 12, {1: 9.9}, 8, id="in delta"
        ),
    ],
)
async def test_a_load_lowers_the_car_on_the_same_reading_where_it_shares_a_line_and_only_there(
    hass: HomeAssistant,
    house: House,
    start_site: StartSite,
    wiring: str,
    connection: str,
    lines: tuple[int, ...],
    watts_per_a: float,
    factor: float,
    full_a: float,
    busy: dict[int, float],
    left_a: float,
) -> None:
    drive = Drive(
        house=house,
        house_a=[2.0] * LINES[wiring],
        car_lines=lines,
        factor=factor,
        watts_per_a=watts_per_a,
    )
    await start_site(_entry(wiring, connection, lines))
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(150)
    assert drive.drawn_a == full_a
    house.commands.clear()
    for line, current_a in busy.items():
        drive.house_a[line] = current_a
    drive.measure()
    # No time passes: the reading alone has to do it.
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [value for name, value in house.commands if name == "limit"] == ([left_a] if left_a < full_a else [])
    await drive.run(20)
    assert drive.drawn_a == left_a
    assert max(drive.line_a) <= max(FUSE_A - MARGIN_A, *busy.values())
