"""The CO₂ of sessions: by an entity of the grid's intensity, through a running house."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from tests.actions.past import act

from ..house import House, shown, site_entry

GRAMS = {"unit_of_measurement": "gCO2eq/kWh"}


async def charge(house: House, minutes: int) -> None:
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=minutes, power_w=6_000)


async def leave(house: House) -> None:
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=5)


async def test_a_session_stands_for_what_the_grid_was_while_it_charged(
    hass: HomeAssistant, house: House, start_site: Any
) -> None:
    house.state("sensor.intensity", 300, GRAMS)
    await start_site(site_entry(carbon_entity="sensor.intensity", solar_g_per_kwh=40.0))
    assert shown(hass, "sensor.home_co2_this_month") == "unknown"
    await charge(house, 15)
    house.state("sensor.intensity", "0.5", {"unit_of_measurement": "kg/kWh"})
    await charge(house, 15)
    await leave(house)
    session = await house.only_session()
    assert session["energy_kwh"] == pytest.approx(3.0, abs=0.05)
    # The grid gives 1.38 of the 6 kW, half of that at 300 g and half at 500 g; the roof gives the rest, at 40 g.
    solar_kwh = session["solar_kwh"]
    assert solar_kwh == pytest.approx(2.31, abs=0.05)
    assert session["co2_kg"] == pytest.approx((session["energy_kwh"] - solar_kwh) * 0.4 + solar_kwh * 0.04, abs=0.005)
    assert session["co2_unknown_kwh"] == 0.0
    assert float(shown(hass, "sensor.home_co2_this_month")) == pytest.approx(session["co2_kg"], abs=0.001)
    for group_by in ("site", "charger", "vehicle", "payer", "token"):
        asked: dict[str, Any] = {"period": "month", "group_by": group_by, "start": "2026-11-01"}
        (row,) = (await act(hass, "get_statistics", **asked))["statistics"]
        assert row["co2_kg"] == session["co2_kg"]


async def test_energy_of_times_without_an_intensity_is_told_apart(
    hass: HomeAssistant, house: House, start_site: Any
) -> None:
    house.grid(12, 12, 12)
    await start_site(site_entry(carbon_entity="sensor.intensity"))
    await charge(house, 30)
    assert (await house.only_session())["co2_kg"] is None
    house.state("sensor.intensity", 300, GRAMS)
    await charge(house, 30)
    await leave(house)
    session = await house.only_session()
    assert session["solar_kwh"] == 0.0
    known_kwh = session["energy_kwh"] - session["co2_unknown_kwh"]
    assert 0.9 <= session["co2_unknown_kwh"] <= 3.1
    assert session["co2_kg"] == pytest.approx(known_kwh * 0.3, rel=0.001)


async def test_what_is_no_intensity_is_told_and_cured(hass: HomeAssistant, house: House, start_site: Any) -> None:
    house.state("sensor.intensity", 40, {"unit_of_measurement": "%"})
    await start_site(site_entry(carbon_entity="sensor.intensity"))
    told = [one for one in ir.async_get(hass).issues.values() if "intensity" in one.issue_id]
    assert len(told) == 1
    house.state("sensor.intensity", 300, GRAMS)
    await house.later(seconds=15)
    assert not [one for one in ir.async_get(hass).issues.values() if "intensity" in one.issue_id]


async def test_a_site_without_the_entity_has_no_such_sensor(hass: HomeAssistant, house: House, start_site: Any) -> None:
    await start_site(site_entry())
    assert hass.states.get("sensor.home_co2_this_month") is None
