"""Listing sessions: pages, spans, filters, and what each of them looks like."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.core.sessions.transaction import TimedBy
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import SignedRecord, TransactionChange
from tests.site.house import House, charger_data, site_entry, subentry

from .past import act, device_of, key_of, past, remember

KEYS = [
    *["id", "site", "charger", "charger_device_id", "evse", "status", "end_reason", "start", "end"],
    *["connected_s", "charging_s", "waiting_s", "paused_s", "idle_s"],
    *["energy_kwh", "register_start_kwh", "register_end_kwh", "solar_kwh", "estimated_kwh", "unpriced_kwh"],
    *["peak_power_kw", "average_power_kw"],
    *["cost", "cost_exact", "cost_float", "currency", "average_price", "fees", "tariff", "billed"],
    *["vehicle", "payer", "id_token", "note", "transactions", "signature", "edited"],
    *["vehicle_by", "payer_by", "soc_start", "soc_end", "odometer_km", "odometer_end_km"],
    *["range_added_km", "energy_per_100_km_kwh"],
    *["co2_kg", "co2_unknown_kwh", "corrections", "codes", "voucher"],
]


def days(found: dict[str, Any]) -> list[int]:
    """Return the days of the month on which the sessions began."""
    return [datetime.fromisoformat(one["start"]).day for one in found["sessions"]]


async def test_a_session_has_every_key_of_the_contract_and_is_plain_json(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    await remember(hass, past(note="guest", register_start_kwh=1, register_end_kwh=7, peak_power_kw=11.04))
    found = await act(hass, "get_sessions", include_periods=True)
    assert json.loads(json.dumps(found)) == found
    (session,) = found["sessions"]
    assert list(session) == [*KEYS, "periods"]
    charger_id = next(one.subentry_id for one in site.subentries.values() if one.subentry_type == "charger")
    assert session["charger_device_id"] == device_of(hass, site, charger_id)
    assert {key: session[key] for key in ("site", "charger", "evse", "status", "end_reason", "note")} == {
        "site": "Home",
        "charger": "Garage",
        "evse": 1,
        "status": "ended",
        "end_reason": "unplugged",
        "note": "guest",
    }
    assert (session["start"], session["end"]) == ("2026-11-10T18:00:00+01:00", "2026-11-10T19:00:00+01:00")
    assert (session["cost"], session["cost_exact"], session["cost_float"]) == ("1.50", "1.5", 1.5)
    assert session["average_price"] == "0.25"
    assert session["solar_kwh"] is None
    assert [one["energy_kwh"] for one in session["periods"]] == [1.5] * 4


async def test_periods_are_only_there_when_they_are_asked_for(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past())
    found = await act(hass, "get_sessions")
    assert list(found["sessions"][0]) == KEYS


async def test_a_session_tells_what_the_charger_recorded_of_it(hass: HomeAssistant, site: MockConfigEntry) -> None:
    """Transactions come in the session's own time, and what was signed without its bytes."""
    (session_id,) = await remember(hass, past())
    ledger = site.runtime_data.ledger
    evse_id = site.runtime_data.evses[0].evse_id
    start = datetime(2026, 11, 10, 17, tzinfo=UTC)
    told = TransactionChange(
        evse_id=evse_id,
        station_transaction_id="1234567",
        start=start,
        end=start + timedelta(minutes=50),
        meter_start_mwh=0,
        meter_end_mwh=6_000_000,
        timed_by=TimedBy.CORRECTED,
        stop_reason="Remote",
        token=IdToken(value="04a2b3c4d5"),
    )
    kept = await asked(ledger.put_transaction(told))
    assert kept.session_id == session_id
    await asked(ledger.put_signed_record(kept.id, SignedRecord(at=start, format="OCMF", data=b"OCMF|{}|{}")))
    (session,) = (await act(hass, "get_sessions", id_token="04A2b3c4d5"))["sessions"]
    assert session["transactions"] == [
        {
            "id": "1234567",
            "start": "2026-11-10T18:00:00+01:00",
            "end": "2026-11-10T18:50:00+01:00",
            "meter_start_kwh": 0.0,
            "meter_end_kwh": 6.0,
            "timed_by": "corrected",
            "stop_reason": "Remote",
        }
    ]
    assert session["signature"] == {"format": "OCMF", "public_key": None, "records": 1, "verified": None}
    assert (session["id_token"], session["end_reason"]) == ("04A2B3C4D5", "remote")


async def test_pages_come_newest_first_or_oldest_first(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, *(past(day) for day in range(5)))
    assert days(await act(hass, "get_sessions", limit=2)) == [14, 13]
    assert days(await act(hass, "get_sessions", limit=2, offset=2)) == [12, 11]
    last = await act(hass, "get_sessions", limit=2, offset=4)
    assert (days(last), last["total"]) == ([10], 5)
    assert days(await act(hass, "get_sessions", order="oldest", limit=3)) == [10, 11, 12]


async def test_a_span_holds_the_sessions_that_overlap_it(hass: HomeAssistant, site: MockConfigEntry) -> None:
    """Times without an offset, as the UI gives them, are Home Assistant's own; charging lasts from six to seven."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await remember(hass, *(past(day) for day in range(3)))
    assert days(await act(hass, "get_sessions", start="2026-11-11 18:59:59")) == [12, 11]
    assert days(await act(hass, "get_sessions", start="2026-11-11 19:00:00")) == [12]
    assert days(await act(hass, "get_sessions", end="2026-11-11 18:00:01")) == [11, 10]
    assert days(await act(hass, "get_sessions", end="2026-11-11T17:00:00+00:00")) == [10]
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "get_sessions", start="2026-11-11 18:00", end="2026-11-11 17:59")
    assert key_of(error) == "span_reversed"


async def test_empty_sessions_are_listed_when_they_are_asked_for(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past(0, energy_kwh=0.049999), past(1, energy_kwh=0.05))
    assert days(await act(hass, "get_sessions")) == [11]
    assert days(await act(hass, "get_sessions", include_empty=True)) == [11, 10]


async def test_the_session_that_goes_on_is_listed_with_what_is_shown_of_it(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await remember(hass, past())
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=10, power_w=11_000)
    await house.later(seconds=7)
    house.charger("charging", power_w=11_000, energy_kwh=0.021)
    await hass.async_block_till_done()
    shown = hass.states.get("sensor.garage_session_energy")
    assert shown is not None
    found = await act(hass, "get_sessions", status="open")
    (session,) = found["sessions"]
    assert session["energy_kwh"] == float(shown.state) > 1.8
    assert session["end"] is None
    assert (await act(hass, "get_sessions", status="ended"))["total"] == 1
    assert (await act(hass, "get_sessions"))["total"] == 2


async def test_a_charger_is_named_by_its_device_and_an_outlet_by_its_own(
    hass: HomeAssistant, house: House, start: Any
) -> None:
    first = charger_data()["evses"][0]
    second = {**first, "evse": 2, "status": "sensor.second", "energy": None, "power": None, "limit": None}
    double = charger_data(evses=[first, second])
    carport = charger_data(evse={"status": "sensor.third", "energy": None, "power": None, "limit": None})
    entry = await start(site_entry(subentry("charger", "Double", double), subentry("charger", "Carport", carport)))
    await remember(
        hass,
        past(0, charger="Double"),
        past(1, charger="Double", evse=2),
        past(2, charger="Carport"),
    )
    ids = {one.title: one.subentry_id for one in entry.subentries.values()}
    double_id, carport_id = device_of(hass, entry, ids["Double"]), device_of(hass, entry, ids["Carport"])
    outlet_id = device_of(hass, entry, f"{ids['Double']}_2")
    assert days(await act(hass, "get_sessions", charger=double_id)) == [11, 10]
    assert days(await act(hass, "get_sessions", charger=[outlet_id])) == [11]
    assert days(await act(hass, "get_sessions", charger=[outlet_id, carport_id])) == [12, 11]
    listed = await act(hass, "get_sessions", charger=[outlet_id])
    assert listed["sessions"][0]["charger_device_id"] == double_id
    for stranger in (device_of(hass, entry, entry.entry_id), "nobody"):
        with pytest.raises(ServiceValidationError) as error:
            await act(hass, "get_sessions", charger=[stranger])
        assert key_of(error) == "charger_not_found"


async def test_sessions_of_a_removed_charger_stay_with_its_name(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await remember(hass, past())
    charger_id = next(one.subentry_id for one in site.subentries.values() if one.subentry_type == "charger")
    hass.config_entries.async_remove_subentry(site, charger_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    (session,) = (await act(hass, "get_sessions"))["sessions"]
    assert (session["charger"], session["charger_device_id"]) == ("Garage", None)


async def test_each_site_has_its_own_sessions_and_all_are_listed_together(
    hass: HomeAssistant, house: House, site: MockConfigEntry, start: Any
) -> None:
    cottage = site_entry(subentry("charger", "Barn", charger_data(evse={"status": "sensor.barn"})))
    cottage = await start(cottage)
    await remember(hass, past(0), config_entry_id=site.entry_id)
    await remember(hass, past(1, charger="Barn"), config_entry_id=cottage.entry_id)
    assert days(await act(hass, "get_sessions")) == [11, 10]
    assert days(await act(hass, "get_sessions", config_entry_id=cottage.entry_id)) == [11]
    assert await hass.config_entries.async_unload(cottage.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "get_sessions", config_entry_id=cottage.entry_id)
    assert key_of(error) == "site_not_loaded"
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "get_sessions", config_entry_id="nowhere")
    assert key_of(error) == "site_not_found"
    # The sessions of a site that rests are in the same ledger, and can be corrected there.
    resting, running = (await act(hass, "get_sessions"))["sessions"]
    assert (resting["site"], resting["charger"], resting["charger_device_id"]) == ("Home", "Barn", None)
    assert (await act(hass, "update_session", session_id=resting["id"], note="x"))["note"] == "x"
    assert (await act(hass, "update_session", session_id=running["id"], note="y"))["note"] == "y"


async def test_without_a_running_site_there_is_nobody_to_ask(hass: HomeAssistant, site: MockConfigEntry) -> None:
    assert await hass.config_entries.async_unload(site.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "get_sessions")
    assert key_of(error) == "no_site"


@pytest.mark.parametrize("field", ["vehicle", "payer", "id_token"])
async def test_what_nobody_has_ever_heard_of_has_no_sessions(
    hass: HomeAssistant, site: MockConfigEntry, field: str
) -> None:
    await remember(hass, past())
    asked: dict[str, Any] = {field: "stranger"}
    assert await act(hass, "get_sessions", **asked) == {"total": 0, "sessions": []}


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"order": "random"}, {"status": "free"}, {"start": "soon"}]
)
async def test_what_is_no_page_is_refused(hass: HomeAssistant, site: MockConfigEntry, wrong: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await act(hass, "get_sessions", **wrong)


async def test_a_ledger_that_cannot_be_read_is_told_as_such(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await hass.async_add_executor_job(site.runtime_data.ledger.close)
    for action in ("get_sessions", "recalculate_cost"):
        with pytest.raises(HomeAssistantError) as error:
            await act(hass, action)
        assert key_of(error) == "ledger_failed"
        assert error.value.translation_placeholders == {"reason": "the ledger is not open"}
