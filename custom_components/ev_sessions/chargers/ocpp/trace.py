"""The last frames of a station, masked when its owner asks for them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .masking import masked

_FRAMES = 500
#: What is longer is masked at once and cut: 500 frames are 2 MiB at most.
_LONGEST = 4096
#: Of what is longer than this even the masking would take too long; the beginning says what it is.
_LONGEST_MASKED = 16 * _LONGEST


class Direction(StrEnum):
    """Who said it: `in` is the station."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedFrame:
    """One frame, without id tokens and secrets."""

    at: datetime
    direction: Direction
    text: str


class Trace:
    """The last 500 frames of a station. To mask them costs more than to keep them: that is done when they are read."""

    def __init__(self) -> None:
        self._frames: deque[TracedFrame | tuple[datetime, Direction, str]] = deque(maxlen=_FRAMES)

    def add(self, at: datetime, direction: Direction, text: str) -> None:
        """Keep a frame."""
        if len(text) <= _LONGEST:
            self._frames.append((at, direction, text))
            return
        beginning = masked(text[:_LONGEST_MASKED])[:_LONGEST]
        self._frames.append(TracedFrame(at=at, direction=direction, text=f"{beginning}… ({len(text)} characters)"))

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[TracedFrame]:
        for frame in tuple(self._frames):
            if isinstance(frame, TracedFrame):
                yield frame
            else:
                at, direction, text = frame
                yield TracedFrame(at=at, direction=direction, text=masked(text))
