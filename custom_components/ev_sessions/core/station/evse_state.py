"""What has to be remembered of an EVSE between two things that its station tells."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ..plain import from_plain, to_plain
from ..reading import CONNECTED_ACTIVITIES, DISCONNECTED_ACTIVITIES, Activity
from .meter import Meter
from .transaction import StationTransaction

_VERSION: Final = 1
#: What a connector's status says whatever a transaction does.
ABOVE_ALL: Final = frozenset({Activity.FAULT, Activity.UNAVAILABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A connector's status as it was told last."""

    number: int
    activity: Activity | None = None
    connected: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseState:
    """One EVSE, all that has to be remembered between two events.

    `in_sight` is whether what it does has been told since the station was last away, and
    `metered` the same of its meter. `transaction` is the newest, open or ended. `quiet` is
    whether nothing but the transaction itself told of a car since it began; `guessed`
    whether the activity follows from the meter alone; `gone` whether the car is known to
    have left although the cable is still in. `tagged_at` is when a token came before a cable.
    """

    at: datetime | None = None
    in_sight: bool = False
    activity: Activity | None = None
    connectors: tuple[Connector, ...] = ()
    transaction: StationTransaction | None = None
    told_at: datetime | None = None  # the last that was heard of the transaction
    ended: tuple[str, ...] = ()  # ids of transactions that are over, the newest first
    quiet: bool = False
    guessed: bool = False
    gone: bool = False
    tagged_at: datetime | None = None
    metered: bool = False
    meter: Meter = Meter()  # noqa: RUF009 - frozen
    power_w: float | None = None
    currents_a: tuple[float, ...] | None = None
    drawn_at: datetime | None = None
    offered_a: float | None = None
    soc_percent: float | None = None

    def to_json(self) -> str:
        """Return the state as text, complete and exact."""
        return to_plain(self, _VERSION)

    @classmethod
    def from_json(cls, text: str) -> EvseState:
        """Return the state from its text; ValueError where it is none of ours."""
        return from_plain(cls, text, _VERSION)

    def out_of_sight(self) -> EvseState:
        """Return the state when nothing is told any more: what was told before may be so no longer."""
        return replace(
            self,
            in_sight=False,
            metered=False,
            power_w=None,
            currents_a=None,
            drawn_at=None,
            offered_a=None,
            soc_percent=None,
            tagged_at=None,
        )

    @property
    def running(self) -> StationTransaction | None:
        """The transaction that goes on."""
        transaction = self.transaction
        return transaction if transaction is not None and transaction.is_open else None

    def knows(self, transaction_id: str) -> bool:
        """Tell whether a transaction of this id runs here, or is over."""
        running = self.running
        return transaction_id in self.ended or (running is not None and running.id == transaction_id)

    @property
    def has_left(self) -> bool:
        """Whether the car of the newest transaction has gone with the end of that."""
        over = self.transaction is not None and not self.transaction.is_open
        return over and self.activity in DISCONNECTED_ACTIVITIES

    @property
    def connected(self) -> bool:
        """Whether a car is known to be plugged in."""
        return self.activity in CONNECTED_ACTIVITIES
