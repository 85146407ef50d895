"""A person enters a supplier's leaflet: a usual price, and whatever else the leaflet has, part by part."""

from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.tariff import (
    DayOfWeek,
    Discount,
    IdleFee,
    Restrictions,
    Tariff,
    TaxIncluded,
    TimelinePrice,
)
from custom_components.ev_sessions.flows.plan_parts import StayPart
from custom_components.ev_sessions.site.config.site import TariffConfig, first_tariff
from tests.flows.brands import Walk, site_entry, subentry_id, suggested

D = Decimal
NIGHT = {"price": 0.2, "start_time": "22:00:00", "end_time": "06:00:00", "advanced": {}}
WEEKEND = {
    "price": 0.25,
    "start_time": "00:00:00",
    "end_time": "00:00:00",
    "days": ["sunday", "saturday"],
    "advanced": {"months": ["7", "6"]},
}
EVERY_DAY = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PARTS = [
    "tariff_take",
    "tariff_window",
    "tariff_read",
    "tariff_tax",
    "tariff_fees",
    "tariff_time",
    "tariff_stay",
    "tariff_tiers",
    "tariff_sun",
    "tariff_holidays",
    "tariff_discount",
    "tariff_plan",
]


@pytest.fixture(autouse=True)
def _a_friday(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    hass.config.time_zone = "Europe/Berlin"
    freezer.move_to("2026-06-05T10:00:00+02:00")


def plan_of(entry: Any) -> TariffConfig:
    tariff = first_tariff(entry)
    assert tariff is not None
    assert tariff.plan is not None
    return tariff


def tariff_of(entry: Any) -> Tariff:
    plan = plan_of(entry).plan
    assert plan is not None
    return plan.tariff(currency="EUR", time_zone="Europe/Berlin")


async def to_plan(walk: Walk, entry: Any) -> Any:
    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    return await walk.choose("tariff_plan")


async def begin(walk: Walk, entry: Any, price: float = 0.35) -> Any:
    await to_plan(walk, entry)
    return await walk.fill(name="Plan", price=price)


async def part(walk: Walk, step_id: str, **answers: Any) -> Any:
    await walk.choose(step_id)
    return await walk.fill(**answers)


async def take(walk: Walk) -> None:
    assert (await walk.choose("tariff_take"))["reason"] == "reconfigure_successful"


async def test_a_leaflet_with_a_night_and_summer_weekends(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await to_plan(walk, entry)
    shown = await walk.fill(name="Day and night", price=0.35)
    assert (shown["type"], shown["step_id"], shown["menu_options"]) == ("menu", "tariff_parts", PARTS)
    shown = await walk.choose("tariff_window")
    assert (shown["step_id"], shown["description_placeholders"]["number"]) == ("tariff_window", "1")
    assert shown["description_placeholders"]["usual"] == "0.35 EUR/kWh"
    await walk.fill(**NIGHT)
    shown = await walk.choose("tariff_window")
    assert shown["description_placeholders"]["number"] == "2"
    shown = await walk.fill(**WEEKEND)
    assert shown["step_id"] == "tariff_parts"
    told = shown["description_placeholders"]
    assert told["week"].splitlines() == [
        "- Monday, Tuesday, Wednesday, Thursday, Friday: 00:00–06:00 0.2 · 06:00–22:00 0.35 · 22:00–24:00 0.2",
        "- Saturday, Sunday: 00:00–06:00 0.2 · 06:00–22:00 0.25 · 22:00–24:00 0.2",
    ]
    assert (told["name"], told["kwh"], told["cost"], told["unit"], told["on_top"]) == (
        "Day and night",
        "20",
        "7.00 EUR",
        "EUR/kWh",
        "",
    )
    await take(walk)
    tariff = plan_of(entry)
    assert tariff.name == "Day and night"
    assert tariff.plan is not None
    assert (tariff.plan.usual, tariff.plan.vat_percent, tariff.plan.read) == (D("0.35"), None, None)
    when = tariff.plan.windows[1].when
    assert (when.day_of_week, when.months) == ((DayOfWeek.SATURDAY, DayOfWeek.SUNDAY), (6, 7))


async def test_a_window_is_changed_at_its_place_and_left_out_again(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await begin(walk, entry)
    await part(walk, "tariff_window", **NIGHT)
    await part(walk, "tariff_window", **WEEKEND)
    await take(walk)
    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    assert walk.result["menu_options"] == ["tariff_plan", "tariff_entity", "tariff_fixed", "tariff_ocpi"]
    assert suggested(await walk.choose("tariff_plan")) == {"name": "Plan", "price": 0.35}
    await walk.fill(name="Plan", price=0.36)
    shown = await walk.choose("tariff_windows")
    (which,) = (field for key, field in shown["data_schema"].schema.items() if key == "which")
    assert [option["label"] for option in which.config["options"]] == [
        "22:00–06:00: 0.2",
        "00:00–24:00, Saturday, Sunday, June, July: 0.25",
    ]
    shown = await walk.fill(which="1", remove=False)
    assert suggested(shown) == {
        "price": 0.25,
        "start_time": "00:00:00",
        "end_time": "00:00:00",
        "days": ["saturday", "sunday"],
        "months": ["6", "7"],
    }
    assert shown["description_placeholders"]["number"] == "2"
    await walk.fill(**WEEKEND | {"price": 0.26, "advanced": {"first_day": "2026-06-01", "last_day": "2026-08-31"}})
    await walk.choose("tariff_windows")
    shown = await walk.fill(which="1", remove=False)
    assert {name: suggested(shown)[name] for name in ("price", "first_day", "last_day")} == {
        "price": 0.26,
        "first_day": "2026-06-01",
        "last_day": "2026-08-31",
    }
    await walk.fill(**WEEKEND | {"price": 0.26, "advanced": {"first_day": "2026-06-01", "last_day": "2026-08-31"}})
    await part(walk, "tariff_windows", which="0", remove=True)
    await take(walk)
    plan = plan_of(entry).plan
    assert plan is not None
    assert plan.usual == D("0.36")
    (window,) = plan.windows
    assert (window.price, str(window.when.start_date), str(window.when.end_date)) == (
        D("0.26"),
        "2026-06-01",
        "2026-09-01",
    )
    # Without any there is nothing to change.
    await begin(walk, entry)
    shown = await part(walk, "tariff_windows", which="0", remove=True)
    assert "tariff_windows" not in shown["menu_options"]


async def test_a_price_by_power_current_duration_and_energy_needs_no_ocpi(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await begin(walk, entry)
    always = {"start_time": "00:00:00", "end_time": "00:00:00"}
    fast = {"from_kw": 11, "below_kw": 22.5, "from_min": 1.5, "below_min": 240}
    shown = await part(walk, "tariff_window", **NIGHT | always | {"price": 0.5, "advanced": fast})
    much = {"from_a": 48, "below_a": 96, "from_kwh": 10, "below_kwh": 40.25}
    shown = await part(walk, "tariff_window", **NIGHT | {"price": 0.1, "advanced": much})
    assert shown["description_placeholders"]["week"].splitlines() == [
        "- Every day: 00:00–24:00 0.35",
        "- 00:00–24:00, ≥ 11 kW, < 22.5 kW, ≥ 1.5 min, < 240 min: 0.5",
        "- 22:00–06:00, ≥ 48 A, < 96 A, ≥ 10 kWh, < 40.25 kWh: 0.1",
    ]
    await walk.choose("tariff_windows")
    shown = await walk.fill(which="0", remove=False)
    assert {name: suggested(shown)[name] for name in fast} == fast
    await walk.fill(**NIGHT | always | {"price": 0.6, "advanced": fast})
    await take(walk)
    first, second, usual = tariff_of(entry).elements
    assert first.restrictions == Restrictions(
        min_power_kw=D(11), max_power_kw=D("22.5"), min_duration_s=90, max_duration_s=14_400
    )
    assert (first.price_components[0].price, second.restrictions.min_current_a) == (D("0.6"), D(48))
    assert (second.restrictions.max_kwh, usual.restrictions) == (D("40.25"), Restrictions())


async def test_prices_for_time_and_once_with_their_conditions(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await begin(walk, entry)
    await part(walk, "tariff_tax", tax_rule="on_top", vat_percent=20)
    await part(walk, "tariff_fees", step_min=15)
    day = {"start_time": "08:00:00", "end_time": "18:00:00", "days": ["monday"]}
    all_day = {"start_time": "00:00:00", "end_time": "00:00:00"}
    await part(walk, "tariff_time", **all_day, per="hour", price=6, advanced={"from_min": 240})
    await part(walk, "tariff_time", **day, per="charging_hour", price=1, advanced={})
    await part(walk, "tariff_time", **all_day, per="parking_hour", price=2, advanced={})
    shown = await part(walk, "tariff_time", **day, per="session", price=3, advanced={"months": ["7"]})
    assert shown["description_placeholders"]["week"].splitlines()[1:] == [
        "- 00:00–24:00, ≥ 240 min: 6 EUR, Each hour, charging or not",
        "- 08:00–18:00, Monday: 1 EUR, Each hour of charging",
        "- 00:00–24:00: 2 EUR, Each hour without charging",
        "- 08:00–18:00, Monday, July: 3 EUR, Each session, once",
    ]
    # Beside the one that holds always, another for the same never counts.
    shown = await part(walk, "tariff_time", **day, per="parking_hour", price=9, advanced={})
    assert (shown["step_id"], shown["errors"]) == ("tariff_time", {"base": "window_never"})
    await walk.fill(**day, per="session", price=4, advanced={})
    await walk.choose("tariff_windows")
    shown = await walk.fill(which="0", remove=False)
    assert (shown["step_id"], suggested(shown)["per"], suggested(shown)["from_min"]) == ("tariff_time", "hour", 240)
    await walk.fill(**all_day, per="hour", price=6.5, advanced={"from_min": 240})
    await take(walk)
    told = [
        [(one.type.value, one.price, one.vat_percent, one.step_size) for one in element.price_components]
        for element in tariff_of(entry).elements
    ]
    vat = D(20)
    assert told == [
        [("TIME", D("6.5"), vat, 900), ("PARKING_TIME", D("6.5"), vat, 900)],
        [("TIME", D(1), vat, 900)],
        [("PARKING_TIME", D(2), vat, 900)],
        [("FLAT", D(3), vat, 0)],
        [("FLAT", D(4), vat, 0)],
        [("ENERGY", D("0.35"), vat, 0)],
    ]
    assert tariff_of(entry).elements[0].restrictions == Restrictions(min_duration_s=14_400)


async def test_a_price_for_time_stands_before_the_fee_that_holds_always(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await begin(walk, entry)
    await part(walk, "tariff_fees", hour_price=1)
    all_day = {"start_time": "00:00:00", "end_time": "00:00:00"}
    shown = await part(walk, "tariff_time", **all_day, per="charging_hour", price=2, advanced={})
    assert shown["step_id"] == "tariff_parts"
    shown = await part(walk, "tariff_time", **all_day, per="charging_hour", price=3_000_000, advanced={})
    assert shown["errors"] == {"price": "fee_out_of_range"}


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"advanced": {"from_kw": 11, "below_kw": 11}}, {"base": "window_never"}),
        ({"price": -2_000_000}, {"price": "price_absurd"}),
        ({"start_time": "00:00:00", "end_time": "00:00:00"}, {"base": "window_always"}),
        ({"days": EVERY_DAY, "start_time": "08:00:00", "end_time": "08:00:00"}, {"base": "window_always"}),
        ({"start_time": "23:00:00", "end_time": "05:00:00"}, {"base": "window_never"}),
        ({"advanced": {"first_day": "2026-07-02", "last_day": "2026-07-01"}}, {"base": "last_before_first"}),
    ],
)
async def test_a_window_that_is_none_is_told_and_kept(
    hass: HomeAssistant, walk: Walk, answers: dict[str, Any], error: dict[str, str]
) -> None:
    await begin(walk, site_entry(hass))
    await part(walk, "tariff_window", **NIGHT)
    shown = await part(walk, "tariff_window", **NIGHT | answers)
    assert (shown["step_id"], shown["errors"]) == ("tariff_window", error)
    # Nothing was taken: the right one is still the second.
    await walk.fill(**NIGHT | {"start_time": "12:00:00", "end_time": "14:00:00"})
    shown = await walk.choose("tariff_window")
    assert shown["description_placeholders"]["number"] == "3"


async def test_what_is_entered_one_by_one_ends(hass: HomeAssistant, walk: Walk) -> None:
    await begin(walk, site_entry(hass))
    for hour in range(24):
        times = {"start_time": f"{hour:02}:00:00", "end_time": f"{hour:02}:30:00"}
        shown = await part(walk, "tariff_window", **NIGHT | times)
        assert shown["step_id"] == "tariff_parts"
    shown = await part(walk, "tariff_window", **NIGHT | {"start_time": "00:30:00", "end_time": "00:45:00"})
    assert shown["errors"] == {"base": "windows_too_many"}


async def test_what_the_grid_adds_by_the_clock_to_a_price_that_is_read(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("sensor.spot", "8", {"unit_of_measurement": "ct/kWh"})
    entry = site_entry(hass)
    await begin(walk, entry, 0.1)
    read = {"entity_id": "sensor.spot", "unit": "ct/kWh", "factor": 1.05, "gap_rule": "hold", "hold_min": 90}
    shown = await part(walk, "tariff_read", **read)
    assert shown["description_placeholders"]["on_top"] == " (on top of what sensor.spot shows)"
    await part(walk, "tariff_window", **NIGHT | {"price": 0.02})
    await part(walk, "tariff_sun", sun_rule="read")
    await take(walk)
    config = plan_of(entry)
    assert (config.entity_id, config.unit) == ("sensor.spot", "ct/kWh")
    assert config.plan is not None
    assert config.plan.read is not None
    assert (config.plan.read.source, config.plan.read.multiply, config.plan.read.gap.max_s) == (
        "sensor.spot",
        D("1.05"),
        5400,
    )
    sun, night, usual = (element.price_components[0].price for element in tariff_of(entry).elements)
    assert isinstance(sun, TimelinePrice)
    assert isinstance(night, TimelinePrice)
    assert isinstance(usual, TimelinePrice)
    assert (sun.of(D("0.1")), night.of(D("0.1")), usual.of(D("0.1"))) == (D("0.1"), D("0.125"), D("0.205"))
    await begin(walk, entry, 0.1)
    assert suggested(await walk.choose("tariff_read")) == read
    await walk.fill(**read)
    assert suggested(await walk.choose("tariff_sun")) == {"sun_rule": "read"}


#: A part, what is entered there, and what it is in the plan's tariff.
FEES = {"session_fee": 0.5, "hour_price": 1.2, "session_least": 1, "session_most": 40, "step_wh": 1000, "step_min": 15}
STAY = {
    "idle_price": 6,
    "idle_grace_min": 30,
    "idle_step_min": 15,
    "idle_most": 12,
    "exempt_start": "22:00:00",
    "exempt_end": "07:00:00",
    "exempt2_start": "12:00:00",
    "exempt2_end": "14:00:00",
}
TIERS = {
    "free_kwh": 10,
    "free_per": "month",
    "tier_1_kwh": 100,
    "tier_1_price": 0.4,
    "tier_2_kwh": 200,
    "tier_2_price": 0.5,
}
CODED = {"percent": 10, "first_day": "2026-06-01", "last_day": "2026-06-30", "code": "GUEST"}


async def test_every_part_is_entered_and_filled_in_again(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("binary_sensor.workday", "on")
    entry = site_entry(hass)
    entered: dict[str, dict[str, Any]] = {
        "tariff_fees": FEES,
        "tariff_stay": STAY,
        "tariff_tiers": TIERS,
        "tariff_tax": {"tax_rule": "on_top", "vat_percent": 20},
        "tariff_sun": {"sun_rule": "feed_in", "sun_price": 0.08},
        "tariff_holidays": {"holidays": "binary_sensor.workday"},
    }
    shown = await begin(walk, entry)
    for step_id, answers in entered.items():
        shown = await part(walk, step_id, **answers)
        assert shown["step_id"] == "tariff_parts"
    # The first ten kilowatt-hours are free, two hours and the fee come on top, and the tax.
    assert shown["description_placeholders"]["cost"] == "7.68 EUR"
    await part(walk, "tariff_discount", **CODED)
    await part(walk, "tariff_discount", amount=2)
    await take(walk)
    tariff = tariff_of(entry)
    assert [
        (one.restrictions, one.price_components[0].price, one.price_components[0].step_size) for one in tariff.elements
    ] == [
        (Restrictions(max_month_kwh=D(10)), 0, 1000),
        (Restrictions(solar=True), D("0.08"), 1000),
        (Restrictions(min_month_kwh=D(200)), D("0.5"), 1000),
        (Restrictions(min_month_kwh=D(100)), D("0.4"), 1000),
        (Restrictions(), D("0.35"), 1000),
        (Restrictions(), D("0.5"), 0),
    ]
    assert [(one.type.value, one.step_size) for one in tariff.elements[-1].price_components] == [
        ("FLAT", 0),
        ("TIME", 900),
    ]
    assert (tariff.min_price.after_taxes, tariff.max_price.after_taxes) == (1, 40)  # type: ignore[union-attr]
    fee = tariff.extras.idle_fee
    assert isinstance(fee, IdleFee)
    assert (fee.price, fee.grace_s, fee.step_s, fee.cap, fee.vat_percent) == (D(6), 1800, 900, D(12), D(20))
    assert [(str(one.start_time), str(one.end_time)) for one in fee.exempt] == [
        ("22:00:00", "07:00:00"),
        ("12:00:00", "14:00:00"),
    ]
    first, second = tariff.extras.discounts
    assert (first.percent, first.code, str(first.start_date), str(first.end_date)) == (
        D(10),
        "GUEST",
        "2026-06-01",
        "2026-07-01",
    )
    assert second == Discount(amount=D(2))
    assert plan_of(entry).holidays == "binary_sensor.workday"

    await begin(walk, entry)
    for step_id, answers in entered.items():
        assert suggested(await walk.choose(step_id)) == answers
        await walk.fill(**answers)
    await walk.choose("tariff_discounts")
    assert suggested(await walk.fill(which="0", remove=False)) == CODED
    await walk.fill(amount=3)
    await part(walk, "tariff_discounts", which="1", remove=True)
    await take(walk)
    assert tariff_of(entry).extras.discounts == (Discount(amount=D(3)),)


def test_free_times_that_the_form_does_not_show_stay_as_they_were() -> None:
    exempt = [
        {"day_of_week": ["SUNDAY"]},
        {"start_time": "22:00", "end_time": "07:00"},
        {"start_time": "12:00", "end_time": "14:00"},
        {"start_time": "17:00", "end_time": "18:00"},
    ]
    stay = StayPart()
    before = {"fees": {"idle_hour": "6", "idle_exempt": exempt}}
    answers = stay.answers(before)
    assert (answers["exempt_start"], answers["exempt2_end"]) == ("22:00:00", "14:00:00")
    (fees,) = stay.data(answers, before).values()
    assert sorted(map(str, fees["idle_exempt"])) == sorted(map(str, exempt))
    # Without the fee nothing of it is left.
    (fees,) = stay.data({}, before).values()
    assert "idle_exempt" not in (fees or {})


async def test_a_part_that_is_emptied_is_gone(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await begin(walk, entry)
    plain = dict(plan_of_draft(walk))
    for step_id, answers, empty in (
        ("tariff_fees", FEES, {}),
        ("tariff_stay", STAY, {}),
        ("tariff_tiers", TIERS, {}),
        ("tariff_tax", {"tax_rule": "inside", "vat_percent": 20}, {"tax_rule": "none"}),
        ("tariff_sun", {"sun_rule": "free"}, {"sun_rule": "as_grid"}),
    ):
        await part(walk, step_id, **answers)
        shown = await part(walk, step_id, **empty)
        assert shown["description_placeholders"] == plain
    await take(walk)
    tariff = tariff_of(entry)
    assert len(tariff.elements) == 1
    assert (tariff.tax_included, tariff.extras.idle_fee) == (TaxIncluded.NO, None)


def plan_of_draft(walk: Walk) -> Any:
    return walk.result["description_placeholders"]


async def test_a_tax_that_is_inside_adds_nothing(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await begin(walk, entry)
    shown = await part(walk, "tariff_tax", tax_rule="inside", vat_percent=19)
    assert shown["description_placeholders"]["cost"] == "7.00 EUR"
    await take(walk)
    assert tariff_of(entry).tax_included is TaxIncluded.YES
    await begin(walk, entry)
    assert suggested(await walk.choose("tariff_tax")) == {"tax_rule": "inside", "vat_percent": 19.0}


async def test_holidays_are_days_to_choose_once_somebody_knows_them(hass: HomeAssistant, walk: Walk) -> None:
    hass.states.async_set("calendar.holidays", "off")
    entry = site_entry(hass)
    await begin(walk, entry)
    await part(walk, "tariff_holidays", holidays="calendar.holidays")
    await part(walk, "tariff_window", **NIGHT | {"days": ["sunday", "holiday"]})
    await part(walk, "tariff_window", **NIGHT | {"days": ["monday"], "price": 0.3})
    await part(walk, "tariff_window", **NIGHT | {"days": EVERY_DAY, "price": 0.32})
    await walk.choose("tariff_windows")
    assert suggested(await walk.fill(which="0", remove=False))["days"] == ["sunday", "holiday"]
    await walk.fill(**NIGHT | {"days": ["sunday", "holiday"]})
    await take(walk)
    assert [
        ([day.value for day in one.restrictions.day_of_week], one.restrictions.holiday)
        for one in tariff_of(entry).elements
    ] == [
        (["SUNDAY"], False),
        ([], True),
        (["MONDAY"], False),
        ([day.upper() for day in EVERY_DAY], False),
        ([], None),
    ]
    await begin(walk, entry)
    shown = await part(walk, "tariff_window", **NIGHT | {"days": [*EVERY_DAY, "holiday"], "end_time": "22:00:00"})
    assert shown["errors"] == {"base": "window_always"}


async def test_a_discount_is_for_whom_it_is_for(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    other = MockConfigEntry(
        domain=entry.domain,
        title="Other",
        data=dict(entry.data),
        subentries_data=[
            {"subentry_type": "vehicle", "title": "Zoe", "unique_id": None, "data": {}},
            {"subentry_type": "payer", "title": "Employer", "unique_id": None, "data": {}},
        ],
    )
    other.add_to_hass(hass)
    zoe, employer = subentry_id(other, "vehicle"), subentry_id(other, "payer")
    await begin(walk, entry)
    await part(walk, "tariff_discount", percent=50, vehicle=zoe, payer=employer)
    await take(walk)
    assert tariff_of(entry).extras.discounts == (Discount(percent=D(50), vehicle=zoe, payer=employer),)


WRONG: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("tariff_read", {"entity_id": "sensor.gone"}, {"entity_id": "entity_unknown"}),
    ("tariff_read", {"gap_rule": "hold"}, {"base": "hold_without_time"}),
    ("tariff_read", {"gap_rule": "fallback"}, {"base": "fallback_without_price"}),
    ("tariff_read", {"factor": 0}, {"factor": "factor_out_of_range"}),
    ("tariff_tax", {"tax_rule": "on_top"}, {"vat_percent": "vat_out_of_range"}),
    ("tariff_tax", {"tax_rule": "inside", "vat_percent": 190}, {"vat_percent": "vat_out_of_range"}),
    ("tariff_fees", {"session_fee": -1}, {"base": "fee_out_of_range"}),
    ("tariff_fees", {"session_least": 5, "session_most": 4}, {"base": "least_above_most"}),
    ("tariff_stay", {"idle_grace_min": 5}, {"base": "idle_without_price"}),
    ("tariff_stay", {"idle_price": 1e9}, {"base": "fee_out_of_range"}),
    ("tariff_stay", {"idle_price": 5, "exempt_start": "22:00:00"}, {"base": "exempt_half"}),
    ("tariff_stay", {"idle_price": 5, "exempt2_end": "14:00:00"}, {"base": "exempt_half"}),
    ("tariff_tiers", {"tier_1_kwh": 100}, {"base": "tier_half"}),
    ("tariff_tiers", {"tier_1_kwh": 100, "tier_1_price": 1e9}, {"base": "price_absurd"}),
    (
        "tariff_tiers",
        {"tier_1_kwh": 100, "tier_1_price": 0.3, "tier_2_kwh": 90, "tier_2_price": 0.4},
        {"base": "tier_order"},
    ),
    ("tariff_tiers", {"free_kwh": 0}, {"base": "tier_order"}),
    ("tariff_sun", {"sun_rule": "feed_in"}, {"sun_price": "sun_without_price"}),
    ("tariff_sun", {"sun_rule": "fixed", "sun_price": 2_000_000}, {"sun_price": "price_absurd"}),
    ("tariff_holidays", {"holidays": "calendar.gone"}, {"holidays": "entity_unknown"}),
    ("tariff_discount", {}, {"base": "discount_one_of"}),
    ("tariff_discount", {"percent": 10, "amount": 1}, {"base": "discount_one_of"}),
    ("tariff_discount", {"percent": 110}, {"base": "discount_out_of_range"}),
    (
        "tariff_discount",
        {"percent": 10, "first_day": "2026-07-02", "last_day": "2026-07-01"},
        {"base": "last_before_first"},
    ),
]


@pytest.mark.parametrize(("step_id", "answers", "errors"), WRONG)
async def test_a_wrong_answer_is_told_and_kept(
    hass: HomeAssistant, walk: Walk, step_id: str, answers: dict[str, Any], errors: dict[str, str]
) -> None:
    await begin(walk, site_entry(hass))
    shown = await part(walk, step_id, **answers)
    assert (shown["step_id"], shown["errors"]) == (step_id, errors)
    filled = suggested(shown)
    assert {name: filled[name] for name in answers} == answers


async def test_a_usual_price_that_no_energy_costs_is_told_and_kept(hass: HomeAssistant, walk: Walk) -> None:
    await to_plan(walk, site_entry(hass))
    shown = await walk.fill(name="Plan", price=2_000_000)
    assert (shown["step_id"], shown["errors"]) == ("tariff_plan", {"price": "price_absurd"})
    assert suggested(shown) == {"name": "Plan", "price": 2_000_000}


async def test_discounts_end_too(hass: HomeAssistant, walk: Walk) -> None:
    await begin(walk, site_entry(hass))
    for _ in range(24):
        await part(walk, "tariff_discount", percent=1)
    shown = await part(walk, "tariff_discount", percent=1)
    assert shown["errors"] == {"base": "discounts_too_many"}
