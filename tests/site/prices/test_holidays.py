"""A plan whose holidays have their own price, in a house whose calendar or workday sensor knows them."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, override
from zoneinfo import ZoneInfo

from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.components.calendar.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.tariff import DayOfWeek
from custom_components.ev_sessions.site.prices import holidays
from custom_components.ev_sessions.store import Ledger

from ..house import House, site_entry

type StartSite = Callable[[MockConfigEntry], Any]

EVERY_DAY = [day.value for day in DayOfWeek]


def plan(entity_id: str) -> dict[str, Any]:
    """Holidays cost 0.10, ordinary days 0.30 from 17:10 on, all else 0.20."""
    return {
        "kind": "plan",
        "price": "0.20",
        "holidays": entity_id,
        "windows": [
            {"price": "0.10", "when": {}, "holidays": True},
            {"price": "0.30", "when": {"day_of_week": EVERY_DAY, "start_time": "17:10"}},
        ],
    }


class Holidays(CalendarEntity):
    """A calendar with whole days."""

    _attr_name = "Holidays"
    entity_id = "calendar.holidays"

    def __init__(self, *days: date) -> None:
        self.days = list(days)

    @property
    @override
    def event(self) -> CalendarEvent | None:
        return None

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        following = {day: date.fromordinal(day.toordinal() + 1) for day in self.days}
        return [
            CalendarEvent(start=day, end=end, summary="Holiday")
            for day, end in following.items()
            if start_date.date() <= day <= end_date.date()
        ]


async def charged(house: House) -> dict[str, Any]:
    """Charge 1 kWh before 17:10 and 1 kWh after, and return the session."""
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=20, power_w=6_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    return await house.only_session()


def price(hass: HomeAssistant) -> str:
    state = hass.states.get("sensor.home_price")
    assert state is not None
    return state.state


async def test_a_calendar_that_never_answers_is_not_waited_for(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gave_up: list[str] = []

    async def silent(_call: ServiceCall) -> dict[str, Any]:
        try:
            await asyncio.Event().wait()
        finally:
            gave_up.append("calendar")
        return {}

    monkeypatch.setattr(holidays, "ANSWER_TIMEOUT_S", 0.05)
    hass.states.async_set("calendar.holidays", "off")
    hass.services.async_register("calendar", "get_events", silent, supports_response=SupportsResponse.ONLY)
    ledger = Ledger(str(tmp_path / "ev_sessions.db"))
    await hass.async_add_executor_job(ledger.open)
    asked: list[asyncio.Task[None]] = []
    known = holidays.Holidays(
        hass,
        ledger,
        site_id="home",
        zone=ZoneInfo("Europe/Berlin"),
        clock=lambda: Now(utc=dt_util.utcnow(), monotonic_s=0.0),
        entities=["calendar.holidays"],
        changed=lambda _since: None,
        run=lambda work, name: asked.append(hass.async_create_task(work, name)),
    )
    await known.async_start()
    known.async_stop()
    await asyncio.wait_for(asyncio.gather(*asked), timeout=30)
    assert gave_up == ["calendar"]
    assert known.days == frozenset()
    await hass.async_add_executor_job(ledger.close)


async def test_a_day_of_the_calendar_has_the_price_of_holidays(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(site_entry(tariff=plan("calendar.holidays")))
    assert price(hass) == "0.2"
    await hass.data[DATA_COMPONENT].async_add_entities([Holidays(dt_util.now().date())])
    await house.later(minutes=0)
    assert price(hass) == "0.1"
    session = await charged(house)
    assert (session["energy_kwh"], session["cost"]) == (2.0, "0.20")


async def test_a_holiday_that_is_entered_late_makes_a_correction_that_stays(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = site_entry(tariff=plan("calendar.holidays"))
    await start_site(entry)
    calendar = Holidays()
    await hass.data[DATA_COMPONENT].async_add_entities([calendar])
    session = await charged(house)
    assert session["cost"] == "0.50"
    calendar.days.append(dt_util.now().date())
    house.state("calendar.holidays", "on")
    await house.later(minutes=1)
    session = await house.only_session()
    assert session["cost"] == "0.20"
    # Nobody tells it any more, and it is known; costing again changes nothing.
    await hass.data[DATA_COMPONENT].async_remove_entity("calendar.holidays")
    await hass.config_entries.async_reload(entry.entry_id)
    await house.later(minutes=1)
    assert price(hass) == "0.1"
    answer = await hass.services.async_call("ev_sessions", "recalculate_cost", {}, blocking=True, return_response=True)
    assert answer is not None
    await house.later(minutes=1)
    assert (await house.only_session())["cost"] == "0.20"


async def test_the_action_of_the_workday_sensor_tells_the_days(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    today = dt_util.now().date()
    asked: list[date] = []

    def check(call: ServiceCall) -> dict[str, Any]:
        day = call.data["check_date"]
        asked.append(day)
        return {"binary_sensor.workday": {"workday": day.weekday() < 5 and day != today}}

    hass.services.async_register("workday", "check_date", check, supports_response=SupportsResponse.ONLY)
    er.async_get(hass).async_get_or_create("binary_sensor", "workday", "one", suggested_object_id="workday")
    house.state("binary_sensor.workday", "off")
    await start_site(site_entry(tariff=plan("binary_sensor.workday")))
    await house.later(minutes=0)
    assert price(hass) == "0.1"
    assert len(asked) == 461
    assert (await charged(house))["cost"] == "0.20"


async def test_a_sensor_that_only_shows_today_tells_today(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    assert dt_util.now().weekday() < 5
    await start_site(site_entry(tariff=plan("binary_sensor.workday")))
    assert price(hass) == "0.2"
    house.state("binary_sensor.workday", "unavailable")
    await house.later(minutes=0)
    assert price(hass) == "0.2"
    house.state("binary_sensor.workday", "off")
    await house.later(minutes=0)
    assert price(hass) == "0.1"
    house.state("binary_sensor.workday", "on")
    await house.later(minutes=0)
    assert price(hass) == "0.2"


async def test_another_tariff_of_the_site_is_asked_with_its_holidays(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = site_entry(tariff=plan("binary_sensor.workday"))
    await start_site(entry)
    house.state("binary_sensor.workday", "off")
    await house.later(minutes=0)
    (tariff,) = entry.get_subentries_of_type("tariff")
    start = dt_util.now()
    period = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(), "kwh": 10}
    question: dict[str, Any] = {"tariff": tariff.subentry_id, "periods": [period]}
    assert await total(hass, question) == "1.00"
    assert await total(hass, question | {"circumstances": {"holidays": []}}) != "1.00"


async def total(hass: HomeAssistant, question: dict[str, Any]) -> Any:
    answer = await hass.services.async_call(
        "ev_sessions", "calculate_cost", question, blocking=True, return_response=True
    )
    assert answer is not None
    return answer["total_incl_tax"]
