"""A person changes the fuses of the grid connection."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.site.config import root_circuit
from tests.flows.brands import Walk, electrical, peblar, site_entry, subentry_id, suggested

FUSES = {"limit_l1": 25, "limit_l2": 35, "limit_l3": 20}


async def test_lines_may_have_different_fuses(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    shown = await walk.subentry(entry, "circuit", subentry_id(entry, "circuit"))
    assert suggested(shown) == {"name": "Grid connection", "limit_l1": 25.0, "limit_l2": 25.0, "limit_l3": 25.0}
    done = await walk.fill(name="Street", **FUSES)
    assert done["reason"] == "reconfigure_successful"
    root = root_circuit(entry)
    assert root is not None
    assert (root.name, root.limit_a, root.parent_id) == ("Street", (25.0, 35.0, 20.0), None)


async def test_there_is_one_grid_connection_and_it_comes_back_when_it_was_removed(
    hass: HomeAssistant, walk: Walk
) -> None:
    entry = site_entry(hass, wiring="split_phase", limit_a=[100.0, 100.0])
    refused = await walk.subentry(entry, "circuit")
    assert (refused["type"], refused["reason"]) == ("abort", "root_exists")
    hass.config_entries.async_remove_subentry(entry, subentry_id(entry, "circuit"))
    shown = await walk.subentry(entry, "circuit")
    assert suggested(shown) == {"name": "Grid connection"}
    made = await walk.fill(name="Grid connection", limit_l1=100, limit_l2=90)
    assert made["type"] == "create_entry"
    root = root_circuit(entry)
    assert root is not None
    assert root.limit_a == (100.0, 90.0)


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
    assert suggested(shown) == {"name": "Street", **FUSES, **changes}
