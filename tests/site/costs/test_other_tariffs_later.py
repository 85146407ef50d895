"""A market of five minutes, and what a session would have cost under another tariff, asked a month later.

All of it through a running house; what it should be is reckoned here, minute by minute.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.ledger.ledger import asked
from tests.actions.past import act

from ..house import House, site_entry

type StartSite = Callable[[MockConfigEntry], Any]

#: 06:50 in Berlin.
BEGIN = datetime(2026, 11, 20, 5, 50, tzinfo=UTC)
#: What the car draws in each minute, in W: for two at full power, then for one at little.
POWERS = (9_000, 9_000, 1_800) * 15
MINUTE = timedelta(minutes=1)


async def charge(house: House) -> None:
    """Charge minute by minute; the power is told when it begins, the energy when it has flowed."""
    for before, power_w in zip((0, *POWERS), POWERS, strict=False):
        house.charger("charging", power_w=power_w, energy_kwh=before / 60_000)
        await house.later(minutes=1)
    house.charger("charging", power_w=0, energy_kwh=POWERS[-1] / 60_000)
    await house.later(seconds=20)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=5)


def reckoned(price: Callable[[datetime, int], Decimal]) -> Decimal:
    """Return the cost at a price of the minute and its power."""
    minutes = ((BEGIN + place * MINUTE, power_w) for place, power_w in enumerate(POWERS))
    return sum((Decimal(power_w) / 60_000 * price(at, power_w) for at, power_w in minutes), Decimal(0))


def of_five_minutes(at: datetime, _power_w: int = 0) -> Decimal:
    """Return a price that is another every five minutes, below zero at times."""
    place = int(at.timestamp()) // 300
    return Decimal(place * 37 % 101 - 20) / 100


async def test_a_market_of_five_minutes_is_paid_minute_by_minute(house: House, start_site: StartSite) -> None:
    house.freezer.move_to(BEGIN)
    starts = [BEGIN - timedelta(hours=1) + timedelta(minutes=5 * place) for place in range(48)]
    rows = [
        {"start": at.isoformat(), "end": (at + timedelta(minutes=5)).isoformat(), "value": str(of_five_minutes(at))}
        for at in starts
    ]
    shown = str(of_five_minutes(BEGIN))
    house.state("sensor.price", shown, {"unit_of_measurement": "EUR/kWh", "raw_today": rows})
    await start_site(site_entry())
    await charge(house)
    session = await house.only_session()
    assert session["energy_kwh"] == sum(POWERS) / 60_000
    assert (session["estimated_kwh"], session["unpriced_kwh"]) == (0.0, 0.0)
    assert abs(Decimal(session["cost_exact"]) - reckoned(of_five_minutes)) < Decimal("0.0001")
    assert {one["price_basis"] for one in session["periods"]} == {"interval"}


def tariff(*elements: dict[str, Any]) -> dict[str, Any]:
    def with_price(element: dict[str, Any]) -> dict[str, Any]:
        component = {"type": "ENERGY", "price": element.pop("price"), "step_size": 1}
        return {"price_components": [component], **({"restrictions": element} if element else {})}

    return {"currency": "EUR", "elements": [with_price(dict(one)) for one in elements]}


BY_THE_CLOCK = tariff({"price": 0.3, "start_time": "07:10", "end_time": "22:00"}, {"price": 0.2})
BY_POWER = tariff({"price": 1.0, "min_power": 6}, {"price": 0.1})


async def test_a_window_and_a_power_are_exact_a_month_later_and_estimated_without_the_trace(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.freezer.move_to(BEGIN)
    entry = site_entry(tariff={"kind": "fixed", "price": "0.30"})
    await start_site(entry)
    await charge(house)
    session = await house.only_session()
    house.freezer.move_to(BEGIN + timedelta(days=31))
    ten_past_seven = BEGIN + timedelta(minutes=20)
    by_the_clock = reckoned(lambda at, _: Decimal("0.3") if at >= ten_past_seven else Decimal("0.2"))
    by_power = reckoned(lambda _, power_w: Decimal(1) if power_w >= 6_000 else Decimal("0.1"))

    async def under(ocpi: dict[str, Any]) -> tuple[Decimal, list[str]]:
        found = await act(hass, "calculate_cost", session_id=session["id"], ocpi_tariff=ocpi)
        return Decimal(found["total_incl_tax"]), found["flags"]

    cost, flags = await under(BY_THE_CLOCK)
    assert abs(cost - by_the_clock) < Decimal("0.0001")
    assert not [one for one in flags if one.startswith("estimated")]
    cost, flags = await under(BY_POWER)
    assert abs(cost - by_power) < Decimal("0.0001")
    assert not [one for one in flags if one.startswith("estimated")]
    # Two years later the trace is gone: the same is asked, and what comes is said to be an estimate.
    await asked(entry.runtime_data.ledger.prune(BEGIN + timedelta(days=800)))
    cost, flags = await under(BY_THE_CLOCK)
    assert "estimated_split" in flags
    assert abs(cost - by_the_clock) < Decimal("0.05")
    cost, flags = await under(BY_POWER)
    assert "estimated_power" in flags
    assert cost != by_power
