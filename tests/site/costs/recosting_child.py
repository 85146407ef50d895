"""Processes that cost all sessions of a ledger again, a few at a time, until they are killed or done.

Reads lines with a ledger's file and answers each with a child of its own, so that all that it needs is imported
once. The child's lines: `child <pid>`, then `step` after each step; `gone` follows its end.
"""

import asyncio
import os
import sys

from benchmarks.rows.recosting import job_of
from custom_components.ev_sessions.site.costs import recosting_job
from custom_components.ev_sessions.store import Ledger


def say(line: str) -> None:
    """Say a line whole or not at all, whenever death comes."""
    os.write(1, f"{line}\n".encode())


async def cost_again(file: str) -> None:
    """Begin, or take up what a kill cut short."""
    recosting_job._PAGE = 2
    ledger = Ledger(file)
    await asyncio.to_thread(ledger.open)
    job = job_of(ledger, changed=lambda: say("step"))
    settings = await asyncio.wrap_future(ledger.settings())
    if not job.take_up(settings.get(job.site_id, {})):
        await job.async_begin(None, None)
    await job.async_run()
    await asyncio.to_thread(ledger.close)


def main() -> None:
    """Bring up one child after the other."""
    for line in sys.stdin:
        if (pid := os.fork()) == 0:
            say(f"child {os.getpid()}")
            asyncio.run(cost_again(line.rstrip("\n")))
            os._exit(0)
        os.waitpid(pid, 0)
        say("gone")


if __name__ == "__main__":
    main()
