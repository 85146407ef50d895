"""A restart after which the charger's own integration comes late or never: the session is held, not ended."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.plant.price_board import PriceBoard
from tests.e2e.ledger_truth import Away, Record, hold_ledger_file
from tests.e2e.patience import OTHERS_S, STORY_S
from tests.e2e.real_house import RealSite
from tests.e2e.set_up import add_site, all_ended, drawn, errors_of_ours, house_on, source_delay, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(STORY_S), pytest.mark.usefixtures("socket_enabled")]

SLOT_S = 20.0
NEVER = -1


async def _charging(site: RealSite) -> None:
    """Plug in at the fallback, without a balancer, and draw some Wh."""
    house = site.house
    await house.client.call("switch", "turn_off", {"entity_id": site.names.of_site("balancing")})
    await house.plant.ask("plug_in", charger="garage")
    await drawn(house, 5.0)
    (session,) = await site.sessions()
    assert session["status"] == "open"


async def _until_status(site: RealSite, status: str, timeout_s: float) -> None:
    """Wait until the one session there is has a status."""

    async def has_it() -> bool:
        (session,) = await site.sessions()
        return bool(session["status"] == status)

    await until(f"a session is {status}", has_it, timeout_s)


async def _kill_and_come_back_late(folder: Path, delay_s: int, *, never_s: float = 0.0) -> None:
    """Hold everything against the plant after a restart whose source comes `delay_s` late.

    With `never_s` there is a restart before it after which the source does not come at all for so long.
    """
    async with house_on(folder, "--price-slot", str(SLOT_S)) as house:
        site = await add_site(house)
        await _charging(site)
        (before,) = await site.sessions()
        aways = []
        if never_s:
            await source_delay(house, NEVER)
            killed = datetime.now(UTC)
            await house.hass.kill()
            await house.hass.start(house.client)
            await asyncio.sleep(never_s)
            (held,) = await site.sessions()
            assert (held["id"], held["status"], held["end"]) == (before["id"], "held", None), held
            assert held["energy_kwh"] == before["energy_kwh"]
        else:
            killed = datetime.now(UTC)
        await source_delay(house, delay_s)
        await house.hass.kill()
        await house.hass.start(house.client)
        started = datetime.now(UTC)
        (held,) = await site.sessions()
        assert (held["id"], held["status"], held["end"]) == (before["id"], "held", None), held
        await _until_status(site, "open", delay_s + OTHERS_S)
        back = datetime.now(UTC)
        assert (back - started).total_seconds() > delay_s / 2, "the source was not late at all"
        aways.append(Away(since=killed, until=back))
        await asyncio.sleep(4.0)
        await house.plant.ask("unplug", charger="garage")
        await all_ended(site)
        sessions = await site.sessions()
        truth = await house.plant.ask("truth")
        await house.hass.stop()
    assert [session["id"] for session in sessions] == [before["id"]]
    Record(truth=truth, board=PriceBoard(slot_s=SLOT_S), aways=aways).hold(sessions)
    assert errors_of_ours(house.hass.log) == []
    hold_ledger_file(house.hass.folder)


async def test_source_that_never_came_and_then_comes_late_finds_its_session_held(tmp_path: Path) -> None:
    await _kill_and_come_back_late(tmp_path, 20, never_s=5.0)


@pytest.mark.long
async def test_source_two_minutes_late_finds_its_session_held(tmp_path: Path) -> None:
    await _kill_and_come_back_late(tmp_path, 120)


@pytest.mark.long
@pytest.mark.timeout(2 * STORY_S)
async def test_source_that_stays_away_longer_than_a_session_is_held_for_finds_it_again(tmp_path: Path) -> None:
    await _kill_and_come_back_late(tmp_path, 20, never_s=330.0)
