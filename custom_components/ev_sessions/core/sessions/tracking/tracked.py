"""The state of a session tracker: frozen, and as JSON text in the ledger at every commit."""

from dataclasses import dataclass
from typing import Final

from ...plain import from_plain, to_plain
from ...reading import Activity, EvseReading
from ..session import Session
from .piece import Piece
from .presence import NOTHING_TOLD, Presence
from .register import Increment, RegisterState
from .solar import UNALIGNED, Alignment

_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which nobody looked, or the source said nothing, and what is known of it.

    `piece` lasts from the last thing that was seen to the first thing that is seen
    again; what comes after, until the gap is judged, is in the tracker's `doubt`.
    """

    piece: Piece
    started: bool = False  # Home Assistant was away, not the source: even a short one counts
    rebooted: bool = False  # the wall clock and the monotonic clock disagree about its length
    observed: bool = False  # something has been said since
    left: bool = False  # the car seemed to be gone when it began
    deadline_ms: int | None = None  # monotonic: wait no longer for the rest of the source
    increment: Increment | None = None  # what the register has told of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """One EVSE's sessions: all that has to be remembered between two readings.

    The time is followed piece by piece: `pending` are closed pieces that a later register
    sample may still add to, `open` is the piece that lasts, `doubt` the time since the car
    seems to be gone (or since a gap ended that is not judged yet), `gap` the time in which
    nobody looked. Instants are microseconds of a clock that runs with the monotonic one
    and is `skew_us` behind the wall's while the wall's is known to be wrong.
    """

    at_us: int
    mono_ms: int
    skew_us: int = 0
    reading: EvseReading | None = None  # the last that said something
    presence: Presence = NOTHING_TOLD
    has_status: bool = False
    power_mw: int | None = None
    grid_mw: int | None = None
    alignment: Alignment = UNALIGNED
    register: RegisterState | None = None
    counter: RegisterState | None = None  # the charger's session counter; the register where there is none
    counter_mwh: int | None = None  # what the session counter showed last
    sampled_us: int | None = None  # the source's own instant of the last register sample
    open: Piece
    pending: tuple[Piece, ...] = ()
    doubt: Piece | None = None
    gap: Gap | None = None
    current: Session | None = None  # the open session, as far as it is certain
    ended: tuple[Session, ...] = ()  # that may still change
    carry_uj: int = 0  # what integration has not yet made whole mWh of
    outside_mwh: int = 0
    unclaimed_mwh: int = 0  # the part of it that came last, at `unclaimed_us`
    unclaimed_us: int = 0
    fault: bool = False
    charged: bool = False  # of the open session: it has charged, and wants no more
    completed: bool = False
    boot_id: str | None = None

    def to_json(self) -> str:
        """Return the state as text, complete and exact."""
        return to_plain(self, _VERSION)

    @classmethod
    def from_json(cls, text: str) -> Tracker:
        """Return the state from its text; ValueError where it is none of ours."""
        return from_plain(cls, text, _VERSION)

    @property
    def activity(self) -> Activity | None:
        """What the EVSE is doing, as far as it is known."""
        return self.presence.activity

    @property
    def energy_register_mwh(self) -> int | None:
        """The cleaned total, that rises through resets, glitches and new meters; None where there is none."""
        source = self.register or self.counter
        return None if source is None else source.total_mwh
