"""A 2.0.1 and a 2.1 station over a real socket, each frame of it held against the schemas."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.ocpp.behaviour import Behaviour
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.simulator.central import Central, central
from tests.simulator.serving import until

pytestmark = pytest.mark.usefixtures("socket_enabled")

TOKEN = {"idToken": "APP", "type": "Central"}


@asynccontextmanager
async def live(version: str = "2.0.1", **switched: Any) -> AsyncGenerator[tuple[Central, Station]]:
    async with central() as system:
        station = Station(
            f"ws://127.0.0.1:{system.port}",
            "CS-2",
            DIALECTS[version],
            behaviour=Behaviour(reconnect_s=0.05, **switched),
            outlets=[HandOutlet(register_wh=5000.0)],
        )
        async with station.running(accepted_s=3.0):
            yield system, station


def variable(name: str, value: str | None = None) -> dict[str, Any]:
    component, _, variable_name = name.partition(".")
    found: dict[str, Any] = {"component": {"name": component}, "variable": {"name": variable_name}}
    return found if value is None else found | {"attributeValue": value}


def events(system: Central) -> list[tuple[Any, ...]]:
    return [
        (one["eventType"], one["triggerReason"], one["transactionInfo"].get("chargingState"), one["seqNo"])
        for one in system.said("TransactionEvent")
    ]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_transaction_tells_its_states_its_measures_and_its_end_in_order(version: str) -> None:
    async with live(version) as (system, station):
        wanted = {"SampledDataCtrlr.TxUpdatedInterval": "1", "SampledDataCtrlr.TxUpdatedMeasurands": "Voltage,SoC"}
        data = [variable(name, value) for name, value in wanted.items()]
        answer = await system.call("SetVariables", {"setVariableData": data})
        assert [one["attributeStatus"] for one in answer["setVariableResult"]] == ["Accepted", "Accepted"]
        station.plug_in()
        await station.present("TAG1")
        station.connectors[1].outlet.own_register_wh = 6000.0
        await system.until("TransactionEvent", 3)
        station.unplug()
        await system.until("TransactionEvent", 4)
        assert events(system) == [
            ("Started", "Authorized", "EVConnected", 0),
            ("Updated", "ChargingStateChanged", "Charging", 1),
            ("Updated", "MeterValuePeriodic", None, 2),
            ("Ended", "EVCommunicationLost", "Idle", 3),
        ]
        ended = system.said("TransactionEvent")[-1]
        assert ended["transactionInfo"]["stoppedReason"] == "EVDisconnected"
        assert ended["meterValue"][0]["sampledValue"][0]["value"] == 5000.0
        assert 6000 <= ended["meterValue"][1]["sampledValue"][0]["value"] < 6010
        await station.line.flush()
        told = [one["connectorStatus"] for one in system.said("StatusNotification")]
        assert told == ["Available", "Occupied", "Available"]


async def test_21_transaction_goes_on_when_the_power_is_back_and_tells_so_in_words_of_21() -> None:
    async with live("2.1") as (system, station):
        station.dialect.settings["SampledDataCtrlr.TxUpdatedMeasurands"].value = "Current.Offered,Power.Offered,SoC"
        station.plug_in()
        await station.present("TAG1")
        await system.until("TransactionEvent", 2)
        station.sample()
        sampled = (await system.until("TransactionEvent", 3))["meterValue"][0]["sampledValue"]
        assert [one["measurand"] for one in sampled][:2] == ["Current.Import.Offered", "Power.Import.Offered"]
        assert await system.call("Reset", {"type": "ImmediateAndResume"}) == {"status": "Accepted"}
        resumed = await system.until("TransactionEvent", 4)
        assert (resumed["eventType"], resumed["triggerReason"], resumed["seqNo"]) == ("Updated", "TxResumed", 3)
        assert resumed["transactionInfo"]["operationMode"] == "ChargingOnly"
        assert [one["reason"] for one in system.said("BootNotification")] == ["PowerUp", "RemoteReset"]


async def test_station_may_mind_its_interval_only_once_it_is_set() -> None:
    async with live(samples_once_set=True) as (system, station):
        assert station.dialect.sample_s == 0
        interval = station.dialect.settings["SampledDataCtrlr.TxUpdatedInterval"].value
        data = [variable("SampledDataCtrlr.TxUpdatedInterval", interval)]
        await system.call("SetVariables", {"setVariableData": data})
        assert station.dialect.sample_s == float(interval)


async def test_21_what_is_for_others_is_known_and_not_supported() -> None:
    async with live("2.1") as (system, _station):
        asked = {"transactionId": "x", "allowedEnergyTransfer": ["AC_three_phase"]}
        with pytest.raises(RuntimeError, match="NotSupported"):
            await system.call("NotifyAllowedEnergyTransfer", asked)
        assert (await system.call("Reset", {"type": "OnIdle"})) == {"status": "Accepted"}


async def test_device_model_is_reported_in_pages_and_its_values_are_got_and_set() -> None:
    async with live() as (system, station):
        await system.call("GetBaseReport", {"requestId": 7, "reportBase": "FullInventory"})
        await system.until("NotifyReport", 5)
        await station.line.flush()
        pages = system.said("NotifyReport")
        assert [page["seqNo"] for page in pages] == list(range(len(pages)))
        assert [page["tbc"] for page in pages] == [True] * (len(pages) - 1) + [False]
        asked = [variable("SmartChargingCtrlr.RateUnit"), variable("NoCtrlr.X"), variable("TxCtrlr.X")]
        got = (await system.call("GetVariables", {"getVariableData": asked}))["getVariableResult"]
        assert [one["attributeStatus"] for one in got] == ["Accepted", "UnknownComponent", "UnknownVariable"]
        assert got[0]["attributeValue"] == "A,W"
        refused = [variable("SmartChargingCtrlr.RateUnit", "A"), variable("SampledDataCtrlr.TxUpdatedMeasurands", "X")]
        results = (await system.call("SetVariables", {"setVariableData": refused}))["setVariableResult"]
        assert [one["attributeStatus"] for one in results] == ["Rejected", "Rejected"]


async def test_what_was_queued_offline_is_replayed_with_its_times_and_says_that_it_was_offline() -> None:
    async with live(boots_on_reconnect=False, tells_status_on_reconnect=False) as (system, station):
        station.plug_in()
        station.begin()
        await station.line.flush()
        station.line.cut(stay_away=True)
        await until(lambda: not station.line.connected)
        before = len(system.said("TransactionEvent"))
        at = datetime.now(UTC) - timedelta(minutes=10)
        station.sample(at=at)
        station.end(at=at + timedelta(minutes=5))
        station.line.go_online()
        ended = await system.until("TransactionEvent", before + 2)
        assert ended["eventType"] == "Ended"
        assert [one.get("offline") for one in system.said("TransactionEvent")[before:]] == [True, True]
        assert len(system.said("BootNotification")) == 1


async def test_rude_station_is_as_rude_as_its_switches() -> None:
    async with live(
        seq_no_stands_still=True,
        evse_only_in_started=True,
        token_after_remote_start=False,
        transaction_id_in_start_answer=False,
        charging_state_in_meter_values=True,
        tells_unit=False,
        triggers_boot=False,
        values_missing=True,
        transaction_data="none",
        ends_twice=True,
    ) as (system, station):
        station.plug_in()
        started = await system.call("RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 11, "evseId": 1})
        assert started == {"status": "Accepted"}
        first = await system.until("TransactionEvent")
        assert first["transactionInfo"]["remoteStartId"] == 11
        assert first["evse"] == {"id": 1, "connectorId": 1}
        assert "idToken" not in first
        station.sample()
        metered = await system.until("TransactionEvent", 2)
        assert metered["transactionInfo"]["chargingState"] == "Charging"
        assert "unitOfMeasure" not in metered["meterValue"][0]["sampledValue"][0]
        assert "evse" not in metered
        assert await system.call("TriggerMessage", {"requestedMessage": "BootNotification"}) == {"status": "Rejected"}
        got = await system.call("GetVariables", {"getVariableData": [variable("TxCtrlr.EVConnectionTimeOut")]})
        assert got["getVariableResult"][0].get("attributeValue") is None
        stop = {"transactionId": first["transactionInfo"]["transactionId"]}
        assert await system.call("RequestStopTransaction", stop) == {"status": "Accepted"}
        await system.until("TransactionEvent", 4)
        assert [event[0] for event in events(system)] == ["Started", "Updated", "Ended", "Ended"]
        assert {event[3] for event in events(system)} == {0}


async def test_profile_of_2x_is_obeyed_reported_and_cleared() -> None:
    async with live(max_periods=2) as (system, station):
        station.plug_in()
        station.begin()
        await station.line.flush()
        schedule = {
            "id": 1,
            "startSchedule": datetime.now(UTC).isoformat(),
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6900.0}, {"startPeriod": 1, "limit": 0.0}],
        }
        sent = {
            "id": 5,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [schedule],
        }
        assert await system.call("SetChargingProfile", {"evseId": 1, "chargingProfile": sent}) == {"status": "Accepted"}
        await until(lambda: station.connectors[1].outlet.currents_a[0] == 10.0, 1.0)
        await until(lambda: station.connectors[1].outlet.power_w == 0.0, 2.0)
        await system.until("TransactionEvent", 3)
        assert events(system)[-1][2] == "SuspendedEVSE"
        asked = {"requestId": 1, "evseId": 1, "chargingProfile": {"chargingProfilePurpose": "TxDefaultProfile"}}
        assert await system.call("GetChargingProfiles", asked) == {"status": "Accepted"}
        assert (await system.until("ReportChargingProfiles"))["chargingProfile"] == [sent]
        cleared = {"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 1}}
        assert await system.call("ClearChargingProfile", cleared) == {"status": "Accepted"}
        await until(lambda: station.connectors[1].outlet.power_w > 0, 1.0)


async def test_reset_and_a_new_password_bring_it_back_on_a_new_socket() -> None:
    async with live() as (system, _station):
        password = variable("SecurityCtrlr.BasicAuthPassword", "new:pass")
        await system.call("SetVariables", {"setVariableData": [password]})
        await until(lambda: system.users[-1] == "CS-2:new:pass")
        await system.until("BootNotification", 2)
        await asyncio.sleep(0.05)
        assert await system.call("Reset", {"type": "Immediate"}) == {"status": "Accepted"}
        assert (await system.until("BootNotification", 3))["reason"] == "RemoteReset"
