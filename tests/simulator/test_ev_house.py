"""The development component: what our integration sees must look like a real brand's integration."""

import asyncio
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator.plant.meter import GridMeter
from tests.simulator.serving import served, until

pytestmark = pytest.mark.usefixtures("socket_enabled")

DOMAIN = "ev_house"


async def set_up(hass: HomeAssistant, port: int, *, start_delay_s: int = 0) -> MockConfigEntry:
    data = {"host": "127.0.0.1", "port": port, "start_delay_s": start_delay_s}
    entry = MockConfigEntry(domain=DOMAIN, data=data, unique_id="house")
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    found = hass.states.get(entity_id)
    return None if found is None else found.state


async def test_flow_makes_a_house_with_devices_as_a_brand_would(hass: HomeAssistant) -> None:
    async with served() as (_, port):
        flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        assert flow["type"] is FlowResultType.FORM
        data: dict[str, Any] = {"host": "127.0.0.1", "start_delay_s": 0}
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], data | {"port": 1})
        assert flow["errors"] == {"base": "cannot_connect"}
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], data | {"port": port})
        assert flow["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        entry: ConfigEntry = flow["result"]

        names = {device.name for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}
        assert names == {
            "Electricity price",
            "Feldhaus Yard plug",
            "Grid meter",
            "House",
            "Ladewerk Carport",
            "Ladewerk Driveway",
            "Ladewerk Garage",
        }
        entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        yard = [entity.entity_id for entity in entities if "yard" in entity.entity_id]
        assert yard == ["sensor.feldhaus_yard_plug_power"]
        assert state(hass, "sensor.ladewerk_garage_status") == "disconnected"
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_car_that_comes_is_seen_with_its_currents_and_energy(hass: HomeAssistant) -> None:
    async with served() as (server, port):
        entry = await set_up(hass, port)
        server.plant.plug_in("garage")
        await until(lambda: state(hass, "sensor.ladewerk_garage_status") == "ready_to_charge")
        assert state(hass, "binary_sensor.ladewerk_garage_cable") == "on"
        await until(lambda: state(hass, "sensor.ladewerk_garage_status") == "charging", 20)
        await until(lambda: float(state(hass, "sensor.ladewerk_garage_current_l3") or 0) >= 6)
        await until(lambda: float(state(hass, "sensor.grid_meter_current_l1") or 0) >= 6)
        await until(lambda: float(state(hass, "sensor.ladewerk_garage_lifetime_energy") or 0) > 0)
        price = hass.states.get("sensor.electricity_price_current_price")
        assert price is not None
        assert price.attributes["unit_of_measurement"] == "EUR/kWh"
        assert len(price.attributes["raw_today"]) in {92, 96, 100}
        await hass.config_entries.async_unload(entry.entry_id)


async def test_number_and_switch_command_the_charger(hass: HomeAssistant) -> None:
    async with served() as (server, port):
        entry = await set_up(hass, port)
        limit = {"entity_id": "number.ladewerk_garage_dynamic_limit"}
        await hass.services.async_call("number", "set_value", limit | {"value": 9}, blocking=True)
        switch = {"entity_id": "switch.ladewerk_garage_charger_enabled"}
        await hass.services.async_call("switch", "turn_off", switch, blocking=True)
        await until(lambda: state(hass, limit["entity_id"]) == "9.0")
        await until(lambda: state(hass, switch["entity_id"]) == "off")
        assert server.plant.chargers["garage"].limit_a == 9.0
        kettle = {"entity_id": "switch.house_kettle"}
        await hass.services.async_call("switch", "turn_on", kettle, blocking=True)
        await until(lambda: state(hass, kettle["entity_id"]) == "on")
        await until(lambda: float(state(hass, "sensor.grid_meter_current_l1") or 0) > 9)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_plant_that_goes_makes_everything_unavailable_and_comes_back(hass: HomeAssistant) -> None:
    async with served() as (_, port):
        entry = await set_up(hass, port)
        assert state(hass, "sensor.ladewerk_garage_status") == "disconnected"
    await until(lambda: state(hass, "sensor.ladewerk_garage_status") == "unavailable")
    assert state(hass, "switch.house_kettle") == "unavailable"
    with pytest.raises(HomeAssistantError):
        await entry.runtime_data.command("set_limit", charger="garage", limit_a=6)
    async with served(port=port):
        await until(lambda: state(hass, "sensor.ladewerk_garage_status") == "disconnected")
        await until(lambda: state(hass, "sensor.grid_meter_power") not in {"unavailable", "unknown"})
        await hass.config_entries.async_unload(entry.entry_id)


async def test_charger_that_is_offline_is_unavailable_and_the_rest_is_not(hass: HomeAssistant) -> None:
    async with served() as (server, port):
        entry = await set_up(hass, port)
        server.plant.chargers["garage"].online = False
        await until(lambda: state(hass, "sensor.ladewerk_garage_power") == "unavailable")
        assert state(hass, "sensor.ladewerk_carport_power") == "0"
        await hass.config_entries.async_unload(entry.entry_id)


async def test_steady_meter_reports_again_and_again(hass: HomeAssistant) -> None:
    async with served() as (_, port):
        entry = await set_up(hass, port)
        await until(lambda: state(hass, "sensor.grid_meter_power") == "0.0")
        first = hass.states.get("sensor.grid_meter_power")
        assert first is not None
        reported = first.last_reported
        await asyncio.sleep(0.8)
        later = hass.states.get("sensor.grid_meter_power")
        assert later is not None
        assert later.last_reported > reported
        assert later.last_changed == first.last_changed
        await hass.config_entries.async_unload(entry.entry_id)


async def test_source_that_comes_late_has_no_states_before(hass: HomeAssistant) -> None:
    async with served() as (_, port):
        entry = await set_up(hass, port, start_delay_s=1)
        assert entry.state is ConfigEntryState.LOADED
        assert state(hass, "sensor.ladewerk_garage_status") is None
        await until(lambda: state(hass, "sensor.ladewerk_garage_status") == "disconnected")
        await hass.config_entries.async_unload(entry.entry_id)


async def test_source_that_never_comes_is_set_up_all_the_same(hass: HomeAssistant) -> None:
    async with served() as (_, port):
        entry = await set_up(hass, port, start_delay_s=-1)
        await asyncio.sleep(0.5)
        assert entry.state is ConfigEntryState.LOADED
        assert state(hass, "sensor.ladewerk_garage_status") is None
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_plant_that_is_not_there_at_the_start_is_tried_again(hass: HomeAssistant) -> None:
    async with served() as (_, port):
        pass
    entry = await set_up(hass, port)
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_reconfigure_holds_from_the_next_start_on(hass: HomeAssistant) -> None:
    async with served() as (_, port):
        entry = await set_up(hass, port)
        flow = await entry.start_reconfigure_flow(hass)
        data = {"host": "127.0.0.1", "port": port, "start_delay_s": 120}
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], data)
        assert flow["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert entry.data["start_delay_s"] == 120
        assert state(hass, "sensor.ladewerk_garage_status") == "disconnected"
        await hass.config_entries.async_unload(entry.entry_id)


async def test_houses_with_names_stand_beside_each_other(hass: HomeAssistant) -> None:
    async with served(house="Quick") as (quick, quick_port), served(house="Late") as (late, late_port):
        ended = []
        for port in (quick_port, late_port, late_port):
            flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
            data = {"host": "127.0.0.1", "start_delay_s": 0, "port": port}
            ended.append(await hass.config_entries.flow.async_configure(flow["flow_id"], data))
        assert [flow.get("reason") for flow in ended] == [None, None, "already_configured"]
        await hass.async_block_till_done()
        limit = {"entity_id": "number.ladewerk_garage_late_dynamic_limit"}
        await hass.services.async_call("number", "set_value", limit | {"value": 9}, blocking=True)
        await until(lambda: state(hass, limit["entity_id"]) == "9.0")
        assert state(hass, "number.ladewerk_garage_quick_dynamic_limit") == "16.0"
        assert (quick.plant.chargers["garage"].limit_a, late.plant.chargers["garage"].limit_a) == (16.0, 9.0)
        for flow in ended[:2]:
            await hass.config_entries.async_unload(flow["result"].entry_id)


async def test_values_of_a_meter_that_is_polled_come_one_after_the_other(hass: HomeAssistant) -> None:
    meter = GridMeter(period_s=8.0, delay_s=0.0, apart_s=0.05)
    async with served(meter=meter) as (_, port):
        entry = await set_up(hass, port)
        shown = [f"sensor.grid_meter_current_l{line}" for line in (1, 2, 3)]
        begun = {entity_id: hass.states.get(entity_id) for entity_id in shown}
        reported = [found.last_reported for found in begun.values() if found is not None]

        def told() -> list[float]:
            states = [hass.states.get(entity_id) for entity_id in shown]
            new = [one.last_reported for one in states if one is not None]
            return [at.timestamp() for at, before in zip(new, reported, strict=True) if at > before]

        await until(lambda: len(told()) == 3)
        first, second, third = told()
        assert second - first > 0.03
        assert third - second > 0.03
        assert await hass.config_entries.async_unload(entry.entry_id)
        # What is still to come finds nobody.
        await asyncio.sleep(0.5)
