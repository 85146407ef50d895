"""Stations of a running site that report, without sockets: what the integration itself makes of a report."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
import json
from pathlib import Path
from typing import Any, cast

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from benchmarks.ocpp_load import Reporter, identity
from custom_components.ev_sessions.chargers.ocpp.connection import Connection
from custom_components.ev_sessions.chargers.ocpp.station import Station
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.site.runtime import SiteRuntime
from simulator.ocpp.behaviour import MEASURANDS
from simulator.ocpp.connector import Sample, State, Transaction
from simulator.ocpp.line import Call
from simulator.ocpp.measurands import energy, measure
from tests.chargers.ocpp.rig import free_port
from tests.site.house import charger_data, site_entry, subentry
from tests.site.ocpp.conftest import FIXED, listening

_BY_REPORT_WH = 3.0


class _Wire:
    """Stands in for a connection. A station that is asked something serves nothing."""

    def __init__(self, station: Station, version: str) -> None:
        self.version = Version(version)
        self.address = "127.0.0.1"
        self.security_profile = 0
        self.listener = None
        self.answers: list[Any] = []
        self.answered = asyncio.Event()
        self._station = station

    async def async_send(self, frame: str) -> bool:
        """Take a frame."""
        content = json.loads(frame)
        if content[0] == 2:
            refusal = json.dumps([4, content[1], "NotSupported", "", {}])
            asyncio.get_running_loop().call_soon(self._answer, refusal)
        else:
            self.answers.append(content)
            self.answered.set()
        return True

    async def async_close(self, _code: int, _reason: str) -> None:
        """Be closed."""

    def _answer(self, frame: str) -> None:
        asyncio.get_running_loop().create_task(self._station.async_receive(cast("Connection", self), frame))


class Reporting:
    """One station with a car that charges."""

    def __init__(self, station: Station, version: str, number: int) -> None:
        reporter = Reporter("ws://127.0.0.1:1", version, number, None)
        self._station = station
        self._wire = _Wire(station, version)
        self._outlet = reporter.outlet
        self._simulated = reporter.station
        self._place = reporter.station.connectors[1]
        self._messages = 0
        self._transaction = Transaction(
            connector=1,
            token="TAG1",
            start=dt_util.utcnow(),
            meter_start_wh=self._place.register_wh,
            id=self._simulated.dialect.new_id(),
        )

    async def begin(self) -> None:
        """Connect, plug a car in, and begin to charge."""
        connection = cast("Connection", self._wire)
        self._station.attach(connection)
        self._station.changed()
        # Not when it was made: with many of them on a busy machine, that would be told late.
        dialect, at = self._simulated.dialect, dt_util.utcnow()
        self._transaction.start = at
        self._place.transaction = self._transaction
        await self.hear(self._frame(dialect.boot("PowerUp")))
        await self.hear(self._frame(dialect.status(1, State.PREPARING, "NoError", None, at)))
        beginning = Sample(
            at=at, context="Transaction.Begin", values=tuple(energy(self._place.register_wh, self._simulated.behaviour))
        )
        await self.hear(self._frame(dialect.started(self._transaction, beginning)))
        if self._wire.version is Version.V16:
            self._transaction.id = str(self._wire.answers[-1][2]["transactionId"])
        await self.hear(self._frame(dialect.status(1, State.CHARGING, "NoError", None, at)))

    def report(self, at: datetime) -> str:
        """Return the frame of a report of seventeen values, made at an instant."""
        self._outlet.own_register_wh += _BY_REPORT_WH
        place = self._place
        values = measure(self._outlet, place.register_wh, 16.0, MEASURANDS, self._simulated.behaviour)
        sample = Sample(at=at, context="Sample.Periodic", values=tuple(values))
        return self._frame(self._simulated.dialect.metered(place, self._transaction, sample))

    async def tell_status(self, state: State = State.CHARGING) -> None:
        """Tell what it does: that it charges, where nothing else is said."""
        status = self._simulated.dialect.status(1, state, "NoError", None, dt_util.utcnow())
        await self.hear(self._frame(status))

    async def hear(self, frame: str) -> None:
        """Let the house hear a frame, and wait for its answer."""
        answers = self._wire.answers
        answers.clear()
        self._wire.answered.clear()
        await self._station.async_receive(cast("Connection", self._wire), frame)
        await self._wire.answered.wait()
        assert answers[0][0] == 3, answers

    def _frame(self, call: Call) -> str:
        self._messages += 1
        return json.dumps([2, f"{self._simulated.identity}-{self._messages}", *call])


@asynccontextmanager
async def reporting(
    hass: HomeAssistant, folder: Path, version: str, count: int
) -> AsyncGenerator[tuple[SiteRuntime, list[Reporting]]]:
    """Run a site with so many stations at which cars charge."""
    hass.config.config_dir = str(folder)
    ocpp: dict[str, Any] = {"version": None, "security_profile": 0, "password_hash": None, "quirks": {}, "free": True}
    data = {**charger_data(controllable=False), "transport": "ocpp", "evses": [{"evse": 1}]}
    chargers = [
        subentry("charger", name, {**data, "ocpp": {**ocpp, "identity": name}}, f"ocpp:{name}")
        for name in (identity(number) for number in range(count))
    ]
    entry = site_entry(*chargers, meter=None, tariff=FIXED, ocpp=listening(free_port()))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    site: SiteRuntime = entry.runtime_data
    stations = [Reporting(service.station, version, number) for number, service in enumerate(site.stations)]
    for service, station in zip(site.stations, stations, strict=True):
        service.station.handler = service.handler
        await station.begin()
    await hass.async_block_till_done()
    yield site, stations
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
