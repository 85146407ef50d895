"""A foreign station that forgives nothing speaks to us: every frame of ours is held against its own schemas."""

import asyncio
import json
from pathlib import Path
import shutil
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.ocpp.house import StationCredentials
from custom_components.ev_sessions.chargers.ocpp.incoming import Incoming
from custom_components.ev_sessions.chargers.ocpp.rpc import RefusedError
from custom_components.ev_sessions.chargers.ocpp.security import hash_password
from custom_components.ev_sessions.chargers.ocpp.version import Version

from .rig import Wire, central_system, until
from .wild import TakingBackend

_FOLDER = Path(__file__).parent / "strict_client"
_PASSWORD = "päss:word"

_AT = "2026-11-20T12:00:00.000Z"
_READING = {"timestamp": _AT, "sampledValue": [{"value": "1234.5", "unit": "Wh"}, {"value": "11.04", "unit": "kW"}]}
_EVSE = {"id": 1, "connectorId": 1}
_TOKEN = {"idToken": "DEADBEEF", "type": "ISO14443"}
_STATION = {"model": "Strict", "vendorName": "Foreign"}
_SAMPLE = {"timestamp": _AT, "sampledValue": [{"value": 1234.5}]}


def _event(kind: str, seq_no: int, trigger: str) -> tuple[str, dict[str, Any]]:
    transaction = {"transactionId": "T1", "chargingState": "Charging"}
    event = {"eventType": kind, "timestamp": _AT, "triggerReason": trigger, "seqNo": seq_no}
    return "TransactionEvent", {**event, "transactionInfo": transaction, "evse": _EVSE, "idToken": _TOKEN}


CALLS_16: list[tuple[str, dict[str, Any]]] = [
    ("BootNotification", {"chargePointVendor": "Foreign", "chargePointModel": "Strict"}),
    ("StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"}),
    ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing", "timestamp": _AT}),
    ("Heartbeat", {}),
    ("Authorize", {"idTag": "DEADBEEF"}),
    ("StartTransaction", {"connectorId": 1, "idTag": "DEADBEEF", "meterStart": 0, "timestamp": _AT}),
    ("MeterValues", {"connectorId": 1, "transactionId": 1, "meterValue": [_READING]}),
    ("StopTransaction", {"transactionId": 1, "meterStop": 9, "timestamp": _AT, "transactionData": [_READING]}),
    ("DataTransfer", {"vendorId": "com.example"}),
    ("DiagnosticsStatusNotification", {"status": "Idle"}),
    ("FirmwareStatusNotification", {"status": "Idle"}),
    ("LogStatusNotification", {"status": "Idle"}),
    ("SecurityEventNotification", {"type": "StartupOfTheDevice", "timestamp": _AT}),
    ("SignedFirmwareStatusNotification", {"status": "Idle"}),
]
CALLS_2: list[tuple[str, dict[str, Any]]] = [
    ("BootNotification", {"reason": "PowerUp", "chargingStation": _STATION}),
    ("StatusNotification", {"timestamp": _AT, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}),
    ("Heartbeat", {}),
    ("Authorize", {"idToken": _TOKEN}),
    _event("Started", 0, "Authorized"),
    _event("Updated", 1, "ChargingStateChanged"),
    _event("Ended", 2, "EVDeparted"),
    ("MeterValues", {"evseId": 1, "meterValue": [_SAMPLE]}),
    ("DataTransfer", {"vendorId": "com.example"}),
    ("FirmwareStatusNotification", {"status": "Idle"}),
    ("LogStatusNotification", {"status": "Idle"}),
    ("SecurityEventNotification", {"type": "StartupOfTheDevice", "timestamp": _AT}),
    ("NotifyReport", {"requestId": 1, "generatedAt": _AT, "seqNo": 0}),
    ("NotifyMonitoringReport", {"requestId": 1, "generatedAt": _AT, "seqNo": 0}),
    ("NotifyCustomerInformation", {"data": "", "seqNo": 0, "generatedAt": _AT, "requestId": 1}),
    ("NotifyDisplayMessages", {"requestId": 1}),
    ("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase"}}),
    ("ReservationStatusUpdate", {"reservationId": 1, "reservationUpdateStatus": "Expired"}),
    ("ClearedChargingLimit", {"chargingLimitSource": "EMS"}),
    ("Get15118EVCertificate", {"iso15118SchemaVersion": "1", "action": "Install", "exiRequest": ""}),
]

_PERIODS = [{"startPeriod": 0, "limit": 15.7}, {"startPeriod": 180, "limit": 6.1}]
_SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": _PERIODS}
_PROFILE = {"stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Absolute"}
#: What we ask, and what it answers.
ASKED_16: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("GetConfiguration", {}, {"configurationKey": [], "unknownKey": []}),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "300"}, {"status": "Accepted"}),
    ("RemoteStartTransaction", {"idTag": "HomeAssistant", "connectorId": 1}, {"status": "Rejected"}),
    (
        "SetChargingProfile",
        {
            "connectorId": 1,
            "csChargingProfiles": {
                **_PROFILE,
                "chargingProfileId": 1,
                "chargingSchedule": {**_SCHEDULE, "startSchedule": _AT},
            },
        },
        {"status": "Accepted"},
    ),
]
ASKED_2: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, {"status": "Accepted"}),
    (
        "SetChargingProfile",
        {
            "evseId": 1,
            "chargingProfile": {
                **_PROFILE,
                "id": 1,
                "chargingSchedule": [{**_SCHEDULE, "id": 1, "startSchedule": _AT}],
            },
        },
        {"status": "Accepted"},
    ),
]


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("version", "calls", "asked"),
    [
        (Version.V16, CALLS_16, ASKED_16),
        (Version.V201, CALLS_2, ASKED_2),
        (Version.V21, CALLS_2, ASKED_2),
    ],
    ids=list(Version)[::-1],
)
async def test_a_strict_foreign_station_finds_no_fault_with_us(
    hass: HomeAssistant,
    socket_enabled: None,
    version: Version,
    calls: list[tuple[str, dict[str, Any]]],
    asked: list[tuple[str, dict[str, Any], dict[str, Any]]],
) -> None:
    if shutil.which("node") is None or not (_FOLDER / "node_modules").is_dir():
        pytest.skip("the foreign station is not here: run scripts/setup --node")
    async with central_system(hass) as wire:
        credentials = StationCredentials(password_hashes=(hash_password(_PASSWORD),), versions=(version,))
        wire.house.known["RPC 1/ä"] = credentials
        answers = {action: answer for action, _, answer in asked}
        events = await _talk(wire, {"calls": calls, "answers": answers}, asked)

    assert not [event for event in events if event.keys() & {"violation", "bad", "failed"}], events
    assert events[0] == {"protocol": version.subprotocol}
    called = [event for event in events if "called" in event]
    assert [event["called"] for event in called] == [action for action, _ in calls]
    assert not [event for event in called if "error" in event]
    assert [event["params"] for event in events if "asked" in event] == [*(payload for _, payload, _ in asked), {}]
    assert events[-1]["closed"] == 1001


async def _talk(
    wire: Wire, scenario: dict[str, Any], asked: list[tuple[str, dict[str, Any], dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Let the station say what it has to say, ask it, hang up; return what it told of all that."""
    backend = TakingBackend()
    wire.house.incoming = lambda station: Incoming(station, backend, lambda: wire.now)  # type: ignore[method-assign] # who takes all in
    offer = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
    scenario |= {"url": f"{wire.url}/ocpp", "identity": "RPC 1/ä", "password": _PASSWORD, "protocols": offer}
    process = await asyncio.create_subprocess_exec(
        "node", "client.cjs", cwd=_FOLDER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(scenario).encode())
        process.stdin.close()
        events: list[dict[str, Any]] = []
        async with asyncio.timeout(240):
            async for line in process.stdout:
                events.append(json.loads(line))
                if events[-1].keys() & {"done", "failed"}:
                    break
            await _ask(wire, asked)
            await wire.central.async_close()
            events += [json.loads(line) async for line in process.stdout]
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return events


async def _ask(wire: Wire, asked: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
    station = wire.central.stations["RPC 1/ä"]
    await until(lambda: station.connected)
    for action, payload, answer in asked:
        assert await station.async_call(action, payload) == answer
    with pytest.raises(RefusedError, match="NotSupported"):
        await station.async_call("ClearCache", {})
