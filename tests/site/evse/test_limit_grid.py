"""Chargers that cannot be set to just the least current of a car: the next limit that they have is their least."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..house import House, shown, site_entry

type Start = Callable[[MockConfigEntry], Awaitable[None]]

_WATTS = {"min": 1400, "max": 11000, "step": 100, "unit_of_measurement": "W"}
_COARSE = {"min": 5, "max": 17, "step": 3, "unit_of_measurement": "A"}


def allowed_a(house: House) -> float:
    return float(shown(house.hass, "sensor.garage_allowed_current"))


async def live(house: House, taken_a: Callable[[], float], seconds: int, house_a: float) -> None:
    """Let a car draw what its charger is set to, and time pass."""
    for second in range(seconds):
        car_a = taken_a() if shown(house.hass, "switch.wallbox_enable") == "on" else 0.0
        house.charger("charging" if car_a else "paused", power_w=car_a * 690)
        flicker_a = 0.01 * (second % 3)
        house.grid(*[house_a + car_a - flicker_a] * 3)
        await house.later(seconds=1)


@pytest.mark.parametrize(
    ("attributes", "per_a", "least_a"), [(_WATTS, 690.0, 4200 / 690), (_COARSE, 1.0, 8.0)], ids=["watts", "amperes"]
)
async def test_a_number_whose_steps_miss_the_least_of_a_car_begins_with_the_next(
    house: House, start_site: Start, attributes: dict[str, Any], per_a: float, least_a: float
) -> None:
    house.state("number.wallbox_limit", attributes["max"], attributes)
    await start_site(site_entry(fuse_a=16.0))

    def taken_a() -> float:
        return float(shown(house.hass, "number.wallbox_limit")) / per_a

    # 6 A would fit, and be a pause: none of its limits is between that and its own least.
    await live(house, taken_a, 150, house_a=15.0 - 6.05)
    assert allowed_a(house) == 0.0
    await live(house, taken_a, 150, house_a=15.0 - least_a - 0.5)
    assert allowed_a(house) == pytest.approx(least_a, abs=0.05)
    assert shown(house.hass, "switch.wallbox_enable") == "on"
    assert taken_a() == pytest.approx(least_a, abs=0.01)
