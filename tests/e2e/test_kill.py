"""SIGKILL at random moments, with the plant, which goes on, as the truth: nothing is lost, doubled or split."""

import os
from pathlib import Path
from random import Random
import sys

import pytest

from simulator.hass.client import HassError
from simulator.plant.price_board import PriceBoard
from tests.e2e.killer import ALL, QUICK, Killer
from tests.e2e.ledger_truth import Record, hold_ledger_file, prices_seen
from tests.e2e.patience import STORY_S
from tests.e2e.set_up import add_site, errors_of_ours, house_on, issues

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(STORY_S), pytest.mark.usefixtures("socket_enabled")]

#: Some prices per session, and time between them for what is to be seen of each.
SLOT_S = 20.0


def _rng() -> Random:
    seed = int(os.environ.get("EV_SESSIONS_SEED") or Random().randrange(10**6))
    sys.stderr.write(f"\nseed {seed}: EV_SESSIONS_SEED={seed} repeats it\n")
    return Random(seed)


async def _kill_and_hold(folder: Path, kinds: list[str], rng: Random, *, ahead: bool) -> None:
    """Be killed in all these ways on one folder, and hold everything against the plant."""
    options = [] if ahead else ["--no-price-list"]
    async with house_on(folder, "--price-slot", str(SLOT_S), *options) as house:
        site = await add_site(house, answers={"boundary_snap": ahead})
        killer = Killer(site, rng)
        await killer.begin()
        for number, kind in enumerate(kinds):
            try:
                await killer.live(kind)
            except HassError as err:
                pytest.fail(f"kill {number} at {kind} of {kinds}: {err}")
        await killer.leave()
        sessions = await site.sessions()
        truth = await house.plant.ask("truth")
        problems = await issues(house.client)
        await house.hass.stop()
    board, seen = PriceBoard(slot_s=SLOT_S, ahead=ahead), prices_seen(house.hass.folder)
    record = Record(truth=truth, board=board, aways=killer.aways, seen=seen)
    record.hold(sessions)
    assert problems == []
    assert errors_of_ours(house.hass.log) == []
    hold_ledger_file(house.hass.folder)


async def test_kills_in_the_middle_of_everything_lose_no_session_no_energy_and_no_cent(tmp_path: Path) -> None:
    rng = _rng()
    kinds = list(QUICK)
    rng.shuffle(kinds)
    await _kill_and_hold(tmp_path, kinds, rng, ahead=True)


@pytest.mark.long
@pytest.mark.timeout(4 * STORY_S)
async def test_twenty_four_kills_lose_no_session_no_energy_and_no_cent(tmp_path: Path) -> None:
    rng = _rng()
    kinds = [*ALL] * 3
    rng.shuffle(kinds)
    await _kill_and_hold(tmp_path, kinds, rng, ahead=True)


@pytest.mark.long
@pytest.mark.timeout(2 * STORY_S)
async def test_kills_under_a_price_that_only_its_state_tells_say_what_each_price_stands_on(tmp_path: Path) -> None:
    rng = _rng()
    kinds = [*QUICK, *QUICK]
    rng.shuffle(kinds)
    await _kill_and_hold(tmp_path, kinds, rng, ahead=False)
