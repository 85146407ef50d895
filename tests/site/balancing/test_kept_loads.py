"""What the balancer learned of the house's appliances outlives Home Assistant."""

from concurrent.futures import Future
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.balancing.kept_loads import LEARNED_LOADS
from custom_components.ev_sessions.site.ledger.ledger import asked

from ..house import House


async def _oven(house: House, cycles: int) -> None:
    """Let an oven's thermostat go on and off on L2."""
    for cycle in range(cycles * 2):
        for second in range(0, 60, 5):
            await house.later(seconds=5)
            house.grid(2 + second / 100, 12 if cycle % 2 else 2, 2)


async def test_learned_appliances_are_there_after_a_restart(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await _oven(house, 4)
    assert await hass.config_entries.async_unload(site.entry_id)
    assert await hass.config_entries.async_setup(site.entry_id)
    await hass.async_block_till_done()
    (oven,) = site.runtime_data.load.loads.appliances
    assert [round(current_a) for current_a in oven.size_a] == [0, 10, 0]
    assert [round(absence_s) for absence_s in oven.absences_s] == [60, 60, 60]
    assert oven.absent_since_s is None


async def test_learned_appliances_are_written_now_and_then_and_not_all_the_time(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    written: list[str] = []
    waiting: list[Future[Any]] = []
    ledger = site.runtime_data.ledger
    put = ledger.put_setting

    def listening(owner_id: str, name: str, *rest: Any) -> Future[Any]:
        written.append(name)
        waiting.append(put(owner_id, name, *rest))
        return waiting[-1]

    ledger.put_setting = listening
    await _oven(house, 16)
    assert written.count(LEARNED_LOADS) == 2
    for future in waiting:
        await asked(future)
    kept = (await asked(ledger.settings()))[site.entry_id][LEARNED_LOADS]
    assert len(kept["appliances"]) == 1
