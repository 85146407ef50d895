"""The chargers that are left alone have to pass the fuse, and the flow says who pauses."""

from typing import Any

from homeassistant.core import HomeAssistant

from custom_components.ev_sessions.site.circuits.fallbacks import check_fallbacks, with_fallbacks_that_fit
from custom_components.ev_sessions.site.config.site import chargers_of
from tests.flows.brands import Walk, electrical, meter, peblar, site_entry, suggested

METER = {
    "form": "line_currents",
    "signed": True,
    "import": [f"sensor.meter_current_l{line}" for line in (1, 2, 3)],
    "export": None,
    "total_power": None,
    "invert": False,
}


async def add(hass: HomeAssistant, walk: Walk, entry: Any, name: str, **changes: Any) -> Any:
    """Add a charger as far as its last form but what comes after it."""
    brand = peblar(hass, name)
    await walk.subentry(entry, "charger")
    await walk.device(brand.device.id)
    await walk.fill(**suggested(walk.result))
    return await walk.fill(**{**electrical(walk), **changes})


def fallbacks(entry: Any) -> dict[str, float | None]:
    chargers = with_fallbacks_that_fit(chargers_of(entry), check_fallbacks(entry))
    return {charger.name: charger.fallback_a for charger in chargers}


async def test_third_charger_behind_25_a_says_who_pauses_when_the_meter_is_lost(
    hass: HomeAssistant, walk: Walk
) -> None:
    meter(hass)
    entry = site_entry(hass, meter=METER)
    assert (await add(hass, walk, entry, "One"))["type"] == "create_entry"
    assert (await add(hass, walk, entry, "Two", priority=3))["type"] == "create_entry"
    assert fallbacks(entry) == {"One": None, "Two": None}
    shown = await add(hass, walk, entry, "Three", priority=9)
    assert shown["step_id"] == "fallbacks"
    assert shown["description_placeholders"] == {
        "line": "L1",
        "sum_a": "30.5",
        "fuse_a": "25",
        "proposal": "One 6 A, Two 0 A, Three 6 A",
    }
    assert len(chargers_of(entry)) == 2
    assert (await walk.fill())["type"] == "create_entry"
    assert fallbacks(entry) == {"One": None, "Two": 0.0, "Three": None}


async def test_charger_that_is_changed_counts_once(hass: HomeAssistant, walk: Walk) -> None:
    meter(hass)
    entry = site_entry(hass, meter=METER)
    await add(hass, walk, entry, "One")
    await add(hass, walk, entry, "Two")
    one = chargers_of(entry)[0]
    await walk.subentry(entry, "charger", one.id)
    await walk.device(one.source_device_id)
    await walk.fill(**suggested(walk.result))
    done = await walk.fill(**electrical(walk))
    assert done["reason"] == "reconfigure_successful"


async def test_charger_that_is_only_watched_keeps_what_it_takes(hass: HomeAssistant, walk: Walk) -> None:
    meter(hass)
    entry = site_entry(hass, meter=METER)
    shown = await add(hass, walk, entry, "Old", controllable=False)
    assert shown["description_placeholders"]["proposal"] == "Old 20 A"
    await walk.fill()
    await add(hass, walk, entry, "New")
    assert walk.result["description_placeholders"]["proposal"] == "Old 20 A, New 0 A"
    await walk.fill()
    assert fallbacks(entry) == {"Old": None, "New": 0.0}


async def test_without_a_meter_only_the_chargers_are_held_against_the_fuse(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    assert (await add(hass, walk, entry, "One"))["type"] == "create_entry"
    # One alone cannot be too much: nothing is guarded.
    assert check_fallbacks(entry) is None
    for name in ("Two", "Three", "Four"):
        assert (await add(hass, walk, entry, name))["type"] == "create_entry"
    check = check_fallbacks(entry)
    assert check is not None
    assert check.fits
    shown = await add(hass, walk, entry, "Five")
    assert shown["step_id"] == "fallbacks"
    assert shown["description_placeholders"]["sum_a"] == "30"


async def test_charger_without_pause_and_without_room_hears_of_both(hass: HomeAssistant, walk: Walk) -> None:
    meter(hass)
    entry = site_entry(hass, meter=METER, limit_a=[10.0, 10.0, 10.0])
    brand = peblar(hass, "One")
    await walk.subentry(entry, "charger")
    await walk.device(brand.device.id)
    await walk.fill(**{key: value for key, value in suggested(walk.result).items() if key != "enable"})
    assert (await walk.fill(**electrical(walk)))["step_id"] == "cannot_pause"
    assert (await walk.fill())["step_id"] == "fallbacks"
    assert (await walk.fill())["type"] == "create_entry"


async def test_own_switch_of_a_charger_that_is_too_much_without_home_assistant_is_told_in_the_flow(
    hass: HomeAssistant, walk: Walk
) -> None:
    meter(hass)
    entry = site_entry(hass, meter=METER)
    shown = await add(hass, walk, entry, "One", hardware_limit_a=16)
    assert shown["step_id"] == "hardware_limits"
    assert shown["description_placeholders"] == {
        "line": "L1",
        "sum_a": "28.5",
        "fuse_a": "25",
        "proposal": "One 12 A",
    }
    assert (await walk.fill())["type"] == "create_entry"
    (one,) = chargers_of(entry)
    assert one.hardware_limit_a == 16.0
    # What is filled in stays, and what is cleared is not counted.
    await walk.subentry(entry, "charger", one.id)
    await walk.device(one.source_device_id)
    await walk.fill(**suggested(walk.result))
    assert suggested(walk.result)["hardware_limit_a"] == 16.0
    answers = {key: value for key, value in electrical(walk).items() if key != "hardware_limit_a"}
    assert (await walk.fill(**answers))["reason"] == "reconfigure_successful"
    assert chargers_of(entry)[0].hardware_limit_a is None


async def test_house_at_its_worst_as_its_owner_says_decides_what_fits(hass: HomeAssistant, walk: Walk) -> None:
    meter(hass)
    entry = site_entry(hass, meter=METER, house_worst_a=5.0)
    for name in ("One", "Two", "Three"):
        assert (await add(hass, walk, entry, name))["type"] == "create_entry"
    check = check_fallbacks(entry, worst_a=(24.0, 24.0, 24.0))
    assert check is not None
    assert check.fits
