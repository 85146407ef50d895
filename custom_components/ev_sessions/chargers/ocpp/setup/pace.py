"""How patient and how eager a station is set up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient and how eager the set-up is, in seconds."""

    #: So long after it connected a station has to have said that it started.
    boot_s: float = 5.0
    call_s: float = 30.0
    message_s: float = 10.0
    report_pause_s: float = 20.0
    #: After a start: until it has its answer, and everybody here knows what it is.
    settle_s: float = 2.0
    #: Between two set-ups of a station that starts again and again.
    least_s: float = 60.0
    #: A station that comes back within this time, without a start, is as it was.
    fresh_s: float = 900.0
    #: After a set-up that could not be finished.
    retries_s: tuple[float, ...] = (300.0, 900.0, 3600.0)
    #: After a transaction, before a reset.
    idle_s: float = 10.0
