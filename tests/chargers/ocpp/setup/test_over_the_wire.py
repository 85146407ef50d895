"""Real stations over real sockets: two are set up at once, one comes back without a start, one gets a password."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSServerHandshakeError
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.ocpp.house import StationCredentials
from custom_components.ev_sessions.chargers.ocpp.quirks.quirk import Quirks
from custom_components.ev_sessions.chargers.ocpp.rpc import Arrival, IncomingHandler
from custom_components.ev_sessions.chargers.ocpp.security import hash_password
from custom_components.ev_sessions.chargers.ocpp.setup.calls import Calls
from custom_components.ev_sessions.chargers.ocpp.setup.dialect import Dialect
from custom_components.ev_sessions.chargers.ocpp.setup.pace import Pace
from custom_components.ev_sessions.chargers.ocpp.setup.report import ReportCollector
from custom_components.ev_sessions.chargers.ocpp.setup.security import (
    PasswordPush,
    async_push_password,
    new_password,
)
from custom_components.ev_sessions.chargers.ocpp.setup.tokens import ListOutcome
from custom_components.ev_sessions.chargers.ocpp.setup.v2 import Dialect2
from custom_components.ev_sessions.chargers.ocpp.setup.v16 import Dialect16
from custom_components.ev_sessions.chargers.ocpp.setup.watch import Known, StationSetup
from custom_components.ev_sessions.chargers.ocpp.setup.wishes import Wanted
from custom_components.ev_sessions.chargers.ocpp.station import Station
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.station.local_list import ListEntry
from simulator.ocpp.behaviour import Behaviour
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station as SimulatedStation
from simulator.ocpp.v2 import Dialect201
from simulator.ocpp.v16 import Dialect16 as Simulated16
from tests.chargers.ocpp.rig import OPEN, Wire, until

from .scripted import Notebook, NoTransactions
from .test_tokens import Book

SOON = Pace(boot_s=0.2, settle_s=0, message_s=1.0, report_pause_s=0.5, least_s=0, fresh_s=0)


@dataclass
class SettingUp:
    """A wire on which every station that comes is set up."""

    wire: Wire
    setups: dict[str, StationSetup] = field(default_factory=dict)
    learned: dict[str, list[Known]] = field(default_factory=dict)
    tokens: Book | None = None

    def incoming(self, station: Station) -> IncomingHandler:
        serve = type(self.wire.house).incoming(self.wire.house, station)
        known = self.learned.setdefault(station.identity, [])
        if station.identity not in self.setups:
            self.setups[station.identity] = StationSetup(
                self.wire.hass,
                station,
                wanted=Wanted(),
                quirks=Quirks(),
                memory=Notebook(),
                tokens=self.tokens,
                transactions=NoTransactions(),
                learned=known.append,
                pace=SOON,
            )
            self.setups[station.identity].async_start()
        setup = self.setups[station.identity]

        async def handle(action: str, payload: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
            setup.heard(action, payload)
            return {} if action == "NotifyReport" else await serve(action, payload, arrival)

        return handle

    def said(self, identity: str) -> list[str]:
        return [action for who, action, _ in self.wire.house.heard if who == identity]


@pytest.fixture
async def setting_up(wire: Wire) -> AsyncGenerator[SettingUp]:
    made = SettingUp(wire)
    wire.house.incoming = made.incoming  # type: ignore[method-assign]  # a house that sets up
    yield made
    for setup in made.setups.values():
        setup.async_stop()


@asynccontextmanager
async def living(
    wire: Wire, identity: str, dialect: Any, outlets: int = 1, password: str | None = None, **switched: Any
) -> AsyncGenerator[SimulatedStation]:
    wire.house.known.setdefault(identity, OPEN)
    station = SimulatedStation(
        wire.url,
        identity,
        dialect,
        behaviour=Behaviour(reconnect_s=0.05, **switched),
        outlets=[HandOutlet() for _ in range(outlets)],
        password=password,
    )
    async with station.running(accepted_s=5.0):
        yield station


async def test_b4_two_stations_of_two_versions_are_set_up_at_the_same_time(setting_up: SettingUp) -> None:
    wire = setting_up.wire
    async with (
        living(wire, "OLD", Simulated16, outlets=2, unsupported_keys=frozenset({"ClockAlignedDataInterval"})) as old,
        living(wire, "NEW", Dialect201) as new,
    ):
        await until(lambda: all(setting_up.learned.get(who) for who in ("OLD", "NEW")))
        assert old.dialect.sample_s == new.dialect.sample_s == 10
        assert setting_up.setups["OLD"].capabilities.evse_count == 2
        assert setting_up.setups["NEW"].capabilities.evse_count == 1
        for who in ("OLD", "NEW"):
            [known] = setting_up.learned[who]
            assert known.report.complete
            assert not known.report.ignored
            assert not known.report.refuses_metering
        assert "ClockAlignedDataInterval" in setting_up.learned["OLD"][0].report.refused


@pytest.mark.parametrize("dialect", [Simulated16, Dialect201])
async def test_b3_a_station_that_comes_back_in_silence_is_asked(setting_up: SettingUp, dialect: Any) -> None:
    """The server was away; the station has booted long ago and tells nothing by itself."""
    switched: dict[str, Any] = {"boots_on_reconnect": False, "tells_status_on_reconnect": False, "triggers_boot": False}
    async with living(setting_up.wire, "CP1", dialect, **switched) as station:
        await until(lambda: bool(setting_up.learned["CP1"]))
        setting_up.wire.house.heard.clear()
        station.line.cut()
        await until(lambda: len(setting_up.learned["CP1"]) == 2)
        assert "StatusNotification" in setting_up.said("CP1")
        assert "MeterValues" in setting_up.said("CP1")
        assert "BootNotification" not in setting_up.said("CP1")
        assert setting_up.learned["CP1"][1].silent == ()
        assert not setting_up.learned["CP1"][1].report.changed


@pytest.mark.parametrize("dialect", [Simulated16, Dialect201])
async def test_a3_who_is_on_the_list_charges_while_we_are_away(setting_up: SettingUp, dialect: Any) -> None:
    """The station knows no list before the set-up has switched it on."""
    setting_up.tokens = Book([ListEntry(token="ANNA"), ListEntry(token="BEN", status="Blocked")])
    async with living(setting_up.wire, "CP1", dialect, local_list_needs_enabling=True) as station:
        await until(lambda: any(known.local_list for known in setting_up.learned["CP1"]))
        known = setting_up.learned["CP1"][-1]
        assert known.local_list is not None
        assert known.local_list.outcome is ListOutcome.IN_STEP
        await station.line.go_offline()
        assert [await station.authorised(token) for token in ("ANNA", "BEN", "CLEO")] == [True, False, False]


@pytest.mark.parametrize("dialect", [Simulated16, Dialect201])
async def test_c4_once_it_is_accepted_only_the_new_password_is_good(
    hass: HomeAssistant, wire: Wire, dialect: Any
) -> None:
    old, new = new_password(), new_password()
    hashes = [await hass.async_add_executor_job(hash_password, one) for one in (old, new)]
    wire.house.known["CP1"] = StationCredentials(password_hashes=(hashes[0],))
    async with living(wire, "CP1", dialect, password=old) as station:
        wire.house.known["CP1"] = StationCredentials(password_hashes=tuple(hashes))
        ours = wire.central.stations["CP1"]
        assert ours.version is not None
        assert await async_push_password(dialect_of(ours), ours.version, new) is PasswordPush.NEW
        wire.house.known["CP1"] = StationCredentials(password_hashes=(hashes[1],))
        before = ours.connection
        station.line.cut()
        await until(lambda: ours.connection is not None and ours.connection is not before)
    with pytest.raises(WSServerHandshakeError, match="401"):
        async with wire.station(auth=("CP1", old)):
            pass


def dialect_of(station: Station) -> Dialect:
    calls = Calls(station)
    return Dialect16(calls, {}) if station.version is Version.V16 else Dialect2(calls, ReportCollector())
