"""Frames as no station should send them, and a station's whole way in that they are sent to.

Frames that are right are changed here and there: a value becomes another, a key goes, a byte
turns, the end is missing. Always the same ones for the same seed.
"""

import asyncio
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
import itertools
import json
from pathlib import Path
from random import Random
import resource
from typing import Any

from homeassistant.core import HomeAssistant

from custom_components.ev_sessions.chargers.ocpp.backend import Registration, Scan
from custom_components.ev_sessions.chargers.ocpp.frames import Call, read
from custom_components.ev_sessions.chargers.ocpp.incoming import Incoming
from custom_components.ev_sessions.chargers.ocpp.station import Station
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.station import station_log
from custom_components.ev_sessions.core.station.authorisation import Authorisation, AuthorisationStatus
from custom_components.ev_sessions.core.station.events import StationEvent, TransactionStarted

_BEGIN = Now(utc=datetime(2026, 11, 20, 12, tzinfo=UTC), monotonic_s=0.0)
_AT = "2026-11-20T12:00:00Z"
_VALUES = [
    {"value": "1234.5"},
    {"value": "11040", "measurand": "Power.Active.Import", "unit": "W", "context": "Sample.Periodic"},
    {"value": "16.1", "measurand": "Current.Import", "unit": "A", "phase": "L1"},
    {"value": "230", "measurand": "Voltage", "unit": "V", "phase": "L1-N", "location": "Outlet", "format": "Raw"},
    {"value": "55", "measurand": "SoC", "unit": "Percent", "location": "EV"},
]
_METER_16 = {"connectorId": 1, "transactionId": 1, "meterValue": [{"timestamp": _AT, "sampledValue": _VALUES}]}
_SAMPLES = [
    {"value": 1.5, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "kWh", "multiplier": 0}},
    {"value": 11040, "measurand": "Power.Active.Import", "phase": "L1", "context": "Transaction.Begin"},
    {"value": 1, "signedMeterValue": {"signedMeterData": "AA==", "encodingMethod": "OCMF", "publicKey": ""}},
]
_METER_2 = {"evseId": 1, "meterValue": [{"timestamp": _AT, "sampledValue": _SAMPLES}]}
_TOKEN = {"idToken": "DEADBEEF", "type": "ISO14443"}
_EVENT = {
    "eventType": "Started",
    "timestamp": _AT,
    "triggerReason": "CablePluggedIn",
    "seqNo": 0,
    "offline": False,
    "transactionInfo": {"transactionId": "T1", "chargingState": "Charging", "remoteStartId": 7},
    "evse": {"id": 1, "connectorId": 1},
    "idToken": _TOKEN,
    "meterValue": _METER_2["meterValue"],
}
_RIGHT: dict[Version, list[tuple[str, dict[str, Any]]]] = {
    Version.V16: [
        ("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1"}),
        ("Heartbeat", {}),
        ("Authorize", {"idTag": "DEADBEEF"}),
        ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": _AT}),
        ("StartTransaction", {"connectorId": 1, "idTag": "DEADBEEF", "meterStart": 0, "timestamp": _AT}),
        ("MeterValues", _METER_16),
        ("StopTransaction", {"transactionId": 1, "meterStop": 9, "timestamp": _AT, "reason": "Local"}),
        (
            "StopTransaction",
            {"transactionId": 1, "meterStop": 9, "timestamp": _AT, "transactionData": _METER_16["meterValue"]},
        ),
        ("DataTransfer", {"vendorId": "com.example", "messageId": "x", "data": "{}"}),
        ("FirmwareStatusNotification", {"status": "Installed"}),
        ("SecurityEventNotification", {"type": "TamperDetectionActivated", "timestamp": _AT}),
    ],
    Version.V201: [
        (
            "BootNotification",
            {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M", "firmwareVersion": "1"}},
        ),
        ("Heartbeat", {}),
        ("Authorize", {"idToken": _TOKEN}),
        (
            "StatusNotification",
            {"timestamp": _AT, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1},
        ),
        ("TransactionEvent", _EVENT),
        ("TransactionEvent", {**_EVENT, "eventType": "Updated", "seqNo": 1}),
        ("TransactionEvent", {**_EVENT, "eventType": "Ended", "seqNo": 2}),
        ("MeterValues", _METER_2),
        (
            "NotifyReport",
            {
                "requestId": 1,
                "generatedAt": _AT,
                "seqNo": 0,
                "reportData": [
                    {
                        "component": {"name": "OCPPCommCtrlr"},
                        "variable": {"name": "HeartbeatInterval"},
                        "variableAttribute": [{"value": "300"}],
                    }
                ],
            },
        ),
        ("SecurityEventNotification", {"type": "SettingSystemTime", "timestamp": _AT}),
        ("NotifyEvent", {"generatedAt": _AT, "seqNo": 0, "eventData": [{"eventId": 1, "timestamp": _AT}]}),
    ],
}
_RIGHT[Version.V21] = _RIGHT[Version.V201]

_JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "NaN",
    "-0.0",
    "1e400",
    "ä\u0000\ud83d",
    "x" * 3000,
    "9999-12-31T23:59:59.999999+14:00",
    "0000-00-00T00:00:00Z",
    "yesterday",
    [],
    {},
    [[[[[]]]]],
    {"customData": {"vendorId": "x"}},
    [None, 1, "x"],
)


def resident_mib() -> float:
    """Return the memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def right_frames(version: Version) -> Iterator[str]:
    """Yield each frame that is right."""
    for number, (action, payload) in enumerate(_RIGHT[version]):
        yield json.dumps([2, str(number), action, payload])


def frames(seed: int, version: Version) -> Iterator[str]:
    """Yield frames without end: one in four is right, the others are changed in up to three places."""
    random = Random(seed)
    for number in itertools.count():
        action, payload = random.choice(_RIGHT[version])
        frame: list[Any] = [2, random.choice((str(number), str(number % 50))), action, deepcopy(payload)]
        if random.random() < 0.1:
            frame = random.choice(
                ([3, "x", {}], [4, "x", "GenericError", "", {}], [5, "x", "a", "b", {}], [6, *frame[1:]])
            )
        for _ in range(random.randrange(4)):
            change(random, frame)
        yield _scratched(random, json.dumps(frame, ensure_ascii=random.random() < 0.5))


def change(random: Random, frame: list[Any]) -> None:
    """Change one place of a frame: what is there, or whether anything is."""
    place: Any = frame
    while True:
        keys = list(range(len(place))) if isinstance(place, list) else list(place)
        if not keys:
            return
        key = random.choice(keys)
        inner = place[key]
        if isinstance(inner, dict | list) and inner and random.random() < 0.8:
            place = inner
            continue
        if random.random() < 0.25:
            del place[key]
        elif isinstance(place, list) and random.random() < 0.2:
            place.append(deepcopy(random.choice(place)))
        else:
            place[key] = deepcopy(random.choice(_JUNK))
        return


def _scratched(random: Random, text: str) -> str:
    if random.random() > 0.15:
        return text
    at = random.randrange(len(text) + 1)
    match random.randrange(4):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + chr(random.randrange(0x250)) + text[at + 1 :]
        case 2:
            return text[:at] + random.choice('[]{}",:\\\x00') * random.choice((1, 1, 2000)) + text[at:]
    return text[at:] + text[:at]


@dataclass(eq=False)
class _Line:
    """A connection that only listens."""

    version: Version
    address: str = "127.0.0.1"
    security_profile: int = 0
    sent: list[str] | None = None

    async def async_send(self, frame: str) -> bool:
        if self.sent is not None:
            self.sent.append(frame)
        return True


class TakingBackend:
    """Takes everything in as a site does, and keeps no more than the log does."""

    def __init__(self) -> None:
        self.log = station_log.StationLog()
        self._numbers = itertools.count(1)

    def registration(self) -> Registration:
        return Registration()

    async def async_authorise(self, evse: int | None, token: IdToken, scan: Scan = Scan.ASKED) -> Authorisation:
        return Authorisation(status=AuthorisationStatus.ACCEPTED)

    @property
    def takes_master_pass(self) -> bool:
        return False

    def end_all(self) -> None:
        pass

    async def async_start_transaction(self, start: TransactionStarted) -> tuple[int, Authorisation]:
        number = next(self._numbers)
        await self.async_tell((replace(start, transaction_id=str(number)),))
        return number, Authorisation(status=AuthorisationStatus.ACCEPTED)

    def total_cost(self, transaction_id: str) -> float | None:
        return None

    async def async_tell(self, events: tuple[StationEvent, ...]) -> None:
        self.log, _ = station_log.tell(self.log, events)


class WildStation:
    """A station of ours that is told wild frames, and what it answers."""

    def __init__(self, hass: HomeAssistant, version: Version) -> None:
        self.now = _BEGIN
        self.version = version
        self.station = Station(hass, "WILD", lambda: self.now)
        self.line = _Line(version, sent=[])
        self.station.attach(self.line)  # type: ignore[arg-type] # a connection without a socket
        self.station.handler = Incoming(self.station, TakingBackend(), lambda: self.now)

    async def hear(self, text: str) -> list[Any]:
        """Take one frame and return the answers, as JSON. Time goes on by a second."""
        self.now = self.now.later(1.0)
        sent = self.line.sent = []
        await self.station.async_receive(self.line, text)  # type: ignore[arg-type] # as above
        await self.station._answering.async_settled(within_s=10.0)
        # As between two frames of a socket: the loop clears its timers away.
        await asyncio.sleep(0)
        return [json.loads(frame) for frame in sent]

    async def check(self, text: str) -> int | None:
        """Take one frame: a call has one answer in its name, and none of them says that we failed.

        Return the message type of the answer.
        """
        answers = await self.hear(text)
        frame = read(text, self.version)
        if isinstance(frame, Call):
            assert len(answers) == frame.wants_answer, text[:2000]
        for answer in answers:
            assert answer[0] in {3, 4}, text[:2000]
            assert answer[0] == 3 or answer[2] != "InternalError", text[:2000]
            if isinstance(frame, Call):
                assert answer[1] == frame.message_id, text[:2000]
        return answers[-1][0] if answers else None
