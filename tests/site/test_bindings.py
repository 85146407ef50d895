"""A charger that is commanded by actions and buttons, behind the same fuse as any other."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .house import House, charger_data, site_entry, subentry

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]

LIMIT = {"kind": "action", "action": "keba.set_current", "data": {"current": "{limit_a}"}, "min_a": 6, "max_a": 32}
ENABLE = {"kind": "action", "on": {"action": "keba.enable"}, "off": {"action": "keba.disable"}}


def keba(hass: HomeAssistant) -> list[str]:
    """Let the charger have its actions, and return what they are called with."""
    told: list[str] = []

    async def serve(call: ServiceCall) -> None:
        told.append(f"{call.service} {call.data.get('current', '')}".strip())

    for service in ("set_current", "enable", "disable"):
        hass.services.async_register("keba", service, serve)
    return told


def entry_with(**evse: Any) -> MockConfigEntry:
    data = charger_data(evse={"limit": LIMIT, "enable": ENABLE, **evse})
    return site_entry(subentry("charger", "Garage", data, "garage"))


async def test_charger_of_actions_is_balanced_paused_and_left_at_its_fallback(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    told = keba(hass)
    entry = entry_with()
    await start_site(entry)
    drawn_a = 0.0

    async def live(seconds: int, house_a: float) -> None:
        nonlocal drawn_a
        for second in range(seconds):
            house.charger("charging" if drawn_a else "paused", power_w=drawn_a * 690 + second % 3)
            # No house stands still for minutes; behind a meter that shows one a car would be asked a step less.
            house.grid(*[house_a + drawn_a - second % 2 / 100] * 3)
            await house.later(seconds=1)
            limits = [float(call.split()[1]) for call in told if call.startswith("set_current")]
            switched = [call for call in told if call in {"enable", "disable"}]
            drawn_a = 0.0 if not limits or switched[-1:] == ["disable"] else limits[-1]

    house.charger("plugged", power_w=0)
    await live(150, 2)
    assert drawn_a == 16
    await live(3, 14)
    assert drawn_a == 10
    await live(10, 20)
    assert told[-1] == "disable"
    # Nothing tells what it is set to: what was sent is held to be so, and it is not sent again and again.
    assert len(told) < 20
    await live(200, 2)
    assert drawn_a == 16
    told.clear()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert told == ["set_current 6"]


async def test_limit_of_the_car_and_pause_of_the_wallbox_follow_their_entities(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    # The car's number on one device, the wallbox' switch on another.
    house.state("number.car_limit", 16, {"min": 5, "max": 16, "step": 1, "unit_of_measurement": "A"})
    await start_site(entry_with(limit="number.car_limit", enable="switch.wallbox_enable"))
    house.charger("charging", power_w=0)
    for _ in range(3):
        house.grid(14, 14, 14)
        await house.later(seconds=10)
    state = hass.states.get("number.car_limit")
    assert state is not None
    assert 6 <= float(state.state) <= 10
    house.grid(30, 30, 30)
    await house.later(seconds=10)
    assert hass.states.is_state("switch.wallbox_enable", "off")
