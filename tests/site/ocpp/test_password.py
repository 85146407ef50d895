"""C4: a charger gets a new password; it is the only one that is good once it was taken, and no sooner."""

from pathlib import Path
from typing import Any

from aiohttp import ClientSession, WSServerHandshakeError, encode_basic_auth
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.chargers.ocpp.security import hash_password
from simulator.ocpp.behaviour import Behaviour
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.chargers.ocpp.rig import until

from .test_adoption import ELECTRICAL
from .test_brand import shown
from .test_sessions import started

pytestmark = pytest.mark.usefixtures("socket_enabled")

OLD = "old-password-of-20-ch"
ANSWERS = {"name": "Garage", "evse_count": 1, "protection": "new_password", "free": False, "advanced": {}, "brand": {}}


async def change_password(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    configure = hass.config_entries.subentries.async_configure
    form: Any = await shown(hass, entry)
    form = await configure(form["flow_id"], ANSWERS)
    form = await configure(form["flow_id"], ELECTRICAL)
    assert form["step_id"] == "password", form
    password: str = form["description_placeholders"]["password"]
    form = await configure(form["flow_id"], {})
    assert form["reason"] == "reconfigure_successful", form
    await hass.async_block_till_done()
    return password


async def is_let_in(port: int, password: str | None) -> bool:
    headers = {} if password is None else {"Authorization": encode_basic_auth("CP1", password)}
    async with ClientSession() as session:
        try:
            async with session.ws_connect(f"ws://127.0.0.1:{port}/CP1", protocols=("ocpp1.6",), headers=headers):
                return True
        except WSServerHandshakeError as error:
            return error.status != 401


def station_at(port: int, version: str = "1.6", **switched: Any) -> Station:
    behaviour = Behaviour(reconnect_s=0.05, **switched)
    return Station(
        f"ws://127.0.0.1:{port}",
        "CP1",
        DIALECTS[version],
        behaviour=behaviour,
        outlets=[HandOutlet()],
        password=OLD,
        automatic=False,
    )


def before_of(entry: MockConfigEntry) -> Any:
    [charger] = [one for one in entry.subentries.values() if one.subentry_type == "charger"]
    return charger.data["ocpp"]["password_hash_before"]


def issue(hass: HomeAssistant) -> bool:
    return any("ocpp_password_not_taken" in issue_id for _, issue_id in ir.async_get(hass).issues)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_c4_accepted_the_old_password_is_refused(hass: HomeAssistant, tmp_path: Path, version: str) -> None:
    known = {"security_profile": 1, "password_hash": await hass.async_add_executor_job(hash_password, OLD)}
    async with started(hass, tmp_path, **known) as (entry, port):
        station = station_at(port, version)
        async with station.running(accepted_s=5):
            new = await change_password(hass, entry)
            await station.beat()
            await until(lambda: station.line.password == new)
            # The site starts anew with what is good from now on.
            await until(lambda: before_of(entry) is None)
            await hass.async_block_till_done()
            await until(lambda: entry.state is ConfigEntryState.LOADED)
            await until(lambda: station.line.connected)
        assert not await is_let_in(port, None)
        assert not await is_let_in(port, OLD)
        assert await is_let_in(port, new)
        assert not issue(hass)
        assert new not in repr(entry.as_dict())


async def test_c4_refused_the_old_password_stays_good_and_the_owner_is_told(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    known = {"security_profile": 1, "password_hash": await hass.async_add_executor_job(hash_password, OLD)}
    async with started(hass, tmp_path, **known) as (entry, port):
        station = station_at(port, unsupported_keys=frozenset({"AuthorizationKey"}))
        async with station.running(accepted_s=5):
            new = await change_password(hass, entry)
            await station.beat()
            await until(lambda: issue(hass))
            station.line.cut()
            await until(lambda: not station.line.connected)
            await until(lambda: station.line.connected)
        assert not await is_let_in(port, None)
        assert await is_let_in(port, OLD)
        assert await is_let_in(port, new), "its owner may type it in"


async def test_c4_a_charger_that_is_not_there_gets_the_new_one_from_its_owner(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    known = {"security_profile": 1, "password_hash": await hass.async_add_executor_job(hash_password, OLD)}
    async with started(hass, tmp_path, **known) as (entry, port):
        new = await change_password(hass, entry)
        assert not await is_let_in(port, OLD)
        assert await is_let_in(port, new)
