"""Taking the past in: from data, text and files, to the right charger, and none of it twice."""

import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.site.actions import session_import
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import Kind, TokenWish
from tests.site.house import House, charger_data, site_entry, subentry
from tests.site.whose.test_whose import payer, vehicle

from .past import act, device_of, key_of, past, remember

NOTHING_NEW = {"added": 0, "duplicates": 0, "rejected": [], "unknown": []}


def burn_the_ledger(hass: HomeAssistant) -> None:
    Path(hass.config.path("ev_sessions.db")).unlink()


async def test_what_is_imported_is_listed_and_counted_and_no_second_time(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    data = {"sessions": [past(0), past(1)]}
    assert await act(hass, "import_sessions", data=data) == {**NOTHING_NEW, "added": 2}
    assert await act(hass, "import_sessions", data=data) == {**NOTHING_NEW, "duplicates": 2}
    assert (await act(hass, "get_sessions"))["total"] == 2
    month = hass.states.get("sensor.garage_cost_this_month")
    assert month is not None
    assert float(month.state) == 3


async def test_a_dry_run_only_tells(hass: HomeAssistant, site: MockConfigEntry) -> None:
    told = await act(hass, "import_sessions", data=[past(), past(1, charger="Barn")], dry_run=True)
    assert told == {**NOTHING_NEW, "added": 1, "rejected": [{"row": 2, "reason": "unknown_charger"}]}
    assert (await act(hass, "get_sessions"))["total"] == 0


async def test_text_and_files_hold_the_same_as_data(hass: HomeAssistant, site: MockConfigEntry, tmp_path: Path) -> None:
    file = tmp_path / "www" / "sessions.json"
    file.write_text(json.dumps({"sessions": [past(1)]}), encoding="utf-8")
    assert await act(hass, "import_sessions", data=json.dumps([past(0)])) == {**NOTHING_NEW, "added": 1}
    assert await act(hass, "import_sessions", path=str(file)) == {**NOTHING_NEW, "added": 1}
    assert (await act(hass, "get_sessions"))["total"] == 2


async def test_bad_rows_are_told_in_order_and_the_good_ones_are_taken(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    report = await act(
        hass,
        "import_sessions",
        data=[past(0, charger="Barn"), past(1), past(2, evse=2), {**past(3), "energy_kwh": "much"}, past(4)],
    )
    assert report == {
        "added": 2,
        "duplicates": 0,
        "unknown": [],
        "rejected": [
            {"row": 1, "reason": "unknown_charger"},
            {"row": 3, "reason": "unknown_evse"},
            {"row": 4, "reason": "energy_kwh_not_understood"},
        ],
    }


async def test_a_row_finds_its_charger_by_device_by_name_or_because_there_is_no_other(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    charger_id = next(one.subentry_id for one in site.subentries.values() if one.subentry_type == "charger")
    device_id = device_of(hass, site, charger_id)
    report = await act(
        hass,
        "import_sessions",
        data=[
            past(0, charger=None),
            past(1, charger="Called otherwise", charger_device_id=device_id),
            past(2, charger="Garage", charger_device_id="of another house"),
            past(3, charger=None, charger_device_id="of another house"),
        ],
    )
    assert report == {**NOTHING_NEW, "added": 3, "rejected": [{"row": 4, "reason": "unknown_charger"}]}


async def test_among_several_chargers_a_row_has_to_say_which(hass: HomeAssistant, house: House, start: Any) -> None:
    other = charger_data(evse={"status": "sensor.other", "energy": None, "power": None, "limit": None})
    await start(
        site_entry(
            subentry("charger", "Garage", charger_data(), "garage"),
            subentry("charger", "Twin", other),
            subentry("charger", "Twin", {**other, "evses": [{**other["evses"][0], "status": "sensor.third"}]}),
        )
    )
    report = await act(hass, "import_sessions", data=[past(0, charger=None), past(1, charger="Twin"), past(2)])
    assert report["added"] == 1
    assert report["rejected"] == [
        {"row": 1, "reason": "ambiguous_charger"},
        {"row": 2, "reason": "ambiguous_charger"},
    ]


async def test_the_past_of_a_removed_charger_goes_to_it_by_its_name(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    charger_id = next(one.subentry_id for one in site.subentries.values() if one.subentry_type == "charger")
    hass.config_entries.async_remove_subentry(site, charger_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await remember(hass, past())
    assert (await act(hass, "get_sessions"))["sessions"][0]["charger"] == "Garage"


async def test_what_is_given_out_comes_back_the_same_in_another_house(
    hass: HomeAssistant, house: House, site: MockConfigEntry, start: Any
) -> None:
    """Sessions as they really happen: metered, priced at two prices, paused, with periods and without price."""
    house.charger("plugged", power_w=0)
    await house.later(minutes=5)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=20, power_w=11_000)
    house.price("unavailable")
    await house.charge(minutes=20, power_w=11_000)
    house.price("0.1999")
    house.charger("paused", power_w=0)
    await house.later(minutes=7, seconds=13)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=11, power_w=7_360, every_s=30)
    house.charger("full", power_w=0)
    await house.later(minutes=10)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await remember(hass, past(0), past(1, cost_exact=None, charger="Garage"))
    given = (await act(hass, "get_sessions", include_periods=True, status="ended"))["sessions"]
    assert [one["unpriced_kwh"] > 0 for one in given] == [True, True, False]
    assert await hass.config_entries.async_remove(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    burn_the_ledger(hass)

    other = await start(site_entry())
    text = json.dumps({"total": 3, "sessions": given})
    report = await act(hass, "import_sessions", data=text, config_entry_id=other.entry_id)
    assert report == {**NOTHING_NEW, "added": 3}
    back = (await act(hass, "get_sessions", include_periods=True))["sessions"]
    for one in (*given, *back):
        # Who the charger is and which tariff it had belongs to the house.
        del one["charger_device_id"], one["tariff"]
    assert back == given


async def test_the_import_is_in_the_audit_trail_with_who_did_it(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past(0), past(1))
    trail = await asked(site.runtime_data.ledger.audit_trail(subject_id=site.entry_id))
    imports = [one for one in trail if one.action == "import"]
    assert [(one.who, one.new["added"]) for one in imports] == [("system", 2)]


async def test_it_has_to_be_said_which_of_several_sites_is_meant(
    hass: HomeAssistant, house: House, site: MockConfigEntry, start: Any
) -> None:
    await start(site_entry(subentry("charger", "Barn", charger_data(evse={"status": "sensor.barn"}))))
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "import_sessions", data=[past()])
    assert key_of(error) == "site_needed"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({}, "import_data_or_path"),
        ({"data": [], "path": "both.json"}, "import_data_or_path"),
        ({"data": "no json"}, "import_not_understood"),
        ({"data": {"session": []}}, "import_not_understood"),
        ({"path": "/etc/hostname"}, "import_path_not_allowed"),
        ({"path": "{www}/../ev_sessions.db"}, "import_path_not_allowed"),
        ({"path": "{www}/missing.json"}, "import_file_unreadable"),
        ({"path": "{www}"}, "import_file_unreadable"),
        ({"path": "{www}/picture.png"}, "import_not_understood"),
    ],
)
async def test_what_is_no_import_is_refused_with_words(
    hass: HomeAssistant, site: MockConfigEntry, tmp_path: Path, data: dict[str, Any], key: str
) -> None:
    (tmp_path / "www" / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    if "path" in data:
        data = {**data, "path": data["path"].replace("{www}", str(tmp_path / "www"))}
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "import_sessions", **data)
    assert key_of(error) == key


@pytest.mark.parametrize("way", ["data", "path"])
async def test_more_than_fits_is_refused_before_it_is_read(
    hass: HomeAssistant, site: MockConfigEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(session_import, "_MIB", 2)
    text = json.dumps([past()])
    file = tmp_path / "www" / "big.json"
    file.write_text(text, encoding="utf-8")
    assert len(text) > 128
    given: dict[str, Any] = {"data": text} if way == "data" else {"path": str(file)}
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "import_sessions", **given)
    assert key_of(error) == "import_too_large"
    assert error.value.translation_placeholders == {"limit": "64"}


EVCC = (
    "Created,Finished,Charging point,Identifier,Vehicle,Mileage (km),Meter start (kWh),Meter stop (kWh),"
    "Energy (kWh),Duration,Solar (%),Price,Price/kWh\n"
    "2026-11-02 18:00:00,2026-11-02 20:00:00,Garage,,,,,,10,1h30m0s,25,2.5,0.25\n"
    "2026-11-03 18:00:00,2026-11-03 20:00:00,Carport,,,,,,12,1h30m0s,25,3,0.25\n"
)


async def test_the_sessions_of_another_program_are_tried_first_then_taken_and_known_the_next_time(
    hass: HomeAssistant, site: MockConfigEntry, tmp_path: Path
) -> None:
    file = tmp_path / "www" / "evcc.csv"
    file.write_text("\ufeff" + EVCC, encoding="utf-8")
    wish: dict[str, Any] = {"format": "evcc", "path": str(file)}
    rejected = [{"row": 2, "reason": "unknown_charger"}]
    assert await act(hass, "import_sessions", dry_run=True, **wish) == {**NOTHING_NEW, "added": 1, "rejected": rejected}
    assert (await act(hass, "get_sessions"))["total"] == 0
    charger_id = next(one.subentry_id for one in site.subentries.values() if one.subentry_type == "charger")
    wish["charger"] = device_of(hass, site, charger_id)
    assert await act(hass, "import_sessions", **wish) == {**NOTHING_NEW, "added": 2}
    assert await act(hass, "import_sessions", **wish) == {**NOTHING_NEW, "duplicates": 2}
    newest = (await act(hass, "get_sessions"))["sessions"][0]
    assert (newest["start"], newest["energy_kwh"], newest["cost"]) == ("2026-11-03T18:00:00+01:00", 12.0, "3.00")
    assert (newest["charging_s"], newest["solar_kwh"]) == (5400, 3.0)


async def test_a_table_with_other_columns_is_refused_with_the_names_that_it_has(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "import_sessions", format="csv", data="Beginn;Ende\n1;2\n", columns={"start": "Beginn"})
    assert key_of(error) == "import_not_understood"
    assert error.value.translation_placeholders is not None
    assert "Beginn, Ende" in error.value.translation_placeholders["reason"]


OF_TWO_CARS = (
    "Startzeit;Endzeit;Ladepunkt;Kennung;Fahrzeug;Kilometerstand (km);Zählerstand Start (kWh);Zählerstand Ende (kWh);"
    "Energie (kWh);Ladedauer;Ladestand Start (%);Ladestand Ende (%);Reichweite (km);Sonne (%);Preis;Preis/kWh\n"
    "2026-11-02 18:00:00;2026-11-02 20:00:00;Garage;;Blue;12345,6;100,5;110,5;10,0;1h30m0s;40;60,5;50;25;2,50;0,25\n"
    "2026-11-03 18:00:00;2026-11-03 20:00:00;Garage;;ber-ev 42;;;;12;1h30m0s;;;;25;3;0,25\n"
    "2026-11-04 18:00:00;2026-11-04 20:00:00;Garage;04a2b3;;;;;12;1h30m0s;;;;25;3;0,25\n"
    "2026-11-05 18:00:00;2026-11-05 20:00:00;Garage;;Roadster;;;;12;1h30m0s;;;;25;3;0,25\n"
    "2026-11-06 18:00:00;2026-11-06 20:00:00;Garage;;Roadster;;;;12;1h30m0s;;;;25;3;0,25\n"
)


ON_THE_ROAD = (
    OF_TWO_CARS.split("\n", maxsplit=1)[0] + "\n"
    # Told in any order: a hundred km for a fifth of 50 kWh, then a trip that is too short to say anything.
    "2026-11-03 18:00:00;2026-11-03 20:00:00;Garage;;Blue;1100;;;10;1h30m0s;40;80;50;25;2,50;0,25\n"
    "2026-11-02 18:00:00;2026-11-02 20:00:00;Garage;;Blue;1000;;;10;1h30m0s;20;60;50;25;2,50;0,25\n"
    "2026-11-04 18:00:00;2026-11-04 20:00:00;Garage;;Blue;1105;;;10;1h30m0s;78;90;50;25;2,50;0,25\n"
    "2026-11-05 18:00:00;2026-11-05 20:00:00;Garage;;Red;500;;;10;1h30m0s;30;90;50;25;2,50;0,25\n"
    "2026-11-06 18:00:00;2026-11-06 20:00:00;Garage;;Red;900;;;10;1h30m0s;30;90;50;25;2,50;0,25\n"
    "2026-11-07 18:00:00;2026-11-07 20:00:00;Garage;;Red;;;;10;1h30m0s;30;90;50;25;2,50;0,25\n"
)


async def test_what_a_car_used_on_the_road_is_known_of_sessions_that_are_told_afterwards(
    hass: HomeAssistant, house: House, start: Any
) -> None:
    charger = subentry("charger", "Garage", charger_data(), "garage")
    await start(site_entry(charger, vehicle("Blue", battery_kwh=50), vehicle("Red")))
    assert (await act(hass, "import_sessions", format="evcc", data=ON_THE_ROAD))["added"] == 6
    by_hand: dict[str, Any] = {"start": "2026-11-08 12:00:00", "end": "2026-11-08 12:30:00", "energy_kwh": 20}
    added = await act(hass, "add_session", **by_hand, vehicle="Blue", soc_start=30, odometer_km=1305)
    assert added["energy_per_100_km_kwh"] == 15.0
    found = (await act(hass, "get_sessions", order="oldest"))["sessions"]
    assert [one["energy_per_100_km_kwh"] for one in found] == [None, 10.0, None, None, None, None, 15.0]
    assert found[1]["range_added_km"] == 100.0


async def test_an_export_finds_its_cars_and_payers_and_tells_before_of_those_that_nobody_goes_by(
    hass: HomeAssistant, house: House, start: Any
) -> None:
    charger = subentry("charger", "Garage", charger_data(), "garage")
    cars = (vehicle("Blue", payer="anna"), vehicle("Red", plate="BER EV-42"), payer("Anna"))
    entry = site_entry(charger, *cars)
    await start(entry)
    ledger = entry.runtime_data.ledger
    (anna,) = await asked(ledger.versions(Kind.PAYER))
    (its_car,) = (one for one in await asked(ledger.versions(Kind.VEHICLE)) if one.name == "Blue")
    await asked(
        ledger.put_token(
            TokenWish(
                site_id=entry.entry_id,
                token=IdToken(value="04A2B3"),
                vehicle_id=its_car.thing_id,
                payer_id=anna.thing_id,
            ),
            who="test",
            at=dt_util.utcnow(),
        )
    )
    unknown = [{"field": "vehicle", "value": "Roadster", "rows": 2}]
    told = {**NOTHING_NEW, "added": 5, "unknown": unknown}
    assert await act(hass, "import_sessions", format="evcc", data=OF_TWO_CARS, dry_run=True) == told
    assert await act(hass, "import_sessions", format="evcc", data=OF_TWO_CARS) == told
    blue, red, card, nobody, _ = (await act(hass, "get_sessions", order="oldest"))["sessions"]
    assert (blue["vehicle"], blue["vehicle_by"], blue["payer"], blue["payer_by"]) == (
        "Blue",
        "person",
        "Anna",
        "vehicle",
    )
    assert (blue["soc_start"], blue["soc_end"], blue["odometer_km"]) == (40.0, 60.5, 12345.6)
    assert (blue["energy_kwh"], blue["cost"], blue["register_end_kwh"]) == (10.0, "2.50", 110.5)
    assert (red["vehicle"], red["payer"], red["note"]) == ("Red", None, None)
    assert (card["vehicle"], card["vehicle_by"], card["payer_by"], card["id_token"]) == (
        "Blue",
        "token",
        "token",
        "04A2B3",
    )
    assert (nobody["vehicle"], nobody["note"]) == (None, "evcc: Roadster")
    rows = (await act(hass, "get_statistics", period="month", group_by="vehicle", start="2026-11-01"))["statistics"]
    assert {row["group"]: row["energy_kwh"] for row in rows} == {"Blue": 22.0, "Red": 12.0, None: 24.0}
