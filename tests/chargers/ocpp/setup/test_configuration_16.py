"""B4 in OCPP 1.6: a station is read first, and only what differs is changed; what it says is not what it does."""

from collections.abc import Mapping
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.quirks.quirk import Quirks
from custom_components.ev_sessions.chargers.ocpp.setup.calls import Calls, GoneError
from custom_components.ev_sessions.chargers.ocpp.setup.configure import SetupReport, async_configure
from custom_components.ev_sessions.chargers.ocpp.setup.put_back import async_put_back
from custom_components.ev_sessions.chargers.ocpp.setup.v16 import Dialect16
from custom_components.ev_sessions.chargers.ocpp.setup.wishes import MEASURANDS, Wanted
from custom_components.ev_sessions.core.station.capabilities import Feature, RateUnit

from .scripted import Box16, Notebook

SAMPLED = "MeterValuesSampledData"
WHOLE = ",".join(MEASURANDS)
#: A station that has all of B4.
ALL_OF_B4: dict[str, str | None] = {
    "NumberOfConnectors": "2",
    "SupportedFeatureProfiles": "Core, SmartCharging,RemoteTrigger",
    "GetConfigurationMaxKeys": "3",
    SAMPLED: "Energy.Active.Import.Register",
    "MeterValuesSampledDataMaxLength": "8",
    "MeterValueSampleInterval": "60",
    "MeterValuesAlignedData": "",
    "ClockAlignedDataInterval": "0",
    "StopTxnSampledData": "",
    "StopTxnAlignedData": "",
    "StopTransactionOnEVSideDisconnect": "true",
    "StopTransactionOnInvalidId": "True",
    "AuthorizeRemoteTxRequests": "true",
    "LocalPreAuthorize": "true",
    "LocalAuthorizeOffline": "false",
    "AllowOfflineTxForUnknownId": "false",
    "HeartbeatInterval": "300",
    "WebSocketPingInterval": "0",
    "ConnectionTimeOut": "60",
    "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
    "ChargeProfileMaxStackLevel": "8",
    "ChargingScheduleMaxPeriods": "6",
    "MaxChargingProfilesInstalled": "10",
    "ConnectorSwitch3to1PhaseSupported": "true",
    "AuthorizationKey": "0123456789ABCDEF",
}
FIXED = {"NumberOfConnectors", "SupportedFeatureProfiles", "GetConfigurationMaxKeys", "MeterValuesSampledDataMaxLength"}


async def set_up(
    box: Box16,
    notebook: Notebook | None = None,
    quirks: Quirks | None = None,
    settled: Mapping[str, tuple[str, str | None]] | None = None,
    wanted: Wanted | None = None,
) -> SetupReport:
    quirks = quirks or Quirks()
    return await async_configure(
        Dialect16(Calls(box), quirks.keys),
        wanted=wanted or Wanted(),
        quirks=quirks,
        memory=notebook or Notebook(),
        settled=settled or {},
    )


def full_box(**changes: Any) -> Box16:
    return Box16(keys=dict(ALL_OF_B4), fixed=set(FIXED), max_keys=3, **changes)


async def test_b4_a_station_is_read_in_slices_and_only_what_differs_is_changed() -> None:
    box, notebook = full_box(), Notebook()
    report = await set_up(box, notebook)
    written = {one["key"]: one["value"] for one in box.payloads("ChangeConfiguration")}
    assert written == {
        SAMPLED: WHOLE,
        "MeterValueSampleInterval": "10",
        "MeterValuesAlignedData": "Energy.Active.Import.Register",
        "ClockAlignedDataInterval": "900",
        "StopTxnAlignedData": "Energy.Active.Import.Register",
        "AuthorizeRemoteTxRequests": "false",
        "LocalPreAuthorize": "false",
        "LocalAuthorizeOffline": "true",
        "WebSocketPingInterval": "30",
        "ConnectionTimeOut": "300",
    }
    assert max(len(one.get("key", [])) for one in box.payloads("GetConfiguration")) == 3
    assert box.asked[0] == ("GetConfiguration", {})
    assert set(report.changed) == set(written)
    assert not report.refused
    assert not report.ignored
    assert report.metering == MEASURANDS
    assert notebook.told["WebSocketPingInterval"] == ("0", "30")


async def test_b4_what_a_station_can_is_learned() -> None:
    can = (await set_up(full_box())).capabilities
    assert can.connectors == (1, 1)
    assert can.features == frozenset({Feature.SMART_CHARGING, Feature.REMOTE_TRIGGER})
    assert can.rate_units == (RateUnit.AMPERE, RateUnit.WATT)
    assert (can.stack_level, can.max_periods, can.max_profiles) == (8, 6, 10)
    assert can.phase_switch


async def test_b4_a_station_that_is_set_up_is_only_read_again() -> None:
    box = full_box()
    first = await set_up(box)
    box.asked.clear()
    again = await set_up(box, settled=first.settled)
    assert not box.payloads("ChangeConfiguration")
    assert not again.changed
    assert again.capabilities == first.capabilities


async def test_b4_the_password_in_the_settings_is_not_kept() -> None:
    notebook = Notebook()
    assert "0123456789ABCDEF" not in repr((await set_up(full_box(), notebook), notebook))


async def test_b4_captured_keba_is_set_up_but_what_it_has_not() -> None:
    box = Box16.as_captured("keba_16")
    report = await set_up(box)
    assert box.keys["MeterValueSampleInterval"] == "10"
    assert box.keys["SampledDataSignReadings"] == "true"
    assert box.keys["PublicKeyWithSignedMeterValue"] == "OncePerTransaction"
    assert box.keys["LocalAuthListEnabled"] == "true"
    # It knows no clock-aligned data, and says so when it is asked for the key.
    assert "ClockAlignedDataInterval" in report.refused
    assert "ClockAlignedDataInterval" not in {one["key"] for one in box.payloads("ChangeConfiguration")}
    assert report.capabilities.supports(Feature.RESERVATION)


async def test_b4_captured_signing_station_signs_at_begin_and_end() -> None:
    box = Box16.as_captured("signed_16")
    report = await set_up(box)
    assert report.capabilities.signed_readings
    assert report.capabilities.evse_count == 3
    # It told no key of what a stop brings along: nothing is made up.
    assert box.keys["PublicKeyWithSignedMeterValue"] == "EveryMeterValue"


async def test_b4_captured_station_that_accepts_everything_and_does_nothing_is_found_out() -> None:
    """It tells all that it has, whatever it is asked for, and says Accepted to keys that it has not."""
    box = Box16.as_captured("virtual_16", tells_all=True, accepts_all=True)
    notebook = Notebook()
    report = await set_up(box, notebook)
    # Asked once for everything, once for a slice, once to verify.
    assert len(box.payloads("GetConfiguration")) == 3
    # Of what it does not show nothing is known; what it shows it holds.
    assert report.metering is None
    assert not report.ignored
    assert report.capabilities.stack_level == 99
    assert (await set_up(box, notebook, settled=report.settled)).complete


async def test_b4_accepted_without_effect_is_ignored_and_told() -> None:
    box = full_box(accepts_all=True)
    notebook = Notebook()
    report = await set_up(box, notebook)
    assert "MeterValueSampleInterval" in report.ignored
    assert not report.changed
    assert not notebook.told
    box.asked.clear()
    await set_up(box, notebook, settled=report.settled)
    assert not box.payloads("ChangeConfiguration"), "what was tried without effect is not tried at every start"


async def test_b4_040_measurands_are_reduced_until_they_are_accepted() -> None:
    takes = {"Energy.Active.Import.Register", "Current.Import", "Voltage"}
    box = full_box(measurands=takes)
    report = await set_up(box)
    assert set((box.keys[SAMPLED] or "").split(",")) == takes
    assert set(report.metering or ()) == takes
    assert SAMPLED in report.changed
    assert SAMPLED not in report.refused
    box.asked.clear()
    await set_up(box, settled=report.settled)
    assert not [one for one in box.payloads("ChangeConfiguration") if one["key"] == SAMPLED]


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
async def test_b4_a_station_that_refuses_metering_is_told_of(status: str) -> None:
    box = full_box(statuses={SAMPLED: status})
    box.keys[SAMPLED] = "Voltage"
    report = await set_up(box)
    assert SAMPLED in report.refused
    assert report.refuses_metering
    assert box.keys["MeterValueSampleInterval"] == "10", "the next setting is set all the same"


async def test_b4_only_as_many_measurands_as_fit_the_most_important_first() -> None:
    box = full_box()
    box.keys["MeterValuesSampledDataMaxLength"] = "2"
    assert (await set_up(box)).metering == ("Energy.Active.Import.Register", "Power.Active.Import")


async def test_b4_a_rounded_value_is_taken_as_it_is_and_put_back_from_it() -> None:
    box, notebook = full_box(kept={"MeterValueSampleInterval": lambda value: "30"}), Notebook()
    report = await set_up(box, notebook)
    assert "MeterValueSampleInterval" in report.changed
    assert notebook.told["MeterValueSampleInterval"] == ("60", "30")


async def test_b4_a_long_stop_carries_the_register_alone() -> None:
    box = full_box()
    box.keys["StopTxnSampledData"] = "Energy.Active.Import.Register,Current.Import,Voltage"
    await set_up(box)
    assert box.keys["StopTxnSampledData"] == "Energy.Active.Import.Register"


async def test_b4_reboot_required_is_told_and_believed_until_then() -> None:
    report = await set_up(full_box(statuses={"WebSocketPingInterval": "RebootRequired"}))
    assert report.reboot == ("WebSocketPingInterval",)


async def test_b4_a_station_without_a_list_of_all_keys_is_asked_in_halves() -> None:
    """It answers a question for all, or for too many keys, with an error, and says nowhere how many it takes."""
    box = full_box()
    del box.keys["GetConfigurationMaxKeys"]
    ask_all = box._get
    box._get = lambda wanted: ask_all(wanted if wanted is not None else ["x"] * 9)  # type: ignore[method-assign]  # a script
    report = await set_up(box)
    assert report.capabilities.evse_count == 2
    assert box.keys["MeterValueSampleInterval"] == "10"


async def test_b4_an_error_for_one_setting_does_not_stop_the_next() -> None:
    box = full_box()
    answer = box._set

    def rude(name: str, value: str) -> str:
        if name == "ClockAlignedDataInterval":
            raise TimeoutError
        return answer(name, value)

    box._set = rude  # type: ignore[method-assign]  # a script
    report = await set_up(box)
    assert report.complete
    assert "ClockAlignedDataInterval" in report.ignored
    assert box.keys["ConnectionTimeOut"] == "300"


async def test_b4_a_station_that_answers_nothing_is_let_go() -> None:
    box = full_box(silent={"GetConfiguration"})
    with pytest.raises(GoneError):
        await set_up(box)
    assert len(box.asked) == 3


async def test_b4_a_station_that_goes_away_in_the_middle_is_finished_next_time() -> None:
    box, notebook = full_box(gone_after=12), Notebook()
    report = await set_up(box, notebook)
    assert not report.complete
    # What was sent is remembered, though nobody heard whether it was taken.
    assert notebook.told[SAMPLED] == ("Energy.Active.Import.Register", WHOLE)


async def test_what_was_changed_is_put_back_but_what_somebody_else_has_set_since() -> None:
    box, notebook = full_box(), Notebook()
    await set_up(box, notebook)
    box.keys["ConnectionTimeOut"] = "120"
    assert await async_put_back(Dialect16(Calls(box), {}), notebook) == ()
    assert box.keys == ALL_OF_B4 | {"ConnectionTimeOut": "120"}
    assert not notebook.told


async def test_what_could_not_be_put_back_is_told() -> None:
    box, notebook = full_box(), Notebook()
    await set_up(box, notebook)
    box.fixed.add("WebSocketPingInterval")
    assert await async_put_back(Dialect16(Calls(box), {}), notebook) == ("WebSocketPingInterval",)
    box.gone_after = 0
    assert await async_put_back(Dialect16(Calls(box), {}), notebook) == ("WebSocketPingInterval",)


async def test_b4_quirks_decide_what_is_wished_and_what_it_can() -> None:
    quirks = Quirks(
        stack_level=0,
        rate_units=(RateUnit.WATT,),
        least_sample_interval_s=60,
        connection_timeout_s=900,
        unwanted_measurands=("SoC",),
        keys={"plug_and_charge_token": "PlugAndChargeIdentifier", "supported_measurands": "evb_SupportedMeasurands"},
    )
    box = full_box()
    box.keys |= {
        "PlugAndChargeIdentifier": " plug ",
        "evb_SupportedMeasurands": "Energy.Active.Import.Register, SoC,Voltage",
        SAMPLED: "Energy.Active.Import.Register,SoC,Voltage",
    }
    report = await set_up(box, quirks=quirks)
    assert box.keys[SAMPLED] == "Energy.Active.Import.Register,Voltage"
    assert box.keys["MeterValueSampleInterval"] == "60"
    assert box.keys["ConnectionTimeOut"] == "900"
    assert report.capabilities.plug_and_charge_token == "plug"
    assert report.capabilities.stack_level == 0
    assert report.capabilities.rate_unit is RateUnit.WATT


async def test_a_box_that_insists_on_cards_is_told_to_charge_without_and_to_insist_again() -> None:
    quirks = Quirks(keys={"free_charging": "FreeCharging", "free_charging_token": "FreeChargingIdTag"})
    box, notebook = full_box(), Notebook()
    box.keys |= {"FreeCharging": "false", "FreeChargingIdTag": ""}
    await set_up(box, notebook, quirks)
    assert box.keys["FreeCharging"] == "false"
    await set_up(box, notebook, quirks, wanted=Wanted(free=True))
    assert (box.keys["FreeCharging"], box.keys["FreeChargingIdTag"]) == ("true", "HomeAssistant")
    await set_up(box, notebook, quirks)
    assert box.keys["FreeCharging"] == "false"
    box.keys["FreeCharging"] = "true"
    await set_up(box, Notebook(), quirks)
    assert box.keys["FreeCharging"] == "true", "what its owner has chosen is left"


async def test_free_charging_goes_on_with_unknown_cards_while_we_are_away() -> None:
    box = full_box()
    await set_up(box, wanted=Wanted(free=True))
    assert box.keys["AllowOfflineTxForUnknownId"] == "true"


async def test_signal_strength_is_read_where_a_setting_of_the_brand_tells_it() -> None:
    box = Box16(keys={"WifiSignalStrength": "-67", **ALL_OF_B4})
    assert (await set_up(box)).signal_dbm == -67.0
    assert (await set_up(full_box())).signal_dbm is None
