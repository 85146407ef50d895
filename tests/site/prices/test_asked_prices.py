"""Integrations that tell their prices by an action: known by the entity, asked seldom, believed where they agree."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN

from ..house import House, site_entry

PRICE = "sensor.price"
BERLIN = ZoneInfo("Europe/Berlin")
type Start = Callable[[MockConfigEntry], Awaitable[None]]


def register(hass: HomeAssistant, platform: str, unique_id: str, device: str | None = None) -> MockConfigEntry:
    """Let an integration have the price entity, with a device where it has one."""
    entry = MockConfigEntry(domain=platform)
    entry.add_to_hass(hass)
    device_id = None
    if device is not None:
        made = dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(platform, device)}, name=device
        )
        device_id = made.id
    shown = hass.states.get(PRICE)
    assert shown is not None
    # A state that is there already would be somebody else's.
    hass.states.async_remove(PRICE)
    found = er.async_get(hass).async_get_or_create(
        "sensor", platform, unique_id, suggested_object_id="price", config_entry=entry, device_id=device_id
    )
    assert found.entity_id == PRICE
    hass.states.async_set(PRICE, shown.state, shown.attributes)
    return entry


class Market:
    """An integration's action. `price_of` tells what a quarter hour costs, in EUR/kWh; None: not known yet."""

    def __init__(self, hass: HomeAssistant, domain: str, name: str, answer: Callable[[ServiceCall], Any]) -> None:
        self.calls: list[ServiceCall] = []
        self.answer = answer
        self.fails: Exception | None = None
        hass.services.async_register(domain, name, self._called, supports_response=SupportsResponse.ONLY)

    async def _called(self, call: ServiceCall) -> ServiceResponse:
        self.calls.append(call)
        if self.fails is not None:
            raise self.fails
        answer: ServiceResponse = self.answer(call)
        return answer

    @property
    def days(self) -> list[str]:
        return [str(call.data["date"])[5:] for call in self.calls]


def quarters(day: date) -> list[datetime]:
    """Return the quarter hours of a day of Central European time."""
    start = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    end = datetime(day.year, day.month, day.day, tzinfo=BERLIN) + timedelta(days=1)
    found = []
    while start < end:
        found.append(start)
        start += timedelta(minutes=15)
    return found


def price_of(at: datetime) -> float:
    """Return EUR/kWh: it falls with the hour, quarter by quarter."""
    return round(0.30 - at.hour / 100 - at.minute / 10_000, 6)


def nord_pool(known_until: date) -> Callable[[ServiceCall], Any]:
    """Return what Nord Pool answers, per MWh, for days that its auction is over for."""

    def answer(call: ServiceCall) -> Any:
        day = date.fromisoformat(call.data["date"])
        (area,) = call.data["areas"]
        rows = [
            {
                "start": at.isoformat(),
                "end": (at + timedelta(minutes=15)).isoformat(),
                "price": round(price_of(at) * 1000, 3),
            }
            for at in quarters(day)
        ]
        return {area: rows if day <= known_until else []}

    return answer


async def prices_of(hass: HomeAssistant, start: str, end: str) -> list[tuple[str, str | None, str]]:
    """Return what `get_prices` tells, as (start, price, basis)."""
    told: Any = await hass.services.async_call(
        DOMAIN, "get_prices", {"start": start, "end": end}, blocking=True, return_response=True
    )
    return [(one["start"][11:16], one["price"], one["basis"]) for one in told["prices"]]


async def test_nord_pool_is_asked_for_today_and_once_more_when_tomorrow_is_due(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.freezer.move_to("2026-11-19T08:02:00+00:00")
    house.price("0.22")
    entry = register(hass, "nordpool", "DK1-current_price")
    market = Market(hass, "nordpool", "get_prices_for_date", nord_pool(date(2026, 11, 19)))
    await start_site(site_entry())
    await house.later(seconds=11)
    assert [call.data["config_entry"] for call in market.calls] == [entry.entry_id]
    assert market.days == ["11-19"]
    assert await prices_of(hass, "2026-11-19T10:00:00+01:00", "2026-11-19T10:45:00+01:00") == [
        ("10:00", "0.21", "interval"),
        ("10:15", "0.2085", "interval"),
        ("10:30", "0.207", "interval"),
    ]
    # Until the auction nobody asks; then once, and not with everybody else.
    for _ in range(15):
        await house.later(minutes=15)
    assert market.days == ["11-19"]
    market.answer = nord_pool(date(2026, 11, 20))
    for _ in range(17):
        await house.later(minutes=15)
    assert market.days == ["11-19", "11-20"]
    shown = hass.states.get("sensor.home_cheapest_window")
    assert shown is not None
    assert shown.state == "2026-11-19T21:00:00+00:00"
    for _ in range(30):
        await house.later(hours=1)
    assert market.days[2:] == ["11-21"] * len(market.days[2:])


async def test_prices_that_are_late_are_asked_for_less_and_less(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.freezer.move_to("2026-11-19T13:02:00+00:00")
    house.price("0.17")
    register(hass, "nordpool", "DK1-current_price")
    market = Market(hass, "nordpool", "get_prices_for_date", nord_pool(date(2026, 11, 19)))
    await start_site(site_entry())
    for _ in range(18):
        await house.later(seconds=30)
    soon = market.days.count("11-20")
    assert 2 <= soon <= 5
    for _ in range(36):
        await house.later(minutes=5)
    assert soon + 2 <= market.days.count("11-20") <= soon + 7
    assert market.days.count("11-19") == 1


@pytest.mark.parametrize(
    "error",
    [HomeAssistantError("no connection"), ServiceValidationError("no data"), TimeoutError(), KeyError("runtime_data")],
)
async def test_an_action_that_fails_is_tried_again_and_told_once(
    hass: HomeAssistant, house: House, start_site: Start, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    caplog.set_level("INFO")
    house.freezer.move_to("2026-11-19T08:02:00+00:00")
    house.price("0.22")
    register(hass, "nordpool", "DK1-current_price")
    market = Market(hass, "nordpool", "get_prices_for_date", nord_pool(date(2026, 11, 19)))
    market.fails = error
    site = site_entry()
    await start_site(site)
    for _ in range(20):
        await house.later(seconds=30)
    assert len(market.calls) >= 2
    stands = site.runtime_data.prices.asked_for
    assert (stands.action, stands.settled, stands.known) == ("nordpool.get_prices_for_date", False, ())
    assert stands.failures == len(market.calls)
    assert stands.why in {str(error), type(error).__name__, "it did not answer within 30 s"}
    assert caplog.text.count("nordpool tells no prices of sensor.price") == 1
    market.fails = None
    for _ in range(20):
        await house.later(minutes=1)
    assert (await prices_of(hass, "2026-11-19T10:00:00+01:00", "2026-11-19T10:15:00+01:00"))[0][2] == "interval"
    assert caplog.text.count("nordpool tells the prices of sensor.price again") == 1
    stands = site.runtime_data.prices.asked_for
    assert (stands.settled, stands.known, stands.failures, stands.why) == (True, ("2026-11-19",), 0, None)


async def test_prices_of_something_else_than_the_entity_shows_are_not_taken(
    hass: HomeAssistant, house: House, start_site: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """The entity may add grid fees in a template of its own: the market's prices would bill too little."""
    caplog.set_level("INFO")
    house.freezer.move_to("2026-11-19T08:02:00+00:00")
    house.price("0.37")
    register(hass, "nordpool", "DK1-current_price")
    Market(hass, "nordpool", "get_prices_for_date", nord_pool(date(2026, 11, 19)))
    await start_site(site_entry())
    await house.later(seconds=11)
    assert "they are not those that the entity shows" in caplog.text
    told = await prices_of(hass, "2026-11-19T10:00:00+01:00", "2026-11-19T10:15:00+01:00")
    assert told == [("10:00", "0.37", "state")]


async def test_days_in_which_nobody_looked_are_asked_for_after_a_start(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.freezer.move_to("2026-11-16T08:02:00+00:00")
    house.price("0.22")
    register(hass, "nordpool", "DK1-current_price")
    market = Market(hass, "nordpool", "get_prices_for_date", nord_pool(date(2026, 11, 18)))
    site = site_entry()
    await start_site(site)
    await house.later(seconds=11)
    assert await hass.config_entries.async_unload(site.entry_id)
    house.freezer.move_to("2026-11-18T08:02:00+00:00")
    assert await hass.config_entries.async_setup(site.entry_id)
    market.calls.clear()
    await house.later(seconds=11)
    assert market.days == ["11-18", "11-17"]
    told = await prices_of(hass, "2026-11-17T00:00:00+01:00", "2026-11-18T00:00:00+01:00")
    assert len(told) == 96
    assert {basis for _, _, basis in told} == {"interval"}


def rows(start: str, end: str | None, price: str, day: date, step_min: int = 15) -> list[dict[str, Any]]:
    """Return the rows of a day in an integration's own words."""
    found = []
    for at in quarters(day):
        if at.minute % step_min == 0:
            row: dict[str, Any] = {start: at.astimezone(BERLIN).isoformat(), price: price_of(at)}
            if end is not None:
                row[end] = (at + timedelta(minutes=step_min)).astimezone(BERLIN).isoformat()
            found.append(row)
    return found


TODAY = date(2026, 11, 19)


def energyzero(call: ServiceCall) -> Any:
    """Return prices without tax, and with it where it is asked for; an hour's is that of its first quarter."""
    factor = 1.0 if call.data["incl_vat"] else 0.5
    found = rows("start", "end", "price", TODAY, 60 if call.data["interval"] == "hour" else 15)
    return {"prices": [{**row, "timestamp": row["start"], "price": row["price"] * factor} for row in found]}


SOURCES: dict[str, tuple[str, str | None, str, Callable[[ServiceCall], Any]]] = {
    "energyzero": ("01JENTRY_today_energy_current_hour_price", None, "get_energy_prices", energyzero),
    "easyenergy": (
        "01JENTRY_today_energy_usage_current_hour_price",
        None,
        "get_energy_usage_prices",
        lambda _call: {
            "prices": [
                {**row, "timestamp": row["timestamp"].replace("T", " ")}
                for row in rows("timestamp", None, "price", TODAY)
            ]
        },
    ),
    "tibber": (
        "96a14971-525a-4420-aae9-e5aedaa129ff",
        "Vitahuset",
        "get_prices",
        lambda _call: {
            "prices": {"Hytta": [], "Vitahuset": rows("start_time", None, "price", TODAY)},
        },
    ),
    "green_planet_energy": (
        "gpe_current_price",
        None,
        "get_prices",
        lambda _call: {"prices": rows("start", "end", "price", TODAY), "hours_requested": 24},
    ),
    "omie": (
        "es_spot_price",
        None,
        "get_prices_for_date",
        lambda _call: {"es": rows("start", "end", "price", TODAY)},
    ),
    "tibber_prices": (
        "01JENTRY_current_interval_price",
        None,
        "get_price",
        lambda _call: {"home_id": "96a1", "price_info": rows("startsAt", None, "total", TODAY)},
    ),
    "entsoe": (
        "entsoe.home_current_price",
        None,
        "get_energy_prices",
        lambda _call: {"prices": rows("timestamp", None, "price", TODAY)},
    ),
}


@pytest.mark.parametrize("platform", SOURCES)
async def test_each_integration_is_known_by_its_entity_and_asked_in_its_own_words(
    hass: HomeAssistant, house: House, start_site: Start, platform: str
) -> None:
    house.freezer.move_to("2026-11-19T08:02:00+00:00")
    house.price("0.22")
    unique_id, device, name, answer = SOURCES[platform]
    register(hass, platform, unique_id, device)
    market = Market(hass, platform, name, answer)
    await start_site(site_entry())
    await house.later(seconds=11)
    assert market.calls
    told = await prices_of(hass, "2026-11-19T09:00:00+01:00", "2026-11-19T12:00:00+01:00")
    assert ("10:00", "0.21", "interval") in told
    assert {basis for _, _, basis in told} == {"interval"}


async def test_amber_tells_a_forecast_that_moves_all_day_and_begins_a_second_late(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.freezer.move_to("2026-11-19T08:02:00+00:00")
    house.price("0.22", "$/kWh")
    register(hass, "amberelectric", "01FG-current-general")

    def answer(call: ServiceCall) -> Any:
        assert call.data["channel_type"] == "general"
        starts = [datetime(2026, 11, 19, 8, minute, 1, tzinfo=UTC) for minute in (0, 30)]
        return {
            "forecasts": [
                {
                    "start_time": at.isoformat(),
                    "end_time": (at + timedelta(minutes=30, seconds=-1)).isoformat(),
                    "per_kwh": 0.22 if len(market.calls) < 3 else 0.19,
                    "spot_per_kwh": 0.1,
                }
                for at in starts
            ]
        }

    market = Market(hass, "amberelectric", "get_forecasts", answer)
    await start_site(site_entry(currency="AUD"))
    await house.later(seconds=11)
    assert await prices_of(hass, "2026-11-19T08:00:00Z", "2026-11-19T09:00:00Z") == [("09:00", "0.22", "interval")]
    for _ in range(15):
        await house.later(minutes=1)
    assert 3 <= len(market.calls) <= 5
    # What was told of an interval last counts, and what is over stays as it was.
    assert ("09:30", "0.19", "interval") in await prices_of(hass, "2026-11-19T08:30:00Z", "2026-11-19T09:00:00Z")


async def test_an_action_in_another_currency_is_not_asked(hass: HomeAssistant, house: House, start_site: Start) -> None:
    house.price("2.20", "SEK/kWh")
    unique_id, device, name, answer = SOURCES["omie"]
    register(hass, "omie", unique_id, device)
    market = Market(hass, "omie", name, answer)
    await start_site(site_entry(currency="SEK"))
    await house.later(seconds=11)
    assert market.calls == []


async def test_octopus_tells_its_days_by_events_beside_the_sensor(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.freezer.move_to("2026-11-19T08:02:00+00:00")
    house.price("0.22", "GBP/kWh")
    meter = "octopus_energy_electricity_19L3812345_1200012345678"
    register(hass, "octopus_energy", f"{meter}_current_rate")
    for day in ("previous", "current", "next"):
        er.async_get(hass).async_get_or_create(
            "event", "octopus_energy", f"{meter}_{day}_day_rates", suggested_object_id=f"{day}_day_rates"
        )

    def rates(day: date) -> dict[str, Any]:
        found = rows("start", "end", "value_inc_vat", day, 30)
        return {"event_type": "rates", "rates": [{**row, "is_capped": False} for row in found]}

    house.state("event.current_day_rates", "2026-11-19T00:00:01+00:00", rates(TODAY))
    await start_site(site_entry(currency="GBP"))
    told = await prices_of(hass, "2026-11-19T09:00:00+01:00", "2026-11-19T10:00:00+01:00")
    assert told == [("09:00", "0.22", "interval"), ("09:30", "0.217", "interval")]
    house.state("event.next_day_rates", "2026-11-19T16:00:01+00:00", rates(TODAY + timedelta(days=1)))
    await hass.async_block_till_done()
    assert len(await prices_of(hass, "2026-11-20T00:00:00+01:00", "2026-11-21T00:00:00+01:00")) == 48
