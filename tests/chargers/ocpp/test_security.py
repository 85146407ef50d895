"""C3, C4 and the certificates: who may come in the name of a station."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
import os
from pathlib import Path
import ssl
from typing import Any
from unittest.mock import patch

from aiohttp import ClientConnectionError, ClientConnectorError, WSServerHandshakeError
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.ocpp import admission, listener
from custom_components.ev_sessions.chargers.ocpp.house import SecurityEvent, StationCredentials
from custom_components.ev_sessions.chargers.ocpp.listener import ListenerConfig
from custom_components.ev_sessions.chargers.ocpp.security import Allowance, hash_password, parse_basic, verify_password
from custom_components.ev_sessions.chargers.ocpp.tls import CertificateError, ServerTls

from .certificates import Authority
from .rig import OPEN, Wire, central_system, until

RIGHT = "pass:wörd: of 1"
HASHED = hash_password(RIGHT)
WITH_PASSWORD = StationCredentials(password_hashes=(HASHED,))


async def refused(wire: Wire, path: str = "/CP1", **options: Any) -> int:
    """Return the status with which a handshake is refused."""
    with pytest.raises(WSServerHandshakeError) as refusal:
        async with wire.station(path, **options):
            pass
    return refusal.value.status


async def test_c3_profile_0_is_taken_only_where_the_owner_allows_it(wire: Wire) -> None:
    async with wire.station():
        assert wire.central.stations["CP1"].security_profile == 0
    wire.house.known["CP1"] = StationCredentials()
    assert await refused(wire) == 401
    assert wire.house.events == [("CP1", SecurityEvent.PROFILE_TOO_LOW)]


async def test_c3_profile_1_asks_for_the_identity_and_its_password(wire: Wire) -> None:
    wire.house.known |= {"CP1": WITH_PASSWORD, "RPC 1/ä": WITH_PASSWORD}
    async with wire.station(auth=("CP1", RIGHT)):
        assert wire.central.stations["CP1"].security_profile == 1
    async with wire.station("/RPC%201%2F%C3%A4", auth=("RPC 1/ä", RIGHT)):
        pass
    assert await refused(wire) == 401
    assert await refused(wire, auth=("CP1", "wrong")) == 401
    assert await refused(wire, auth=("CP2", RIGHT)) == 401
    assert await refused(wire, headers={"Authorization": "Bearer abc"}) == 401
    assert await refused(wire, headers={"Authorization": "Basic !"}) == 401
    assert [event for _, event in wire.house.events] == [
        SecurityEvent.PROFILE_TOO_LOW,
        SecurityEvent.WRONG_PASSWORD,
        SecurityEvent.WRONG_USER,
        SecurityEvent.WRONG_PASSWORD,
        SecurityEvent.WRONG_PASSWORD,
    ]


async def test_c3_where_no_password_is_asked_for_a_wrong_one_is_still_wrong(wire: Wire) -> None:
    wire.house.known["CP1"] = replace(WITH_PASSWORD, least_profile=0)
    async with wire.station():
        pass
    assert await refused(wire, auth=("CP1", "wrong")) == 401


async def test_c3_who_guesses_has_to_wait_and_nobody_else_does(wire: Wire) -> None:
    wire.house.known |= {"CP1": WITH_PASSWORD, "CP2": WITH_PASSWORD}
    statuses = [await refused(wire, auth=("CP1", f"guess {number}")) for number in range(11)]
    assert statuses == [401] * 10 + [429]
    # Even with the right one, or the guesses would be free.
    assert await refused(wire, auth=("CP1", RIGHT)) == 429
    # All stations of a house may share an address.
    async with wire.station("/CP2", auth=("CP2", RIGHT)):
        pass
    assert wire.house.events.count(("CP1", SecurityEvent.TOO_MANY_ATTEMPTS)) == 1


async def test_c3_who_guesses_at_many_stations_has_to_wait_as_well(hass: HomeAssistant, socket_enabled: None) -> None:
    with patch.object(admission, "_WRONG_AT_ONCE_ANY", 2.0):
        async with central_system(hass) as wire:
            wire.house.known |= {f"CP{number}": WITH_PASSWORD for number in range(3)}
            statuses = [await refused(wire, f"/CP{number}", auth=(f"CP{number}", "x")) for number in range(3)]
            assert statuses == [401, 401, 429]


async def test_c4_while_a_password_is_changed_both_are_taken_and_then_one(wire: Wire) -> None:
    new = hash_password("new one")
    wire.house.known["CP1"] = StationCredentials(password_hashes=(HASHED, new))
    for password in (RIGHT, "new one"):
        async with wire.station(auth=("CP1", password)):
            pass
    # Accepted by the station: the old one is no longer.
    wire.house.known["CP1"] = StationCredentials(password_hashes=(new,))
    assert await refused(wire, auth=("CP1", RIGHT)) == 401
    async with wire.station(auth=("CP1", "new one")):
        pass


async def test_c5_a_connection_never_takes_the_place_of_one_that_has_proved_more(wire: Wire) -> None:
    wire.house.known["CP1"] = replace(WITH_PASSWORD, least_profile=0)
    async with wire.station(auth=("CP1", RIGHT)) as there:
        assert await refused(wire) == 409
        assert wire.house.events == [("CP1", SecurityEvent.DISPLACEMENT_REFUSED)]
        assert (await there.ask("Heartbeat", {}))[0] == 3
        async with wire.station(auth=("CP1", RIGHT)) as newer:
            assert (await newer.ask("Heartbeat", {}))[0] == 3
    # The lower one goes at once where a higher one comes, from wherever.
    async with wire.station() as lower:
        there_now = wire.central.stations["CP1"].connection
        assert there_now is not None
        there_now.address = "192.0.2.1"
        async with wire.station(auth=("CP1", RIGHT)):
            await lower.ended_with()
    assert wire.house.events[1:] == [("CP1", SecurityEvent.DISPLACED)]


@pytest.mark.parametrize(
    ("password", "stored", "right"),
    [
        (b"secret", (hash_password("secret"),), True),
        (b"secret", (hash_password("Secret"),), False),
        (b"", (hash_password("secret"),), False),
        (b"secret", (), False),
        (b"secret", ("plain$secret",), False),
        (b"\xff\x00raw", (hash_password(b"\xff\x00raw"),), True),
        # The digits of the key in place of its octets.
        (b"AB" * 20, (hash_password(b"\xab" * 20),), True),
        (b"xy" * 20, (hash_password(b"\xab" * 20),), False),
        (b"AB" * 20, (hash_password("AB" * 20),), True),
    ],
)
def test_passwords_are_compared_as_octets(password: bytes, stored: tuple[str, ...], right: bool) -> None:
    assert verify_password(password, stored) is right


def test_a_hash_tells_neither_the_password_nor_that_two_are_equal() -> None:
    assert hash_password("secret") != hash_password("secret")
    assert "secret" not in hash_password("secret")


@pytest.mark.parametrize(
    ("header", "user", "password"),
    [
        (b"CP1:pass:w\xc3\xb6rd", "CP1", b"pass:w\xc3\xb6rd"),
        (b"CP1:", "CP1", b""),
        (b"CP1", None, None),
        (b"\xff:x", None, None),
    ],
)
def test_basic_is_divided_at_the_first_colon(header: bytes, user: str | None, password: bytes | None) -> None:
    found = parse_basic(f"basic {b64encode(header).decode()}")
    assert (found and found.user, found and found.password) == (user, password)


def test_an_allowance_comes_back_with_time_and_forgets_old_keys() -> None:
    allowance = Allowance[str](burst=2, per_s=0.5, keys=2)
    assert [allowance.take("a", 0.0) for _ in range(3)] == [True, True, False]
    assert allowance.wait_s("a", 0.0) == 2.0
    assert [allowance.take("a", 2.0), allowance.take("a", 2.0)] == [True, False]
    assert allowance.take("b", 2.0)
    assert allowance.take("c", 2.0)
    # What is forgotten begins anew; the table does not grow.
    assert allowance.take("a", 2.0)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def secure(hass: HomeAssistant, socket_enabled: None, authority: Authority) -> AsyncGenerator[Wire]:
    # A loop that is debugged tells of each handshake that fails.
    hass.loop.set_debug(False)
    certificate, key = authority.issue("central")
    files = {"certificate": str(certificate), "key": str(key), "client_ca": str(authority.file)}
    async with central_system(hass, **files) as wire:
        wire.house.known["CP1"] = StationCredentials(password_hashes=(HASHED,), least_profile=2)
        yield wire


async def test_c3_profile_2_is_a_password_over_tls(secure: Wire, authority: Authority) -> None:
    trusting = authority.trusting()
    async with secure.station(auth=("CP1", RIGHT), tls=trusting):
        assert secure.central.stations["CP1"].security_profile == 2
    assert await refused(secure, tls=trusting) == 401
    assert await refused(secure, auth=("CP1", "wrong"), tls=trusting) == 401


async def test_c3_tls_before_1_2_is_refused(secure: Wire, authority: Authority) -> None:
    old = authority.trusting()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises(ClientConnectorError):
        async with secure.station(auth=("CP1", RIGHT), tls=old):
            pass
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with secure.station(auth=("CP1", RIGHT), tls=old):
        pass


async def test_c3_profile_3_is_a_certificate_in_the_name_of_the_station(
    secure: Wire, authority: Authority, tmp_path: Path
) -> None:
    secure.house.known["CP1"] = StationCredentials(least_profile=3)
    async with secure.station(tls=authority.trusting(authority.issue("CP1"))):
        assert secure.central.stations["CP1"].security_profile == 3
    # Another station's certificate is good for the other station only.
    assert await refused(secure, tls=authority.trusting(authority.issue("CP2"))) == 401
    assert SecurityEvent.WRONG_CERTIFICATE in {event for _, event in secure.house.events}
    # A certificate of whom we do not trust does not even get to ask.
    (tmp_path / "other").mkdir()
    foreign = Authority(tmp_path / "other", "Other CA")
    with pytest.raises((ClientConnectionError, ConnectionError)):
        async with secure.station(tls=authority.trusting(foreign.issue("CP1"))):
            pass


async def test_a_renewed_certificate_is_shown_without_a_restart(authority: Authority, hass: HomeAssistant) -> None:
    certificate, key = authority.issue("central")
    tls = ServerTls(str(certificate), str(key), None)
    await hass.async_add_executor_job(tls.load)
    os.utime(certificate, (1, 1))
    with patch.object(ssl.SSLContext, "load_cert_chain") as load:
        await hass.async_add_executor_job(tls.renew)
        await hass.async_add_executor_job(tls.renew)
    assert load.call_count == 1
    certificate.unlink()
    await hass.async_add_executor_job(tls.renew)
    assert load.call_count == 1


async def test_a_certificate_that_was_renewed_badly_is_told_of_once(
    hass: HomeAssistant, socket_enabled: None, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = authority.issue("central")
    with patch.object(listener, "_LOOK_S", 0.05):
        async with central_system(hass, certificate=str(certificate), key=str(key)) as wire:
            wire.house.known["CP1"] = OPEN
            certificate.write_text("broken")
            await until(lambda: "The new certificate of port" in caplog.text)
            await asyncio.sleep(0.2)
            assert caplog.text.count("The new certificate of port") == 1


@pytest.mark.parametrize(
    "broken",
    [
        lambda files: ListenerConfig(port=1, certificate="/nowhere.pem"),
        lambda files: ListenerConfig(port=1, certificate=str(files[0]), key=str(files[2])),
        lambda files: ListenerConfig(port=1, certificate=str(files[0]), key=str(files[1]), client_ca="/nowhere.pem"),
    ],
)
async def test_files_that_are_no_certificate_are_told_of_before_the_port_is_opened(
    wire: Wire, authority: Authority, broken: Callable[[tuple[Path, ...]], ListenerConfig]
) -> None:
    files = (*authority.issue("one"), authority.issue("two")[1])
    with pytest.raises(CertificateError):
        await wire.central.async_listen(broken(files))
    wire.house.known["CP1"] = OPEN
