"""A station's transaction, as far as it is known."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ..id_token import IdToken
from ..sessions.session import EndReason
from ..sessions.transaction import TimedBy, end_reason_of
from .events import SignedValue

#: Signed values that are kept of a transaction: its first and its newest.
MOST_SIGNED: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class StationTransaction:
    """What a station calls one charge. `id` is its text; of 1.6 the number that we gave, as text.

    `started_at` is None where nobody saw it begin, `reason` (the station's word for why it
    ended) where it goes on. `remote_start_id` is that of our own command that began it.
    """

    id: str
    token: IdToken | None = None
    started_at: datetime | None = None
    started_timed_by: TimedBy | None = None
    meter_start_mwh: int | None = None
    ended_at: datetime | None = None
    ended_timed_by: TimedBy | None = None
    meter_stop_mwh: int | None = None
    reason: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    offline: bool = False
    signed: tuple[SignedValue, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.ended_at is None

    @property
    def end_reason(self) -> EndReason | None:
        """What its end means for a session; None where it goes on, or its reason says nothing of that."""
        return end_reason_of(self.reason)


class ChangeKind(StrEnum):
    """What happened to a transaction."""

    OPENED = "opened"
    CHANGED = "changed"
    ENDED = "ended"
    RETRACTED = "retracted"  # late news: it was none of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionChange:
    """A transaction of an EVSE as it is now known, whole: it replaces what was told of the same id."""

    kind: ChangeKind
    evse: int
    transaction: StationTransaction
