"""What the clouds of Easee and Zaptec return: instants, costs with VAT, and the energy of each quarter hour."""

from datetime import UTC, datetime
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.imports.session import NoSessionsError
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import Quality

from .reading import read, reasons


def easee(**changes: Any) -> dict[str, Any]:
    """Return a night at an Easee charger: plugged in at 18:00 UTC, charged from 22 to 2, unplugged at 6."""
    return {
        "carConnected": "2026-02-01T18:00:00Z",
        "carDisconnected": "2026-02-02T06:00:00Z",
        "kiloWattHours": 28.5,
        "pricePerKwhExcludingVat": 0.2,
        "pricePrKwhIncludingVat": 0.25,
        "costExcludingVat": 5.7,
        "costIncludingVat": 7.125,
        "vatPercentage": 25,
        "currency": "EUR",
        "actualDurationSeconds": 14_000,
        "firstEnergyTransferPeriodStarted": "2026-02-01T22:00:00Z",
        "lastEnergyTransferPeriodEnd": "2026-02-02T02:00:00Z",
        "id": 17,
        **changes,
    }


def test_a_night_of_easee_has_its_waiting_its_pauses_and_its_idle_time() -> None:
    (one,) = read([easee()], "easee", device_id="device").sessions
    session = one.session
    assert session.start == datetime(2026, 2, 1, 18, tzinfo=UTC)
    assert (session.waiting_ms, session.charging_ms, session.paused_ms, session.idle_ms) == (
        14_400_000,
        14_000_000,
        400_000,
        14_400_000,
    )
    assert (session.energy_mwh, one.cost.total_nano) == (28_500_000, 7_125_000_000)
    assert one.charger.device_id == "device"


@pytest.mark.parametrize("zero", [{"costIncludingVat": None}, {"costIncludingVat": 0, "pricePrKwhIncludingVat": 0}])
def test_what_easee_has_no_price_for_is_unpriced_and_not_free(zero: dict[str, Any]) -> None:
    (one,) = read([easee(**zero)], "easee").sessions
    assert one.cost.unpriced_mwh == 28_500_000


def test_a_price_of_zero_that_somebody_pays_for_something_stays() -> None:
    (one,) = read([easee(costIncludingVat=0)], "easee").sessions
    assert (one.cost.unpriced_mwh, one.cost.total_nano) == (0, 0)


def test_the_same_by_its_other_names_and_without_details_is_read() -> None:
    given = {"sessionStart": "2026-02-01T18:00:00Z", "sessionEnd": "2026-02-02T06:00:00Z", "sessionEnergy": 28.5}
    (one,) = read(json.dumps({"sessions": [given]}), "easee").sessions
    assert (one.session.energy_mwh, one.session.connected_ms) == (28_500_000, 43_200_000)


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({"actualDurationSeconds": None}, 14_400_000),
        ({"actualDurationSeconds": 99_999}, 14_400_000),
        ({"firstEnergyTransferPeriodStarted": None, "firstEnergyTransferPeriodStart": "2026-02-02T01:00:00Z"}, 3.6e6),
    ],
)
def test_easee_charging_time_never_exceeds_its_span(changes: dict[str, Any], taken: float) -> None:
    (one,) = read([easee(**changes)], "easee").sessions
    assert one.session.charging_ms == taken


def test_details_of_easee_that_lie_outside_are_not_believed() -> None:
    report = read(
        [
            easee(firstEnergyTransferPeriodStarted="2026-02-01T17:00:00Z"),
            easee(lastEnergyTransferPeriodEnd="2026-02-01T21:00:00Z"),
        ],
        "easee",
    )
    assert [one.session.connected_ms for one in report.sessions] == [43_200_000] * 2
    assert [one.session.waiting_ms for one in report.sessions] == [0, 0]


def test_what_is_no_session_of_easee_is_told_of_its_row() -> None:
    report = read([easee(carDisconnected=None), 7, easee(currency="NOK")], "easee")
    assert reasons(report) == [(1, "not_ended"), (2, "not_an_object"), (3, "other_currency")]


def zaptec(**changes: Any) -> dict[str, Any]:
    """Return an hour at a Zaptec charger, 18:10 to 19:10 UTC, with the energy of each quarter hour."""
    return {
        "Id": "b1",
        "DeviceId": "ZAP1",
        "DeviceName": "Garage",
        "StartDateTime": "2026-02-01T18:10:00.123",
        "EndDateTime": "2026-02-01T19:10:00Z",
        "Energy": 6.0,
        "TokenName": "Blue card",
        "User": {"FullName": "A. Driver"},
        "EnergyDetails": [
            {"Timestamp": "2026-02-01T18:10:00.123+00:00", "Energy": 0},
            {"Timestamp": "2026-02-01T18:15:00+00:00", "Energy": 0},
            {"Timestamp": "2026-02-01T18:30:00+00:00", "Energy": 2.5},
            {"Timestamp": "2026-02-01T18:45:00+00:00", "Energy": 0},
            {"Timestamp": "2026-02-01T19:00:00+00:00", "Energy": 3.5},
            {"Timestamp": "2026-02-01T19:10:00+00:00", "Energy": 0},
        ],
        **changes,
    }


def test_an_hour_of_zaptec_has_a_period_for_each_quarter_hour() -> None:
    (one,) = read({"Pages": 1, "Data": [zaptec()]}, "zaptec").sessions
    assert one.session.start == datetime(2026, 2, 1, 18, 10, 0, 123_000, tzinfo=UTC)
    assert [(period.activity, period.energy_mwh) for period in one.periods] == [
        (Activity.PREPARING, 0),
        (Activity.CHARGING, 2_500_000),
        (Activity.SUSPENDED_EVSE, 0),
        (Activity.CHARGING, 3_500_000),
        (Activity.FINISHING, 0),
    ]
    assert {period.quality for period in one.periods} == {Quality.RECOVERED}
    assert (one.said.payer, one.said.id_token, one.charger.name) == ("A. Driver", "Blue card", "Garage")
    assert one.cost.unpriced_mwh == 6_000_000


@pytest.mark.parametrize(
    "details",
    [
        None,
        [],
        [{"Timestamp": "2026-02-01T18:30:00Z", "Energy": 1}],
        [{"Timestamp": "2026-02-01T18:00:00Z", "Energy": 6}],
        [{"Timestamp": "2026-02-01T20:00:00Z", "Energy": 6}],
        [{"Timestamp": "2026-02-01T18:30:00Z", "Energy": 6.0004}, {"Timestamp": "2026-02-01T19:00:00Z", "Energy": 0}],
    ],
)
def test_details_that_do_not_tell_of_the_session_leave_its_sum(details: Any) -> None:
    (one,) = read([zaptec(EnergyDetails=details, User=None, UserFullName="B. Driver")], "zaptec").sessions
    assert one.session.energy_mwh == 6_000_000
    assert {period.quality for period in one.periods} == {Quality.ESTIMATED}
    assert one.said.payer == "B. Driver"


def test_what_rounding_took_is_given_to_the_last_detail() -> None:
    (one,) = read([zaptec(Energy=6.0004)], "zaptec").sessions
    assert one.session.energy_mwh == 6_000_400
    assert one.periods[-1].energy_mwh == 400


def test_energy_of_a_detail_of_zaptec_that_took_no_time_is_not_lost() -> None:
    details = zaptec()["EnergyDetails"]
    details[0] = details[0] | {"Energy": 0.25}
    (one,) = read([zaptec(Energy=6.25, EnergyDetails=details)], "zaptec").sessions
    assert one.session.energy_mwh == 6_250_000
    assert (one.periods[0].start, one.periods[0].energy_mwh) == (one.session.start, 250_000)


def test_what_is_no_session_of_zaptec_is_told_of_its_row() -> None:
    report = read(
        [
            zaptec(EndDateTime=None),
            zaptec(Energy=None),
            zaptec(EnergyDetails=[{"Timestamp": None, "Energy": 1}]),
            zaptec(EnergyDetails=[7]),
        ],
        "zaptec",
    )
    assert reasons(report) == [
        (1, "not_ended"),
        (2, "energy_kwh_not_understood"),
        (3, "periods_not_understood"),
        (4, "not_an_object"),
    ]


def test_a_list_by_another_name_is_no_list_of_zaptec() -> None:
    with pytest.raises(NoSessionsError):
        read({"sessions": [zaptec()]}, "zaptec")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(easee())), st.sampled_from(sorted(zaptec())), JSON)
def test_no_value_breaks_the_reading(name: str, other: str, value: Any) -> None:
    for program, values in (("easee", easee(**{name: value})), ("zaptec", zaptec(**{other: value}))):
        report = read([values], program)
        assert len(report.sessions) + len(report.problems) == 1


EVCC = {
    "id": 7,
    "created": "2026-03-02T18:00:00+01:00",
    "finished": "2026-03-02T20:00:00+01:00",
    "loadpoint": "Garage",
    "identifier": "04A2B3",
    "vehicle": "Kombi",
    "odometer": 12345.6,
    "meterStart": 100.5,
    "meterStop": 110.5,
    "chargedEnergy": 10,
    "chargeDuration": 5_400_000_000_000,
    "socStart": 40,
    "socStop": 60,
    "solarPercentage": 25,
    "price": 2.5,
    "pricePerKWh": 0.25,
    "co2PerKWh": 300,
}


@pytest.mark.parametrize("data", [[EVCC], {"result": [EVCC]}, json.dumps([EVCC]), json.dumps([EVCC]).encode()])
def test_an_evening_of_evcc_is_the_same_as_json(data: Any) -> None:
    (one,) = read(data, "evcc").sessions
    session = one.session
    assert (session.start, session.end) == (
        datetime(2026, 3, 2, 17, tzinfo=UTC),
        datetime(2026, 3, 2, 19, tzinfo=UTC),
    )
    assert (session.energy_mwh, session.solar_mwh, session.register_end_mwh) == (10_000_000, 2_500_000, 110_500_000)
    assert (session.charging_ms, session.paused_ms, session.idle_ms) == (5_400_000, 1_800_000, 0)
    assert (one.cost.total_nano, one.charger.name, one.program) == (2_500_000_000, "Garage", "evcc")
    assert (one.said.vehicle, one.said.id_token, one.said.odometer_km) == ("Kombi", "04A2B3", 12345.6)
    assert (one.said.soc_start_percent, one.said.soc_end_percent) == (40.0, 60.0)


def test_an_hour_that_begins_and_ends_at_the_same_reading_of_a_clock_that_was_set_back_is_an_hour() -> None:
    shown = {"created": "2026-10-25T02:30:00", "finished": "2026-10-25T02:30:00", "chargeDuration": 0}
    (one,) = read([{**EVCC, **shown}], "evcc").sessions
    assert (one.session.start, one.session.end) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )


def test_an_instant_of_evcc_without_its_offset_is_of_the_sites_clock() -> None:
    (one,) = read([{**EVCC, "finished": "2026-03-02T20:00:00"}], "evcc").sessions
    assert one.session.end == datetime(2026, 3, 2, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"finished": "0001-01-01T00:00:00Z"}, "not_ended"),
        ({"chargedEnergy": None}, "energy_kwh_not_understood"),
        ({"chargedEnergy": "much"}, "chargedEnergy_not_understood"),
    ],
)
def test_what_is_no_session_of_evcc_is_told_of_its_row(changes: dict[str, Any], reason: str) -> None:
    report = read([{**EVCC, **changes}, {**EVCC, "solarPercentage": None, "chargeDuration": None}], "evcc")
    assert reasons(report) == [(1, reason)]
    assert report.sessions[0].session.solar_mwh is None
