"""A house that is so busy that messages wait for seconds: the sessions are those of a quick one."""

from random import Random
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.sessions.tracking.rewind import is_late
from tests.core.sessions.tracking.retelling_rig import LateRig

from .house_rig import HouseRig, told

WH = 1_000
#: When the first car comes, draws, is told twice that it has ended, and leaves; and the second.
CHARGES = ((10.0, 250_000), (60.0, 250_015))
_TOKEN = {"idToken": "TAG1", "type": "ISO14443"}

type Message = tuple[float, str, dict[str, Any]]


def of_16(begin_s: float, register_wh: int, number: int) -> list[Message]:
    def status(at_s: float, status: str) -> Message:
        return (
            at_s,
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": told(at_s)},
        )

    def sample(at_s: float, wh: int, power_w: int) -> Message:
        values = [
            {"value": str(wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            {"value": str(power_w), "measurand": "Power.Active.Import", "unit": "W"},
        ]
        metered = [{"timestamp": told(at_s), "sampledValue": values}]
        return at_s, "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": metered}

    end_s = begin_s + 15.2
    start = {"connectorId": 1, "idTag": "TAG1", "meterStart": register_wh, "timestamp": told(begin_s)}
    stop = {"transactionId": number, "meterStop": register_wh + 15, "timestamp": told(end_s)}
    return [
        status(begin_s, "Preparing"),
        (begin_s, "StartTransaction", start),
        status(begin_s, "Charging"),
        sample(begin_s + 14, register_wh + 7, 11_040),
        sample(begin_s + 15, register_wh + 15, 11_040),
        *[(end_s, "StopTransaction", stop)] * 2,
        *[status(end_s, "Finishing")] * 2,
        status(end_s, "Available"),
    ]


def of_201(begin_s: float, register_wh: int, number: int) -> list[Message]:
    def status(at_s: float, status: str) -> Message:
        return (
            at_s,
            "StatusNotification",
            {"timestamp": told(at_s), "connectorStatus": status, "evseId": 1, "connectorId": 1},
        )

    def event(at_s: float, kind: str, wh: int | None, context: str, **fields: Any) -> Message:
        values: list[dict[str, Any]] = [
            {"value": wh, "context": context, "measurand": "Energy.Active.Import.Register"},
            {"value": 11_040, "context": context, "measurand": "Power.Active.Import"},
        ]
        values = values[: 1 if context != "Sample.Periodic" else 2] if wh is not None else []
        metered = {"meterValue": [{"timestamp": told(at_s), "sampledValue": values}]} if values else {}
        info = {"transactionId": f"T{number}", "chargingState": "Idle" if kind == "Ended" else "Charging"}
        payload = {
            "eventType": kind,
            "timestamp": told(at_s),
            "triggerReason": "Trigger",
            "seqNo": 0,
            "transactionInfo": info if kind != "Started" else {"transactionId": f"T{number}"},
            "evse": {"id": 1, "connectorId": 1},
        }
        return at_s, "TransactionEvent", {**payload, **metered, **fields}

    end_s = begin_s + 15.2
    return [
        status(begin_s, "Occupied"),
        event(begin_s, "Started", register_wh, "Transaction.Begin", idToken=_TOKEN),
        event(begin_s, "Updated", None, ""),
        event(begin_s + 14, "Updated", register_wh + 7, "Sample.Periodic"),
        event(begin_s + 15, "Updated", register_wh + 15, "Sample.Periodic"),
        *[event(end_s, "Ended", register_wh + 15, "Transaction.End")] * 2,
        *[status(end_s, "Occupied")] * 2,
        status(end_s, "Available"),
    ]


class SlowHouse(LateRig):
    """The sessions of a station whose messages are heard late."""

    def hear(self, rig: HouseRig) -> bool:
        """Take what the last message changed, as the site does; tell whether it came out of its time."""
        self.tick((rig.now.utc - self.now.utc).total_seconds())
        news = rig.story.told.get(1)
        if news is None:
            return False
        late = bool(news.retold)
        if news.retold:
            self.late(*news.retold)
        for reading in news.readings:
            late = late or is_late(self.memory, self.tracker, reading)
            self.tell(reading)
        rig.story.told = {}
        return late


@pytest.mark.parametrize("version", [Version.V16, Version.V201])
@pytest.mark.parametrize("late_s", [0.3, 1.5, 3.0, 6.0, 12.0])
async def test_seconds_that_messages_wait_move_no_energy_from_one_session_to_the_next(
    version: Version, late_s: float
) -> None:
    told_late = 0
    for seed in range(25):
        random, rig = Random(seed), HouseRig(version)
        house = SlowHouse()
        arrives_s = 0.0
        for number, (begin_s, register_wh) in enumerate(CHARGES, 1001):
            for at_s, action, payload in (of_16 if version is Version.V16 else of_201)(begin_s, register_wh, number):
                arrives_s = max(arrives_s, at_s + random.random() ** 2 * late_s)
                rig.at(arrives_s)
                await rig.send_raw(action, payload)
                told_late += house.hear(rig)
        house.tick(120)
        found = sorted(house.sessions.values(), key=lambda session: session.start)
        assert [session.energy_mwh / WH for session in found] == [15, 15], (seed, found)
    # It is about messages that come out of their time.
    assert told_late > 0 or late_s < 3
