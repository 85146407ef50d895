"""Another tariff, and prices that come late: what was billed stays, and is told to be final once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from .house import House, site_entry

POWER_W = 9_000

type StartSite = Callable[[MockConfigEntry], Any]


def _slots(start: datetime, *prices: float) -> list[dict[str, Any]]:
    quarter = timedelta(minutes=15)
    return [
        {"start": start + place * quarter, "end": start + (place + 1) * quarter, "value": price}
        for place, price in enumerate(prices)
    ]


def _types(told: list[Event[Any]]) -> list[str]:
    """Return the types of the session's events, as an automation hears of them."""
    states = [event.data["new_state"] for event in told if event.data["entity_id"] == "event.garage_session_event"]
    known: dict[str, str] = {}
    for state in states:
        if state is not None and state.state not in {"unknown", "unavailable"}:
            known[state.state] = state.attributes["event_type"]
    return list(known.values())


async def _charge_and_leave(house: House) -> None:
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)


@pytest.mark.parametrize(
    "before",
    [
        {"kind": "fixed", "price": "0.30"},
        {"kind": "entity", "entity_id": "sensor.price", "gap": {"rule": "unpriced"}},
    ],
    ids=["fixed", "entity"],
)
async def test_another_tariff_leaves_what_was_billed_before_it_as_it_was(
    hass: HomeAssistant, house: House, start_site: StartSite, before: dict[str, Any]
) -> None:
    entry = site_entry(tariff=before)
    await start_site(entry)
    await _charge_and_leave(house)
    assert (await house.only_session())["cost"] == "0.90"
    slots = _slots(datetime(2026, 11, 19, 15, 0, tzinfo=UTC), *[0.10] * 12)
    house.state("sensor.other", "0.10", {"unit_of_measurement": "EUR/kWh", "raw_today": slots})
    (tariff,) = entry.get_subentries_of_type("tariff")
    after = {"kind": "entity", "entity_id": "sensor.other", "gap": {"rule": "unpriced"}}
    hass.config_entries.async_update_subentry(entry, tariff, data=after)
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.later(minutes=1)
    await house.later(minutes=1)
    assert (await house.only_session())["cost"] == "0.90"


async def test_another_tariff_prices_the_rest_of_a_session_only(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = site_entry(tariff={"kind": "fixed", "price": "0.30"})
    await start_site(entry)
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    (tariff,) = entry.get_subentries_of_type("tariff")
    hass.config_entries.async_update_subentry(entry, tariff, data={"kind": "fixed", "price": "0.20"})
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.charge(minutes=20, power_w=POWER_W)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    session = await house.only_session()
    # 3 kWh at 0.30 and 3 kWh at 0.20.
    assert Decimal(session["cost_exact"]) == Decimal("1.50")


async def test_a_cost_that_waited_for_its_price_is_final_when_the_price_comes(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.price("unknown")
    await start_site(site_entry())
    told = async_capture_events(hass, "state_changed")
    await _charge_and_leave(house)
    assert "cost_final" not in _types(told)
    slots = _slots(datetime(2026, 11, 19, 15, 45, tzinfo=UTC), 0.30, 0.30, 0.30, 0.30)
    house.state("sensor.price", "0.30", {"unit_of_measurement": "EUR/kWh", "raw_today": slots})
    await house.later(minutes=1)
    await house.later(minutes=1)
    assert (await house.only_session())["cost"] == "0.90"
    assert _types(told).count("cost_final") == 1
    last = hass.states.get("event.garage_session_event")
    assert last is not None
    assert last.attributes["cost"] == "0.90"


async def test_a_final_cost_is_told_once_also_over_restarts(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    told = async_capture_events(hass, "state_changed")
    # A register of whole kWh: an ended session waits for the next step, over both restarts.
    house.register(1000)
    await house.later(minutes=1)
    house.charger("charging", power_w=POWER_W)
    for minute in range(50):
        await house.later(minutes=1)
        house.register(1000 + minute * 9 // 60)
    house.charger("free", power_w=0)
    house.register(1007)
    await house.later(minutes=1)
    for _ in range(2):
        assert await hass.config_entries.async_reload(site.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        for _ in range(20):
            await house.later(minutes=1)
    assert _types(told).count("cost_final") == 1
