"""Processes that write sessions until they are killed, and say what was acknowledged.

Reads lines `<first number> <folder>` and answers each with a child of its own, so that all that a ledger needs is
imported once. The child's lines: `child <pid>`, then `begin <n>` before a write and `done <n>` after it; `gone` follows
its death.
"""

from datetime import timedelta
import os
from pathlib import Path
import sys

from tests.store.builders import NOON, add_charger, add_site, make_periods, make_session, opened, step_of


def write(folder: Path, number: int) -> None:
    """Write one session after the other: opened, grown and ended, each by a step."""
    ledger = opened(folder)
    add_site(ledger)
    evse_id = add_charger(ledger)
    while True:
        start = NOON + number * timedelta(hours=1)
        periods = make_periods(start, (number + 1, 2, 3))
        for count in (1, 2, 3):
            session = make_session(start, periods[:count], ended=count == 3)
            say(f"begin {number} {count}")
            step = step_of(evse_id, session, periods[:count], snapshot=f"{number} {count}")
            ledger.commit_step(step).result(60)
            say(f"done {number} {count}")
        number += 1


def say(line: str) -> None:
    """Say a line whole or not at all, whenever death comes."""
    os.write(1, f"{line}\n".encode())


def main() -> None:
    """Bring up one child after the other."""
    for line in sys.stdin:
        number, folder = line.rstrip("\n").split(" ", 1)
        if (pid := os.fork()) == 0:
            say(f"child {os.getpid()}")
            write(Path(folder), int(number))
        os.waitpid(pid, 0)
        say("gone")


if __name__ == "__main__":
    main()
