"""A one-phase car that would load its line by more than the grid operator allows over the others, in a running site."""

from collections.abc import Awaitable, Callable
from typing import override

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.balancing.reasons import ReasonKey
from custom_components.ev_sessions.site.config.circuits import circuits_of
from tests.flows.brands import Walk

from ..driving import Drive
from ..house import House, charger_data, line_meter, site_entry, subentry

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]

FUSE_A = 63.0
CAR_A = 32.0


class Street(Drive):
    """A house whose lines are measured one by one, and a car on the first of them."""

    most_uneven_a: float = 0.0

    @override
    async def run(self, seconds: int) -> None:
        """Let so many seconds go by, and note how uneven the lines were at most."""
        self.most_uneven_a = 0.0
        for _ in range(seconds):
            await super().run(1)
            self.most_uneven_a = max(self.most_uneven_a, max(self.line_a) - min(self.line_a))


def _allowed(hass: HomeAssistant) -> tuple[float, str, str]:
    state = hass.states.get("sensor.garage_allowed_current")
    assert state is not None
    return float(state.state), state.attributes["reason_key"], state.attributes["reason"]


async def _set_unbalance(hass: HomeAssistant, entry: MockConfigEntry, limit_a: float | None) -> None:
    """Say in the form of the grid connection by how much its lines may differ."""
    walk = Walk(hass)
    await walk.subentry(entry, "circuit", circuits_of(entry)[0].id)
    advanced = {"continuous": False} | ({} if limit_a is None else {"unbalance_a": limit_a})
    fuses = {f"limit_l{line}": FUSE_A for line in (1, 2, 3)}
    done = await walk.fill(name="Grid connection", **fuses, advanced=advanced)
    if done["type"] == "form":  # it shows first what the chargers can have then
        done = await walk.fill()
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("unbalance_a", [20.0, 16.0])  # in Germany; in Austria and Switzerland
async def test_a_one_phase_car_is_held_to_the_unbalance_that_is_allowed_and_let_go_when_it_ends(
    hass: HomeAssistant, house: House, start_site: StartSite, unbalance_a: float
) -> None:
    await hass.config.async_update(currency="EUR", time_zone="Europe/Berlin")
    street = Street(house=house, car_a=CAR_A, car_lines=(0,), house_a=[4.0, 3.0, 2.0])
    house.state("number.wallbox_limit", 32, {"min": 6, "max": 32, "step": 1, "unit_of_measurement": "A"})
    data = charger_data(connection="line_neutral", lines=[0], max_a=CAR_A)
    entry = site_entry(subentry("charger", "Garage", data, "garage"), meter=line_meter(), fuse_a=FUSE_A, margin_a=0.0)
    await start_site(entry)
    await _set_unbalance(hass, entry, unbalance_a)
    house.state("sensor.wallbox_status", "plugged")
    await street.run(150)
    # L3 carries least, 2 A: L1 may carry so much more, and the house takes 4 A there.
    held_a = unbalance_a - 2.0
    assert street.drawn_a == held_a
    assert street.most_uneven_a <= unbalance_a
    allowed_a, key, reason = _allowed(hass)
    assert (allowed_a, key) == (held_a, ReasonKey.UNBALANCED)
    assert reason == f"L1 may carry {unbalance_a:.0f} A more than the other lines of circuit Grid connection, not more"

    # What else is switched on at its line lowers it on the same reading.
    street.house_a = [10.0, 3.0, 2.0]
    await street.run(6)
    assert street.drawn_a == unbalance_a - 8.0
    street.house_a = [2.0 + unbalance_a - 5.0, 3.0, 2.0]
    await street.run(6)
    assert street.drawn_a == 0.0
    assert _allowed(hass)[1] == ReasonKey.PAUSED_UNBALANCED

    # What loads the other lines gives it more; and the end of the limit all that it takes.
    street.house_a = [4.0, 8.0, 8.0]
    await street.run(240)
    assert street.drawn_a == unbalance_a + 4.0
    assert street.most_uneven_a <= unbalance_a
    await _set_unbalance(hass, entry, None)
    await street.run(150)
    assert (street.drawn_a, _allowed(hass)[1]) == (CAR_A, ReasonKey.OWNER_LIMIT)


async def test_a_three_phase_car_is_not_held_by_the_unbalance_of_the_house(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await hass.config.async_update(currency="EUR", time_zone="Europe/Berlin")
    street = Street(house=house, house_a=[30.0, 3.0, 2.0])
    entry = site_entry(meter=line_meter(), fuse_a=FUSE_A, margin_a=0.0)
    await start_site(entry)
    await _set_unbalance(hass, entry, 20.0)
    house.state("sensor.wallbox_status", "plugged")
    await street.run(150)
    assert (street.drawn_a, _allowed(hass)[1]) == (16.0, ReasonKey.OWNER_LIMIT)
