"""A site that is reloaded, or a Home Assistant that starts anew, leaves a running car as it can stay."""

from collections.abc import Awaitable, Callable

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.balancing.kept_balance import BALANCED
from custom_components.ev_sessions.site.ledger.ledger import asked, async_acquire_ledger, async_release_ledger

from .driving import Drive
from .house import House, kept_settings, site_entry

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]


async def _charging(house: House, start_site: StartSite) -> tuple[Drive, MockConfigEntry]:
    drive, entry = Drive(house=house), site_entry()
    await start_site(entry)
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(120)
    assert drive.drawn_a == 16
    return drive, entry


async def test_reload_leaves_the_fallback_as_soon_as_the_car_has_settled_there(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    drive, entry = await _charging(house, start_site)
    house.commands.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    limits = [value for name, value in house.commands if name == "limit"]
    assert limits == [6]
    began = drive.seconds
    await drive.run(1)
    assert drive.drawn_a == 6
    while drive.drawn_a < 16 and drive.seconds < began + 60:
        await drive.run(1)
    assert drive.seconds - began <= 12
    assert [value for name, value in house.commands if name == "limit"] == [6, 16]


async def test_pauses_are_counted_over_a_restart(hass: HomeAssistant, house: House, start_site: StartSite) -> None:
    drive, entry = await _charging(house, start_site)
    drive.house_a[0] = 22.0
    await drive.run(15)
    assert drive.drawn_a == 0
    state = hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    assert state.attributes["pauses_24_h"] == 1
    (evse,) = entry.runtime_data.evses
    # At once, and not only at the stop: a power cut asks nobody.
    kept = (await kept_settings(entry))[evse.evse_id]
    assert "pauses" in kept[BALANCED]
    assert await hass.config_entries.async_reload(entry.entry_id)
    # Left at its fallback, it has to be paused once more.
    await drive.run(5)
    state = hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    assert state.attributes["pauses_24_h"] == 2


async def test_what_cannot_be_read_was_not_known(hass: HomeAssistant, house: House, start_site: StartSite) -> None:
    drive, entry = await _charging(house, start_site)
    (evse,) = entry.runtime_data.evses
    ledger = await async_acquire_ledger(hass)  # it outlives the stop of the site
    assert await hass.config_entries.async_unload(entry.entry_id)
    for owner in (evse.evse_id, entry.entry_id):
        await asked(ledger.put_setting(owner, BALANCED, "{", dt_util.utcnow()))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await async_release_ledger(hass)
    # It begins anew: room has to last while nobody knows which lines the car loads.
    await drive.run(100)
    assert drive.drawn_a == 16
