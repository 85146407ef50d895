"""Sessions that a person splits, merges, adds by hand, and puts back as they were."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.ledger.ledger import asked
from tests.site.house import House, charger_data, site_entry, subentry

from .past import act, key_of, past, remember

#: What a session is, but for what a change of it leaves behind.
_CHANGING = {"id", "edited", "end_reason"}


async def listed(hass: HomeAssistant) -> list[dict[str, Any]]:
    found = await act(hass, "get_sessions", include_periods=True, include_empty=True, order="oldest")
    sessions: list[dict[str, Any]] = found["sessions"]
    return sessions


async def trail_of(site: MockConfigEntry, session_id: str) -> list[str]:
    trail = await asked(site.runtime_data.ledger.audit_trail(subject_id=session_id))
    return sorted(one.action for one in trail if one.action != "recost")


async def charged(house: House) -> dict[str, Any]:
    """Charge half an hour for real, and let the session settle."""
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=30, power_w=6_000, every_s=10)
    house.charger("free", power_w=0)
    for _ in range(4):
        await house.later(seconds=60)
    return await house.only_session()


async def test_a_session_is_split_at_the_register_of_its_trace_and_put_back_to_the_last_line(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    before = await charged(house)
    answer = await act(hass, "split_session", session_id=before["id"], at="2026-11-19T17:10:00+01:00")
    first, second = answer["sessions"]
    assert (first["id"], first["end_reason"], second["end_reason"]) == (before["id"], "split", "unplugged")
    assert first["end"] == second["start"] == "2026-11-19T17:10:00+01:00"
    assert (first["energy_kwh"], second["energy_kwh"]) == (1.0, 2.0)
    assert (first["cost_exact"], second["cost_exact"], before["cost_exact"]) == ("0.3", "0.6", "0.9")
    assert first["register_end_kwh"] == second["register_start_kwh"] == 1001.0
    assert first["estimated_kwh"] == second["estimated_kwh"] == 0
    # Each has its part of the trace: a part can be split again, exactly.
    again = await act(hass, "split_session", session_id=second["id"], at="2026-11-19T17:20:10+01:00")
    assert [round(one["energy_kwh"], 3) for one in again["sessions"]] == [1.017, 0.983]
    assert [one["estimated_kwh"] for one in again["sessions"]] == [0, 0]
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "undo_session_edit", session_id=first["id"])
    assert key_of(error) == "changed_since"
    await act(hass, "undo_session_edit", session_id=second["id"])
    assert [one["energy_kwh"] for one in await listed(hass)] == [1.0, 2.0]
    there = await act(hass, "undo_session_edit", session_id=second["id"])
    assert [one["id"] for one in there["sessions"]] == [before["id"]]
    assert await listed(hass) == [before]
    assert await trail_of(site, before["id"]) == ["split", "undo"]
    samples = await asked(site.runtime_data.ledger.trace_of(before["id"]))
    assert len(samples) > 150
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "undo_session_edit", session_id=before["id"])
    assert key_of(error) == "nothing_to_undo"


async def test_without_a_trace_a_split_is_linear_and_costs_nothing_more_or_less(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    (session_id,) = await remember(hass, past(energy_kwh=6.0))
    answer = await act(hass, "split_session", session_id=session_id, at="2026-11-10T18:20:00+01:00")
    assert [one["energy_kwh"] for one in answer["sessions"]] == [2.0, 4.0]
    assert [one["cost_exact"] for one in answer["sessions"]] == ["0.5", "1"]
    assert answer["sessions"][1]["estimated_kwh"] > 0


@pytest.mark.parametrize(
    ("wish", "key"),
    [
        ({}, "cut_needs_instant"),
        ({"at": "2026-11-10T17:00:00+01:00"}, "cut_outside"),
        ({"at": "2026-11-10T19:00:00+01:00"}, "cut_outside"),
    ],
)
async def test_what_cannot_be_split_is_refused_with_words(
    hass: HomeAssistant, site: MockConfigEntry, wish: dict[str, Any], key: str
) -> None:
    (session_id,) = await remember(hass, past())
    before = await listed(hass)
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "split_session", session_id=session_id, **wish)
    assert key_of(error) == key
    assert await listed(hass) == before
    assert await trail_of(site, session_id) == []


async def test_a_session_that_goes_on_is_split_now_and_only_now(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    session_id = (await house.only_session())["id"]
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "split_session", session_id=session_id, at="2026-11-19T17:05:00+01:00")
    assert key_of(error) == "session_is_open"
    answer = await act(hass, "split_session", session_id=session_id)
    assert [(one["status"], one["end_reason"]) for one in answer["sessions"]] == [("ended", "split"), ("open", None)]
    await house.charge(minutes=10, power_w=6_000)
    assert [one["energy_kwh"] for one in await house.sessions()] == [1.0, 1.0]


async def test_neighbours_are_merged_and_put_back(hass: HomeAssistant, site: MockConfigEntry) -> None:
    ids = await remember(hass, past(0), past(1, energy_kwh=4.0), past(2, energy_kwh=2.0))
    before = await listed(hass)
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "merge_sessions", session_ids=[ids[0], ids[2]])
    assert key_of(error) == "session_between"
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "merge_sessions", session_ids=[ids[0], ids[0]])
    assert key_of(error) == "sessions_overlap"
    whole = await act(hass, "merge_sessions", session_ids=[ids[1], ids[0]])
    assert (whole["id"], whole["energy_kwh"], whole["cost_exact"]) == (ids[0], 10.0, "2.5")
    assert (whole["start"], whole["end"]) == (before[0]["start"], before[1]["end"])
    assert whole["connected_s"] == 25 * 3600
    assert len(await listed(hass)) == 2
    await act(hass, "undo_session_edit", session_id=ids[0])
    assert await listed(hass) == before


async def test_only_sessions_of_one_charger_are_merged(hass: HomeAssistant, house: House, start: Any) -> None:
    yard = charger_data(evse={"status": "sensor.yard", "power": None, "energy": None, "limit": None, "enable": None})
    await start(
        site_entry(
            subentry("charger", "Garage", charger_data(), "garage"),
            subentry("charger", "Yard", {**yard, "controllable": False}, "yard"),
        )
    )
    ids = await remember(hass, past(0), past(1, charger="Yard"))
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "merge_sessions", session_ids=ids)
    assert key_of(error) == "other_charger"


async def test_a_charge_elsewhere_is_added_by_hand_once_and_can_be_taken_back(
    hass: HomeAssistant, house: House, start: Any
) -> None:
    blue: Any = {**subentry("vehicle", "Blue", {"payer": "anna", "battery_kwh": 50}), "subentry_id": "blue"}
    anna: Any = {**subentry("payer", "Anna", {}), "subentry_id": "anna"}
    site = await start(site_entry(subentry("charger", "Garage", charger_data(), "garage"), blue, anna))
    wish: dict[str, Any] = {
        "start": "2026-11-18T12:10:00+01:00",
        "end": "2026-11-18T12:45:00+01:00",
        "energy_kwh": 31.2,
        "cost": 18.41,
        "vehicle": "Blue",
        "note": "Motorway",
        "soc_start": 12,
        "soc_end": 74.5,
        "odometer_km": 41_000,
    }
    added = await act(hass, "add_session", **wish)
    assert (added["charger"], added["vehicle"], added["vehicle_by"]) == ("Elsewhere", "Blue", "person")
    assert (added["payer"], added["payer_by"], added["note"]) == ("Anna", "vehicle", "Motorway")
    assert (added["energy_kwh"], added["cost_exact"], added["soc_end"]) == (31.2, "18.41", 74.5)
    assert added["odometer_km"] == 41_000
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "add_session", **wish)
    assert key_of(error) == "session_there"
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "add_session", **{**wish, "end": "2026-11-18T12:00:00+01:00"})
    assert key_of(error) == "session_not_possible"
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "add_session", **{**wish, "vehicle": "Green", "end": "2026-11-18T12:46:00+01:00"})
    assert key_of(error) == "vehicle_not_found"
    sums = await act(hass, "get_statistics", period="month", group_by="vehicle", start="2026-11-01T00:00:00+01:00")
    assert [(one["group"], one["energy_kwh"]) for one in sums["statistics"]] == [("Blue", 31.2)]
    # A restart leaves the place where it is.
    assert await hass.config_entries.async_reload(site.entry_id)
    assert (await listed(hass))[0]["charger"] == "Elsewhere"
    assert (await act(hass, "undo_session_edit", session_id=added["id"])) == {"sessions": []}
    assert await listed(hass) == []


async def test_a_correction_is_undone_too(hass: HomeAssistant, site: MockConfigEntry) -> None:
    (session_id,) = await remember(hass, past())
    (before,) = await listed(hass)
    await act(hass, "update_session", session_id=session_id, note="mine", end="2026-11-10T19:20:00+01:00")
    await act(hass, "update_session", session_id=session_id, note="yours")
    await act(hass, "undo_session_edit", session_id=session_id)
    assert (await listed(hass))[0]["note"] == "mine"
    await act(hass, "undo_session_edit", session_id=session_id)
    assert await listed(hass) == [before]


async def test_a_split_in_a_pause_parts_the_time_and_leaves_the_energy_where_it_flowed(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000, every_s=10)
    house.charger("plugged", power_w=0)
    await house.later(seconds=600)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000, every_s=10)
    house.charger("free", power_w=0)
    for _ in range(4):
        await house.later(seconds=60)
    before = await house.only_session()
    first, second = (await act(hass, "split_session", session_id=before["id"], at="2026-11-19T17:14:00+01:00"))[
        "sessions"
    ]
    assert (first["energy_kwh"], second["energy_kwh"]) == (1.0, 1.0)
    assert first["connected_s"] + second["connected_s"] == before["connected_s"]
    assert first["charging_s"] + second["charging_s"] == before["charging_s"]
    assert first["register_end_kwh"] == second["register_start_kwh"] == 1001.0
    assert (first["estimated_kwh"], second["estimated_kwh"]) == (0.0, 0.0)
    whole = await act(hass, "merge_sessions", session_ids=[first["id"], second["id"]])
    same = ("start", "end", "energy_kwh", "cost_exact", "connected_s", "charging_s")
    assert {name: whole[name] for name in same} == {name: before[name] for name in same}


async def test_a_billed_session_is_billed_in_parts_and_put_back_with_its_bill(
    hass: HomeAssistant, house: House, start: Any
) -> None:
    components = [{"type": "ENERGY", "price": 0.5, "step_size": 1}, {"type": "FLAT", "price": 1, "step_size": 1}]
    ocpi = {"currency": "EUR", "elements": [{"price_components": components}]}
    tariff: Any = subentry("tariff", "Rent", {"kind": "ocpi", "ocpi_tariff": ocpi, "for": "payers"})
    rent: Any = {**tariff, "subentry_id": "rent"}
    anna: Any = {**subentry("payer", "Anna", {"tariff": "rent"}), "subentry_id": "anna"}
    charger = subentry("charger", "Garage", charger_data(), "garage")
    await start(site_entry(charger, anna, rent))
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=30, power_w=6_000, every_s=10)
    house.charger("free", power_w=0)
    for _ in range(4):
        await house.later(seconds=60)
    session = await house.only_session()
    await act(hass, "update_session", session_id=session["id"], payer="Anna")
    (before,) = await listed(hass)
    assert (before["cost_exact"], before["billed"]["cost_exact"]) == ("0.9", "2.5")
    parts = (await act(hass, "split_session", session_id=session["id"], at="2026-11-19T17:10:00+01:00"))["sessions"]
    # Two charges: each has its fee.
    assert [one["billed"]["cost_exact"] for one in parts] == ["1.5", "2"]
    assert [one["payer"] for one in parts] == ["Anna", "Anna"]
    await act(hass, "undo_session_edit", session_id=session["id"])
    (after,) = await listed(hass)
    assert {**after, "corrections": []} == {**before, "corrections": []}
