"""D1: where a station sends its log."""

from collections.abc import AsyncIterator
from datetime import timedelta
from http import HTTPStatus
import os
from pathlib import Path
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ev_sessions.chargers.ocpp import uploads
from custom_components.ev_sessions.chargers.ocpp.uploads import PATH, UPLOADS, UploadDesk, async_uploads

type Client = TestClient[Any, Any]


@pytest.fixture
async def desk(hass: HomeAssistant, tmp_path: Path) -> UploadDesk:
    assert await async_setup_component(hass, "http", {})
    hass.data[UPLOADS] = desk = UploadDesk(hass, tmp_path / "logs")
    hass.http.register_view(uploads.UploadView())
    return desk


@pytest.fixture
async def client(desk: UploadDesk, hass_client_no_auth: ClientSessionGenerator) -> Client:
    return await hass_client_no_auth()


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "logs").iterdir()) if (tmp_path / "logs").exists() else []


async def test_d1_log_is_taken_once_and_kept_under_a_name_of_ours(
    desk: UploadDesk, client: Client, tmp_path: Path
) -> None:
    path = desk.async_expect("RPC 1/../ä")
    response = await client.put(f"{path}/diagnostics.zip", data=b"what happened")
    assert response.status == HTTPStatus.CREATED
    (file,) = kept(tmp_path)
    assert file.read_bytes() == b"what happened"
    assert file.name.startswith("RPC_1_")
    assert file.suffix == ".zip"
    assert (await client.put(path, data=b"again")).status == HTTPStatus.NOT_FOUND


async def test_d1_form_is_taken_as_well(desk: UploadDesk, client: Client, tmp_path: Path) -> None:
    form = FormData()
    form.add_field("file", b"what happened", filename="log.txt")
    assert (await client.post(desk.async_expect("BOX1"), data=form)).status == HTTPStatus.CREATED
    assert [file.read_bytes() for file in kept(tmp_path)] == [b"what happened"]


async def test_d1_nobody_else_can_upload_and_nobody_late(
    desk: UploadDesk, client: Client, tmp_path: Path, freezer: FrozenDateTimeFactory
) -> None:
    assert (await client.put(f"{PATH}/guessed", data=b"x")).status == HTTPStatus.NOT_FOUND
    path = desk.async_expect("BOX1")
    freezer.tick(timedelta(hours=1, seconds=1))
    assert (await client.put(path, data=b"x")).status == HTTPStatus.NOT_FOUND
    assert kept(tmp_path) == []


async def test_d1_too_large_a_log_is_refused_and_leaves_nothing(
    desk: UploadDesk, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 100_000)
    path = desk.async_expect("BOX1")
    assert (await client.put(path, data=b"x" * 200_000)).status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert kept(tmp_path) == []
    # A shorter one may follow: the station tries again by itself.
    assert (await client.put(path, data=b"x" * 90_000)).status == HTTPStatus.CREATED


async def test_d1_folder_is_bounded_and_the_oldest_go_first(
    desk: UploadDesk, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_KEPT", 2)
    for number in range(3):
        assert (await client.put(desk.async_expect("BOX1"), data=f"{number}".encode())).status == HTTPStatus.CREATED
        for file in kept(tmp_path):
            os.utime(file, (int(file.read_bytes()), int(file.read_bytes())))
    assert {file.read_bytes() for file in kept(tmp_path)} == {b"1", b"2"}
    monkeypatch.setattr(uploads, "MOST_KEPT_BYTES", 1)
    await client.put(desk.async_expect("BOX1"), data=b"9")
    assert [file.read_bytes() for file in kept(tmp_path)] == [b"9"]


async def test_d1_only_so_many_are_expected_at_a_time(desk: UploadDesk, client: Client) -> None:
    first, *_, last = [desk.async_expect("BOX1") for _ in range(20)]
    assert (await client.put(first, data=b"x")).status == HTTPStatus.NOT_FOUND
    assert (await client.put(last, data=b"x")).status == HTTPStatus.CREATED


async def test_d1_upload_that_breaks_off_or_cannot_be_kept_is_told_and_may_be_tried_again(
    desk: UploadDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = desk.async_expect("BOX1").rpartition("/")[2]

    async def body(*, error: Exception | None = None) -> AsyncIterator[bytes]:
        yield b"half"
        if error is not None:
            raise error
        # While one is taken another one with the same address is not.
        assert await desk.async_take(token, "", body()) is HTTPStatus.CONFLICT

    assert await desk.async_take(token, "", body(error=ValueError("no form"))) is HTTPStatus.BAD_REQUEST
    assert await desk.async_take(token, "", body(error=TimeoutError())) is HTTPStatus.REQUEST_TIMEOUT
    assert await desk.async_take(token, "", body(error=OSError("disk full"))) is HTTPStatus.INSUFFICIENT_STORAGE
    assert kept(tmp_path) == []
    assert await desk.async_take(token, "", body()) is HTTPStatus.CREATED


async def test_d1_address_exists_once(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "http", {})
    assert async_uploads(hass) is async_uploads(hass)
