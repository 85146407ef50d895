"""The month that is shown is that of the ledger, whatever the clock and the tariffs do."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site import clock

from .house import House, site_entry

type StartSite = Callable[[MockConfigEntry], Any]


def _value(hass: HomeAssistant, entity_id: str) -> float:
    state = hass.states.get(entity_id)
    assert state is not None
    return float(state.state)


async def test_a_month_begins_at_local_midnight_with_what_flowed_since(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    # 30 November, 23:50 in Berlin.
    house.freezer.move_to("2026-11-30T22:50:00+00:00")
    await start_site(site_entry())
    house.charger("charging", power_w=12_000)
    await house.charge(minutes=9, power_w=12_000)
    assert _value(hass, "sensor.garage_energy_this_month") == pytest.approx(1.8)
    assert _value(hass, "sensor.garage_sessions_this_month") == 1
    await house.charge(minutes=11, power_w=12_000)
    assert _value(hass, "sensor.garage_energy_this_month") == pytest.approx(2.0)
    assert _value(hass, "sensor.garage_cost_this_month") == pytest.approx(0.60)
    assert _value(hass, "sensor.garage_sessions_this_month") == 0
    assert _value(hass, "sensor.home_energy_this_month") == pytest.approx(2.0)


async def test_a_session_counts_once_it_has_enough_energy(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=1_000)
    await house.charge(minutes=2, power_w=1_000)
    assert _value(hass, "sensor.garage_sessions_this_month") == 0
    await house.charge(minutes=2, power_w=1_000)
    assert _value(hass, "sensor.garage_sessions_this_month") == 1


async def test_a_removed_tariff_leaves_what_was_billed_and_prices_nothing_more(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=20, power_w=9_000)
    (tariff,) = site.get_subentries_of_type("tariff")
    hass.config_entries.async_remove_subentry(site, tariff.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.charge(minutes=20, power_w=9_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    session = await house.only_session()
    assert (session["cost"], session["unpriced_kwh"]) == ("0.90", 3.0)


async def test_a_clock_that_was_set_into_another_month_shows_that_month(
    hass: HomeAssistant, house: House, site: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.charger("charging", power_w=12_000)
    await house.charge(minutes=10, power_w=12_000)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    assert _value(hass, "sensor.garage_energy_this_month") == pytest.approx(2.0)
    # Somebody sets the clock a month ahead, and back again.
    for ahead, expected in ((timedelta(days=31), 0.0), (timedelta(0), 2.0)):
        wall = SimpleNamespace(utcnow=lambda ahead=ahead: dt_util.utcnow() + ahead)
        monkeypatch.setattr(clock, "dt_util", wall)
        for _ in range(3):
            await house.later(seconds=20)
        assert _value(hass, "sensor.garage_energy_this_month") == pytest.approx(expected)
        assert _value(hass, "sensor.home_energy_this_month") == pytest.approx(expected)
