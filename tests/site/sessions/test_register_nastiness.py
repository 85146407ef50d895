"""Counters as they are in the field, through Home Assistant's states: what is billed is what was used.

The car charges at 9 kW, which is 0.15 kWh a minute; each expected figure is counted by hand beside its test.
"""

from collections.abc import Awaitable, Callable

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..house import ENERGY, POWER, House, charger_data, site_entry, subentry

POWER_W = 9_000

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]


async def _charge_while_it_shows(house: House, *values: float | str | tuple[float, str], every_s: float = 60) -> None:
    """Plug in, charge with a register sample every so often, and leave."""
    house.charger("plugged", power_w=0)
    await house.later(minutes=1)
    house.charger("charging", power_w=POWER_W)
    for value in values:
        await house.later(seconds=every_s)
        if isinstance(value, tuple):
            house.register(*value)
        else:
            house.register(value)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    house.state("sensor.wallbox_power", 0)
    house.state("sensor.wallbox_status", "free")
    await house.later(minutes=5)


async def _starts_at(house: House, start_site: StartSite, register_kwh: float) -> None:
    house.register_kwh = register_kwh
    house.register(register_kwh)
    await start_site(site_entry())


@pytest.mark.parametrize(
    ("shown_kwh", "used_kwh"),
    [
        # The old value 1000.30 is passed at 1000.40: all in all 1000.55 - 1000.
        pytest.param((1000.15, 1000.30, 1000.10, 1000.25, 1000.40, 1000.55), 0.55, id="a dip is waited out"),
        # 1000.45 - 1000; Home Assistant's own energy cost would count another 1000.45.
        pytest.param((1000.15, 0, 1000.45), 0.45, id="a blink to zero and back is nothing"),
        pytest.param((1000.15, 0, 0, 0, 1000.75, 1000.90), 0.90, id="zero for three minutes and back is nothing"),
        # 0.30 before the reset, then 0.35 from zero.
        pytest.param((1000.15, 1000.30, 0.05, 0.20, 0.35), 0.65, id="a reset counts on from zero"),
        # A new meter: 0.30, nothing for the leap itself, then 5000.30 - 5000.
        pytest.param((1000.15, 1000.30, 5000, 5000.15, 5000.30), 0.60, id="a leap to a new meter costs nothing"),
        pytest.param((1000.15, 1000.30, 500, 500.15, 500.30), 0.60, id="a fall to a new meter costs nothing"),
        pytest.param((1000.15, 1800, 1000.45), 0.45, id="a spike is nothing"),
        # 1000.30 kWh is 1000300 Wh.
        pytest.param(
            (1000.15, (1_000_300, "Wh"), (1_000_450, "Wh"), (1000.60, "kWh")), 0.60, id="kWh become Wh and kWh again"
        ),
        # The number comes a sample before its unit.
        pytest.param((1000.15, 1_000_300, (1_000_450, "Wh"), (1_000_600, "Wh")), 0.60, id="the unit follows late"),
        pytest.param((1000.15, "nan", "1e999", -5, "none", 1000.75), 0.75, id="what is no number says nothing"),
    ],
)
async def test_a_register_that_plays_up_bills_what_was_used(
    house: House,
    site: MockConfigEntry,
    shown_kwh: tuple[float | str | tuple[float, str], ...],
    used_kwh: float,
) -> None:
    await _charge_while_it_shows(house, *shown_kwh)
    session = await house.only_session()
    assert session["energy_kwh"] == used_kwh
    assert session["cost_exact"] is not None
    assert float(session["cost_exact"]) == pytest.approx(used_kwh * 0.30, abs=1e-9)
    assert session["unpriced_kwh"] == 0


async def test_a_spike_another_one_and_a_zero_are_nothing_to_a_register_that_speaks_often(
    house: House, site: MockConfigEntry
) -> None:
    # 0.05 kWh in 20 s; what is odd is believed only where nothing contradicts it for a minute.
    await _charge_while_it_shows(house, 1000.05, 1800, 1e6, 0, 1000.25, 1000.30, every_s=20)
    session = await house.only_session()
    assert session["energy_kwh"] == 0.30


async def test_a_register_rolls_over_at_its_last_digit(house: House, start_site: StartSite) -> None:
    await _starts_at(house, start_site, 9999.80)
    await _charge_while_it_shows(house, 9999.95, 0.10, 0.25)
    session = await house.only_session()
    # 10000.25 - 9999.80.
    assert session["energy_kwh"] == 0.45


async def test_a_reset_between_two_sessions_takes_nothing_from_either(house: House, site: MockConfigEntry) -> None:
    await _charge_while_it_shows(house, 1000.15, 1000.30)
    house.register(0)
    await house.later(minutes=30)
    house.register(0)
    await house.later(minutes=30)
    await _charge_while_it_shows(house, 0.15, 0.30, 0.45)
    first, second = await house.sessions()
    assert first["energy_kwh"] == 0.30
    assert second["energy_kwh"] == 0.45


async def test_a_register_of_tenths_loses_none_of_them(house: House, site: MockConfigEntry) -> None:
    # 0.15 kWh a minute, shown in whole tenths: 0.1, 0.3, 0.4, 0.6, …, 1.5 after ten minutes.
    await _charge_while_it_shows(house, *(1000 + minute * 15 // 10 / 10 for minute in range(1, 11)))
    session = await house.only_session()
    assert session["energy_kwh"] == 1.5
    assert {period["quality"] for period in session["periods"] if period["energy_kwh"]} <= {"measured", "spread"}


async def test_a_step_of_a_whole_kwh_is_shared_by_the_two_sessions_that_used_it(
    house: House, site: MockConfigEntry
) -> None:
    # 0.15 kWh a minute: 1001 is passed in the 7th minute; three minutes more until the car leaves.
    await _charge_while_it_shows(house, *(1000 + minute * 15 // 100 for minute in range(1, 11)))
    (first,) = await house.sessions()
    assert first["energy_kwh"] == 1.0
    # 1.5 kWh so far: 1002 comes in the 4th minute of the next car, 1003 in its 10th.
    await _charge_while_it_shows(house, *(1000 + (150 + minute * 15) // 100 for minute in range(1, 11)))
    first, second = await house.sessions()
    # The second kWh was used in 3 minutes of the first and 4 of the second session, at the same power.
    assert first["energy_kwh"] == 1.428571
    assert second["energy_kwh"] == 1.571429
    for session in (first, second):
        assert sum(period["energy_kwh"] for period in session["periods"]) == pytest.approx(session["energy_kwh"])
        assert float(session["cost_exact"]) == pytest.approx(session["energy_kwh"] * 0.30, abs=1e-9)


async def test_a_register_that_was_away_for_half_an_hour_is_billed_whole_and_said_to_be_estimated(
    house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=5, power_w=POWER_W)
    for _ in range(30):
        house.register("unavailable")
        house.state("sensor.wallbox_power", POWER_W)
        await house.later(minutes=1)
    house.charger("charging", power_w=POWER_W, energy_kwh=4.5)
    await house.charge(minutes=5, power_w=POWER_W)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    session = await house.only_session()
    # 5 + 30 + 5 minutes at 0.15 kWh.
    assert session["energy_kwh"] == 6.0
    assert session["estimated_kwh"] == pytest.approx(4.5, abs=0.16)
    assert float(session["cost_exact"]) == pytest.approx(1.80, abs=1e-9)


async def test_a_charger_that_is_away_for_half_an_hour_keeps_its_session_and_all_its_energy(
    house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=POWER_W)
    await house.charge(minutes=5, power_w=POWER_W)
    for name in ("status", "power", "energy"):
        house.state(f"sensor.wallbox_{name}", "unavailable")
    for _ in range(30):
        await house.later(minutes=1)
    house.charger("charging", power_w=POWER_W, energy_kwh=4.5)
    await house.charge(minutes=5, power_w=POWER_W)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    session = await house.only_session()
    assert session["energy_kwh"] == 6.0
    assert session["estimated_kwh"] == 4.5
    assert session["connected_s"] == 40 * 60
    for period in session["periods"]:
        # 16:00 UTC is a full hour in Berlin too: none goes over a quarter of it.
        first, last = (period[edge][14:16] for edge in ("start", "end"))
        assert int(first) // 15 == (int(last) - 1) % 60 // 15


async def test_an_empty_blink_of_all_entities_splits_nothing(house: House, site: MockConfigEntry) -> None:
    house.charger("charging", power_w=POWER_W)
    for _ in range(10):
        await house.charge(minutes=2, power_w=POWER_W)
        for word in ("unavailable", "unknown"):
            for name in ("status", "power", "energy"):
                house.state(f"sensor.wallbox_{name}", word)
            await house.later(seconds=5)
        house.charger("charging", power_w=POWER_W)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    session = await house.only_session()
    assert session["energy_kwh"] == 3.0
    # Ten times two minutes and two blinks of five seconds.
    assert session["connected_s"] == 10 * 130


async def test_the_last_sample_comes_after_the_plug_was_pulled(house: House, site: MockConfigEntry) -> None:
    house.charger("charging", power_w=POWER_W)
    await house.later(minutes=5)
    house.charger("charging", power_w=POWER_W, energy_kwh=0.75)
    await house.later(minutes=4)
    # Gone; the register still shows what it showed four minutes ago.
    house.charger("free", power_w=0)
    await house.later(seconds=30)
    house.charger("free", power_w=0, energy_kwh=0.60)
    await house.later(minutes=5)
    session = await house.only_session()
    assert session["energy_kwh"] == 1.35
    assert session["connected_s"] == 9 * 60
    assert session["register_end_kwh"] - session["register_start_kwh"] == pytest.approx(1.35)
    assert session["cost"] == "0.41"  # 0.405, half up


async def test_a_charger_that_counts_sessions_only_is_billed_by_that(house: House, start_site: StartSite) -> None:
    evse = {"energy": None, "session_energy": "sensor.wallbox_session"}
    house.state("sensor.wallbox_session", 7.5, ENERGY)  # of the car before
    await start_site(site_entry(subentry("charger", "Garage", charger_data(evse=evse), "garage")))
    for energies_kwh in ((0.0, 0.15, 0.30, 0.45), (0.0, 0.0, 0.15)):
        house.charger("plugged", power_w=0)
        house.state("sensor.wallbox_session", 0)
        await house.later(minutes=1)
        house.state("sensor.wallbox_status", "charging")
        house.state("sensor.wallbox_power", POWER_W)
        for energy_kwh in energies_kwh:
            await house.later(minutes=1)
            house.state("sensor.wallbox_session", energy_kwh)
        await house.hass.async_block_till_done(wait_background_tasks=True)
        house.charger("free", power_w=0)
        await house.later(minutes=30)
    first, second = await house.sessions()
    assert first["energy_kwh"] == 0.45
    assert second["energy_kwh"] == 0.15
    assert first["register_start_kwh"] is None


async def test_a_plug_with_power_only_makes_a_session_of_it(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    evse = {"status": None, "energy": None, "limit": None, "enable": None}
    data = charger_data(evse=evse, controllable=False, connection="line_neutral", lines=[0])
    await start_site(site_entry(subentry("charger", "Garage", data, "garage")))
    for _ in range(30):
        house.state("sensor.wallbox_power", 2_000, POWER)
        await house.later(minutes=1)
    # Below the threshold of 50 W, as chargers idle; five minutes of it end the session where they began.
    for _ in range(10):
        house.state("sensor.wallbox_power", 4)
        await house.later(minutes=1)
    session = await house.only_session()
    assert session["status"] == "ended"
    assert session["connected_s"] == 30 * 60
    # 2 kW for half an hour, held from sample to sample; none of it was metered.
    assert session["energy_kwh"] == 1.0
    assert session["estimated_kwh"] == 1.0
    assert {period["quality"] for period in session["periods"]} == {"integrated"}
    assert session["cost"] == "0.30"
    assert session["register_start_kwh"] is None


async def test_a_charger_that_counts_energy_and_says_nothing_else_makes_a_session_of_it(
    house: House, start_site: StartSite
) -> None:
    evse = {"status": None, "power": None, "limit": None, "enable": None}
    data = charger_data(evse=evse, controllable=False)
    await start_site(site_entry(subentry("charger", "Garage", data, "garage")))
    for _ in range(10):
        await house.later(minutes=1)
        house.register(1000)
    for minute in range(1, 21):
        await house.later(minutes=1)
        house.register(round(1000 + 0.15 * minute, 2))
    for _ in range(15):
        await house.later(minutes=1)
        house.register(1003)
    session = await house.only_session()
    assert session["status"] == "ended"
    assert session["energy_kwh"] == 3.0
    assert (session["register_start_kwh"], session["register_end_kwh"]) == (1000, 1003)
    assert session["estimated_kwh"] == 0
    assert session["cost"] == "0.90"
    # How much of the first minute it took for what that brought, nobody can tell.
    assert 19 * 60 <= session["connected_s"] <= 20 * 60
