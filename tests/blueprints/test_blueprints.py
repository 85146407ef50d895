"""Each blueprint, loaded from its file, tells its owner what happens in a house."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
import shutil
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.components.persistent_notification import (
    DOMAIN as NOTIFICATION,
    _async_get_or_create_notifications,
)
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.ev_sessions.const import DOMAIN
from tests.site.house import House, charger_data, shown, site_entry, subentry

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "ev_sessions"
NAMES = sorted(path.stem for path in BLUEPRINTS.glob("*.yaml"))
ADDRESS = "https://github.com/ev-sessions/ev-sessions/blob/main/blueprints/automation/ev_sessions"
TOLD = [{"action": "test.notify", "data": {"title": "{{ title }}", "message": "{{ message }}"}}]

type Automate = Callable[..., Awaitable[None]]


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """What the owner's phone got."""
    return async_mock_service(hass, "test", "notify")


@pytest.fixture
def automate(hass: HomeAssistant, house: House) -> Automate:
    """Make an automation of a blueprint, with the files where Home Assistant puts what it imports."""
    shutil.copytree(BLUEPRINTS, hass.config.path("blueprints", "automation", "ev_sessions"))

    async def make(name: str, device_id: str, **more: Any) -> None:
        devices = "sites" if name == "fuse_overload" else "chargers"
        inputs = {devices: [device_id], "notify": TOLD, **more}
        use = {"path": f"ev_sessions/{name}.yaml", "input": {key: value for key, value in inputs.items() if value}}
        assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: [{"alias": name, "use_blueprint": use}]})
        await hass.async_block_till_done()
        assert shown(hass, f"automation.{name}") == "on"

    return make


def device_of(hass: HomeAssistant, name: str) -> str:
    """Return the id of a device of ours by its name."""
    (device,) = (
        one
        for one in dr.async_get(hass).devices
        if one.name == name and any(domain == DOMAIN for domain, _ in one.identifiers)
    )
    return device.id


def words_of(calls: list[ServiceCall]) -> list[tuple[str, str]]:
    """Return title and message of each thing that was told."""
    return [(call.data["title"], call.data["message"]) for call in calls]


async def wait(house: House, minutes: int, grid_a: float = 2) -> None:
    """Let minutes go by in a house whose meter reports."""
    for step in range(minutes * 6):
        await house.later(seconds=10)
        house.grid(grid_a + step % 3 / 100, 2, 2)


async def test_a_full_car_is_told_with_what_it_took_and_cost(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[ServiceCall], automate: Automate
) -> None:
    await automate("car_full", device_of(hass, "Garage"))
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=30, power_w=11_000)
    assert told == []
    house.charger("full", power_w=0)
    await house.later(minutes=1)
    assert words_of(told) == [
        ("Garage: finished charging", "The car at Garage has finished charging: 5.5 kWh for 1.65 EUR.")
    ]


async def test_a_full_car_whose_price_is_not_known_is_told_without_a_cost(
    hass: HomeAssistant,
    house: House,
    start_site: Callable[[MockConfigEntry], Awaitable[None]],
    told: list[ServiceCall],
    automate: Automate,
) -> None:
    house.state("sensor.price", "unknown")
    await start_site(site_entry())
    await automate("car_full", device_of(hass, "Garage"))
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=30, power_w=11_000)
    house.charger("full", power_w=0)
    await house.later(minutes=1)
    ((_, message),) = words_of(told)
    assert message == "The car at Garage has finished charging: 5.5 kWh for a cost that is not known yet."


async def test_a_fault_is_told_once_though_two_entities_tell_of_it(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[ServiceCall], automate: Automate
) -> None:
    await automate("charger_fault", device_of(hass, "Garage"))
    house.charger("plugged", power_w=0)
    await house.later(minutes=1)
    house.charger("broken", power_w=0)
    await house.later(minutes=5)
    assert shown(hass, "event.garage_session_event") != "unknown"
    assert words_of(told) == [
        ("Garage: fault", "Garage reports a fault and charges no car. Look at its display, its lamps or its app.")
    ]


async def test_a_car_that_does_not_charge_is_told_with_what_the_charger_says(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[ServiceCall], automate: Automate
) -> None:
    await automate("not_charging", device_of(hass, "Garage"))
    house.charger("plugged", power_w=0)
    await wait(house, 14)
    assert told == []
    await wait(house, 5)
    ((title, message),) = words_of(told)
    assert title == "Garage: not charging"
    assert message.startswith("The car at Garage has been plugged in for 15 minutes without charging (preparing). ")


async def test_a_car_that_is_not_there_at_its_usual_hour_is_missed(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[ServiceCall], automate: Automate
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    past = [datetime(2026, 11, 19, 17, 10, tzinfo=zone) - timedelta(weeks=weeks) for weeks in range(1, 6)]
    sessions = [
        {
            "charger": "Garage",
            "start": start.isoformat(),
            "end": (start + timedelta(hours=12)).isoformat(),
            "energy_kwh": 10,
        }
        for start in past
    ]
    await hass.services.async_call(DOMAIN, "import_sessions", {"data": {"sessions": sessions}}, blocking=True)
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await automate("not_plugged_in", device_of(hass, "Garage"))
    await wait(house, 39)
    assert told == []
    await wait(house, 2)
    assert words_of(told) == [
        ("Garage: no car", "No car is plugged in at Garage. On this weekday it usually is by 17:10.")
    ]


async def test_a_charger_that_is_silent_is_told(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[ServiceCall], automate: Automate
) -> None:
    await automate("charger_offline", device_of(hass, "Garage"))
    for entity_id in ("sensor.wallbox_status", "sensor.wallbox_power", "sensor.wallbox_energy"):
        house.state(entity_id, "unavailable")
    await wait(house, 9)
    assert told == []
    await wait(house, 2)
    assert words_of(told) == [
        (
            "Garage: offline",
            "Nothing has been heard of Garage for 10 minutes. Look at its power and its network.",
        )
    ]


async def test_an_overload_is_told_with_its_lines(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[ServiceCall], automate: Automate
) -> None:
    await automate("fuse_overload", device_of(hass, "Home"))
    for second in range(40):
        house.grid(28.5, 2, 26 + second % 3 / 100)
        await house.later(seconds=1)
    ((title, message),) = words_of(told)
    assert title == "Home: main fuse overloaded"
    assert message.startswith("Home has been taking more than its main fuse for 3")
    assert message.endswith(" s (L1 by 3.5 A, L3 by 1.0 A). Switch something off.")


async def test_a_session_over_the_cost_that_was_set_is_told_while_it_goes_on(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[ServiceCall], automate: Automate
) -> None:
    await automate("session_over_cost", device_of(hass, "Garage"))
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=30, power_w=11_000)
    number = {"entity_id": "number.garage_alert_above_session_cost", "value": 2.2}
    await hass.services.async_call("number", "set_value", number, blocking=True)
    assert told == []
    await house.charge(minutes=30, power_w=11_000)
    assert words_of(told) == [("Garage: 2.26 EUR", "The session at Garage has cost 2.26 EUR so far, for 7.5 kWh.")]


async def test_who_chooses_nothing_is_told_in_home_assistant(
    hass: HomeAssistant, house: House, site: MockConfigEntry, automate: Automate
) -> None:
    await automate("charger_fault", device_of(hass, "Garage"), notify=None)
    assert await async_setup_component(hass, NOTIFICATION, {})
    house.charger("broken", power_w=0)
    await house.later(minutes=1)
    (notification,) = _async_get_or_create_notifications(hass).values()
    assert notification["title"] == "Garage: fault"


async def test_the_words_may_be_the_owners(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[ServiceCall], automate: Automate
) -> None:
    await automate("charger_fault", device_of(hass, "Garage"), message="{{ charger }} hat eine Störung.")
    house.charger("broken", power_w=0)
    await house.later(minutes=1)
    ((_, message),) = words_of(told)
    assert message == "Garage hat eine Störung."


async def test_an_outlet_is_told_of_by_its_charger(
    hass: HomeAssistant,
    house: House,
    start_site: Callable[[MockConfigEntry], Awaitable[None]],
    told: list[ServiceCall],
    automate: Automate,
) -> None:
    data = charger_data()
    second = {**data["evses"][0], "evse": 2, "status": "sensor.second_status", "limit": None, "enable": None}
    data["evses"] = [data["evses"][0], second]
    house.state("sensor.second_status", "free")
    await start_site(site_entry(subentry("charger", "Yard", data, "yard")))
    await automate("charger_fault", device_of(hass, "Yard"))
    house.state("sensor.second_status", "broken")
    await house.later(minutes=1)
    assert [title for title, _ in words_of(told)] == ["Yard 2: fault"]


@pytest.mark.parametrize("name", NAMES)
def test_a_blueprint_says_where_it_comes_from_and_asks_for_our_devices(name: str) -> None:
    loaded: Any = load_yaml(str(BLUEPRINTS / f"{name}.yaml"))
    about = BLUEPRINT_SCHEMA(loaded)["blueprint"]
    assert about["source_url"] == f"{ADDRESS}/{name}.yaml"
    assert about["name"].startswith("EV Sessions: ")
    devices = next(one for key, one in about["input"].items() if key in {"chargers", "sites"})
    assert devices["selector"]["device"]["filter"] == [{"integration": DOMAIN}]


def test_every_blueprint_has_its_story() -> None:
    stories = Path(__file__).read_text(encoding="utf-8")
    assert NAMES
    assert [name for name in NAMES if f'automate("{name}"' not in stories] == []
