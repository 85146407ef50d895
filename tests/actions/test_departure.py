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


async def test_departure_and_need_by_entities_are_shown_kept_and_over_with_the_car(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    time, need = "datetime.garage_departure", "number.garage_energy_needed_by_departure"
    await plug_in_and_charge(house)
    assert hass.states.is_state(time, "unknown")
    at = (dt_util.utcnow() + timedelta(hours=9)).replace(microsecond=0)
    leaves = {"entity_id": time, "datetime": at.isoformat()}
    await hass.services.async_call("datetime", "set_value", leaves, blocking=True)
    assert shown(hass) == (at.isoformat(), 20.0)
    await hass.services.async_call("number", "set_value", {"entity_id": need, "value": 12.5}, blocking=True)
    assert shown(hass) == (at.isoformat(), 12.5)
    await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done()
    assert hass.states.is_state(time, at.isoformat())
    assert hass.states.is_state(need, "12.5")
    (evse,) = site.runtime_data.evses
    load = evse.load(evse._clock())
    assert load.left_s == pytest.approx(9 * 3600, abs=400)
    assert load.needed_s + load.got_s == pytest.approx(12.5 / 11.04 * 3600, rel=0.01)
    past = {"entity_id": time, "datetime": "2020-01-01T00:00:00+00:00"}
    with pytest.raises(ServiceValidationError, match="in the future"):
        await hass.services.async_call("datetime", "set_value", past, blocking=True)
    await until_unplugged(house)
    # What cars need here is kept for the next one.
    assert hass.states.is_state(time, "unknown")
    assert hass.states.is_state(need, "12.5")


async def test_what_an_action_says_of_one_car_does_not_become_the_need_of_all(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await plug_in_and_charge(house)
    at = dt_util.utcnow() + timedelta(hours=9)
    await tell(hass, "set_departure", entity_id=LIMIT, departure=at.isoformat(), energy_kwh=33)
    need = "number.garage_energy_needed_by_departure"
    assert hass.states.is_state(need, "33.0")
    await tell(hass, "set_departure", entity_id=LIMIT)
    assert hass.states.is_state(need, "20.0")


async def test_a_state_of_charge_by_departure_is_reckoned_from_what_the_battery_lacks(
    hass: HomeAssistant, house: House, site: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plug_in_and_charge(house)
    at = (dt_util.utcnow() + timedelta(hours=9)).replace(microsecond=0)
    await tell(hass, "set_departure", entity_id=LIMIT, departure=at.isoformat(), soc=80)
    state = hass.states.get(LIMIT)
    assert state is not None
    assert state.attributes["departure_soc"] == 80.0
    (evse,) = site.runtime_data.evses
    told = evse.departures.times(evse._clock())
    assert told is not None
    # Nobody knows the battery: what cars need here counts.
    assert told.needed_s + told.got_s == pytest.approx(20 / 11.04 * 3600, rel=0.01)
    monkeypatch.setattr(evse.departures, "_battery", lambda: (46.0, 50.0))
    told = evse.departures.times(evse._clock())
    assert told is not None
    assert told.needed_s == pytest.approx(20 / 11.04 * 3600, rel=0.01)
    monkeypatch.setattr(evse.departures, "_learned_mwh", lambda _target: 11_040_000.0)
    told = evse.departures.times(evse._clock())
    assert told is not None
    assert told.needed_s == pytest.approx(3600, rel=0.01)
    await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done()
    state = hass.states.get(LIMIT)
    assert state is not None
    assert state.attributes["departure_soc"] == 80.0
    for wrong in ({"departure": at.isoformat(), "energy_kwh": 5, "soc": 80}, {"soc": 80}, {"energy_kwh": 5}):
        with pytest.raises(vol.Invalid):
            await tell(hass, "set_departure", entity_id=LIMIT, **wrong)
