"""The one way in which time enters the rules: as an argument."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us_of(instant: datetime) -> int:
    """Return whole microseconds since the epoch for an aware instant."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant_of(us: int) -> datetime:
    """Return the UTC instant `us` microseconds after the epoch."""
    return _EPOCH + timedelta(microseconds=us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """An instant as a pair: what the wall clock shows, and monotonic seconds.

    Time-outs, delays and durations use `monotonic_s`, which never jumps; the ledger
    and the tariffs use `utc` (aware, UTC), which people and clocks may set.
    """

    utc: datetime
    monotonic_s: float

    def later(self, seconds: float) -> Now:
        """Return the pair `seconds` after this one, both clocks running alike."""
        return Now(
            utc=self.utc + timedelta(seconds=seconds),
            monotonic_s=self.monotonic_s + seconds,
        )

    def wall_jump_s(self, earlier: Now) -> float:
        """Return by how many seconds the wall clock was set since `earlier`."""
        wall_s = (self.utc - earlier.utc).total_seconds()
        return wall_s - (self.monotonic_s - earlier.monotonic_s)

    def instant(self, at_s: float) -> datetime:
        """Return what the wall clock shows, as it is set now, at an instant in monotonic s."""
        return self.utc + timedelta(seconds=at_s - self.monotonic_s)

    def past_s(self, at: datetime) -> float:
        """Return an instant of the past in monotonic s; what lies ahead, as the clock was set back, is now."""
        return self.monotonic_s - max(0.0, (self.utc - at).total_seconds())
