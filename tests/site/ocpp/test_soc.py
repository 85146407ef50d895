"""A station that tells how full the car is lets its owner stop there."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ev_sessions.const import DOMAIN
from simulator.ocpp.outlet import HandOutlet
from tests.chargers.ocpp.rig import until

from .test_control import act, entity
from .test_sessions import Hands, hands, simulated, started

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")


def number_of(hass: HomeAssistant, charger: str) -> str | None:
    return er.async_get(hass).async_get_entity_id("number", DOMAIN, f"{charger}_1_session_limit_soc")


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_t3_state_of_charge_that_a_station_tells_is_a_limit_from_then_on(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, controllable=True) as (entry, port):
        (charger,) = [one.subentry_id for one in entry.get_subentries_of_type("charger")]
        status = entity(hass, entry, "sensor", "status")
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            assert number_of(hass, charger) is None
            with pytest.raises(ServiceValidationError) as told:
                await act(hass, DOMAIN, "set_session_limit", status, soc=80)
            assert told.value.translation_key == "soc_unknown"
            await until(lambda: "SoC" in station.dialect.measurands)
            outlet = station.connectors[1].outlet
            assert isinstance(outlet, HandOutlet)
            outlet.soc = 55.0
            station.plug_in()
            await act(hass, DOMAIN, "start_charging", entity(hass, entry, "switch", "charging_allowed"))
            await until(lambda: station.connectors[1].transaction is not None)
            station.sample()
            await station.line.flush()
            await until(lambda: number_of(hass, charger) is not None)
            await act(hass, DOMAIN, "set_session_limit", status, soc=80)
            outlet.soc = 81.0
            station.sample()
            await station.line.flush()
            allowed = entity(hass, entry, "sensor", "allowed_current")
            await until(lambda: hass.states.is_state(allowed, "0.0"))
            # Known over a restart, whether a car is there or not.
            assert await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done()
            number = number_of(hass, charger)
            assert number is not None
            assert not hass.states.is_state(number, "unavailable")
