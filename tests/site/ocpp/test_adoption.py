"""A charger finds Home Assistant, is found there, and becomes a charger of the site."""

import asyncio
import json
from typing import Any

from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.chargers.ocpp.rpc import Arrival
from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.config.site import chargers_of
from custom_components.ev_sessions.site.ocpp.central import SHARED_CENTRAL, async_retry
from tests.chargers.ocpp.rig import Talker, free_port, until
from tests.site.house import site_entry

from .conftest import FIXED, OcppSite, listening

BOOT = {
    "chargePointVendor": "ABB",
    "chargePointModel": "Terra AC",
    "chargePointSerialNumber": "T-1",
    "firmwareVersion": "1.8.32",
}
BOOT_2 = {
    "reason": "PowerUp",
    "chargingStation": {"vendorName": "Alfen", "model": "Eve", "serialNumber": "A-9", "firmwareVersion": "7.1"},
}
STATION = {"name": "Garage", "evse_count": 1, "protection": "none", "free": True, "advanced": {}}
ELECTRICAL = {
    "controllable": False,
    "wired_to": "three_lines_l1_l2_l3",
    "min_a": 6,
    "max_a": 16,
    "priority": 5,
    "advanced": {"step_a": 1},
}


def discovered(hass: HomeAssistant) -> list[Any]:
    """Return the flows that tell of a new charger."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow for flow in flows if flow["context"]["source"] == "integration_discovery"]


async def found(hass: HomeAssistant) -> Any:
    await until(lambda: discovered(hass))
    await hass.async_block_till_done()
    (flow,) = discovered(hass)
    return flow


async def adopt(site: OcppSite, *, last_step: str = "abort", **answers: Any) -> Any:
    """Answer the flow of the new charger that was found."""
    flow = await found(site.hass)
    configure = site.hass.config_entries.flow.async_configure
    shown = await configure(flow["flow_id"], {**STATION, **answers})
    assert shown["step_id"] == "electrical", shown
    shown = await configure(flow["flow_id"], ELECTRICAL)
    if last_step == "abort":
        await site.settled()
    return shown


async def asks(talker: Talker, action: str, payload: dict[str, Any], message_id: str = "1") -> Any:
    """Ask, and answer nothing that is asked meanwhile; return the answer."""
    await talker.say([2, message_id, action, payload])
    while True:
        frame: list[Any] = await talker.hear()
        if frame[0] in {3, 4}:
            return frame[2]
        await talker.say([4, frame[1], "NotImplemented", "", {}])


async def boots(talker: Talker, payload: dict[str, Any] = BOOT) -> Any:
    """Start for the first time; how many EVSEs there are is not told."""
    answer = await asks(talker, "BootNotification", payload)
    asked: list[Any] = await talker.hear()
    assert asked[2] in {"GetConfiguration", "GetVariables"}, asked
    await talker.say([4, asked[1], "NotImplemented", "", {}])
    return answer


async def hears_call(talker: Talker, action: str) -> list[Any]:
    """Return the next call with that action; others are answered as not implemented."""
    while True:
        frame: list[Any] = await talker.hear()
        assert frame[0] == 2, frame
        if frame[2] == action:
            return frame
        await talker.say([4, frame[1], "NotImplemented", "", {}])


async def test_b2_b31_unknown_station_waits_is_found_and_adopted_with_one_click(ocpp_site: OcppSite) -> None:
    hass = ocpp_site.hass
    async with ocpp_site.station("CP1") as station:
        answer = await boots(station)
        assert (answer["status"], answer["interval"]) == ("Pending", 30)
        refused = await asks(station, "StartTransaction", {"connectorId": 1, "idTag": "A", "meterStart": 0})
        assert refused == "SecurityError"
        flow = await found(hass)
        assert flow["context"]["title_placeholders"] == {"name": "ABB Terra AC"}
        shown = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert shown["description_placeholders"] == {
            "identity": "CP1",
            "vendor": "ABB",
            "model": "Terra AC",
            "serial": "T-1",
            "firmware": "1.8.32",
            "brand": "",
        }
        done = await adopt(ocpp_site)
        assert (done["type"], done["reason"]) == ("abort", "charger_added")
        (charger,) = chargers_of(ocpp_site.entry)
        assert (charger.name, charger.unique_id) == ("Garage", "ocpp:CP1")
        # It is asked to say once more what it is, and is let in.
        call = await hears_call(station, "TriggerMessage")
        assert call[3] == {"requestedMessage": "BootNotification"}
        await station.say([3, call[1], {"status": "Accepted"}])
        assert (await asks(station, "BootNotification", BOOT, "2"))["status"] == "Accepted"
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, charger.id), ocpp_site.entry.entry_id)
    assert device is not None
    assert (device.manufacturer, device.model, device.serial_number, device.sw_version) == (
        "ABB",
        "Terra AC",
        "T-1",
        "1.8.32",
    )


async def test_reload_closes_no_socket_and_an_unload_says_good_bye_and_frees_the_port(ocpp_site: OcppSite) -> None:
    hass, entry = ocpp_site.hass, ocpp_site.entry
    async with ocpp_site.station("CP1") as station:
        await boots(station)
        await adopt(ocpp_site)
        call = await hears_call(station, "TriggerMessage")
        await station.say([3, call[1], {"status": "Rejected"}])
        assert (await asks(station, "BootNotification", BOOT, "2"))["status"] == "Accepted"
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        assert (await asks(station, "BootNotification", BOOT, "3"))["status"] == "Accepted"
        closed = hass.async_create_background_task(until_closed(station), "station")
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
        assert await closed == 1001
    assert SHARED_CENTRAL not in hass.data
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", ocpp_site.port).start()
    await runner.cleanup()


async def test_what_a_station_says_while_its_site_starts_anew_waits_for_it(ocpp_site: OcppSite) -> None:
    hass, entry = ocpp_site.hass, ocpp_site.entry
    async with ocpp_site.station("CP1", protocol="ocpp2.0.1") as station:
        await boots(station, BOOT_2)
        await adopt(ocpp_site)
        shared = hass.data[SHARED_CENTRAL]
        desk = shared.house.desk("CP1")
        serving, desk.serving = desk.serving, None
        asked = asyncio.get_running_loop().create_task(
            desk("BootNotification", BOOT_2, Arrival(message_id="7", at=dt_util.utcnow())),
            name="what waits at the desk",
        )
        await asyncio.sleep(0)
        assert not asked.done()
        desk.serving = serving
        assert (await asked)["status"] == "Accepted"
        assert entry.state is ConfigEntryState.LOADED


async def test_password_is_made_at_adoption_given_to_the_charger_shown_once_and_wanted_from_then_on(
    ocpp_site: OcppSite,
) -> None:
    hass = ocpp_site.hass
    async with ocpp_site.station("CP1") as station:
        await boots(station)
        shown = await adopt(ocpp_site, last_step="form", protection="new_password", free=False)
        assert shown["step_id"] == "password"
        password = shown["description_placeholders"]["password"]
        assert len(password) == 20
        done = await hass.config_entries.flow.async_configure(shown["flow_id"], {})
        assert done["reason"] == "charger_added"
        await ocpp_site.settled()
        assert password not in repr(ocpp_site.entry.as_dict())
        await asks(station, "BootNotification", BOOT, "2")
        call = await hears_call(station, "ChangeConfiguration")
        assert call[3] == {"key": "AuthorizationKey", "value": password.encode().hex().upper()}
        await station.say([3, call[1], {"status": "Accepted"}])
        await until(lambda: not hass.data[SHARED_CENTRAL].house.new_passwords)
    # To say Accepted proves nothing; to come with it does.
    async with ocpp_site.station("CP1", password=password) as station:
        assert (await asks(station, "BootNotification", BOOT))["status"] == "Accepted"
    await ocpp_site.settled()
    for wrong in (None, "wrong"):
        with pytest.raises(WSServerHandshakeError, match="401"):
            async with ocpp_site.station("CP1", password=wrong):
                pass


async def test_password_of_a_charger_that_is_yet_to_come_is_wanted_at_once_and_told_of_when_it_is_wrong(
    ocpp_site: OcppSite,
) -> None:
    hass, entry = ocpp_site.hass, ocpp_site.entry
    manager = hass.config_entries.subentries
    shown = await manager.async_init((entry.entry_id, "charger"), context={"source": "user"})
    await manager.async_configure(shown["flow_id"], {"by_ocpp": True})
    answers = {**STATION, "identity": "CP 2", "protection": "new_password"}
    await manager.async_configure(shown["flow_id"], answers)
    shown = await manager.async_configure(shown["flow_id"], ELECTRICAL)
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    password = placeholders["password"]
    await manager.async_configure(shown["flow_id"], {})
    await ocpp_site.settled()
    (charger,) = chargers_of(entry)

    def told() -> ir.IssueEntry | None:
        return ir.async_get(hass).async_get_issue(DOMAIN, f"{entry.entry_id}_ocpp_password_wrong_{charger.id}")

    for times in range(3):
        assert told() is None, times
        with pytest.raises(WSServerHandshakeError, match="401"):
            async with ocpp_site.station("CP%202"):
                pass
    assert told() is not None
    async with ocpp_site.station("CP%202", user="CP 2", password=password) as station:
        assert (await asks(station, "BootNotification", BOOT))["status"] == "Accepted"
        assert told() is None


async def test_removed_station_does_not_come_back_by_itself_but_by_hand_with_its_history(
    ocpp_site: OcppSite,
) -> None:
    hass, entry = ocpp_site.hass, ocpp_site.entry
    async with ocpp_site.station("CP1") as station:
        await boots(station)
        await adopt(ocpp_site)
        (charger,) = chargers_of(entry)
        closed = hass.async_create_background_task(until_closed(station), "station")
        hass.config_entries.async_remove_subentry(entry, charger.id)
        await ocpp_site.settled()
        assert await closed == 1001
    async with ocpp_site.station("CP1") as station:
        assert (await asks(station, "BootNotification", BOOT))["status"] == "Pending"
        await ocpp_site.settled()
        assert discovered(hass) == []
        manager = hass.config_entries.subentries
        shown = await manager.async_init((entry.entry_id, "charger"), context={"source": "user"})
        shown = await manager.async_configure(shown["flow_id"], {"by_ocpp": True})
        assert shown["step_id"] == "station"
        schema = shown["data_schema"]
        assert schema is not None
        identity = next(field for key, field in schema.schema.items() if key == "identity")
        assert identity.config["options"] == [{"value": "CP1", "label": "ABB Terra AC (CP1)"}]
        await manager.async_configure(shown["flow_id"], {**STATION, "identity": "CP1"})
        shown = await manager.async_configure(shown["flow_id"], ELECTRICAL)
        assert shown["step_id"] == "history"
        done = await manager.async_configure(shown["flow_id"], {"take_over": True})
        assert done["type"] == "create_entry"
        await ocpp_site.settled()
    (charger,) = chargers_of(entry)
    assert charger.unique_id == "ocpp:CP1"


async def until_closed(station: Talker) -> int | None:
    """Return the code with which the other side closes; whatever it asks before is refused."""
    while not station.websocket.closed:
        message = await station.websocket.receive(timeout=30)
        if message.type is WSMsgType.TEXT and (frame := json.loads(message.data))[0] == 2:
            await station.say([4, frame[1], "NotImplemented", "", {}])
    return station.websocket.close_code


async def test_taken_port_is_told_while_the_rest_of_the_site_runs_and_is_had_when_it_is_free(
    hass: HomeAssistant, socket_enabled: None, tmp_path: Any
) -> None:
    hass.config.config_dir = str(tmp_path)
    port = free_port()
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    MockConfigEntry(domain="ocpp", title="Central", data={"host": "127.0.0.1", "port": port}).add_to_hass(hass)
    entry = site_entry(meter=None, tariff=FIXED, ocpp=listening(port))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"ocpp_port_{port}")
    assert issue is not None
    assert (issue.translation_key, issue.translation_placeholders) == (
        "ocpp_port_taken",
        {"port": str(port), "holder": "Central", "reason": ""},
    )
    # Nobody wants the port any more, and then again.
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"ocpp_port_{port}") is None
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"ocpp_port_{port}") is not None
    await runner.cleanup()
    await async_retry(hass)
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"ocpp_port_{port}") is None
    async with ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{port}/X", protocols=("ocpp1.6",)) as ws:
        assert (await Talker(ws).ask("Heartbeat", {}))[0] == 3
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


async def test_two_sites_share_a_port_until_the_last_of_them_goes(ocpp_site: OcppSite) -> None:
    hass = ocpp_site.hass
    other = site_entry(meter=None, tariff=FIXED, ocpp=listening(ocpp_site.port))
    other.add_to_hass(hass)
    hass.config_entries.async_update_entry(other, title="Cabin")
    assert await hass.config_entries.async_setup(other.entry_id)
    async with ocpp_site.station("CP1") as station:
        await boots(station)
        flow = await found(hass)
        configure = hass.config_entries.flow.async_configure
        shown = await configure(flow["flow_id"], {**STATION, "name": "Barn", "site": other.entry_id})
        assert shown["step_id"] == "electrical"
        await configure(flow["flow_id"], ELECTRICAL)
        await ocpp_site.settled()
        assert [charger.name for charger in chargers_of(other) if charger.station] == ["Barn"]
        assert chargers_of(ocpp_site.entry) == ()
        # The site that it came by may go: the other one listens on the same port.
        assert await hass.config_entries.async_unload(ocpp_site.entry.entry_id)
        await hass.async_block_till_done()
        assert (await asks(station, "BootNotification", BOOT, "2"))["status"] == "Accepted"
        closed = hass.async_create_background_task(until_closed(station), "station")
        assert await hass.config_entries.async_unload(other.entry_id)
        await hass.async_block_till_done()
        assert await closed == 1001


async def test_stop_of_home_assistant_says_good_bye(ocpp_site: OcppSite) -> None:
    hass = ocpp_site.hass
    async with ocpp_site.station("CP1") as station:
        await station.ask("Heartbeat", {})
        closed = hass.async_create_background_task(until_closed(station), "station")
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await hass.async_block_till_done()
        assert await closed == 1001


async def test_count_of_evses_is_asked_of_the_charger_itself(ocpp_site: OcppSite) -> None:
    async with ocpp_site.station("CP1") as station:
        await asks(station, "BootNotification", BOOT)
        call = await hears_call(station, "GetConfiguration")
        assert call[3] == {"key": ["NumberOfConnectors"]}
        told = {"key": "NumberOfConnectors", "readonly": True, "value": "2"}
        await station.say([3, call[1], {"configurationKey": [told]}])
        counts = ocpp_site.hass.data[SHARED_CENTRAL].house.evse_counts
        await until(lambda: counts.get("CP1") == 2)
        flow = await found(ocpp_site.hass)
        shown = await ocpp_site.hass.config_entries.flow.async_configure(flow["flow_id"])
        schema = shown["data_schema"]
        assert schema is not None
        suggested = {str(key): key.description for key in schema.schema}
        assert suggested["evse_count"] == {"suggested_value": 2}
