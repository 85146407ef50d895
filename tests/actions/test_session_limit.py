"""A session that has enough: limited by action or by number, told, and over with the car."""

from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.site.house import House, charger_data, site_entry, subentry

from .past import act, key_of, tell
from .test_commands import entity_of, given_a, live, plug_in_and_charge, until_unplugged

STATUS = "sensor.garage_status"


@pytest.fixture
def told(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Listen to the events of the session."""
    heard: list[dict[str, Any]] = []

    @callback
    def hear(event: Event[Any]) -> None:
        state = event.data["new_state"]
        if state is None or not event.data["entity_id"].startswith("event.garage"):
            return
        attributes = dict(state.attributes)
        # A state that is restored tells of an event that was heard already.
        if attributes.get("event_type") is not None and attributes not in heard:
            heard.append(attributes)

    hass.bus.async_listen("state_changed", hear)
    return heard


def kinds(told: list[dict[str, Any]]) -> list[str]:
    """Return the types of the events that were heard."""
    return [str(one["event_type"]) for one in told]


async def number(hass: HomeAssistant, entity_id: str, value: float) -> None:
    """Set a number of ours, as its owner would."""
    component = hass.data["entity_components"]["number"]
    entity = component.get_entity(entity_id)
    assert entity is not None
    await entity.async_set_native_value(value)


async def session(hass: HomeAssistant) -> dict[str, Any]:
    """Return the newest session."""
    found = await act(hass, "get_sessions", include_empty=True)
    newest: dict[str, Any] = found["sessions"][0]
    return newest


async def test_a_session_stops_at_its_energy_within_one_reading_and_says_why(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    await plug_in_and_charge(house)
    await tell(hass, "set_session_limit", entity_id=STATUS, energy_kwh=1.5)
    await live(house, minutes=6)
    assert given_a(house) == 0
    # 11 kW for the 10 s between two readings.
    assert 1.5 <= (await session(hass))["energy_kwh"] <= 1.5 + 11.04 * 10 / 3600 + 0.001
    assert kinds(told)[-2:] == ["limit_reached", "completed"]
    assert told[-2]["reason"] == told[-1]["reason"] == "limit_energy"
    allowed = hass.states.get("sensor.garage_allowed_current")
    assert allowed is not None
    assert "1.5 kWh" in allowed.attributes["reason"]
    assert hass.states.is_state("switch.garage_charging_allowed", "off")
    await until_unplugged(house)
    (ended,) = (await act(hass, "get_sessions", status="ended"))["sessions"]
    assert ended["end_reason"] == "limit_energy"
    assert hass.states.is_state("switch.garage_charging_allowed", "on")
    # The limit was for that session.
    await live(house, minutes=12)
    assert given_a(house) == 16


@pytest.mark.parametrize(
    ("limit", "reason"), [({"cost": 0.42}, "limit_cost"), ({"minutes": 9}, "limit_time"), ({"soc": 80}, "limit_soc")]
)
async def test_a_session_stops_at_its_cost_its_time_or_a_full_battery(
    hass: HomeAssistant, house: House, start: Any, told: list[dict[str, Any]], limit: dict[str, Any], reason: str
) -> None:
    house.state("sensor.car_battery", 60, {"unit_of_measurement": "%"})
    await start(site_entry(subentry("charger", "Garage", charger_data(evse={"soc": "sensor.car_battery"}))))
    await plug_in_and_charge(house)
    await tell(hass, "set_session_limit", entity_id=STATUS, **limit)
    await live(house, minutes=1)
    assert given_a(house) == 16
    house.state("sensor.car_battery", 80)
    await live(house, minutes=4)
    if reason != "limit_soc":
        house.state("sensor.car_battery", 60)
    assert given_a(house) == 0
    assert [one["reason"] for one in told if one["event_type"] == "limit_reached"] == [reason]


async def test_a_standing_limit_holds_for_every_session_and_outlives_a_restart(
    hass: HomeAssistant, house: House, site: MockConfigEntry, told: list[dict[str, Any]]
) -> None:
    await number(hass, "number.garage_session_limit_energy", 0.5)
    house.charger("plugged", power_w=0)
    await live(house, minutes=10)
    assert given_a(house) == 0
    assert kinds(told).count("limit_reached") == 1
    assert await hass.config_entries.async_unload(site.entry_id)
    assert given_a(house) == 0  # a fallback is no leave to go on
    assert await hass.config_entries.async_setup(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await live(house, minutes=8)
    assert given_a(house) == 0
    assert kinds(told).count("limit_reached") == 1
    await until_unplugged(house)
    assert (await act(hass, "get_sessions", status="ended"))["sessions"][0]["end_reason"] == "limit_energy"
    state = hass.states.get("number.garage_session_limit_energy")
    assert state is not None
    assert float(state.state) == 0.5
    await live(house, minutes=12)
    assert kinds(told).count("limit_reached") == 2


async def test_a_limit_that_is_raised_or_lifted_lets_the_car_go_on(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await number(hass, "number.garage_session_limit_energy", 0.5)
    house.charger("plugged", power_w=0)
    await live(house, minutes=10)
    assert given_a(house) == 0
    await tell(hass, "set_session_limit", entity_id=STATUS, energy_kwh=2)
    await live(house, minutes=4)
    assert given_a(house) > 0
    await live(house, minutes=12)
    assert given_a(house) == 0
    await tell(hass, "start_charging", entity_id=STATUS)
    await live(house, minutes=10)
    assert given_a(house) == 16
    await until_unplugged(house)
    (ended,) = (await act(hass, "get_sessions", status="ended"))["sessions"]
    assert ended["end_reason"] == "unplugged"


async def test_a_limit_by_battery_needs_somebody_who_tells_of_it(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await tell(hass, "set_session_limit", entity_id=STATUS, soc=80)
    assert key_of(error) == "soc_unknown"
    assert hass.states.get("number.garage_session_limit_battery") is None


async def test_a_charger_that_can_only_be_watched_has_no_limits(hass: HomeAssistant, house: House, start: Any) -> None:
    watched = charger_data(controllable=False, evse={"limit": None, "enable": None})
    entry = await start(site_entry(subentry("charger", "Garage", watched)))
    with pytest.raises(ServiceValidationError) as error:
        await tell(hass, "set_session_limit", entity_id=entity_of(hass, entry, "sensor", "status"), minutes=5)
    assert key_of(error) == "not_controllable"
