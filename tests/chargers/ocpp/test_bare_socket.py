"""A station without a library: what goes over the wire is written here octet by octet, as other stacks may write it."""

import asyncio
from asyncio import StreamReader, StreamWriter
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
from secrets import token_bytes
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.house import StationCredentials
from custom_components.ev_sessions.chargers.ocpp.security import hash_password

from .rig import Wire

_TEXT, _BINARY, _PING, _PONG = 1, 2, 9, 10
HEARTBEAT = b'[2,"1","Heartbeat",{}]'


def frame(data: bytes, opcode: int = _TEXT, *, last: bool = True, reserved: int = 0) -> bytes:
    """Return a frame of a client (RFC 6455, 5.2), masked as it has to be."""
    mask = token_bytes(4)
    assert len(data) < 126
    head = bytes([(0x80 if last else 0) | reserved << 4 | opcode, 0x80 | len(data)])
    return head + mask + bytes(octet ^ mask[place % 4] for place, octet in enumerate(data))


class Bare:
    """One connection; `status` is the answer to its request, `headers` its headers in small letters."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}

    async def ask_for(self, path: str, *lines: str) -> None:
        """Ask for a WebSocket with these lines of the header beside those that every client sends."""
        fixed = ["host: x", "UPGRADE: WebSocket", "connection: keep-alive, Upgrade", "sec-websocket-version: 13"]
        key = b64encode(token_bytes(16)).decode()
        request = [f"GET {path} HTTP/1.1", *fixed, f"sec-websocket-key: {key}", *lines, "", ""]
        self._writer.write("\r\n".join(request).encode())
        self.status = int((await self._reader.readline()).split()[1])
        while line := (await self._reader.readline()).decode().strip():
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()

    def say(self, *frames: bytes) -> None:
        self._writer.write(b"".join(frames))

    async def hear(self) -> tuple[int, bytes]:
        """Return opcode and content of the next frame, which no server masks."""
        async with asyncio.timeout(30):
            first, length = await self._reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await self._reader.readexactly(2))
            return first & 0x0F, await self._reader.readexactly(length)

    async def hear_call(self) -> list[Any]:
        opcode, data = await self.hear()
        assert opcode == _TEXT
        answer: list[Any] = json.loads(data)
        return answer

    async def ended(self) -> bytes:
        """Return all that comes until the other side hangs up."""
        async with asyncio.timeout(30):
            return await self._reader.read()


@asynccontextmanager
async def bare(wire: Wire) -> AsyncGenerator[Bare]:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.config.port)
    try:
        yield Bare(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("lines", "spoken"),
    [
        (("sec-websocket-protocol: ocpp1.6",), "ocpp1.6"),
        (("SEC-WEBSOCKET-PROTOCOL:ocpp1.6,ocpp2.0.1",), "ocpp2.0.1"),
        (("Sec-WebSocket-Protocol: ocpp1.5, ocpp1.6", "sec-websocket-protocol: ocpp2.0.1"), "ocpp2.0.1"),
        (("Sec-WebSocket-Protocol: , OCPP1.6 ,",), "OCPP1.6"),
        (("Sec-WebSocket-Protocol: ocpp2.0.1, ocpp2.0.1",), "ocpp2.0.1"),
    ],
)
async def test_c2_version_is_found_however_the_header_is_written_and_one_is_echoed(
    wire: Wire, lines: tuple[str, ...], spoken: str
) -> None:
    async with bare(wire) as station:
        await station.ask_for("/CP1", *lines)
        assert (station.status, station.headers["sec-websocket-protocol"]) == (101, spoken)
        station.say(frame(HEARTBEAT))
        assert (await station.hear_call())[:2] == [3, "1"]


async def test_r1_message_in_pieces_with_a_ping_between_them_is_one_call(wire: Wire) -> None:
    async with bare(wire) as station:
        await station.ask_for("/CP1", "Sec-WebSocket-Protocol: ocpp1.6")
        station.say(frame(HEARTBEAT[:5], last=False), frame(b"still here", _PING))
        assert await station.hear() == (_PONG, b"still here")
        station.say(frame(HEARTBEAT[5:9], 0, last=False), frame(b"", 0, last=False), frame(HEARTBEAT[9:], 0))
        assert (await station.hear_call())[:2] == [3, "1"]
        # Octets in place of text, a pong that nobody asked for, and several frames in one packet.
        station.say(frame(b"", _PONG), frame(HEARTBEAT, _BINARY), frame(HEARTBEAT))
        assert [(await station.hear_call())[0] for _ in range(2)] == [3, 3]


@pytest.mark.parametrize(
    "octets",
    [
        frame(HEARTBEAT, reserved=4),  # compressed, though nobody agreed to that
        frame(HEARTBEAT, 3),  # an opcode that does not exist
        frame(b"x", 0),  # goes on with what never began
        frame(b"x" * 20, _PING, last=False),  # a control frame in pieces
    ],
    # Frames are masked at random, and all who run tests beside each other have to call them the same.
    ids=["compressed", "no_opcode", "no_beginning", "control_in_pieces"],
)
async def test_r1_what_is_no_websocket_ends_that_connection_alone_and_it_may_come_again(
    wire: Wire, octets: bytes
) -> None:
    async with wire.station("/CP2") as other, bare(wire) as station:
        await station.ask_for("/CP1", "Sec-WebSocket-Protocol: ocpp1.6")
        station.say(octets)
        await station.ended()
        assert (await other.ask("Heartbeat", {}))[0] == 3
        async with bare(wire) as again:
            await again.ask_for("/CP1", "Sec-WebSocket-Protocol: ocpp1.6")
            again.say(frame(HEARTBEAT))
            assert (await again.hear_call())[:2] == [3, "1"]


async def test_c3_empty_password_is_a_wrong_one(wire: Wire) -> None:
    wire.house.known["CP1"] = StationCredentials(password_hashes=(hash_password("right"),))
    for given, status in ((b"CP1:", 401), (b"CP1", 401), (b":", 401), (b"CP1:right", 101)):
        async with bare(wire) as station:
            basic = f"authorization: bAsIc {b64encode(given).decode()}"
            await station.ask_for("/CP1", "Sec-WebSocket-Protocol: ocpp1.6", basic)
            assert station.status == status, given


async def test_c5_many_that_come_back_at_once_are_all_let_in_and_served(wire: Wire) -> None:
    for number in range(60):
        wire.house.known[f"CP{number}"] = StationCredentials(least_profile=0)

    async def come(number: int) -> None:
        async with bare(wire) as station:
            await station.ask_for(f"/CP{number % 60}", "Sec-WebSocket-Protocol: ocpp1.6")
            assert station.status == 101
            station.say(frame(HEARTBEAT))
            assert (await station.hear_call())[:2] == [3, "1"]

    await asyncio.gather(*(come(number) for number in range(60)))
    await asyncio.gather(*(come(number) for number in range(60)))
