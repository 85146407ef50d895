"""A barn with its own breaker, a grid operator that dims, a quarter hour that must not become too dear."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import Kind

from ..house import CURRENT, POWER, House, charger_data, circuit, shown, site_entry, subentry

type Start = Callable[[MockConfigEntry], Awaitable[None]]

BARN_METER = {
    "form": "line_currents",
    "signed": True,
    "import": ["sensor.barn_l1", "sensor.barn_l2", "sensor.barn_l3"],
    "export": None,
    "total_power": None,
    "invert": False,
}
SWITCH = {"entity_id": "binary_sensor.dimmed", "unit": "kW", "value": None, "dimming": "together", "factors": None}
PEAK = {"interval_min": 15, "target_kw": 5.0, "mean_entity": None, "month_peak_entity": None}


def estate(*circuits: Any, on: str | None = "barn", **changes: Any) -> MockConfigEntry:
    """Return a site whose charger hangs on a circuit."""
    return site_entry(subentry("charger", "Garage", charger_data(circuit=on), "garage"), *circuits, **changes)


async def plug_in(house: House, seconds: int = 100, barn_a: float | None = None) -> None:
    """Let a car come that draws what it is allowed, and time pass; meters show it second by second."""
    for second in range(seconds):
        allowed_a = float(shown(house.hass, "number.wallbox_limit"))
        if shown(house.hass, "switch.wallbox_enable") == "off":
            allowed_a = 0.0
        house.charger("charging" if allowed_a else "paused", power_w=allowed_a * 690)
        flicker_a = 0.01 * (second % 3)
        house.grid(*[2 + allowed_a - flicker_a] * 3)
        if barn_a is not None:
            for line in (1, 2, 3):
                house.state(f"sensor.barn_l{line}", barn_a + allowed_a - flicker_a, CURRENT)
        await house.later(seconds=1)


def allowed(house: House) -> tuple[float, str]:
    state = house.hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    return float(state.state), state.attributes["reason_key"]


def issue(hass: HomeAssistant, key: str) -> dict[str, str] | None:
    issues = ir.async_get(hass).issues.values()
    found = [one.translation_placeholders or {} for one in issues if one.translation_key == key]
    return found[0] if found else None


async def test_a_charger_in_the_barn_gets_no_more_than_the_barns_breaker(house: House, start_site: Start) -> None:
    await start_site(estate(circuit(limit_a=[11.0, 13.0, 12.0])))
    await plug_in(house)
    assert allowed(house) == (11.0, ReasonKey.CIRCUIT_FULL)


async def test_a_charger_with_two_outlets_shares_its_greatest_current(house: House, start_site: Start) -> None:
    data = charger_data()
    data["evses"].append({**data["evses"][0], "evse": 2, "status": "sensor.second", "power": None, "energy": None})
    entry = site_entry(subentry("charger", "Garage", data, "garage"))
    await start_site(entry)
    tree = entry.runtime_data.load.limits.circuits
    assert [(one.name, one.limit_a[0]) for one in tree] == [("Main fuse", 25.0), ("Garage", 16.0)]


async def test_what_else_hangs_in_the_barn_counts_and_a_silent_barn_meter_stops_only_the_barn(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    entry = estate(circuit(limit_a=[20.0] * 3, meter=BARN_METER))
    await start_site(entry)
    await plug_in(house, 110, barn_a=6.0)
    assert allowed(house) == (13.0, ReasonKey.CIRCUIT_FULL)
    assert issue(hass, "circuit_meter_lost") is None
    for line in (1, 2, 3):
        house.state(f"sensor.barn_l{line}", "unavailable", {})
    await plug_in(house, 40)
    assert allowed(house) == (6.0, ReasonKey.CIRCUIT_METER_LOST)
    told = issue(hass, "circuit_meter_lost")
    assert told is not None
    assert told["name"] == "Barn"
    assert shown(hass, "sensor.home_balancing_state") != "meter_lost"
    await plug_in(house, 100, barn_a=6.0)
    assert allowed(house) == (13.0, ReasonKey.CIRCUIT_FULL)
    assert issue(hass, "circuit_meter_lost") is None


async def test_a_grid_operator_dims_the_chargers_and_it_is_kept(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.state("binary_sensor.dimmed", "off")
    entry = estate(circuit("Chargers", limit_a=[32.0] * 3, limit_entity=SWITCH), on="chargers")
    await start_site(entry)
    await plug_in(house)
    assert allowed(house)[0] == 16.0
    assert shown(hass, "binary_sensor.chargers_limited_from_outside") == "off"
    house.state("binary_sensor.dimmed", "on")
    await plug_in(house, 2)
    assert allowed(house) == (6.0, ReasonKey.POWER_FULL)  # 3 x 6 A at 230 V are 4.14 kW
    state = hass.states.get("binary_sensor.chargers_limited_from_outside")
    assert state is not None
    assert (state.state, state.attributes["limit_kw"]) == ("on", 4.2)
    # Whoever dims and says nothing more goes on dimming, also over a restart.
    house.state("binary_sensor.dimmed", "unavailable")
    await plug_in(house, 70)
    assert allowed(house)[0] == 6.0
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await plug_in(house, 5)
    assert allowed(house)[0] == 6.0
    assert issue(hass, "limit_entity_silent") is None
    await house.later(minutes=11)
    await plug_in(house, 2)
    told = issue(hass, "limit_entity_silent")
    assert told == {"name": "Chargers", "entity_id": "binary_sensor.dimmed"}
    house.state("binary_sensor.dimmed", "off")
    await plug_in(house, 100)
    assert allowed(house)[0] == 16.0
    assert issue(hass, "limit_entity_silent") is None
    found: Any = await hass.services.async_call(DOMAIN, "get_circuit_limits", {}, blocking=True, return_response=True)
    first, second = found["limits"]
    assert (first["circuit"], first["limit_kw"]) == ("Chargers", 4.2)
    assert first["before_kw"] == pytest.approx(11.04, abs=0.1)
    assert first["end"] <= second["start"]  # the restart lies between
    assert second["end"] is not None
    assert (second["site"], second["limit_a"]) == ("Home", None)
    assert second["greatest_kw"] == pytest.approx(4.14)
    later: Any = await hass.services.async_call(
        DOMAIN, "get_circuit_limits", {"start": "2027-01-01T00:00:00"}, blocking=True, return_response=True
    )
    assert later == {"limits": []}


async def test_a_heat_pump_that_is_dimmed_with_the_charger_counts_and_leaves_it_what_it_does_not_take(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.state("binary_sensor.dimmed", "on")
    house.state("sensor.heat_pump", 500, {"unit_of_measurement": "W", "device_class": "power"})
    outside = {**SWITCH, "other_devices": 1, "other_power": ["sensor.heat_pump"], "large_kw": None}
    await start_site(estate(circuit("Chargers", limit_a=[32.0] * 3, limit_entity=outside), on="chargers"))
    await plug_in(house)
    # 4.2 kW x 1.8 for both are 7.56 kW, of which the heat pump takes 0.5 kW: 10 A on three lines are 6.9 kW.
    assert allowed(house) == (10.0, ReasonKey.POWER_FULL)
    house.state("sensor.heat_pump", 2.6, {"unit_of_measurement": "kW", "device_class": "power"})
    await plug_in(house, 3)
    assert allowed(house) == (7.0, ReasonKey.POWER_FULL)
    # Whose sensor says nothing may take what a device is left: 3.36 kW are too little for three lines.
    house.state("sensor.heat_pump", "unavailable", {})
    await plug_in(house, 3)
    assert allowed(house)[0] == 0.0


async def test_a_limit_that_the_ledger_has_not_got_yet_is_told_at_once(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.state("binary_sensor.dimmed", "off")
    entry = estate(circuit("Chargers", limit_a=[32.0] * 3, limit_entity=SWITCH), on="chargers")
    await start_site(entry)
    await plug_in(house, 5)
    ledger = entry.runtime_data.ledger
    await asyncio.wrap_future(ledger.pause_for_backup())
    try:
        house.state("binary_sensor.dimmed", "on")
        await plug_in(house, 2)
        async with asyncio.timeout(30):
            found: Any = await hass.services.async_call(
                DOMAIN, "get_circuit_limits", {}, blocking=True, return_response=True
            )
    finally:
        ledger.resume_after_backup()
    assert [(one["circuit"], one["end"]) for one in found["limits"]] == [("Chargers", None)]


@pytest.mark.parametrize(
    ("entity_id", "state", "attributes", "limit_a"),
    [
        ("sensor.other_controller", "9", {"unit_of_measurement": "A"}, 9.0),
        ("sensor.other_controller", "6.9", {"unit_of_measurement": "kW"}, 10.0),
        ("input_number.other_controller", "7.6", {}, 11.0),
        ("sensor.other_controller", "unknown", {"unit_of_measurement": "kW"}, 7.0),
        ("sensor.other_controller", "much", {"unit_of_measurement": "kW"}, 7.0),
        ("input_number.other_controller", "much", {}, 7.0),
        ("switch.other_controller", "perhaps", {}, 7.0),
    ],
)
async def test_another_controller_limits_by_a_number(
    house: House, start_site: Start, entity_id: str, state: str, attributes: dict[str, str], limit_a: float
) -> None:
    house.state(entity_id, state, attributes)
    outside = {"entity_id": entity_id, "unit": "kW", "value": 5.0, "dimming": "none", "factors": None}
    await start_site(estate(circuit(limit_entity=outside)))
    await plug_in(house, 90)
    assert allowed(house)[0] == limit_a


@pytest.mark.parametrize("nonsense", ["1000000000", "NaN", "perhaps", "1e400"])
async def test_a_limit_that_cannot_be_lifts_none(
    hass: HomeAssistant, house: House, start_site: Start, nonsense: str
) -> None:
    attributes = {"unit_of_measurement": "kW"}
    house.state("sensor.operator", "7.0", attributes)
    outside = {"entity_id": "sensor.operator", "unit": "kW", "value": 3.0, "dimming": "none", "factors": None}
    await start_site(estate(circuit(limit_entity=outside)))

    def limit_kw() -> float | None:
        state = hass.states.get("binary_sensor.barn_limited_from_outside")
        assert state is not None
        return None if state.state == "off" else state.attributes["limit_kw"]

    await plug_in(house, 3)
    key = "source_absurd" if nonsense.startswith("1000") else "source_not_a_number"
    assert (limit_kw(), issue(hass, key)) == (7.0, None)
    house.state("sensor.operator", nonsense, attributes)
    await plug_in(house, 3)
    told = issue(hass, key)
    assert told is not None
    assert (limit_kw(), told["entity_id"], told["detail"]) == (7.0, "sensor.operator", nonsense)
    await house.later(seconds=580)
    assert limit_kw() == 7.0
    # Who says nothing else may limit: then the owner's value holds where that is less.
    await house.later(seconds=30)
    assert limit_kw() == 3.0
    assert allowed(house)[0] == 0.0
    house.state("sensor.operator", "-3", attributes)
    await plug_in(house, 2)
    assert (limit_kw(), issue(hass, key)) == (0.0, None)
    house.state("sensor.operator", "8", attributes)
    await plug_in(house, 2)
    assert limit_kw() == 8.0


async def test_a_house_without_a_grid_meter_is_dimmed_all_the_same(house: House, start_site: Start) -> None:
    house.state("binary_sensor.dimmed", "off")
    entry = estate(circuit("Chargers", limit_entity=SWITCH), on="chargers", meter=None)
    await start_site(entry)
    await plug_in(house, 15)
    assert float(shown(house.hass, "number.wallbox_limit")) == 16.0
    house.state("binary_sensor.dimmed", "on")
    await plug_in(house, 3)
    assert allowed(house) == (6.0, ReasonKey.POWER_FULL)
    assert float(shown(house.hass, "number.wallbox_limit")) == 6.0
    # Nor does it wait for anybody to balance.
    await entry.runtime_data.async_set_balancing(on=False)
    await plug_in(house, 3)
    assert allowed(house)[0] == 6.0
    await entry.runtime_data.async_set_balancing(on=True)
    house.state("binary_sensor.dimmed", "off")
    await plug_in(house, 100)
    assert float(shown(house.hass, "number.wallbox_limit")) == 16.0


async def test_breaker_of_the_barn_holds_without_a_grid_meter_for_all_that_hangs_there(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    old = charger_data(
        evse={"status": "sensor.old", "power": "sensor.old_power", "energy": None, "limit": None, "enable": None},
        controllable=False,
        circuit="barn",
    )
    garage = subentry("charger", "Garage", charger_data(circuit="barn"), "garage")
    entry = site_entry(garage, subentry("charger", "Old", old, "old"), circuit(limit_a=[20.0] * 3), meter=None)
    house.state("sensor.old", "charging")
    house.state("sensor.old_power", 8 * 690, POWER)
    await start_site(entry)
    await plug_in(house, 30)
    assert allowed(house) == (12.0, ReasonKey.CIRCUIT_FULL)
    assert shown(hass, "sensor.home_balancing_state") == "limiting"
    assert shown(hass, "switch.home_balancing") == "on"
    house.state("sensor.old_power", 0, POWER)
    house.state("sensor.old", "free")
    await plug_in(house, 100)
    assert allowed(house)[0] == 16.0


async def test_charger_that_no_circuit_can_be_too_small_for_is_left_alone_without_a_grid_meter(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    await start_site(estate(circuit(limit_a=[16.0] * 3), meter=None))
    await plug_in(house, 5)
    assert shown(hass, "sensor.home_balancing_state") == "off"
    assert hass.states.get("switch.home_balancing") is None
    assert house.commands == []


async def test_each_charger_is_dimmed_by_itself(house: House, start_site: Start) -> None:
    house.state("switch.dim", "on")
    each = {**SWITCH, "entity_id": "switch.dim", "dimming": "each"}
    entry = estate(circuit(limit_entity=each), circuit("Stable", parent="barn", limit_kw=20), on="stable")
    await start_site(entry)
    await plug_in(house, 90)
    assert allowed(house) == (6.0, ReasonKey.POWER_FULL)
    state = house.hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    assert "Garage" in state.attributes["reason"]


async def test_a_quarter_hour_ends_under_its_target_and_the_target_is_kept(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    entry = estate(on=None)
    await start_site(entry)
    root = next(one for one in entry.subentries.values() if one.subentry_type == "circuit")
    hass.config_entries.async_update_subentry(entry, root, data={**root.data, "peak": PEAK, "limit_kw": 16})
    await house.later(seconds=5)
    await plug_in(house, 120)
    limit_a, reason = allowed(house)
    assert reason == ReasonKey.PAUSED_POWER_FULL  # 5 kW less 1.4 kW of the house are less than 6 A on three lines
    assert limit_a == 0.0
    await hass.services.async_call(
        "number", "set_value", {"entity_id": "number.home_peak_target", "value": 9.0}, blocking=True
    )
    await plug_in(house, 240)
    limit_a, reason = allowed(house)
    assert reason == ReasonKey.POWER_FULL
    assert 10.0 <= limit_a <= 12.0
    mean_kw = float(shown(hass, "sensor.home_mean_of_the_interval"))
    assert mean_kw > 1.0
    # The interval goes on where it was: what was drawn in it is drawn.
    energy_ws = entry.runtime_data.circuits.all[0].peak.state.energy_ws
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert float(shown(hass, "number.home_peak_target")) == 9.0
    await plug_in(house, 2)
    state = entry.runtime_data.circuits.all[0].peak.state
    assert energy_ws <= state.energy_ws <= energy_ws + 5 * 12_000
    assert float(shown(hass, "sensor.home_mean_of_the_interval")) >= mean_kw


async def test_a_sensor_that_changes_when_an_interval_is_over_is_believed(house: House, start_site: Start) -> None:
    house.state("sensor.last_quarter", "0.4")
    entry = estate(circuit(meter=BARN_METER, peak={**PEAK, "interval_entity": "sensor.last_quarter"}))
    await start_site(entry)
    peak = entry.runtime_data.circuits.all[1].peak
    await plug_in(house, 20, barn_a=3.0)
    house.state("sensor.last_quarter", "unavailable")
    house.state("sensor.last_quarter", "0.4")
    await plug_in(house, 2, barn_a=3.0)
    assert not peak.state.learned
    house.state("sensor.last_quarter", "0.6")
    await plug_in(house, 2, barn_a=3.0)
    assert peak.state.learned
    assert peak.state.offset_s == pytest.approx(22.0, abs=2.0)


async def test_what_hung_on_a_removed_circuit_hangs_on_the_next_above_it_and_the_owner_is_told(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    entry = estate(circuit(limit_a=[11.0] * 3), circuit("Stable", parent="barn", limit_a=[9.0] * 3), on="stable")
    await start_site(entry)
    await plug_in(house, 90)
    assert allowed(house)[0] == 9.0
    assert issue(hass, "circuits_moved") is None
    hass.config_entries.async_remove_subentry(entry, "stable")
    await house.later(seconds=5)
    await plug_in(house, 100)
    assert allowed(house)[0] == 11.0
    assert issue(hass, "circuits_moved") == {"site": "Home", "moved": "Garage → Barn"}
    versions = await asked(entry.runtime_data.ledger.versions(Kind.CIRCUIT))
    archived = {one.name: one.archived_at is not None for one in versions}
    assert archived == {"Main fuse": False, "Barn": False, "Stable": True}


async def test_a_circuit_that_was_changed_has_a_version_of_before_and_one_of_now(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    entry = estate(circuit(limit_a=[11.0] * 3))
    await start_site(entry)
    barn = entry.subentries["barn"]
    hass.config_entries.async_update_subentry(entry, barn, data={**barn.data, "limit_a": [14.0] * 3})
    await house.later(seconds=5)
    versions = await asked(entry.runtime_data.ledger.versions(Kind.CIRCUIT))
    assert [one.data["limit_a"] for one in versions if one.name == "Barn"] == [[11.0] * 3, [14.0] * 3]


async def test_what_changes_all_the_time_is_disabled_until_somebody_wants_it(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.state("binary_sensor.dimmed", "off")
    entry = estate(circuit(limit_a=[20.0] * 3, meter=BARN_METER, limit_entity=SWITCH, peak=PEAK))
    await start_site(entry)
    mine = [
        one
        for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if one.config_subentry_id == "barn"
    ]
    enabled = {one.unique_id for one in mine if one.disabled_by is None}
    assert enabled == {"barn_peak_mean", "barn_peak_target", "barn_circuit_limited"}
    assert {f"barn_circuit_{key}_l{line}" for key in ("load", "headroom", "limit") for line in (1, 2, 3)} < {
        one.unique_id for one in mine
    }
    for one in mine:
        er.async_get(hass).async_update_entity(one.entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await plug_in(house, 90, barn_a=3.0)
    allowed_a = allowed(house)[0]
    assert float(shown(hass, "sensor.barn_circuit_load_l1")) == pytest.approx(3 + allowed_a, abs=0.2)
    assert float(shown(hass, "sensor.barn_circuit_limit_l2")) == 20.0
    assert float(shown(hass, "sensor.barn_circuit_headroom_l3")) == pytest.approx(17 - allowed_a, abs=0.2)
    assert float(shown(hass, "sensor.barn_circuit_power")) == pytest.approx((3 + allowed_a) * 0.69, abs=0.2)
    assert float(shown(hass, "sensor.barn_circuit_power_limit")) > 0


async def test_powers_are_turned_into_currents_with_the_voltage_that_the_meter_shows(
    house: House, start_site: Start
) -> None:
    meter = {**BARN_METER, "form": "total_power", "import": ["sensor.barn_power"], "voltages": ["sensor.volts"]}
    house.state("sensor.barn_power", 2530, POWER)
    house.state("sensor.volts", 253, {"unit_of_measurement": "V", "device_class": "voltage"})
    entry = estate(circuit(limit_a=[32.0] * 3, meter=meter))
    await start_site(entry)
    reading = entry.runtime_data.circuits.all[1].shows.reading
    assert (reading.currents_a, reading.voltage_v) == ((10.0, 10.0, 10.0), 253.0)
    house.state("sensor.volts", 12, {"unit_of_measurement": "V", "device_class": "voltage"})
    house.state("sensor.barn_power", 2300, POWER)
    await house.later(seconds=1)
    reading = entry.runtime_data.circuits.all[1].shows.reading
    assert (reading.currents_a, reading.voltage_v) == ((10.0, 10.0, 10.0), None)
