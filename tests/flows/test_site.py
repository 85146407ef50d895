"""A person adds a site, and changes it."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.core.balancing.circuits.circuit import Wiring
from custom_components.ev_sessions.core.balancing.meter.grid import MeterForm
from custom_components.ev_sessions.site.balancing.load_service import limits_of
from custom_components.ev_sessions.site.config.site import SiteConfig, first_tariff, root_circuit
from tests.flows.brands import Walk, electrical, meter, peblar, site_entry, subentry_id, suggested

SITE = {"name": "Home", "wiring": "three_phase_four_wire", "fuse_a": 25, "advanced": {}}
CURRENTS = {f"import_l{line}": f"sensor.meter_current_l{line}" for line in (1, 2, 3)}
POWERS = {f"import_l{line}": f"sensor.meter_power_l{line}" for line in (1, 2, 3)}
RETURNS = {f"export_l{line}": f"sensor.meter_return_l{line}" for line in (1, 2, 3)}


async def to_meter_form(walk: Walk, form: str, **site: Any) -> Any:
    await walk.site()
    await walk.fill(**{**SITE, **site})
    return await walk.fill(form=form)


async def with_fixed_price(walk: Walk) -> Any:
    await walk.choose("tariff_fixed")
    await walk.fill(name="Flat", price=0.305)
    return await without_ocpp(walk)


async def without_ocpp(walk: Walk) -> Any:
    return await walk.fill(listen=False, advanced={})


async def test_house_with_currents_per_line_is_made_and_leads_to_its_first_charger(
    hass: HomeAssistant, walk: Walk
) -> None:
    meter(hass)
    shown = await walk.site()
    assert suggested(shown) == {
        "name": "Our house",
        "wiring": "three_phase_four_wire",
        "margin_a": 0.0,
        "fallback_a": 6.0,
        "turn_min": 15.0,
    }
    shown = await walk.fill(**SITE)
    assert shown["step_id"] == "meter"
    shown = await walk.fill(form="line_currents")
    assert suggested(shown) == {"signed": True, "invert": False}
    shown = await walk.fill(**CURRENTS, signed=False, total_power="sensor.meter_power", advanced={"invert": True})
    assert shown["menu_options"] == ["tariff_entity", "tariff_fixed", "tariff_plan", "tariff_ocpi"]
    made = await with_fixed_price(walk)

    assert made["type"] == "create_entry"
    entry = made["result"]
    assert entry.title == "Home"
    assert dict(entry.data) == {
        "wiring": "three_phase_four_wire",
        "voltage_v": 230.0,
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "meter": {
            "form": "line_currents",
            "signed": False,
            "import": list(CURRENTS.values()),
            "export": None,
            "total_power": "sensor.meter_power",
            "invert": True,
            "heartbeat": None,
            "voltages": [],
        },
        "margin_a": 0.0,
        "meter_timeout_s": None,
        "fallback_a": 6.0,
        "house_worst_a": None,
        "turn_min": 15.0,
        "carbon_entity": None,
        "solar_g_per_kwh": None,
        "ocpp": None,
    }
    root = root_circuit(entry)
    assert root is not None
    assert (root.name, root.limit_a, root.parent_id) == ("Grid connection", (25.0, 25.0, 25.0), None)
    tariff = first_tariff(entry)
    assert tariff is not None
    assert (tariff.name, str(tariff.price)) == ("Flat", "0.305")
    kind, flow_id = made["next_flow"]
    assert kind == "config_subentries_flow"
    charger = await walk.resume(flow_id)
    assert charger["handler"] == (entry.entry_id, "charger")
    assert charger["step_id"] == "user"


@pytest.mark.parametrize(
    ("wiring", "lines", "voltage_v"),
    [
        ("single_phase", 1, 230.0),
        ("split_phase", 2, 120.0),
        ("three_phase_four_wire", 3, 230.0),
        ("three_phase_three_wire", 3, 230.0),
    ],
)
async def test_each_wiring_asks_for_as_many_currents_as_it_has_lines(
    hass: HomeAssistant, walk: Walk, wiring: str, lines: int, voltage_v: float
) -> None:
    meter(hass)
    await to_meter_form(walk, "line_currents", wiring=wiring, fuse_a=63)
    asked = dict(list(CURRENTS.items())[:lines])
    schema = walk.result["data_schema"].schema
    assert [str(key) for key in schema if str(key).startswith("import")] == list(asked)
    await walk.fill(**asked, advanced={})
    entry = (await with_fixed_price(walk))["result"]
    site = SiteConfig.from_entry(entry)
    assert (site.wiring, site.voltage_v) == (Wiring(wiring), voltage_v)
    assert site.meter is not None
    assert site.meter.imports == tuple(asked.values())
    root = root_circuit(entry)
    assert root is not None
    assert root.limit_a == (63.0,) * lines


async def test_import_and_export_may_be_two_sensors_per_line(hass: HomeAssistant, walk: Walk) -> None:
    meter(hass)
    await to_meter_form(walk, "line_powers")
    await walk.fill(**POWERS, **RETURNS, advanced={})
    entry = (await with_fixed_price(walk))["result"]
    found = SiteConfig.from_entry(entry).meter
    assert found is not None
    assert (found.form, found.imports, found.exports) == (
        MeterForm.LINE_POWERS,
        tuple(POWERS.values()),
        tuple(RETURNS.values()),
    )
    assert found.signed
    assert found.entity_ids == (*POWERS.values(), *RETURNS.values())


async def test_total_power_in_another_unit_is_one_value_each_way(hass: HomeAssistant, walk: Walk) -> None:
    meter(hass)
    await to_meter_form(walk, "total_power")
    await walk.fill(import_total="sensor.meter_power", export_total="sensor.meter_return", advanced={})
    entry = (await with_fixed_price(walk))["result"]
    found = SiteConfig.from_entry(entry).meter
    assert found is not None
    assert (found.imports, found.exports) == (("sensor.meter_power",), ("sensor.meter_return",))


ADVANCED = {"margin_a": 2, "meter_timeout_s": 45, "fallback_a": 0, "turn_min": 30}


async def test_site_without_a_meter_has_sessions_only(hass: HomeAssistant, walk: Walk) -> None:
    await walk.site()
    await walk.fill(**{**SITE, "voltage_v": 240, "advanced": ADVANCED})
    await walk.fill(form="none")
    entry = (await with_fixed_price(walk))["result"]
    site = SiteConfig.from_entry(entry)
    assert site.meter is None
    assert (site.voltage_v, site.margin_a, site.meter_timeout_s, site.fallback_a) == (240.0, 2.0, 45.0, 0.0)
    assert site.turn_s == limits_of(site, None, None, crowded=False).turn_s == 1800.0


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"fuse_a": 5}, "fuse_a", "fuse_below_minimum"),
        ({"fuse_a": 6.5, "advanced": {"margin_a": 1}}, "base", "margin_leaves_nothing"),
        ({"advanced": {"meter_timeout_s": 5}}, "base", "timeout_too_small"),
        ({"advanced": {"fallback_a": 3}}, "base", "fallback_between"),
        ({"advanced": {"fallback_a": 24.5, "margin_a": 1}}, "base", "fallback_between"),
        ({"name": "cabin "}, "name", "name_used"),
    ],
)
async def test_numbers_of_a_site_that_cannot_be_are_refused_and_kept(
    hass: HomeAssistant, walk: Walk, changes: dict[str, Any], field: str, error: str
) -> None:
    site_entry(hass, "Cabin")
    await walk.site()
    shown = await walk.fill(**{**SITE, **changes})
    assert shown["errors"] == {field: error}
    given = {**SITE, **changes}
    given |= given.pop("advanced")
    assert given.items() <= suggested(shown).items()
    assert (await walk.fill(**SITE))["step_id"] == "meter"


@pytest.mark.parametrize(
    ("form", "answers", "field", "error"),
    [
        ("line_currents", {**CURRENTS, "import_l2": "sensor.gone"}, "import_l2", "entity_unknown"),
        ("line_currents", {**CURRENTS, "import_l2": "sensor.asleep"}, "import_l2", "entity_disabled"),
        ("line_currents", {**CURRENTS, "import_l2": "sensor.ours"}, "import_l2", "entity_ours"),
        ("line_currents", POWERS, "import_l1", "not_a_current"),
        ("line_currents", {**CURRENTS, "import_l3": CURRENTS["import_l1"]}, "base", "same_entity_twice"),
        ("line_currents", {**CURRENTS, "total_power": CURRENTS["import_l1"]}, "total_power", "not_a_power"),
        ("line_powers", CURRENTS, "import_l1", "not_a_power"),
        ("line_powers", {**POWERS, "export_l2": RETURNS["export_l2"]}, "base", "export_incomplete"),
        ("line_powers", {**POWERS, **RETURNS, "export_l1": POWERS["import_l1"]}, "base", "same_entity_twice"),
        ("total_power", {"import_total": "sensor.meter_current_l1"}, "import_total", "not_a_power"),
        ("total_power", {"import_total": "sensor.cabin_power"}, "base", "meter_used"),
        ("line_currents", {**CURRENTS, "heartbeat": "sensor.gone"}, "base", "entity_unknown"),
    ],
)
async def test_meter_entities_that_cannot_be_are_refused_and_kept(
    hass: HomeAssistant, walk: Walk, form: str, answers: dict[str, str], field: str, error: str
) -> None:
    brand = meter(hass)
    meter(hass, "Cabin")
    brand.add("sensor.asleep", unit_of_measurement="A", disabled_by=er.RegistryEntryDisabler.USER)
    er.async_get(hass).async_get_or_create(
        "sensor", DOMAIN, "ours", suggested_object_id="ours", unit_of_measurement="A"
    )
    cabin = {
        "form": "total_power",
        "signed": True,
        "import": ["sensor.cabin_power"],
        "export": None,
        "total_power": None,
        "invert": False,
    }
    site_entry(hass, "Cabin", meter=cabin)
    await to_meter_form(walk, form)
    advanced = {"invert": True} | {key: answers[key] for key in answers if key == "heartbeat"}
    shown = await walk.fill(**{key: answers[key] for key in answers if key not in advanced}, advanced=advanced)
    assert shown["errors"] == {field: error}
    assert {**answers, "invert": True}.items() <= suggested(shown).items()
    assert shown["step_id"] == form


async def test_meter_whose_integration_has_not_started_yet_is_known_by_its_registry_entry(
    hass: HomeAssistant, walk: Walk
) -> None:
    meter(hass)
    for entity_id in CURRENTS.values():
        hass.states.async_remove(entity_id)
    await to_meter_form(walk, "line_currents")
    assert (await walk.fill(**CURRENTS, advanced={}))["step_id"] == "tariff"


def energy_preferences(**price: Any) -> dict[str, Any]:
    grid = {
        "type": "grid",
        "stat_energy_from": "sensor.import",
        "stat_energy_to": None,
        "stat_cost": None,
        "entity_energy_price": None,
        "number_energy_price": None,
        "stat_compensation": None,
        "entity_energy_price_export": None,
        "number_energy_price_export": None,
        "cost_adjustment_day": 0.0,
    }
    solar = {"type": "solar", "stat_energy_from": "sensor.roof", "config_entry_solar_forecast": None}
    return {"energy_sources": [solar, grid, {**grid, **price}], "device_consumption": []}


@pytest.mark.usefixtures("recorder_mock")
async def test_price_of_the_energy_dashboard_is_suggested(
    hass: HomeAssistant, hass_storage: dict[str, Any], walk: Walk
) -> None:
    hass_storage["energy"] = {
        "version": 1,
        "minor_version": 3,
        "key": "energy",
        "data": energy_preferences(entity_energy_price="sensor.spot"),
    }
    assert await async_setup_component(hass, "energy", {})
    hass.states.async_set("sensor.spot", "21.3", {"unit_of_measurement": "ct/kWh"})
    await walk.site()
    await walk.fill(**SITE)
    shown = await walk.fill(form="none")
    assert shown["menu_options"] == ["tariff_entity", "tariff_fixed", "tariff_plan", "tariff_ocpi"]
    shown = await walk.choose("tariff_entity")
    assert suggested(shown)["entity_id"] == "sensor.spot"
    await walk.fill(name="Spot", entity_id="sensor.spot", advanced={})
    made = await without_ocpp(walk)
    tariff = first_tariff(made["result"])
    assert tariff is not None
    assert (tariff.entity_id, tariff.unit) == ("sensor.spot", None)


# Home Assistant's own stores write late, and sometimes only after they were told to stop.
@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.usefixtures("recorder_mock")
async def test_fixed_price_of_the_energy_dashboard_comes_first(
    hass: HomeAssistant, hass_storage: dict[str, Any], walk: Walk
) -> None:
    hass_storage["energy"] = {
        "version": 1,
        "minor_version": 3,
        "key": "energy",
        "data": energy_preferences(number_energy_price=0.28),
    }
    assert await async_setup_component(hass, "energy", {})
    await walk.site()
    await walk.fill(**SITE)
    shown = await walk.fill(form="none")
    assert shown["menu_options"] == ["tariff_fixed", "tariff_entity", "tariff_plan", "tariff_ocpi"]
    assert suggested(await walk.choose("tariff_fixed"))["price"] == 0.28


# Home Assistant's own stores write late, and sometimes only after they were told to stop.
@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.usefixtures("recorder_mock")
async def test_energy_dashboard_that_nobody_filled_in_suggests_nothing(hass: HomeAssistant, walk: Walk) -> None:
    assert await async_setup_component(hass, "energy", {})
    await walk.site()
    await walk.fill(**SITE)
    await walk.fill(form="none")
    assert "price" not in suggested(await walk.choose("tariff_fixed"))


# Changing a site


async def reconfigure(walk: Walk, entry: Any) -> Any:
    return await walk.site(source="reconfigure", entry_id=entry.entry_id)


async def test_everything_of_a_site_can_be_changed_and_is_filled_in(hass: HomeAssistant, walk: Walk) -> None:
    meter(hass)
    before = {
        "form": "line_currents",
        "signed": False,
        "import": list(CURRENTS.values()),
        "export": None,
        "total_power": "sensor.meter_power",
        "invert": True,
        "heartbeat": "sensor.meter_power",
    }
    entry = site_entry(hass, meter=before, meter_timeout_s=60.0)
    shown = await reconfigure(walk, entry)
    assert suggested(shown) == {
        "name": "Home",
        "wiring": "three_phase_four_wire",
        "fuse_a": 25.0,
        "voltage_v": 230.0,
        "margin_a": 0.0,
        "meter_timeout_s": 60.0,
        "fallback_a": 6.0,
        "turn_min": 15.0,
    }
    shown = await walk.fill(**{**SITE, "name": "House", "fuse_a": 35})
    assert suggested(shown) == {"form": "line_currents"}
    shown = await walk.fill(form="line_currents")
    assert suggested(shown) == {
        **CURRENTS,
        "signed": False,
        "total_power": "sensor.meter_power",
        "invert": True,
        "heartbeat": "sensor.meter_power",
    }
    await walk.fill(**CURRENTS, signed=True, advanced={})
    done = await without_ocpp(walk)
    assert (done["type"], done["reason"]) == ("abort", "reconfigure_successful")
    site = SiteConfig.from_entry(entry)
    assert (site.name, site.meter_timeout_s, site.time_zone) == ("House", None, "Europe/Berlin")
    assert site.meter is not None
    assert (site.meter.signed, site.meter.total_power, site.meter.invert) == (True, None, False)
    assert site.meter.heartbeat is None
    root = root_circuit(entry)
    assert root is not None
    assert (root.id, root.limit_a) == (subentry_id(entry, "circuit"), (35.0, 35.0, 35.0))


async def test_site_may_keep_its_own_name_and_meter_or_lose_the_meter(hass: HomeAssistant, walk: Walk) -> None:
    meter(hass)
    entry = site_entry(hass)
    await reconfigure(walk, entry)
    shown = await walk.fill(**SITE)
    assert suggested(shown) == {"form": "none"}
    shown = await walk.fill(form="total_power")
    assert suggested(shown) == {"invert": False}
    await walk.fill(import_total="sensor.meter_power", export_total="sensor.meter_return", advanced={})
    await without_ocpp(walk)
    await reconfigure(walk, entry)
    await walk.fill(**SITE)
    shown = await walk.fill(form="total_power")
    assert suggested(shown)["export_total"] == "sensor.meter_return"
    await walk.fill(import_total="sensor.meter_power", advanced={})
    done = await without_ocpp(walk)
    assert done["reason"] == "reconfigure_successful"
    site = SiteConfig.from_entry(entry)
    assert site.meter is not None
    assert site.meter.exports is None


async def test_fuses_that_differ_are_left_to_their_own_form(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass, limit_a=[25.0, 35.0, 20.0])
    shown = await reconfigure(walk, entry)
    assert "fuse_a" not in suggested(shown)
    without_fuse = {key: value for key, value in SITE.items() if key != "fuse_a"}
    await walk.fill(**without_fuse)
    await walk.fill(form="none")
    await without_ocpp(walk)
    root = root_circuit(entry)
    assert root is not None
    assert root.limit_a == (25.0, 35.0, 20.0)


async def test_site_that_lost_its_grid_connection_gets_it_back(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    hass.config_entries.async_remove_subentry(entry, subentry_id(entry, "circuit"))
    assert root_circuit(entry) is None
    shown = await reconfigure(walk, entry)
    assert "fuse_a" not in suggested(shown)
    await walk.fill(**SITE)
    await walk.fill(form="none")
    await without_ocpp(walk)
    root = root_circuit(entry)
    assert root is not None
    assert root.limit_a == (25.0, 25.0, 25.0)


async def test_wiring_in_which_a_charger_has_no_place_is_refused_by_its_name(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await walk.subentry(entry, "charger")
    await walk.device(brand.device.id)
    await walk.fill(**suggested(walk.result))
    await walk.fill(**electrical(walk))
    await reconfigure(walk, entry)
    shown = await walk.fill(**{**SITE, "wiring": "single_phase"})
    assert shown["errors"] == {"wiring": "wiring_in_use"}
    assert shown["description_placeholders"] == {"chargers": "Garage", "house": "?"}
    assert (await walk.fill(**SITE))["step_id"] == "meter"


async def test_fuse_below_what_a_charger_needs_is_refused(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await walk.subentry(entry, "charger")
    await walk.device(brand.device.id)
    await walk.fill(**suggested(walk.result))
    await walk.fill(**{**electrical(walk), "min_a": 10})
    await reconfigure(walk, entry)
    shown = await walk.fill(**{**SITE, "fuse_a": 9})
    assert shown["errors"] == {"base": "fuse_below_charger"}
