"""The only place of a site that asks what time it is."""

from collections.abc import Callable
from pathlib import Path
import time

from homeassistant.util import dt as dt_util

from ..core.moment import Now

type Clock = Callable[[], Now]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def system_now() -> Now:
    """Return the wall clock (UTC) and the monotonic clock of this machine as one pair."""
    return Now(utc=dt_util.utcnow(), monotonic_s=time.monotonic())


def read_boot_id() -> str | None:
    """Return what names this run of the machine, None where nothing does; blocks."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return None
