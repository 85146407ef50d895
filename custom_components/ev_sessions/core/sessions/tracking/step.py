"""What a call of the tracker is told beside the reading, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ..session import ChargingPeriod, Session, SessionEvent


def no_cuts(_start: datetime, _end: datetime) -> tuple[datetime, ...]:
    """Tell that a price never changes."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerContext:
    """What the owner has set and the house knows, as far as it concerns sessions.

    `grid_power_w` is the site's power at the grid connection, positive for import, held
    until the next call; None where import cannot be told from export. `paused_by_us` is
    whether our own balancing, planning or switch holds this EVSE back. `new_id` makes
    the id (ULID text) of a session that starts at the given instant. `price_cuts` tells at
    which instants inside (start, end) the price changes, by what is known now. `recovered`
    is whether the reading comes from the charger's own record, of a time in which nobody listened.
    """

    zone: ZoneInfo
    max_power_kw: float  # the most that the EVSE can draw: above it a meter is not believed
    new_id: Callable[[datetime], str]
    price_cuts: Callable[[datetime, datetime], tuple[datetime, ...]] = no_cuts
    start_above_w: float = 50.0  # where power alone tells of a session, and of charging
    quiet_s: float = 300.0  # so long below it ends such a session, from when it went quiet
    debounce_s: float = 10.0  # a car that is gone for less was never gone
    settle_s: float = 60.0  # how long an ended session waits for a last register sample
    hold_s: float = 300.0  # how long a silent source is waited for, once it is due
    grid_power_w: float | None = None
    paused_by_us: bool = False
    recovered: bool = False
    boot_id: str | None = None  # of the machine's run; tells a reboot from a clock that was set meanwhile


class NoteKey(StrEnum):
    """What the audit trail and the log should know beside the sessions themselves."""

    CLOCK_SET = "clock_set"  # shift_ms
    REGISTER_DIP = "register_dip"  # all of REGISTER_*: from_mwh, to_mwh
    REGISTER_GLITCH = "register_glitch"
    REGISTER_SPIKE = "register_spike"
    REGISTER_RESET = "register_reset"
    REGISTER_ROLLOVER = "register_rollover"
    REGISTER_JUMP = "register_jump"
    GAP = "gap"  # ms, energy_mwh: of a session, or of nobody's energy
    SESSION_REPLACED = "session_replaced"  # the charger's own counter began again while nobody looked
    SESSION_RECOVERED = "session_recovered"  # energy_mwh: came and went while nobody looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line for the audit trail: what, when (UTC), of which session, with which figures."""

    key: NoteKey
    at: datetime
    session_id: str | None = None
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCheckpoint:
    """The register at an instant (UTC): as it was shown, and cleaned, in mWh."""

    at: datetime
    register_mwh: int
    cleaned_mwh: int
    session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redating:
    """The clock was set: periods of a session that the ledger has, up to an index, move.

    All periods with an index below `before_index` move by `shift_ms`; later ones come in
    the same step with their new instants, and so does the session. What earlier steps told
    has to be in the ledger before.
    """

    session_id: str
    before_index: int
    shift_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one call changed.

    `sessions` and `periods` are whole current values, to be upserted by id, and by
    session id and index; the price of a period is left to the caller. `redated` comes
    before them. `urgent` tells that something opened, closed or happened, which has to
    be committed before it is shown. `check_again_s` is when to call `tick` at the latest.
    """

    sessions: tuple[Session, ...] = ()
    periods: tuple[tuple[str, ChargingPeriod], ...] = ()
    events: tuple[SessionEvent, ...] = ()
    checkpoints: tuple[RegisterCheckpoint, ...] = ()
    redated: tuple[Redating, ...] = ()
    notes: tuple[Note, ...] = ()
    urgent: bool = False
    check_again_s: float = 60.0
