"""A person says how the grid company bills peaks."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.core.capacity import CapacityScheme
from custom_components.ev_sessions.site.config.capacity import CapacityConfig, capacity_of, read_capacity_presets
from tests.flows.brands import Walk, site_entry, subentry_id, suggested

METER = {
    "form": "total_power",
    "signed": True,
    "import": ["sensor.grid_power"],
    "export": None,
    "total_power": None,
    "invert": False,
}
SECTIONS = {
    "price": ("per_kw", "steps", "months_mean", "billing_day"),
    "window": ("start_time", "end_time", "days", "months", "factor", "otherwise", "more"),
    "target": ("circuit", "target_kw"),
}


def filled(shown: Any, **changes: Any) -> dict[str, Any]:
    """Return the answers that a form is filled in with, with some others, in its sections; None takes one out."""
    answers = {key: value for key, value in {**suggested(shown), **changes}.items() if value is not None}
    inside = {name: {key: answers.pop(key) for key in keys if key in answers} for name, keys in SECTIONS.items()}
    return {**answers, **inside}


def capacity(entry: Any) -> CapacityConfig:
    found = capacity_of(entry)
    assert found is not None
    return found


async def to_form(walk: Walk, entry: Any, preset: str) -> Any:
    await walk.subentry(entry, "capacity")
    return await walk.fill(preset=preset)


@pytest.mark.parametrize("preset", [one.id for one in read_capacity_presets()])
async def test_a_preset_that_nobody_changes_is_taken_as_it_stands(hass: HomeAssistant, walk: Walk, preset: str) -> None:
    entry = site_entry(hass, meter=METER)
    shown = await to_form(walk, entry, preset)
    (known,) = (one for one in read_capacity_presets() if one.id == preset)
    assert known.source in shown["description_placeholders"]["source"]
    await walk.fill(**filled(shown))
    assert capacity(entry).scheme == known.scheme
    assert capacity(entry).name == known.name


async def test_steps_are_entered_line_by_line_and_filled_in_again(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass, meter=METER)
    shown = await to_form(walk, entry, "no_steps")
    await walk.fill(**filled(shown, steps="2 kW: 120\n\n5: 190,50\n: 320"))
    scheme = capacity(entry).scheme
    assert [(one.up_to_kw and str(one.up_to_kw), str(one.amount)) for one in scheme.steps] == [
        ("2", "120"),
        ("5", "190.5"),
        (None, "320"),
    ]
    shown = await walk.subentry(entry, "capacity", subentry_id(entry, "capacity"))
    assert suggested(shown)["steps"] == "2: 120\n5: 190.5\n: 320"
    done = await walk.fill(**filled(shown, days=["monday"], months=["1"], otherwise=0, start_time="06:00:00"))
    assert done["reason"] == "reconfigure_successful"
    (first,) = capacity(entry).scheme.windows
    assert (first.when.months, len(first.when.day_of_week)) == ((1,), 1)
    assert capacity(entry).scheme.otherwise == 0


@pytest.mark.parametrize(
    ("price", "error"),
    [
        ({"steps": "5: 190\n2: 120\n: 320"}, "steps_not_in_order"),
        ({"steps": "5: 190"}, "steps_not_in_order"),
        ({"steps": "five to ten"}, "steps_not_understood"),
        ({"per_kw": -1}, "scheme_out_of_range"),
    ],
)
async def test_what_cannot_be_is_refused_and_kept(
    hass: HomeAssistant, walk: Walk, price: dict[str, Any], error: str
) -> None:
    entry = site_entry(hass, meter=METER)
    shown = await to_form(walk, entry, "own")
    assert shown["description_placeholders"]["source"] == "–"
    shown = await walk.fill(**filled(shown, name="Mine", **price))
    assert shown["errors"] == {"base": error}
    assert suggested(shown)["name"] == "Mine"
    await walk.fill(**filled(shown, steps=None, per_kw=2, billing_day=15))
    assert capacity(entry).scheme == CapacityScheme.from_data({"interval_min": 60, "billing_day": 15, "per_kw": 2})


async def test_a_site_has_one_capacity_tariff(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass, meter=METER)
    shown = await to_form(walk, entry, "us_on_peak")
    await walk.fill(**filled(shown))
    assert (await walk.subentry(entry, "capacity"))["reason"] == "capacity_exists"


async def test_a_site_without_a_grid_meter_is_told_that_nobody_could_see_its_peaks(
    hass: HomeAssistant, walk: Walk
) -> None:
    entry = site_entry(hass)
    assert (await walk.subentry(entry, "capacity"))["reason"] == "capacity_without_meter"


async def test_several_windows_are_entered_one_by_one_kept_and_filled_in_again(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass, meter=METER)
    shown = await to_form(walk, entry, "own")
    shown = await walk.fill(
        **filled(shown, name="Mine", days=["saturday", "sunday"], factor=0, otherwise=0.5, more=True)
    )
    assert (shown["step_id"], shown["description_placeholders"]) == ("window", {"place": "2"})
    # What cannot be is said where it was entered, and the windows before it are kept.
    shown = await walk.fill(start_time="06:00:00", factor=-1, days=[], months=[], more=False)
    assert shown["errors"] == {"base": "scheme_out_of_range"}
    shown = await walk.fill(
        start_time="06:00:00", end_time="22:00:00", factor=1, days=[], months=["1", "12"], more=True
    )
    assert shown["description_placeholders"] == {"place": "3"}
    # A form that is left empty is no window.
    await walk.fill(factor=1, days=[], months=[], more=False)
    scheme = capacity(entry).scheme
    assert [(str(one.factor), len(one.when.day_of_week), one.when.months) for one in scheme.windows] == [
        ("0", 2, ()),
        ("1", 0, (1, 12)),
    ]
    assert str(scheme.otherwise) == "0.5"
    # Who changes nothing loses none of them.
    shown = await walk.subentry(entry, "capacity", subentry_id(entry, "capacity"))
    assert suggested(shown)["more"] is True
    shown = await walk.fill(**filled(shown))
    assert suggested(shown)["start_time"] == "06:00:00"
    done = await walk.fill(**suggested(shown))
    assert done["reason"] == "reconfigure_successful"
    assert capacity(entry).scheme == scheme
