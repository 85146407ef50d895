"""Traps that others fell into, each through Home Assistant's states and a charger that is commanded by them."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..driving import Drive
from ..house import House, charger_data, line_meter, site_entry, subentry

FUSE_A = 25.0
MARGIN_A = 1.0
LEAST_A = 6.0

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]


@pytest.fixture
def drive(house: House) -> Drive:
    """The car and the house, not yet plugged in."""
    return Drive(house=house)


def _entry(
    *, meter: dict[str, Any] | None = None, charger: dict[str, Any] | None = None, **site: Any
) -> MockConfigEntry:
    data = charger_data(**(charger or {}))
    return site_entry(subentry("charger", "Garage", data, "garage"), meter=meter or line_meter(), **site)


async def _charging_at_full(drive: Drive, start_site: StartSite, **site: Any) -> None:
    """Start the site, plug in, and wait until the car has all that it can take."""
    await start_site(_entry(**site))
    drive.house.state("sensor.wallbox_status", "plugged")
    await drive.run(150)
    assert drive.drawn_a == drive.car_a
    drive.house.commands.clear()
    drive.over_a_s = 0.0


def _limits(house: House) -> list[float]:
    return [value for name, value in house.commands if name == "limit"]


def _shown(hass: HomeAssistant, entity_id: str) -> tuple[str, str]:
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state, str(state.attributes.get("reason"))


# The fuse


@pytest.mark.parametrize("house_a", [9.1, 12.7, 14.3, 17.99, 18.0])
async def test_flooring_leaves_no_ampere_over_the_fuse(
    house: House, drive: Drive, start_site: StartSite, house_a: float
) -> None:
    await _charging_at_full(drive, start_site)
    drive.house_a[0] = house_a
    await drive.run(20)
    # The largest whole limit under the fuse less its margin, and no smaller one.
    room_a = FUSE_A - MARGIN_A - house_a
    assert drive.line_a[0] <= FUSE_A - MARGIN_A
    assert drive.drawn_a == min(16, int(room_a + 1e-9))


async def test_half_an_ampere_over_the_fuse_is_over_the_fuse(house: House, drive: Drive, start_site: StartSite) -> None:
    await _charging_at_full(drive, start_site, margin_a=0.0)
    # 9.4 + 16 = 25.4, which a floor would call 25.
    drive.house_a[1] = 9.4
    await drive.run(20)
    assert drive.drawn_a == 15
    assert drive.line_a[1] <= FUSE_A


async def test_the_kettle_lowers_the_car_on_the_same_reading(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    drive.house_a[0] = 14.0
    drive.measure()
    # No time passes: the reading alone has to do it.
    await hass.async_block_till_done(wait_background_tasks=True)
    assert _limits(house) == [10.0]


async def test_a_house_above_its_fuse_by_itself_pauses_the_car(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    # Room that is clipped at zero never asks to go down; the last room seen before the overload is worth nothing.
    await _charging_at_full(drive, start_site)
    drive.house_a[2] = 31.0
    await drive.run(10)
    assert drive.drawn_a == 0
    assert _shown(hass, "sensor.home_balancing_state")[0] == "overload"
    assert ("enable", False) in house.commands
    assert ("enable", True) not in house.commands


async def test_no_limit_lies_between_zero_and_the_least_of_a_car(
    house: House, drive: Drive, start_site: StartSite
) -> None:
    house.state("number.wallbox_limit", 16, {"min": 0, "max": 32, "step": 0.5, "unit_of_measurement": "A"})
    await _charging_at_full(drive, start_site)
    for house_a in (17.4, 18.2, 19.0, 20.5, 22.0, 23.9, 24.5, 18.1, 12.0):
        drive.house_a[0] = house_a
        await drive.run(10)
        assert drive.drawn_a == 0 or drive.drawn_a >= LEAST_A
        # Into the margin for a minute at most, and never over the fuse.
        assert drive.line_a[0] <= max(FUSE_A, house_a)
    assert _limits(house)
    assert all(limit == 0 or limit >= LEAST_A for limit in _limits(house))


async def test_a_paused_car_goes_on_by_the_switch_and_not_by_a_limit_alone(
    house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    drive.house_a[0] = 22.0
    await drive.run(20)
    assert drive.drawn_a == 0
    drive.house_a[0] = 2.0
    await drive.run(12)
    # A pause lasts half a minute, and room has to last.
    assert drive.drawn_a == 0
    await drive.run(100)
    assert drive.drawn_a > 0
    assert house.commands.count(("enable", False)) == 1
    assert house.commands.count(("enable", True)) == 1
    # It never starts at an old, higher limit.
    assert house.commands.index(("enable", True)) > house.commands.index(("limit", _limits(house)[-1]))
    # 22 + 16 A are 13 A over: until the meter's next report, 2 s, and for the car's second after it.
    assert drive.over_a_s <= 13 * (2 + 1)


async def test_a_one_phase_car_on_l2_is_lowered_for_l2_only(house: House, drive: Drive, start_site: StartSite) -> None:
    drive.car_lines = (1,)
    charger = {"connection": "line_neutral", "lines": [1]}
    await _charging_at_full(drive, start_site, charger=charger)
    drive.house_a[0] = drive.house_a[2] = 23.5
    await drive.run(20)
    assert house.commands == []
    assert drive.drawn_a == 16
    drive.house_a[1] = 12.0
    await drive.run(20)
    assert drive.drawn_a == 12
    assert drive.line_a[1] <= FUSE_A - MARGIN_A


# Patience


async def test_a_timer_raises_the_car_though_the_meter_repeats_the_same_value(
    house: House, drive: Drive, start_site: StartSite
) -> None:
    # Every ten seconds: ten times the same is what makes a meter a frozen one.
    drive.meter_every_s = 10
    await _charging_at_full(drive, start_site)
    drive.meter_trembles = False
    drive.house_a[0] = 14.0
    await drive.run(20)
    assert drive.drawn_a == 10
    drive.house_a[0] = 5.0
    await drive.run(15)
    assert drive.drawn_a == 10
    # The states have not changed since; only reports of the same values came, ten seconds apart,
    # and a raise waits for the first of them after its time.
    await drive.run(90)
    assert drive.drawn_a == 16


async def test_a_timer_raises_the_car_though_the_meter_says_nothing_more(
    house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site, meter_timeout_s=180.0)
    # It has had nothing to say for a minute before: only of one that never was quiet is it held that it died.
    drive.meter_speaks = False
    await drive.run(60)
    drive.meter_speaks = True
    drive.house_a[0] = 14.0
    await drive.run(20)
    drive.house_a[0] = 5.0
    await drive.run(4)
    assert drive.drawn_a == 10
    # A meter that reports changes only has none to report, until the car takes more.
    drive.meter_speaks = False
    await drive.run(2)
    assert drive.drawn_a == 10
    for _ in range(60):
        before_a = drive.line_a
        await drive.run(1)
        if drive.line_a != before_a:
            drive.measure()
    assert drive.drawn_a == 16


async def test_our_own_six_amperes_are_no_wish_of_the_owner(house: House, drive: Drive, start_site: StartSite) -> None:
    await _charging_at_full(drive, start_site)
    drive.house_a[0] = 18.0
    await drive.run(30)
    assert drive.limit_a == 6
    drive.house_a[0] = 2.0
    await drive.run(120)
    assert drive.limit_a == 16


async def test_a_hob_that_comes_back_finds_the_car_low(house: House, drive: Drive, start_site: StartSite) -> None:
    await _charging_at_full(drive, start_site)
    for _ in range(12):
        drive.house_a[0] = 12.0
        await drive.run(6)
        drive.house_a[0] = 2.0
        await drive.run(9)
    # The first pulse alone meets a car at full: 3 A over, for the second of the car and those of the meter.
    assert drive.over_a_s <= 3 * 4
    assert len(house.commands) <= 2


# Chargers


async def test_a_charger_that_starts_at_its_own_sixteen_amperes_is_lowered_at_once(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    drive.house_a = [14.0, 2.0, 2.0]
    await start_site(_entry())
    await drive.run(120)
    # Nobody is there: it stands at its fallback.
    assert drive.limit_a == 6
    house.commands.clear()
    house.state("number.wallbox_limit", 16)
    house.charger("plugged", power_w=0)
    await hass.async_block_till_done(wait_background_tasks=True)
    # No time has passed, and nothing has been drawn yet: it is off until the meter has reported again.
    assert house.commands
    assert drive.limit_a <= 10
    await drive.run(30)
    assert drive.drawn_a == 10
    assert drive.over_a_s == 0


async def test_a_car_that_plugs_in_begins_at_its_least_and_is_not_switched_off(
    house: House, drive: Drive, start_site: StartSite
) -> None:
    drive.meter_every_s = 10
    await start_site(_entry())
    await drive.run(35)
    house.commands.clear()
    house.state("sensor.wallbox_status", "plugged")
    await house.hass.async_block_till_done(wait_background_tasks=True)
    # Nothing more was measured: what the meter showed last has room for that.
    assert house.commands == [("limit", LEAST_A)]
    await drive.run(60)
    assert drive.drawn_a == 16
    assert ("enable", False) not in house.commands


async def test_a_car_that_charges_at_a_start_is_not_paused_where_the_fallback_is_a_pause(
    house: House, drive: Drive, start_site: StartSite
) -> None:
    house.charger("charging", power_w=16 * 3 * 230)
    for line in (1, 2, 3):
        house.state(f"sensor.grid_l{line}", "unavailable")
    drive.drawn_a = 16.0
    drive.meter_speaks = False
    await start_site(_entry(fallback_a=0.0))
    await drive.run(15)
    drive.meter_speaks = True
    await drive.run(15)
    assert drive.drawn_a >= LEAST_A
    assert ("enable", False) not in house.commands


async def test_somebody_elses_limit_does_not_stand(house: House, drive: Drive, start_site: StartSite) -> None:
    await _charging_at_full(drive, start_site)
    drive.house_a[0] = 14.0
    await drive.run(30)
    assert drive.limit_a == 10
    house.state("number.wallbox_limit", 16)
    await drive.run(6)
    # A charger above its limit on a full line is stopped first: a lower number may be what it ignores.
    assert drive.limit_a <= 10
    await drive.run(2)
    assert drive.line_a[0] <= FUSE_A - MARGIN_A
    await drive.run(300)
    assert drive.drawn_a == 10


async def test_a_charger_that_ignores_its_limit_counts_with_what_it_draws_and_is_told_of(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    house.obeys = drive.obeys = False
    drive.house_a[0] = 14.0
    await drive.run(90)
    # The command is repeated, more and more rarely.
    assert 2 <= len(house.commands) <= 8
    keys = {issue.translation_key for issue in ir.async_get(hass).issues.values() if issue.domain == "ev_sessions"}
    assert "charger_ignores_limit" in keys
    assert _shown(hass, "sensor.home_balancing_state")[0] == "overload"
    house.obeys = drive.obeys = True
    await drive.run(320)
    assert drive.line_a[0] <= FUSE_A - MARGIN_A
    keys = {issue.translation_key for issue in ir.async_get(hass).issues.values() if issue.domain == "ev_sessions"}
    assert "charger_ignores_limit" not in keys


async def test_a_status_that_is_told_does_not_make_an_old_power_a_new_one(
    house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    drive.house_a[0] = 14.0
    drive.measure()
    for second in range(20):
        await house.later(seconds=1)
        # The car takes its 10 A; its power is polled rarely, its register is told each second.
        drive.drawn_a = drive.limit_a
        house.charger("charging", energy_kwh=0.001)
        drive.house_a[0] = 14.0 if second < 12 else 17.0
        drive.seconds += 1
        drive.measure()
    assert drive.drawn_a == 7
    assert drive.line_a[0] <= FUSE_A - MARGIN_A


async def test_what_one_car_does_not_take_goes_to_the_other(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    second = charger_data(
        evse={
            "status": "sensor.carport_status",
            "power": "sensor.carport_power",
            "energy": "sensor.carport_energy",
            "limit": "number.carport_limit",
            "enable": None,
        }
    )
    house.state("sensor.carport_status", "charging")
    house.state("sensor.carport_power", 0, {"unit_of_measurement": "W", "device_class": "power"})
    house.state("number.carport_limit", 6, {"min": 0, "max": 16, "step": 1, "unit_of_measurement": "A"})
    drive.car_a = 7.0
    await start_site(
        site_entry(
            subentry("charger", "Garage", charger_data(), "garage"),
            subentry("charger", "Carport", second, "carport"),
            meter=line_meter(),
        )
    )
    house.state("sensor.wallbox_status", "plugged")
    carport_a = 0.0
    for _ in range(75):
        await drive.run(4)
        state = hass.states.get("number.carport_limit")
        assert state is not None
        carport_a = float(state.state)
        house.state("sensor.carport_power", carport_a * 690)
        # What the other car draws flows through the meter too.
        drive.house_a = [2.0 + carport_a] * 3
    # 24 A less 2 A for the house: half is 11 A for each, but the garage takes 7 and keeps a step to show more.
    assert drive.drawn_a == 7
    assert carport_a >= 13
    assert max(drive.line_a) <= FUSE_A - MARGIN_A


# The meter


async def test_an_unavailable_meter_brings_the_fallback_within_its_time_out(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    drive.meter_speaks = False
    for line in (1, 2, 3):
        house.state(f"sensor.grid_l{line}", "unavailable")
    await drive.run(25)
    assert drive.drawn_a == 16
    # Every two seconds it spoke: the time-out is the least there is, 30 s.
    await drive.run(20)
    assert drive.drawn_a == 6
    state, reason = _shown(hass, "sensor.home_balancing_state")
    assert state == "meter_lost"
    assert "silent" in reason
    assert hass.states.get("sensor.home_headroom_l1").state == "unavailable"  # type: ignore[union-attr]


async def test_one_line_that_is_lost_loses_the_meter(house: House, drive: Drive, start_site: StartSite) -> None:
    await _charging_at_full(drive, start_site)
    drive.meter_speaks = False
    for _ in range(25):
        house.state("sensor.grid_l2", "unavailable")
        house.state("sensor.grid_l1", 18 + drive.seconds % 3 / 10)
        house.state("sensor.grid_l3", 18 + drive.seconds % 2 / 10)
        await drive.run(2)
    assert drive.drawn_a == 6


async def test_a_meter_that_is_silent_brings_the_fallback_within_the_owners_time_out(
    house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site, meter_timeout_s=60.0)
    drive.meter_speaks = False
    await drive.run(50)
    assert drive.drawn_a == 16
    await drive.run(25)
    assert drive.drawn_a == 6


async def test_a_frozen_meter_that_is_rewritten_again_and_again_is_no_meter(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    frozen = drive.line_a
    drive.meter_speaks = False

    async def rewrite(seconds: int) -> None:
        for _ in range(seconds // 2):
            for line, current in enumerate(frozen, 1):
                house.state(f"sensor.grid_l{line}", current)
            await drive.run(2)

    await rewrite(10)
    # Our own car falls by 8 A, and the meter shows nothing of it.
    drive.car_a = 8.0
    await rewrite(30)
    state, reason = _shown(hass, "sensor.home_balancing_state")
    assert state == "meter_lost"
    assert "same values" in reason
    assert drive.limit_a == 6


async def test_a_meter_that_freezes_at_a_new_site_is_asked_and_given_up_within_a_minute(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    await drive.run(30)
    frozen = drive.line_a
    drive.meter_speaks = False
    for _ in range(26):
        # Rewritten by an integration that has lost its device.
        for line, current in enumerate(frozen, 1):
            house.state(f"sensor.grid_l{line}", current)
        await drive.run(2)
    state, reason = _shown(hass, "sensor.home_balancing_state")
    assert (state, drive.limit_a) == ("meter_lost", 6)
    assert "same values" in reason
    assert _limits(house) == [12, 6]


async def test_a_meter_that_comes_back_is_trusted_again_and_the_car_is_raised_with_patience(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    drive.meter_speaks = False
    await drive.run(60)
    assert drive.drawn_a == 6
    drive.meter_speaks = True
    await drive.run(4)
    assert _shown(hass, "sensor.home_balancing_state")[0] != "meter_lost"
    # Room that was seen before the loss does not count.
    assert drive.drawn_a == 6
    await drive.run(40)
    assert drive.drawn_a == 16


async def test_a_meter_that_was_restored_at_the_start_is_not_believed(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    drive.meter_speaks = False
    for line in (1, 2, 3):
        house.state(f"sensor.grid_l{line}", 2, {"unit_of_measurement": "A", "restored": True})
    await start_site(_entry())
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(150)
    assert drive.limit_a == 6
    state, reason = _shown(hass, "sensor.home_balancing_state")
    assert state == "meter_lost"
    assert "not reported" in reason


async def test_total_power_is_taken_as_if_all_of_it_were_on_the_worst_line(
    house: House, drive: Drive, start_site: StartSite
) -> None:
    meter = line_meter(form="total_power", **{"import": ["sensor.grid_power"]})
    await start_site(_entry(meter=meter))
    house.state("sensor.wallbox_status", "plugged")
    power = {"unit_of_measurement": "W", "device_class": "power"}
    for second in range(60):
        # The house: 12 A on one line and nobody knows on which; beside it the car.
        house.state("sensor.grid_power", 12 * 230 + drive.drawn_a * 690 + second % 2, power)
        await drive.run(3)
    # 24 A less 12 / 0.95 = 12.6 A: 11 A fit on whatever line it is.
    assert drive.drawn_a == 11


# Switched off


async def test_balancing_off_leaves_the_fallback_and_says_that_nothing_guards_the_fuse(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    entity = "switch.home_balancing"
    await hass.services.async_call("switch", "turn_off", {"entity_id": entity}, blocking=True)
    await drive.run(5)
    assert drive.drawn_a == 6
    state, reason = _shown(hass, "sensor.home_balancing_state")
    assert state == "off"
    assert "not guarded" in reason
    house.commands.clear()
    drive.house_a[0] = 20.0
    await drive.run(60)
    # 26 A flow: nobody looks, and nobody commands.
    assert house.commands == []


async def test_balancing_off_for_one_charger_leaves_that_one_at_its_fallback(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.garage_balancing"}, blocking=True)
    await drive.run(5)
    assert drive.drawn_a == 6
    _, reason = _shown(hass, "sensor.garage_allowed_current")
    assert "not lowered for the fuse" in reason


async def test_unloading_leaves_the_charger_at_its_fallback(
    hass: HomeAssistant, house: House, drive: Drive, start_site: StartSite
) -> None:
    await _charging_at_full(drive, start_site)
    (entry,) = hass.config_entries.async_entries("ev_sessions")
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert drive.limit_a == 6
    house.commands.clear()
    drive.house_a[0] = 20.0
    drive.measure()
    await house.later(minutes=5)
    assert house.commands == []
