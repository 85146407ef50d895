"""A charger that was out of reach tells later what happened: sessions, prices, month and statistics are put right."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.reading import Activity, EvseReading
from custom_components.ev_sessions.core.sessions.session import SessionEventType
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.site.sessions.sessions import SessionRecorder
from tests.actions.past import tell

from ..house import House, shown, site_entry, subentry, with_more
from ..statistics.test_long_term import rows, soon

START = datetime(2026, 11, 19, 16, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return an instant so many minutes after the house began."""
    return START + timedelta(minutes=minutes)


def told(minutes: float, activity: Activity, used_kwh: float) -> EvseReading:
    power_w = 6_000.0 if activity is Activity.CHARGING else 0.0
    register_mwh = round((1_000 + used_kwh) * 1_000_000)
    return EvseReading(
        at=at(minutes), activity=activity, power_w=power_w, register_mwh=register_mwh, register_at=at(minutes)
    )


def charging(minutes: float, used_kwh: float) -> EvseReading:
    return told(minutes, Activity.CHARGING, used_kwh)


def free(minutes: float, used_kwh: float) -> EvseReading:
    return told(minutes, Activity.AVAILABLE, used_kwh)


#: From half past five to half past six in Berlin a car drew 6 kWh.
RECORD = (charging(30, 0), charging(60, 3), charging(75, 4.501), charging(90, 6), free(90.5, 6))


async def late(house: House, site: MockConfigEntry, *readings: EvseReading) -> None:
    """Let the charger tell what it recorded; all is kept when this returns."""
    recorder: SessionRecorder = site.runtime_data.evses[0].recorder
    recorder.async_retold(readings, site.runtime_data.clock())
    recorder.late.async_settle()
    await house.hass.async_block_till_done(wait_background_tasks=True)


def out_of_reach(house: House) -> None:
    for entity_id in ("sensor.wallbox_status", "sensor.wallbox_power", "sensor.wallbox_energy"):
        house.state(entity_id, "unavailable")


async def hour_in_the_dark(house: House) -> None:
    """Let the charger be out of reach for two hours, in which the price changes twice."""
    await house.later(minutes=5)
    out_of_reach(house)
    await house.later(minutes=40)
    house.price("0.10")
    await house.later(minutes=30)
    house.price("0.50")
    await house.later(minutes=50)
    house.charger("free", power_w=0, energy_kwh=6)
    await house.later(minutes=6)


def heard_of(house: House, site: MockConfigEntry) -> list[str]:
    heard: list[str] = []

    @callback
    def hear(event_type: str, _attributes: dict[str, Any]) -> None:
        heard.append(event_type)

    site.runtime_data.evses[0].events.subscribe(hear)
    return heard


async def trail(site: MockConfigEntry, session_id: str) -> list[tuple[str, str]]:
    lines = await asked(site.runtime_data.ledger.audit_trail(subject_id=session_id))
    return [(line.who, line.action) for line in reversed(lines) if line.who != "tracker"]


async def test_charge_in_the_dark_is_put_where_it_was_at_the_prices_of_then(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    heard = heard_of(house, site)
    await hour_in_the_dark(house)
    guess = await house.only_session()
    assert (guess["energy_kwh"], guess["estimated_kwh"]) == (6.0, 6.0)
    await soon(house)
    before = len(heard)
    await late(house, site, *RECORD)
    session = await house.only_session()
    assert session["id"] == guess["id"]
    assert (session["start"], session["end"]) == ("2026-11-19T17:30:00+01:00", "2026-11-19T18:30:30+01:00")
    assert (session["energy_kwh"], session["estimated_kwh"], session["status"]) == (6.0, 0.0, "ended")
    assert {one["quality"] for one in session["periods"]} <= {"recovered", "measured"}
    # 15 minutes at 0.30, half an hour at 0.10, a quarter at 0.50.
    assert session["cost"] == "1.50"
    assert {one["price"] for one in session["periods"] if one["energy_kwh"]} == {"0.3", "0.1", "0.5"}
    # Every event of it was told already, when it was a guess.
    assert heard[before:] == []
    assert sorted(await trail(site, session["id"])) == [("system", "recost"), ("system", "retold")]
    assert float(shown(hass, "sensor.garage_energy_this_month")) == pytest.approx(6.0)
    assert float(shown(hass, "sensor.garage_cost_this_month")) == pytest.approx(1.5)
    assert float(shown(hass, "sensor.garage_sessions_this_month")) == 1
    assert shown(hass, "sensor.garage_last_session_end") == at(90.5).isoformat()
    await soon(house)
    # The hours in which nothing flowed after all are zero from now on.
    assert await rows(hass, recorder_mock, "energy") == [("19 16", 3.0, 3.0), ("19 17", 3.0, 6.0), ("19 18", 0.0, 6.0)]


async def test_session_that_never_was_is_taken_back_with_all_that_hung_on_it(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await house.later(minutes=5)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    ghost = await house.only_session()
    assert float(shown(hass, "sensor.garage_last_session_energy")) == pytest.approx(1.0)
    await soon(house)
    await late(house, site, free(4.5, 0), free(15, 0), free(17, 1))
    assert await house.sessions() == []
    assert await trail(site, ghost["id"]) == [("system", "retracted")]
    assert float(shown(hass, "sensor.garage_energy_this_month")) == 0
    assert float(shown(hass, "sensor.garage_sessions_this_month")) == 0
    assert shown(hass, "sensor.garage_last_session_energy") == "unknown"
    await soon(house)
    assert [row[2] for row in await rows(hass, recorder_mock, "energy")] in ([], [0.0])


async def test_session_whose_place_another_takes_leaves_it_its_codes_and_its_voucher(
    hass: HomeAssistant, house: House, start_site: Callable[[MockConfigEntry], Awaitable[None]]
) -> None:
    """The car seemed to come twice; the charger's record says that it never left."""
    discounts = [{"percent": "50", "code": "GUEST"}]
    entry = site_entry(tariff={"kind": "plan", "price": "0.30", "windows": [], "discounts": discounts})
    await start_site(entry)
    await house.later(minutes=5)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    house.charger("free", power_w=0)
    await house.later(minutes=3)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    first, second = await house.sessions()
    await tell(hass, "update_session", session_id=first["id"], code="FIRST", voucher=0.05)
    await tell(hass, "update_session", session_id=second["id"], code="GUEST", voucher=0.1)
    await late(house, entry, *(charging(5 + minute, minute / 10) for minute in range(24)))
    whole = await house.only_session()
    assert whole["id"] in {first["id"], second["id"]}
    assert (whole["codes"], whole["voucher"]) == (["FIRST", "GUEST"], "0.15")
    house.charger("free", power_w=0)
    await house.later(minutes=6)
    whole = await house.only_session()
    energy = Decimal(str(whole["energy_kwh"])) * Decimal("0.30")
    assert energy > Decimal("0.6")
    assert Decimal(whole["cost_exact"]) == energy / 2 - Decimal("0.15")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await house.only_session())["codes"] == ["FIRST", "GUEST"]


async def test_what_a_person_said_of_a_session_that_never_was_is_said_of_the_one_that_was(
    house: House, hass: HomeAssistant, start_site: Callable[[MockConfigEntry], Awaitable[None]]
) -> None:
    payer = {**subentry("payer", "ACME", {}, "acme"), "subentry_id": "acme"}
    entry = with_more(site_entry(), [payer])
    await start_site(entry)
    await house.later(minutes=5)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=20, power_w=6_000)
    house.charger("free", power_w=0)
    await house.later(minutes=3)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=5, power_w=6_000)
    first, second = await house.sessions()
    await tell(hass, "update_session", session_id=second["id"], payer="ACME")
    await late(house, entry, *(charging(5 + minute, minute / 10) for minute in range(29)))
    await house.charge(minutes=1, power_w=6_000)
    whole = await house.only_session()
    assert (whole["id"], whole["payer"], whole["payer_by"]) == (first["id"], "ACME", "person")
    house.charger("free", power_w=0)
    await house.later(minutes=6)
    assert (await house.only_session())["payer"] == "ACME"


@pytest.mark.parametrize("plugged", [False, True])
async def test_restart_in_the_dark_takes_nothing_from_what_is_told_later(
    hass: HomeAssistant, house: House, site: MockConfigEntry, *, plugged: bool
) -> None:
    """Whether a car was there or not when the charger went out of reach."""
    house.charger("plugged", power_w=0)
    await house.later(minutes=2)
    if not plugged:
        house.charger("free", power_w=0)
        await house.later(minutes=2)
    out_of_reach(house)
    for _ in range(2):
        await house.later(minutes=50)
        assert await hass.config_entries.async_reload(site.entry_id)
    await house.later(minutes=6)
    house.charger("free", power_w=0, energy_kwh=6)
    await house.later(minutes=6)
    guess = (await house.sessions())[-1]
    assert guess["estimated_kwh"] == 6.0
    await late(house, site, *RECORD)
    session = (await house.sessions())[-1]
    assert (session["id"], session["end"]) == (guess["id"], "2026-11-19T18:30:30+01:00")
    assert (session["energy_kwh"], session["estimated_kwh"], session["cost"]) == (6.0, 0.0, "1.80")
    assert session["start"] == ("2026-11-19T17:00:00+01:00" if plugged else "2026-11-19T17:30:00+01:00")
    assert len(await house.sessions()) == (1 if plugged else 2)


async def test_car_that_was_plugged_in_meanwhile_goes_on_charging(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    heard = heard_of(house, site)
    await hour_in_the_dark(house)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    live = [charging(131.0 + minute, 6 + minute / 10) for minute in range(11)]
    before = list(heard)
    await late(house, site, *RECORD, free(131 - 0.1, 6), *live)
    past, now = await house.sessions()
    assert (past["end"], past["energy_kwh"]) == ("2026-11-19T18:30:30+01:00", 6.0)
    assert (now["status"], now["energy_kwh"], now["cost"]) == ("open", 1.0, "0.50")
    assert heard == before
    assert float(shown(hass, "sensor.garage_session_energy")) == pytest.approx(1.0)
    await house.later(minutes=1)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    assert heard[len(before) :] == [SessionEventType.DISCONNECTED, SessionEventType.COST_FINAL]
    assert float(shown(hass, "sensor.garage_energy_this_month")) == pytest.approx(7.0)


async def test_charge_of_yesterday_is_told_once_however_often_the_charger_tells_it(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    heard = heard_of(house, site)
    await house.later(minutes=5)
    yesterday = (charging(-1_440, 0), charging(-1_380, 6), free(-1_379, 6))
    await late(house, site, *yesterday)
    past = await house.only_session()
    assert (past["start"], past["end"]) == ("2026-11-18T17:00:00+01:00", "2026-11-18T18:01:00+01:00")
    assert (past["energy_kwh"], past["cost"]) == (6.0, None)
    first = list(heard)
    assert first == [SessionEventType.CONNECTED, SessionEventType.STARTED_CHARGING, SessionEventType.DISCONNECTED]
    await late(house, site, *yesterday)
    assert (await house.only_session())["id"] == past["id"]
    assert heard == first
    assert float(shown(hass, "sensor.garage_energy_this_month")) == pytest.approx(6.0)
    assert float(shown(hass, "sensor.garage_sessions_this_month")) == 1


async def test_session_that_a_person_deleted_does_not_come_back(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await hour_in_the_dark(house)
    guess = await house.only_session()
    await tell(hass, "delete_session", session_id=guess["id"])
    await late(house, site, *RECORD)
    assert await house.sessions() == []
    assert float(shown(hass, "sensor.garage_energy_this_month")) == 0
