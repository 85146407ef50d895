"""When the chargers' fallbacks do not pass the fuse together, the site leaves some of them at a pause, and says so."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.balancing.house_watch import house_worst_of

from ..house import House, charger_data, site_entry, subentry

type Start = Callable[[MockConfigEntry], Awaitable[None]]


@pytest.mark.usefixtures("house")
async def test_second_charger_is_left_at_a_pause_where_the_fuse_carries_one(
    hass: HomeAssistant, start_site: Start
) -> None:
    entry = site_entry(
        subentry("charger", "Garage", charger_data(priority=3), "garage"),
        subentry("charger", "Carport", charger_data(evse={"status": "sensor.carport_status"}), "carport"),
        fuse_a=16.0,
    )
    await start_site(entry)
    assert {evse.name: evse.wishes.fallback_a for evse in entry.runtime_data.evses} == {"Garage": 0.0, "Carport": 6.0}
    issues = [issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN]
    assert any("fallbacks_too_high" in issue for issue in issues)


async def test_one_charger_at_its_least_fits(hass: HomeAssistant, house: House, start_site: Start) -> None:
    entry = site_entry(fuse_a=16.0)
    await start_site(entry)
    assert [evse.wishes.fallback_a for evse in entry.runtime_data.evses] == [6.0]
    issues = [issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN]
    assert not any("fallbacks_too_high" in issue for issue in issues)


def _issue(hass: HomeAssistant, key: str) -> dict[str, str] | None:
    issues = ir.async_get(hass).issues.values()
    found = [issue.translation_placeholders or {} for issue in issues if issue.translation_key == key]
    return found[0] if found else None


async def test_what_the_house_took_at_the_worst_is_learned_and_counts_at_the_next_start(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    entry = site_entry()
    await start_site(entry)
    assert house_worst_of(entry) is None
    house.grid(21, 3, 3)
    for _ in range(14 * 15):
        await house.later(seconds=20)
        house.grid(21, 3, 3)
    await hass.async_block_till_done()
    worst_a = house_worst_of(entry)
    assert worst_a is not None
    assert worst_a[0] == pytest.approx(21.0, abs=0.2)
    assert _issue(hass, "fallbacks_too_high") is None
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    # 21 and 6 A are more than 25: a pause.
    assert [evse.wishes.fallback_a for evse in entry.runtime_data.evses] == [0.0]
    told = _issue(hass, "fallbacks_too_high")
    assert told is not None
    assert (told["line"], told["sum_a"], told["proposal"]) == ("L1", "27", "Garage 0 A")


@pytest.mark.usefixtures("house")
async def test_own_switch_that_is_too_much_without_home_assistant_is_an_issue_at_the_start(
    hass: HomeAssistant, start_site: Start
) -> None:
    await start_site(site_entry(subentry("charger", "Garage", charger_data(hardware_limit_a=16.0), "garage")))
    told = _issue(hass, "hardware_limits_too_high")
    assert told == {"site": "Home", "line": "L1", "sum_a": "28.5", "fuse_a": "25", "proposal": "Garage 12 A"}
    assert _issue(hass, "fallbacks_too_high") is None


def _with_fail_safe() -> Any:
    """Return a charger whose fail-safe is set by an action, and shown by an entity."""
    fail_safe = {
        "action": "keba.set_failsafe",
        "data": {"failsafe_timeout": "{timeout_s}", "failsafe_fallback": "{fallback_a}"},
        "timeout_s": 120,
        "timeout_shown": "binary_sensor.failsafe|timeout",
        "fallback_shown": "binary_sensor.failsafe|current",
    }
    return subentry("charger", "Garage", charger_data(evse={"fail_safe_set": fail_safe}), "garage")


class _FailSafe:
    """The fail-safe of a charger that takes it, or does not."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self.calls: list[tuple[float, float]] = []
        self.obeys = True
        hass.services.async_register("keba", "set_failsafe", self._set)
        self._show(0.0, 0.0)

    def _set(self, call: ServiceCall) -> None:
        told = (call.data["failsafe_timeout"], call.data["failsafe_fallback"])
        self.calls.append(told)
        if self.obeys:
            self._show(*told)

    def _show(self, timeout_s: float, current_a: float) -> None:
        shown = {"timeout": str(timeout_s), "current": str(current_a)}
        self._hass.states.async_set("binary_sensor.failsafe", "off", shown)


async def test_fail_safe_of_a_charger_is_set_and_put_back_when_it_is_removed(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    charger = _FailSafe(hass)
    entry = site_entry(_with_fail_safe())
    await start_site(entry)
    assert charger.calls == [(120, 6)]
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert charger.calls == [(120, 6)] * 2
    (subentry_id,) = (one.subentry_id for one in entry.get_subentries_of_type("charger"))
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await house.later(seconds=1)
    assert charger.calls[2:] == [(0, 0)]


async def test_fail_safe_of_a_charger_is_put_back_when_its_site_is_removed(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    charger = _FailSafe(hass)
    entry = site_entry(_with_fail_safe())
    await start_site(entry)
    await hass.config_entries.async_remove(entry.entry_id)
    assert charger.calls == [(120, 6), (0, 0)]


async def test_charger_that_does_not_take_its_fail_safe_counts_with_what_it_takes_without_us(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    charger = _FailSafe(hass)
    charger.obeys = False
    entry = site_entry(_with_fail_safe())
    await start_site(entry)
    assert _issue(hass, "hardware_limits_too_high") is None
    (evse,) = entry.runtime_data.evses
    keeper = evse.commands._control._fail_safe
    keeper._set_s -= 60.0  # as if it had had the time to show it
    await keeper.async_keep()
    await house.later(seconds=11)
    told = {"site": "Home", "line": "L1", "sum_a": "28.5", "fuse_a": "25", "proposal": "Garage 12 A"}
    assert _issue(hass, "hardware_limits_too_high") == told
    assert evse.view.unprotected_without_us
    # At the next start that is known from the beginning.
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert _issue(hass, "hardware_limits_too_high") == told
    (evse,) = entry.runtime_data.evses
    charger.obeys = True
    keeper = evse.commands._control._fail_safe
    keeper._set_s = None
    await keeper.async_keep()
    keeper._set_s -= 60.0
    await keeper.async_keep()
    await house.later(seconds=11)
    assert _issue(hass, "hardware_limits_too_high") is None
    assert not evse.view.unprotected_without_us
