"""A vehicle that names a tariff of its own: by that its payer is billed for it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN

from ..house import House, site_entry, subentry, with_more

type StartSite = Callable[[MockConfigEntry], Any]


def the_site() -> MockConfigEntry:
    """Return a site that pays 0.30; its payers are billed 0.50, for the van by what a market asks."""
    entry = site_entry(tariff={"kind": "fixed", "price": "0.30"})
    market = {"kind": "entity", "entity_id": "sensor.market", "unit": None, "gap": {"rule": "unpriced"}}
    more = [
        {**subentry("tariff", "Payers", {"kind": "fixed", "price": "0.50", "for": "payers"}), "subentry_id": "half"},
        {**subentry("tariff", "Vans", market | {"for": "payers"}), "subentry_id": "market"},
        {**subentry("payer", "ACME", {"tariff": "half"}, "acme"), "subentry_id": "acme"},
        {**subentry("payer", "Bo", {"tariff": None}, "bo"), "subentry_id": "bo"},
        {**subentry("vehicle", "Van", {"tariff": "market", "payer": "acme"}, "van"), "subentry_id": "van"},
        {**subentry("vehicle", "Bike", {}, "bike"), "subentry_id": "bike"},
    ]
    return with_more(entry, more)


async def update(hass: HomeAssistant, session_id: str, **changes: Any) -> dict[str, Any]:
    asked = {"session_id": session_id, **changes}
    found = await hass.services.async_call(DOMAIN, "update_session", asked, blocking=True, return_response=True)
    assert found is not None
    return found


def billed(hass: HomeAssistant) -> Decimal:
    state = hass.states.get("sensor.garage_session_billed")
    assert state is not None
    return Decimal(state.state)


def told(session: dict[str, Any]) -> tuple[str, str] | None:
    return None if session["billed"] is None else (session["billed"]["cost"], session["billed"]["tariff"])


async def charge(house: House, minutes: int) -> str:
    """Charge at 9 kW; return the session."""
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=minutes, power_w=9_000)
    return str((await house.sessions())[0]["id"])


async def leave(house: House) -> None:
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)


async def test_the_vehicles_tariff_comes_before_that_of_whoever_pays(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("sensor.market", "10", {"unit_of_measurement": "ct/kWh"})
    entry = the_site()
    await start_site(entry)
    session_id = await charge(house, 10)
    await update(hass, session_id, payer="ACME")
    await house.charge(minutes=5, power_w=9_000)
    assert billed(hass) == Decimal("1.13")
    # The van's own tariff from the session's start; its entity is followed, as those of payers' tariffs are.
    await update(hass, session_id, vehicle="Van")
    assert billed(hass) == Decimal("0.23")
    house.state("sensor.market", "20")
    await house.charge(minutes=5, power_w=9_000)
    assert billed(hass) == Decimal("0.38")
    await leave(house)
    assert told(await house.only_session()) == ("0.38", "Vans")
    # Corrected when it is long over, each way and back.
    for changes, expected in (
        ({"vehicle": "Bike"}, ("1.50", "Payers")),
        ({"vehicle": "Van", "payer": "Bo"}, ("0.38", "Vans")),
        ({"vehicle": "Bike"}, None),
        ({"vehicle": "Van", "payer": ""}, None),
        ({"payer": "ACME"}, ("0.38", "Vans")),
    ):
        await update(hass, session_id, **changes)
        session = await house.only_session()
        assert (session["cost"], told(session)) == ("0.90", expected), changes


async def test_an_open_session_and_a_past_one_keep_the_tariff_of_the_vehicle_as_it_was(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("sensor.market", "10", {"unit_of_measurement": "ct/kWh"})
    entry = the_site()
    await start_site(entry)
    session_id = await charge(house, 10)
    await update(hass, session_id, vehicle="Van")
    await house.later(seconds=20)
    # Who pays came with the vehicle. Another tariff of the van is another version of it.
    assert billed(hass) == Decimal("0.15")
    van = entry.subentries["van"]
    hass.config_entries.async_update_subentry(entry, van, data={**van.data, "tariff": None})
    await hass.async_block_till_done(wait_background_tasks=True)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    assert billed(hass) == Decimal("0.3")
    await leave(house)
    assert told(await house.only_session()) == ("0.30", "Vans")
    await hass.services.async_call(DOMAIN, "recalculate_cost", {"everything": True}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(await house.only_session()) == ("0.30", "Vans")
    # Said anew, it is the van as it is now.
    await update(hass, session_id, vehicle="")
    await update(hass, session_id, vehicle="Van")
    assert told(await house.only_session()) == ("1.50", "Payers")
