"""A car that sleeps after a pause, through Home Assistant."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.evse.car_call import async_call_car

from ..driving import Drive
from ..house import House, charger_data, site_entry, subentry

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]


async def _asleep_after_a_pause(house: House, start_site: StartSite, *chargers: Any) -> Drive:
    """Charge, pause for the house, and let the car sleep through the end of the pause."""
    drive = Drive(house=house)
    await start_site(site_entry(*chargers))
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(120)
    drive.house_a[0] = 22.0
    await drive.run(15)
    assert drive.drawn_a == 0
    drive.car_a = 0.0
    drive.house_a[0] = 2.0
    house.commands.clear()
    while ("enable", True) not in house.commands and drive.seconds < 600:
        await drive.run(5)
    house.commands.clear()
    return drive


async def test_a_sleeping_car_is_switched_off_and_on_again_and_charges(house: House, start_site: StartSite) -> None:
    drive = await _asleep_after_a_pause(house, start_site)
    while ("enable", True) not in house.commands and drive.seconds < 600:
        await drive.run(5)
    switched = [value for name, value in house.commands if name == "enable"]
    assert switched == [False, True]
    drive.car_a = 16.0
    await drive.run(100)
    assert drive.drawn_a == 16
    assert [value for name, value in house.commands if name == "enable"] == [False, True]


async def test_a_car_that_does_not_wake_is_told_of(hass: HomeAssistant, house: House, start_site: StartSite) -> None:
    drive = await _asleep_after_a_pause(house, start_site)
    await drive.run(1100)
    assert [value for name, value in house.commands if name == "enable"] == [False, True] * 3
    state = hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    assert state.attributes["reason_key"] == "asleep"
    assert [issue.translation_key for issue in ir.async_get(hass).issues.values()].count("car_asleep") == 1
    drive.car_a = 16.0
    await drive.run(5)
    assert "car_asleep" not in [issue.translation_key for issue in ir.async_get(hass).issues.values()]


async def test_a_car_is_called_by_what_its_owner_named_when_the_current_alone_does_not_wake_it(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    pressed: list[object] = []
    hass.services.async_register("input_button", "press", lambda call: pressed.append(call.data["entity_id"]))
    charger = subentry("charger", "Garage", charger_data(wake_entity="input_button.car_wake"), "garage")
    drive = await _asleep_after_a_pause(house, start_site, charger)
    await drive.run(300)
    assert [value for name, value in house.commands if name == "enable"] == [False, True]
    assert pressed == ["input_button.car_wake"]
    drive.car_a = 16.0
    await drive.run(100)
    assert drive.drawn_a == 16
    assert len(pressed) == 1


async def test_a_call_that_fails_is_logged(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    await async_call_car(hass, "Garage", "script.wake")
    assert "The car at Garage could not be called by script.wake" in caplog.text
