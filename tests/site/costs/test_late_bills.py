"""A payer's price that comes late, or becomes another: the bill follows by itself, and says what it was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.actions.past import act

from ..house import House
from .test_cost_by_engine import shown, with_payer

type StartSite = Callable[[MockConfigEntry], Any]

MARKET = {"kind": "entity", "entity_id": "sensor.market", "unit": None, "gap": {"rule": "unpriced"}}
FIXED = {"kind": "fixed", "price": "0.30"}


async def billed(hass: HomeAssistant, house: House) -> dict[str, Any]:
    """Charge 3 kWh for ACME and leave; return the session."""
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    (session,) = await house.sessions()
    await act(hass, "update_session", session_id=session["id"], payer="ACME")
    await house.charge(minutes=10, power_w=9_000)
    house.charger("free", power_w=0)
    for _ in range(4):
        await house.later(minutes=2)
    return await house.only_session()


def quarters(price: float) -> list[dict[str, Any]]:
    """Return the prices of four hours around now, as an entity shows them."""
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    starts = [begin + timedelta(minutes=15 * place) for place in range(16)]
    return [{"start": at, "end": at + timedelta(minutes=15), "value": price} for at in starts]


def rows(session: dict[str, Any], price: str) -> str:
    return f"start,end,price\n{session['start']},{session['end']},{price}\n"


@pytest.mark.parametrize("restart", [False, True])
async def test_a_bill_without_a_price_is_reckoned_when_the_price_comes(
    hass: HomeAssistant, house: House, start_site: StartSite, restart: bool
) -> None:
    house.state("sensor.market", "unavailable")
    entry = with_payer(FIXED, MARKET)
    await start_site(entry)
    session = await billed(hass, house)
    assert (session["cost"], session["billed"]["cost"], session["billed"]["unpriced_kwh"]) == ("0.90", None, 3.0)
    if restart:
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    house.state("sensor.market", "0.2", {"unit_of_measurement": "EUR/kWh", "raw_today": quarters(0.2)})
    await house.later(minutes=1)
    session = await house.only_session()
    assert (session["cost"], session["billed"]["cost"], session["billed"]["unpriced_kwh"]) == ("0.90", "0.60", 0.0)
    assert session["corrections"] == []
    # Told again it changes nothing.
    house.state("sensor.market", "0.2", {"unit_of_measurement": "EUR/kWh", "raw_today": quarters(0.2), "again": 1})
    await house.later(minutes=1)
    assert (await house.only_session())["corrections"] == []


async def test_a_price_that_becomes_another_corrects_the_bill_and_says_what_it_was(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("sensor.market", "0.1", {"unit_of_measurement": "EUR/kWh"})
    await start_site(with_payer(FIXED, MARKET))
    session = await billed(hass, house)
    assert (session["billed"]["cost"], session["corrections"]) == ("0.30", [])
    found = await act(hass, "import_prices", tariff="of-employer", data=rows(session, "0.25"))
    assert found["added"] == 1
    session = await house.only_session()
    assert (session["cost"], session["billed"]["cost"]) == ("0.90", "0.75")
    (correction,) = session["corrections"]
    assert (correction["role"], correction["old"], correction["new"]) == ("payer", "0.3", "0.75")
    assert datetime.fromisoformat(correction["at"]) > datetime.fromisoformat(session["end"])
    # What the payer is billed this month follows.
    found = await act(hass, "get_statistics", period="month", group_by="payer")
    assert found["statistics"][0]["billed"] == "0.75"


async def test_prices_of_the_house_are_those_of_a_payer_who_reads_the_same(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("sensor.market", "unavailable")
    await start_site(with_payer(MARKET, MARKET))
    session = await billed(hass, house)
    await act(hass, "import_prices", data=rows(session, "0.25"))
    await hass.async_block_till_done(wait_background_tasks=True)
    session = await house.only_session()
    assert (session["cost"], session["billed"]["cost"], session["corrections"]) == ("0.75", "0.75", [])


async def test_a_bill_that_goes_on_shows_a_price_that_comes_late(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("sensor.market", "unavailable")
    await start_site(with_payer(FIXED, MARKET))
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    (session,) = await house.sessions()
    await act(hass, "update_session", session_id=session["id"], payer="ACME")
    await house.charge(minutes=10, power_w=9_000)
    house.state("sensor.market", "0.2", {"unit_of_measurement": "EUR/kWh", "raw_today": quarters(0.2)})
    await house.later(seconds=20)
    assert shown(hass, "sensor.garage_session_billed") == Decimal("0.6")
