"""A real Home Assistant, stations on real sockets, and all that goes wrong between them: each figure is right.

All stories live at once, each at a station of its own, with one Home Assistant that is stopped and killed on the way.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pytest
import pytest_socket

from simulator.demo import flows
from simulator.hass.client import Json
from simulator.ocpp.behaviour import MEASURANDS, Behaviour
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.e2e.ledger_truth import hold_ledger_file
from tests.e2e.ocpp_stories import GONE_S, STORIES, WAYS, Act, Actor, Truth
from tests.e2e.patience import OTHERS_S, STORY_S
from tests.e2e.set_up import errors_of_ours
from tests.e2e.station_house import StationHouse, station_house

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(STORY_S)]

VERSIONS = ("1.6", "2.0.1", "2.1")
#: Which story is lived in which version.
LIVED = [(name, version) for name, story in STORIES.items() for version in VERSIONS if story.in_21 or version != "2.1"]
#: What is told of an instant: the station's own clock, to the second, and a message's way.
_INSTANT_S = 3.0


@dataclass
class Lived:
    """What was true and what was told, by story and version."""

    truths: dict[tuple[str, str], list[Truth] | BaseException] = field(default_factory=dict)
    told: dict[str, list[Json]] = field(default_factory=dict)
    log: str = ""


def _name(story: str, version: str) -> str:
    return f"{story} ({version})"


def _places() -> dict[tuple[str, str], str]:
    """Return the identity of each story's station, by story and version."""
    return {
        (story, version): f"V{version.replace('.', '')}-{number:02}" for number, (story, version) in enumerate(LIVED)
    }


async def _live(folder: Any) -> Lived:
    lived = Lived()
    places = _places()
    async with station_house(folder) as stations:
        for version in VERSIONS:
            await stations.adopt(f"FIRST-{version}", version, f"First {version}")
        # Each that is added sets the site up anew in the background.
        await flows.entities(stations.client, [f"First {version}" for version in VERSIONS])
        await stations.house.hass.stop()
        for version in VERSIONS:
            copies = [
                (identity, _name(story, version), STORIES[story].connectors)
                for (story, of), identity in places.items()
                if of == version
            ]
            await stations.multiply(f"FIRST-{version}", copies)
        await stations.house.hass.start(stations.client)
        await _tell_all(stations, places, lived)
        await stations.house.hass.stop()
        lived.log = stations.house.hass.log
        hold_ledger_file(stations.house.hass.folder)
    return lived


async def _tell_all(stations: StationHouse, places: dict[tuple[str, str], str], lived: Lived) -> None:
    act = Act()
    async with AsyncExitStack() as stack:
        tasks: dict[tuple[str, str], asyncio.Task[list[Truth]]] = {}
        for (story, version), identity in places.items():
            station = _station(stations, identity, version, story)
            await stack.enter_async_context(station.running())
            actor = Actor(station, act, partial(_told_wh, stations, _name(story, version)))
            tasks[story, version] = asyncio.create_task(_begin(story, actor), name=_name(story, version))
        for how in WAYS:
            await _until_ready(act, tasks)
            await (stations.house.hass.stop() if how == "SIGTERM" else stations.house.hass.kill())
            act.down[how].set()
            # What was let go has to run first.
            await asyncio.sleep(0.1)
            await _until_ready(act, tasks)
            await stations.house.hass.start(stations.client)
            act.up[how].set()
            await asyncio.sleep(0.1)
        found = await asyncio.gather(*tasks.values(), return_exceptions=True)
        lived.truths = dict(zip(tasks, found, strict=True))
        lived.told = await _when_ended(stations)


def _station(stations: StationHouse, identity: str, version: str, story: str) -> Station:
    outlets = []
    for _ in range(STORIES[story].connectors):
        outlet = HandOutlet(register_wh=STORIES[story].register_wh)
        outlet.counts = False
        outlets.append(outlet)
    return Station(
        stations.url,
        identity,
        DIALECTS[version],
        behaviour=Behaviour(reconnect_s=0.5, **STORIES[story].behaviour),
        outlets=outlets,
        automatic=False,
    )


async def _begin(story: str, actor: Actor) -> list[Truth]:
    async with asyncio.timeout(STORY_S):
        await actor.station.accepted.wait()
        await asyncio.sleep(3.0)
        measurands = "MeterValuesSampledData" if not actor.is_2 else "SampledDataCtrlr.TxUpdatedMeasurands"
        actor.station.dialect.settings[measurands].value = ",".join(MEASURANDS)
        truths = await STORIES[story].tell(actor)
        if not actor.act.down[WAYS[-1]].is_set():
            # Nobody may be gone for less than that when Home Assistant goes: it would be held, and is another story.
            await asyncio.sleep(GONE_S)
        return truths


async def _until_ready(act: Act, tasks: Mapping[Any, asyncio.Task[Any]]) -> None:
    """Wait until each story is over or waits for what comes next."""
    async with asyncio.timeout(STORY_S):
        while act.waiting < sum(not task.done() for task in tasks.values()):  # noqa: ASYNC110 it is about many events
            await asyncio.sleep(0.1)


async def _told_wh(stations: StationHouse, name: str, awaited_wh: float) -> float:
    """Return what is told of the session that is open now, once it is what is awaited or has had the time to be."""
    loop = asyncio.get_running_loop()
    give_up_s = loop.time() + OTHERS_S
    while True:
        (session,) = [one for one in (await stations.sessions())[name] if one["status"] == "open"]
        told_wh = float(session["energy_kwh"]) * 1000
        if abs(told_wh - awaited_wh) <= 1 or loop.time() > give_up_s:
            return told_wh
        await asyncio.sleep(0.5)


async def _when_ended(stations: StationHouse) -> dict[str, list[Json]]:
    """Return all sessions, once they have ended or had the time to."""
    loop = asyncio.get_running_loop()
    give_up_s = loop.time() + OTHERS_S
    while True:
        told = await stations.sessions()
        if all(one["status"] == "ended" for found in told.values() for one in found) or loop.time() > give_up_s:
            return told
        await asyncio.sleep(0.5)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Live through all stories, once."""
    pytest_socket.enable_socket()
    return asyncio.run(_live(tmp_path_factory.mktemp("stations")))


@pytest.mark.parametrize(("story", "version"), LIVED)
def test_session_is_right_although(story: str, version: str, lived: Lived) -> None:
    truths = lived.truths[story, version]
    if isinstance(truths, BaseException):
        raise truths
    told = lived.told.get(_name(story, version), [])
    shown = [(one["status"], one["start"], one["end"], one["energy_kwh"], one["connected_s"]) for one in told]
    assert len(told) == len(truths), (truths, shown)
    for truth, session in zip(sorted(truths, key=lambda one: one.evse), _by_evse(told), strict=True):
        assert session["evse"] == truth.evse, shown
        assert round(session["energy_kwh"] * 1000) == truth.energy_wh, (truth, shown)
        assert session["status"] == "ended", (truth, shown)
        for key, at in (("start", truth.start), ("end", truth.end)):
            if at is not None:
                off_s = (datetime.fromisoformat(session[key]) - at).total_seconds()
                assert abs(off_s) <= _INSTANT_S, (key, off_s, truth, shown)
        if truth.lasted_s is not None:
            assert abs(session["connected_s"] - truth.lasted_s) <= 2 * _INSTANT_S, (truth, shown)


def _by_evse(told: list[Json]) -> list[Json]:
    return sorted(told, key=lambda one: (one["evse"], one["start"]))


def test_log_has_no_error_of_ours(lived: Lived) -> None:
    assert errors_of_ours(lived.log) == []
