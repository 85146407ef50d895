"""B4 in OCPP 2.x: the device model is read by reports or piece by piece, and what is wished is the same as in 1.6."""

from collections.abc import Mapping
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.quirks.quirk import Quirks
from custom_components.ev_sessions.chargers.ocpp.setup.calls import Calls
from custom_components.ev_sessions.chargers.ocpp.setup.configure import SetupReport, async_configure
from custom_components.ev_sessions.chargers.ocpp.setup.put_back import async_put_back
from custom_components.ev_sessions.chargers.ocpp.setup.report import ReportCollector
from custom_components.ev_sessions.chargers.ocpp.setup.settings import KEYS, VARIABLES, Setting, Variable
from custom_components.ev_sessions.chargers.ocpp.setup.v2 import Dialect2
from custom_components.ev_sessions.chargers.ocpp.setup.wishes import MEASURANDS, Wanted
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.station.capabilities import Feature, RateUnit

from .scripted import Box2, Notebook

TX_UPDATED = "SampledDataCtrlr.TxUpdatedMeasurands"
CHANGED = {
    "SampledDataCtrlr.TxUpdatedInterval": "10",
    TX_UPDATED: ",".join(MEASURANDS),
    "SampledDataCtrlr.TxEndedInterval": "900",
    "SampledDataCtrlr.SignReadings": "true",
    "SampledDataCtrlr.SignStartedReadings": "true",
    "OCPPCommCtrlr.PublicKeyWithSignedMeterValue": "OncePerTransaction",
    "OCPPCommCtrlr.HeartbeatInterval": "300",
    "OCPPCommCtrlr.WebSocketPingInterval": "30",
    "TxCtrlr.EVConnectionTimeOut": "300",
    "LocalAuthListCtrlr.Enabled": "true",
}


def dialect_of(box: Box2) -> Dialect2:
    reports = ReportCollector()
    box.report = reports.heard
    return Dialect2(Calls(box), reports, pause_s=0.05)


async def set_up(
    box: Box2, notebook: Notebook | None = None, settled: Mapping[str, tuple[str, str | None]] | None = None
) -> SetupReport:
    return await async_configure(
        dialect_of(box),
        wanted=Wanted(),
        quirks=Quirks(),
        memory=notebook or Notebook(),
        settled=settled or {},
    )


def held(box: Box2) -> dict[str, Any]:
    return {name: box.values[name] for name in CHANGED}


@pytest.mark.parametrize("version", [Version.V201, Version.V21])
async def test_b4_a_captured_report_is_read_and_only_what_differs_is_changed(version: Version) -> None:
    box, notebook = Box2(version=version), Notebook()
    before = dict(box.values)
    report = await set_up(box, notebook)
    assert {name: value for name, value in box.values.items() if value != before[name]} == CHANGED
    assert set(report.changed) == set(CHANGED)
    assert not report.ignored
    # It has neither clock-aligned data nor an authorisation controller.
    assert {name.partition(".")[0] for name in report.refused} == {"AlignedDataCtrlr", "AuthCtrlr"}
    assert notebook.told["TxCtrlr.EVConnectionTimeOut"] == ("180", "300")
    assert await async_put_back(dialect_of(box), notebook) == ()
    assert box.values == before


async def test_b4_what_a_station_can_is_learned_from_its_report() -> None:
    can = (await set_up(Box2())).capabilities
    assert can.connectors == (1,)
    assert can.rate_units == (RateUnit.AMPERE, RateUnit.WATT)
    assert (can.stack_level, can.max_periods) == (10, 24)
    # How many profiles and entries there are now is not how many there may be.
    assert can.max_profiles is None
    assert can.local_list_max is None
    assert can.local_list_per_message == 100
    assert can.supports(Feature.RESERVATION)
    assert can.signed_readings
    assert can.local_list_enabled


@pytest.mark.parametrize(("per_part", "first"), [(7, 0), (1, 1), (100, 5)])
async def test_b4_a_report_comes_in_parts_that_count_from_anywhere(per_part: int, first: int) -> None:
    box = Box2(per_part=per_part, first_part=first)
    await set_up(box)
    assert held(box) == CHANGED


async def test_b4_parts_come_late_twice_and_out_of_order() -> None:
    box = Box2(per_part=20)
    parts: list[dict[str, Any]] = []
    collect = ReportCollector()
    entries: list[Mapping[str, Any]] = []
    report = collect.expect(7, entries.append)
    box.report = parts.append
    box.send_report(7)
    foreign = {"requestId": 8, "seqNo": 0, "reportData": box.entries}
    for part in [parts[0], foreign, parts[2], parts[2], {"requestId": 7}, parts[1], parts[4], parts[3]]:
        assert report.complete is (len(entries) == len(box.entries))
        collect.heard(part)
    assert report.complete
    assert len(entries) == len(box.entries)
    collect.forget(7)
    collect.heard(parts[0])
    assert len(entries) == len(box.entries)


@pytest.mark.parametrize("status", ["NotSupported", "Rejected", "EmptyResultSet"])
async def test_b4_without_a_report_variables_are_asked_for_as_many_as_fit(status: str) -> None:
    box = Box2(base_report=status, items=6)
    box.values |= {f"DeviceDataCtrlr.ItemsPerMessage[{action}]": "6" for action in ("GetVariables", "SetVariables")}
    await set_up(box)
    assert held(box) == CHANGED
    sizes = [len(one["getVariableData"]) for one in box.payloads("GetVariables")]
    assert max(sizes) == 6


async def test_b4_a_report_that_is_promised_and_never_comes_is_not_waited_for_long() -> None:
    box = Box2()
    dialect = dialect_of(box)
    box.report = lambda payload: None
    readout = await dialect.async_read()
    assert readout.value(Setting.SAMPLE_INTERVAL) == "30"
    assert readout.connectors == ()


async def test_b4_one_bad_variable_does_not_take_the_others_with_it() -> None:
    """It takes one variable at a time, and does not say so."""
    box = Box2(items=1)
    box.values |= {"DeviceDataCtrlr.ItemsPerMessage[GetVariables]": "1"}
    await set_up(box)
    assert held(box) == CHANGED


async def test_b4_accepted_without_effect_or_without_a_value_is_not_trusted() -> None:
    box = Box2(keeps=False)
    report = await set_up(box)
    assert set(report.ignored) == set(CHANGED)
    silent = Box2(base_report="NotSupported", valueless=set(Box2().values))
    assert (await set_up(silent)).metering is None


@pytest.mark.parametrize(
    ("listed", "set_to"),
    [
        ("Energy.Active.Import.Register,Voltage,Frequency", ("Energy.Active.Import.Register", "Voltage")),
        (
            "Display.PresentSOC,Energy.Active.Import.Register,Current.Import.Offered,Power.Offered",
            ("Energy.Active.Import.Register", "Current.Import.Offered", "Power.Offered", "Display.PresentSOC"),
        ),
    ],
)
async def test_b4_measurands_are_those_that_the_station_lists_by_its_names(
    listed: str, set_to: tuple[str, ...]
) -> None:
    box = Box2()
    for entry in box.entries:
        if entry["variable"]["name"] == "TxUpdatedMeasurands":
            entry["variableCharacteristics"]["valuesList"] = listed
            entry["variableAttribute"][0]["value"] = box.values[TX_UPDATED] = "Voltage"
    assert (await set_up(box)).metering == set_to


async def test_b4_read_only_and_reboot_are_told() -> None:
    box = Box2(statuses={"TxCtrlr.EVConnectionTimeOut": "RebootRequired"})
    for entry in box.entries:
        if entry["variable"]["name"] == "HeartbeatInterval":
            entry["variableAttribute"][0]["mutability"] = "ReadOnly"
    report = await set_up(box)
    assert report.reboot == ("TxCtrlr.EVConnectionTimeOut",)
    assert "OCPPCommCtrlr.HeartbeatInterval" in report.refused


async def test_a_controller_that_is_not_there_is_a_feature_less() -> None:
    box = Box2()
    box.entries.append(
        {
            "component": {"name": "EVSE", "evse": {"id": 2, "connectorId": 1}},
            "variable": {"name": "ConnectorType"},
            "variableAttribute": [{"value": "cType2"}],
        }
    )
    for entry in box.entries:
        if (entry["component"]["name"], entry["variable"]["name"]) == ("ReservationCtrlr", "Available"):
            entry["variableAttribute"][0]["value"] = "false"
    can = (await set_up(box)).capabilities
    assert can.connectors == (1, 1)
    assert not can.supports(Feature.RESERVATION)
    assert can.supports(Feature.SMART_CHARGING)


def test_a_variable_is_read_as_it_is_written() -> None:
    for variable in VARIABLES.values():
        assert Variable.named(str(variable)) == variable
    assert Variable.named("SampledDataCtrlr.Current.Import") == Variable("SampledDataCtrlr", "Current.Import")


def test_every_setting_has_a_name_in_some_version_or_is_a_vendors() -> None:
    vendors = {
        Setting.SUPPORTED_MEASURANDS,
        Setting.PLUG_AND_CHARGE_TOKEN,
        Setting.FREE_CHARGING,
        Setting.FREE_CHARGING_TOKEN,
    }
    assert set(Setting) == {*KEYS, *VARIABLES, *vendors}
