"""A meter that fails is told once in the log, however often it says so."""

from collections.abc import Awaitable, Callable
import logging

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .driving import Drive
from .house import House, charger_data, line_meter, site_entry, subentry

type StartSite = Callable[[MockConfigEntry], Awaitable[None]]


def _ours(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what we wrote to the log that people see."""
    return [
        one.getMessage()
        for one in caplog.records
        if one.levelno >= logging.INFO and one.name.startswith("custom_components.ev_sessions")
    ]


async def _charging(drive: Drive, start_site: StartSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await start_site(site_entry(subentry("charger", "Garage", charger_data(), "garage"), meter=line_meter()))
    drive.house.state("sensor.wallbox_status", "plugged")
    await drive.run(120)
    assert drive.drawn_a == 16
    caplog.clear()
    drive.meter_speaks = False


@pytest.mark.parametrize("said", ["unavailable", "unknown", "nan", "a lot"])
async def test_an_unavailable_meter_is_told_once_however_often_its_entities_change(
    house: House, start_site: StartSite, caplog: pytest.LogCaptureFixture, said: str
) -> None:
    drive = Drive(house=house)
    await _charging(drive, start_site, caplog)
    for second in range(300):
        for line in (1, 2, 3):
            # Its integration tries again and again, and shows that.
            house.state(f"sensor.grid_l{line}", said, {"unit_of_measurement": "A", "tries": second})
        await drive.run(1)
    assert drive.drawn_a == 6
    lines = _ours(caplog)
    faults = [f"sensor.grid_l{line} cannot be used: not a number ({said})" for line in (1, 2, 3)]
    assert lines.count("Home grid meter: its source says nothing") == 1
    assert sorted(lines)[1:] == (faults if said in {"nan", "a lot"} else [])


async def test_a_meter_that_comes_and_goes_each_second_floods_no_log(
    house: House, start_site: StartSite, caplog: pytest.LogCaptureFixture
) -> None:
    drive = Drive(house=house)
    await _charging(drive, start_site, caplog)
    for second in range(300):
        for line in (1, 2, 3):
            house.state(f"sensor.grid_l{line}", "unavailable" if second % 2 else 18 + second % 3 / 10)
        await drive.run(1)
    assert len(_ours(caplog)) == 6
