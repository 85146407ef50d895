"""Prices as they are in the field, through Home Assistant's states: energy costs what it cost when it was used.

The car charges at 9 kW, which is 0.15 kWh a minute and 2.25 kWh a quarter of an hour; each expected
figure is counted by hand beside its test.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from ..house import House, site_entry

POWER_W = 9_000

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]


def _tariff(**changes: Any) -> dict[str, Any]:
    return {"kind": "entity", "entity_id": "sensor.price", "gap": {"rule": "unpriced"}, **changes}


async def _leave(house: House) -> dict[str, Any]:
    """Let the car go, and return its session."""
    await house.hass.async_block_till_done(wait_background_tasks=True)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    return await house.only_session()


def _cost(session: dict[str, Any]) -> Decimal:
    """Return the cost; it is that of its periods, to the last digit."""
    parts = [Decimal(part["cost_exact"]) for part in session["periods"] if part["cost_exact"] is not None]
    assert sum(parts) == Decimal(session["cost_exact"])
    return Decimal(session["cost_exact"])


@pytest.mark.parametrize(
    ("shown", "unit"),
    [
        ("0.30", "EUR/kWh"),
        ("0.3", "€/kWh"),
        ("30.00", "ct/kWh"),
        ("30", "Cent/kWh"),
        ("300", "EUR/MWh"),
        ("30000", "ct/MWh"),
        ("0.0003", "EUR/Wh"),
        ("3e-1", "EUR/kWh"),
    ],
)
async def test_the_same_price_in_another_unit_costs_the_same(
    house: House, start_site: StartSite, shown: str, unit: str
) -> None:
    house.price(shown, unit)
    await start_site(site_entry())
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    session = await _leave(house)
    # 3 kWh at 0.30 EUR.
    assert session["energy_kwh"] == 3.0
    assert _cost(session) == Decimal("0.90")
    assert (session["cost"], session["currency"], session["unpriced_kwh"]) == ("0.90", "EUR", 0)


async def test_oere_are_hundredths_of_a_krona(house: House, start_site: StartSite) -> None:
    house.price("145.5", "öre/kWh")
    await start_site(site_entry(currency="SEK"))
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    session = await _leave(house)
    # 3 kWh at 1.455 SEK; half a hundredth goes up.
    assert _cost(session) == Decimal("4.365")
    assert (session["cost"], session["currency"]) == ("4.37", "SEK")


@pytest.mark.parametrize(("shown", "unit"), [("0.30", "SEK/kWh"), ("0.30", "EUR"), ("cheap", "EUR/kWh")])
async def test_what_is_no_price_of_the_sites_money_prices_nothing(
    house: House, start_site: StartSite, shown: str, unit: str
) -> None:
    house.price(shown, unit)
    await start_site(site_entry())
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    session = await _leave(house)
    assert (session["cost"], session["cost_exact"], session["unpriced_kwh"]) == (None, None, 3.0)
    assert {period["price_basis"] for period in session["periods"]} == {"none"}


async def test_a_price_of_zero_is_a_price(house: House, start_site: StartSite) -> None:
    house.price("0")
    await start_site(site_entry())
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    session = await _leave(house)
    assert _cost(session) == 0
    assert (session["cost"], session["unpriced_kwh"]) == ("0.00", 0)
    assert Decimal(session["average_price"]) == 0


async def test_a_negative_price_pays_the_owner(house: House, start_site: StartSite) -> None:
    house.price("-0.05")
    await start_site(site_entry())
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    house.price("0.10")
    await house.charge(minutes=10, power_w=POWER_W)
    session = await _leave(house)
    # 3 kWh at -0.05 and 1.5 kWh at 0.10.
    assert _cost(session) == Decimal("0.00")
    house.price("-0.05")
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    # 3 kWh at -0.05 again; away from zero it would be -0.15 as well.
    assert (await house.sessions())[1]["cost"] == "-0.15"


@pytest.mark.parametrize(
    ("gap", "cost", "unpriced_kwh"),
    [
        # 1.5 kWh at 0.30, 1.5 kWh without a price, 1.5 kWh at 0.20.
        ({"rule": "unpriced"}, "0.75", 1.5),
        # Five of the ten minutes are held at 0.30.
        ({"rule": "hold", "max_s": 300}, "0.975", 0.75),
        ({"rule": "fallback", "price": "0.25"}, "1.125", 0.0),
    ],
)
async def test_energy_without_a_price_follows_the_gap_rule_and_is_never_free(
    house: House, start_site: StartSite, gap: dict[str, Any], cost: str, unpriced_kwh: float
) -> None:
    await start_site(site_entry(tariff=_tariff(gap=gap)))
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=10, power_w=POWER_W)
    house.price("unavailable")
    await house.charge(minutes=10, power_w=POWER_W)
    house.price("0.20")
    await house.charge(minutes=10, power_w=POWER_W)
    session = await _leave(house)
    assert session["energy_kwh"] == 4.5
    assert _cost(session) == Decimal(cost)
    assert session["unpriced_kwh"] == unpriced_kwh


async def test_a_price_that_comes_late_prices_nothing_that_was_before_it(house: House, start_site: StartSite) -> None:
    house.price("unknown")
    await start_site(site_entry())
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    house.price("0.30")
    await house.charge(minutes=10, power_w=POWER_W)
    session = await _leave(house)
    # Only what flowed since: 1.5 kWh.
    assert _cost(session) == Decimal("0.45")
    assert session["unpriced_kwh"] == 3.0
    assert Decimal(session["average_price"]) == Decimal("0.30")


def _slots(start: datetime, *prices: float) -> list[dict[str, Any]]:
    """Return quarter hours as Nord Pool's integration shows them."""
    quarter = timedelta(minutes=15)
    return [
        {"start": start + place * quarter, "end": start + (place + 1) * quarter, "value": price}
        for place, price in enumerate(prices)
    ]


async def test_intervals_that_come_late_price_what_had_no_price(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.price("unknown")
    await start_site(site_entry())
    told = async_capture_events(hass, "state_changed")
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=30, power_w=POWER_W)
    session = await _leave(house)
    assert (session["cost"], session["unpriced_kwh"]) == (None, 4.5)
    await house.later(hours=2)
    slots = _slots(datetime(2026, 11, 19, 16, 0, tzinfo=UTC), 0.30, 0.20)
    house.state("sensor.price", "0.10", {"unit_of_measurement": "EUR/kWh", "raw_today": slots})
    await house.later(minutes=1)
    await house.later(minutes=1)
    session = await house.only_session()
    # 2.25 kWh at 0.30 and 2.25 kWh at 0.20; 0.10 is the price of two hours later.
    assert _cost(session) == Decimal("1.125")
    assert session["unpriced_kwh"] == 0
    assert {period["price_basis"] for period in session["periods"] if period["energy_kwh"]} == {"interval"}
    shown = hass.states.get("sensor.garage_last_session_cost")
    assert shown is not None
    assert float(shown.state) == pytest.approx(1.125, abs=0.006)
    types = [
        event.data["new_state"].attributes.get("event_type")
        for event in told
        if event.data["entity_id"] == "event.garage_session_event"
    ]
    assert "disconnected" in types


async def test_quarter_hours_known_before_are_kept_to_though_the_state_is_late(
    house: House, start_site: StartSite
) -> None:
    slots = _slots(datetime(2026, 11, 19, 16, 0, tzinfo=UTC), 0.30, 0.20, 0.10, 0.40)
    house.state("sensor.price", "0.30", {"unit_of_measurement": "EUR/kWh", "raw_today": slots})
    await start_site(site_entry())
    house.charger("charging", power_w=POWER_W)
    # The state stays at 0.30 all the hour, as if its integration were stuck.
    await house.charge(minutes=60, power_w=POWER_W)
    session = await _leave(house)
    # 2.25 kWh at each of them, and they sum to 1.00.
    assert _cost(session) == Decimal("2.25")
    charged = [period for period in session["periods"] if period["energy_kwh"]]
    assert [float(period["price"]) for period in charged] == [0.30, 0.20, 0.10, 0.40]


async def test_prices_of_quarter_hours_that_come_five_seconds_late_count_from_the_quarter(
    house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=15, power_w=POWER_W)
    for price in ("0.20", "0.10", "0.40"):
        await house.later(seconds=5)
        house.price(price)
        await house.later(seconds=55)
        house.charger("charging", power_w=POWER_W, energy_kwh=0.15)
        await house.charge(minutes=14, power_w=POWER_W)
    session = await _leave(house)
    assert session["energy_kwh"] == 9.0
    # 2.25 kWh at 0.30, 0.20, 0.10 and 0.40.
    assert _cost(session) == Decimal("2.25")
    assert session["average_price"] == "0.25"


@pytest.mark.parametrize(
    ("late_s", "snap", "cost"),
    [
        # 2.25 kWh at 0.30 before 17:15, 2.25 kWh at 0.20 after it.
        (45, True, "1.125"),
        (120, True, "1.125"),
        # The sample after it has 0.15 kWh of (17:15, 17:15:45 + 60 s]: 45/105 of them at 0.30, that is
        # 0.064286 kWh: 0.675 + 0.064286 × 0.30 + 2.185714 × 0.20.
        (45, False, "1.1314286"),
        # 121/181 of 0.15 kWh: 0.100276 kWh at 0.30 still, 2.149724 kWh at 0.20.
        (121, True, "1.1350276"),
    ],
)
async def test_a_change_counts_from_the_quarter_hour_within_two_minutes_of_it(
    house: House, start_site: StartSite, late_s: int, snap: bool, cost: str
) -> None:
    await start_site(site_entry(tariff=_tariff(boundary_snap=snap)))
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=15, power_w=POWER_W)
    await house.later(seconds=late_s)
    house.price("0.20")
    await house.charge(minutes=15, power_w=POWER_W)
    session = await _leave(house)
    assert session["energy_kwh"] == 4.5
    assert _cost(session) == Decimal(cost)


@pytest.mark.parametrize(
    ("zone", "begin", "offsets"),
    [
        # The hour from 02:00 to 03:00 comes twice.
        ("Europe/Berlin", datetime(2027, 10, 30, 23, 30, tzinfo=UTC), ["+02:00"] * 6 + ["+01:00"] * 6),
        # It does not come at all.
        ("Europe/Berlin", datetime(2027, 3, 27, 23, 30, tzinfo=UTC), ["+01:00"] * 6 + ["+02:00"] * 6),
        ("America/New_York", datetime(2027, 11, 7, 4, 30, tzinfo=UTC), ["-04:00"] * 6 + ["-05:00"] * 6),
        ("America/New_York", datetime(2027, 3, 14, 5, 30, tzinfo=UTC), ["-05:00"] * 6 + ["-04:00"] * 6),
        # Half an hour.
        ("Australia/Lord_Howe", datetime(2027, 4, 3, 13, 30, tzinfo=UTC), ["+11:00"] * 6 + ["+10:30"] * 6),
        ("Australia/Lord_Howe", datetime(2027, 10, 2, 14, 0, tzinfo=UTC), ["+10:30"] * 6 + ["+11:00"] * 6),
    ],
)
async def test_a_night_in_which_the_clocks_are_set_is_as_long_and_as_dear_as_it_was(
    house: House, start_site: StartSite, zone: str, begin: datetime, offsets: list[str]
) -> None:
    house.freezer.move_to(begin)
    await start_site(site_entry(time_zone=zone))
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=30, power_w=POWER_W, every_s=300)
    for minutes, price in ((60, "0.10"), (60, "0.20"), (30, "0.40")):
        house.price(price)
        await house.charge(minutes=minutes, power_w=POWER_W, every_s=300)
    session = await _leave(house)
    # 4.5 kWh at 0.30, 9 kWh at 0.10, 9 kWh at 0.20, 4.5 kWh at 0.40.
    assert session["energy_kwh"] == 27.0
    assert _cost(session) == Decimal("5.85")
    assert (session["connected_s"], session["charging_s"]) == (3 * 3600, 3 * 3600)
    charged = [period for period in session["periods"] if period["energy_kwh"]]
    assert [period["start"][-6:] for period in charged] == offsets
    instants = [datetime.fromisoformat(period["start"]) for period in charged]
    assert instants == [begin + place * timedelta(minutes=15) for place in range(12)]


async def test_a_price_that_flickers_cuts_no_session_to_pieces(house: House, site: MockConfigEntry) -> None:
    house.charger("charging", power_w=POWER_W)
    for number in range(120):
        house.price(f"0.3{number % 7}")
        await house.later(seconds=1)
    house.charger("charging", power_w=POWER_W, energy_kwh=0.3)
    session = await _leave(house)
    assert session["energy_kwh"] == 0.3
    # Six at once, then one in ten seconds, and one for the start and the end of the minute.
    assert len(session["periods"]) <= 20
    assert Decimal("0.090") <= _cost(session) <= Decimal("0.108")


async def test_a_fixed_price_is_the_price(house: House, start_site: StartSite) -> None:
    await start_site(site_entry(tariff={"kind": "fixed", "price": "0.2999"}))
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=20, power_w=POWER_W)
    session = await _leave(house)
    assert _cost(session) == Decimal("0.8997")
    assert session["cost"] == "0.90"
    assert {period["price_basis"] for period in session["periods"]} == {"fixed"}
