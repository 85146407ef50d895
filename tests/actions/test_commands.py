"""Starting, stopping and limiting a charger by action: what the charger is told, and what it cannot do."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from tests.site.house import House, charger_data, kept_settings, site_entry, subentry

from .past import device_of, key_of, tell


def entity_of(hass: HomeAssistant, entry: MockConfigEntry, platform: str, key: str, evse: int = 1) -> str:
    """Return the id of an entity of the first charger, by its key."""
    charger_id = next(one.subentry_id for one in entry.subentries.values() if one.subentry_type == "charger")
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{charger_id}_{evse}_{key}")
    assert found is not None
    return found


def given_a(house: House) -> float:
    """Return what the charger lets a car have: its limit, or nothing where it is switched off."""
    limit, enable = (house.hass.states.get(one) for one in ("number.wallbox_limit", "switch.wallbox_enable"))
    assert limit is not None
    assert enable is not None
    return float(limit.state) if enable.state == "on" else 0.0


async def live(house: House, *, minutes: float, every_s: int = 10) -> None:
    """Let a car take what it is given, beside a house whose loads are never quite the same."""
    for turn in range(int(minutes * 60 / every_s)):
        await house.later(seconds=every_s)
        car_a = given_a(house)
        house.grid(*(2 + turn % 7 / 10 + car_a for _ in range(3)))
        power_w = car_a * 690
        house.charger("charging" if car_a else "paused", power_w=power_w, energy_kwh=power_w * every_s / 3_600_000)
    await house.hass.async_block_till_done(wait_background_tasks=True)


async def plug_in_and_charge(house: House) -> None:
    """Let a car come and charge with all that it can have."""
    house.charger("plugged", power_w=0)
    await live(house, minutes=6)
    assert given_a(house) == 16


async def until_unplugged(house: House) -> None:
    """Let the car leave, and another one come."""
    house.charger("free", power_w=0)
    await house.later(seconds=90)
    house.charger("plugged", power_w=0)
    await house.later(seconds=30)


async def test_stop_holds_back_this_car_and_start_lets_it_charge(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await plug_in_and_charge(house)
    allowed = entity_of(hass, site, "switch", "charging_allowed")
    await tell(hass, "stop_charging", entity_id=allowed)
    await live(house, minutes=1)
    assert given_a(house) == 0
    assert hass.states.is_state(allowed, "off")
    assert hass.states.is_state("sensor.garage_status", "suspended_evse")
    await tell(hass, "start_charging", entity_id=allowed)
    await live(house, minutes=5)
    assert given_a(house) == 16
    assert hass.states.is_state("sensor.garage_status", "charging")


async def test_stop_holds_until_the_car_is_unplugged(hass: HomeAssistant, house: House, site: MockConfigEntry) -> None:
    await plug_in_and_charge(house)
    allowed = entity_of(hass, site, "switch", "charging_allowed")
    await tell(hass, "stop_charging", entity_id=allowed)
    house.charger("paused", power_w=0)
    await house.later(minutes=10)
    assert hass.states.is_state(allowed, "off")
    await until_unplugged(house)
    assert hass.states.is_state(allowed, "on")


async def test_a_limit_lowers_the_charger_and_is_over_after_its_time(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await plug_in_and_charge(house)
    charger_id = next(one.subentry_id for one in site.subentries.values() if one.subentry_type == "charger")
    limit = entity_of(hass, site, "sensor", "allowed_current")
    await tell(
        hass,
        "set_current_limit",
        device_id=device_of(hass, site, charger_id),
        current=8,
        duration={"minutes": 30},
    )
    await live(house, minutes=1)
    assert given_a(house) == 8
    state = hass.states.get(limit)
    assert state is not None
    assert (float(state.state), state.attributes["reason"]) == (8, "the most that was asked for")
    await live(house, minutes=28, every_s=30)
    assert given_a(house) == 8
    await live(house, minutes=5)
    assert given_a(house) == 16


async def test_a_limit_without_a_time_is_over_when_the_car_leaves(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await plug_in_and_charge(house)
    await tell(hass, "set_current_limit", entity_id=entity_of(hass, site, "sensor", "status"), current=8)
    kept = await kept_settings(site)
    assert [one["evse"]["limit_a"] for one in kept.values() if "evse" in one] == [8.0]
    await until_unplugged(house)
    kept = await kept_settings(site)
    assert [one["evse"]["limit_a"] for one in kept.values() if "evse" in one] == [None]


@pytest.mark.parametrize("current", [5.9, 16.1])
async def test_a_current_that_the_charger_cannot_have_is_refused_with_its_bounds(
    hass: HomeAssistant, house: House, site: MockConfigEntry, current: float
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await tell(hass, "set_current_limit", entity_id=entity_of(hass, site, "sensor", "status"), current=current)
    assert key_of(error) == "current_out_of_range"
    assert error.value.translation_placeholders == {
        "charger": "Garage",
        "current": f"{current:g}",
        "min": "6",
        "max": "16",
    }


@pytest.mark.parametrize(
    "wrong", [{"current": -1}, {"current": float("nan")}, {"current": "much"}, {}, {"current": 8, "duration": 0}]
)
async def test_what_is_no_limit_is_refused(hass: HomeAssistant, site: MockConfigEntry, wrong: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await tell(hass, "set_current_limit", entity_id=entity_of(hass, site, "sensor", "status"), **wrong)


async def test_a_charger_that_can_only_be_watched_says_so(hass: HomeAssistant, house: House, start: Any) -> None:
    watched = charger_data(controllable=False, evse={"limit": None, "enable": None})
    entry = await start(site_entry(subentry("charger", "Garage", watched)))
    wishes: dict[str, dict[str, Any]] = {"stop_charging": {}, "start_charging": {}, "set_current_limit": {"current": 8}}
    for action, data in wishes.items():
        with pytest.raises(ServiceValidationError) as error:
            await tell(hass, action, entity_id=entity_of(hass, entry, "sensor", "status"), **data)
        assert key_of(error) == "not_controllable"


@pytest.mark.parametrize("target", [{"entity_id": "sensor.wallbox_power"}, {"area_id": "garden"}, {}])
async def test_a_target_without_a_charger_is_told(
    hass: HomeAssistant, site: MockConfigEntry, target: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await tell(hass, "stop_charging", **target)
    assert key_of(error) == "no_evse_targeted"


async def test_the_device_of_a_charger_means_all_its_outlets_and_an_outlet_only_itself(
    hass: HomeAssistant, house: House, start: Any
) -> None:
    first = charger_data()["evses"][0]
    second = {**first, "evse": 2, "status": "sensor.second", "energy": None, "power": None, "limit": None}
    entry = await start(site_entry(subentry("charger", "Double", charger_data(evses=[first, second]))))
    charger_id = next(one.subentry_id for one in entry.subentries.values() if one.subentry_type == "charger")
    switches = [entity_of(hass, entry, "switch", "charging_allowed", evse) for evse in (1, 2)]
    await tell(hass, "stop_charging", device_id=device_of(hass, entry, f"{charger_id}_2"))
    assert [hass.states.is_state(one, "on") for one in switches] == [True, False]
    await tell(hass, "start_charging", device_id=device_of(hass, entry, f"{charger_id}_2"))
    await tell(hass, "stop_charging", device_id=device_of(hass, entry, charger_id))
    assert [hass.states.is_state(one, "on") for one in switches] == [False, False]
