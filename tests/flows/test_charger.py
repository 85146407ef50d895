"""A person adds a charger through its entities, and changes it."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.core.balancing.circuits.circuit import Connection
from custom_components.ev_sessions.core.reading import Activity, State, SuspendedBy
from custom_components.ev_sessions.site.config.site import ChargerConfig, SiteConfig, chargers_of
from tests.flows.brands import Brand, Walk, electrical, meter, peblar, site_entry, subentry_id, suggested

GARAGE: dict[str, Any] = {
    "name": "Garage",
    "status": "sensor.garage_state",
    "power": "sensor.garage_power",
    "energy": "sensor.garage_lifetime_energy",
    "session_energy": "sensor.garage_session_energy",
    "limit": "number.garage_charge_limit",
    "enable": "switch.garage_charge",
    "currents": [f"sensor.garage_current_phase_{line}" for line in (1, 2, 3)],
    "review_words": False,
}


def the_charger(entry: Any) -> ChargerConfig:
    (charger,) = chargers_of(entry)
    return charger


async def to_entities(walk: Walk, entry: Any, brand: Brand | None = None) -> Any:
    await walk.subentry(entry, "charger")
    return await (walk.fill() if brand is None else walk.device(brand.device.id))


async def test_charger_with_everything_needs_no_correction(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    shown = await to_entities(walk, entry, brand)
    assert suggested(shown) == GARAGE
    shown = await walk.fill(**GARAGE)
    assert shown["step_id"] == "electrical"
    assert suggested(shown) == {
        "controllable": True,
        "stays_at_limit_without_us": True,
        "wired_to": "three_lines_l1_l2_l3",
        "min_a": 6,
        "max_a": 20,
        "priority": 5,
        "step_a": 1,
        "other_controller": "none",
    }
    made = await walk.fill(
        controllable=True,
        stays_at_limit_without_us=True,
        wired_to="three_lines_l2_l3_l1",
        min_a=6,
        max_a=16,
        priority=8,
        advanced={"fallback_a": 0, "other_controller": "lower"},
    )
    assert made["type"] == "create_entry"

    charger = the_charger(entry)
    assert (charger.name, charger.transport, charger.source_device_id) == ("Garage", "entities", brand.device.id)
    assert charger.unique_id == "peblar:serial of Garage"
    assert charger.controllable
    assert charger.stays_at_limit_without_us
    assert (charger.connection, charger.lines) == (Connection.THREE_LINES, (1, 2, 0))
    assert (charger.min_a, charger.max_a, charger.step_a, charger.priority) == (6.0, 16.0, 1.0, 8)
    assert charger.fallback_of(SiteConfig.from_entry(entry)) == 0.0
    assert charger.other_controller == "lower"
    (evse,) = charger.evses
    assert (evse.evse, evse.status, evse.plugged, evse.power) == (1, (GARAGE["status"],), None, GARAGE["power"])
    assert (evse.energy, evse.session_energy) == (GARAGE["energy"], GARAGE["session_energy"])
    assert evse.limit is not None
    assert evse.enable is not None
    assert (evse.limit.shown_by, evse.enable.shown_by, evse.currents) == (
        GARAGE["limit"],
        GARAGE["enable"],
        tuple(GARAGE["currents"]),
    )
    assert not evse.power_only
    assert set(evse.status_words) == {
        "charging",
        "error",
        "fault",
        "invalid",
        "no_ev_connected",
        "suspended",
        "unknown",
    }
    assert evse.status_words["charging"].state is State.C
    assert evse.status_words["error"].state is State.E
    assert evse.status_words["suspended"].suspended_by is SuspendedBy.UNKNOWN


async def test_fallback_of_a_charger_is_the_site_s_or_a_pause_where_it_cannot_take_that(
    hass: HomeAssistant, walk: Walk
) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    await walk.fill(**GARAGE)
    await walk.fill(**{**electrical(walk), "min_a": 8})
    charger = the_charger(entry)
    assert charger.fallback_a is None
    assert charger.fallback_of(SiteConfig.from_entry(site_entry(hass, "A", fallback_a=10.0))) == 10.0
    assert charger.fallback_of(SiteConfig.from_entry(site_entry(hass, "B", fallback_a=6.0))) == 0.0
    assert charger.fallback_of(SiteConfig.from_entry(site_entry(hass, "C", fallback_a=24.0))) == 20.0


async def test_plug_with_power_only_asks_where_a_session_starts_and_ends(hass: HomeAssistant, walk: Walk) -> None:
    brand = Brand(hass, "shelly", "Carport plug")
    brand.add("sensor.carport_plug_power", "0", device_class="power", unit_of_measurement="W")
    entry = site_entry(hass)
    shown = await to_entities(walk, entry, brand)
    assert suggested(shown) == {"name": "Carport plug", "power": "sensor.carport_plug_power", "review_words": False}
    shown = await walk.fill(**suggested(shown))
    filled = suggested(shown)
    assert (filled["start_above_w"], filled["quiet_s"]) == (50.0, 300)
    assert "controllable" not in filled
    await walk.fill(**{**electrical(walk), "wired_to": "line_neutral_l2", "start_above_w": 30, "quiet_s": 600})
    charger = the_charger(entry)
    assert not charger.controllable
    assert (charger.connection, charger.lines) == (Connection.LINE_NEUTRAL, (1,))
    (evse,) = charger.evses
    assert evse.power_only
    assert (evse.start_above_w, evse.quiet_s, evse.status_words) == (30.0, 600, {})


async def test_energy_alone_is_enough_to_see_sessions(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("sensor.counter", "12.5", {"unit_of_measurement": "kWh"})
    entry = site_entry(hass)
    shown = await to_entities(walk, entry)
    assert suggested(shown) == {"review_words": False}
    await walk.fill(name="Counter", energy="sensor.counter", review_words=False)
    await walk.fill(**electrical(walk))
    charger = the_charger(entry)
    assert (charger.unique_id, charger.source_device_id) == ("sensor.counter", None)
    assert charger.entity_ids == ("sensor.counter",)


async def test_entity_without_device_gives_the_charger_its_registry_id(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await to_entities(walk, entry)
    await walk.fill(name="Garage", energy=GARAGE["energy"], power=GARAGE["power"], review_words=False)
    await walk.fill(**electrical(walk))
    first = er.async_get(hass).async_get(GARAGE["power"])
    assert first is not None
    assert the_charger(entry).unique_id == first.id
    assert brand.device.id != first.id


async def test_device_without_identifiers_is_told_by_its_first_entity(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=brand.entry.entry_id, connections={(dr.CONNECTION_NETWORK_MAC, "02:00:00:00:00:01")}
    )
    entry = site_entry(hass)
    await walk.subentry(entry, "charger")
    shown = await walk.device(device.id)
    assert suggested(shown) == {"name": "Garage", "review_words": False}
    await walk.fill(name="Garage", power=GARAGE["power"], review_words=False)
    await walk.fill(**electrical(walk))
    first = er.async_get(hass).async_get(GARAGE["power"])
    assert first is not None
    assert the_charger(entry).unique_id == first.id


async def test_binary_sensor_as_status_has_no_words_to_ask_for(hass: HomeAssistant, walk: Walk) -> None:
    brand = Brand(hass, "keba", "Wall")
    brand.add("binary_sensor.wall_charging", "on", unique_id="charging_state", device_class="power")
    brand.add("binary_sensor.wall_plug", "on", unique_id="plug_state", device_class="plug")
    entry = site_entry(hass)
    shown = await to_entities(walk, entry, brand)
    assert suggested(shown)["status"] == "binary_sensor.wall_charging"
    assert suggested(shown)["plugged"] == "binary_sensor.wall_plug"
    shown = await walk.fill(**{**suggested(shown), "review_words": True})
    assert shown["step_id"] == "electrical"
    await walk.fill(**electrical(walk))
    (evse,) = the_charger(entry).evses
    assert evse.status_words == {}
    assert not evse.power_only


# Control


async def test_charger_that_nothing_pauses_says_so(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    await walk.fill(**{key: value for key, value in GARAGE.items() if key != "enable"})
    shown = await walk.fill(**electrical(walk))
    assert shown["step_id"] == "cannot_pause"
    assert shown["description_placeholders"] == {"name": "Garage", "min_a": "6"}
    assert chargers_of(entry) == ()
    assert (await walk.fill())["type"] == "create_entry"
    assert the_charger(entry).evses[0].enable is None


async def test_charger_that_is_only_watched_need_not_pause(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    await walk.fill(**{key: value for key, value in GARAGE.items() if key != "enable"})
    made = await walk.fill(**{**electrical(walk), "controllable": False})
    assert made["type"] == "create_entry"
    assert not the_charger(entry).controllable


async def test_limit_that_goes_down_to_zero_pauses(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    brand.add("number.garage_dynamic", "16", unit_of_measurement="mA", min=0, max=32000, step=500)
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    roles = {key: value for key, value in GARAGE.items() if key != "enable"}
    shown = await walk.fill(**{**roles, "limit": "number.garage_dynamic"})
    filled = suggested(shown)
    assert (filled["min_a"], filled["max_a"], filled["step_a"]) == (6.0, 32.0, 0.5)
    assert (await walk.fill(**electrical(walk)))["type"] == "create_entry"


async def test_limit_number_without_unit_is_in_amperes_and_known_before_its_integration_starts(
    hass: HomeAssistant, walk: Walk
) -> None:
    brand = peblar(hass)
    brand.add("number.garage_bare", min=7, max=13, step=0.5)
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    shown = await walk.fill(**{**GARAGE, "limit": "number.garage_bare"})
    filled = suggested(shown)
    assert (filled["min_a"], filled["max_a"], filled["step_a"]) == (7, 13, 0.5)


async def test_limit_helper_that_tells_no_range_leaves_the_usual_one(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    hass.states.async_set("input_number.limit", "16", {"unit_of_measurement": "A"})
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    shown = await walk.fill(**{**GARAGE, "limit": "input_number.limit"})
    filled = suggested(shown)
    assert (filled["min_a"], filled["max_a"], filled["step_a"]) == (6.0, 16.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"min_a": 5}, "min_a", "min_below_standard"),
        ({"min_a": 17, "max_a": 16}, "min_a", "min_above_max"),
        ({"min_a": 7}, "min_a", "min_below_entity"),
        ({"max_a": 21}, "max_a", "max_above_entity"),
        ({"min_a": 12, "max_a": 20}, "min_a", "fuse_below_charger"),
        ({"advanced": {"fallback_a": 4}}, "base", "fallback_between"),
        ({"advanced": {"fallback_a": 20}}, "base", "fallback_between"),
    ],
)
async def test_currents_that_cannot_be_are_refused_and_kept(
    hass: HomeAssistant, walk: Walk, changes: dict[str, Any], field: str, error: str
) -> None:
    brand = peblar(hass)
    brand.add("number.garage_narrow", "10", unit_of_measurement="A", min=8, max=20, step=1)
    entry = site_entry(hass, limit_a=[10.0, 10.0, 10.0])
    await to_entities(walk, entry, brand)
    await walk.fill(**{**GARAGE, "limit": "number.garage_narrow"})
    answers = {**electrical(walk), "min_a": 8, "max_a": 10}
    shown = await walk.fill(**{**answers, **changes})
    assert shown["errors"] == {field: error}
    given = {**answers, **changes}
    given |= given.pop("advanced")
    assert given.items() <= suggested(shown).items()
    assert (await walk.fill(**answers))["type"] == "create_entry"


async def test_three_loads_between_lines_need_more_fuse_than_their_current(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass, wiring="three_phase_three_wire", limit_a=[16.0, 16.0, 16.0])
    await to_entities(walk, entry, brand)
    await walk.fill(**GARAGE)
    answers = {**electrical(walk), "wired_to": "three_lines_delta_l1_l2_l3"}
    shown = await walk.fill(**{**answers, "min_a": 10})
    assert shown["errors"] == {"min_a": "fuse_below_charger"}
    await walk.fill(**{**answers, "min_a": 9})
    assert the_charger(entry).line_use.factor == pytest.approx(3**0.5)


async def test_charger_can_be_added_while_the_grid_connection_is_missing(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    hass.config_entries.async_remove_subentry(entry, subentry_id(entry, "circuit"))
    await to_entities(walk, entry, brand)
    await walk.fill(**GARAGE)
    assert (await walk.fill(**electrical(walk)))["type"] == "create_entry"


# What cannot be


async def test_device_that_is_not_there_or_ours_is_refused(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    ours = dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, "x")})
    await walk.subentry(entry, "charger")
    shown = await walk.fill(device_id="gone")
    assert shown["errors"] == {"device_id": "device_unknown"}
    assert suggested(shown) == {"device_id": "gone"}
    assert (await walk.fill(device_id=ours.id))["errors"] == {"device_id": "device_ours"}


async def test_device_is_no_second_charger_not_even_of_another_site(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    await walk.fill(**GARAGE)
    await walk.fill(**electrical(walk))
    cabin = site_entry(hass, "Cabin")
    await walk.subentry(cabin, "charger")
    assert (await walk.fill(device_id=brand.device.id))["errors"] == {"device_id": "device_used"}
    await walk.fill()
    shown = await walk.fill(name="Garage", power=GARAGE["power"], review_words=False)
    assert shown["errors"] == {"base": "entity_used"}
    peblar(hass, "Cabin")
    shown = await walk.fill(name="Garage", power="sensor.cabin_power", review_words=False)
    assert shown["step_id"] == "electrical"  # each site has its own names
    await to_entities(walk, entry)
    shown = await walk.fill(name="garage ", power="sensor.cabin_power", review_words=False)
    assert shown["errors"] == {"name": "name_used"}


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"status": "sensor.gone"}, "status", "entity_unknown"),
        ({"plugged": "binary_sensor.asleep"}, "plugged", "entity_disabled"),
        ({"power": "sensor.garage_lifetime_energy"}, "power", "not_a_power"),
        ({"energy": "sensor.garage_power"}, "energy", "not_an_energy"),
        ({"session_energy": "sensor.garage_state"}, "session_energy", "not_an_energy"),
        ({"soc": "sensor.garage_power"}, "soc", "not_a_percentage"),
        ({"currents": ["sensor.garage_power"]}, "currents", "not_a_current"),
        ({"currents": [f"sensor.meter_current_l{line}" for line in (1, 2, 3)] * 2}, "currents", "too_many_currents"),
        ({"limit": "number.percent"}, "limit", "limit_not_in_amperes"),
        ({"limit": "number.gone"}, "limit", "entity_unknown"),
        ({"enable": "switch.gone"}, "enable", "entity_unknown"),
        ({"session_energy": "sensor.garage_lifetime_energy"}, "base", "same_entity_twice"),
        (
            {"status": None, "power": None, "energy": None, "session_energy": None},
            "base",
            "no_session_source",
        ),
    ],
)
async def test_entities_that_cannot_be_are_refused_and_kept(
    hass: HomeAssistant, walk: Walk, changes: dict[str, Any], field: str, error: str
) -> None:
    meter(hass)
    brand = peblar(hass)
    brand.add("binary_sensor.asleep", disabled_by=er.RegistryEntryDisabler.INTEGRATION)
    brand.add("number.percent", "50", unit_of_measurement="%")
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    answers = {key: value for key, value in {**GARAGE, **changes}.items() if value is not None}
    shown = await walk.fill(**answers)
    assert shown["errors"] == {field: error}
    assert suggested(shown) == answers
    assert (await walk.fill(**GARAGE))["step_id"] == "electrical"


async def test_one_line_has_no_room_for_three_currents(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass, wiring="single_phase", limit_a=[32.0])
    await to_entities(walk, entry, brand)
    assert (await walk.fill(**GARAGE))["errors"] == {"currents": "too_many_currents"}


# Changing a charger


async def added(walk: Walk, entry: Any, brand: Brand, **changes: Any) -> None:
    await to_entities(walk, entry, brand)
    await walk.fill(**GARAGE)
    made = await walk.fill(**{**electrical(walk), **changes})
    assert made["type"] == "create_entry"


async def test_everything_of_a_charger_can_be_changed_and_is_filled_in(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await added(walk, entry, brand, wired_to="line_neutral_l3", priority=2, max_a=16, advanced={"fallback_a": 8})
    before = the_charger(entry)
    shown = await walk.subentry(entry, "charger", before.id)
    assert suggested(shown) == {"device_id": brand.device.id}
    shown = await walk.device(brand.device.id)
    assert suggested(shown) == GARAGE
    shown = await walk.fill(**{**GARAGE, "name": "Wall"})
    assert suggested(shown) == {
        "controllable": True,
        "stays_at_limit_without_us": True,
        "wired_to": "line_neutral_l3",
        "min_a": 6.0,
        "max_a": 16.0,
        "priority": 2,
        "step_a": 1.0,
        "fallback_a": 8.0,
        "other_controller": "none",
    }
    cleared = {**electrical(walk), "priority": 9, "stays_at_limit_without_us": False, "advanced": {}}
    done = await walk.fill(**cleared)
    assert (done["type"], done["reason"]) == ("abort", "reconfigure_successful")
    after = the_charger(entry)
    assert (after.id, after.unique_id) == (before.id, before.unique_id)
    assert (after.name, after.priority, after.fallback_a) == ("Wall", 9, None)
    assert not after.stays_at_limit_without_us
    assert after.evses == before.evses


async def test_new_hardware_takes_the_place_of_the_old(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await added(walk, entry, brand)
    before = the_charger(entry)
    newer = peblar(hass, "Newer")
    await walk.subentry(entry, "charger", before.id)
    shown = await walk.device(newer.device.id)
    filled = suggested(shown)
    assert filled["name"] == "Garage"
    assert filled["power"] == "sensor.newer_power"
    await walk.fill(**filled)
    done = await walk.fill(**electrical(walk))
    assert done["reason"] == "reconfigure_successful"
    after = the_charger(entry)
    assert after.id == before.id
    assert (after.source_device_id, after.unique_id) == (newer.device.id, "peblar:serial of Newer")
    assert after.evses[0].power == "sensor.newer_power"


async def test_a_charger_from_before_there_were_batteries_gets_one(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await added(walk, entry, brand)
    before = the_charger(entry)
    subentry = entry.subentries[before.id]
    (evse,) = subentry.data["evses"]
    older = {**subentry.data, "evses": [{key: value for key, value in evse.items() if key != "soc"}]}
    hass.config_entries.async_update_subentry(entry, subentry, data=older)
    hass.states.async_set("sensor.car_battery", "60", {"unit_of_measurement": "%"})
    await walk.subentry(entry, "charger", before.id)
    shown = await walk.device(brand.device.id)
    await walk.fill(**suggested(shown), soc="sensor.car_battery")
    assert (await walk.fill(**electrical(walk)))["reason"] == "reconfigure_successful"
    after = the_charger(entry).evses[0]
    assert (after.soc, after.power) == ("sensor.car_battery", before.evses[0].power)


# Status words


def talker(hass: HomeAssistant, *, options: list[str] | None = None, state: str = "Connected") -> Brand:
    brand = Brand(hass, "template", "Talker")
    shown: dict[str, Any] = {} if options is None else {"device_class": "enum", "options": options}
    brand.add("sensor.talker_status", state, translation_key="status", **shown)
    return brand


async def test_words_that_nobody_knows_are_asked_for(hass: HomeAssistant, walk: Walk) -> None:
    brand = talker(hass, options=["charging", "wobbling", "Very odd."], state="charging")
    entry = site_entry(hass)
    shown = await to_entities(walk, entry, brand)
    assert suggested(shown)["status"] == "sensor.talker_status"
    shown = await walk.fill(**suggested(shown))
    assert shown["step_id"] == "status_words"
    assert [str(key) for key in shown["data_schema"].schema] == ["wobbling", "Very odd."]
    assert shown["description_placeholders"] == {"entity_id": "sensor.talker_status"}
    await walk.fill(**{"wobbling": "suspended_evse", "Very odd.": "nothing"})
    await walk.fill(**electrical(walk))
    words = the_charger(entry).evses[0].status_words
    assert words["charging"].activity is Activity.CHARGING
    assert (words["wobbling"].state, words["wobbling"].activity) == (State.B, Activity.SUSPENDED_EVSE)
    assert (words["Very odd."].state, words["Very odd."].activity) == (None, None)


async def test_words_that_were_told_are_not_asked_for_again_but_may_be_reviewed(
    hass: HomeAssistant, walk: Walk
) -> None:
    brand = talker(hass, options=["charging", "scheduled", "wobbling"], state="charging")
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    await walk.fill(**suggested(walk.result))
    await walk.fill(wobbling="finishing")
    await walk.fill(**electrical(walk))

    await walk.subentry(entry, "charger", the_charger(entry).id)
    await walk.device(brand.device.id)
    shown = await walk.fill(**suggested(walk.result))
    assert shown["step_id"] == "electrical"

    await walk.subentry(entry, "charger", the_charger(entry).id)
    await walk.device(brand.device.id)
    shown = await walk.fill(**{**suggested(walk.result), "review_words": True})
    assert suggested(shown) == {"charging": "charging", "scheduled": "suspended_evse", "wobbling": "finishing"}
    await walk.fill(charging="charging", scheduled="suspended_evse", wobbling="preparing")
    await walk.fill(**electrical(walk))
    words = the_charger(entry).evses[0].status_words
    assert words["wobbling"].activity is Activity.PREPARING
    # What the choices cannot express stays: the charger's own timer holds back.
    assert words["scheduled"].suspended_by is SuspendedBy.CHARGER


async def test_status_without_a_list_is_asked_for_by_what_it_shows_now(hass: HomeAssistant, walk: Walk) -> None:
    brand = talker(hass, state="Hibernating")
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    shown = await walk.fill(name="Talker", status="sensor.talker_status", review_words=False)
    assert [str(key) for key in shown["data_schema"].schema] == ["Hibernating"]


async def test_words_of_an_attribute_and_of_several_entities_are_asked_for(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("sensor.box", "7", {"mode": "Napping"})
    hass.states.async_set("binary_sensor.car", "on")
    hass.states.async_set("sensor.mode", "eco", {"options": ["eco", "fast"]})
    entry = site_entry(hass)
    await to_entities(walk, entry)
    shown = await walk.fill(
        name="Box", status="sensor.box", review_words=False, attributes={"status_attribute": "mode"}
    )
    assert [str(key) for key in shown["data_schema"].schema] == ["Napping"]
    assert shown["description_placeholders"] == {"entity_id": "sensor.box|mode"}

    await to_entities(walk, entry)
    shown = await walk.fill(
        name="Box", status="binary_sensor.car", review_words=False, attributes={"more_status": ["sensor.mode"]}
    )
    words = ["off,eco", "off,fast", "on,eco", "on,fast"]
    assert [str(key) for key in shown["data_schema"].schema] == words
    meanings = dict.fromkeys(words, "available") | {"on,fast": "charging", "on,eco": "suspended_evse"}
    await walk.fill(**meanings)
    await walk.fill(**electrical(walk))
    (evse,) = the_charger(entry).evses
    assert evse.status == ("binary_sensor.car", "sensor.mode")
    assert {word: meaning.activity for word, meaning in evse.status_words.items()} == {
        word: Activity(meaning) for word, meaning in meanings.items()
    }


async def test_figures_of_attributes_are_taken_with_their_units(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("sensor.box", "on", {"p": 7, "total": 1, "i1": 1, "i2": 2})
    hass.states.async_set("sensor.other", "on", {"i2": 2})
    entry = site_entry(hass)
    await to_entities(walk, entry)
    attributes = {"power_attribute": "p|kW", "energy_attribute": "total", "currents_attributes": ["i1", "i2|mA"]}
    roles = {"power": "sensor.box", "energy": "sensor.box", "currents": ["sensor.box", "sensor.other"]}
    await walk.fill(name="Box", review_words=False, **roles, attributes=attributes)
    await walk.fill(**electrical(walk))
    (evse,) = the_charger(entry).evses
    assert (evse.power, evse.energy) == ("sensor.box|p|kW", "sensor.box|total")
    assert evse.currents == ("sensor.box|i1", "sensor.other|i2|mA")


async def test_status_that_says_nothing_yet_has_nothing_to_ask_for(hass: HomeAssistant, walk: Walk) -> None:
    brand = talker(hass, state="unavailable")
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    shown = await walk.fill(name="Talker", status="sensor.talker_status", review_words=True)
    assert shown["step_id"] == "electrical"


async def test_status_without_a_list_is_asked_for_by_what_the_recorder_saw(
    recorder_mock: Any, hass: HomeAssistant, walk: Walk
) -> None:
    brand = talker(hass, state="Hibernating")
    for word in ("Charging", "unavailable", "Wobbling", "Charging", "Hibernating"):
        hass.states.async_set("sensor.talker_status", word)
    await hass.async_block_till_done(wait_background_tasks=True)
    await recorder_mock.async_block_till_done()
    entry = site_entry(hass)
    await to_entities(walk, entry, brand)
    shown = await walk.fill(name="Talker", status="sensor.talker_status", review_words=False)
    assert {str(key) for key in shown["data_schema"].schema} == {"Hibernating", "Wobbling"}
