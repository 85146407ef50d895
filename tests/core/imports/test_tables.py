"""Tables of evcc, openWB, ChargePoint and of anybody: lines become sessions, or say why not."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.imports.owners import SaidOwner
from custom_components.ev_sessions.core.imports.session import NoSessionsError
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import EndReason

from .reading import read, reasons

EVCC = (
    "Created,Finished,Charging point,Identifier,Vehicle,Mileage (km),Meter start (kWh),Meter stop (kWh),"
    "Energy (kWh),Duration,SoC start (%),SoC end (%),Added range (km),Solar (%),Cost,Price/kWh,CO2/kWh (gCO2eq)\n"
)
EVENING = (
    "2026-03-02 18:00:00,2026-03-02 20:00:00,Garage,04A2B3,Kombi,12345,100.5,110.5,"
    "10,1h30m0s,40,60,50,25,2.5,0.25,300\n"
)
GERMAN = EVCC.replace("Created", "Startzeit").replace("Cost", "Preis").replace("Solar", "Sonne")


def test_an_evening_of_evcc_is_a_session_with_all_that_it_says() -> None:
    report = read(("\ufeff" + EVCC + EVENING).encode(), "evcc")
    (one,) = report.sessions
    session = one.session
    assert (session.start, session.end) == (
        datetime(2026, 3, 2, 17, tzinfo=UTC),
        datetime(2026, 3, 2, 19, tzinfo=UTC),
    )
    assert (session.energy_mwh, session.solar_mwh) == (10_000_000, 2_500_000)
    assert (session.register_start_mwh, session.register_end_mwh) == (100_500_000, 110_500_000)
    assert (session.charging_ms, session.paused_ms, session.idle_ms) == (5_400_000, 1_800_000, 0)
    assert one.cost.total_nano == 2_500_000_000
    assert one.charger.name == "Garage"
    assert (one.note, one.program) == (None, "evcc")
    assert one.said == SaidOwner(
        vehicle="Kombi", id_token="04A2B3", soc_start_percent=40, soc_end_percent=60, odometer_km=12345
    )


def test_evcc_is_read_in_any_language_and_without_the_columns_of_newer_versions() -> None:
    assert read(GERMAN + EVENING, "evcc").sessions == read(EVCC + EVENING, "evcc").sessions
    older = "A,B,C,D,E,F (km),G (kWh),H (kWh),I (kWh),J,K (%)\n2026-03-02 18:00:00,2026-03-02 20:00:00,,,,,,,10,,\n"
    (one,) = read(older, "evcc").sessions
    assert (one.session.energy_mwh, one.session.solar_mwh, one.note) == (10_000_000, None, None)
    assert one.cost.unpriced_mwh == 10_000_000


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-03-02 18:00:00,0001-01-01 00:00:00,Garage,,,,,,10,1h0m0s,,,,,,,", "not_ended"),
        ("yesterday,2026-03-02 20:00:00,Garage,,,,,,10,1h0m0s,,,,,,,", "start_not_understood"),
        ("2026-03-02 18:00:00,2026-03-02 20:00:00,Garage,,,,,,much,1h0m0s,,,,,,,", "energy_kwh_not_understood"),
        ("2026-03-02 18:00:00,2026-03-02 20:00:00,Garage,,,,,,10,long,,,,,,,", "duration_not_understood"),
        ("2026-03-02 18:00:00,2026-03-02 20:00:00,Garage,,,,,,10,1h0m0s,,,,sun,,,", "solar_not_understood"),
        ("2026-03-02 18:00:00,2026-03-02 20:00:00,Garage,,,,,,10,1h0m0s,,,,NaN,,,", "solar_kwh_not_understood"),
        ("2026-03-02 18:00:00,2026-03-02 20:00:00,Garage,,,,,,10,1h0m0s,,,,,,,,,", "more_cells_than_headings"),
        ("2026-03-29 02:30:00,2026-03-29 04:00:00,Garage,,,,,,10,1h0m0s,,,,,,,", "start_skipped_by_clock"),
    ],
)
def test_what_evcc_cannot_mean_is_said_of_its_line_and_the_others_are_taken(line: str, reason: str) -> None:
    report = read(f"{EVCC}{line}\n\n{EVENING}", "evcc")
    assert reasons(report) == [(1, reason)]
    assert [one.row for one in report.sessions] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "no table at all",
        EVCC.replace(",", "|"),
        EVCC.replace("Energy (kWh)", "Energy"),
        "a\x00,b",
        f"{EVCC}{'x' * 200_000}",
    ],
)
def test_what_is_no_table_of_evcc_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(NoSessionsError):
        read(text, "evcc")


def test_sessions_of_ours_are_taken_as_they_are() -> None:
    ours = {"start": "2026-02-01T18:05:00+01:00", "end": "2026-02-01T20:05:00+01:00", "energy_kwh": 5}
    assert read([ours], "ev_sessions").sessions[0].session.energy_mwh == 5_000_000


def test_data_that_is_no_text_is_no_table() -> None:
    with pytest.raises(NoSessionsError, match="no text"):
        read([{"start": 1}], "csv")


@pytest.mark.parametrize(
    ("start", "end", "lasted", "hours"),
    [
        ("02:30", "02:45", "15m0s", (0.5, 0.75)),  # both in the hour that comes twice: the first time
        ("02:30", "02:45", "1h10m0s", (0.5, 1.75)),  # longer than the clocks say: the second time it ended
        ("02:45", "02:15", "20m0s", (0.75, 1.25)),  # the clock went back meanwhile
        ("01:30", "02:30", "1h50m0s", (-0.5, 1.5)),
        ("01:30", "03:30", "9h0m0s", (-0.5, 2.5)),  # it cannot have charged so long: the clocks count
    ],
)
def test_a_night_in_which_the_clock_is_set_back_is_told_by_how_long_it_charged(
    start: str, end: str, lasted: str, hours: tuple[float, float]
) -> None:
    line = f"2026-10-25 {start}:00,2026-10-25 {end}:00,Garage,,,,,,1,{lasted},,,,,,,\n"
    (one,) = read(EVCC + line, "evcc").sessions
    midnight = datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert one.session.end is not None
    assert tuple((at - midnight).total_seconds() / 3600 for at in (one.session.start, one.session.end)) == hours


def test_a_month_of_openwb_has_no_headings_and_its_zero_is_no_price() -> None:
    text = (
        "01.02.26-18:05,01.02.26-19:20,30,9.5,7.6,1 H 15 Min.,1,2,0,0\n"
        "02.02.26-18:05,02.02.26-18:25,8,2.5,7.5,20 Min.,2,2,1234567,0.75\n"
        "03.02.26-18:05,03.02.26-18:25,8,2.5,7.5,,2,0\n"
    )
    first, second, third = read(text, "openwb").sessions
    assert (first.session.charging_ms, first.session.energy_mwh) == (4_500_000, 9_500_000)
    assert (first.cost.unpriced_mwh, first.said.id_token, first.charger.name) == (9_500_000, None, "LP 1")
    assert (second.cost.total_nano, second.said.id_token, second.charger.name) == (750_000_000, "1234567", "LP 2")
    assert third.cost.unpriced_mwh == 2_500_000


def test_a_line_of_openwb_with_other_columns_is_told_and_a_file_of_them_refused() -> None:
    line = "01.02.26-18:05,01.02.26-19:20,30,9.5,7.6,1 H 15 Min.,1,2,0,0\n"
    assert reasons(read(line + "a,b\n", "openwb")) == [(2, "other_number_of_columns")]
    with pytest.raises(NoSessionsError, match="10 columns"):
        read("a,b\n" + line, "openwb")


CHARGEPOINT = (
    "Station Name,Start Date,Start Time Zone,End Date,End Time Zone,Total Duration (hh:mm:ss),"
    "Charging Time (hh:mm:ss),Energy (kWh),Fee,Currency,Ended By,Plug In Event Id,User ID\n"
)


def test_chargepoint_says_the_zone_of_each_clock() -> None:
    text = (
        CHARGEPOINT
        + "HOME,11/18/2025 15:40,PST,11/18/2025 17:44,PST,2:04:32,1:30:00,10.2,0,USD,Plug Out at Vehicle,4711,42\n"
        + "HOME,7/4/2025 1:00:00 PM,,7/4/2025 3:00:00 PM,,2:00:00,,5,1.25,USD,Timeout,,\n"
        + "HOME,7/4/2025 13:00,XYZ,7/4/2025 15:00,PDT,2:00:00,1:00:00,5,1.25,USD,,,\n"
        + "HOME,,PDT,7/4/2025 15:00,PDT,2:00:00,1:00:00,5,1.25,USD,,,\n"
    )
    report = read(text, "chargepoint", currency="USD")
    first, second = report.sessions
    assert first.session.start == datetime(2025, 11, 18, 23, 40, tzinfo=UTC)
    assert first.session.end_reason is EndReason.UNPLUGGED
    assert (first.session.charging_ms, first.session.idle_ms) == (5_400_000, 34 * 60_000)
    # Who charges for nothing is told so: here 0 is a price.
    assert (first.cost.unpriced_mwh, first.cost.total_nano, first.note) == (0, 0, "ChargePoint: 4711")
    assert first.said.payer == "42"
    assert second.session.start == datetime(2025, 7, 4, 11, tzinfo=UTC)
    assert (second.session.end_reason, second.note) == (None, None)
    assert reasons(report) == [(3, "start_time_zone_not_known"), (4, "start_not_understood")]


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(NoSessionsError, match=r"no column Energy \(kWh\); its columns are: Station Name, Start Date"):
        read(CHARGEPOINT.replace("Energy (kWh)", "kWh"), "chargepoint")


COLUMNS = {"start": "Beginn", "end": "Ende", "energy_kwh": "Energie", "cost": "Kosten", "charging": "Ladezeit"}
TABLE = "Beginn;Ende;Ladezeit;Energie;Kosten;note\n"


def test_any_table_is_read_by_its_columns_with_decimal_commas() -> None:
    text = TABLE + "01.02.2026 18:05;01.02.2026 20:05;1:30;1.012,5;250,10;Werk\n"
    (one,) = read(text, "csv", columns=COLUMNS, device_id="device").sessions
    assert one.session.energy_mwh == 1_012_500_000
    assert one.cost.total_nano == 250_100_000_000
    assert (one.session.charging_ms, one.session.idle_ms) == (5_400_000, 1_800_000)
    assert (one.note, one.charger.device_id) == ("Werk", "device")


def test_numbers_with_points_stay_as_they_are_where_a_comma_may_separate_columns() -> None:
    text = 'start,end,energy_kwh,cost\n2026-02-01T18:05:00+01:00,2026-02-01T20:05:00+01:00,"1,5",1\n'
    assert reasons(read(text, "csv")) == [(1, "energy_kwh_not_understood")]
    tabs = text.replace(",", "\t").replace('"1\t5"', "1,012.5")
    assert read(tabs, "csv").sessions[0].session.energy_mwh == 1_012_500_000


def test_times_of_any_kind_are_read_where_their_format_is_said() -> None:
    text = "start,end,energy_kwh\n02/01/2026 06.05 PM,02/01/2026 08.05 PM,5\n"
    assert reasons(read(text, "csv")) == [(1, "start_not_understood")]
    (one,) = read(text, "csv", time_format="%m/%d/%Y %I.%M %p").sessions
    assert one.session.start == datetime(2026, 2, 1, 17, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (TABLE, {"start": "Beginn", "end": "Ende"}),
        (TABLE, {**COLUMNS, "note": "Bemerkung"}),
        (TABLE, {**COLUMNS, "colour": "Kosten"}),
        (TABLE.replace(";", "|"), COLUMNS),
    ],
)
def test_a_table_whose_columns_are_not_there_is_refused_as_a_whole(text: str, columns: dict[str, str]) -> None:
    with pytest.raises(NoSessionsError):
        read(text, "csv", columns=columns)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_is_read_however_its_letters_are_written(encoding: str) -> None:
    text = "start;end;energy_kwh;note\n2026-02-01 18:05;2026-02-01 20:05;5;Fähre\n"
    assert read(text.encode(encoding), "csv").sessions[0].note == "Fähre"


def test_a_charging_time_that_does_not_fit_is_not_told() -> None:
    text = "start;end;energy_kwh;charging\n2026-02-01 18:05;2026-02-01 18:00;5;1:00\n"
    assert reasons(read(text, "csv")) == [(1, "end_before_start")]


@given(st.text(max_size=200), st.sampled_from(["evcc", "openwb", "chargepoint", "csv"]))
def test_no_text_breaks_the_reading(text: str, program: str) -> None:
    with suppress(NoSessionsError):
        read(text, program)


@given(st.decimals(min_value=0, max_value=500, places=3), st.decimals(min_value=0, max_value=99, places=2))
def test_energy_and_cost_of_a_line_are_those_of_its_session(energy_kwh: Decimal, cost: Decimal) -> None:
    line = f"2026-03-02 18:00:00,2026-03-02 20:00:00,Garage,,,,,,{energy_kwh},1h0m0s,,,,,{cost},,\n"
    report = read(EVCC + line, "evcc")
    if not energy_kwh and cost:
        assert reasons(report) == [(1, "cost_without_energy")]
        return
    (one,) = report.sessions
    assert one.session.energy_mwh == energy_kwh * 1_000_000
    assert sum(period.energy_mwh for period in one.periods) == one.session.energy_mwh
    assert one.cost.total_nano == (cost * 10**9 if energy_kwh else 0)
    assert one.session.charging_ms == (3_600_000 if energy_kwh else one.session.charging_ms)
    assert {period.activity for period in one.periods} <= {Activity.CHARGING, Activity.PREPARING}


def test_an_export_that_a_spreadsheet_saved_again_has_its_commas_read() -> None:
    def again(text: str) -> str:
        return text.replace(",", ";").replace(".", ",")

    assert read(again(EVCC + EVENING), "evcc").sessions == read(EVCC + EVENING, "evcc").sessions
    openwb = "01.02.24-18:05,01.02.24-20:05,50,9.5,4.7,2 H 0 Min.,1,0,0,1.9\n"
    parted = openwb.replace(",", ";").replace("9.5", "9,5").replace("4.7", "4,7").replace("1.9", "1,9")
    assert read(parted, "openwb").sessions == read(openwb, "openwb").sessions


def test_ten_thousand_lines_are_read_and_the_bad_one_is_told() -> None:
    lines = [
        # Each within an hour or two: their quarter hours are not what is read here.
        f"2026-03-{1 + place % 28:02d} {place % 20:02d}:{place % 60:02d}:00,"
        f"2026-03-{1 + place % 28:02d} {1 + place % 20:02d}:30:00,Garage,,,,,,10,1h0m0s,,,,,,,\n"
        for place in range(10_000)
    ]
    lines[4711] = "yesterday" + lines[4711]
    report = read(EVCC + "".join(lines), "evcc")
    assert len(report.sessions) == 9_999
    assert [one.row for one in report.problems] == [4_712]
