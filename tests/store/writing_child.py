"""A process that writes sessions until it is killed, and says what was acknowledged.

Arguments: folder, first number. Prints `begin <n>` before a write and `done <n>` after it.
"""

from datetime import timedelta
from pathlib import Path
import sys

from tests.store.builders import NOON, add_charger, add_site, make_periods, make_session, opened, step_of


def main() -> None:
    """Write one session after the other: opened, grown and ended, each by a step."""
    ledger = opened(Path(sys.argv[1]))
    add_site(ledger)
    evse_id = add_charger(ledger)
    number = int(sys.argv[2])
    print("ready", flush=True)  # noqa: T201
    while True:
        start = NOON + number * timedelta(hours=1)
        periods = make_periods(start, (number + 1, 2, 3))
        for count in (1, 2, 3):
            session = make_session(start, periods[:count], ended=count == 3)
            print(f"begin {number} {count}", flush=True)  # noqa: T201
            step = step_of(evse_id, session, periods[:count], snapshot=f"{number} {count}")
            ledger.commit_step(step).result(60)
            print(f"done {number} {count}", flush=True)  # noqa: T201
        number += 1


if __name__ == "__main__":
    main()
