"""Traps of houses with several chargers and odd meters, each through Home Assistant's states and real commands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..driving import VOLTS, Drive
from ..house import CURRENT, POWER, House, charger_data, line_meter, site_entry, subentry

FUSE_A = 25.0
MARGIN_A = 1.0
COS_PHI = 0.95

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Outlet:
    """A charger with a car, by the name in its entities: what it draws, and how many times that it says."""

    name: str
    lines: tuple[int, ...] = (0, 1, 2)
    car_a: float = 16.0
    says: float = 1.0
    plugged: bool = True
    silent: bool = False
    drawn_a: float = 0.0

    def subentry(self) -> Any:
        """Return it as the flow makes it."""
        evse = {
            "status": f"sensor.{self.name}_status",
            "power": f"sensor.{self.name}_power",
            "energy": None,
            "limit": f"number.{self.name}_limit",
            "enable": f"switch.{self.name}_enable",
        }
        connection = "three_lines" if len(self.lines) == 3 else "line_neutral"
        data = charger_data(evse=evse, lines=list(self.lines), connection=connection)
        return subentry("charger", self.name.title(), data, self.name)


@dataclass(slots=True, kw_only=True)
class Street:
    """Several outlets beside a house behind one meter, a second at a time."""

    house: House
    outlets: tuple[Outlet, ...]
    house_a: list[float] = field(default_factory=lambda: [2.0, 2.0, 2.0])
    seconds: int = 0

    def begin(self) -> None:
        """Write the outlets' entities."""
        for one in self.outlets:
            self.house.state(
                f"number.{one.name}_limit", 16, {"min": 6, "max": 16, "step": 1, "unit_of_measurement": "A"}
            )
            self.house.state(f"switch.{one.name}_enable", "on")
            self._tell(one)

    @property
    def line_a(self) -> list[float]:
        """What flows through the fuses now."""
        return [
            base_a + sum(one.drawn_a for one in self.outlets if line in one.lines)
            for line, base_a in enumerate(self.house_a)
        ]

    def limit_a(self, one: Outlet) -> float:
        """What an outlet lets its car have."""
        number = self.house.hass.states.get(f"number.{one.name}_limit")
        switch = self.house.hass.states.get(f"switch.{one.name}_enable")
        assert number is not None
        assert switch is not None
        return float(number.state) if switch.state == "on" else 0.0

    async def run(self, seconds: int) -> None:
        """Let so many seconds go by; a limit is drawn a second after it was set, the meter speaks every other one."""
        for _ in range(seconds):
            wanted = [min(one.car_a, self.limit_a(one)) if one.plugged else 0.0 for one in self.outlets]
            await self.house.later(seconds=1)
            self.seconds += 1
            for one, drawn_a in zip(self.outlets, wanted, strict=True):
                one.drawn_a = drawn_a
                self._tell(one)
            if self.seconds % 2 == 0:
                tremor_a = 0.01 * (self.seconds // 2 % 3)
                for line, current_a in enumerate(self.line_a, 1):
                    self.house.state(f"sensor.grid_l{line}", round(current_a - tremor_a, 3), CURRENT)
        await self.house.hass.async_block_till_done(wait_background_tasks=True)

    def _tell(self, one: Outlet) -> None:
        status = "free" if not one.plugged else "charging" if one.drawn_a else "plugged"
        power_w = round(one.drawn_a * one.says * VOLTS * len(one.lines), 1)
        self.house.state(f"sensor.{one.name}_status", "unavailable" if one.silent else status)
        self.house.state(f"sensor.{one.name}_power", "unavailable" if one.silent else power_w, POWER)


@pytest.fixture
def street(house: House, start_site: StartSite) -> Callable[..., Awaitable[Street]]:
    """Start a site with such outlets and fuses."""

    async def begun(*outlets: Outlet, fuses_a: tuple[float, float, float] = (FUSE_A,) * 3) -> Street:
        made = Street(house=house, outlets=outlets)
        made.begin()
        await start_site(site_entry(*(one.subentry() for one in outlets), meter=line_meter(), fuses_a=fuses_a))
        return made

    return begun


async def test_three_one_phase_cars_on_three_phases_do_not_count_as_one_phase(
    street: Callable[..., Awaitable[Street]],
) -> None:
    made = await street(*(Outlet(name=f"car{line}", lines=(line,)) for line in range(3)))
    await made.run(150)
    assert [one.drawn_a for one in made.outlets] == [16, 16, 16]


async def test_breakers_that_differ_by_phase_each_hold_their_own_line(street: Callable[..., Awaitable[Street]]) -> None:
    made = await street(*(Outlet(name=f"car{line}", lines=(line,)) for line in range(3)), fuses_a=(25.0, 16.0, 20.0))
    await made.run(150)
    # Less 2 A of the house, and the site's margin of one.
    assert [one.drawn_a for one in made.outlets] == [16, 13, 16]
    made.house_a = [2.0, 6.5, 2.0]
    await made.run(10)
    assert [one.drawn_a for one in made.outlets] == [16, 8, 16]


async def test_who_is_asked_first_does_not_keep_its_current(street: Callable[..., Awaitable[Street]]) -> None:
    first, second = Outlet(name="first"), Outlet(name="second", plugged=False)
    made = await street(first, second)
    await made.run(150)
    assert first.drawn_a == 16
    second.plugged = True
    await made.run(240)
    assert (first.drawn_a, second.drawn_a) == (11, 11)
    assert max(made.line_a) <= FUSE_A - MARGIN_A


async def test_a_charger_that_says_too_much_does_not_keep_a_line_over_its_fuse(
    street: Callable[..., Awaitable[Street]],
) -> None:
    liar = Outlet(name="liar", says=1.75)
    made = await street(liar)
    await made.run(120)
    assert liar.drawn_a > 0
    # What it says too much is taken from the house, and would leave room that is not there.
    made.house_a = [19.0, 2.0, 2.0]
    await made.run(90)
    assert max(made.line_a) <= FUSE_A


async def test_a_charger_that_is_offline_while_it_charges_does_not_count_as_nothing(
    street: Callable[..., Awaitable[Street]],
) -> None:
    lost, other = Outlet(name="lost"), Outlet(name="other")
    made = await street(lost, other)
    await made.run(200)
    assert lost.drawn_a > 6
    lost.silent = True
    over_s = 0
    for _ in range(120):
        await made.run(1)
        over_s += max(made.line_a) > FUSE_A
    assert over_s == 0
    assert lost.drawn_a > 6


async def test_the_last_room_before_an_overload_does_not_raise_into_it(
    house: House, start_site: StartSite, hass: HomeAssistant
) -> None:
    drive = Drive(house=house)
    await start_site(site_entry(subentry("charger", "Garage", charger_data(), "garage"), meter=line_meter()))
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(120)
    assert drive.drawn_a == 16
    drive.house_a = [30.0, 2.0, 2.0]
    await drive.run(10)
    assert drive.drawn_a == 0
    # Above the fuse no more, but nothing is left for a car either: what was free before the overload is of the past.
    drive.house_a = [24.5, 2.0, 2.0]
    await drive.run(200)
    assert drive.drawn_a == 0


@pytest.mark.parametrize("absurd", ["25000", "-9000", "nan", "inf"])
async def test_a_value_that_cannot_be_is_no_reading(house: House, start_site: StartSite, absurd: str) -> None:
    drive = Drive(house=house)
    await start_site(site_entry(subentry("charger", "Garage", charger_data(), "garage"), meter=line_meter()))
    house.state("sensor.wallbox_status", "plugged")
    await drive.run(120)
    house.commands.clear()
    house.state("sensor.grid_l1", absurd, CURRENT)
    await drive.run(20)
    assert (drive.drawn_a, house.commands) == (16, [])


async def test_export_that_a_meter_shows_without_a_sign_is_no_load_where_the_total_tells_it(
    house: House, start_site: StartSite
) -> None:
    drive = Drive(house=house, meter_speaks=False)
    meter = line_meter(signed=False, total_power="sensor.grid_power")
    await start_site(site_entry(subentry("charger", "Garage", charger_data(), "garage"), meter=meter))
    drive.house_a = [-20.0, -20.0, -20.0]
    house.state("sensor.wallbox_status", "plugged")
    for _ in range(120):
        await drive.run(1)
        for line, current_a in enumerate(drive.line_a, 1):
            tremor_a = 0.01 * (drive.seconds % 3)
            house.state(f"sensor.grid_l{line}", round(abs(current_a) + tremor_a, 3), CURRENT)
        house.state("sensor.grid_power", round(sum(drive.line_a) * VOLTS + drive.seconds % 3, 1), POWER)
    assert drive.drawn_a == 16


async def test_power_over_voltage_tells_less_than_the_current_and_the_house_is_taken_for_more(
    house: House, start_site: StartSite
) -> None:
    drive = Drive(house=house, meter_speaks=False)
    meter = line_meter(form="line_powers")
    for line in (1, 2, 3):
        house.state(f"sensor.grid_l{line}", 460, POWER)
    await start_site(site_entry(subentry("charger", "Garage", charger_data(), "garage"), meter=meter))
    drive.house_a = [15.0, 15.0, 15.0]  # motors: as much current shows as less power
    house.state("sensor.wallbox_status", "plugged")
    for _ in range(150):
        await drive.run(1)
        for line, base_a in enumerate(drive.house_a, 1):
            shown_w = (base_a * COS_PHI + drive.drawn_a) * VOLTS + drive.seconds % 3
            house.state(f"sensor.grid_l{line}", round(shown_w, 1), POWER)
    assert drive.drawn_a >= 8
    assert max(drive.line_a) <= FUSE_A - MARGIN_A + 0.2
