"""What a person sees of sessions on Home Assistant's calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.ev_sessions import calendar
from custom_components.ev_sessions.site.actions.session_calendar import MOST_SESSIONS
from custom_components.ev_sessions.store import ImportedSession, Ledger
from tests.actions.past import act, past, remember, tell
from tests.store.builders import QUARTER, imported

from ..house import House, shown

CALENDAR = "calendar.garage_sessions"


@pytest.fixture(autouse=True)
async def _in_berlin(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")


async def on_calendar(hass_client: ClientSessionGenerator, start: str, end: str) -> list[dict[str, Any]]:
    """Return the events that the calendar's page asks for."""
    client = await hass_client()
    answer = await client.get(f"/api/calendars/{CALENDAR}", params={"start": start, "end": end})
    assert answer.status == 200
    events: list[dict[str, Any]] = await answer.json()
    return events


async def test_a_past_session_stands_on_the_evening_on_which_the_car_was_there(
    hass: HomeAssistant, site: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    ids = await remember(hass, past(0, energy_kwh=12.34), past(1), past(2, energy_kwh=0.04))
    await act(hass, "update_session", session_id=ids[0], note="Guest")
    first, second = await on_calendar(hass_client, "2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z")
    assert first == {
        "start": {"dateTime": "2026-11-10T18:00:00+01:00"},
        "end": {"dateTime": "2026-11-10T19:00:00+01:00"},
        "summary": "12.3 kWh, 3.09 EUR",
        "description": "Energy: 12.34 kWh\nCost: 3.09 EUR\nAverage price: 0.25 EUR/kWh\n"
        "Connected: 1 h 0 min\nCharging: 1 h 0 min\nNote: Guest",
        "location": None,
        "uid": ids[0],
        "recurrence_id": None,
        "rrule": None,
        "status": None,
    }
    assert second["uid"] == ids[1]
    # Overlapping is enough, touching is not.
    assert len(await on_calendar(hass_client, "2026-11-10T17:59:00Z", "2026-11-11T17:00:00Z")) == 1
    assert await on_calendar(hass_client, "2026-11-10T18:00:00Z", "2026-11-11T17:00:00Z") == []


async def test_the_words_follow_the_language(
    hass: HomeAssistant, site: MockConfigEntry, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await remember(hass, past(0))
    texts = {"component.ev_sessions.entity.calendar.sessions.state_attributes.energy.name": "Energi"}
    monkeypatch.setattr(calendar, "async_get_cached_translations", lambda *_: texts)
    (event,) = await on_calendar(hass_client, "2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z")
    assert event["description"].startswith("Energi: 6.00 kWh\n")


async def test_a_session_without_a_price_shows_no_cost(
    hass: HomeAssistant, site: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    await remember(hass, past(cost_exact=None, currency=None))
    (event,) = await on_calendar(hass_client, "2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z")
    assert event["summary"] == "6.0 kWh"
    assert "Cost" not in event["description"]


async def test_the_calendar_is_on_while_a_car_is_plugged_in(
    hass: HomeAssistant, house: House, site: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert shown(hass, CALENDAR) == "off"
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=10, power_w=11_000)
    assert shown(hass, CALENDAR) == "on"
    state = hass.states.get(CALENDAR)
    assert state is not None
    # Drawn to the quarter hour that runs: nobody knows when the car will go.
    assert state.attributes["end_time"] == "2026-11-19 17:15:00"
    await house.charge(minutes=10, power_w=11_000)
    state = hass.states.get(CALENDAR)
    assert state is not None
    assert state.attributes["end_time"] == "2026-11-19 17:30:00"
    assert state.attributes["message"] == "2.6 kWh, 0.77 EUR"
    (running,) = await on_calendar(hass_client, "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z")
    (session,) = await house.sessions()
    assert (running["uid"], running["end"]) == (session["id"], {"dateTime": "2026-11-19T17:30:00+01:00"})
    house.charger("free", power_w=0)
    await house.later(seconds=10)
    assert shown(hass, CALENDAR) == "off"
    (ended,) = await on_calendar(hass_client, "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z")
    (session,) = await house.sessions()
    assert (ended["uid"], ended["end"]) == (session["id"], {"dateTime": session["end"]})


async def test_an_open_calendar_follows_what_ends_and_what_is_deleted(
    hass: HomeAssistant, house: House, site: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    (past_id,) = await remember(hass, past())
    client = await hass_ws_client(hass)
    span = {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
    await client.send_json_auto_id({"type": "calendar/event/subscribe", "entity_id": CALENDAR, **span})
    assert (await client.receive_json())["success"]
    assert [one["uid"] for one in (await client.receive_json())["event"]["events"]] == [past_id]
    house.charger("plugged", power_w=0)
    await house.later(seconds=1)
    seen = (await client.receive_json())["event"]["events"]
    assert len(seen) == 2
    await tell(hass, "delete_session", session_id=past_id)
    seen = (await client.receive_json())["event"]["events"]
    assert past_id not in [one["uid"] for one in seen]


async def test_ten_thousand_sessions_are_no_burden(
    hass: HomeAssistant, site: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """A week is as quick as ever, and a question for everything gets the newest thousand."""
    ledger: Ledger = site.runtime_data.ledger
    evse_id = site.runtime_data.evses[0].evse_id
    first = datetime(2021, 1, 1, tzinfo=UTC)

    def sessions(places: range) -> list[ImportedSession]:
        return [imported(place, evse_id, first + place * 20 * QUARTER) for place in places]

    for begin in range(0, 10_000, 1_000):
        done = ledger.import_sessions(sessions(range(begin, begin + 1_000)), who="test", at=first)
        await hass.async_add_executor_job(done.result, 60)
    start = first + timedelta(days=500)
    week = await on_calendar(hass_client, start.isoformat(), (start + timedelta(days=7)).isoformat())
    assert [one["start"]["dateTime"] for one in week] == sorted(one["start"]["dateTime"] for one in week)
    assert 33 <= len(week) <= 35
    everything = await on_calendar(hass_client, first.isoformat(), "2027-01-01T00:00:00Z")
    assert len(everything) == MOST_SESSIONS
    newest = (await act(hass, "get_sessions", limit=1))["sessions"][0]["id"]
    assert everything[-1]["uid"] == newest


async def test_a_calendar_says_that_the_ledger_cannot_be_read(
    hass: HomeAssistant, site: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    await hass.async_add_executor_job(site.runtime_data.ledger.close)
    client = await hass_client()
    answer = await client.get(
        f"/api/calendars/{CALENDAR}", params={"start": "2026-11-09T00:00:00Z", "end": "2026-11-16T00:00:00Z"}
    )
    assert answer.status == 500
