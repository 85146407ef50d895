"""What `get_statistics` tells of days, weeks, months and years."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from sqlalchemy import insert, update
from sqlalchemy.engine import Connection

from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import Kind
from custom_components.ev_sessions.store.schema import id_token, session
from tests.site.house import House, charger_data, shown, site_entry, subentry

from .past import act, device_of, key_of, past, remember
from .test_permissions import neighbour, someone

KEYS = [
    *["start", "end", "site", "group", "charger_device_id", "sessions", "energy_kwh", "solar_kwh", "unpriced_kwh"],
    *[
        "cost",
        "cost_exact",
        "cost_float",
        "billed",
        "billed_exact",
        "billed_float",
        "currency",
        "co2_kg",
        "co2_unknown_kwh",
        "mean_connected_s",
        "mean_charging_s",
    ],
    *["utilisation", "use", "peak_hour", "availability", "downtime_s", "unwatched_s"],
]


async def statistics(hass: HomeAssistant, **asked_for: Any) -> list[dict[str, Any]]:
    """Return the rows."""
    found = await act(hass, "get_statistics", **asked_for)
    assert list(found) == ["statistics"]
    rows: list[dict[str, Any]] = found["statistics"]
    return rows


@pytest.fixture(autouse=True)
async def _in_berlin(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")


@pytest.fixture
async def flats(hass: HomeAssistant, house: House, start: Any) -> MockConfigEntry:
    """A house of two flats, each with a charger."""
    other = charger_data(evse={"status": "sensor.other", "energy": None, "power": None, "limit": None})
    entry: MockConfigEntry = await start(
        site_entry(subentry("charger", "Garage", charger_data(), "garage"), subentry("charger", "Yard", other, "yard"))
    )
    return entry


async def test_a_month_has_all_that_is_known_of_it(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past(0), past(1, energy_kwh=3.0), past(2, energy_kwh=0.04))
    (row,) = await statistics(hass, period="month", start="2026-11-19", end="2026-11-20")
    assert list(row) == KEYS
    assert row == {
        "start": "2026-11-01T00:00:00+01:00",
        "end": "2026-12-01T00:00:00+01:00",
        "site": "Home",
        "group": "Home",
        "charger_device_id": None,
        "sessions": 2,
        # A session under 0.05 kWh counts as none; its energy flowed all the same.
        "energy_kwh": 9.04,
        "solar_kwh": None,
        "unpriced_kwh": 0.0,
        "cost": "2.26",
        "cost_exact": "2.26",
        "cost_float": 2.26,
        "billed": None,
        "billed_exact": None,
        "billed_float": None,
        "currency": "EUR",
        "co2_kg": None,
        "co2_unknown_kwh": None,
        "mean_connected_s": 3600,
        "mean_charging_s": 3600,
        # Two hours since the first of these sessions, on the tenth at six, until the nineteenth at five.
        "utilisation": round(2 / (9 * 24 - 1), 6),
        "use": None,
        "peak_hour": 18,
        "availability": None,
        "downtime_s": 0,
        "unwatched_s": 0,
    }
    (row,) = await statistics(hass, period="month", start="2026-11-19", include_empty=True)
    assert (row["sessions"], row["energy_kwh"]) == (3, 9.04)


async def test_energy_counts_on_the_day_on_which_it_flowed_and_the_session_on_its_first(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    await remember(hass, past(start="2026-11-10T22:30:00+00:00", end="2026-11-11T01:30:00+00:00", energy_kwh=6.0))
    rows = await statistics(hass, period="day", start="2026-11-10 12:00", end="2026-11-12 00:00")
    assert [(one["start"][:10], one["sessions"], one["energy_kwh"], one["cost"]) for one in rows] == [
        ("2026-11-10", 1, 1.0, "0.25"),
        ("2026-11-11", 0, 5.0, "1.25"),
    ]
    assert [one["mean_connected_s"] for one in rows] == [10_800, None]
    assert [one["peak_hour"] for one in rows] == [23, 0]


async def test_the_month_is_the_one_that_the_entities_show(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await remember(hass, past(0), past(1))
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=10, power_w=11_000)
    await house.later(seconds=7)
    house.charger("charging", power_w=11_000, energy_kwh=0.021)
    await hass.async_block_till_done()
    (row,) = await statistics(hass, period="month", start="2026-11-19")
    assert row["energy_kwh"] == float(shown(hass, "sensor.garage_energy_this_month"))
    assert row["cost"] == shown(hass, "sensor.garage_cost_this_month")
    assert row["sessions"] == int(shown(hass, "sensor.garage_sessions_this_month")) == 3


async def test_chargers_have_rows_of_their_own_and_are_judged_by_their_use(
    hass: HomeAssistant, flats: MockConfigEntry
) -> None:
    await remember(hass, past(0), past(0, charger="Yard", end="2026-11-12T17:00:00+00:00"), past(8, charger="Yard"))
    garage, yard = await statistics(hass, period="month", group_by="charger", start="2026-11-19")
    assert (garage["group"], yard["group"]) == ("Garage", "Yard")
    assert [one["charger_device_id"] for one in (garage, yard)] == [
        device_of(hass, flats, one.subentry_id) for one in flats.subentries.values() if one.subentry_type == "charger"
    ]
    assert (garage["sessions"], yard["sessions"]) == (1, 2)
    assert garage["utilisation"] == round(1 / 215, 6)
    assert yard["utilisation"] == round(49 / 215, 6)
    assert (garage["use"], yard["use"]) == ("under", "over")
    (only,) = await statistics(
        hass, period="month", group_by="charger", start="2026-11-19", charger=yard["charger_device_id"]
    )
    assert (only["group"], only["sessions"], only["use"]) == ("Yard", 2, None)


async def test_a_charger_without_a_session_has_a_row_since_it_is_there(
    hass: HomeAssistant, house: House, flats: MockConfigEntry
) -> None:
    await house.later(hours=12)
    rows = await statistics(hass, period="day", group_by="charger", start="2026-11-18", end="2026-11-20 12:00")
    assert [(one["start"][:10], one["group"]) for one in rows] == [
        ("2026-11-19", "Garage"),
        ("2026-11-19", "Yard"),
        ("2026-11-20", "Garage"),
        ("2026-11-20", "Yard"),
    ]
    assert {(one["sessions"], one["energy_kwh"], one["cost"], one["utilisation"]) for one in rows} == {
        (0, 0, "0.00", 0)
    }


async def test_two_currencies_are_never_summed(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past(0))
    hass.config_entries.async_update_entry(site, data={**site.data, "currency": "SEK"})
    await hass.async_block_till_done(wait_background_tasks=True)
    await remember(hass, past(1, currency="SEK"))
    krona, euro = await statistics(hass, period="month", start="2026-11-19")
    assert [(one["currency"], one["cost"], one["energy_kwh"]) for one in (euro, krona)] == [
        ("EUR", "1.50", 6.0),
        ("SEK", "1.50", 6.0),
    ]
    # Sessions stand with the site's own currency.
    assert (euro["sessions"], krona["sessions"]) == (0, 2)
    assert (euro["utilisation"], euro["availability"]) == (None, None)


async def test_energy_without_a_price_costs_nothing_that_is_known(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past(0, cost_exact=None, currency=None))
    (row,) = await statistics(hass, period="month", start="2026-11-19")
    assert (row["energy_kwh"], row["unpriced_kwh"]) == (6.0, 6.0)
    assert (row["cost"], row["cost_exact"], row["cost_float"]) == (None, None, None)


async def test_vehicles_and_payers_have_rows_and_what_has_none_is_apart(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    ids = await remember(hass, past(0), past(1), past(2))
    for kind, name in ((Kind.VEHICLE, "Blue one"), (Kind.PAYER, "Employer")):
        made = site.runtime_data.ledger.put_version(
            kind,
            site_id=site.entry_id,
            subentry_id=f"sub-{name}",
            name=name,
            time_zone="Europe/Berlin",
            data={},
            valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        )
        await asked(made)
    for one in ids[:2]:
        await act(hass, "update_session", session_id=one, vehicle="Blue one", payer="Employer")
    for group_by, name in (("vehicle", "Blue one"), ("payer", "Employer")):
        nobody, somebody = await statistics(hass, period="month", group_by=group_by, start="2026-11-19")
        assert (nobody["group"], nobody["sessions"], nobody["energy_kwh"]) == (None, 1, 6.0)
        assert (somebody["group"], somebody["sessions"], somebody["energy_kwh"]) == (name, 2, 12.0)
        assert (somebody["utilisation"], somebody["availability"], somebody["use"]) == (None, None, None)


async def test_tokens_are_whole_for_admins_and_masked_for_others(hass: HomeAssistant, site: MockConfigEntry) -> None:
    (session_id,) = await remember(hass, past())

    def give_a_card(connection: Connection) -> None:
        row = {"id": "card", "site_id": site.entry_id, "type": "ISO14443", "value": "04A2B3C4D5", "state": "accepted"}
        connection.execute(insert(id_token).values(**row))
        connection.execute(update(session).where(session.c.id == session_id).values(id_token_id="card"))

    await asked(site.runtime_data.ledger._write(give_a_card, patient=False))
    (row,) = await statistics(hass, period="month", group_by="token", start="2026-11-19")
    assert row["group"] == "04A2B3C4D5"
    everything = await someone(hass, MockUser(), {"entities": True})
    (row,) = await statistics(hass, period="month", group_by="token", start="2026-11-19", context=everything)
    assert row["group"] == "…C4D5"


async def test_a_neighbour_sees_the_own_charger_only(hass: HomeAssistant, flats: MockConfigEntry) -> None:
    await remember(hass, past(0), past(1, charger="Yard", energy_kwh=2.0))
    context = await neighbour(hass)
    (row,) = await statistics(hass, period="month", start="2026-11-19", context=context)
    assert (row["group"], row["energy_kwh"], row["sessions"]) == ("Home", 2.0, 1)
    (row,) = await statistics(hass, period="month", group_by="charger", start="2026-11-19", context=context)
    assert row["group"] == "Yard"
    nobody = MockUser()
    nobody.add_to_hass(hass)
    nobody.mock_policy({})
    garage = device_of(hass, flats, next(iter(x.subentry_id for x in flats.subentries.values() if x.title == "Garage")))
    assert await statistics(hass, period="month", charger=garage, context=context) == []


async def test_a_site_that_rests_and_another_one_are_told_apart(
    hass: HomeAssistant, house: House, site: MockConfigEntry, start: Any
) -> None:
    cottage = await start(site_entry(subentry("charger", "Barn", charger_data(evse={"status": "sensor.barn"}))))
    await remember(hass, past(0), config_entry_id=site.entry_id)
    await remember(hass, past(1, charger="Barn"), config_entry_id=cottage.entry_id)
    await house.later(hours=2)
    assert await hass.config_entries.async_unload(cottage.entry_id)
    await house.later(hours=2)
    rows = await statistics(hass, period="month", group_by="charger", start="2026-11-19")
    barn, home = sorted(rows, key=lambda row: row["group"])
    assert (home["group"], barn["group"]) == ("Garage", "Barn")
    assert barn["charger_device_id"] is None
    # What nobody watched since is neither up nor down.
    assert [(one["availability"], one["downtime_s"], one["unwatched_s"]) for one in rows] == [(1.0, 0, 0)] * 2
    (row,) = await statistics(hass, period="month", start="2026-11-19", config_entry_id=site.entry_id)
    assert row["energy_kwh"] == 6.0


async def test_a_site_that_was_removed_has_its_past_and_no_row_since(
    hass: HomeAssistant, house: House, site: MockConfigEntry, start: Any
) -> None:
    cottage = await start(site_entry(subentry("charger", "Barn", charger_data(evse={"status": "sensor.barn"}))))
    await remember(hass, past(1, charger="Barn"), config_entry_id=cottage.entry_id)
    assert await hass.config_entries.async_remove(cottage.entry_id)
    await house.later(days=40)
    rows = await statistics(hass, period="month", group_by="charger", start="2026-11-19")
    assert [(one["start"][:7], one["group"]) for one in rows if one["group"] == "Barn"] == [("2026-11", "Barn")]
    assert [one["start"][:7] for one in rows if one["group"] == "Garage"] == ["2026-11", "2026-12"]


async def test_without_a_start_a_month_of_days_comes(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past(-30), past(0))
    assert [one["start"][:10] for one in await statistics(hass, period="day") if one["sessions"]] == ["2026-11-10"]
    months = [one["start"][:7] for one in await statistics(hass, period="month") if one["sessions"]]
    assert months == ["2026-10", "2026-11"]


async def test_what_is_too_much_is_refused(hass: HomeAssistant, site: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await statistics(hass, period="day", start="1960-01-01")
    assert key_of(error) == "statistics_too_long"
    with pytest.raises(ServiceValidationError) as error:
        await statistics(hass, period="day", start="2026-11-19 18:00", end="2026-11-19 17:00")
    assert key_of(error) == "span_reversed"
    for wrong in ({"period": "hour"}, {"group_by": "colour"}, {}):
        with pytest.raises(vol.Invalid):
            await statistics(hass, **{"period": "day", **wrong} if wrong else {})
