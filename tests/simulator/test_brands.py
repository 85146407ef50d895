"""Stand-ins for three integrations: what they make is what the real ones make, so our presets know them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed_exact

from custom_components.ev_sessions.chargers.entities.known import async_known_charger
from simulator.household import BRANDS
from simulator.server import PlantServer
from tests.simulator.serving import served, until

pytestmark = pytest.mark.usefixtures("socket_enabled")

NAMES = {
    "lektrico": "3p22k_503104",
    "peblar": "Peblar EV Charger",
    "openevse": "OpenEVSE 127.0.0.1",
}


@asynccontextmanager
async def brand(hass: HomeAssistant, domain: str) -> AsyncGenerator[tuple[PlantServer, str]]:
    """Set a brand's stand-in up by its flow; give the plant, and the charger that is of this brand."""
    (charger,) = [name for name, of in BRANDS.items() if of == domain]
    async with served(branded=True) as (server, port):
        flow = await hass.config_entries.flow.async_init(domain, context={"source": SOURCE_USER})
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"host": "127.0.0.1", "port": port})
        assert flow["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        yield server, charger
        assert await hass.config_entries.async_unload(flow["result"].entry_id)


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    found = hass.states.get(entity_id)
    return None if found is None else found.state


def device_of(hass: HomeAssistant, domain: str) -> dr.DeviceEntry:
    (entry,) = hass.config_entries.async_entries(domain)
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device


async def poll(hass: HomeAssistant) -> None:
    """Let those who poll look."""
    async_fire_time_changed_exact(hass, dt_util.utcnow() + timedelta(seconds=11))
    await hass.async_block_till_done()


async def polled(hass: HomeAssistant, entity_id: str, says: str) -> None:
    """Poll until an entity says something: what the plant has done it tells a moment later."""
    async with asyncio.timeout(30):
        while state(hass, entity_id) != says:
            await poll(hass)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("domain", NAMES)
async def test_preset_knows_the_stand_in_whole(hass: HomeAssistant, domain: str) -> None:
    async with brand(hass, domain):
        device = device_of(hass, domain)
        assert device.name == NAMES[domain]
        known = await async_known_charger(hass, device.id)
        assert known is not None
        assert known.preset.domain == domain
        (evse,) = known.evses
        # The real Peblar hides its currents at first, and so does this one.
        assert evse.missing == (("currents",) if domain == "peblar" else ())
        assert bool(known.disabled) == (domain == "peblar")
        assert {"energy", "power", "session_energy"} <= {role.value for role in evse.roles}
        assert evse.limit is not None
        assert evse.enable is not None


async def test_lektrico_is_stopped_by_a_button_and_polled_every_ten_seconds(hass: HomeAssistant) -> None:
    async with brand(hass, "lektrico") as (server, charger):
        server.plant.plug_in(charger)
        await until(lambda: server.plant.chargers[charger].current_a > 6, 20)
        assert state(hass, "sensor.3p22k_503104_state") == "available"
        await polled(hass, "sensor.3p22k_503104_state", "charging")
        button = {"entity_id": "button.3p22k_503104_charge_stop"}
        await hass.services.async_call("button", "press", button, blocking=True)
        await until(lambda: server.plant.chargers[charger].current_a == 0, 20)
        await polled(hass, "sensor.3p22k_503104_state", "paused")
        number = {"entity_id": "number.3p22k_503104_dynamic_limit", "value": 0}
        await hass.services.async_call("number", "set_value", number, blocking=True)
        await until(lambda: server.plant.chargers[charger].limit_a == 0)


async def test_peblar_keeps_its_limit_while_the_charge_is_switched_off(hass: HomeAssistant) -> None:
    async with brand(hass, "peblar") as (server, charger):
        plant = server.plant.chargers[charger]
        switch = {"entity_id": "switch.peblar_ev_charger_charge"}
        number = {"entity_id": "number.peblar_ev_charger_charge_limit"}
        await hass.services.async_call("switch", "turn_off", switch, blocking=True)
        await until(lambda: not plant.enabled)
        await polled(hass, switch["entity_id"], "off")
        await hass.services.async_call("number", "set_value", number | {"value": 9}, blocking=True)
        assert state(hass, number["entity_id"]) == "9.0"
        assert plant.limit_a == 16.0
        await hass.services.async_call("switch", "turn_on", switch, blocking=True)
        await until(lambda: plant.enabled and plant.limit_a == 9.0)
        registry = er.async_get(hass)
        currents = [entity for entity in registry.entities.values() if "current_phase" in entity.unique_id]
        assert [entity.disabled_by for entity in currents] == [er.RegistryEntryDisabler.INTEGRATION] * 3


async def test_openevse_is_stopped_by_its_override_and_tells_at_once(hass: HomeAssistant) -> None:
    async with brand(hass, "openevse") as (server, charger):
        select = {"entity_id": "select.openevse_127_0_0_1_override_state"}
        assert state(hass, select["entity_id"]) == "auto"
        server.plant.plug_in(charger)
        await until(lambda: state(hass, "binary_sensor.openevse_127_0_0_1_vehicle_connected") == "on")
        await until(lambda: float(state(hass, "sensor.openevse_127_0_0_1_charging_current") or 0) > 6, 20)
        await hass.services.async_call("select", "select_option", select | {"option": "disabled"}, blocking=True)
        await until(lambda: state(hass, "sensor.openevse_127_0_0_1_charging_status") == "disabled")
        await hass.services.async_call("select", "select_option", select | {"option": "active"}, blocking=True)
        await until(lambda: state(hass, select["entity_id"]) == "active")


async def test_house_with_brands_shows_no_charger_of_its_own(hass: HomeAssistant) -> None:
    async with served(branded=True) as (_, port):
        flow = await hass.config_entries.flow.async_init("ev_house", context={"source": SOURCE_USER})
        data = {"host": "127.0.0.1", "port": port, "start_delay_s": 0}
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], data)
        entry = flow["result"]
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        names = {device.name for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}
        assert names == {"Electricity price", "Feldhaus Yard plug", "Grid meter", "House"}
        assert await hass.config_entries.async_unload(entry.entry_id)
