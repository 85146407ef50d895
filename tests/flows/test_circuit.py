"""A person changes the fuses of the grid connection, and hangs circuits behind it."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.balancing.limits.dimming import SIMULTANEITY, Dimming
from custom_components.ev_sessions.site.config.circuits import CircuitConfig, circuits_of, tree_of_entry
from custom_components.ev_sessions.site.config.site import chargers_of, root_circuit
from tests.flows.brands import Walk, electrical, meter, peblar, site_entry, subentry_id, suggested

FUSES = {"limit_l1": 25, "limit_l2": 35, "limit_l3": 20}
BREAKER = {"limit_l1": 20, "limit_l2": 20, "limit_l3": 20}
NOTHING_ELSE = {"continuous": False, "extras": []}
LINES = {f"import_l{line}": f"sensor.meter_current_l{line}" for line in (1, 2, 3)}


def root_id(entry: MockConfigEntry) -> str:
    return circuits_of(entry)[0].id


def named(entry: MockConfigEntry, name: str) -> CircuitConfig:
    return next(circuit for circuit in circuits_of(entry) if circuit.name == name)


async def add(
    walk: Walk, entry: MockConfigEntry, name: str, parent: str | None = None, **answers: Any
) -> CircuitConfig:
    """Add a circuit that asks for nothing more."""
    await walk.subentry(entry, "circuit")
    made = await walk.fill(name=name, parent=parent or root_id(entry), **(answers or BREAKER))
    assert made["type"] == "create_entry"
    return named(entry, name)


async def test_lines_may_have_different_fuses(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    shown = await walk.subentry(entry, "circuit", subentry_id(entry, "circuit"))
    now = {"name": "Grid connection", "limit_l1": 25.0, "limit_l2": 25.0, "limit_l3": 25.0}
    assert suggested(shown) == {**now, **NOTHING_ELSE}
    done = await walk.fill(name="Street", **FUSES)
    assert done["reason"] == "reconfigure_successful"
    root = root_circuit(entry)
    assert root is not None
    assert (root.name, root.limit_a, root.parent_id) == ("Street", (25.0, 35.0, 20.0), None)


async def test_the_grid_connection_comes_back_when_it_was_removed(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass, wiring="split_phase", limit_a=[100.0, 100.0])
    hass.config_entries.async_remove_subentry(entry, subentry_id(entry, "circuit"))
    shown = await walk.subentry(entry, "circuit")
    assert suggested(shown) == {"name": "Grid connection", **NOTHING_ELSE}
    made = await walk.fill(name="Grid connection", limit_l1=100, limit_l2=90, advanced={"continuous": True})
    assert made["type"] == "create_entry"
    root = root_circuit(entry)
    assert root is not None
    assert root.limit_a == (100.0, 90.0)
    assert circuits_of(entry)[0].continuous


@pytest.mark.parametrize(
    ("changes", "error"), [({"limit_l3": 5}, "fuse_below_minimum"), ({"limit_l3": 9}, "fuse_below_charger")]
)
async def test_fuses_that_carry_too_little_are_refused_and_kept(
    hass: HomeAssistant, walk: Walk, changes: dict[str, Any], error: str
) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    await walk.subentry(entry, "charger")
    await walk.device(brand.device.id)
    await walk.fill(**suggested(walk.result))
    await walk.fill(**{**electrical(walk), "min_a": 10})
    await walk.subentry(entry, "circuit", subentry_id(entry, "circuit"))
    shown = await walk.fill(name="Street", **{**FUSES, **changes})
    assert shown["errors"] == {"base": error}
    assert suggested(shown) == {"name": "Street", **FUSES, **changes, **NOTHING_ELSE}


async def test_a_barn_behind_its_own_breaker_is_shown_in_the_tree(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    barn = await add(walk, entry, "Barn")
    assert (barn.limit_a, barn.parent_id) == ((20.0, 20.0, 20.0), root_id(entry))
    await add(walk, entry, "Stable", barn.id, limit_kw=11)
    shown = await walk.subentry(entry, "circuit")
    assert shown["description_placeholders"]["tree"] == (
        "- **Grid connection** 25 A\n    - **Barn** 20 A\n        - **Stable** 20 A, 11 kW"
    )
    options = {key: field for key, field in shown["data_schema"].schema.items() if key == "parent"}
    labels = [option["label"] for field in options.values() for option in field.config["options"]]
    assert labels == ["Grid connection", "– Barn", "– – Stable"]
    again = await walk.subentry(entry, "circuit", named(entry, "Stable").id)
    assert suggested(again) == {
        "name": "Stable",
        "parent": barn.id,
        "limit_kw": 11.0,
        **NOTHING_ELSE,
    }
    await walk.fill(name="Stable", parent=root_id(entry), **BREAKER, advanced={"unbalance_a": 16, "continuous": True})
    stable = named(entry, "Stable")
    assert (stable.parent_id, stable.limit_w, stable.unbalance_a, stable.continuous) == (
        root_id(entry),
        None,
        16.0,
        True,
    )


async def test_browser_can_send_the_form_with_what_it_makes_of_its_sections(hass: HomeAssistant, walk: Walk) -> None:
    """It takes a section's own default for all of it, else what is suggested or the default of each field in it."""
    entry = site_entry(hass)
    barn = await add(walk, entry, "Barn")
    root = root_id(entry)
    for circuit_id in (None, barn.id, root):
        shown = await walk.subentry(entry, "circuit", circuit_id)
        sections = [key for key, value in shown["data_schema"].schema.items() if isinstance(value, section)]
        assert [str(key) for key in sections] == ["advanced"]
        assert all(isinstance(key.default, vol.Undefined) for key in sections)


async def test_a_circuit_that_would_hang_on_itself_is_refused(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    barn = await add(walk, entry, "Barn")
    stable = await add(walk, entry, "Stable", barn.id)
    await walk.subentry(entry, "circuit", barn.id)
    shown = await walk.fill(name="Barn", parent=stable.id, **BREAKER)
    assert shown["errors"] == {"parent": "circuit_on_itself"}
    done = await walk.fill(name="Barn", parent=root_id(entry), **BREAKER)
    assert done["reason"] == "reconfigure_successful"


async def test_a_circuit_that_was_removed_meanwhile_feeds_nothing(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    barn = await add(walk, entry, "Barn")
    await walk.subentry(entry, "circuit")
    hass.config_entries.async_remove_subentry(entry, barn.id)
    shown = await walk.fill(name="Stable", parent=barn.id, **BREAKER)
    assert shown["errors"] == {"parent": "circuit_unknown"}


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({}, "circuit_without_limit"),
        ({"limit_l1": 20}, "limit_incomplete"),
        ({**BREAKER, "limit_l2": 5}, "fuse_below_minimum"),
    ],
)
async def test_a_circuit_needs_a_limit_that_a_car_can_use(
    hass: HomeAssistant, walk: Walk, answers: dict[str, Any], error: str
) -> None:
    entry = site_entry(hass)
    await walk.subentry(entry, "circuit")
    shown = await walk.fill(name="Barn", parent=root_id(entry), **answers)
    assert shown["errors"] == {"base": error}


async def test_two_circuits_do_not_have_the_same_name(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await add(walk, entry, "Barn")
    await walk.subentry(entry, "circuit")
    shown = await walk.fill(name="barn ", parent=root_id(entry), **BREAKER)
    assert shown["errors"] == {"name": "circuit_name_used"}


async def test_a_charger_is_put_on_its_circuit_and_held_to_what_that_carries(hass: HomeAssistant, walk: Walk) -> None:
    brand = peblar(hass)
    entry = site_entry(hass)
    barn = await add(walk, entry, "Barn", limit_l1=10, limit_l2=10, limit_l3=10)
    await walk.subentry(entry, "charger")
    await walk.device(brand.device.id)
    await walk.fill(**suggested(walk.result))
    assert suggested(walk.result)["circuit"] == root_id(entry)
    answers = {**electrical(walk), "circuit": barn.id}
    refused = await walk.fill(**{**answers, "min_a": 12})
    assert refused["errors"] == {"min_a": "fuse_below_charger"}
    await walk.fill(**answers)
    (charger,) = chargers_of(entry)
    assert charger.circuit_id == barn.id
    tree = tree_of_entry(entry)
    assert tree is not None
    assert tree.on == {charger.id: barn.id}
    shown = await walk.subentry(entry, "circuit", barn.id)
    assert shown["description_placeholders"]["tree"].endswith(f"    - **Barn** 10 A\n        - {charger.name}")


async def test_a_change_says_whom_it_leaves_without_room_and_what_the_others_can_have(
    hass: HomeAssistant, walk: Walk
) -> None:
    meter(hass)
    brand = peblar(hass)
    site_meter = {
        "form": "line_currents",
        "signed": True,
        "import": list(LINES.values()),
        "export": None,
        "total_power": None,
        "invert": False,
    }
    entry = site_entry(hass, meter=site_meter)
    barn = await add(walk, entry, "Barn")
    await walk.subentry(entry, "charger")
    await walk.device(brand.device.id)
    await walk.fill(**suggested(walk.result))
    await walk.fill(**{**electrical(walk), "circuit": barn.id})
    (charger,) = chargers_of(entry)
    await walk.subentry(entry, "circuit", barn.id)
    shown = await walk.fill(name="Barn", parent=root_id(entry), limit_kw=3, **BREAKER)
    assert shown["step_id"] == "confirm"
    assert shown["description_placeholders"] == {"name": "Barn", "never": charger.name, "pausing": "–", "most": "–"}
    assert named(entry, "Barn").limit_w is None  # nothing is kept before it is said
    await walk.fill()
    assert named(entry, "Barn").limit_w == 3000.0
    await walk.subentry(entry, "circuit", barn.id)
    shown = await walk.fill(
        name="Barn", parent=root_id(entry), limit_l1=7, limit_l2=7, limit_l3=7, advanced={"continuous": True}
    )
    assert shown["description_placeholders"] == {"name": "Barn", "never": charger.name, "pausing": "–", "most": "–"}
    await walk.subentry(entry, "circuit", barn.id)
    await walk.fill(name="Barn", parent=root_id(entry), limit_l1=11, limit_l2=11, limit_l3=11, extras=["meter"])
    await walk.fill(form="line_currents")
    brand.add("sensor.barn_l1", "0", device_class="current", unit_of_measurement="A")
    brand.add("sensor.barn_l2", "0", device_class="current", unit_of_measurement="A")
    brand.add("sensor.barn_l3", "0", device_class="current", unit_of_measurement="A")
    shown = await walk.fill(
        **{f"import_l{line}": f"sensor.barn_l{line}" for line in (1, 2, 3)}, signed=True, advanced={"invert": False}
    )
    most = f"{charger.name} 11 A (4.3 A)"
    assert shown["description_placeholders"] == {"name": "Barn", "never": "–", "pausing": charger.name, "most": most}


async def test_a_barn_with_a_meter_a_dimming_and_a_peak(hass: HomeAssistant, walk: Walk) -> None:
    brand = meter(hass)
    brand.add("binary_sensor.dimmed", "off")
    brand.add("sensor.mean", "1.2", device_class="power", unit_of_measurement="kW")
    brand.add("sensor.volts", "231", device_class="voltage", unit_of_measurement="V")
    entry = site_entry(hass)
    await walk.subentry(entry, "circuit")
    shown = await walk.fill(name="Barn", parent=root_id(entry), extras=["meter", "limit_entity", "peak"])
    assert shown["step_id"] == "meter"
    await walk.fill(form="line_currents")
    wrong = await walk.fill(**LINES, signed=True, advanced={"invert": False, "voltages": ["sensor.mean"]})
    assert wrong["errors"] == {"base": "not_a_voltage"}
    shown = await walk.fill(**LINES, signed=True, advanced={"invert": False, "voltages": ["sensor.volts"]})
    assert shown["step_id"] == "limit_entity"
    asked = {"entity_id": "binary_sensor.dimmed", "unit": "kW"}
    wrong = await walk.fill(**asked, dimming="none")
    assert wrong["errors"] == {"value": "value_missing"}
    wrong = await walk.fill(**asked, dimming="each", value=-1)
    assert wrong["errors"] == {"value": "value_below_nothing"}
    for factors in ("half", "0.8 2"):
        wrong = await walk.fill(**asked, dimming="together", advanced={"factors": factors})
        assert wrong["errors"] == {"base": "factors_malformed"}
    wrong = await walk.fill(**asked, dimming="together", advanced={"other_power": ["sensor.volts"]})
    assert wrong["errors"] == {"base": "not_a_power"}
    others = {"other_power": ["sensor.mean"], "other_devices": 2, "large_kw": 14.0}
    shown = await walk.fill(**asked, dimming="together", advanced={"factors": "0,9 0.7", **others})
    assert shown["step_id"] == "peak"
    wrong = await walk.fill(target_kw=5, interval_min="15", mean_entity="sensor.volts")
    assert wrong["errors"] == {"mean_entity": "not_a_power"}
    made = await walk.fill(target_kw=5, interval_min="15", mean_entity="sensor.mean")
    assert made["type"] == "create_entry"
    barn = named(entry, "Barn")
    assert barn.limit_a is None
    assert barn.meter is not None
    assert barn.meter.voltages == ("sensor.volts",)
    assert barn.outside is not None
    assert (barn.outside.dimming, barn.outside.factors) == (Dimming.TOGETHER, (0.9, 0.7))
    assert (barn.outside.others, barn.outside.other_power, barn.outside.large_w) == (2, ("sensor.mean",), 14_000.0)
    assert barn.peak is not None
    assert (barn.peak.target_kw, barn.peak.interval_min, barn.peak.mean_entity) == (5.0, 15, "sensor.mean")
    tree = tree_of_entry(entry)
    assert tree is not None
    assert tree.circuits[1].limit_a == (25.0, 25.0, 25.0)  # as the circuit above
    # All of it is there again when it is changed, and what is not chosen any more goes.
    shown = await walk.subentry(entry, "circuit", barn.id)
    assert suggested(shown)["extras"] == ["meter", "limit_entity", "peak"]
    await walk.fill(name="Barn", parent=root_id(entry), extras=["meter", "limit_entity", "peak"])
    assert suggested(walk.result) == {"form": "line_currents"}
    await walk.fill(**suggested(walk.result))
    assert suggested(walk.result)["voltages"] == ["sensor.volts"]
    await walk.fill(**LINES, signed=True, advanced={"invert": False})
    assert suggested(walk.result) == {**asked, "dimming": "together", "factors": "0.9 0.7", **others}
    await walk.fill(**asked, dimming="each")
    assert suggested(walk.result) == {"target_kw": 5.0, "interval_min": "15", "mean_entity": "sensor.mean"}
    wrong = await walk.fill(target_kw=6, interval_min="60", interval_entity="sensor.none")
    assert wrong["errors"] == {"interval_entity": "entity_unknown"}
    await walk.fill(target_kw=6, interval_min="60", interval_entity="sensor.mean")
    await walk.subentry(entry, "circuit", barn.id)
    await walk.fill(name="Barn", parent=root_id(entry), extras=["limit_entity"])
    await walk.fill(entity_id="sensor.mean", dimming="none", unit="kW", value=2)
    barn = named(entry, "Barn")
    assert (barn.meter, barn.peak) == (None, None)
    assert barn.outside is not None
    assert (barn.outside.value, barn.outside.factors) == (2.0, SIMULTANEITY)


async def test_a_number_that_is_no_limit_and_a_peak_without_a_meter_are_refused(
    hass: HomeAssistant, walk: Walk
) -> None:
    brand = meter(hass)
    brand.add("sensor.outdoor", "7", device_class="temperature", unit_of_measurement="°C")
    entry = site_entry(hass)
    await walk.subentry(entry, "circuit", root_id(entry))
    await walk.fill(name="Street", **FUSES, advanced={"extras": ["limit_entity", "peak"], "limit_kw": 17})
    asked = {"dimming": "none", "unit": "A"}
    assert (await walk.fill(**asked, entity_id="sensor.outdoor"))["errors"] == {"entity_id": "limit_not_in_amperes"}
    assert (await walk.fill(**asked, entity_id="switch.none", value=3))["errors"] == {"entity_id": "entity_unknown"}
    await walk.fill(**asked, entity_id="sensor.meter_power")
    shown = await walk.fill(target_kw=5, interval_min="15")
    assert shown["errors"] == {"base": "peak_without_meter"}


async def test_one_meter_is_not_that_of_two_circuits(hass: HomeAssistant, walk: Walk) -> None:
    meter(hass)
    entry = site_entry(hass)
    site_entry(hass, "Other", meter={"form": "total_power", "import": ["sensor.meter_power"]})
    fields = {"signed": True, "advanced": {"invert": False}}
    await walk.subentry(entry, "circuit")
    await walk.fill(name="Barn", parent=root_id(entry), **BREAKER, extras=["meter"])
    await walk.fill(form="line_currents")
    await walk.fill(**LINES, **fields)
    await walk.subentry(entry, "circuit")
    await walk.fill(name="Stable", parent=root_id(entry), **BREAKER, extras=["meter"])
    await walk.fill(form="line_currents")
    assert (await walk.fill(**LINES, **fields))["errors"] == {"base": "meter_of_another_circuit"}
    await walk.subentry(entry, "circuit")
    await walk.fill(name="Loft", parent=root_id(entry), **BREAKER, extras=["meter"])
    await walk.fill(form="total_power")
    assert (await walk.fill(import_total="sensor.meter_power", advanced={"invert": False}))["errors"] == {
        "base": "meter_used"
    }
    await walk.subentry(entry, "circuit")
    await walk.fill(name="Attic", parent=root_id(entry), **BREAKER, extras=["meter"])
    made = await walk.fill(form="none")
    assert made["type"] == "create_entry"
    assert named(entry, "Attic").meter is None
