"""One phase or three at the owner's choice, and what the balancer makes of it."""

from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.balancing.evse.phase_guard import PhaseGuard

from ..house import House, charger_data, shown, site_entry, subentry

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]

SINGLE = {"kind": "switch", "entity_id": "switch.charger_single_enable", "on_phases": 1, "pause": False}


def entry_with(phases: dict[str, Any] | None, **changes: Any) -> MockConfigEntry:
    data = charger_data(evse={"phases": phases, **changes.pop("evse", {})}, **changes)
    return site_entry(subentry("charger", "Garage", data, "garage"))


async def choose(hass: HomeAssistant, option: str) -> None:
    data = {"entity_id": "select.garage_phases", "option": option}
    await hass.services.async_call("select", "select_option", data, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


def lines_of(entry: MockConfigEntry) -> tuple[int, ...]:
    (evse,) = entry.runtime_data.evses
    lines: tuple[int, ...] = evse.load(entry.runtime_data.clock()).use.lines
    return lines


async def test_on_one_phase_the_other_lines_are_free_for_the_house(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("switch.charger_single_enable", "off")
    entry = entry_with(SINGLE)
    await start_site(entry)
    assert shown(hass, "select.garage_phases") == "3"
    house.charger("charging", power_w=0)
    for _ in range(10):
        house.grid(2, 16, 2)
        await house.later(seconds=10)
    assert house.commands[-1] == ("limit", 8)  # the second line leaves no more

    await choose(hass, "1")
    assert shown(hass, "switch.charger_single_enable") == "on"
    assert shown(hass, "select.garage_phases") == "1"
    assert lines_of(entry) == (0,)
    for _ in range(10):
        house.grid(2, 16, 2)
        await house.later(seconds=10)
    assert house.commands[-1] == ("limit", 16)


async def test_room_on_all_lines_is_made_before_the_charger_uses_them(
    hass: HomeAssistant, house: House, start_site: StartSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PhaseGuard, "wait_s", lambda self, now_s: 0.0)
    house.state("switch.charger_single_enable", "on")
    entry = entry_with(SINGLE)
    await start_site(entry)
    for second in range(150):
        drawn_a = 0 if second < 50 else house.commands[-1][1]
        house.charger("charging", power_w=drawn_a * 230 + second % 3)
        house.grid(2 + drawn_a, 16, 2)
        await house.later(seconds=1)
    assert house.commands[-1] == ("limit", 16)
    heard: list[str] = []

    @callback
    def called(event: Any) -> None:
        heard.append(f"{event.data['service']} {event.data['service_data'].get('value', '')}".strip())

    hass.bus.async_listen("call_service", called)
    await choose(hass, "3")
    assert heard.index("set_value 8.0") < heard.index("turn_off")
    assert lines_of(entry) == (0, 1, 2)


async def test_what_was_chosen_is_known_after_a_restart_where_nothing_shows_it(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    told: list[str] = []

    async def set_mode(call: ServiceCall) -> None:
        told.append(call.data["mode"])

    hass.services.async_register("easee", "set_mode", set_mode)
    action = {"kind": "action", "action": "easee.set_mode", "data": {"mode": "{phases}_phase"}, "pause": False}
    entry = entry_with(action)
    await start_site(entry)
    assert (shown(hass, "select.garage_phases"), lines_of(entry)) == ("unknown", (0, 1, 2))
    await choose(hass, "1")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told == ["1_phase"]
    assert (shown(hass, "select.garage_phases"), lines_of(entry)) == ("1", (0,))


async def test_second_choice_within_a_minute_is_refused_and_says_when(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("switch.charger_single_enable", "off")
    entry = entry_with(SINGLE)
    await start_site(entry)
    await choose(hass, "1")
    with pytest.raises(ServiceValidationError) as caught:
        await choose(hass, "3")
    assert caught.value.translation_key == "phases_too_soon"
    assert caught.value.translation_placeholders is not None
    assert caught.value.translation_placeholders["reason"].startswith("again in ")
    assert lines_of(entry) == (0,)


async def test_phases_that_could_not_be_switched_are_counted_as_they_are(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("switch.charger_single_enable", "unavailable")
    entry = entry_with(SINGLE)
    await start_site(entry)
    with pytest.raises(HomeAssistantError) as caught:
        await choose(hass, "1")
    assert caught.value.translation_key == "command_failed"
    assert lines_of(entry) == (0, 1, 2)


async def test_charger_without_such_a_choice_has_no_select(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    assert hass.states.get("select.garage_phases") is None
    (evse,) = site.runtime_data.evses
    assert not evse.commands.can_switch_phases


async def test_limit_in_flash_is_never_set_and_the_charger_is_on_or_off(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(entry_with(None, flash_limit=True))
    house.charger("charging", power_w=0)
    for load_a in (2, 12, 2):
        for _ in range(20):
            house.grid(load_a, load_a, load_a)
            await house.later(seconds=10)
    # 24 A less 12 A leave no 16 A: off, and on again when they are there.
    assert [command for command in house.commands if command[0] == "limit"] == []
    switched = [on for on, _ in groupby(value for _, value in house.commands)]
    assert switched[-2:] == [False, True]


async def test_charger_with_nothing_but_a_limit_in_flash_is_watched(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = entry_with(None, flash_limit=True, evse={"enable": None})
    await start_site(entry)
    house.charger("charging", power_w=11_000)
    await house.later(seconds=60)
    assert house.commands == []
    assert hass.states.get("switch.garage_charging_allowed") is None


@pytest.mark.parametrize(
    ("changes", "unsafe"),
    [
        ({}, "on"),
        ({"fail_safe": "keba_failsafe", "stays_at_limit_without_us": False}, "off"),
    ],
)
async def test_charger_with_a_fail_safe_of_its_own_is_protected_without_home_assistant(
    hass: HomeAssistant, house: House, start_site: StartSite, changes: dict[str, Any], unsafe: str
) -> None:
    await start_site(entry_with(None, **changes))
    state = hass.states.get("binary_sensor.garage_not_protected_if_home_assistant_stops")
    assert state is not None
    assert state.state == unsafe
    assert state.attributes.get("fail_safe") == changes.get("fail_safe")


async def test_on_automatic_a_car_charges_on_one_phase_instead_of_waiting(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("switch.charger_single_enable", "off")
    entry = entry_with(SINGLE)
    await start_site(entry)
    await choose(hass, "auto")
    assert shown(hass, "select.garage_phases") == "auto"
    house.charger("charging", power_w=0)
    for second in range(40):
        house.grid(2 + second % 3 / 10, 21, 2)
        await house.later(seconds=10)
    assert shown(hass, "switch.charger_single_enable") == "on"
    assert lines_of(entry) == (0,)
    assert house.commands[-1] == ("limit", 16)
    state = hass.states.get("select.garage_phases")
    assert state is not None
    assert (state.state, state.attributes["phases"]) == ("auto", 1)

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown(hass, "select.garage_phases") == "auto"
    (evse,) = entry.runtime_data.evses
    load = evse.load(entry.runtime_data.clock())
    assert len(load.switches_ago_s) == 1
    assert load.other_use is not None
    # The owner's own choice ends it; a switch of a moment ago counts, also before the restart.
    await house.later(minutes=2)
    await choose(hass, "1")
    assert shown(hass, "select.garage_phases") == "1"
    assert evse.load(entry.runtime_data.clock()).other_use is None


async def test_a_switch_before_a_restart_counts_against_one_after_it(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("switch.charger_single_enable", "off")
    entry = entry_with(SINGLE)
    await start_site(entry)
    await choose(hass, "1")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    with pytest.raises(ServiceValidationError) as caught:
        await choose(hass, "3")
    assert caught.value.translation_key == "phases_too_soon"


async def test_automatic_switch_that_fails_is_no_error_to_anybody(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("switch.charger_single_enable", "unavailable")
    entry = entry_with(SINGLE)
    await start_site(entry)
    await choose(hass, "auto")
    house.charger("charging", power_w=0)
    for second in range(40):
        house.grid(2 + second % 3 / 10, 21, 2)
        await house.later(seconds=10)
    assert lines_of(entry) == (0, 1, 2)
    assert shown(hass, "select.garage_phases") == "auto"
