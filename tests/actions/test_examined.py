"""Cases as an examiner would write them who knows the rules and not the code: asked by action, reckoned by hand.

Each figure on the right was reckoned on paper; the comment says how.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.ev_sessions.const import DOMAIN

from .past import act

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


def part(kind: str, price: Any, vat: Any = None, step: int | None = None) -> dict[str, Any]:
    given = {"type": kind, "price": price, "vat": vat, "step_size": step}
    return {name: value for name, value in given.items() if value is not None}


def when(*parts: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    return {"price_components": list(parts)} | ({"restrictions": restrictions} if restrictions else {})


def energy(price: Any, vat: Any = None, step: int | None = None, **restrictions: Any) -> dict[str, Any]:
    return when(part("ENERGY", price, vat, step), **restrictions)


def time(price: Any, vat: Any = None, step: int | None = None, **restrictions: Any) -> dict[str, Any]:
    return when(part("TIME", price, vat, step), **restrictions)


def parking(price: Any, vat: Any = None, step: int | None = None, **restrictions: Any) -> dict[str, Any]:
    return when(part("PARKING_TIME", price, vat, step), **restrictions)


def flat(price: Any, vat: Any = None, **restrictions: Any) -> dict[str, Any]:
    return when(part("FLAT", price, vat), **restrictions)


def used(start: str, *parts: tuple[float, Any, str], zone: str = BERLIN, **more: Any) -> list[dict[str, Any]]:
    """Return periods that follow each other: minutes, kWh and state of each. The start is a local wall clock."""
    at = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    periods = []
    for minutes, kwh, state in parts:
        end = at + timedelta(minutes=minutes)
        periods.append({"start": at.isoformat(), "end": end.isoformat(), "kwh": kwh, "state": state, **more})
        at = end
    return periods


@dataclass(frozen=True, kw_only=True)
class Case:
    """A question and the answer: before taxes (None: not asked), with them, and rounded."""

    elements: Sequence[dict[str, Any]]
    periods: list[dict[str, Any]]
    incl: str
    excl: str | None = None
    rounded: str | None = None
    tariff: dict[str, Any] = field(default_factory=dict)
    zone: str = BERLIN
    known: dict[str, Any] = field(default_factory=dict)
    half_even: bool = False


CHARGING, PARKED, HELD = "charging", "parking", "suspended_evse"
WEDNESDAY, SATURDAY, NEW_YEAR = "2026-01-14", "2026-01-17", "2026-12-31"
NOON = f"{WEDNESDAY}T12:00"


def hour(kwh: Any, at: str = NOON, **more: Any) -> list[dict[str, Any]]:
    return used(at, (60, kwh, CHARGING), **more)


IDLE = {"ev_sessions": {"idle_fee": {"price": 6}}}


def idle(**fee: Any) -> dict[str, Any]:
    return {"ev_sessions": {"idle_fee": {"price": 6, **fee}}}


def less(*discounts: dict[str, Any]) -> dict[str, Any]:
    return {"ev_sessions": {"discounts": list(discounts)}}


TOU = [energy("0.20", start_time="22:00", end_time="06:00"), energy("0.35")]
#: A time of the night that daylight saving shows twice or not at all, dearer by five.
TWO_TO_THREE = [time(6, start_time="02:00", end_time="03:00"), time("1.20")]

CASES: dict[str, Case] = {
    # 20 × 0.25, and a tenth of it on top
    "energy_with_tax": Case(elements=[energy("0.25", 10)], periods=hour(20), excl="5", incl="5.5"),
    # 4.32 kWh are 5 begun ones
    "each_begun_kilowatt_hour": Case(elements=[energy("0.25", step=1000)], periods=hour("4.32"), incl="1.25"),
    # whole steps stay what they are
    "whole_steps_stay": Case(elements=[energy("0.25", step=1000)], periods=hour(5), incl="1.25"),
    # a step of 0 divides by nothing and bills what was used
    "no_step": Case(elements=[energy("0.25", step=0)], periods=hour("4.3205"), incl="1.080125"),
    # none is the least unit: 4320.5 Wh are 4321
    "step_of_a_watt_hour": Case(elements=[energy("0.25")], periods=hour("4.3205"), incl="1.08025"),
    # 50 minutes are four quarters
    "each_begun_quarter": Case(elements=[time("1.20", step=900)], periods=used(NOON, (50, 10, CHARGING)), incl="1.2"),
    # parking has no price, so charging was the last that had one
    "parking_without_price_leaves_the_step": Case(
        elements=[time("1.20", step=900)], periods=used(NOON, (50, 10, CHARGING), (30, 0, PARKED)), incl="1.2"
    ),
    # parking was last: 50/60 × 1.20 to the second, and 32 minutes are 35: 35/60 × 3
    "step_of_the_last_kind_alone": Case(
        elements=[time("1.20", step=900), parking(3, step=300)],
        periods=used(NOON, (50, 10, CHARGING), (32, 0, PARKED)),
        incl="2.75",
    ),
    # 5 kWh at 0.20 from 22:00 on, 5 at 0.35; the step is of the total: 10 kWh stay 10
    "switching_rounds_nothing": Case(
        elements=[energy("0.20", step=1000, start_time="22:00"), energy("0.35", step=1000)],
        periods=used(f"{WEDNESDAY}T21:30", (60, 9, CHARGING)),
        incl="2.475",
    ),
    # 9.5 kWh are 10; what is missing is billed at the last price, 0.20
    "missing_energy_at_the_last_price": Case(
        elements=[energy("0.20", step=1000, start_time="22:00"), energy("0.35", step=1000)],
        periods=used(f"{WEDNESDAY}T21:30", (60, "9.5", CHARGING)),
        incl="2.7125",
    ),
    # 0.50 once, 10 × 0.30
    "fee_and_energy": Case(elements=[flat("0.50"), energy("0.30")], periods=hour(10), incl="3.5"),
    # one fee for a session, the first that counts
    "fees_do_not_add": Case(elements=[flat(1), flat(2)], periods=hour(0), incl="1"),
    # the first that matches
    "first_element_wins": Case(elements=[energy("0.10"), energy("0.90")], periods=hour(10), incl="1"),
    # what nobody prices is free
    "nobody_prices_it": Case(elements=[time(1)], periods=used(NOON, (60, 10, PARKED)), incl="0"),
    # an hour on each side of ten in the evening
    "time_of_use": Case(elements=TOU, periods=used(f"{WEDNESDAY}T21:00", (120, 10, CHARGING)), incl="2.75"),
    # 23 to 24 is Saturday's; 0 to 1 is Sunday's, and not in the window
    "day_of_a_window_over_midnight": Case(
        elements=[
            energy("0.10", start_time="22:00", end_time="06:00", day_of_week=["SATURDAY"]),
            energy("0.40"),
        ],
        periods=used(f"{SATURDAY}T23:00", (120, 2, CHARGING)),
        incl="0.5",
    ),
    # the early hours of Saturday are Saturday's
    "early_saturday_is_saturday": Case(
        elements=[
            energy("0.10", start_time="22:00", end_time="06:00", day_of_week=["SATURDAY"]),
            energy("0.40"),
        ],
        periods=hour(2, f"{SATURDAY}T02:00"),
        incl="0.2",
    ),
    "end_at_midnight_is_the_end_of_the_day": Case(
        elements=[energy("0.10", start_time="22:00", end_time="00:00"), energy("0.40")],
        periods=used(f"{WEDNESDAY}T23:00", (120, 2, CHARGING)),
        incl="0.5",
    ),
    "same_time_twice_is_all_day": Case(
        elements=[energy("0.10", start_time="08:00", end_time="08:00"), energy("0.40")],
        periods=used(f"{WEDNESDAY}T07:30", (60, 2, CHARGING)),
        incl="0.2",
    ),
    "start_alone_is_until_midnight": Case(
        elements=[energy("0.10", start_time="22:00"), energy("0.40")],
        periods=used(f"{WEDNESDAY}T21:00", (240, 4, CHARGING)),
        incl="1.0",
    ),
    # three minutes of ten
    "window_of_ten_past_seven": Case(
        elements=[energy("1", start_time="07:10", end_time="07:13"), energy("0")],
        periods=used(f"{WEDNESDAY}T07:05", (10, 10, CHARGING)),
        incl="3",
    ),
    # two hours on the clock from 1 to 4, and 2 to 3 never is
    "berlin_spring": Case(elements=TWO_TO_THREE, periods=used("2026-03-29T01:00", (120, 2, CHARGING)), incl="2.4"),
    # from 0 to 4 it is five hours, and 2 to 3 is twice: 2 × 6 + 3 × 1.20
    "berlin_autumn": Case(elements=TWO_TO_THREE, periods=used("2026-10-25T00:00", (300, 5, CHARGING)), incl="15.6"),
    # 1 to 2 twice: 2 × 6, and 30 minutes on either side
    "new_york_autumn": Case(
        elements=[time(6, start_time="01:00", end_time="02:00"), time("1.20")],
        periods=used("2026-11-01T00:30", (180, 3, CHARGING), zone=NEW_YORK),
        zone=NEW_YORK,
        incl="13.2",
    ),
    # half past one to two is shown twice, 30 minutes each: 1 × 6 + 1.5 × 1.20
    "lord_howe_autumn": Case(
        elements=[time(6, start_time="01:30", end_time="02:00"), time("1.20")],
        periods=used("2026-04-05T01:00", (150, 3, CHARGING), zone=LORD_HOWE),
        zone=LORD_HOWE,
        incl="7.8",
    ),
    # 2 to 2:30 is skipped: of 90 minutes from half past one, none is in it
    "lord_howe_spring": Case(
        elements=[time(6, start_time="02:00", end_time="02:30"), time("1.20")],
        periods=used("2026-10-04T01:30", (90, 3, CHARGING), zone=LORD_HOWE),
        zone=LORD_HOWE,
        incl="1.8",
    ),
    # the same instants in UTC: an offset is no clock
    "night_has_nine_hours": Case(
        elements=[time(1, start_time="22:00", end_time="06:00"), time(0)],
        periods=used("2026-10-24T21:00", (660, 11, CHARGING)),
        incl="9",
    ),
    "night_has_seven_hours": Case(
        elements=[time(1, start_time="22:00", end_time="06:00"), time(0)],
        periods=used("2026-03-28T21:00", (660, 11, CHARGING)),
        incl="7",
    ),
    # 10 × 0.20 + 5 × 0.40
    "from_the_eleventh_kilowatt_hour_on": Case(
        elements=[energy("0.20", max_kwh=10), energy("0.40")], periods=hour(15), incl="4"
    ),
    "ten_exactly_are_all_below": Case(
        elements=[energy("0.20", max_kwh=10), energy("0.40")], periods=hour(10), incl="2"
    ),
    # a span that divides by nothing: the cut is in energy, not in microseconds
    "cut_in_energy": Case(
        elements=[energy("0.20", max_kwh=10), energy("0.60")],
        periods=used(NOON, (17.2166666, 20, CHARGING)),
        incl="8",
    ),
    "eleven_kilowatts_are_from_eleven_on": Case(
        elements=[energy("0.50", min_power=11), energy("0.30")], periods=hour(11, power_kw=11), incl="5.5"
    ),
    "eleven_kilowatts_are_not_below_eleven": Case(
        elements=[energy("0.50", max_power=11), energy("0.30")], periods=hour(11, power_kw=11), incl="3.3"
    ),
    "current_is_the_sum_of_the_phases": Case(
        elements=[energy("0.50", min_current=48), energy("0.30")], periods=hour(10, current_a=48), incl="5"
    ),
    # the first hour is free, half an hour at 2
    "first_hour_is_free": Case(
        elements=[time(0, max_duration=3600), time(2)], periods=used(NOON, (90, 10, CHARGING)), incl="1"
    ),
    # waiting counts in the duration: of the hour of charging half is after the first hour
    "duration_counts_from_the_start": Case(
        elements=[time(2, min_duration=3600)],
        periods=used(NOON, (30, 0, PARKED), (60, 10, CHARGING)),
        incl="1",
    ),
    # an hour of each year
    "new_year": Case(
        elements=[energy("0.40", start_date="2027-01-01"), energy("0.30")],
        periods=used(f"{NEW_YEAR}T23:00", (120, 2, CHARGING)),
        incl="0.7",
    ),
    "end_date_is_the_first_day_after": Case(
        elements=[energy("0.40", end_date="2026-12-31"), energy("0.30")],
        periods=hour(10, f"{NEW_YEAR}T12:00"),
        incl="3",
    ),
    # 1 × 1.16 + 1 × 1.19
    "tax_of_the_new_year": Case(
        elements=[energy(1, 16, end_date="2027-01-01"), energy(1, 19)],
        periods=used(f"{NEW_YEAR}T23:00", (120, 2, CHARGING)),
        excl="2",
        incl="2.35",
    ),
    # 0.25 becomes 1.00, and its tax follows
    "least_price": Case(
        elements=[energy("0.25", 20)], periods=hour(1), tariff={"min_price": {"before_taxes": 1}}, excl="1", incl="1.2"
    ),
    "both_limits_hold_each_for_itself": Case(
        elements=[energy("0.25", 20)],
        periods=hour(1),
        tariff={"min_price": {"excl_vat": 1, "incl_vat": "1.1"}},
        excl="1",
        incl="1.1",
    ),
    "greatest_price": Case(
        elements=[energy("0.25", 10)],
        periods=hour(100),
        tariff={"max_price": {"before_taxes": 5}},
        excl="5",
        incl="5.5",
    ),
    # 1.19 is what is paid; a hundred of 119 is without tax
    "tax_inside": Case(
        elements=[energy("1.19", 19)], periods=hour(10), tariff={"tax_included": "YES"}, excl="10", incl="11.9"
    ),
    "tax_that_does_not_apply": Case(
        elements=[energy("0.25", 19)], periods=hour(10), tariff={"tax_included": "N/A"}, excl="2.5", incl="2.5"
    ),
    # fees and energy at rates of their own: 1 × 1.20 + 10 × 0.30 × 1.05
    "two_rates": Case(elements=[flat(1, 20), energy("0.30", 5)], periods=hour(10), excl="4", incl="4.35"),
    "negative_prices_count": Case(elements=[energy("-0.05")], periods=hour(10), incl="-0.5"),
    "voucher_is_not_used_on_a_credit": Case(
        elements=[energy("-0.05")], periods=hour(10), known={"voucher": 5}, incl="-0.5"
    ),
    "voucher_never_below_zero": Case(elements=[energy("0.30")], periods=hour(10), known={"voucher": 5}, incl="0"),
    # off what is owed with taxes: 5.50 − 2
    "voucher_is_after_taxes": Case(elements=[energy("0.25", 10)], periods=hour(20), known={"voucher": 2}, incl="3.5"),
    # 10 less a tenth is 9, and 8 is the most
    "discount_before_the_greatest_price": Case(
        elements=[energy(1)],
        periods=hour(10),
        tariff={"max_price": {"before_taxes": 8}, **less({"percent": 10})},
        incl="8",
    ),
    # half of 5 is less than the least
    "discount_before_the_least_price": Case(
        elements=[energy("0.5")],
        periods=hour(10),
        tariff={"min_price": {"before_taxes": 3}, **less({"percent": 50})},
        incl="3",
    ),
    # 3 is the least, less a voucher of 2
    "voucher_after_the_least_price": Case(
        elements=[energy("0.1")],
        periods=hour(10),
        tariff={"min_price": {"before_taxes": 3}},
        known={"voucher": 2},
        incl="1",
    ),
    # 10 − 1 = 9, − 1 = 8
    "discounts_one_after_the_other": Case(
        elements=[energy(1)], periods=hour(10), tariff=less({"percent": 10}, {"amount": 1}), incl="8"
    ),
    "discount_below_nothing": Case(elements=[energy("0.1")], periods=hour(10), tariff=less({"amount": 5}), incl="0"),
    "code_that_nobody_has": Case(
        elements=[energy(1)], periods=hour(10), tariff=less({"percent": 50, "code": "GUEST"}), incl="10"
    ),
    "code_that_was_given": Case(
        elements=[energy(1)],
        periods=hour(10),
        tariff=less({"percent": 50, "code": "GUEST"}),
        known={"codes": ["GUEST"]},
        incl="5",
    ),
    # it begins on the day before, by its own clock
    "discount_by_the_day_of_the_start": Case(
        elements=[energy(1)],
        periods=used(f"{NEW_YEAR}T23:30", (60, 10, CHARGING)),
        tariff=less({"percent": 50, "start_date": "2027-01-01"}),
        incl="10",
    ),
    "discount_of_one_vehicle": Case(
        elements=[energy(1)],
        periods=hour(10),
        tariff=less({"percent": 10, "vehicle": "Zoe"}, {"percent": 50, "vehicle": "Van"}),
        known={"vehicle": "Zoe"},
        incl="9",
    ),
    # 4 at 0.08 and 6 at 0.30
    "sun_at_its_own_price": Case(
        elements=[energy("0.08", solar=True), energy("0.30")],
        periods=hour(10, solar_kwh=4),
        tariff={"ev_sessions": {}},
        incl="2.12",
    ),
    # five to a hundred, five above
    "tier_of_the_month": Case(
        elements=[energy("0.28", max_month_kwh=100), energy("0.34")],
        periods=hour(10),
        tariff={"ev_sessions": {}},
        known={"month_kwh": 95},
        incl="3.1",
    ),
    # the second hour is February's, and its first
    "tier_begins_anew_on_the_first": Case(
        elements=[energy("0.28", max_month_kwh=100), energy("0.34")],
        periods=used("2026-01-31T23:00", (120, 2, CHARGING)),
        tariff={"ev_sessions": {}},
        known={"month_kwh": 1000},
        incl="0.62",
    ),
    # five are free and they are the earliest, at the dear time: 5 × 0.20
    "free_energy_is_the_earliest": Case(
        elements=[energy(0, max_kwh=5), *TOU], periods=used(f"{WEDNESDAY}T21:00", (120, 10, CHARGING)), incl="1"
    ),
    # Wednesday is a holiday, so it is not a Wednesday
    "holiday_is_no_weekday": Case(
        elements=[
            energy("0.10", holiday=True),
            energy("0.90", day_of_week=["WEDNESDAY"], holiday=False),
            energy("0.30"),
        ],
        periods=hour(10),
        tariff={"ev_sessions": {}},
        known={"holidays": [WEDNESDAY]},
        incl="1",
    ),
    "summer_price": Case(
        elements=[energy("0.10", months=[6, 7, 8]), energy("0.30")],
        periods=used("2026-08-31T23:00", (120, 2, CHARGING)),
        tariff={"ev_sessions": {}},
        incl="0.4",
    ),
    # 90 minutes less 30
    "idle_after_its_grace": Case(
        elements=[energy(0)],
        periods=used(NOON, (60, 10, CHARGING), (90, 0, PARKED)),
        tariff=idle(grace_s=1800),
        incl="6",
    ),
    # 21 to 22 is due, the night is not
    "idle_at_night_is_free": Case(
        elements=[energy(0)],
        periods=used(f"{WEDNESDAY}T20:00", (60, 10, CHARGING), (150, 0, PARKED)),
        tariff=idle(exempt=[{"start_time": "22:00", "end_time": "07:00"}]),
        incl="6",
    ),
    # 70 minutes are five quarters
    "idle_in_steps": Case(
        elements=[energy(0)],
        periods=used(NOON, (60, 10, CHARGING), (70, 0, PARKED)),
        tariff=idle(step_s=900),
        incl="7.5",
    ),
    "idle_at_most": Case(
        elements=[energy(0)],
        periods=used(NOON, (60, 10, CHARGING), (300, 0, PARKED)),
        tariff=idle(cap=12),
        incl="12",
    ),
    # the grace runs out at a quarter past ten, in the free night; 7:00 to 7:30 is due
    "idle_grace_before_the_night": Case(
        elements=[energy(0)],
        periods=used(f"{WEDNESDAY}T20:45", (60, 10, CHARGING), (585, 0, PARKED)),
        tariff=idle(grace_s=1800, exempt=[{"start_time": "22:00", "end_time": "07:00"}]),
        incl="3",
    ),
    # what we hold back is not idle: half an hour is left
    "idle_is_not_what_we_hold_back": Case(
        elements=[energy(0)],
        periods=used(NOON, (60, 10, CHARGING), (120, 0, HELD), (30, 0, PARKED)),
        tariff=IDLE,
        incl="3",
    ),
    # a pause between two charges is none either
    "idle_is_not_a_pause": Case(
        elements=[energy(0)],
        periods=used(NOON, (60, 5, CHARGING), (60, 0, PARKED), (60, 5, CHARGING)),
        tariff=IDLE,
        incl="0",
    ),
    # two hours of charging, and nothing for the two in between
    "held_back_is_neither_charging_nor_parking": Case(
        elements=[time(1), parking(6)],
        periods=used(NOON, (60, 5, CHARGING), (120, 0, HELD), (60, 5, CHARGING)),
        incl="2",
    ),
    # the vehicle asks for nothing yet, which is parking all the same
    "parking_before_charging": Case(
        elements=[time(0), parking(6)], periods=used(NOON, (30, 0, PARKED), (60, 10, CHARGING)), incl="3"
    ),
    "yen_have_no_digits": Case(
        elements=[energy(31)], periods=hour("10.5"), tariff={"currency": "JPY"}, incl="325.5", rounded="326"
    ),
    "dinars_have_three": Case(
        elements=[energy("0.12345")],
        periods=hour(10),
        tariff={"currency": "KWD"},
        incl="1.2345",
        rounded="1.235",
    ),
    "half_is_up": Case(elements=[energy("0.0125")], periods=hour(10), incl="0.125", rounded="0.13"),
    "half_is_even_if_asked": Case(
        elements=[energy("0.0125")], periods=hour(10), half_even=True, incl="0.125", rounded="0.12"
    ),
    "half_is_away_from_zero": Case(elements=[energy("-0.0125")], periods=hour(10), incl="-0.125", rounded="-0.13"),
    # as floats it would be 2.29
    "no_floats": Case(elements=[energy("0.27")], periods=hour("8.5"), incl="2.295", rounded="2.3"),
}


@pytest.mark.parametrize("name", CASES)
async def test_the_action_says_what_the_paper_says(hass: HomeAssistant, name: str) -> None:
    case = CASES[name]
    assert await async_setup_component(hass, DOMAIN, {})
    tariff = {"currency": "EUR", **case.tariff, "elements": list(case.elements)}
    more: dict[str, Any] = {"rounding": "half_even"} if case.half_even else {}
    if case.known:
        more["circumstances"] = case.known
    found = await act(hass, "calculate_cost", ocpi_tariff=tariff, periods=case.periods, time_zone=case.zone, **more)
    assert Decimal(found["total_incl_tax"]) == Decimal(case.incl)
    if case.excl is not None:
        assert Decimal(found["total_excl_tax"]) == Decimal(case.excl)
    if case.rounded is not None:
        assert Decimal(found["total_rounded"]) == Decimal(case.rounded)


def test_there_are_more_than_fifty() -> None:
    assert len(CASES) >= 50
