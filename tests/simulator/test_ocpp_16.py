"""A 1.6 station over a real socket, each frame of it held against the schemas: politely, and with its switches."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.ocpp.behaviour import Behaviour, switches
from simulator.ocpp.line import Line
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.v16 import Dialect16
from tests.simulator.central import Central, central
from tests.simulator.serving import until

pytestmark = pytest.mark.usefixtures("socket_enabled")

MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"


@asynccontextmanager
async def live(
    *, outlets: int = 1, accepted_s: float | None = 3.0, password: str | None = None, **switched: Any
) -> AsyncGenerator[tuple[Central, Station]]:
    behaviour = Behaviour(reconnect_s=0.05, **switched)
    async with central() as system:
        station = Station(
            f"ws://127.0.0.1:{system.port}/ocpp",
            "RPC 1/ä",
            Dialect16,
            behaviour=behaviour,
            outlets=[HandOutlet(register_wh=1000.0) for _ in range(outlets)],
            password=password,
        )
        async with station.running(accepted_s=accepted_s):
            yield system, station


def profile(limit: float, then: float, after_s: int, *, unit: str = "A", **more: Any) -> dict[str, Any]:
    start = datetime.now(UTC).isoformat()
    periods = [{"startPeriod": 0, "limit": limit}, {"startPeriod": after_s, "limit": then}]
    schedule = {"chargingRateUnit": unit, "startSchedule": start, "chargingSchedulePeriod": periods}
    return {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": schedule,
            **more,
        },
    }


async def test_a_card_and_a_car_make_a_transaction_that_is_measured_and_ends_with_the_car() -> None:
    async with live(password="with:colon") as (system, station):
        assert (system.identities, system.users) == (["RPC 1/ä"], ["RPC 1/ä:with:colon"])
        for key, value in {"MeterValuesSampledData": MEASURANDS, "MeterValueSampleInterval": "1"}.items():
            assert await system.call("ChangeConfiguration", {"key": key, "value": value}) == {"status": "Accepted"}
        station.plug_in()
        assert await station.present("TAG1")
        metered = await system.until("MeterValues")
        assert metered["transactionId"] == 1001
        values = {one["measurand"]: one for one in metered["meterValue"][0]["sampledValue"] if "phase" not in one}
        assert values["Power.Active.Import"]["value"] == "11040"
        assert 1000 < float(values["Energy.Active.Import.Register"]["value"]) < 1010
        station.unplug()
        stopped = await system.until("StopTransaction")
        assert stopped["reason"] == "EVDisconnected"
        assert stopped["meterStop"] == int(station.connectors[1].outlet.register_wh)
        told = [one["status"] for one in system.said("StatusNotification") if one["connectorId"] == 1]
        await station.line.flush()
        assert told[:3] == ["Available", "Preparing", "Charging"]
        assert system.said("StatusNotification")[-1]["status"] == "Available"


async def test_profile_is_obeyed_and_its_second_period_is_the_dead_mans_switch() -> None:
    async with live() as (system, station):
        station.plug_in()
        station.begin()
        assert station.connectors[1].outlet.currents_a == (16.0, 16.0, 16.0)
        assert await system.call("SetChargingProfile", profile(10.0, 6.0, 1)) == {"status": "Accepted"}
        await until(lambda: station.connectors[1].outlet.currents_a[0] == 10.0, 1.0)
        await until(lambda: station.connectors[1].outlet.currents_a[0] == 6.0, 3.0)
        limit = await system.call("GetCompositeSchedule", {"connectorId": 1, "duration": 5, "chargingRateUnit": "W"})
        assert limit["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 4140.0}]
        assert await system.call("ClearChargingProfile", {"id": 1}) == {"status": "Accepted"}
        assert await system.call("ClearChargingProfile", {"id": 1}) == {"status": "Unknown"}
        await until(lambda: station.connectors[1].outlet.currents_a[0] == 16.0, 1.0)


async def test_profiles_stack_by_level_and_purpose_and_the_stations_maximum_bounds_all() -> None:
    async with live(outlets=2) as (system, station):
        for number in (1, 2):
            station.plug_in(number)
            station.begin(number)
        await station.line.flush()
        own: dict[str, Any] = {"chargingProfileId": 2, "chargingProfilePurpose": "TxProfile", "transactionId": 1002}
        high: dict[str, Any] = {"chargingProfileId": 3, "stackLevel": 3}
        most: dict[str, Any] = {"chargingProfileId": 4, "chargingProfilePurpose": "ChargePointMaxProfile"}
        assert (await system.call("SetChargingProfile", profile(9.0, 9.0, 60, **own)))["status"] == "Rejected"
        for sent in (
            profile(12.0, 12.0, 60),
            profile(11.0, 11.0, 60, **high),
            profile(8.0, 8.0, 60, **own) | {"connectorId": 2},
            profile(14.0, 14.0, 60, **most) | {"connectorId": 0},
        ):
            assert (await system.call("SetChargingProfile", sent))["status"] == "Accepted"
        # 11 A by the higher level and 8 A by the transaction's own; each has half of the station's 14 A.
        assert [station.offered_a(station.connectors[number]) for number in (1, 2)] == [7.0, 7.0]
        await system.call("ClearChargingProfile", {"chargingProfilePurpose": "ChargePointMaxProfile"})
        assert [station.offered_a(station.connectors[number]) for number in (1, 2)] == [11.0, 8.0]


async def test_what_happens_offline_is_told_afterwards_with_its_own_times() -> None:
    async with live() as (system, station):
        await station.line.go_offline()
        begun = datetime.now(UTC) - timedelta(hours=4)
        station.plug_in()
        station.begin(at=begun)
        station.connectors[1].outlet.own_register_wh = 4000.0
        station.end(at=begun + timedelta(hours=1))
        station.line.go_online()
        stopped = await system.until("StopTransaction")
        started = system.said("StartTransaction")[0]
        assert datetime.fromisoformat(started["timestamp"]) - begun < timedelta(seconds=1)
        assert (started["meterStart"], stopped["meterStop"], stopped["transactionId"]) == (1000, 4000, 1001)


async def test_a_start_whose_answer_was_lost_is_sent_again_with_the_same_id() -> None:
    async with live(boots_on_reconnect=False, tells_status_on_reconnect=False) as (system, station):
        lost = asyncio.Event()

        def lose(_: Any) -> Any:
            if not lost.is_set():
                lost.set()
                station.line.cut()
            return {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}

        system.answers["StartTransaction"] = lose
        transaction = station.begin()
        await until(lambda: transaction.id == "7")
        starts = [
            message_id
            for (name, _), message_id in zip(system.calls, system.ids, strict=True)
            if name == "StartTransaction"
        ]
        assert len(starts) == 2
        assert starts[0] == starts[1]
        assert len(system.said("BootNotification")) == 1


async def test_rude_station_is_as_rude_as_its_switches() -> None:
    async with live(
        status_of_station=False,
        status_has_time=False,
        register_per_transaction=True,
        transaction_data="empty",
        tells_stop_reason=False,
        ends_twice=True,
        unsupported_keys=frozenset({"ClockAlignedDataInterval"}),
        profile_units=frozenset({"W"}),
        local_list_needs_enabling=True,
        clears_cache=False,
        shows_authorization_key=True,
        custom_operation_on_trigger=True,
        composite="empty",
    ) as (system, station):
        await system.until("StatusNotification")
        assert system.said("StatusNotification") == [{"connectorId": 1, "status": "Available", "errorCode": "NoError"}]
        change = {"key": "ClockAlignedDataInterval", "value": "900"}
        assert await system.call("ChangeConfiguration", change) == {"status": "NotSupported"}
        assert (await system.call("SetChargingProfile", profile(10.0, 6.0, 9)))["status"] == "Rejected"
        assert (await system.call("SetChargingProfile", profile(5520.0, 0.0, 9, unit="W")))["status"] == "Accepted"
        update = {"listVersion": 1, "updateType": "Full", "localAuthorizationList": []}
        assert await system.call("SendLocalList", update) == {"status": "Failed"}
        await system.call("ChangeConfiguration", {"key": "LocalAuthListEnabled", "value": "true"})
        assert await system.call("SendLocalList", update) == {"status": "Accepted"}
        assert await system.call("ClearCache", {}) == {"status": "Rejected"}
        shown = await system.call("GetConfiguration", {"key": ["AuthorizationKey"]})
        assert "value" in shown["configurationKey"][0]
        await system.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
        await system.until("CustomOperation")
        empty = await system.call("GetCompositeSchedule", {"connectorId": 1, "duration": 60})
        assert empty["chargingSchedule"]["chargingSchedulePeriod"] == []
        station.plug_in()
        station.begin()
        station.end()
        stopped = await system.until("StopTransaction", 2)
        assert system.said("StartTransaction")[0]["meterStart"] == 0
        assert "reason" not in stopped
        assert stopped["transactionData"][0]["sampledValue"] == []
        await station.line.flush()
        assert [one["status"] for one in system.said("StatusNotification")][-2:] == ["Finishing", "Finishing"]


async def test_station_that_says_accepted_to_everything_does_nothing() -> None:
    async with live(accepts_all=True) as (system, station):
        station.plug_in()
        station.begin()
        assert (await system.call("SetChargingProfile", profile(6.0, 6.0, 9)))["status"] == "Accepted"
        assert (await system.call("ChangeConfiguration", {"key": "No such", "value": "1"}))["status"] == "Accepted"
        assert len(station.profiles) == 0
        assert station.connectors[1].outlet.currents_a[0] == 16.0


async def test_station_that_waits_twice_the_interval_is_pending_and_then_accepted() -> None:
    async with central() as system:
        system.registration, system.interval_s = ["Rejected", "Pending", "Accepted"], 1
        station = Station(f"ws://127.0.0.1:{system.port}", "A", Dialect16, behaviour=Behaviour(retry_factor=0.1))
        async with station.running(accepted_s=3.0):
            assert len(system.said("BootNotification")) == 3
            assert [name for name, _ in system.calls[:3]] == ["BootNotification"] * 3


async def test_reservation_is_answered_only_after_its_own_authorize() -> None:
    async with live(reserves_after_authorize=True) as (system, _):
        expiry = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
        wanted = {"connectorId": 1, "expiryDate": expiry, "idTag": "TAG1", "reservationId": 5}
        assert await system.call("ReserveNow", wanted) == {"status": "Accepted"}
        assert system.said("Authorize") == [{"idTag": "TAG1"}]


async def test_station_that_crashes_on_a_command_boots_again() -> None:
    async with live(crashes_on=frozenset({"ClearChargingProfile"})) as (system, station):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await system.call("ClearChargingProfile", {})
        await system.until("BootNotification", 2)
        assert station.line.connections == 2


async def test_remote_start_waits_for_the_cable_and_remote_stop_ends_it() -> None:
    async with live() as (system, station):
        assert await system.call("RemoteStartTransaction", {"idTag": "APP", "connectorId": 1}) == {"status": "Accepted"}
        await asyncio.sleep(0.05)
        assert not system.said("StartTransaction")
        station.plug_in()
        await system.until("StartTransaction")
        await station.line.flush()
        assert await system.call("RemoteStopTransaction", {"transactionId": 1001}) == {"status": "Accepted"}
        assert (await system.until("StopTransaction"))["reason"] == "Remote"
        with pytest.raises(RuntimeError, match="NotImplemented"):
            await system.call("CertificateSigned", {"certificateChain": "x"})


def test_switches_are_named_on_the_command_line() -> None:
    words = ["accepts_all", "no-boots_on_reconnect", "clock_offset_s=90", "silent_on=Reset,ClearCache", "max_periods=1"]
    assert switches(words) == {
        "accepts_all": True,
        "boots_on_reconnect": False,
        "clock_offset_s": 90.0,
        "silent_on": frozenset({"Reset", "ClearCache"}),
        "max_periods": 1,
    }
    with pytest.raises(ValueError, match="no such switch: polite"):
        switches(["polite"])


async def test_station_that_is_ended_while_its_socket_closes_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow_to_end(_line: Line, _socket: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.1)

    monkeypatch.setattr(Line, "_ping", slow_to_end)
    begun_s = asyncio.get_running_loop().time()
    async with asyncio.timeout(5), live():
        pass
    # A time-out that ends what would not end is no end.
    assert asyncio.get_running_loop().time() - begun_s < 4
