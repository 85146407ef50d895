"""C1, C2 and C5: how a station comes, which version it speaks with us, and how it goes."""

import asyncio
from dataclasses import replace
import logging
from unittest.mock import patch

from aiohttp import WSCloseCode, WSServerHandshakeError
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.chargers.ocpp import admission, connection as connection_room, listener
from custom_components.ev_sessions.chargers.ocpp.central import CentralSystem
from custom_components.ev_sessions.chargers.ocpp.house import SecurityEvent, StationCredentials
from custom_components.ev_sessions.chargers.ocpp.listener import Listener, ListenerConfig, PortTakenError
from custom_components.ev_sessions.chargers.ocpp.version import Version

from .rig import OPEN, NotingHouse, Wire, central_system, until


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/CP1", "CP1"),
        ("/ocpp/CP1", "CP1"),
        ("/ocpp/CP1/", "CP1"),
        ("//ocpp//CP1//", "CP1"),
        ("//", None),
        ("/ocpp//", None),
        ("/any/where/else/CP1?token=x", "CP1"),
        ("/RPC%201%2F%C3%A4", "RPC 1/ä"),
        ("/ocpp", None),
        ("/ocpp/", None),
        ("/", None),
        ("/%20", None),
        ("/%0A", None),
        ("/%FF", None),
        (f"/{'x' * 48}", "x" * 48),
        (f"/{'x' * 49}", None),
    ],
)
async def test_c1_the_last_part_of_the_path_is_the_identity(wire: Wire, path: str, identity: str | None) -> None:
    # As it stands: a client that tidied the path up would hide what is tested.
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.config.port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
    )
    status = (await reader.readline()).split()[1]
    assert status == (b"101" if identity else b"404")
    assert list(wire.central.stations) == ([identity] if identity else [])
    writer.close()


async def test_c1_a_browser_that_looks_in_is_told_what_is_wanted_and_is_no_station(wire: Wire) -> None:
    for path, headers in (("/", {}), ("/CP9", {}), ("/CP9", {"Sec-WebSocket-Protocol": "ocpp1.6"})):
        async with wire.session.get(wire.url.replace("ws", "http", 1) + path, headers=headers) as response:
            assert (response.status, response.headers["Upgrade"]) == (426, "websocket")
            assert "chargers" in await response.text()
    assert not wire.central.stations


async def test_c2_station_that_comes_in_order_is_no_line_in_the_log(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    async with wire.station(protocols=("ocpp2.1", "ocpp1.6")) as station:
        assert (await station.ask("Heartbeat", {}))[0] == 3
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_c1_only_so_many_unknown_stations_wait_and_a_known_one_always_comes_in(wire: Wire) -> None:
    async with asyncio.TaskGroup() as group:
        leave = asyncio.Event()

        async def stay(number: int) -> None:
            async with wire.station(f"/unknown{number}"):
                await leave.wait()

        for number in range(32):
            group.create_task(stay(number))
        await until(lambda: sum(station.connected for station in wire.central.stations.values()) == 32)
        with pytest.raises(WSServerHandshakeError, match="503"):
            async with wire.station("/unknown33"):
                pass
        async with wire.station("/CP1"):
            pass
        leave.set()
    # Those that have gone make room for those that are there.
    await until(lambda: not any(station.connected for station in wire.central.stations.values()))
    async with wire.station("/unknown33"):
        assert len([station for station in wire.central.stations.values() if station.unknown]) == 32


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("ocpp1.6",), "ocpp1.6"),
        (("ocpp1.6", "ocpp2.0.1", "ocpp2.1"), "ocpp2.1"),
        (("ocpp2.1", "ocpp1.6", "ocpp2.0.1"), "ocpp2.1"),
        (("ocpp1.6", "ocpp2.0.1"), "ocpp2.0.1"),
        (("ocpp1.5", "ocpp1.6", "mqtt"), "ocpp1.6"),
        (("OCPP1.6",), "OCPP1.6"),
        (("ocpp2.0",), None),
        (("ocpp1.5", "soap"), None),
        ((), None),
    ],
)
async def test_c2_the_newest_version_that_both_speak_is_spoken(
    wire: Wire, offered: tuple[str, ...], chosen: str | None
) -> None:
    if chosen is None:
        with pytest.raises(WSServerHandshakeError, match="400"):
            async with wire.station(protocols=offered):
                pass
        assert not wire.central.stations
        return
    async with wire.station(protocols=offered) as station:
        assert station.websocket.protocol == chosen
        version = wire.central.stations["CP1"].version
        assert version is not None
        assert version.subprotocol == chosen.lower()


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (replace(OPEN, versions=(Version.V16,)), "ocpp1.6"),
        (replace(OPEN, versions=(Version.V21, Version.V16)), "ocpp2.1"),
        (replace(OPEN, preferred_version=Version.V201), "ocpp2.0.1"),
        (replace(OPEN, preferred_version=Version.V201, versions=(Version.V16,)), "ocpp1.6"),
    ],
)
async def test_c2_what_is_pinned_or_worked_last_is_spoken(wire: Wire, wanted: StationCredentials, chosen: str) -> None:
    wire.house.known["CP1"] = wanted
    async with wire.station(protocols=("ocpp2.1", "ocpp2.0.1", "ocpp1.6")) as station:
        assert station.websocket.protocol == chosen


async def test_c5_the_newest_connection_from_the_same_address_wins(wire: Wire) -> None:
    async with wire.station() as old, wire.station() as new:
        assert await old.ended_with() == WSCloseCode.POLICY_VIOLATION
        assert (await new.ask("Heartbeat", {}))[0] == 3
        assert wire.central.stations["CP1"].connected
    assert wire.house.events == []


async def test_c5_from_another_address_only_in_place_of_one_that_is_dead(wire: Wire) -> None:
    async with wire.station() as old:
        there = wire.central.stations["CP1"].connection
        assert there is not None
        there.address = "192.0.2.1"
        # One that listens (a client answers pings while it receives).
        listening = asyncio.create_task(old.hear())
        with pytest.raises(WSServerHandshakeError, match="409"):
            async with wire.station():
                pass
        assert wire.house.events == [("CP1", SecurityEvent.DISPLACEMENT_REFUSED)]
        await old.say([2, "1", "Heartbeat", {}])
        assert (await listening)[0] == 3
        # One that answers no ping.
        with patch("custom_components.ev_sessions.chargers.ocpp.central._STILL_THERE_S", 0.05):
            async with wire.station() as new:
                assert (await new.ask("Heartbeat", {}))[0] == 3
        assert wire.house.events[1:] == [("CP1", SecurityEvent.DISPLACED)]


async def test_c5_a_station_that_is_silent_and_answers_no_ping_is_offline(wire: Wire) -> None:
    with patch.object(connection_room, "_QUIET_S", 0.1):
        async with wire.station():
            to = wire.central.stations["CP1"]
            lost = asyncio.Event()
            to.subscribe(lost.set)
            async with asyncio.timeout(30):
                await lost.wait()
            assert not to.connected


async def test_c5_a_station_that_answers_pings_stays(wire: Wire) -> None:
    with patch.object(connection_room, "_QUIET_S", 0.1):
        async with wire.station() as station:
            assert await station.hears_nothing(for_s=0.6)
            assert (await station.ask("Heartbeat", {}))[0] == 3


async def test_c5_a_frame_over_one_mebibyte_closes_and_one_below_does_not(wire: Wire) -> None:
    async with wire.station() as station:
        assert (await station.ask("Heartbeat", {"pad": "x" * 1_000_000}))[0] == 3
        await station.say([2, "1", "Heartbeat", {"pad": "x" * 1_048_576}])
        assert await station.ended_with() == WSCloseCode.MESSAGE_TOO_BIG


async def test_c5_when_we_go_stations_are_told_and_the_port_is_free(wire: Wire) -> None:
    async with wire.station() as one, wire.station("/CP2") as two:
        call = asyncio.create_task(wire.central.stations["CP1"].async_call("ClearCache", {}))
        await one.hear()
        ends = [asyncio.create_task(station.ended_with()) for station in (one, two)]
        await wire.central.async_close()
        assert [await end for end in ends] == [WSCloseCode.GOING_AWAY] * 2
        with pytest.raises(Exception, match="went away"):
            await call
    await wire.central.async_listen(wire.config)
    async with wire.station() as again:
        assert (await again.ask("Heartbeat", {}))[0] == 3


async def test_c5_a_site_that_goes_takes_only_its_own_port_along(wire: Wire, hass: HomeAssistant) -> None:
    async with central_system(hass) as other:
        await other.central.async_close()
        await wire.central.async_listen(other.config)
        async with wire.station() as stays, other.station("/CP2") as goes:
            await until(lambda: len(wire.central.stations) == 2)
            ended = asyncio.create_task(goes.ended_with())
            await wire.central.async_stop_listening(other.config)
            assert await ended == WSCloseCode.GOING_AWAY
            assert (await stays.ask("Heartbeat", {}))[0] == 3


async def test_a_port_that_is_taken_says_by_whom(wire: Wire, hass: HomeAssistant) -> None:
    with pytest.raises(PortTakenError) as nobody:
        await wire.central.async_listen(ListenerConfig(port=wire.config.port, address="127.0.0.1", key="other"))
    assert nobody.value.holder is None
    data = {"host": "0.0.0.0", "port": wire.config.port}
    MockConfigEntry(domain="ocpp", title="Another central system", data=data).add_to_hass(hass)
    with pytest.raises(PortTakenError, match=r"taken by Another central system$"):
        await wire.central.async_listen(ListenerConfig(port=wire.config.port, address="127.0.0.1", key="other"))


async def test_a_flood_of_connections_and_of_messages_is_slowed(wire: Wire) -> None:
    with (
        patch.object(connection_room, "_MESSAGES_AT_ONCE", 5),
        patch.object(connection_room, "_MESSAGES_PER_S", 20),
    ):
        async with wire.station() as station:
            began = asyncio.get_running_loop().time()
            for number in range(15):
                await station.say([2, str(number), "Heartbeat", {}])
            # None of them is lost.
            assert [(await station.hear())[1] for _ in range(15)] == [str(number) for number in range(15)]
            assert asyncio.get_running_loop().time() - began >= 0.4
    with patch.object(admission, "_CONNECTS_AT_ONCE", 2):
        async with central_system(wire.hass) as flooded:
            for _ in range(2):
                async with flooded.station():
                    pass
            with pytest.raises(WSServerHandshakeError, match="429"):
                async with flooded.station():
                    pass


async def test_who_connects_and_asks_nothing_is_hung_up_on(hass: HomeAssistant, socket_enabled: None) -> None:
    with patch.object(listener, "_LOOK_S", 0.1):
        async with central_system(hass) as wire:
            wire.house.known["CP1"] = OPEN
            reader, _writer = await asyncio.open_connection("127.0.0.1", wire.config.port)
            async with wire.station() as station:
                async with asyncio.timeout(30):
                    assert await reader.read(1) == b""
                assert (await station.ask("Heartbeat", {}))[0] == 3


async def test_a_site_that_asks_for_a_port_of_another_machine_is_told_so(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    async def serve(*_: object) -> None: ...

    with pytest.raises(OSError, match=r"192\.0\.2\.1"):
        await Listener(hass, ListenerConfig(port=9, address="192.0.2.1"), serve).async_start()  # type: ignore[arg-type]


async def test_a_forgotten_station_is_a_new_one(wire: Wire) -> None:
    async with wire.station() as station:
        before = wire.central.stations["CP1"]
        wire.central.forget("CP1")
        assert await station.ended_with() == WSCloseCode.GOING_AWAY
    assert not wire.central.stations
    assert wire.central.station("CP1") is not before
    assert isinstance(wire.house, NotingHouse)


async def test_who_comes_while_one_that_proves_more_is_coming_is_turned_away(wire: Wire) -> None:
    async with wire.station() as there:
        to = wire.central.stations["CP1"]
        # As if the better one had come between the two checks of the newcomer.
        with patch.object(CentralSystem, "_async_make_way"):
            assert to.connection is not None
            to.connection.security_profile = 2
            async with wire.station() as late:
                assert await late.ended_with() == WSCloseCode.POLICY_VIOLATION
        assert (await there.ask("Heartbeat", {}))[0] == 3


async def test_a_station_can_be_sent_away_to_come_again(wire: Wire) -> None:
    async with wire.station() as station:
        ended = asyncio.create_task(station.ended_with())
        await wire.central.stations["CP1"].async_disconnect(WSCloseCode.SERVICE_RESTART, "new password")
        assert await ended == WSCloseCode.SERVICE_RESTART
    await wire.central.stations["CP1"].async_disconnect(WSCloseCode.SERVICE_RESTART, "nobody there")


async def test_who_pings_without_end_has_to_wait(wire: Wire) -> None:
    with (
        patch.object(connection_room, "_MESSAGES_AT_ONCE", 2.0),
        patch.object(connection_room, "_MESSAGES_PER_S", 10.0),
    ):
        async with wire.station() as station:
            begun_s = wire.hass.loop.time()
            for _ in range(5):
                await station.websocket.ping()
            assert (await station.ask("Heartbeat", {}))[0] == 3
            assert wire.hass.loop.time() - begun_s > 0.3


async def test_who_pings_is_answered_and_who_listens_to_a_station_may_stop(wire: Wire) -> None:
    heard: list[bool] = []
    unsubscribe = wire.central.station("CP1").subscribe(lambda: heard.append(wire.central.stations["CP1"].connected))
    async with wire.station() as station:
        await station.websocket.ping(b"are you there")
        assert (await station.ask("Heartbeat", {}))[0] == 3
    await until(lambda: heard == [True, False])
    unsubscribe()
    unsubscribe()
    async with wire.station():
        pass
    assert heard == [True, False]
