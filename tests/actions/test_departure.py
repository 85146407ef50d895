"""When a car leaves, by action: kept, shown, and over with the car."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.site.house import House

from .past import tell
from .test_commands import plug_in_and_charge, until_unplugged

LIMIT = "sensor.garage_allowed_current"


def shown(hass: HomeAssistant) -> tuple[str | None, float | None]:
    """Return departure and energy as they are shown."""
    state = hass.states.get(LIMIT)
    assert state is not None
    return state.attributes["departure"], state.attributes["departure_energy_kwh"]


async def test_a_departure_is_shown_survives_a_restart_and_is_over_with_the_car(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await plug_in_and_charge(house)
    at = (dt_util.utcnow() + timedelta(hours=9)).replace(microsecond=0)
    await tell(hass, "set_departure", entity_id=LIMIT, departure=at.isoformat(), energy_kwh=25)
    assert shown(hass) == (at.isoformat(), 25.0)
    await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done()
    assert shown(hass) == (at.isoformat(), 25.0)
    (evse,) = site.runtime_data.evses
    load = evse.load(evse._clock())
    # 3 x 16 A are 11.04 kW.
    assert load.left_s == pytest.approx(9 * 3600, abs=400)
    assert load.needed_s + load.got_s == pytest.approx(25 / 11.04 * 3600, rel=0.01)
    await until_unplugged(house)
    assert shown(hass) == (None, None)
    assert evse.load(evse._clock()).left_s is None


async def test_a_departure_is_taken_back_and_none_is_taken_that_cannot_be(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    at = dt_util.utcnow() + timedelta(hours=9)
    await tell(hass, "set_departure", entity_id=LIMIT, departure=at.isoformat(), energy_kwh=5)
    assert shown(hass)[1] == 5
    await tell(hass, "set_departure", entity_id=LIMIT)
    assert shown(hass) == (None, None)
    for wrong in (timedelta(minutes=-1), timedelta(days=15)):
        with pytest.raises(ServiceValidationError, match="in the future"):
            await tell(
                hass,
                "set_departure",
                entity_id=LIMIT,
                departure=(dt_util.utcnow() + wrong).isoformat(),
                energy_kwh=5,
            )
    with pytest.raises(vol.Invalid):
        await tell(hass, "set_departure", entity_id=LIMIT, departure=at.isoformat())
