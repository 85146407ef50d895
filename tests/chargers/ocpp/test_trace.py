"""The trace of a station: the last 500 frames, without id tokens and secrets."""

import json
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.masking import MASK, masked
from custom_components.ev_sessions.chargers.ocpp.trace import Direction, Trace

from .rig import AT, Wire

SECRET = "DEADBEEF0815"
USER = f"user:{SECRET}"


@pytest.mark.parametrize(
    "payload",
    [
        {"idTag": SECRET},
        {"idTagInfo": {"status": "Accepted", "parentIdTag": SECRET}},
        {"idToken": {"idToken": SECRET, "type": "ISO14443", "additionalInfo": [{"additionalIdToken": SECRET}]}},
        {"localAuthorizationList": [{"idTag": SECRET}, {"idToken": {"idToken": SECRET}}]},
        {"key": "AuthorizationKey", "value": SECRET},
        {"configurationKey": [{"key": "wifiPassphrase", "readonly": False, "value": SECRET}]},
        {
            "setVariableData": [
                {
                    "attributeValue": SECRET,
                    "component": {"name": "SecurityCtrlr"},
                    "variable": {"name": "BasicAuthPassword"},
                }
            ]
        },
        {"getVariableResult": [{"attributeValue": SECRET, "variable": {"name": "Psk"}}]},
        {"connectionData": {"apn": {"apnPassword": SECRET}, "vpn": {"password": SECRET, "key": "x"}}},
        {"location": f"ftp://{USER}@files.example/{SECRET}?token={SECRET}"},
        {"data": f"see https://files.example/log?key={SECRET}"},
        {"data": json.dumps({"idTag": SECRET})},
        {"sampledValue": [{"format": "SignedData", "value": SECRET}]},
        {"sampledValue": [{"value": 1, "signedMeterValue": {"signedMeterData": SECRET, "signingMethod": ""}}]},
        {"chargePointSerialNumber": SECRET, "iccid": SECRET, "chargingStation": {"serialNumber": SECRET}},
    ],
)
def test_what_is_nobody_elses_business_is_masked(payload: dict[str, Any]) -> None:
    frame = json.dumps([2, "1", "Any", payload])
    for text in (masked(frame), masked(frame[:-3])):
        # Cut off it is no JSON, and still nobody's business.
        assert SECRET not in text
        assert MASK in text
        assert text.replace(" ", "").startswith('[2,"1","Any",{')


def test_what_is_measured_is_shown() -> None:
    frame = json.dumps(
        [2, "1", "MeterValues", {"meterValue": [{"sampledValue": [{"value": "17.3", "unit": "kWh"}]}]}],
        separators=(",", ":"),
    )
    assert masked(frame) == frame
    setting = '[3,"1",{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"}]}]'
    assert masked(setting) == setting


def test_a_frame_of_halves_of_characters_can_be_written_to_a_file() -> None:
    masked(r'[2,"1","DataTransfer",{"data":"\ud83d"}]').encode()
    masked("[" * 100_000).encode()


def test_the_last_500_frames_are_kept_and_long_ones_cut() -> None:
    trace = Trace()
    for number in range(600):
        trace.add(AT, Direction.IN, f'[2,"{number}","Heartbeat",{{}}]')
    assert len(trace) == 500
    assert next(iter(trace)).text == '[2,"100","Heartbeat",{}]'
    trace.add(AT, Direction.OUT, json.dumps([3, "1", {"idTag": SECRET, "pad": "x" * 900_000}]))
    last = list(trace)[-1]
    assert len(last.text) < 5000
    assert SECRET not in last.text
    assert last.text.endswith("characters)")


async def test_both_sides_of_the_talk_are_in_it(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    async with wire.station() as station:
        await station.ask("Authorize", {"idTag": SECRET})
        await station.say(f"no frame, idTag={SECRET}")
        await station.ask("Heartbeat", {})
        trace = list(wire.central.stations["CP1"].trace)
    assert [frame.direction for frame in trace] == ["in", "out", "in", "in", "out"]
    assert trace[0].text == f'[2,"1","Authorize",{{"idTag":"{MASK}"}}]'
    assert SECRET not in str(trace)
    assert SECRET not in caplog.text
