"""A real Home Assistant with a house that lives.

    scripts/demo [--port N] [--speed X] [--fresh] [--headless-check [--balancing-off]]

Prints one line, `READY <address>`, and ends by Ctrl-C. With --headless-check it proves itself and ends: with 0, or
with 1 and the reason.
"""

import argparse
import asyncio
import contextlib
from pathlib import Path
from secrets import randbelow
import signal
import sys
import time

from simulator.demo.check import CheckError, check
from simulator.demo.stage import Options, begin_session, stage
from simulator.hass.client import HassError
from simulator.link import LinkError
from simulator.process import REPOSITORY

_CHECK_LIMIT_S = 1080.0
_BEGIN = time.monotonic()


def _say(text: str) -> None:
    sys.stderr.write(f"demo: {text} ({time.monotonic() - _BEGIN:.1f} s)\n")
    sys.stderr.flush()


def _ready(url: str) -> None:
    sys.stdout.write(f"READY {url}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="A real Home Assistant with a house that lives.")
    parser.add_argument("--port", type=int, help="of Home Assistant; any free one by default")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster people live than the clock (1)")
    parser.add_argument("--seed", type=int, help="which house (1); of --headless-check also when the load comes (any)")
    parser.add_argument("--fresh", action="store_true", help="forget everything that an earlier demo left")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / ".demo", help="where the demo keeps its things")
    parser.add_argument("--headless-check", action="store_true", help="prove that it works, and end")
    parser.add_argument("--balancing-off", action="store_true", help="with --headless-check: without a guard first")
    return parser.parse_args()


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


async def _show(options: Options) -> int:
    async with stage(options, _say) as running:
        await begin_session(running, _say)
        _ready(running.url)
        await _until_stopped()
        _say("ending")
    return 0


async def _check(options: Options, *, seed: int, balancing_off: bool) -> int:
    async with asyncio.timeout(_CHECK_LIMIT_S), stage(options, _say) as running:
        _ready(running.url)
        await check(running, lambda text: print(text, flush=True), seed=seed, balancing_off=balancing_off)  # noqa: T201
    return 0


async def _run(arguments: argparse.Namespace) -> int:
    checks = arguments.headless_check
    options = Options(
        folder=arguments.folder / "check" if checks else arguments.folder / "show",
        port=arguments.port,
        speed=arguments.speed,
        seed=1 if arguments.seed is None else arguments.seed,
        fresh=arguments.fresh or checks,
        quiet=checks,
    )
    seed = randbelow(1_000_000) if arguments.seed is None else arguments.seed
    work = _check(options, seed=seed, balancing_off=arguments.balancing_off) if checks else _show(options)
    task = asyncio.ensure_future(work)
    # Also before it is ready, a Ctrl-C ends what was started, in order.
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _interrupt, task, number)
    try:
        return await task
    except asyncio.CancelledError:
        return 0 if not checks else 130
    except (HassError, LinkError, CheckError, TimeoutError, OSError) as err:
        with contextlib.suppress(BrokenPipeError):
            print(f"failed: {str(err) or 'not in time'}", file=sys.stderr if not checks else sys.stdout, flush=True)
        return 1


def _interrupt(task: asyncio.Task[int], number: signal.Signals) -> None:
    _say(f"ended by {number.name}")
    task.cancel()


def main() -> None:
    """Run the demo."""
    sys.exit(asyncio.run(_run(_arguments())))


if __name__ == "__main__":
    main()
