"""Whatever a station may send is answered."""

from typing import Any, Final

from ocpp.v16.enums import Action as Action16
from ocpp.v21.enums import Action as Action21
from ocpp.v201.enums import Action as Action201
import pytest

from custom_components.ev_sessions.chargers.ocpp.backend import Registration, Standing
from custom_components.ev_sessions.chargers.ocpp.least import fault_of
from custom_components.ev_sessions.chargers.ocpp.rpc import spelled
from custom_components.ev_sessions.chargers.ocpp.v2.problems import problems_of
from custom_components.ev_sessions.chargers.ocpp.version import Version
from tests.chargers.ocpp.house_rig import HouseRig, instant, told

#: What only a central system sends, by the tables of messages of each version; all else is a station's.
OURS_16: Final = {
    "CancelReservation",
    "CertificateSigned",
    "ChangeAvailability",
    "ChangeConfiguration",
    "ClearCache",
    "ClearChargingProfile",
    "DeleteCertificate",
    "ExtendedTriggerMessage",
    "GetCompositeSchedule",
    "GetConfiguration",
    "GetDiagnostics",
    "GetInstalledCertificateIds",
    "GetLocalListVersion",
    "GetLog",
    "InstallCertificate",
    "RemoteStartTransaction",
    "RemoteStopTransaction",
    "ReserveNow",
    "Reset",
    "SendLocalList",
    "SetChargingProfile",
    "SignedUpdateFirmware",
    "TriggerMessage",
    "UnlockConnector",
    "UpdateFirmware",
}
OURS_201: Final = {
    "CancelReservation",
    "CertificateSigned",
    "ChangeAvailability",
    "ClearCache",
    "ClearChargingProfile",
    "ClearDisplayMessage",
    "ClearVariableMonitoring",
    "CostUpdated",
    "CustomerInformation",
    "DeleteCertificate",
    "GetBaseReport",
    "GetChargingProfiles",
    "GetCompositeSchedule",
    "GetDisplayMessages",
    "GetInstalledCertificateIds",
    "GetLocalListVersion",
    "GetLog",
    "GetMonitoringReport",
    "GetReport",
    "GetTransactionStatus",
    "GetVariables",
    "InstallCertificate",
    "PublishFirmware",
    "RequestStartTransaction",
    "RequestStopTransaction",
    "ReserveNow",
    "Reset",
    "SendLocalList",
    "SetChargingProfile",
    "SetDisplayMessage",
    "SetMonitoringBase",
    "SetMonitoringLevel",
    "SetNetworkProfile",
    "SetVariableMonitoring",
    "SetVariables",
    "TriggerMessage",
    "UnlockConnector",
    "UnpublishFirmware",
    "UpdateFirmware",
}
OURS_21: Final = OURS_201 | {
    "AFRRSignal",
    "AdjustPeriodicEventStream",
    "ChangeTransactionTariff",
    "ClearDERControl",
    "ClearTariffs",
    "GetDERControl",
    "GetPeriodicEventStream",
    "GetTariffs",
    "NotifyAllowedEnergyTransfer",
    "NotifyWebPaymentStarted",
    "RequestBatterySwap",
    "SetDERControl",
    "SetDefaultTariff",
    "UpdateDynamicSchedule",
    "UsePriorityCharging",
}
ACTIONS: Final = {
    Version.V16: (set(map(str, Action16)), OURS_16),
    Version.V201: (set(map(str, Action201)), OURS_201),
    Version.V21: (set(map(str, Action21)), OURS_21),
}
CALLS: Final = [(version, action) for version, (known, _) in ACTIONS.items() for action in sorted(known)]
STRANGE: Final[list[dict[str, Any]]] = [
    {},
    {
        "connectorId": "1",
        "evseId": "1",
        "idTag": ["x"],
        "idToken": "x",
        "meterValue": [{"sampledValue": [None, 3, {"value": {"a": 1}}]}, "x"],
        "transactionData": {"timestamp": 3},
        "transactionInfo": {"transactionId": 7, "chargingState": ["x"]},
        "timestamp": "yesterday",
        "transactionId": None,
        "status": 5,
        "eventType": None,
        "certificateStatusRequests": [{"certificateHashData": 1}],
        "vatNumber": 1,
    },
]


@pytest.mark.parametrize(("version", "action"), CALLS)
async def test_c6_s6_d2_every_action_is_answered_or_named_as_not_supported(version: Version, action: str) -> None:
    """R1, D2: also where nothing of what it should hold is there, or all of it is something else."""
    ours = ACTIONS[version][1]
    assert ours <= ACTIONS[version][0]
    for payload in STRANGE:
        rig = HouseRig(version)
        if action in ours or action == "GetCertificateChainStatus":
            assert await rig.refused(action, payload) == "NotSupported"
        elif fault_of(action, payload, is_2=version.is_2):
            assert (await rig.refused(action, payload)).endswith("ConstraintViolation")
        else:
            await rig.send_raw(action, payload)


@pytest.mark.parametrize("version", Version)
async def test_an_action_of_nobody_is_named_as_not_implemented(version: Version) -> None:
    assert await HouseRig(version).refused("CustomOperation", {}) == "NotImplemented"
    assert await HouseRig(Version.V16).refused("TransactionEvent", {}) == "NotImplemented"


@pytest.mark.parametrize("version", Version)
async def test_b1_a_station_that_boots_is_accepted_with_our_time(version: Version) -> None:
    rig = HouseRig(version)
    boot: dict[str, Any] = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1"}
    if version.is_2:
        boot = {"chargingStation": {"vendorName": "V", "model": "M", "firmwareVersion": "1"}, "reason": "PowerUp"}
    answer = await rig.send_raw("BootNotification", boot)
    assert answer == {"currentTime": "2026-11-19T10:00:00Z", "interval": 300, "status": "Accepted"}
    assert rig.room.boot is not None
    assert (rig.room.boot.vendor, rig.room.boot.model, rig.room.changes) == ("V", "M", 1)
    assert instant((await rig.wait(60).send("Heartbeat"))["currentTime"]) == rig.now.utc


@pytest.mark.parametrize("version", Version)
async def test_b2_b30_a_station_that_waits_may_only_boot(version: Version) -> None:
    rig = HouseRig(version)
    for standing in (Standing.PENDING, Standing.REJECTED):
        rig.standing = Registration(standing=standing, interval_s=30)
        answer = await rig.send("BootNotification")
        assert (answer["status"], answer["interval"]) == (standing.value, 30)
        assert await rig.refused("StatusNotification", {"connectorId": 1}) == "SecurityError"
        assert await rig.refused("Authorize", {}) == "SecurityError"
        assert await rig.refused("NoSuchAction", {}) == "NotImplemented"
    assert rig.story.readings == {1: rig.story.readings[1]}
    assert all(reading.activity is None for reading in rig.story.readings[1])


async def test_b2_a_station_that_waits_may_report_what_it_was_asked_for() -> None:
    rig = HouseRig(Version.V201)
    rig.standing = Registration(standing=Standing.PENDING)
    assert await rig.send("NotifyReport", requestId=1, seqNo=0, generatedAt=told(0)) == {}
    rig.standing = Registration(standing=Standing.REJECTED)
    assert await rig.refused("NotifyReport", {"requestId": 1}) == "SecurityError"


@pytest.mark.parametrize("version", Version)
async def test_b3_a_station_that_comes_back_without_a_boot_is_served(version: Version) -> None:
    rig = HouseRig(version)
    await rig.incoming.async_came_online(rig.now.utc)
    assert (
        await rig.send("StatusNotification", connectorId=1, evseId=1, connectorStatus="Available", status="Available")
        == {}
    )
    assert rig.story.last().connected is False


@pytest.mark.parametrize("version", Version)
async def test_r8_a_vendor_of_its_own_is_not_known(version: Version) -> None:
    assert await HouseRig(version).send("DataTransfer", vendorId="x") == {"status": "UnknownVendorId"}


async def test_c50_and_m_a_car_with_a_contract_is_politely_refused() -> None:
    rig = HouseRig(Version.V21)
    answer = await rig.send("Authorize", idToken={"idToken": "EMAID", "type": "eMAID"}, certificate="PEM")
    assert answer == {"idTokenInfo": {"status": "Accepted"}, "certificateStatus": "NoCertificateAvailable"}
    assert (await rig.send("Get15118EVCertificate"))["status"] == "Failed"
    assert (await rig.send("SignCertificate", csr="x"))["status"] == "Rejected"
    assert (await rig.send("NotifyEVChargingNeeds"))["status"] == "Rejected"
    hashes = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c"}
    answer = await rig.send(
        "GetCertificateChainStatus",
        certificateStatusRequests=[{"certificateHashData": hashes, "source": "OCSP", "urls": ["x"]}],
    )
    assert [status["status"] for status in answer["certificateStatus"]] == ["Failed"]


async def test_d2_who_waits_for_a_report_gets_all_its_pages_in_order() -> None:
    rig = HouseRig(Version.V201)
    with rig.incoming.news.pages("NotifyReport", 7) as pages:
        for number, more in ((0, True), (0, True), (2, False), (1, True)):
            assert not pages.complete
            await rig.send("NotifyReport", requestId=7, seqNo=number, tbc=more, generatedAt=told(0))
        await rig.send("NotifyReport", requestId=8, seqNo=0)
        assert [page["seqNo"] for page in await pages.async_all()] == [0, 1, 2]
    await rig.send("NotifyReport", requestId=7, seqNo=3)
    assert len(await pages.async_all()) == 3


async def test_d2_a_report_that_stops_in_the_middle_is_what_came_of_it() -> None:
    rig = HouseRig(Version.V201)
    with rig.incoming.news.pages("ReportChargingProfiles", 7) as pages:
        await rig.send("ReportChargingProfiles", requestId=7, tbc=True)
        assert len(await pages.async_all(pause_s=0.01)) == 1


async def test_d1_what_a_station_tells_of_firmware_and_logs_reaches_those_who_wait() -> None:
    for version in Version:
        rig = HouseRig(version)
        heard: list[Any] = []
        forget = rig.incoming.news.subscribe("FirmwareStatusNotification", heard.append)
        assert await rig.send("FirmwareStatusNotification", status="Downloading") == {}
        forget()
        forget()
        assert await rig.send("FirmwareStatusNotification", status="Installed") == {}
        assert heard == [{"status": "Downloading"}]


def _event(variable: str = "Problem", value: object = "true", **more: Any) -> dict[str, Any]:
    component = {"name": "Connector", "evse": {"id": 1, "connectorId": 1}}
    return {"component": component, "variable": {"name": variable}, "actualValue": value, **more}


@pytest.mark.parametrize(
    ("event", "is_there"),
    [
        (_event(techCode="E17", techInfo="GroundFailure"), True),
        (_event("tripped", " TRUE "), True),
        (_event("Overload", "1"), True),
        (_event(value="false"), False),
        (_event(value=True), True),
        (_event(cleared=True), False),
        (_event("AvailabilityState", "Faulted"), None),  # the status tells that
        (_event(severity=6), None),  # 2.1: a warning
        (_event(severity=4), True),
        ({"variable": {"name": "Problem"}, "actualValue": "true"}, None),
        ({"component": {"name": "Connector"}, "actualValue": "true"}, None),
        ({}, None),
    ],
)
def test_d2_what_is_wrong_with_a_component_is_told_by_its_own_variable_only(
    event: dict[str, Any], is_there: bool | None
) -> None:
    told = problems_of({"eventData": [event, "no event"]})
    assert [one.is_there for one in told] == ([] if is_there is None else [is_there])
    if "techCode" in event:
        problem = told[0].problem
        assert (problem.component, problem.evse, problem.code, problem.info) == ("Connector", 1, "E17", "GroundFailure")


_TYPE, _PROPERTY = "TypeConstraintViolation", "PropertyConstraintViolation"


@pytest.mark.parametrize(
    ("action", "payload", "codes"),
    [
        # action, payload: the codes of 1.6 and of 2.x; None: it is no call of that version, or is taken there
        ("Authorize", {}, ("OccurenceConstraintViolation", "OccurrenceConstraintViolation")),
        ("Authorize", {"idTag": {}, "idToken": "TAG1"}, (_TYPE, _TYPE)),
        ("StartTransaction", {"idTag": "TAG1", "meterStart": 0}, ("OccurenceConstraintViolation", None)),
        ("StartTransaction", {"connectorId": "one", "idTag": "TAG1"}, (_TYPE, None)),
        ("StartTransaction", {"connectorId": -1, "idTag": "TAG1"}, (_PROPERTY, None)),
        ("StatusNotification", {}, ("OccurenceConstraintViolation", "OccurrenceConstraintViolation")),
        ("StatusNotification", {"connectorId": None, "evseId": []}, ("OccurenceConstraintViolation", _TYPE)),
        ("StatusNotification", {"connectorId": -2, "evseId": -2}, (_PROPERTY, _PROPERTY)),
        ("TransactionEvent", {}, (None, "OccurrenceConstraintViolation")),
        ("TransactionEvent", {"eventType": 7.5}, (None, _TYPE)),
        ("TransactionEvent", {"eventType": "Begun"}, (None, _PROPERTY)),
    ],
)
@pytest.mark.parametrize("version", Version)
async def test_r1_what_says_too_little_is_refused_in_the_words_of_its_version_and_tells_nothing(
    version: Version, action: str, payload: dict[str, Any], codes: tuple[str | None, str | None]
) -> None:
    if (code := codes[version.is_2]) is None:
        return
    rig = HouseRig(version)
    assert spelled(await rig.refused(action, payload), version) == code
    assert rig.events == []
    assert rig.asked == []
