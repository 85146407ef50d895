"""The only place of a site that asks what time it is."""

from collections.abc import Callable
import time

from homeassistant.util import dt as dt_util

from ..core.moment import Now

type Clock = Callable[[], Now]


def system_now() -> Now:
    """Return the wall clock (UTC) and the monotonic clock of this machine as one pair."""
    return Now(utc=dt_util.utcnow(), monotonic_s=time.monotonic())
