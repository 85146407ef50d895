"""A charger that was just taken in loses its connection before it has its password: it is not locked out by that."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession, TCPConnector, WSServerHandshakeError, encode_basic_auth
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_sessions.site.ocpp.central import SHARED_CENTRAL
from custom_components.ev_sessions.site.ocpp.subentry import async_change_station
from tests.chargers.ocpp.rig import Talker, until

from .conftest import OcppSite
from .test_adoption import BOOT, BOOT_2, adopt, asks, boots, hears_call
from .test_password import change_password

BOOTS: dict[str, dict[str, Any]] = {"1.6": BOOT, "2.0.1": BOOT_2}
#: The call by which a version is told its password, and the answers to it.
TELLS = {"1.6": "ChangeConfiguration", "2.0.1": "SetVariables"}
BOTH = pytest.mark.parametrize("version", list(TELLS))


def due(hass: HomeAssistant) -> list[str]:
    return [issue_id for _, issue_id in ir.async_get(hass).issues if "ocpp_password_due" in issue_id]


def protocol(version: str) -> str:
    return f"ocpp{version}"


async def taken_in(site: OcppSite, version: str) -> str:
    """Adopt a charger with a password of which it hears nothing, since it is gone; return the password."""
    async with site.station("CP1", protocol=protocol(version)) as station:
        await boots(station, BOOTS[version])
        shown = await adopt(site, last_step="form", protection="new_password", free=False)
    await until(lambda: not site.hass.data[SHARED_CENTRAL].central.station("CP1").connected)
    done = await site.hass.config_entries.flow.async_configure(shown["flow_id"], {})
    assert done["reason"] == "charger_added"
    await settled(site)
    return str(shown["description_placeholders"]["password"])


async def settled(site: OcppSite) -> None:
    await site.settled()
    await until(lambda: site.entry.state is ConfigEntryState.LOADED)


def password_in(call: list[Any]) -> str:
    if call[2] == "ChangeConfiguration":
        assert call[3]["key"] == "AuthorizationKey"
        return bytes.fromhex(call[3]["value"]).decode()
    (told,) = call[3]["setVariableData"]
    assert told["variable"]["name"] == "BasicAuthPassword"
    return str(told["attributeValue"])


def taking(call: list[Any], status: str) -> list[Any]:
    if call[2] == "ChangeConfiguration":
        return [3, call[1], {"status": status}]
    (told,) = call[3]["setVariableData"]
    result = {"attributeStatus": status, "component": told["component"], "variable": told["variable"]}
    return [3, call[1], {"setVariableResult": [result]}]


async def told_password(station: Talker, version: str, message_id: str = "1") -> list[Any]:
    """Boot as a charger that is known; return the call that tells the password."""
    assert (await asks(station, "BootNotification", BOOTS[version], message_id))["status"] == "Accepted"
    return await hears_call(station, TELLS[version])


async def is_let_in(site: OcppSite, password: str | None, *, address: str = "127.0.0.1") -> bool:
    headers = {} if password is None else {"Authorization": encode_basic_auth("CP1", password)}
    async with ClientSession(connector=TCPConnector(local_addr=(address, 0))) as session:
        try:
            url = f"ws://127.0.0.1:{site.port}/CP1"
            async with session.ws_connect(url, protocols=("ocpp1.6", "ocpp2.0.1"), headers=headers):
                return True
        except WSServerHandshakeError as error:
            if error.status != 401:
                raise
            return False


@asynccontextmanager
async def with_password(site: OcppSite, version: str, password: str) -> AsyncGenerator[Talker]:
    async with site.station("CP1", protocol=protocol(version), password=password) as station:
        yield station


@BOTH
async def test_it_comes_back_without_is_told_comes_with_it_and_never_without_again(
    ocpp_site: OcppSite, version: str
) -> None:
    password = await taken_in(ocpp_site, version)
    async with ocpp_site.station("CP1", protocol=protocol(version)) as station:
        # It is told, and gone before it has heard it.
        assert password_in(await told_password(station, version)) == password
    async with ocpp_site.station("CP1", protocol=protocol(version)) as station:
        call = await told_password(station, version)
        assert password_in(call) == password
        await station.say(taking(call, "Accepted"))
        await until(lambda: not ocpp_site.hass.data[SHARED_CENTRAL].house.new_passwords)
    site = ocpp_site.entry.runtime_data
    async with with_password(ocpp_site, version, password) as station:
        await settled(ocpp_site)
        assert (await asks(station, "BootNotification", BOOTS[version]))["status"] == "Accepted"
    await settled(ocpp_site)
    # That it has shown its password is nothing for which all chargers of the site would start anew.
    assert ocpp_site.entry.runtime_data is site
    assert not await is_let_in(ocpp_site, None)
    assert not await is_let_in(ocpp_site, "its-password-of-before")
    assert await is_let_in(ocpp_site, password)
    assert due(ocpp_site.hass) == []
    assert password not in repr(ocpp_site.entry.as_dict())


@BOTH
async def test_what_it_takes_up_with_its_next_start_is_no_reason_to_refuse_it_before(
    ocpp_site: OcppSite, version: str
) -> None:
    password = await taken_in(ocpp_site, version)
    for _ in range(2):
        # The connection is lost before it starts anew.
        async with ocpp_site.station("CP1", protocol=protocol(version)) as station:
            call = await told_password(station, version)
            await station.say(taking(call, "RebootRequired"))
    assert await is_let_in(ocpp_site, password)
    await settled(ocpp_site)
    assert not await is_let_in(ocpp_site, None)


async def test_password_of_another_central_system_is_as_good_as_none_until_it_has_ours(ocpp_site: OcppSite) -> None:
    password = await taken_in(ocpp_site, "1.6")
    async with ocpp_site.station("CP1", password="of-another-system") as station:
        assert password_in(await told_password(station, "1.6")) == password
    assert await is_let_in(ocpp_site, password)
    await settled(ocpp_site)
    assert not await is_let_in(ocpp_site, "of-another-system")


async def test_without_it_nobody_comes_from_another_address_nor_after_a_day(ocpp_site: OcppSite) -> None:
    await taken_in(ocpp_site, "1.6")
    assert not await is_let_in(ocpp_site, None, address="127.0.0.2")
    assert await is_let_in(ocpp_site, None)

    def a_day_later(ocpp: Any) -> dict[str, Any]:
        until_then = dt_util.parse_datetime(ocpp["password_due"]["until"])
        assert until_then is not None
        assert timedelta(hours=23) < until_then - dt_util.utcnow() <= timedelta(hours=24)
        return {"password_due": {**ocpp["password_due"], "until": dt_util.utcnow().isoformat()}}

    async_change_station(ocpp_site.hass, "CP1", a_day_later)
    await settled(ocpp_site)
    assert not await is_let_in(ocpp_site, None)


async def test_home_assistant_forgets_the_password_and_the_owner_is_told_until_it_comes_with_another(
    ocpp_site: OcppSite,
) -> None:
    hass = ocpp_site.hass
    await taken_in(ocpp_site, "1.6")
    # As after a restart: what was kept nowhere is gone.
    hass.data[SHARED_CENTRAL].house.new_passwords.clear()
    async with ocpp_site.station("CP1") as station:
        assert (await asks(station, "BootNotification", BOOT))["status"] == "Accepted"
        await until(lambda: due(hass))
        (issue,) = (ir.async_get(hass).issues[("ev_sessions", issue_id)] for issue_id in due(hass))
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["address"] == "127.0.0.1"
        password = await change_password(hass, ocpp_site.entry)
        await settled(ocpp_site)
        call = await told_password(station, "1.6", "2")
        assert password_in(call) == password
        await station.say(taking(call, "Accepted"))
        await until(lambda: not hass.data[SHARED_CENTRAL].house.new_passwords)
    assert await is_let_in(ocpp_site, password)
    await settled(ocpp_site)
    async with with_password(ocpp_site, "1.6", password):
        await until(lambda: not due(hass))
    assert not await is_let_in(ocpp_site, None)
