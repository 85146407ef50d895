"""The ledger's file is damaged while a car charges: what memory has is not lost, and nobody has to restart anything."""

from contextlib import suppress
from pathlib import Path
import time

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.ledger.ledger import LEDGER_FILE, LedgerError, asked

from ..house import House

_PAGE = 4096


async def garble(hass: HomeAssistant, site: MockConfigEntry, *, whole: bool) -> None:
    """Overwrite the file below the running ledger: all of it but its first page, or the sessions' pages."""
    ledger = site.runtime_data.ledger
    await site.runtime_data.async_flush()
    await asked(ledger.pause_for_backup())
    ledger.resume_after_backup()
    await hass.async_add_executor_job(_overwrite, Path(hass.config.path(LEDGER_FILE)), 0 if whole else _PAGE)


def _overwrite(path: Path, begin: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:begin] + b"\xff" * (len(data) - begin))


async def healed(hass: HomeAssistant) -> ir.IssueEntry:
    """Wait for what the owner is told when the ledger is sound again."""
    for _ in range(200):
        await hass.async_add_executor_job(time.sleep, 0.05)
        await hass.async_block_till_done()
        issue = ir.async_get(hass).async_get_issue(DOMAIN, "ledger_set_aside")
        if issue is not None:
            await hass.async_block_till_done(wait_background_tasks=True)
            return issue
    pytest.fail("nobody told of a mended ledger")


@pytest.mark.parametrize("whole", [False, True])
async def test_a_session_outlives_the_damage_of_its_ledger(
    hass: HomeAssistant, house: House, site: MockConfigEntry, whole: bool
) -> None:
    house.charger("plugged", power_w=0)
    await house.charge(minutes=40, power_w=9_000)
    before = await house.only_session()
    await garble(hass, site, whole=whole)
    await house.charge(minutes=1, power_w=9_000)
    # Whoever reads first comes upon it.
    with suppress(LedgerError):
        await asked(site.runtime_data.ledger.snapshots())
    issue = await healed(hass)
    assert issue.translation_placeholders is not None
    set_aside = Path(issue.translation_placeholders["set_aside"])
    assert await hass.async_add_executor_job(set_aside.exists)
    assert ir.async_get(hass).async_get_issue(DOMAIN, "ledger_unavailable") is None
    await house.charge(minutes=19, power_w=9_000)
    house.charger("free", power_w=0)
    await house.later(minutes=3)
    session = await house.only_session()
    assert (session["id"], session["start"]) == (before["id"], before["start"])
    assert (session["status"], session["end_reason"]) == ("ended", "unplugged")
    assert session["energy_kwh"] == pytest.approx(9, abs=0.01)
    assert session["cost"] == "2.70"
    assert session["charger"] == "Garage"
    # All of it is in the file, and a restart finds it there.
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await house.only_session())["energy_kwh"] == session["energy_kwh"]
