"""What a charger's and a site's alert entities tell, what is set of them, and what outlives a restart."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN

from ..house import House, charger_data, shown, site_entry, subentry

type Start = Callable[[MockConfigEntry], Awaitable[None]]


@pytest.fixture
def told(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return what the alert entities tell, with its attributes."""
    heard: list[dict[str, Any]] = []

    @callback
    def hear(event: Event[Any]) -> None:
        new = event.data["new_state"]
        before = event.data["old_state"]
        if new is None or not new.entity_id.endswith("_alert") or new.state in {"unknown", "unavailable"}:
            return
        # An entity that comes back shows its last event again.
        if before is not None and before.state not in {new.state, "unavailable"}:
            heard.append(dict(new.attributes))

    hass.bus.async_listen(EVENT_STATE_CHANGED, hear)
    return heard


def types(told: list[dict[str, Any]]) -> list[str]:
    return [one["event_type"] for one in told]


def issues(hass: HomeAssistant) -> dict[str, dict[str, str]]:
    """Return the active issues of ours, with what their texts are filled with."""
    return {
        str(one.translation_key): one.translation_placeholders or {}
        for one in ir.async_get(hass).issues.values()
        if one.domain == DOMAIN and one.active
    }


async def wait(house: House, minutes: float) -> None:
    """Let minutes go by in a house whose meter reports."""
    for step in range(int(minutes * 6)):
        await house.later(seconds=10)
        house.grid(2 + step % 3 / 100, 2, 2)


async def set_number(hass: HomeAssistant, entity_id: str, value: float) -> None:
    await hass.services.async_call("number", "set_value", {"entity_id": entity_id, "value": value}, blocking=True)
    await hass.async_block_till_done()


async def enable(hass: HomeAssistant, site: MockConfigEntry, entity_id: str) -> None:
    """Let the owner enable an entity that is there for those who want it."""
    er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_good_evening_tells_that_the_car_is_full_and_nothing_else(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    house.charger("plugged", power_w=0)
    await wait(house, 5)
    energy_kwh = 0.0
    for step in range(180):
        # A car that takes what it is told, behind a meter that says something all the time.
        limit_a = next(value for name, value in reversed(house.commands) if name == "limit")
        house.charger("charging", power_w=limit_a * 690, energy_kwh=limit_a * 0.69 / 360)
        house.grid(*[limit_a + 2 + step % 3 / 100] * 3)
        energy_kwh += limit_a * 0.69 / 360
        await house.later(seconds=10)
    house.charger("full", power_w=0)
    await wait(house, 60)
    house.charger("free", power_w=0)
    await wait(house, 60)
    assert energy_kwh > 5
    (full,) = told
    (session,) = await house.sessions()
    assert full["event_type"] == "full"
    assert {key: full[key] for key in ("charger", "session_id", "energy_kwh", "cost", "currency", "status")} == {
        "charger": "Garage",
        "session_id": session["id"],
        "energy_kwh": pytest.approx(energy_kwh, abs=0.001),
        "cost": f"{0.3 * energy_kwh:.2f}",
        "currency": "EUR",
        "status": "suspended_ev",
    }
    assert issues(hass) == {}


async def test_a_restart_tells_nothing_again(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=10, power_w=11_000)
    house.charger("full", power_w=0)
    await wait(house, 1)
    assert types(told) == ["full"]
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await wait(house, 5)
    assert types(told) == ["full"]


async def test_a_car_that_waits_for_us_is_not_told_and_one_that_waits_for_itself_is(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    charging = {"entity_id": "switch.garage_charging_allowed"}
    await hass.services.async_call("switch", "turn_off", charging, blocking=True)
    house.charger("plugged", power_w=0)
    await wait(house, 60)
    assert told == []
    await hass.services.async_call("switch", "turn_on", charging, blocking=True)
    await wait(house, 20)
    (alert,) = told
    assert (alert["event_type"], alert["minutes"], alert["status"]) == ("not_charging", 15, "preparing")
    assert alert["reason"]


async def test_a_silent_charger_is_told_and_stays_among_the_repairs_until_it_speaks(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    sources = ("sensor.wallbox_status", "sensor.wallbox_power", "sensor.wallbox_energy")
    for entity_id in sources:
        house.state(entity_id, "unavailable")
    await wait(house, 9)
    assert "charger_offline" not in issues(hass)
    await wait(house, 2)
    assert types(told) == ["offline"]
    assert issues(hass)["charger_offline"] == {"name": "Garage", "minutes": "10"}
    house.charger("free", power_w=0)
    await wait(house, 1)
    assert "charger_offline" not in issues(hass)


async def test_a_fault_stays_among_the_repairs_until_it_is_gone_also_over_a_restart(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    house.charger("broken", power_w=0)
    await wait(house, 1)
    assert issues(hass) == {"charger_fault": {"name": "Garage"}}
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await wait(house, 1)
    assert issues(hass) == {"charger_fault": {"name": "Garage"}}
    assert types(told) == ["fault"]
    house.charger("free", power_w=0)
    await wait(house, 1)
    assert issues(hass) == {}


async def test_an_overload_that_lasts_is_told_with_its_lines_and_ends_with_it(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    for second in range(45):
        house.grid(28.5 + second % 3 / 100, 2, 2)
        await house.later(seconds=1)
    (alert,) = told
    assert (alert["event_type"], alert["site"], alert["over_a"]) == ("overload", "Home", {"L1": 3.5})
    assert 30 <= alert["seconds"] <= 40
    assert issues(hass)["site_overloaded"] == {"site": "Home", "lines": "L1"}
    await wait(house, 1)
    assert "site_overloaded" not in issues(hass)


async def test_times_are_set_per_charger_and_kept_over_a_restart(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    number = "number.garage_alert_when_not_charging_after"
    assert hass.states.get(number) is None
    await enable(hass, site, number)
    assert float(shown(hass, number)) == 15
    await set_number(hass, number, 3)
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert float(shown(hass, number)) == 3
    house.charger("plugged", power_w=0)
    await wait(house, 5)
    assert types(told) == ["not_charging"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("garage_alert_when_offline_after", 30),
        ("garage_alert_when_not_plugged_in_after", 45),
        ("home_alert_when_overloaded_after", 10),
    ],
)
async def test_the_other_times_are_set_likewise(
    hass: HomeAssistant, house: House, site: MockConfigEntry, key: str, value: float
) -> None:
    await enable(hass, site, f"number.{key}")
    await set_number(hass, f"number.{key}", value)
    assert float(shown(hass, f"number.{key}")) == value


async def test_a_cost_of_nothing_is_no_limit(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    number = "number.garage_alert_above_session_cost"
    assert float(shown(hass, number)) == 0
    await set_number(hass, number, 0.5)
    await set_number(hass, number, 0)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=30, power_w=11_000)
    assert told == []
    await set_number(hass, number, 0.5)
    await wait(house, 0.5)
    (alert,) = told
    assert (alert["event_type"], alert["currency"]) == ("over_cost", "EUR")
    state = hass.states.get(number)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "EUR"


async def test_what_was_told_by_another_version_is_begun_anew(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    runtime = site.runtime_data
    evse_id = runtime.evses[0].evse_id
    runtime.ledger.put_setting(evse_id, "alerts_told", '{"version": 99}', runtime.clock().utc).result()
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    house.charger("broken", power_w=0)
    await wait(house, 1)
    assert types(told) == ["fault"]


async def test_a_site_without_a_grid_meter_has_no_alert_of_its_fuse(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    await start_site(site_entry(subentry("charger", "Garage", charger_data(), "garage"), meter=None))
    assert hass.states.get("event.home_alert") is None
    assert hass.states.get("event.garage_alert") is not None


async def test_an_unreadable_past_is_logged_and_alerts_go_on(
    hass: HomeAssistant,
    house: House,
    site: MockConfigEntry,
    told: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from custom_components.ev_sessions.store import Ledger, LedgerUnwritableError

    def fail(*_args: Any, **_fields: Any) -> Any:
        raise LedgerUnwritableError("disk I/O error")

    monkeypatch.setattr(Ledger, "sessions_page", fail)
    await house.later(hours=12)
    assert "At what hour Garage is usually plugged in is not known: disk I/O error" in caplog.text
    house.charger("broken", power_w=0)
    await wait(house, 1)
    assert types(told) == ["fault"]
