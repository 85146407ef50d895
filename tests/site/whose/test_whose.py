"""Whose a session is, in a running house: by tag, plug, battery, place, by default, or by a person's answer."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import Kind

from ..house import House, charger_data, site_entry, subentry

PERCENT = {"unit_of_measurement": "%"}


def vehicle(name: str, **data: Any) -> Any:
    return {**subentry("vehicle", name, data), "subentry_id": name.lower()}


def payer(name: str, **data: Any) -> Any:
    return {**subentry("payer", name, data), "subentry_id": name.lower()}


BLUE = vehicle("Blue", plugged="binary_sensor.blue", soc="sensor.blue", presence="device_tracker.blue", payer="anna")
RED = vehicle("Red", plugged="binary_sensor.red", soc="sensor.red", battery_kwh=40, odometer="sensor.red_km")

GREY = vehicle("Grey", soc="sensor.grey")


@pytest.fixture
async def garage(hass: HomeAssistant, house: House) -> AsyncIterator[MockConfigEntry]:
    """A house with three cars, one of which is Anna's."""
    house.state("sensor.grey", 40, PERCENT)
    for car in ("blue", "red"):
        house.state(f"binary_sensor.{car}", "off")
        house.state(f"sensor.{car}", 40, PERCENT)
    house.state("device_tracker.blue", "not_home")
    house.state("sensor.red_km", 1000, {"unit_of_measurement": "km"})
    charger = subentry("charger", "Garage", charger_data(), "garage")
    entry = site_entry(charger, BLUE, RED, GREY, payer("Anna"), payer("Ben"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    yield entry
    if entry.state is ConfigEntryState.LOADED:
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()


async def give_card(entry: MockConfigEntry, value: str, kind: Kind, name: str) -> None:
    """Let a card be somebody's."""
    site = entry.runtime_data
    versions = await asked(site.ledger.versions(kind, newest_only=True))
    (thing_id,) = [one.thing_id for one in versions if one.name == name]
    await site.cards.async_assign(kind, thing_id, kept=(), new=[IdToken(value=value)], who="test")


async def settled(hass: HomeAssistant) -> None:
    await hass.async_block_till_done(wait_background_tasks=True)


async def scan(hass: HomeAssistant, tag: str) -> None:
    hass.bus.async_fire("tag_scanned", {"tag_id": tag, "device_id": None})
    await settled(hass)


def whose(session: dict[str, Any]) -> tuple[Any, ...]:
    return session["vehicle"], session["vehicle_by"], session["payer"], session["payer_by"]


async def test_a_plug_that_turns_on_with_the_chargers_names_car_and_payer(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    events = async_capture_events(hass, "ev_sessions_session")
    house.state("binary_sensor.blue", "on")
    await house.later(seconds=20)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=10, power_w=11_000)
    session = await house.only_session()
    assert whose(session) == ("Blue", "plug", "Anna", "vehicle")
    assert session["soc_start"] == 40
    house.state("sensor.blue", 44)
    house.state("binary_sensor.blue", "off")
    house.charger("free", power_w=0)
    await house.later(seconds=60)
    await house.later(seconds=60)
    session = await house.only_session()
    assert (session["soc_start"], session["soc_end"], session["status"]) == (40, 44, "ended")
    gone = [one.data for one in events if one.data["type"] == "disconnected"]
    assert [(one["vehicle"], one["payer"]) for one in gone] == [("Blue", "Anna")]
    found = await house.sessions(vehicle="Blue")
    assert [one["id"] for one in found] == [session["id"]]


async def test_the_battery_tells_later_which_car_it_is(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=10, power_w=11_000)
    assert whose(await house.only_session()) == (None, None, None, None)
    house.state("sensor.grey", 44)
    await house.charge(minutes=2, power_w=11_000)
    assert whose(await house.only_session()) == ("Grey", "soc", None, None)


async def test_battery_in_another_unit_says_nothing(hass: HomeAssistant, house: House, garage: MockConfigEntry) -> None:
    """A car that comes up may show a fraction first, or its range."""
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=10, power_w=11_000)
    house.state("sensor.grey", 44, {"unit_of_measurement": "km"})
    await house.charge(minutes=2, power_w=11_000)
    assert whose(await house.only_session()) == (None, None, None, None)


async def test_a_tag_splits_the_session_of_another_tag_at_the_register(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    await give_card(garage, "TAG-ANNA", Kind.PAYER, "Anna")
    await give_card(garage, "TAG-BEN", Kind.PAYER, "Ben")
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    await scan(hass, "tag-anna")
    await house.charge(minutes=10, power_w=6_000)
    # A tag of nobody is for something else in the house.
    await scan(hass, "lamp")
    await scan(hass, "tag-anna")
    assert (await house.only_session())["payer"] == "Anna"
    await scan(hass, "tag-ben")
    await house.charge(minutes=10, power_w=6_000)
    house.charger("free", power_w=0)
    await house.later(seconds=60)
    await house.later(seconds=60)
    first, second = await house.sessions()
    assert (first["end_reason"], first["payer"], first["payer_by"]) == ("token_changed", "Anna", "token")
    assert (second["payer"], second["id_token"], second["end_reason"]) == ("Ben", "TAG-BEN", "unplugged")
    assert first["end"] == second["start"]
    assert (first["energy_kwh"], second["energy_kwh"]) == (2.0, 1.0)
    assert first["register_end_kwh"] == second["register_start_kwh"] == 1002.0
    assert second["register_end_kwh"] == 1003.0


async def test_a_card_before_the_plug_is_the_cards_session_and_the_next_one_is_not(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    await give_card(garage, "TAG-RED", Kind.VEHICLE, "Red")
    await scan(hass, "TAG-RED")
    await house.later(seconds=60)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=5, power_w=11_000)
    assert (await house.only_session())["vehicle_by"] == "token"
    house.charger("free", power_w=0)
    await house.later(seconds=60)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=5, power_w=11_000)
    assert [one["vehicle"] for one in await house.sessions()] == ["Red", None]


async def test_who_is_not_known_is_asked_and_the_answer_is_taken_and_audited(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    told: list[dict[str, Any]] = []

    async def notify(call: ServiceCall) -> None:
        told.append(dict(call.data))

    hass.services.async_register("notify", "mobile_app_phone", notify)
    hass.config_entries.async_update_entry(garage, options={"ask": "notify.mobile_app_phone"})
    await settled(hass)
    house.charger("charging", power_w=3_000)
    await house.charge(minutes=5, power_w=3_000)
    (question,) = told
    assert [one["title"] for one in question["data"]["actions"]] == ["Blue", "Red", "Grey"]
    assert "Garage" in question["title"]
    tapped = question["data"]["actions"][1]["action"]
    user = await hass.auth.async_create_user("Anna")
    hass.bus.async_fire("mobile_app_notification_action", {"action": tapped}, context=Context(user_id=user.id))
    await settled(hass)
    session = await house.only_session()
    assert whose(session) == ("Red", "person", None, None)
    assert told[-1]["message"] == "clear_notification"
    trail = await asked(garage.runtime_data.ledger.audit_trail(subject_id=session["id"]))
    assert [(one.action, one.who) for one in trail if one.action == "update"] == [("update", user.id)]
    # No sign is stronger than a person's word.
    house.state("sensor.blue", 50)
    await house.charge(minutes=15, power_w=3_000)
    assert whose(await house.only_session()) == ("Red", "person", None, None)


async def test_without_a_phone_the_question_stands_in_home_assistant(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    house.charger("charging", power_w=3_000)
    await house.charge(minutes=5, power_w=3_000)
    notes = hass.data["persistent_notification"]
    assert len(notes) == 1
    house.charger("free", power_w=0)
    await house.later(seconds=60)
    assert not notes


async def test_a_restart_forgets_nothing_of_whose_it_is(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    await give_card(garage, "TAG-ANNA", Kind.PAYER, "Anna")
    await give_card(garage, "TAG-BEN", Kind.PAYER, "Ben")
    house.state("binary_sensor.blue", "on")
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=5, power_w=6_000)
    await scan(hass, "TAG-ANNA")
    assert await hass.config_entries.async_reload(garage.entry_id)
    await settled(hass)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=5, power_w=6_000)
    await scan(hass, "TAG-ANNA")
    assert whose(await house.only_session()) == ("Blue", "plug", "Anna", "token")
    await scan(hass, "TAG-BEN")
    await house.charge(minutes=1, power_w=6_000)
    assert [one["payer"] for one in await house.sessions()] == ["Anna", "Ben"]


async def test_consumption_and_range_come_from_battery_and_odometer(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    for level, km, later_km in ((50, 990, 1000), (30, 1050, 1050)):
        house.state("sensor.red", level)
        house.state("sensor.red_km", km)
        house.state("binary_sensor.red", "on")
        house.charger("charging", power_w=11_000)
        await house.charge(minutes=30, power_w=11_000)
        house.state("sensor.red", level + 13)
        # What it drove last is told when it wakes up.
        house.state("sensor.red_km", later_km)
        house.state("binary_sensor.red", "off")
        house.charger("free", power_w=0)
        for _ in range(3):
            await house.later(seconds=60)
    first, second = await house.sessions()
    assert (first["odometer_km"], first["odometer_end_km"]) == (990, 1000)
    assert (first["energy_per_100_km_kwh"], first["range_added_km"]) == (None, None)
    # 63 % when it left, 30 % when it came back: a third of 40 kWh in 50 km.
    assert (second["odometer_km"], second["energy_per_100_km_kwh"]) == (1050, 26.4)
    assert second["range_added_km"] == round(second["energy_kwh"] / 26.4 * 100, 1)


async def test_who_begins_the_charge_pays_where_neither_card_nor_vehicle_says(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    user = await hass.auth.async_create_user("Ben", group_ids=["system-admin"])
    house.state("person.ben", "home", {"user_id": user.id})
    ben = next(one for one in garage.subentries.values() if one.title == "Ben")
    hass.config_entries.async_update_subentry(garage, ben, data={"person": "person.ben"})
    await settled(hass)
    house.charger("plugged", power_w=0)
    await house.later(seconds=30)
    await hass.services.async_call(
        "ev_sessions",
        "start_charging",
        {"entity_id": "sensor.garage_status"},
        blocking=True,
        context=Context(user_id=user.id),
    )
    await settled(hass)
    assert whose(await house.only_session()) == (None, None, "Ben", "starter")


async def test_a_car_that_charges_at_one_charger_is_not_taken_for_the_one_at_the_next(
    hass: HomeAssistant, house: House, start_site: Any
) -> None:
    for car in ("blue", "red"):
        house.state(f"device_tracker.{car}", "not_home")
    yard = charger_data(
        evse={"status": "sensor.yard", "power": None, "energy": None, "limit": None, "enable": None}, controllable=False
    )
    cars = [vehicle(name, presence=f"device_tracker.{name.lower()}") for name in ("Blue", "Red")]
    entry = site_entry(
        subentry("charger", "Garage", charger_data(), "garage"), subentry("charger", "Yard", yard, "yard"), *cars
    )
    await start_site(entry)
    house.state("device_tracker.blue", "home")
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=5, power_w=6_000)
    house.state("device_tracker.red", "home")
    house.state("sensor.yard", "charging")
    await house.charge(minutes=5, power_w=6_000)
    found = {one["charger"]: (one["vehicle"], one["vehicle_by"]) for one in await house.sessions()}
    assert found == {"Garage": ("Blue", "presence"), "Yard": ("Red", "presence")}


async def test_another_car_at_a_plug_that_nobody_sees_is_another_session(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    house.state("binary_sensor.blue", "on")
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    house.state("binary_sensor.blue", "off")
    await house.later(seconds=30)
    house.state("binary_sensor.red", "on")
    await house.charge(minutes=10, power_w=6_000)
    first, second = await house.sessions()
    assert (first["vehicle"], first["end_reason"]) == ("Blue", "vehicle_changed")
    assert (second["vehicle"], second["vehicle_by"]) == ("Red", "plug")
    assert first["end"] == second["start"]
    assert round(first["energy_kwh"] + second["energy_kwh"], 6) == 2.0


async def test_a_plug_that_comes_back_after_silence_has_not_turned_on(
    hass: HomeAssistant, house: House, garage: MockConfigEntry
) -> None:
    house.state("binary_sensor.blue", "on")
    await house.later(minutes=30)
    house.state("binary_sensor.blue", "unavailable")
    await house.later(seconds=20)
    house.state("binary_sensor.blue", "on")
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=2, power_w=6_000)
    assert whose(await house.only_session())[0] is None
