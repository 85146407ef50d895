"""The trace of a session: what was measured while it went on, and how often that is kept.

Later splits and other tariffs' restrictions look things up in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

#: Samples are no closer than this, but where the limit changes.
INTERVAL_S: Final = 10.0
#: A chunk of samples is written again while it grows: no longer, and no more samples, than these.
CHUNK_S: Final = 900.0
CHUNK_SAMPLES: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSample:
    """What was measured at an instant; power and limit to the thousandth, None where not known."""

    at: datetime
    register_mwh: int | None = None
    power_w: float | None = None
    grid_power_w: float | None = None
    limit_a: float | None = None


def is_kept(last: TraceSample | None, sample: TraceSample) -> bool:
    """Return whether a sample tells something that the one before does not."""
    if last is None or sample.limit_a != last.limit_a:
        return last is None or sample.at != last.at
    far = abs((sample.at - last.at).total_seconds()) >= INTERVAL_S
    return far and replace(sample, at=last.at) != last


def begins_chunk(chunk: Sequence[TraceSample], sample: TraceSample) -> bool:
    """Return whether a sample is the first of a chunk of its own: in a chunk, time only goes on."""
    if not chunk or len(chunk) >= CHUNK_SAMPLES or sample.at <= chunk[-1].at:
        return True
    return (sample.at - chunk[0].at).total_seconds() >= CHUNK_S
