"""The wall clock is set while a car charges: by an hour, and to 1970 and back, as a Pi without a battery does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
import time
from types import SimpleNamespace
from typing import cast

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.prices import entity as price_entity
from custom_components.ev_sessions.site import clock as site_clock, plugging
from custom_components.ev_sessions.site.whose.card_reader import LEARN_FOR_S, CardReader
from custom_components.ev_sessions.site.whose.cards import CardList
from custom_components.ev_sessions.store import Kind

from .driving import Drive
from .house import House, charger_data, circuit, shown, site_entry, subentry
from .whose.test_whose import give_card, payer, scan

POWER_W = 9_000

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]


@dataclass(slots=True)
class WallClock:
    """A wall clock that can be set; what is monotonic does not follow."""

    house: House
    set_by_s: float = 0.0

    def monotonic(self) -> float:
        """Return monotonic seconds. Frozen time moves both clocks alike, so what was set is taken off again."""
        return time.monotonic() - self.set_by_s

    def set_by(self, seconds: float) -> None:
        """Set it forth or back."""
        self.house.freezer.tick(timedelta(seconds=seconds))
        self.set_by_s += seconds


@pytest.fixture
def wall(hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """The wall clock of a house whose timers, as in life, follow the monotonic one."""
    wall = WallClock(house)
    monkeypatch.setattr(site_clock, "time", SimpleNamespace(monotonic=wall.monotonic))
    monkeypatch.setattr(price_entity, "monotonic", wall.monotonic)
    monkeypatch.setattr(hass.loop, "time", wall.monotonic)
    return wall


async def _charge(house: House, minutes: int) -> None:
    await house.charge(minutes=minutes, power_w=POWER_W)


_TO_1970_S = -(datetime.fromisoformat("2026-11-19T16:10:00+00:00").timestamp() - 86_400)


@pytest.mark.parametrize(
    "steps_s",
    [(3600.0, 0.0), (-3600.0, 0.0), (3600.0, -3600.0), (-3600.0, 3600.0), (_TO_1970_S, -_TO_1970_S), (45.0, -30.0)],
)
async def test_a_session_is_as_long_and_as_dear_as_it_was_whatever_the_clock_shows(
    house: House, wall: WallClock, start_site: StartSite, steps_s: tuple[float, float]
) -> None:
    await start_site(site_entry())
    house.charger("plugged", power_w=0)
    await _wait(house, minutes=5)
    house.charger("charging", power_w=POWER_W)
    await _charge(house, 5)
    for step_s in steps_s:
        wall.set_by(step_s)
        await _charge(house, 10)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    house.charger("full", power_w=0)
    await _wait(house, minutes=5)
    house.charger("free", power_w=0)
    await _wait(house, minutes=5)
    session = await house.only_session()
    # 25 minutes at 0.15 kWh and 0.30 EUR, between five that waited and five that were idle.
    assert session["energy_kwh"] == 3.75
    assert Decimal(session["cost_exact"]) == Decimal("1.125")
    assert (session["estimated_kwh"], session["unpriced_kwh"]) == (0, 0)
    assert (session["connected_s"], session["waiting_s"]) == (35 * 60, 5 * 60)
    assert (session["charging_s"], session["paused_s"], session["idle_s"]) == (25 * 60, 0, 5 * 60)
    begin, end = (datetime.fromisoformat(session[edge]) for edge in ("start", "end"))
    assert end - begin == timedelta(minutes=35)
    # It is dated by the clock that was right in the end.
    assert end.timestamp() == time.time() - 300
    edges = [(period["start"], period["end"]) for period in session["periods"]]
    assert [last for _, last in edges[:-1]] == [first for first, _ in edges[1:]]
    # The month is that of the clock that is right in the end, too.
    for whose in ("garage", "home"):
        assert float(shown(house.hass, f"sensor.{whose}_energy_this_month")) == 3.75
        assert float(shown(house.hass, f"sensor.{whose}_cost_this_month")) == 1.13
    assert shown(house.hass, "sensor.garage_sessions_this_month") == "1"


async def _wait(house: House, *, minutes: int) -> None:
    for _ in range(minutes):
        await house.later(minutes=1)


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, _TO_1970_S])
async def test_a_meter_that_goes_on_is_not_lost_when_the_clock_is_set(
    hass: HomeAssistant, house: House, wall: WallClock, start_site: StartSite, step_s: float
) -> None:
    drive = Drive(house=house)
    await start_site(site_entry())
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(150)
    assert drive.drawn_a == 16
    house.commands.clear()
    wall.set_by(step_s)
    await drive.run(60)
    assert drive.drawn_a == 16
    assert house.commands == []
    drive.house_a[0] = 14.0
    await drive.run(6)
    assert drive.drawn_a == 10


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, _TO_1970_S])
async def test_a_meter_that_is_lost_is_missed_in_its_time_though_the_clock_is_set(
    hass: HomeAssistant, house: House, wall: WallClock, start_site: StartSite, step_s: float
) -> None:
    drive = Drive(house=house)
    await start_site(site_entry())
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(150)
    drive.meter_speaks = False
    await drive.run(15)
    wall.set_by(step_s)
    await drive.run(10)
    assert drive.drawn_a == 16
    await drive.run(20)
    # The time-out is 30 s: neither an hour more nor less.
    assert drive.drawn_a == 6


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
async def test_room_has_to_last_as_long_when_the_clock_is_set(
    house: House, wall: WallClock, start_site: StartSite, step_s: float
) -> None:
    drive = Drive(house=house)
    await start_site(site_entry())
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(250)
    drive.house_a[0] = 14.0
    await drive.run(20)
    drive.house_a[0] = 2.0
    await drive.run(5)
    wall.set_by(step_s)
    await drive.run(5)
    # What went off may come back: its room is kept for some fifteen seconds, neither an hour more nor less.
    assert drive.drawn_a == 10
    await drive.run(20)
    assert drive.drawn_a == 16


@pytest.mark.parametrize("step_s", [3_600.0, -3_600.0])
async def test_a_limit_for_half_an_hour_lasts_half_an_hour(
    hass: HomeAssistant, house: House, wall: WallClock, start_site: StartSite, step_s: float
) -> None:
    entry = site_entry()
    await start_site(entry)
    call = {"entity_id": "sensor.garage_status", "current": 8, "duration": {"minutes": 30}}
    await hass.services.async_call("ev_sessions", "set_current_limit", call, blocking=True)
    (evse,) = entry.runtime_data.evses
    await house.later(minutes=10)
    wall.set_by(step_s)
    await house.later(minutes=19)
    assert evse.load(entry.runtime_data.clock()).wish_a == 8
    await house.later(minutes=2)
    assert evse.load(entry.runtime_data.clock()).wish_a == 16


#: By how much the clock is set, how long somebody waits after that, and whether it is in time.
_WAITS = [(3600.0, 2, True), (-3600.0, 6, False), (_TO_1970_S, 6, False)]


@pytest.mark.parametrize(("step_s", "minutes", "counts"), _WAITS)
async def test_a_card_waits_five_minutes_for_its_car(
    hass: HomeAssistant, house: House, wall: WallClock, start_site: StartSite, step_s: float, minutes: int, counts: bool
) -> None:
    entry = site_entry(subentry("charger", "Garage", charger_data(), "garage"), payer("Anna"))
    await start_site(entry)
    await give_card(entry, "TAG-ANNA", Kind.PAYER, "Anna")
    await scan(hass, "tag-anna")
    wall.set_by(step_s)
    await _wait(house, minutes=minutes)
    house.charger("charging", power_w=POWER_W)
    await _charge(house, 5)
    session = await house.only_session()
    assert session["payer"] == ("Anna" if counts else None)


@pytest.mark.parametrize(("step_s", "minutes", "counts"), _WAITS)
async def test_a_code_waits_five_minutes_for_its_session(
    hass: HomeAssistant, house: House, wall: WallClock, start_site: StartSite, step_s: float, minutes: int, counts: bool
) -> None:
    await start_site(site_entry())
    call = {"entity_id": "sensor.garage_status", "code": "GUEST"}
    await hass.services.async_call("ev_sessions", "start_charging", call, blocking=True)
    wall.set_by(step_s)
    await _wait(house, minutes=minutes)
    house.charger("charging", power_w=POWER_W)
    await _charge(house, 5)
    session = await house.only_session()
    assert session["codes"] == (["GUEST"] if counts else [])


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, _TO_1970_S])
async def test_who_limits_a_circuit_and_says_nothing_is_told_of_after_ten_minutes(
    hass: HomeAssistant, house: House, wall: WallClock, start_site: StartSite, step_s: float
) -> None:
    def told() -> bool:
        return any(one.translation_key == "limit_entity_silent" for one in ir.async_get(hass).issues.values())

    house.state("binary_sensor.dimmed", "off")
    dims = {"entity_id": "binary_sensor.dimmed", "unit": "kW", "value": None, "dimming": "together", "factors": None}
    charger = subentry("charger", "Garage", charger_data(circuit="barn"), "garage")
    await start_site(site_entry(charger, circuit(limit_a=[20.0] * 3, limit_entity=dims)))
    house.state("binary_sensor.dimmed", "unavailable")
    await _wait(house, minutes=5)
    wall.set_by(step_s)
    await _wait(house, minutes=4)
    assert not told()
    await _wait(house, minutes=2)
    assert told()


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, _TO_1970_S])
async def test_a_new_card_is_learned_for_two_minutes_and_not_for_an_hour(hass: HomeAssistant, step_s: float) -> None:
    now = Now(utc=datetime.fromisoformat("2026-11-19T16:00:00+00:00"), monotonic_s=500.0)
    nobodys = cast("CardList", None)  # nobody holds a card to it
    reader = CardReader(hass, nobodys, device_id="", free=False, clock=lambda: now, changed=lambda: None)
    reader.async_learn()
    now = Now(utc=now.utc + timedelta(seconds=step_s), monotonic_s=500.0 + LEARN_FOR_S - 1)
    assert reader.is_learning
    now = now.later(1)
    assert not reader.is_learning


@pytest.mark.parametrize("before_start", [True, False])
async def test_a_machine_that_boots_in_1970_dates_what_it_saw_once_it_knows_the_time(
    house: House, wall: WallClock, start_site: StartSite, before_start: bool
) -> None:
    wall.set_by(_TO_1970_S)
    await start_site(site_entry())
    if before_start:
        # As a car that was plugged in before: the first thing that is seen is that it charges.
        house.charger("charging", power_w=POWER_W)
    await _wait(house, minutes=5)
    house.charger("charging", power_w=POWER_W)
    await _charge(house, 10)
    wall.set_by(-_TO_1970_S)
    await _charge(house, 10)
    house.charger("free", power_w=0)
    await _wait(house, minutes=5)
    session = await house.only_session()
    assert session["energy_kwh"] == 3.0
    assert Decimal(session["cost_exact"]) == Decimal("0.9")
    assert session["unpriced_kwh"] == 0
    assert session["connected_s"] == (25 if before_start else 20) * 60
    end = datetime.fromisoformat(session["end"])
    assert end.timestamp() == time.time() - 300
    assert (end - datetime.fromisoformat(session["start"])).total_seconds() == session["connected_s"]
    assert float(shown(house.hass, "sensor.home_energy_this_month")) == 3.0
    assert float(shown(house.hass, "sensor.home_cost_this_month")) == 0.9


async def test_a_power_cut_that_leaves_a_clock_of_1970_loses_no_energy_and_no_cent(
    house: House, wall: WallClock, start_site: StartSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = site_entry()
    await start_site(entry)
    house.charger("charging", power_w=POWER_W)
    await _charge(house, 10)
    assert await house.hass.config_entries.async_unload(entry.entry_id)
    await house.hass.async_block_till_done()
    # Ten minutes of nobody, another boot, and a clock that knows nothing of them.
    house.freezer.tick(timedelta(minutes=10))
    monkeypatch.setattr(plugging, "read_boot_id", lambda: "another")
    wall.set_by(_TO_1970_S)
    house.charger("charging", power_w=POWER_W, energy_kwh=1.5)
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    await _charge(house, 10)
    wall.set_by(-_TO_1970_S)
    await _charge(house, 10)
    house.charger("free", power_w=0)
    await _wait(house, minutes=5)
    session = await house.only_session()
    assert session["energy_kwh"] == 6.0
    assert (Decimal(session["cost_exact"]), session["unpriced_kwh"]) == (Decimal("1.8"), 0)
    # What flowed meanwhile, and until the charger's second word.
    assert session["estimated_kwh"] == 1.65
    assert float(shown(house.hass, "sensor.home_energy_this_month")) == 6.0
    end = datetime.fromisoformat(session["end"])
    assert end.timestamp() == time.time() - 300
    # How long the machine was off is not known by then, and in no duration.
    assert (session["connected_s"], session["charging_s"]) == (30 * 60, 30 * 60)
    assert end - datetime.fromisoformat(session["start"]) == timedelta(minutes=30)
