"""Discounts of a plan that are for somebody: whose a session is may be said late."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.actions.past import act

from ..house import House, charger_data, site_entry, subentry

type StartSite = Callable[[MockConfigEntry], Any]

PLAN = {"kind": "plan", "price": "0.20", "windows": [], "discounts": [{"percent": "50", "vehicle": "zoe"}]}


def with_car(**charger: Any) -> MockConfigEntry:
    car: Any = {**subentry("vehicle", "Zoe", {}), "subentry_id": "zoe"}
    garage = subentry("charger", "Garage", charger_data(**charger), "garage")
    return site_entry(garage, car, tariff=PLAN)


async def charged(house: House) -> dict[str, Any]:
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=20, power_w=6_000)
    house.charger("free", power_w=0)
    for _ in range(8):
        await house.later(minutes=2)
    return await house.only_session()


async def test_a_session_of_the_vehicle_costs_half_at_its_end(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(with_car(vehicle="zoe"))
    session = await charged(house)
    assert (session["vehicle"], session["energy_kwh"], session["cost"]) == ("Zoe", 2.0, "0.20")


async def test_a_discount_comes_and_goes_with_the_vehicle(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(with_car())
    session = await charged(house)
    assert (session["vehicle"], session["cost"]) == (None, "0.40")
    for vehicle, cost in (("Zoe", "0.20"), ("Zoe", "0.20"), (None, "0.40")):
        await act(hass, "update_session", session_id=session["id"], vehicle=vehicle)
        await house.later(minutes=1)
        assert (await house.only_session())["cost"] == cost
