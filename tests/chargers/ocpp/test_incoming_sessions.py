"""From messages to sessions, each line of the checklist in every version that has it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import EndReason, SessionStatus
from custom_components.ev_sessions.core.sessions.transaction import TimedBy
from custom_components.ev_sessions.core.station.authorisation import (
    MASTER_PASS_GROUP,
    Authorisation,
    AuthorisationStatus,
)
from custom_components.ev_sessions.core.station.events import StatusTold
from tests.chargers.ocpp.house_rig import HouseRig, told
from tests.chargers.ocpp.speaker import Speaker
from tests.core.station.story import KWH, at

WH = 1_000


@pytest.fixture(params=Version, ids=str)
def station(request: pytest.FixtureRequest) -> Speaker:
    return Speaker(request.param)


async def test_t1_003_plug_first(station: Speaker) -> None:
    await station.status(0, "Available")
    await station.status(60, "Preparing")
    await station.authorize(70)
    await station.begin(71, meter_wh=5000)
    await station.change(72, "Charging")
    await station.sample(371, 5500)
    await station.change(400, "SuspendedEV")
    await station.end(600, meter_wh=6000, reason="Local")
    await station.status(601, "Finishing")
    await station.status(660, "Available")
    session = station.story.session()
    assert (session.start, session.end, session.energy_mwh) == (at(60), at(660), KWH)
    assert (session.waiting_ms, session.charging_ms) == (11_000, 400_000 - 71_000)
    transaction = station.story.transaction()
    assert (transaction.started_at, transaction.ended_at) == (at(71), at(600))
    assert transaction.token is not None
    assert (transaction.token.value, transaction.end_reason) == ("TAG1", EndReason.LOCAL)
    assert (transaction.meter_start_mwh, transaction.meter_stop_mwh) == (5 * KWH, 6 * KWH)


async def test_t1_004_1_tag_first_begins_when_the_cable_is_in(station: Speaker) -> None:
    await station.status(0, "Available")
    await station.authorize(10)
    if not station.version.is_2:
        await station.status(11, "Preparing")  # for the tag; 2.x tells of cables only
    assert station.story.sessions(until=12) == []
    await station.begin(40, meter_wh=0)
    await station.status(40.5, "Charging")
    await station.sample(100, 100)
    assert station.story.session(until=101).start == at(40)


async def test_t1_004_2_a_tag_without_a_cable_is_no_session(station: Speaker) -> None:
    await station.status(0, "Available")
    await station.authorize(10)
    if station.version.is_2:
        await station.begin(11, state="Idle")
        await station.end(71, meter_wh=0, reason="Timeout")
    else:
        await station.status(11, "Preparing")
    await station.status(71, "Available")
    assert station.story.sessions() == []


async def test_t1_005_1_the_cars_side_is_unplugged(station: Speaker) -> None:
    """The car has left, though the cable hangs in the charger for a while."""
    await station.status(0, "Preparing")
    await station.begin(1)
    await station.change(2, "Charging")
    await station.end(600, meter_wh=1000, reason="EVDisconnected")
    await station.status(601, "Finishing")
    await station.status(900, "Available")
    await station.status(1000, "Preparing")
    first, second = station.story.sessions(until=1100)
    assert (first.end, first.energy_mwh, second.start) == (at(600), KWH, at(1000))
    assert station.story.transaction().end_reason is EndReason.UNPLUGGED


async def test_t1_007_a_cached_token_needs_no_authorize(station: Speaker) -> None:
    await station.status(0, "Preparing")
    answer = await station.begin(1)
    info = answer["idTokenInfo" if station.version.is_2 else "idTagInfo"]
    assert info == {"status": "Accepted"}
    assert [token.value for _, token in station.rig.asked] == ["TAG1"]


async def test_t1_024_a_cable_that_cannot_be_locked_is_a_fault_of_the_session(station: Speaker) -> None:
    await station.status(0, "Preparing")
    await station.status(5, "Faulted")
    assert station.story.last().activity is Activity.FAULT
    await station.status(20, "Available")
    assert station.story.session().end == at(20)


async def test_t2_037_1_a_charge_of_hours_ago_is_a_session_of_hours_ago(station: Speaker) -> None:
    now = 4 * 3600.0
    await station.status(0, "Available")
    station.rig.at(now)
    await station.rig.incoming.async_came_online(station.rig.now.utc)
    await station.status(now, "Available")
    await station.begin(600, meter_wh=0, arrives=now + 1)
    await station.sample(1800, 2000, arrives=now + 2)
    await station.end(4200, meter_wh=7000, arrives=now + 3)
    session = station.story.session()
    assert (session.start, session.end, session.energy_mwh) == (at(600), at(4200), 7 * KWH)
    assert station.story.transaction().started_timed_by is TimedBy.STATION
    assert station.story.last().activity is Activity.AVAILABLE


async def test_t2_a_stop_that_is_told_before_its_start(station: Speaker) -> None:
    """The start got no answer and is sent again, after the stop."""
    now = 4 * 3600.0
    await station.status(0, "Available")
    await station.sample(5, 100_000, None)
    station.rig.at(now)
    await station.rig.incoming.async_came_online(station.rig.now.utc)
    await station.status(now, "Available")
    await station.end(4200, "-1" if not station.version.is_2 else "a", meter_wh=107_000, arrives=now + 1)
    assert [session.energy_mwh for session in station.story.sessions()] == [7 * KWH]
    await station.begin(600, "b" if not station.version.is_2 else "a", meter_wh=100_000, arrives=now + 2)
    session = station.story.session()
    assert (session.start, session.end, session.energy_mwh) == (at(600), at(4200), 7 * KWH)
    (transaction,) = station.story.transactions.values()
    assert not transaction.is_open


@pytest.mark.parametrize("number", [-1, 0, 4711, "7", None])
async def test_t2_a_stop_of_a_number_that_nobody_gave_ends_what_runs(number: object) -> None:
    station = Speaker(Version.V16)
    await station.status(0, "Preparing")
    await station.begin(1)
    await station.status(2, "Charging")
    station.names["lost"] = number
    assert await station.end(600, "lost", meter_wh=1000) == {}
    await station.status(660, "Available")
    assert station.story.session().energy_mwh == KWH
    assert station.story.transaction().reason == "Local"


@pytest.mark.parametrize("number", [-1, 4711])
async def test_t2_a_stop_of_a_number_that_nobody_gave_is_made_into_a_session(number: int) -> None:
    station = Speaker(Version.V16)
    await station.status(0, "Available")
    await station.sample(10, 1_000_000, None)
    station.names["lost"] = number
    await station.end(7200, "lost", meter_wh=1_003_700)
    session = station.story.session()
    assert (session.energy_mwh, session.end, session.start) == (3_700 * WH, at(7200), at(3600))
    assert station.story.transaction().started_at == at(3600)


async def test_t2_a_stop_of_nothing_is_no_session() -> None:
    station = Speaker(Version.V16)
    await station.status(0, "Available")
    await station.end(7200, "0", meter_wh=5000)
    await station.sample(7210, 5000, None)
    assert station.story.sessions() == []


@pytest.mark.parametrize("number", [None, 0, -1, 4711, "x"])
async def test_t2_samples_of_no_or_another_transaction_are_this_meters(number: object) -> None:
    station = Speaker(Version.V16)
    await station.status(0, "Preparing")
    await station.begin(1)
    await station.status(2, "Charging")
    station.names["other"] = number
    await station.sample(300, 500, "other")
    await station.sample(600, 1000, None)
    assert station.story.session(until=601).energy_mwh == KWH
    assert len(station.story.transactions) == 1


async def test_t3_energy_only_per_phase_counts_before_the_stop(station: Speaker) -> None:
    await station.status(0, "Preparing")
    await station.begin(1)
    await station.change(2, "Charging")
    for seconds, each in ((300, "100.5"), (600, "333.4")):
        values = [
            {"value": each, "phase": phase, "measurand": "Energy.Active.Import.Register"}
            for phase in ("L1", "L2", "L3")
        ]
        await station.sample(seconds, None, values=values)
    assert station.story.session(until=601).energy_mwh == 1_000_200


@pytest.mark.parametrize("nothing", ["", "NaN", None, "abc"])
async def test_t3_one_value_that_is_none_changes_nothing(station: Speaker, nothing: object) -> None:
    await station.status(0, "Preparing")
    await station.begin(1, meter_wh=1_000_000)
    await station.change(2, "Charging")
    await station.sample(300, 1_000_501)
    await station.sample(310, nothing)
    await station.sample(600, 1_001_003)
    assert station.story.session(until=601).energy_mwh == 1_003 * WH


async def test_t3_kwh_without_a_measurand_and_text_numbers(station: Speaker) -> None:
    await station.status(0, "Preparing")
    await station.begin(1, meter_wh=1_000_000)
    await station.change(2, "Charging")
    unit: dict[str, Any] = {"unitOfMeasure": {"unit": "kWh"}} if station.version.is_2 else {"unit": "kWh"}
    await station.sample(600, None, values=[{"value": "1001.003", "context": "Sample.Clock", **unit}])
    assert station.story.session(until=601).energy_mwh == 1_003 * WH


async def test_t3_the_main_meter_is_kept_apart(station: Speaker) -> None:
    await station.status(0, "Preparing")
    await station.begin(1)
    await station.change(2, "Charging")
    await station.sample(300, 54_321_000, None, evse=0)
    await station.status(301, "Unavailable", evse=0)
    await station.sample(600, 1000)
    assert station.story.session(until=601).energy_mwh == KWH
    assert station.story.last().activity is Activity.CHARGING


async def test_t4_signed_values_are_kept_to_the_byte() -> None:
    station = Speaker(Version.V21)
    await station.status(0, "Preparing")
    signed = {
        "signedMeterData": "T0NNRnx7fQ== ",
        "encodingMethod": "OCMF",
        "signingMethod": "ECDSA",
        "publicKey": "MFkw",
    }
    value = {"value": 2114.1356, "context": "Transaction.Begin", "signedMeterValue": signed}
    await station.begin(1)
    await station.sample(2, None, values=[value])
    await station.sample(2, None, values=[value])  # the same record, sent twice
    (kept,) = station.story.transaction().signed
    assert (kept.data, kept.encoding, kept.method, kept.public_key) == ("T0NNRnx7fQ== ", "OCMF", "ECDSA", "MFkw")
    assert (kept.at, kept.context) == (at(2), "Transaction.Begin")
    assert station.story.last().register_mwh == 0


async def test_t5_2x_sequence_numbers_that_are_always_0_lack_or_repeat_change_nothing() -> None:
    for numbers in ([0, 0, 0, 0], [0, 7, 7, 9], [3, 2, 1, 0]):
        station = Speaker(Version.V201)
        station.sequence = iter(numbers)  # type: ignore[assignment]
        await station.status(0, "Occupied")
        await station.begin(1)
        await station.sample(300, 500)
        await station.sample(600, 900)
        await station.end(700, meter_wh=1000)
        await station.status(701, "Available")
        assert station.story.session().energy_mwh == KWH


async def test_t5_ended_without_started_has_the_time_and_energy_of_its_samples() -> None:
    station = Speaker(Version.V201)
    await station.status(0, "Available")
    station.rig.at(9000)
    values = [{"value": 5000, "context": "Transaction.Begin"}], [{"value": 8000, "context": "Transaction.End"}]
    await station.rig.send(
        "TransactionEvent",
        eventType="Ended",
        seqNo=4,
        timestamp=told(4200),
        offline=True,
        triggerReason="EVCommunicationLost",
        evse={"id": 1},
        transactionInfo={"transactionId": "x", "stoppedReason": "EVDisconnected"},
        meterValue=[
            {"timestamp": told(seconds), "sampledValue": its} for seconds, its in zip((600, 4200), values, strict=True)
        ],
    )
    session = station.story.session()
    assert (session.start, session.end, session.energy_mwh) == (at(600), at(4200), 3 * KWH)
    transaction = station.story.transaction()
    assert (transaction.started_at, transaction.meter_start_mwh, transaction.offline) == (at(600), 5 * KWH, True)


async def test_t5_evse_in_the_first_event_only_and_the_token_later() -> None:
    station = Speaker(Version.V201, evses=2)
    await station.status(0, "Available", evse=1)
    await station.status(0, "Occupied", evse=2)
    await station.begin(1, evse=2, tag=None, state="EVConnected", meter_wh=1000)
    await station._event("Updated", 30, "a", tag="TAG7", triggerReason="Authorized")
    await station.change(31, "Charging")
    await station.sample(600, 2000)
    await station.end(700, meter_wh=2500)
    await station.status(701, "Available", evse=2)
    assert station.story.sessions(1) == []
    assert station.story.session(2).energy_mwh == 1500 * WH
    token = station.story.transaction(2).token
    assert token is not None
    assert token.value == "TAG7"


async def test_t5_a_remote_start_tells_its_number_and_no_token() -> None:
    station = Speaker(Version.V201)
    await station.status(0, "Occupied")
    station.rig.at(1)
    await station.rig.send(
        "TransactionEvent",
        eventType="Started",
        seqNo=0,
        timestamp=told(1),
        triggerReason="RemoteStart",
        evse={"id": 1},
        transactionInfo={"transactionId": "x", "remoteStartId": 77},
    )
    assert station.story.transaction().remote_start_id == 77
    assert station.story.last().activity is Activity.PREPARING


async def test_t5_a_charging_state_in_a_periodic_event_counts() -> None:
    station = Speaker(Version.V21)
    await station.status(0, "Occupied")
    await station.begin(1, state="EVConnected")
    assert station.story.last().activity is Activity.PREPARING
    await station._event(
        "Updated", 10, "a", state="Charging", values=[{"value": 10}], triggerReason="MeterValuePeriodic"
    )
    assert station.story.last().activity is Activity.CHARGING
    for word, activity in (("SuspendedEVSE", Activity.SUSPENDED_EVSE), ("SuspendedEV", Activity.SUSPENDED_EV)):
        await station.change(20, word)
        assert station.story.last().activity is activity


async def test_t5_a_station_that_tells_no_states_charges_when_its_meter_says_so() -> None:
    station = Speaker(Version.V201)
    await station.status(0, "Occupied")
    await station.begin(1, state=None)
    for seconds, power_w, activity in (
        (10, 0, Activity.PREPARING),
        (20, 7000, Activity.CHARGING),
        (30, 20, Activity.SUSPENDED_EV),
        (40, 7000, Activity.CHARGING),
    ):
        await station.sample(seconds, None, values=[{"value": power_w, "measurand": "Power.Active.Import"}])
        assert station.story.last().activity is activity


@pytest.mark.parametrize(
    ("reason", "end_reason"),
    [
        ("DeAuthorized", EndReason.DEAUTHORISED),
        ("EnergyLimitReached", EndReason.LIMIT_ENERGY),
        ("PowerLoss", EndReason.POWER_LOSS),
        ("Remote", EndReason.REMOTE),
        (None, EndReason.LOCAL),
        ("GroundFault", EndReason.FAULT),
        ("Reboot", None),
    ],
)
async def test_t5_why_a_transaction_ended_is_told(
    station: Speaker, reason: str | None, end_reason: EndReason | None
) -> None:
    await station.begin(1)
    await station.end(60, meter_wh=100, reason=reason)
    transaction = station.story.transaction()
    assert (transaction.reason, transaction.end_reason) == (reason or "Local", end_reason)


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        ("Deauthorized", "DeAuthorized"),
        ("RemoteStop", "Remote"),
        ("TimeLimitReached", "TimeLimitReached"),
        ("StopAuthorized", "Local"),
    ],
)
async def test_t5_why_a_transaction_ended_that_does_not_say_so_follows_from_why_that_is_told(
    trigger: str, reason: str
) -> None:
    station = Speaker(Version.V201)
    await station.begin(1)
    info = {"transactionId": station.names["a"]}
    await station.rig.send(
        "TransactionEvent", eventType="Ended", timestamp=told(60), triggerReason=trigger, seqNo=9, transactionInfo=info
    )
    assert station.story.transaction().reason == reason


async def test_t5_start_that_is_told_again_by_a_clock_that_is_known_by_then_changes_nothing() -> None:
    station = Speaker(Version.V201)
    await station.begin(0, state="EVConnected", arrives=8)
    await station.change(2, "Charging")
    # Its clock is known to be slow now, so that the same instant is one after the charge has begun.
    station.rig.incoming.watch = replace(station.rig.incoming.watch, drift_s=8.0)
    await station.begin(0, state="EVConnected", arrives=60)
    assert station.story.last().activity is Activity.CHARGING


async def test_t5_an_event_without_a_transaction_is_its_samples() -> None:
    rig = HouseRig(Version.V201)
    value = {"timestamp": told(0), "sampledValue": [{"value": 7000}]}
    assert await rig.send("TransactionEvent", eventType="Updated", evse={"id": 1}, meterValue=[value]) == {}
    assert rig.story.last().register_mwh == 7 * KWH
    assert await rig.send("TransactionEvent", eventType="Updated") == {}


async def test_b3_032_1_a_power_failure_in_a_charge_waits_for_its_stop(station: Speaker) -> None:
    await station.status(0, "Preparing")
    await station.begin(1)
    await station.change(2, "Charging")
    await station.sample(600, 1000)
    await station.rig.at(640).incoming.async_went_offline(station.rig.now.utc)
    await station.rig.at(1200).incoming.async_came_online(station.rig.now.utc)
    await station.rig.send("BootNotification", reason="PowerUp")
    assert station.story.transaction().is_open
    assert station.story.last().activity is None
    await station.status(1201, "Preparing")
    await station.end(620, meter_wh=1050, reason="PowerLoss", arrives=1202)
    session = station.story.session(until=1300)
    assert (session.status, session.energy_mwh) == (SessionStatus.OPEN, 1050 * WH)
    assert station.story.transaction().end_reason is EndReason.POWER_LOSS


async def test_a_station_that_comes_back_without_a_word_is_known_again_by_its_samples(station: Speaker) -> None:
    """No boot and no status: what runs is told by the first sample of its transaction."""
    await station.status(0, "Preparing")
    await station.begin(1)
    await station.change(2, "Charging")
    await station.rig.at(100).incoming.async_went_offline(station.rig.now.utc)
    assert station.story.last().activity is None
    await station.rig.at(200).incoming.async_came_online(station.rig.now.utc)
    assert station.story.last().activity is None
    await station.sample(210, 500)
    assert station.story.last().activity is Activity.CHARGING
    assert station.story.session(until=211).energy_mwh == 500 * WH


async def test_a_status_that_is_told_again_with_its_old_time_holds_now(station: Speaker) -> None:
    """After a reconnect some repeat a status as it was when it changed, hours ago."""
    await station.status(0, "Available", arrives=1)
    await station.rig.at(100).incoming.async_went_offline(station.rig.now.utc)
    await station.rig.at(7200).incoming.async_came_online(station.rig.now.utc)
    await station.status(0, "Available", arrives=7201)
    assert station.story.last().activity is Activity.AVAILABLE
    assert station.story.last().at == at(7201)


async def test_statuses_that_waited_in_a_queue_are_told_as_they_were(station: Speaker) -> None:
    await station.status(0, "Available")
    await station.rig.at(100).incoming.async_went_offline(station.rig.now.utc)
    await station.rig.at(9000).incoming.async_came_online(station.rig.now.utc)
    await station.status(600, "Preparing", arrives=9001)
    await station.begin(610, arrives=9002)
    await station.end(4200, meter_wh=5000, arrives=9003)
    await station.status(4300, "Available", arrives=9004)
    session = station.story.session()
    assert (session.start, session.end, session.energy_mwh) == (at(600), at(4300), 5 * KWH)


@pytest.mark.parametrize(
    ("status", "more", "more_16", "more_2"),
    [
        (
            AuthorisationStatus.ACCEPTED,
            {"group": "FAMILY"},
            {"parentIdTag": "FAMILY"},
            {"groupIdToken": {"idToken": "FAMILY", "type": "Central"}},
        ),
        (AuthorisationStatus.INVALID, {}, {}, {}),
        (AuthorisationStatus.BLOCKED, {}, {}, {}),
        (AuthorisationStatus.CONCURRENT_TX, {}, {}, {}),
        (
            AuthorisationStatus.EXPIRED,
            {"expires_at": at(0)},
            {"expiryDate": "2026-11-19T10:00:00Z"},
            {"cacheExpiryDateTime": "2026-11-19T10:00:00Z"},
        ),
    ],
)
async def test_a1_a_token_is_answered(
    station: Speaker, status: AuthorisationStatus, more: Any, more_16: dict[str, Any], more_2: dict[str, Any]
) -> None:
    station.rig.answers["TAG9"] = Authorisation(status=status, **more)
    expected = {"status": status.value, **(more_2 if station.version.is_2 else more_16)}
    assert await station.authorize(1, "tag9") == expected
    answer = await station.begin(2, tag="Tag9")
    assert answer["idTokenInfo" if station.version.is_2 else "idTagInfo"] == expected
    answer = await station.end(3, meter_wh=0, tag="TAG9")
    assert answer["idTokenInfo" if station.version.is_2 else "idTagInfo"]["status"] == (
        "Accepted" if status is AuthorisationStatus.CONCURRENT_TX else status.value
    )


@pytest.mark.parametrize("known", [True, False])
async def test_a3_c47_master_card_is_known_to_the_station_or_ends_all_from_here_and_begins_nothing(
    station: Speaker, *, known: bool
) -> None:
    station.rig.takes_master_pass = known
    answer = Authorisation(status=AuthorisationStatus.ACCEPTED, group=MASTER_PASS_GROUP, ends_only=True)
    station.rig.answers["MASTER"] = answer
    by_itself = known and station.version.is_2
    group = {"groupIdToken": {"idToken": MASTER_PASS_GROUP, "type": "Central"}}
    assert await station.authorize(1, "master") == (
        {"status": "Accepted", **group} if by_itself else {"status": "Blocked"}
    )
    assert station.rig.ended_all == (0 if by_itself else 1)
    assert station.rig.events == []
    started = await station.begin(2, tag="MASTER")
    assert started["idTokenInfo" if station.version.is_2 else "idTagInfo"] == {"status": "Blocked"}
    ended = await station.end(3, meter_wh=0, tag="MASTER")
    assert ended["idTokenInfo" if station.version.is_2 else "idTagInfo"]["status"] == "Accepted"


async def test_a2_037_3_a_start_has_a_number_whoever_began_it_and_the_same_when_it_is_sent_again() -> None:
    station = Speaker(Version.V16)
    station.rig.answers["TAG9"] = Authorisation(status=AuthorisationStatus.INVALID)
    first = await station.begin(2, tag="TAG9")
    again = await station.begin(2, tag="TAG9", arrives=100)
    other = await station.begin(200, tag="TAG9", meter_wh=10)
    assert first["transactionId"] == again["transactionId"] > 0
    assert other["transactionId"] not in {first["transactionId"], 0}
    assert first["idTagInfo"] == {"status": "Invalid"}


async def test_c02_free_charge_of_2x_is_accepted_and_nobody_is_asked() -> None:
    station = Speaker(Version.V201)
    answer = await station._event("Started", 1, "a", evse={"id": 1}, idToken={"type": "NoAuthorization", "idToken": ""})
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    assert station.rig.asked == []


async def test_an_error_is_told_with_the_vendors_own_words() -> None:
    rig = HouseRig(Version.V16)
    await rig.send(
        "StatusNotification",
        connectorId=1,
        status="Faulted",
        errorCode="GroundFailure",
        vendorErrorCode="E7",
        info="RCD",
    )
    (event,) = rig.events
    assert isinstance(event, StatusTold)
    assert (event.error, event.vendor_error, event.info) == ("GroundFailure", "E7", "RCD")


async def test_a_clock_an_hour_fast_tells_the_right_times(station: Speaker) -> None:
    """Local time that says it is UTC: known from the first word, and the session says so."""
    ahead = 3600.0
    await station.status(ahead, "Available", arrives=0)
    await station.status(ahead + 60, "Preparing", arrives=60)
    await station.begin(ahead + 70, arrives=70)
    await station.end(ahead + 670, meter_wh=1000, arrives=900)
    await station.status(ahead + 680, "Available", arrives=901)
    session = station.story.session()
    assert (session.start, session.energy_mwh) == (at(60), KWH)
    transaction = station.story.transaction()
    assert (transaction.started_at, transaction.ended_at) == (at(70), at(670))
    assert transaction.started_timed_by is TimedBy.CORRECTED
    assert station.rig.incoming.drift_s == pytest.approx(-3600)


async def test_queue_that_is_told_as_slowly_as_it_was_filled_is_no_slow_clock(station: Speaker) -> None:
    """It comes back after half an hour, and tells an old sample whenever it would have told a new one."""
    late = 1800.0
    await station.rig.at(late).incoming.async_came_online(station.rig.now.utc)
    await station.status(0, "Preparing", arrives=late)
    await station.begin(10, arrives=late + 10)
    for seconds in range(20, 80, 10):
        await station.sample(seconds, seconds, arrives=late + seconds)
    await station.end(80, meter_wh=100, arrives=late + 80)
    assert station.rig.incoming.drift_s is None
    transaction = station.story.transaction()
    assert (transaction.started_at, transaction.ended_at) == (at(10), at(80))
    assert transaction.started_timed_by is TimedBy.STATION


async def test_no_sane_clock_at_all_is_our_time(station: Speaker) -> None:
    station.rig.at(5)
    payload: dict[str, Any] = {"timestamp": "yesterday", "meterStart": 0, "connectorId": 1}
    payload |= {"eventType": "Started", "evse": {"id": 1}}
    payload["transactionInfo"] = {"transactionId": "x"}
    await station.rig.send_raw("TransactionEvent" if station.version.is_2 else "StartTransaction", payload)
    transaction = station.story.transaction()
    assert (transaction.started_at, transaction.started_timed_by) == (at(5), TimedBy.ARRIVAL)


async def test_two_cars_at_once_have_a_session_each(station: Speaker) -> None:
    station = Speaker(station.version, evses=2)
    for evse, name in ((1, "a"), (2, "b")):
        await station.status(0, "Preparing", evse=evse)
        await station.begin(1, name, evse=evse, tag=f"TAG{evse}")
    for seconds in (300, 600):
        await station.sample(seconds, seconds, "a", evse=1)
        await station.sample(seconds, seconds * 2, "b", evse=2)
    await station.end(700, "b", meter_wh=1300)
    await station.status(701, "Available", evse=2)
    await station.sample(900, 950, "a", evse=1)
    assert [station.story.session(evse, until=901).energy_mwh for evse in (1, 2)] == [950 * WH, 1300 * WH]
    assert station.story.session(1, until=901).status is SessionStatus.OPEN


async def test_a_hundred_samples_at_the_stop_that_were_told_before_tell_nothing_again() -> None:
    station = Speaker(Version.V16)
    await station.status(0, "Preparing")
    await station.begin(1)
    await station.status(2, "Charging")
    for place in range(1, 101):
        await station.sample(10.0 * place, 31 * place)
    before = list(station.story.readings[1])
    station.rig.at(1010)
    await station.rig.send(
        "StopTransaction",
        transactionId=station.names["a"],
        meterStop=3110,
        timestamp=told(1010),
        transactionData=[
            {"timestamp": told(10.0 * place), "sampledValue": [{"value": str(31 * place)}]} for place in range(1, 101)
        ],
    )
    assert station.story.readings[1][: len(before)] == before
    assert station.story.retold == 0
    assert len(station.story.readings[1]) == len(before) + 1


async def test_all_samples_of_an_outage_come_with_the_stop() -> None:
    station = Speaker(Version.V16)
    await station.status(0, "Preparing")
    await station.begin(1)
    await station.status(2, "Charging")
    await station.rig.at(20).incoming.async_went_offline(station.rig.now.utc)
    await station.rig.at(1500).incoming.async_came_online(station.rig.now.utc)
    await station.status(1501, "Available")
    await station.rig.at(1502).send(
        "StopTransaction",
        transactionId=station.names["a"],
        meterStop=3110,
        timestamp=told(1010),
        transactionData=[
            {"timestamp": told(10.0 * place), "sampledValue": [{"value": str(31 * place)}]} for place in range(1, 101)
        ],
    )
    assert station.story.retold == 1
    session = station.story.session()
    assert (session.end, session.energy_mwh) == (at(1010), 3110 * WH)
    assert session.charging_ms == timedelta(seconds=1009) / timedelta(milliseconds=1)


async def test_a_start_with_decimals_is_read_and_a_signed_value_that_is_none_is_not() -> None:
    rig = HouseRig(Version.V16)
    await rig.send("StartTransaction", connectorId=1, idTag="T", meterStart=1000.5, timestamp=told(0))
    assert rig.story.transaction().meter_start_mwh == 1_000_500
    value = {"value": 7, "format": "SignedData"}
    await rig.send("MeterValues", connectorId=1, meterValue=[{"timestamp": told(1), "sampledValue": [value]}])
    assert rig.story.transaction().signed == ()
