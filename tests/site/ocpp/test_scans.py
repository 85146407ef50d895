"""A card that somebody holds to a charger is a scan of Home Assistant's tags: once, when it happens."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ev_sessions.core.id_token import IdToken, TokenState

from .conftest import OcppSite
from .test_foreign_suite import VERSIONS, Suite, told
from .test_sessions import Hands, hands, started, station_service

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")


class Reader:
    """A station that cards are held to, and the scans that Home Assistant hears of."""

    def __init__(self, station: Suite, hands: Hands, tags: list[Event[Any]]) -> None:
        self.station = station
        self._hands = hands
        self._tags = tags

    def now(self, ago_s: float = 0.0) -> str:
        return told(ago_s - self._hands.ahead.total_seconds())

    def later(self, seconds: float) -> None:
        self._hands.ahead += timedelta(seconds=seconds)

    async def begin(self, token: str, *, ago_s: float = 0.0, **event: Any) -> int | str:
        at = self.now(ago_s)
        if not self.station.is_2:
            start = {"connectorId": 1, "idTag": token, "meterStart": 0, "timestamp": at}
            number: int = (await self.station.gets("StartTransaction", start))["transactionId"]
            return number
        card = {"idToken": token, "type": "ISO14443"}
        held = {"timestamp": at, "idToken": card, "triggerReason": "Authorized", **event}
        assert (await self.station.event("Started", "T1", **held))[0] == 3
        return "T1"

    async def end(self, token: str, transaction: int | str, *, why: str, trigger: str) -> None:
        at = self.now()
        if not self.station.is_2:
            stop = {"transactionId": transaction, "idTag": token, "meterStop": 0, "timestamp": at, "reason": why}
            await self.station.gets("StopTransaction", stop)
            return
        info = {"transactionId": "T1", "stoppedReason": why}
        card = {"idToken": token, "type": "ISO14443"}
        ended = await self.station.event(
            "Ended", "T1", timestamp=at, transactionInfo=info, idToken=card, triggerReason=trigger
        )
        assert ended[0] == 3

    async def scans(self, hass: HomeAssistant) -> list[str]:
        await hass.async_block_till_done()
        found = [event.data["tag_id"] for event in self._tags]
        self._tags.clear()
        return found


@asynccontextmanager
async def reader(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str, **station: Any
) -> AsyncGenerator[tuple[Reader, Any]]:
    assert await async_setup_component(hass, "tag", {})
    async with started(hass, tmp_path, **station) as (entry, port), ClientSession() as session:
        await entry.runtime_data.cards.async_put(IdToken(value="CARD"), TokenState.ACCEPTED, who="test")
        async with OcppSite(hass, entry, port, session).station("CP1", protocol=f"ocpp{version}") as talker:
            suite = Suite(talker, version)
            await suite.boot()
            yield Reader(suite, hands, async_capture_events(hass, "tag_scanned")), station_service(entry)


@VERSIONS
async def test_card_is_one_scan_from_its_question_to_its_start_and_one_more_where_it_ends_the_charge(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with reader(hass, hands, tmp_path, version) as (at, _):
        assert await at.station.authorize("CARD") == "Accepted"
        assert await at.scans(hass) == ["CARD"]
        at.later(20)
        transaction = await at.begin("CARD")
        assert await at.scans(hass) == []
        at.later(600)
        await at.end("CARD", transaction, why="Local", trigger="StopAuthorized")
        assert await at.scans(hass) == ["CARD"]


@VERSIONS
async def test_card_of_a_start_is_a_scan_and_the_car_that_leaves_is_none(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with reader(hass, hands, tmp_path, version) as (at, _):
        transaction = await at.begin("CARD")
        assert await at.scans(hass) == ["CARD"]
        at.later(600)
        if at.station.is_2:
            # Some name the card in each event.
            card = {"idToken": "CARD", "type": "ISO14443"}
            assert (await at.station.event("Updated", "T1", timestamp=at.now(), idToken=card))[0] == 3
        await at.end("CARD", transaction, why="EVDisconnected", trigger="EVCommunicationLost")
        assert await at.scans(hass) == []


@VERSIONS
async def test_start_of_an_hour_ago_is_no_scan_and_its_card_is_not_learned(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with reader(hass, hands, tmp_path, version) as (at, service):
        await at.begin("CARD", ago_s=3600, offline=True)
        assert await at.scans(hass) == []
        service.cards.async_learn()
        if version == "1.6":
            await at.begin("STRANGER", ago_s=1800)
        else:
            card = {"idToken": "STRANGER", "type": "ISO14443"}
            started_at = at.now(1800)
            told_late = {"timestamp": started_at, "idToken": card, "triggerReason": "Authorized", "offline": True}
            answer = await at.station.event("Started", "T2", **told_late)
            assert answer[2]["idTokenInfo"]["status"] == "Invalid"
        assert service.cards.is_learning
        assert await at.station.authorize("STRANGER") == "Accepted"


@VERSIONS
async def test_known_card_is_a_scan_where_charging_is_free_and_any_other_is_none(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with reader(hass, hands, tmp_path, version, free=True) as (at, _):
        assert await at.station.authorize("ANYBODY") == "Accepted"
        assert await at.scans(hass) == []
        assert await at.station.authorize("CARD") == "Accepted"
        assert await at.scans(hass) == ["CARD"]
