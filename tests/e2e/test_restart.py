"""Restarts in order: what a charger is left at, and what a session is told of the time in between."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.hass.client import Json
from simulator.plant.price_board import PriceBoard
from tests.e2e.ledger_truth import Away, Record, hold_ledger_file
from tests.e2e.patience import OTHERS_S, STORY_S
from tests.e2e.real_house import RealHouse, RealSite
from tests.e2e.set_up import add_site, all_ended, drawn, errors_of_ours, house_on, issues, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(STORY_S), pytest.mark.usefixtures("socket_enabled")]

#: What the site leaves its chargers at.
FALLBACK_A = 6.0
SLOT_S = 20.0


async def _garage(house: RealHouse) -> Json:
    """Return what the charger itself is set to, which no entity of ours tells."""
    return (await house.plant.ask("truth"))["chargers"]["garage"]


async def _until_limit(house: RealHouse, limit_a: float, timeout_s: float = OTHERS_S) -> None:
    """Wait until the charger has obeyed."""

    async def obeyed() -> bool:
        return bool((await _garage(house))["limit_a"] == limit_a)

    await until(f"the charger stands at {limit_a} A", obeyed, timeout_s)


async def _let_draw_at_will(site: RealSite, limit_a: float) -> None:
    """Have the charger stand at a limit that is not the fallback: balancing off, and a hand at the charger."""
    house = site.house
    await house.client.call("switch", "turn_off", {"entity_id": site.names.of_site("balancing")})
    await _until_limit(house, FALLBACK_A)
    await house.plant.ask("set_limit", charger="garage", limit_a=limit_a)
    await _until_limit(house, limit_a)


async def _connected(site: RealSite, state: str) -> None:
    entity_id = site.names.of_charger("Garage", "connected")
    await site.house.client.wait_until(
        f"connected {state}", lambda states: states.get(entity_id, {}).get("state") == state, OTHERS_S
    )


async def test_stop_and_reload_leave_the_charger_at_its_fallback_and_one_session_goes_on(tmp_path: Path) -> None:
    async with house_on(tmp_path, "--price-slot", str(SLOT_S)) as house:
        site = await add_site(house)
        await house.plant.ask("plug_in", charger="garage")
        await _connected(site, "on")
        await _let_draw_at_will(site, 10.0)
        await drawn(house, 5.0)

        reload_at = datetime.now(UTC)
        entry = site.names.entry_id
        await house.client.request("POST", f"/api/config/config_entries/entry/{entry}/reload")
        await _until_limit(house, FALLBACK_A)
        await _connected(site, "on")
        reloaded = Away(since=reload_at, until=datetime.now(UTC))

        await _let_draw_at_will(site, 10.0)
        await drawn(house, 3.0)
        stop_at = datetime.now(UTC)
        await house.hass.stop()
        # Nobody is there to command it any more: what it does now was said before the end.
        await _until_limit(house, FALLBACK_A)
        assert (await _garage(house))["enabled"]
        await drawn(house, 3.0)

        await house.hass.start(house.client)
        await _connected(site, "on")
        stopped = Away(since=stop_at, until=datetime.now(UTC))
        await house.plant.ask("unplug", charger="garage")
        await all_ended(site)
        sessions = await site.sessions()
        truth = await house.plant.ask("truth")
        problems = await issues(house.client)
        await house.hass.stop()
    record = Record(truth=truth, board=PriceBoard(slot_s=SLOT_S), aways=[reloaded, stopped])
    record.hold(sessions)
    assert sessions[0]["estimated_kwh"] > 0  # of the time in which nobody looked
    assert problems == []
    assert errors_of_ours(house.hass.log) == []
    hold_ledger_file(house.hass.folder)
