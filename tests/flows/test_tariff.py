"""A person says what energy costs, and changes it."""

from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ev_sessions.core.prices.price import GapRuleKind
from custom_components.ev_sessions.site.config.site import TariffConfig, first_tariff, payer_tariffs
from tests.flows.brands import Walk, site_entry, subentry_id, suggested

ADVANCED = {"gap_rule": "unpriced", "boundary_snap": True}


def tariff_of(entry: Any) -> TariffConfig:
    tariff = first_tariff(entry)
    assert tariff is not None
    return tariff


async def to_entity_form(walk: Walk, entry: Any) -> Any:
    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    return await walk.choose("tariff_entity")


async def test_fixed_price_is_changed_and_filled_in(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    shown = await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    assert shown["menu_options"] == ["tariff_fixed", "tariff_entity", "tariff_plan", "tariff_ocpi"]
    shown = await walk.choose("tariff_fixed")
    assert suggested(shown) == {"name": "Electricity", "price": 0.3}
    done = await walk.fill(name="Night", price=-0.00001)
    assert done["reason"] == "reconfigure_successful"
    assert (tariff_of(entry).name, tariff_of(entry).price) == ("Night", Decimal("-0.00001"))


async def test_price_that_no_energy_costs_is_refused_and_kept(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    await walk.choose("tariff_fixed")
    shown = await walk.fill(name="Flat", price=2_000_000)
    assert shown["errors"] == {"price": "price_absurd"}
    assert suggested(shown)["price"] == 2_000_000


@pytest.mark.parametrize("unit", ["EUR/kWh", "€/kWh", "ct/kWh", "c/kWh", "EUR/MWh", "EUR/Wh", "€ per kWh"])
async def test_price_entity_may_have_any_unit_of_the_currency(hass: HomeAssistant, walk: Walk, unit: str) -> None:
    hass.states.async_set("sensor.spot", "0.2", {"unit_of_measurement": unit})
    entry = site_entry(hass)
    shown = await to_entity_form(walk, entry)
    assert suggested(shown) == {"name": "Electricity", **ADVANCED}
    await walk.fill(name="Spot", entity_id="sensor.spot", advanced={})
    tariff = tariff_of(entry)
    assert (tariff.entity_id, tariff.unit, tariff.boundary_snap) == ("sensor.spot", None, True)
    assert tariff.gap.kind is GapRuleKind.UNPRICED


async def test_gap_rules_and_unit_are_kept_and_filled_in_again(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("sensor.spot", "unavailable")
    entry = site_entry(hass)
    await to_entity_form(walk, entry)
    held = {"gap_rule": "hold", "hold_min": 90, "boundary_snap": False}
    await walk.fill(name="Spot", entity_id="sensor.spot", unit="ct/kWh", advanced=held)
    tariff = tariff_of(entry)
    assert (tariff.unit, tariff.boundary_snap, tariff.gap.kind, tariff.gap.max_s) == (
        "ct/kWh",
        False,
        GapRuleKind.HOLD,
        5400.0,
    )
    shown = await to_entity_form(walk, entry)
    assert suggested(shown) == {"name": "Spot", "entity_id": "sensor.spot", "unit": "ct/kWh", **held}

    stand_in = {"gap_rule": "fallback", "gap_price": 0.31, "boundary_snap": True}
    await walk.fill(name="Spot", entity_id="sensor.spot", unit="ct/kWh", advanced=stand_in)
    assert tariff_of(entry).gap.price_per_kwh == Decimal("0.31")
    shown = await to_entity_form(walk, entry)
    assert suggested(shown)["gap_price"] == 0.31

    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    assert walk.result["menu_options"] == ["tariff_entity", "tariff_fixed", "tariff_plan", "tariff_ocpi"]
    assert suggested(await walk.choose("tariff_fixed")) == {"name": "Spot"}


@pytest.mark.parametrize(
    ("entity_id", "answers", "field", "error"),
    [
        ("sensor.gone", {}, "entity_id", "entity_unknown"),
        ("sensor.bare", {}, "entity_id", "price_unit_missing"),
        ("sensor.power", {}, "entity_id", "price_unit_not_per_energy"),
        ("sensor.crowns", {}, "entity_id", "price_unit_other_currency"),
        ("sensor.bare", {"unit": "SEK/kWh"}, "unit", "price_unit_other_currency"),
        ("sensor.words", {}, "entity_id", "price_not_a_number"),
        ("sensor.spot", {"advanced": {"gap_rule": "hold"}}, "base", "hold_without_time"),
        ("sensor.spot", {"advanced": {"gap_rule": "fallback"}}, "base", "fallback_without_price"),
    ],
)
async def test_what_is_no_price_is_refused_and_kept(
    hass: HomeAssistant, walk: Walk, entity_id: str, answers: dict[str, Any], field: str, error: str
) -> None:
    hass.states.async_set("sensor.bare", "0.2")
    hass.states.async_set("sensor.power", "200", {"unit_of_measurement": "W"})
    hass.states.async_set("sensor.crowns", "2", {"unit_of_measurement": "SEK/kWh"})
    hass.states.async_set("sensor.words", "cheap", {"unit_of_measurement": "EUR/kWh"})
    hass.states.async_set("sensor.spot", "0.2", {"unit_of_measurement": "EUR/kWh"})
    entry = site_entry(hass)
    await to_entity_form(walk, entry)
    shown = await walk.fill(**{"name": "Spot", "entity_id": entity_id, "advanced": {}, **answers})
    assert shown["errors"] == {field: error}
    assert suggested(shown)["entity_id"] == entity_id
    assert suggested(shown)["name"] == "Spot"


async def test_entity_that_carries_its_prices_in_a_list_need_not_show_a_number(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("sensor.day", "cheap", {"unit_of_measurement": "EUR/kWh", "raw_today": [{"value": 0.2}]})
    entry = site_entry(hass)
    await to_entity_form(walk, entry)
    done = await walk.fill(name="Day", entity_id="sensor.day", advanced={})
    assert done["reason"] == "reconfigure_successful"


async def test_a_second_tariff_is_for_payers_and_stays_so(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    house = first_tariff(entry)
    shown = await walk.subentry(entry, "tariff")
    assert shown["step_id"] == "payer_tariff"
    await walk.choose("tariff_fixed")
    await walk.fill(name="Employer", price=0.34)
    assert first_tariff(entry) == house
    (employer,) = payer_tariffs(entry)
    assert (employer.name, employer.price) == ("Employer", Decimal("0.34"))
    (second,) = (one for one in entry.subentries.values() if one.data.get("for") == "payers")
    await walk.subentry(entry, "tariff", second.subentry_id)
    await walk.choose("tariff_fixed")
    await walk.fill(name="Employer", price=0.35)
    assert [one.price for one in payer_tariffs(entry)] == [Decimal("0.35")]


async def test_a_site_gets_its_tariff_back_when_it_was_removed(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    hass.config_entries.async_remove_subentry(entry, subentry_id(entry, "tariff"))
    assert first_tariff(entry) is None
    await walk.subentry(entry, "tariff")
    await walk.choose("tariff_fixed")
    made = await walk.fill(name="Flat", price=0.25)
    assert made["type"] == "create_entry"
    assert tariff_of(entry).price == Decimal("0.25")


@pytest.mark.parametrize(("currency", "errors"), [("GBP", None), ("EUR", {"entity_id": "price_unit_other_currency"})])
async def test_an_event_that_carries_rates_needs_no_unit(
    hass: HomeAssistant, walk: Walk, currency: str, errors: dict[str, str] | None
) -> None:
    rates = er.async_get(hass).async_get_or_create(
        "event", "octopus_energy", "octopus_energy_electricity_19L_12_current_day_rates"
    )
    entry = site_entry(hass, currency=currency)
    await to_entity_form(walk, entry)
    done = await walk.fill(name="Agile", entity_id=rates.entity_id, advanced={})
    assert done.get("errors") == errors
    assert (done.get("reason") == "reconfigure_successful") is (errors is None)


async def test_an_event_of_something_else_is_no_price(hass: HomeAssistant, walk: Walk) -> None:
    bell = er.async_get(hass).async_get_or_create("event", "doorbell", "bell")
    entry = site_entry(hass)
    await to_entity_form(walk, entry)
    done = await walk.fill(name="Bell", entity_id=bell.entity_id, advanced={})
    assert done["errors"] == {"entity_id": "price_unit_missing"}
