"""A one-phase car on a three-phase charger: told from its currents, or from its power at two limits."""

from collections.abc import Awaitable, Callable
from typing import override

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..driving import Drive
from ..house import CURRENT, House, charger_data, site_entry, subentry

CURRENTS = ["sensor.wallbox_l1", "sensor.wallbox_l2", "sensor.wallbox_l3"]


class MeasuredDrive(Drive):
    """A charger that measures each of its lines."""

    @override
    def _report(self) -> None:
        for line, entity_id in enumerate(CURRENTS):
            self.house.state(entity_id, self.drawn_a if line in self.car_lines else 0.0, CURRENT)
        super()._report()


@pytest.mark.parametrize("currents", [[], CURRENTS], ids=["by_power", "by_currents"])
async def test_a_one_phase_car_does_not_mind_a_line_that_it_does_not_load(
    hass: HomeAssistant,
    house: House,
    start_site: Callable[[MockConfigEntry], Awaitable[None]],
    currents: list[str],
) -> None:
    drive = MeasuredDrive(house=house, car_lines=(0,))
    for entity_id in CURRENTS:
        house.state(entity_id, 0, CURRENT)
    data = charger_data(evse={"currents": currents})
    await start_site(site_entry(subentry("charger", "Garage", data, "garage")))
    await drive.run(5)
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(180)
    state = hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    assert state.attributes["car_lines"] == ("L1",)
    assert drive.drawn_a == 16
    house.commands.clear()
    drive.house_a = [2.0, 23.5, 2.0]
    await drive.run(60)
    assert house.commands == []
    assert drive.drawn_a == 16
    # The next car may be another one.
    house.charger("free", power_w=0)
    await drive.run(15)
    state = hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    assert state.attributes["car_lines"] is None
