"""A charger that speaks OCPP is turned into one of entities: its sessions stay, and it is left as it was found."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
import pytest

from tests.chargers.ocpp.rig import until

from .test_brand import shown
from .test_control import act, entity
from .test_password import ANSWERS
from .test_sessions import Hands, ended, flow_wh, hands, sessions, simulated, started

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")


async def test_charger_goes_on_through_its_entities_with_its_sessions(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    hass.states.async_set("sensor.wallbox_status", "available")
    power = {"device_class": "power", "unit_of_measurement": "W", "state_class": "measurement"}
    hass.states.async_set("sensor.wallbox_power", "0", power)
    energy = {"device_class": "energy", "unit_of_measurement": "kWh", "state_class": "total_increasing"}
    hass.states.async_set("sensor.wallbox_energy", "3.0", energy)
    async with started(hass, tmp_path, free=True, controllable=True) as (entry, port):
        station = simulated(port)
        found = station.dialect.sample_s
        async with station.running(accepted_s=5):
            await until(lambda: station.dialect.sample_s == 10.0 != found)
            station.plug_in(asks_a=0.0)
            station.begin()
            await station.line.flush()
            await flow_wh(hands, station, 2000)
            station.end(reason="EVDisconnected")
            station.unplug()
            await station.line.flush()
            (session,) = await ended(hass, hands)
            await act(hass, "number", "set_value", entity(hass, entry, "number", "max_current"), value=10)
            await until(lambda: len(station.profiles) > 0)
            configure = hass.config_entries.subentries.async_configure
            (before,) = entry.get_subentries_of_type("charger")
            form: Any = await shown(hass, entry)
            form = await configure(form["flow_id"], {**ANSWERS, "advanced": {"by_entities": True}})
            assert form["step_id"] == "reconfigure"
            form = await configure(form["flow_id"], {})
            assert form["step_id"] == "entities"
            roles = {
                "status": "sensor.wallbox_status",
                "power": "sensor.wallbox_power",
                "energy": "sensor.wallbox_energy",
            }
            form = await configure(
                form["flow_id"], {"name": "Garage", **roles, "attributes": {}, "review_words": False}
            )
            while form["type"] == "form" and form["step_id"] != "electrical":
                form = await configure(form["flow_id"], {})
            suggested = {
                str(key): key.description["suggested_value"]
                for key in form["data_schema"].schema
                if key.description and "suggested_value" in key.description
            }
            form = await configure(form["flow_id"], {**suggested, "advanced": {}})
            assert form["reason"] == "reconfigure_successful", form
            await hass.async_block_till_done()
            (after,) = entry.get_subentries_of_type("charger")
            assert after.subentry_id == before.subentry_id
            assert (after.data["transport"], "ocpp" in after.data) == ("entities", False)
            assert entry.runtime_data.stations == []
            (kept,) = await sessions(hass)
            assert (kept["id"], kept["energy_kwh"]) == (session["id"], session["energy_kwh"])
            # Nothing of ours holds the station any more.
            await until(lambda: len(station.profiles) == 0 and station.dialect.sample_s == found)
            form = await hass.config_entries.subentries.async_init(
                (entry.entry_id, "charger"),
                context={"source": SOURCE_RECONFIGURE, "subentry_id": after.subentry_id},
            )
            assert form["step_id"] == "reconfigure"
