"""The estimated end of a session, as its owner sees it."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..house import House, charger_data, site_entry, subentry

END = "sensor.garage_estimated_end_of_session"


def end_of(hass: HomeAssistant) -> datetime | None:
    """Return the end that is shown; None where it is unknown."""
    state = hass.states.get(END)
    assert state is not None
    return dt_util.parse_datetime(state.state)


async def take(house: House, *, minutes: int, power_w: float) -> None:
    """Let a car take a power for a time, with a reading every half minute."""
    for _ in range(minutes * 2):
        house.charger("charging", power_w=power_w, energy_kwh=power_w / 120_000)
        await house.later(seconds=30)


async def full_and_gone(house: House) -> None:
    """Let a full car leave."""
    house.charger("full", power_w=0)
    await house.later(minutes=2)
    house.charger("free", power_w=0)
    await house.later(minutes=3)
    await house.hass.async_block_till_done(wait_background_tasks=True)


async def test_the_end_of_a_charge_is_learned_from_the_one_before(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await take(house, minutes=60, power_w=4_000)
    assert end_of(hass) is None  # nothing is known yet
    await take(house, minutes=20, power_w=2_000)
    await full_and_gone(house)
    assert end_of(hass) is None
    await take(house, minutes=30, power_w=4_000)
    end = end_of(hass)
    assert end is not None
    assert abs(end - (dt_util.utcnow() + timedelta(minutes=50))) < timedelta(minutes=5)
    # It is still known after a restart.
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await take(house, minutes=10, power_w=4_000)
    after = end_of(hass)
    assert after is not None
    assert abs(after - end) < timedelta(minutes=5)


async def test_the_battery_of_the_car_and_a_limit_tell_the_end_of_the_first_charge(
    hass: HomeAssistant, house: House, start_site: Any
) -> None:
    house.state("sensor.car_battery", 50, {"unit_of_measurement": "%"})
    await start_site(site_entry(subentry("charger", "Garage", charger_data(evse={"soc": "sensor.car_battery"}))))
    house.charger("charging", power_w=4_000)
    await hass.services.async_call(
        "ev_sessions", "set_session_limit", {"entity_id": "sensor.garage_status", "soc": 60}, blocking=True
    )
    for soc in range(51, 55):
        await take(house, minutes=10, power_w=4_000)
        house.state("sensor.car_battery", soc)
    await take(house, minutes=2, power_w=4_000)
    end = end_of(hass)
    assert end is not None
    assert abs(end - (dt_util.utcnow() + timedelta(minutes=58))) < timedelta(minutes=4)
