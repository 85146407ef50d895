"""A person adds a charger of each known integration, by one click after its device."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ev_sessions.site.config.site import chargers_of
from tests.flows.brands import Walk, electrical, site_entry, suggested
from tests.presets.adding import take_all
from tests.presets.devices import CHARGERS, make
from tests.presets.expected import EXPECTED


def test_something_is_expected_of_every_integration() -> None:
    assert set(EXPECTED) == set(CHARGERS)


@pytest.mark.parametrize("name", CHARGERS)
async def test_charger_of_a_known_integration_is_taken_as_it_is(hass: HomeAssistant, walk: Walk, name: str) -> None:
    device, expected = make(hass, name), EXPECTED[name]
    entry = site_entry(hass)
    walked = await take_all(walk, entry, device.device_id)
    # Device, take all, lines and currents; a charger that takes no commands asks for the car, too.
    assert walked.steps <= 4
    (charger,) = chargers_of(entry)
    subentry = entry.subentries[charger.id]
    assert subentry.data["preset"] == name
    assert subentry.data["least_interval_s"] == expected.least_interval_s
    assert subentry.data["fail_safe"] == expected.fail_safe
    assert charger.flash_limit is False
    evse = charger.evses[0]
    assert evse.status == tuple(device.reference(key) for key in expected.status)
    singles = {
        "plugged": expected.plugged,
        "power": expected.power,
        "energy": expected.energy,
        "session_energy": expected.session_energy,
        "soc": expected.soc,
    }
    found = {role: getattr(evse, role) for role in singles}
    assert found == {role: None if key is None else device.reference(key) for role, key in singles.items()}
    assert evse.currents == tuple(device.reference(key) for key in expected.currents)
    assert (evse.limit is None, evse.enable is None) == (
        expected.limit is None,
        expected.resume is None,
    )
    assert (evse.phases is None) == (expected.one_phase is None)
    if expected.range_a is not None:
        assert (charger.min_a, charger.max_a) == expected.range_a


@pytest.mark.parametrize("name", CHARGERS)
async def test_owner_is_told_what_it_is_and_what_to_know(hass: HomeAssistant, walk: Walk, name: str) -> None:
    device = make(hass, name)
    walked = await take_all(walk, site_entry(hass), device.device_id)
    told = walked.told
    assert int(told["count"]) >= 2
    assert "Status" in told["found"] or "Power" in told["found"]
    # Every note has a text: a key that nobody named would be an empty line.
    assert all(len(note) > 10 for note in told["notes"].splitlines())
    assert "{" not in told["notes"]


async def test_interval_fail_safe_missing_and_disabled_are_told(hass: HomeAssistant, walk: Walk) -> None:
    device = make(hass, "easee", without=("sensor.session_energy",), disabled=("sensor.current",))
    walked = await take_all(walk, site_entry(hass), device.device_id)
    notes = walked.told["notes"]
    assert "offline" not in walked.told["found"]
    assert "loses its cloud" in notes
    assert "Session energy" in notes
    assert device["sensor.current"] in notes
    device = make(hass, "zaptec")
    walked = await take_all(walk, site_entry(hass, "Cabin"), device.device_id)
    assert "900 s" in walked.told["notes"]


async def test_what_is_disabled_is_enabled_with_one_click_more(hass: HomeAssistant, walk: Walk) -> None:
    currents = tuple(f"sensor.current_phase_{line}" for line in (1, 2, 3))
    device = make(hass, "peblar", disabled=currents)
    entry = site_entry(hass)
    await walk.subentry(entry, "charger")
    shown = await walk.fill(device_id=device.device_id)
    assert shown["menu_options"] == ["take_all", "enable_and_take", "look_closer"]
    assert er.async_get(hass).async_get(device[currents[0]]).disabled  # type: ignore[union-attr]  # it is there
    shown = await walk.choose("enable_and_take")
    assert shown["step_id"] == "electrical"
    await walk.fill(**electrical(walk))
    assert chargers_of(entry)[0].evses[0].currents == tuple(device[key] for key in currents)
    assert not any(er.async_get(hass).async_get(device[key]).disabled for key in currents)  # type: ignore[union-attr]  # as above


async def test_charger_without_a_device_is_offered_once(hass: HomeAssistant, walk: Walk) -> None:
    make(hass, "keba")
    entry = site_entry(hass)
    await take_all(walk, entry, None)
    await walk.subentry(entry, "charger")
    shown = await walk.fill()
    assert (shown["step_id"], suggested(shown)) == ("entities", {"review_words": False})


async def test_each_outlet_of_a_twin_has_its_own_sessions(hass: HomeAssistant, walk: Walk) -> None:
    device = make(hass, "chargeamps")
    entry = site_entry(hass)
    walked = await take_all(walk, entry, device.device_id)
    assert "2 outlets" in walked.told["notes"]
    (charger,) = chargers_of(entry)
    assert [evse.evse for evse in charger.evses] == [1, 2]
    assert charger.evses[1].status == (device["sensor.2_status"],)
    assert charger.evses[1].status_words == charger.evses[0].status_words
    assert charger.evses[1].power == device["sensor.2_power"]


async def test_car_takes_the_commands_that_its_wall_connector_does_not_take(hass: HomeAssistant, walk: Walk) -> None:
    device, car = make(hass, "tesla_wall_connector"), make(hass, "teslemetry_car")
    entry = site_entry(hass)
    await walk.subentry(entry, "charger")
    await walk.fill(device_id=device.device_id)
    shown = await walk.choose("take_all")
    assert shown["step_id"] == "car"
    (field,) = shown["data_schema"].schema.values()
    offered = {one["integration"] for one in field.config["filter"]}
    assert offered == {"tessie", "teslemetry", "tesla_fleet"}
    assert (await walk.fill(device_id=device.device_id))["errors"] == {"device_id": "car_unknown"}
    shown = await walk.fill(device_id=car.device_id)
    assert shown["step_id"] == "electrical"
    assert suggested(shown)["controllable"] is True
    assert (await walk.fill(**electrical(walk)))["type"] == "create_entry"
    (charger,) = chargers_of(entry)
    evse = charger.evses[0]
    assert evse.limit is not None
    assert evse.enable is not None
    assert evse.limit.entity_ids == (car["number.charge_state_charge_current_request"],)
    assert evse.enable.entity_ids == (car["switch.charge_state_user_charge_enable_request"],)
    assert evse.status == (device["sensor.status"],)
    assert evse.soc == car["sensor.charge_state_battery_level"]


async def test_car_commands_one_charger_only(hass: HomeAssistant, walk: Walk) -> None:
    car = make(hass, "tessie_car")
    for count, (name, site) in enumerate([("tessie", "Home"), ("tesla_wall_connector", "Cabin")]):
        device, entry = make(hass, name), site_entry(hass, site)
        await walk.subentry(entry, "charger")
        await walk.fill(device_id=device.device_id)
        await walk.choose("take_all")
        shown = await walk.fill(device_id=car.device_id)
        assert (shown.get("errors") or {}) == ({"base": "entity_used"} if count else {})
        if not count:
            await walk.fill(**electrical(walk))


async def test_looking_closer_shows_what_was_found_and_keeps_what_no_field_can_show(
    hass: HomeAssistant, walk: Walk
) -> None:
    device = make(hass, "keba")
    entry = site_entry(hass)
    await walk.subentry(entry, "charger")
    await walk.fill()
    shown = await walk.choose("look_closer")
    answers = suggested(shown)
    attributes = {
        "status_attribute": "status",
        "currents_attributes": ["current_i1|A", "current_i2|A", "current_i3|A"],
    }
    assert answers == {
        "name": "KEBA KeContact P20, P30",
        "status": device["binary_sensor.charging_state"],
        "plugged": device["binary_sensor.plug_state"],
        "power": device["sensor.charging_power"],
        "energy": device["sensor.total_energy"],
        "session_energy": device["sensor.session_energy"],
        "currents": [device["sensor.charging_power"]],
        "review_words": False,
        **attributes,
    }
    roles = {key: value for key, value in answers.items() if key not in {"session_energy", *attributes}}
    await walk.fill(**roles, attributes=attributes)
    assert (await walk.fill(**electrical(walk)))["type"] == "create_entry"
    (charger,) = chargers_of(entry)
    evse = charger.evses[0]
    assert evse.session_energy is None
    assert evse.status == (device.reference("binary_sensor.charging_state|status"),)
    assert evse.currents == tuple(device.reference(f"sensor.charging_power|current_i{line}|A") for line in (1, 2, 3))
    # An action is no field of this form.
    assert evse.limit is not None
    assert "not ready for charging" in evse.status_words

    await walk.subentry(entry, "charger", charger.id)
    await walk.fill()
    shown = await walk.choose("look_closer")
    assert suggested(shown) == {**roles, **attributes}
    await walk.fill(**{**roles, "currents": []}, attributes={})
    await walk.fill(**electrical(walk))
    after = chargers_of(entry)[0].evses[0]
    assert (after.status, after.currents) == ((device["binary_sensor.charging_state"],), ())
    assert after.limit == evse.limit


async def test_several_status_entities_are_shown_as_a_status_and_further_ones(hass: HomeAssistant, walk: Walk) -> None:
    device = make(hass, "v2c")
    entry = site_entry(hass)
    await walk.subentry(entry, "charger")
    await walk.fill(device_id=device.device_id)
    answers = suggested(await walk.choose("look_closer"))
    more = [device["binary_sensor.charging"], device["switch.paused"]]
    assert (answers["status"], answers.pop("more_status")) == (device["binary_sensor.connected"], more)
    await walk.fill(**answers, attributes={"more_status": more})
    await walk.fill(**electrical(walk))
    (charger,) = chargers_of(entry)
    assert charger.evses[0].status == (answers["status"], *more)
    assert "*,on,*" in charger.evses[0].status_words


async def test_outlets_stay_when_their_integration_is_gone_for_a_while(hass: HomeAssistant, walk: Walk) -> None:
    device = make(hass, "chargeamps")
    entry = site_entry(hass)
    await take_all(walk, entry, device.device_id)
    before = chargers_of(entry)[0]
    for entity_id in before.entity_ids:
        er.async_get(hass).async_update_entity(entity_id, new_unique_id=f"other {entity_id}")
    await walk.subentry(entry, "charger", before.id)
    shown = await walk.fill(device_id=device.device_id)
    assert shown["step_id"] == "entities"
    answers = suggested(shown) | {"name": "Twin"}
    attribute = answers.pop("session_energy_attribute")
    await walk.fill(**answers, attributes={"session_energy_attribute": attribute})
    await walk.fill(**electrical(walk))
    after = chargers_of(entry)[0]
    assert (after.name, after.evses[1]) == ("Twin", before.evses[1])


async def test_charger_that_cannot_be_taken_as_it_is_shows_why(hass: HomeAssistant, walk: Walk) -> None:
    device = make(hass, "peblar")
    entry = site_entry(hass)
    await take_all(walk, entry, device.device_id)
    other = make(hass, "lektrico")
    await walk.subentry(entry, "charger")
    await walk.fill(device_id=other.device_id)
    shown = await walk.choose("take_all")
    assert shown["step_id"] == "entities"
    assert shown["errors"] == {"name": "name_used"}
    answers: dict[str, Any] = {**suggested(shown), "name": "Barn"}
    assert (await walk.fill(**answers))["step_id"] == "electrical"
