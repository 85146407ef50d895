"""What foreign stations sent, replayed: the right sessions at the end."""

from datetime import datetime, timedelta
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.message import newest_told
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import EndReason, Session, SessionStatus
from tests.chargers.ocpp.house_rig import HouseRig

DATA = Path(__file__).parent / "data"
WH = 1_000


async def replayed(capture: str, station: str, version: Version, evses: int = 1) -> HouseRig:
    """Send all that a station sent, at its times."""
    rig = HouseRig(version, evses)
    for line in gzip.decompress((DATA / f"{capture}.jsonl.gz").read_bytes()).decode().splitlines():
        arrived, sender, action, payload, *number = json.loads(line)
        if sender != station:
            continue
        # The capture's clock has whole seconds: what is told with a finer time came no earlier.
        arrived_at = max(datetime.fromisoformat(arrived), newest_told(payload) or rig.now.utc, rig.now.utc)
        rig.wait((arrived_at - rig.now.utc).total_seconds())
        if number:
            rig.next_number = iter(number)
        answer = await rig.send_raw(action, payload)
        assert not number or answer["transactionId"] == number[0]
    return rig


def figures(sessions: list[Session]) -> list[tuple[float, float]]:
    """Return the energies of sessions in Wh, and how long they were connected in whole seconds."""
    return [(session.energy_mwh / WH, session.connected_ms // 1000) for session in sessions]


def kept(rig: HouseRig, evse: int = 1) -> list[tuple[str, float, float, str | None]]:
    return [
        (its.id[:4], (its.meter_start_mwh or 0) / WH, (its.meter_stop_mwh or 0) / WH, its.reason)
        for (where, _), its in rig.story.transactions.items()
        if where == evse
    ]


async def test_a_16_station_whose_stop_counts_otherwise_than_its_samples_has_both_sessions() -> None:
    """Its second transaction begins and ends at what it alone has used; its samples never began again."""
    rig = await replayed("sap1", "CS-KEBA-00001", Version.V16)
    assert figures(rig.story.sessions()) == [(30.0, 29), (24.0, 19)]
    assert kept(rig) == [("3", 0.0, 30.0, "Remote"), ("4", 0.0, 24.0, "Local")]


@pytest.mark.parametrize(
    ("station", "energies_wh"), [("CS-BASIC-00001", [8.33, 12.42]), ("CS-BASIC-SIGNED-00001", [7.22, 10.0])]
)
async def test_a_16_station_with_three_connectors_keeps_them_apart(station: str, energies_wh: list[float]) -> None:
    rig = await replayed("sap1", station, Version.V16, evses=3)
    assert [session.energy_mwh / WH for session in rig.story.sessions(1)] == energies_wh
    assert rig.story.last(2).activity is Activity.UNAVAILABLE
    assert [session.energy_mwh for session in rig.story.sessions(2)] == [0]
    assert rig.story.sessions(3) == []


async def test_t4_signed_values_of_16_are_kept_as_they_were_sent() -> None:
    rig = await replayed("sap1", "CS-BASIC-SIGNED-00001", Version.V16, evses=3)
    signed = next(iter(rig.story.transactions.values())).signed
    assert [value.context for value in signed] == ["Transaction.Begin", "Transaction.End", "Transaction.End"]
    assert all(json.loads(value.data)["encodingMethod"] == "OCMF" for value in signed)


@pytest.mark.parametrize("station", ["CS-KEBA-OCPP2-00001", "CS-KEBA-OCPP2-SIGNED-00001"])
async def test_a_201_station_has_both_sessions(station: str) -> None:
    rig = await replayed("sap1", station, Version.V201)
    sessions = rig.story.sessions()
    assert len(sessions) == 2
    for session, transaction in zip(sessions, rig.story.transactions.values(), strict=True):
        assert transaction.meter_start_mwh is not None
        assert transaction.meter_stop_mwh is not None
        assert session.energy_mwh == transaction.meter_stop_mwh - transaction.meter_start_mwh
        assert session.energy_mwh > 0
        assert transaction.remote_start_id == 11
        assert bool(transaction.signed) == ("SIGNED" in station)
    assert [its.end_reason for its in rig.story.transactions.values()] == [EndReason.REMOTE, EndReason.LOCAL]


async def test_another_makers_16_station_counts_in_kwh_and_ends_without_a_reason() -> None:
    rig = await replayed("vcp16", "VCP16", Version.V16)
    assert figures(rig.story.sessions()) == [(255.0, 25)]
    (transaction,) = rig.story.transactions.values()
    assert (transaction.reason, len(transaction.signed)) == ("Local", 1)


async def test_a_16_station_that_replays_its_stop_an_hour_after_we_were_killed_ends_in_time() -> None:
    """It comes back with no boot and no status, and its stop has its old time."""
    rig = await replayed("offline_then_late_stop", "CS-KEBA", Version.V16)
    rig.story.restart()
    stopped_at = rig.now.utc + timedelta(seconds=40)
    rig.wait(3600)
    await rig.incoming.async_came_online(rig.now.utc)
    stop: dict[str, Any] = {
        "idTag": "TAG2",
        "meterStop": 120,
        "timestamp": stopped_at.isoformat(),
        "transactionId": 2,
        "reason": "Local",
    }
    await rig.send_raw("StopTransaction", stop)
    await rig.wait(1).send("StatusNotification", connectorId=1, errorCode="NoError", status="Available")
    # The car that was gone for three seconds was never gone.
    session = rig.story.session()
    assert (session.energy_mwh / WH, session.end) == (46.0 + 120.0, stopped_at)


async def test_a_201_station_that_replays_its_end_after_we_were_killed_ends_in_time() -> None:
    rig = await replayed("offline_then_late_stop", "CS-KEBA-OCPP2", Version.V201)
    rig.story.restart()
    (open_one,) = (its for its in rig.story.transactions.values() if its.is_open)
    assert rig.story.sessions()[-1].status is SessionStatus.OPEN
    ended_at = rig.now.utc + timedelta(seconds=40)
    rig.wait(3600)
    await rig.incoming.async_came_online(rig.now.utc)
    await rig.send(
        "TransactionEvent",
        eventType="Ended",
        seqNo=1,
        offline=True,
        timestamp=ended_at.isoformat(),
        triggerReason="StopAuthorized",
        transactionInfo={"transactionId": open_one.id, "stoppedReason": "Local"},
        meterValue=[
            {"timestamp": ended_at.isoformat(), "sampledValue": [{"value": 120, "context": "Transaction.End"}]},
        ],
    )
    stamp = rig.now.utc.isoformat()
    await rig.send("StatusNotification", evseId=1, connectorId=1, connectorStatus="Available", timestamp=stamp)
    last = rig.story.sessions()[-1]
    assert (last.end, last.energy_mwh / WH) == (ended_at, 120.0 - (open_one.meter_start_mwh or 0) / WH)
