"""A charger that runs is tried while it is changed: it is told afterwards what it may have."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.chargers.entities.trial import BindingTrial
from custom_components.ev_sessions.site.chargers.trial import TrialOutcome, async_try
from custom_components.ev_sessions.site.config.site import chargers_of

from ..house import House, charger_data, site_entry, subentry


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = BindingTrial.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "answer_timeout_s", 0.1)


async def test_charger_that_was_paused_for_the_fuse_meanwhile_does_not_go_on(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    (charger,) = chargers_of(site)
    house.charger("charging", power_w=4140)
    house.grid(8, 8, 8)
    await house.later(seconds=10)
    house.obeys = False  # what is shown comes late
    trying = asyncio.ensure_future(async_try(hass, site, charger, "enable", running_id=charger.id))
    await asyncio.sleep(0)
    house.grid(40, 40, 40)
    for _ in range(4):
        await house.later(seconds=1)
    assert (await trying).outcome is TrialOutcome.DIFFERS
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ("enable", True) in house.commands  # the trial put back what was there
    assert house.commands[-1] == ("enable", False)


async def test_what_a_car_draws_is_read_from_its_currents_or_its_power(hass: HomeAssistant) -> None:
    limit = {"kind": "action", "action": "keba.set_current", "data": {"current": "{limit_a}"}}

    async def follow(call: Any) -> None:
        hass.states.async_set("sensor.current", str(call.data["current"]), {"unit_of_measurement": "A"})
        hass.states.async_set("sensor.wallbox_power", str(call.data["current"] * 690), {"unit_of_measurement": "W"})

    hass.services.async_register("keba", "set_current", follow)
    for evse in ({"currents": ["sensor.current"]}, {"power": "sensor.wallbox_power"}):
        hass.states.async_set("sensor.current", "15.5", {"unit_of_measurement": "A"})
        hass.states.async_set("sensor.wallbox_power", "11040", {"unit_of_measurement": "W"})
        data = charger_data(evse={"limit": limit, **evse})
        entry = site_entry(subentry("charger", "Garage", data, "garage"))
        (charger,) = chargers_of(entry)
        assert (await async_try(hass, entry, charger, "limit")).outcome is TrialOutcome.DRAWN
    blind = charger_data(evse={"limit": limit, "power": None})
    entry = site_entry(subentry("charger", "Garage", blind, "garage"))
    (charger,) = chargers_of(entry)
    assert (await async_try(hass, entry, charger, "limit")).outcome is TrialOutcome.UNSEEN
    watched = charger_data(evse={"limit": None, "enable": None})
    entry = site_entry(subentry("charger", "Garage", watched, "garage"))
    (charger,) = chargers_of(entry)
    assert (await async_try(hass, entry, charger, "limit")).outcome is TrialOutcome.SKIPPED
