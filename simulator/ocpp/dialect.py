"""What differs between the versions of OCPP: how a station says things, and what it can be told."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from .connector import Connector, Sample, State, Transaction
from .line import Call, Payload
from .settings import Setting, Settings

if TYPE_CHECKING:
    from .station import Station


class Dialect(ABC):
    """One version's way to say it. It keeps the station's settings too: they are named by the version."""

    version: ClassVar[str]
    subprotocol: ClassVar[str]
    settings: Settings[str]
    tells_changes: ClassVar[bool]  # of a transaction's state, by messages of their own

    def __init__(self, station: Station) -> None:
        self.station = station

    def minded(self, interval: Setting) -> float:
        """Return an interval as the station minds it, in s."""
        return 0.0 if self.station.behaviour.samples_once_set and not interval.was_set else interval.number

    @property
    @abstractmethod
    def sample_s(self) -> float:
        """Return how often a transaction is measured; 0 is never."""

    @property
    @abstractmethod
    def aligned_s(self) -> float:
        """Return how often all is measured by the clock; 0 is never."""

    @property
    @abstractmethod
    def measurands(self) -> tuple[str, ...]:
        """Return what is measured then."""

    @property
    @abstractmethod
    def connection_timeout_s(self) -> float:
        """Return how long an authorisation waits for a car."""

    @property
    @abstractmethod
    def authorises_remote(self) -> bool:
        """Tell whether a remote start's token is asked for first."""

    @property
    @abstractmethod
    def ping_s(self) -> float:
        """Return how often the socket is pinged; 0 is never."""

    @abstractmethod
    def new_id(self) -> str | None:
        """Return the id of a transaction that begins; None where the central system gives it."""

    @abstractmethod
    def word(self, state: State) -> str:
        """Return the version's own word for a state."""

    @abstractmethod
    def boot(self, reason: str) -> Call:
        """Return the BootNotification."""

    @abstractmethod
    def status(self, connector: int, state: State, error: str, vendor_error: str | None, at: datetime) -> Call:
        """Return a StatusNotification."""

    @abstractmethod
    def problem(self, connector: int, error: str, vendor_error: str | None, *, is_there: bool) -> Call | None:
        """Return how a problem is told apart from a status; None where the status says it."""

    @abstractmethod
    def authorise(self, token: str) -> Call:
        """Return an Authorize."""

    @abstractmethod
    def is_accepted(self, answer: Payload) -> bool:
        """Tell whether an answer accepts a token; one that says nothing of it does."""

    def is_master(self, answer: Payload) -> bool:  # noqa: ARG002 - for those that know it
        """Tell whether an answer is to a card that ends any charge and begins none."""
        return False

    @abstractmethod
    def started(self, transaction: Transaction, sample: Sample) -> Call:
        """Return how a transaction begins."""

    @abstractmethod
    def answered(self, transaction: Transaction, answer: Payload) -> None:
        """Take what the central system says to a beginning."""

    @abstractmethod
    def metered(self, connector: Connector, transaction: Transaction | None, sample: Sample) -> Call:
        """Return what was measured, in a transaction or outside."""

    @abstractmethod
    def changed(self, transaction: Transaction, state: State, sample: Sample) -> Call:
        """Return how a transaction's state changes."""

    def resumed(self, transaction: Transaction, sample: Sample) -> Call | None:  # noqa: ARG002 - for those that tell it
        """Return how a transaction goes on after the power was gone; None where nobody tells it."""
        return None

    @abstractmethod
    def ended(self, transaction: Transaction, sample: Sample) -> Call:
        """Return how a transaction ends."""

    @abstractmethod
    async def handle(self, action: str, payload: Payload) -> Payload:
        """Answer a call; RefusedError for what is not known or not supported."""
