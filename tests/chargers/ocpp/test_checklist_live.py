"""What a central system of a home is asked for beside limits, start and stop, over real sockets and in all versions."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.control import ControlError
from custom_components.ev_sessions.chargers.ocpp.asked import Reservation
from custom_components.ev_sessions.chargers.ocpp.command import async_send
from custom_components.ev_sessions.chargers.ocpp.words import words_of
from custom_components.ev_sessions.core.station.capabilities import ProfilePurpose
from simulator.ocpp.connector import State

from .rig import OPEN, Wire, central_system, until
from .test_control_live import ALL, CARD, Host, Rig, live

CONNECTION_TIMEOUT = {"1.6": "ConnectionTimeOut", "2.0.1": "TxCtrlr.EVConnectionTimeOut"}
ASKS_FIRST = {"1.6": "AuthorizeRemoteTxRequests", "2.0.1": "AuthCtrlr.AuthorizeRemoteStart"}


@pytest.fixture
async def wire(hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[Wire]:
    async with central_system(hass) as wire:
        wire.house.__class__ = Host
        wire.house.known["CP1"] = OPEN
        yield wire


def set_key(rig: Rig, keys: dict[str, str], version: str, value: str) -> None:
    rig.simulated.dialect.settings[keys["1.6" if version == "1.6" else "2.0.1"]].value = value


@ALL
async def test_f1_011_2_start_for_which_no_car_comes_is_given_up_by_the_station(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version) as rig:
        set_key(rig, CONNECTION_TIMEOUT, version, "1")
        await rig.actions.async_start_charge()
        await until(lambda: rig.state is State.PREPARING)
        await until(lambda: rig.state is State.AVAILABLE)
        rig.simulated.plug_in()
        assert rig.transaction_id is None


@ALL
async def test_f1_station_may_ask_for_the_token_of_a_remote_start(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version) as rig:
        set_key(rig, ASKS_FIRST, version, "true")
        rig.simulated.plug_in()
        await rig.actions.async_start_charge()
        await until(lambda: rig.transaction_id is not None)
        asked = [payload for _, action, payload in wire.house.heard if action == "Authorize"]
        assert "HomeAssistant" in repr(asked)


@ALL
async def test_f2_017_030_031_cable_that_is_not_let_go_is_told_whatever_the_reason(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version, unlocks="NotSupported") as rig:
        with pytest.raises(ControlError, match=r"NotSupported|UnlockFailed"):
            await rig.actions.async_unlock()
        unknown = await async_send(rig.station, words_of(rig.station.version).unlock(7))
        assert unknown.status in {"NotSupported", "UnknownConnector"}
        assert not unknown.accepted


@ALL
async def test_s5_067_profiles_are_cleared_by_id_and_by_purpose_and_none_is_unknown(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version) as rig:
        words = words_of(rig.station.version)
        await rig.control.async_set_limit_a(10)
        (profile,) = rig.simulated.profiles
        assert (await async_send(rig.station, words.clear_profile(profile.id))).accepted
        assert (await async_send(rig.station, words.clear_profile(profile.id))).status == "Unknown"
        await rig.control.async_set_limit_a(9)
        by_purpose = words.clear_profiles(evse=1, purpose=ProfilePurpose.TX_DEFAULT)
        assert (await async_send(rig.station, by_purpose)).accepted
        assert len(rig.simulated.profiles) == 0


@ALL
async def test_v1_046_049_place_that_cannot_be_kept_says_why_and_a_kept_one_is_used_or_expires(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version) as rig:
        words = words_of(rig.station.version)

        async def reserve(seconds: float, evse: int | None = 1) -> str:
            until_then = datetime.now(UTC) + timedelta(seconds=seconds)
            kept = Reservation(id=5, token=CARD, expires_at=until_then, evse=evse)
            return (await async_send(rig.station, words.reserve(kept))).status

        rig.simulated.fail(1)
        assert await reserve(60) == "Faulted"
        rig.simulated.fail(1, "NoError")
        await rig.actions.async_set_in_service(in_service=False)
        await until(lambda: rig.state is State.UNAVAILABLE)
        assert await reserve(60) == "Unavailable"
        await rig.actions.async_set_in_service(in_service=True)
        assert await reserve(60, evse=7) == "Rejected"
        assert await reserve(1.5) == "Accepted"
        await until(lambda: rig.state is State.RESERVED)
        await until(lambda: rig.state is State.AVAILABLE)
        assert await reserve(60) == "Accepted"
        rig.simulated.plug_in()
        assert await rig.simulated.present("TAG1")
        await until(lambda: rig.transaction_id is not None)

        def used() -> list[int]:
            told = [payload.get("reservationId") for _, _, payload in wire.house.heard]
            return [one for one in told if one is not None]

        await until(used)
        assert used() == [5]
