"""Somebody sets the charger itself: in Home Assistant, in the charger's app, or by another controller."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN

from ..driving import Drive
from ..house import House, charger_data, site_entry, subentry

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]


@pytest.fixture(name="drive")
async def drive_fixture(house: House, start_site: StartSite) -> Drive:
    """A car that has charged at all that it can take for a while."""
    drive = Drive(house=house)
    await start_site(site_entry())
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(180)
    assert drive.drawn_a == drive.car_a
    house.commands.clear()
    return drive


def _reason(hass: HomeAssistant) -> str:
    state = hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    return str(state.attributes["reason_key"])


async def test_a_person_who_lowers_the_limit_in_home_assistant_gets_what_was_set(
    hass: HomeAssistant, house: House, drive: Drive
) -> None:
    number = hass.states.get("number.wallbox_limit")
    assert number is not None
    hass.states.async_set("number.wallbox_limit", "9", number.attributes, context=Context(user_id="owner"))
    await drive.run(3)
    assert (drive.drawn_a, _reason(hass)) == (9, "limited_there")
    await drive.run(200)
    assert drive.drawn_a == 9
    assert ("limit", 16) not in house.commands
    # The next car is another one.
    house.charger("free", power_w=0)
    await drive.run(15)
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(100)
    assert drive.drawn_a == 16


async def test_a_stop_in_the_chargers_app_stands_over_a_restart_until_charging_is_started_again(
    hass: HomeAssistant, house: House, drive: Drive
) -> None:
    house.state("switch.wallbox_enable", "off")
    await drive.run(30)
    assert (drive.drawn_a, _reason(hass)) == (0, "stopped_there")
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await drive.run(200)
    assert (drive.drawn_a, _reason(hass)) == (0, "stopped_there")
    assert ("enable", True) not in house.commands
    await hass.services.async_call(
        DOMAIN, "start_charging", {"entity_id": "sensor.garage_allowed_current"}, blocking=True
    )
    await drive.run(100)
    assert drive.drawn_a == 16


async def test_a_charger_that_is_started_again_in_its_app_goes_on_as_the_fuse_allows(
    hass: HomeAssistant, house: House, drive: Drive
) -> None:
    house.state("switch.wallbox_enable", "off")
    await drive.run(30)
    drive.house_a[0] = 14.0
    await drive.run(100)
    house.state("switch.wallbox_enable", "on")
    await drive.run(10)
    assert drive.drawn_a == 10


async def test_another_controller_is_told_of_and_lowers_only(hass: HomeAssistant, house: House, drive: Drive) -> None:
    for limit_a in (8, 14, 9, 13):
        house.state("number.wallbox_limit", limit_a)
        await drive.run(45)
        assert drive.drawn_a <= limit_a
    issues = ir.async_get(hass).issues.values()
    (issue,) = [issue for issue in issues if issue.translation_key == "other_controller"]
    assert issue.translation_placeholders == {"name": "Garage"}
    house.state("number.wallbox_limit", 8)
    await drive.run(20)
    assert (drive.drawn_a, _reason(hass)) == (8, "other_controller")


def entry_of(**changes: str) -> MockConfigEntry:
    """Return a site whose charger has such data."""
    return site_entry(subentry("charger", "Garage", charger_data(**changes), "garage"))


async def test_charger_that_another_controller_sets_alone_is_only_watched(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(entry_of(other_controller="observe"))
    house.charger("charging", power_w=11_000)
    for _ in range(20):
        house.grid(24, 24, 24)
        await house.later(seconds=10)
    assert house.commands == []
    assert hass.states.get("switch.garage_charging_allowed") is None
    state = hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    assert state.attributes["reason_key"] == "not_controlled"


async def test_owner_who_said_what_to_do_about_another_controller_is_not_asked_again(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = entry_of(other_controller="lower")
    await start_site(entry)
    (evse,) = entry.runtime_data.evses
    assert evse.load(entry.runtime_data.clock()).has_rival
    decision = entry.runtime_data._parts.load.decision
    entry.runtime_data._incoming.async_decided(replace(decision, rivals=(evse.evse_id,)))
    assert [issue for issue in ir.async_get(hass).issues.values() if issue.translation_key == "other_controller"] == []


def _by_owner(hass: HomeAssistant, entity_id: str, value: object) -> None:
    state = hass.states.get(entity_id)
    assert state is not None
    hass.states.async_set(entity_id, str(value), state.attributes, context=Context(user_id="owner"))


async def test_a_person_who_raises_the_limit_in_home_assistant_has_it_until_the_car_leaves(
    hass: HomeAssistant, house: House, drive: Drive
) -> None:
    await hass.services.async_call(
        "number", "set_value", {"entity_id": "number.garage_maximum_current", "value": 8}, blocking=True
    )
    await drive.run(90)
    assert drive.drawn_a == 8
    _by_owner(hass, "number.wallbox_limit", 13)
    await drive.run(30)
    assert (drive.drawn_a, _reason(hass)) == (13, "asked_there")
    # The fuse comes first all the same.
    drive.house_a[0] = 16.0
    await drive.run(20)
    assert drive.drawn_a < 9
    drive.house_a[0] = 2.0
    await drive.run(120)
    assert drive.drawn_a == 13
    house.charger("free", power_w=0)
    await drive.run(15)
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(100)
    assert drive.drawn_a == 8


async def test_a_person_who_switches_the_charger_on_in_home_assistant_has_this_car_charge(
    hass: HomeAssistant, house: House, drive: Drive
) -> None:
    switch = {"entity_id": "switch.garage_charging_allowed"}
    await hass.services.async_call("switch", "turn_off", switch, blocking=True)
    await drive.run(60)
    assert (drive.drawn_a, _reason(hass)) == (0, "not_allowed")
    _by_owner(hass, "switch.wallbox_enable", "on")
    await drive.run(60)
    assert drive.drawn_a > 0
    assert hass.states.is_state("switch.garage_charging_allowed", "on")
    await hass.services.async_call("switch", "turn_off", switch, blocking=True)
    await drive.run(30)
    assert (drive.drawn_a, _reason(hass)) == (0, "not_allowed")
