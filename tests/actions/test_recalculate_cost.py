"""Pricing later what had no price when it was charged."""

from datetime import datetime, timedelta
from decimal import Decimal

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.prices.price import PriceSlot
from custom_components.ev_sessions.core.sessions.session import PriceBasis
from custom_components.ev_sessions.site.ledger.ledger import asked

from .past import EVENING, act, key_of, past, remember

NOTHING = {"sessions": 0, "priced_kwh": 0.0, "unpriced_kwh": 0.0}


async def learn_price(site: MockConfigEntry, evening: datetime = EVENING) -> None:
    """Let the ledger learn what an evening cost, as a source's own prices for each hour."""
    book = site.runtime_data.book
    slots = [
        PriceSlot(
            start=evening + timedelta(hours=hour),
            end=evening + timedelta(hours=hour + 1),
            basis=PriceBasis.INTERVAL,
            price_per_kwh=Decimal("0.20"),
            seen_at=evening,
        )
        for hour in range(3)
    ]
    await asked(book.ledger.put_prices(book.tariff_id, "EUR", slots))


async def test_unpriced_energy_gets_its_price_when_it_is_known(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past(0, cost_exact=None), past(1, cost_exact=None), past(2))
    assert await act(hass, "recalculate_cost") == {**NOTHING, "unpriced_kwh": 12.0}
    await learn_price(site)
    done = await act(hass, "recalculate_cost")
    assert done == {"sessions": 1, "priced_kwh": 6.0, "unpriced_kwh": 6.0}
    sessions = (await act(hass, "get_sessions", order="oldest"))["sessions"]
    assert [one["cost"] for one in sessions] == ["1.20", None, "1.50"]
    month = hass.states.get("sensor.garage_cost_this_month")
    assert month is not None
    assert float(month.state) == 2.7


async def test_energy_that_stays_unpriced_does_not_stand_before_older_energy(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    days = 80
    await remember(hass, *(past(-day, cost_exact=None) for day in range(days)))
    await learn_price(site, EVENING - timedelta(days=days - 1))
    periods = await asked(site.runtime_data.ledger.unpriced_periods())
    assert len(periods) > 250
    done = await act(hass, "recalculate_cost")
    assert done == {"sessions": 1, "priced_kwh": 6.0, "unpriced_kwh": 6.0 * (days - 1)}
    oldest = (await act(hass, "get_sessions", order="oldest"))["sessions"][0]
    assert oldest["cost"] == "1.20"


async def test_only_sessions_of_the_span_are_priced(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past(0, cost_exact=None))
    await learn_price(site)
    later = await act(hass, "recalculate_cost", start="2026-11-11T00:00:00+01:00", config_entry_id=site.entry_id)
    assert later == NOTHING
    assert (await act(hass, "recalculate_cost", end="2026-11-11T00:00:00+01:00"))["sessions"] == 1


async def test_a_span_that_runs_backwards_is_refused(hass: HomeAssistant, site: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "recalculate_cost", start="2026-11-12", end="2026-11-11")
    assert key_of(error) == "span_reversed"
