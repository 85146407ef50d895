"""A person enters a supplier's leaflet: a usual price, and other prices at other times."""

from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.core.tariff import DayOfWeek, TimelinePrice
from custom_components.ev_sessions.site.config import TariffConfig, first_tariff
from tests.flows.brands import Walk, site_entry, subentry_id, suggested

NIGHT = {"price": 0.2, "start_time": "22:00:00", "end_time": "06:00:00", "advanced": {}, "another": True}
WEEKEND = {
    "price": 0.25,
    "start_time": "00:00:00",
    "end_time": "00:00:00",
    "days": ["sunday", "saturday"],
    "advanced": {"months": ["7", "6"]},
    "another": False,
}


@pytest.fixture(autouse=True)
def _a_friday(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    hass.config.time_zone = "Europe/Berlin"
    freezer.move_to("2026-06-05T10:00:00+02:00")


def plan_of(entry: Any) -> TariffConfig:
    tariff = first_tariff(entry)
    assert tariff is not None
    assert tariff.plan is not None
    return tariff


async def to_plan(walk: Walk, entry: Any) -> Any:
    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    return await walk.choose("tariff_plan")


async def test_a_leaflet_with_a_night_and_summer_weekends(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await to_plan(walk, entry)
    shown = await walk.fill(name="Day and night", price=0.35, advanced={})
    assert (shown["step_id"], shown["description_placeholders"]["number"]) == ("tariff_window", "1")
    assert shown["description_placeholders"]["usual"] == "0.35 EUR/kWh"
    shown = await walk.fill(**NIGHT)
    assert shown["description_placeholders"]["number"] == "2"
    shown = await walk.fill(**WEEKEND)
    assert shown["step_id"] == "tariff_preview"
    told = shown["description_placeholders"]
    assert told["week"].splitlines() == [
        "- Friday, Monday, Tuesday, Wednesday, Thursday: 00:00–06:00 0.2 · 06:00–22:00 0.35 · 22:00–24:00 0.2",
        "- Saturday, Sunday: 00:00–06:00 0.2 · 06:00–22:00 0.25 · 22:00–24:00 0.2",
    ]
    assert (told["kwh"], told["cost"], told["unit"], told["entity"]) == ("20", "7.00 EUR", "EUR/kWh", "–")
    assert (await walk.fill())["reason"] == "reconfigure_successful"
    tariff = plan_of(entry)
    assert tariff.name == "Day and night"
    assert tariff.plan is not None
    assert (tariff.plan.usual, tariff.plan.vat_percent, tariff.plan.read) == (Decimal("0.35"), None, None)
    when = tariff.plan.windows[1].when
    assert (when.day_of_week, when.months) == ((DayOfWeek.SATURDAY, DayOfWeek.SUNDAY), (6, 7))


async def test_a_plan_is_filled_in_again_window_by_window(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await to_plan(walk, entry)
    await walk.fill(name="Grid", price=0.1, advanced={"vat_percent": 19, "sun_price": 0.08})
    await walk.fill(**NIGHT)
    await walk.fill(**WEEKEND)
    await walk.fill()
    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    assert walk.result["menu_options"] == ["tariff_plan", "tariff_entity", "tariff_fixed", "tariff_ocpi"]
    assert suggested(await walk.choose("tariff_plan")) == {
        "name": "Grid",
        "price": 0.1,
        "vat_percent": 19.0,
        "sun_price": 0.08,
        "gap_rule": "unpriced",
    }
    plan = plan_of(entry).plan
    assert plan is not None
    assert plan.sun == Decimal("0.08")
    shown = await walk.fill(name="Grid", price=0.1, advanced={})
    assert suggested(shown) == {
        "price": 0.2,
        "start_time": "22:00:00",
        "end_time": "06:00:00",
        "days": [],
        "months": [],
        "another": True,
    }
    shown = await walk.fill(**NIGHT)
    assert suggested(shown) | {"start_time": None, "end_time": None} == {
        "price": 0.25,
        "start_time": None,
        "end_time": None,
        "days": ["saturday", "sunday"],
        "months": ["6", "7"],
        "another": False,
    }
    # One more than there was before is empty.
    shown = await walk.fill(**WEEKEND | {"another": True})
    assert "price" not in suggested(shown)


async def test_what_the_grid_adds_by_the_clock_to_a_price_that_is_read(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("sensor.spot", "8", {"unit_of_measurement": "ct/kWh"})
    entry = site_entry(hass)
    await to_plan(walk, entry)
    advanced = {"entity_id": "sensor.spot", "unit": "ct/kWh", "vat_percent": 19}
    await walk.fill(name="Spot and grid", price=0.1, advanced=advanced)
    shown = await walk.fill(**NIGHT | {"another": False, "price": 0.02})
    assert shown["description_placeholders"]["entity"] == "sensor.spot"
    await walk.fill()
    tariff = plan_of(entry)
    assert (tariff.entity_id, tariff.unit) == ("sensor.spot", "ct/kWh")
    assert tariff.plan is not None
    assert tariff.plan.read == TimelinePrice(source="sensor.spot")
    assert tariff.plan.vat_percent == 19
    assert suggested(await to_plan(walk, entry)) == {
        "name": "Spot and grid",
        "price": 0.1,
        "gap_rule": "unpriced",
        **advanced,
    }


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"price": 2_000_000}, {"price": "price_absurd"}),
        ({"advanced": {"vat_percent": 190}}, {"base": "vat_out_of_range"}),
        ({"advanced": {"sun_price": 2_000_000}}, {"base": "price_absurd"}),
        ({"advanced": {"entity_id": "sensor.gone"}}, {"entity_id": "entity_unknown"}),
    ],
)
async def test_a_wrong_answer_is_told_and_kept(
    hass: HomeAssistant, walk: Walk, answers: dict[str, Any], error: dict[str, str]
) -> None:
    await to_plan(walk, site_entry(hass))
    shown = await walk.fill(**{"name": "Plan", "price": 0.3, "advanced": {}, **answers})
    assert (shown["step_id"], shown["errors"]) == ("tariff_plan", error)
    assert suggested(shown)["name"] == "Plan"


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"price": -2_000_000}, {"price": "price_absurd"}),
        ({"start_time": "00:00:00", "end_time": "00:00:00"}, {"base": "window_always"}),
        (
            {"days": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]}
            | {"start_time": "08:00:00", "end_time": "08:00:00"},
            {"base": "window_always"},
        ),
        ({"start_time": "23:00:00", "end_time": "05:00:00"}, {"base": "window_never"}),
    ],
)
async def test_a_window_that_is_none_is_told_and_kept(
    hass: HomeAssistant, walk: Walk, answers: dict[str, Any], error: dict[str, str]
) -> None:
    await to_plan(walk, site_entry(hass))
    await walk.fill(name="Plan", price=0.3, advanced={})
    await walk.fill(**NIGHT)
    shown = await walk.fill(**NIGHT | answers)
    assert (shown["step_id"], shown["errors"]) == ("tariff_window", error)
    # Nothing was taken: the right one is still the second.
    shown = await walk.fill(**NIGHT | {"start_time": "12:00:00", "end_time": "14:00:00"})
    assert shown["description_placeholders"]["number"] == "3"


async def test_what_is_entered_one_by_one_ends(hass: HomeAssistant, walk: Walk) -> None:
    await to_plan(walk, site_entry(hass))
    shown = await walk.fill(name="Plan", price=0.3, advanced={})
    for hour in range(24):
        assert shown["step_id"] == "tariff_window"
        times = {"start_time": f"{hour:02}:00:00", "end_time": f"{hour:02}:30:00"}
        shown = await walk.fill(**NIGHT | times)
    assert shown["step_id"] == "tariff_preview"


FEES = {
    "session_fee": 0.5,
    "hour_price": 1.2,
    "idle_price": 6,
    "idle_grace_min": 30,
    "idle_most": 12,
    "session_most": 40,
}


async def test_fees_of_a_leaflet_are_entered_shown_in_the_sample_and_filled_in_again(
    hass: HomeAssistant, walk: Walk
) -> None:
    entry = site_entry(hass)
    await to_plan(walk, entry)
    await walk.fill(name="Public", price=0.35, fees=FEES, advanced={"vat_percent": 19})
    shown = await walk.fill(**NIGHT | {"another": False})
    # 20 kWh, two hours and the fee, with tax.
    assert shown["description_placeholders"]["cost"] == "11.78 EUR"
    await walk.fill()
    plan = plan_of(entry).plan
    assert plan is not None
    tariff = plan.tariff(currency="EUR", time_zone="Europe/Berlin")
    assert tariff.extras.idle_fee is not None
    assert (tariff.extras.idle_fee.grace_s, tariff.extras.idle_fee.cap) == (1800, Decimal(12))
    assert tariff.max_price is not None
    assert (tariff.max_price.before_taxes, tariff.max_price.after_taxes) == (Decimal("33.613445378151"), Decimal(40))
    await to_plan(walk, entry)
    found = suggested(walk.result)
    assert {name: found[name] for name in FEES} == FEES


@pytest.mark.parametrize(
    ("fees", "advanced", "error"),
    [
        ({"session_fee": -1}, {}, "fee_out_of_range"),
        ({"idle_grace_min": 5}, {}, "idle_without_price"),
        ({}, {"gap_rule": "hold"}, "hold_without_time"),
        ({}, {"gap_rule": "fallback"}, "fallback_without_price"),
    ],
)
async def test_fees_and_gaps_that_cannot_be(
    hass: HomeAssistant, walk: Walk, fees: dict[str, Any], advanced: dict[str, Any], error: str
) -> None:
    await to_plan(walk, site_entry(hass))
    shown = await walk.fill(name="Public", price=0.35, fees=fees, advanced=advanced)
    assert shown["errors"] == {"base": error}


async def test_a_price_that_is_read_under_a_plan_may_be_held(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("sensor.spot", "10", {"unit_of_measurement": "ct/kWh"})
    entry = site_entry(hass)
    await to_plan(walk, entry)
    gap = {"gap_rule": "hold", "hold_min": 90}
    await walk.fill(name="Grid", price=0.1, advanced={"entity_id": "sensor.spot", **gap})
    await walk.fill(**NIGHT | {"another": False})
    await walk.fill()
    read = plan_of(entry).plan.read  # type: ignore[union-attr]
    assert read is not None
    assert read.gap.max_s == 5400
    await to_plan(walk, entry)
    assert suggested(walk.result)["hold_min"] == 90
