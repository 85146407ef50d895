"""What a station's messages ask of the house: who may charge, and who keeps what is told."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ...core.id_token import IdToken
from ...core.station.authorisation import Authorisation
from ...core.station.events import StationEvent, TransactionStarted


class Standing(StrEnum):
    """Whether a station is served (RegistrationStatus)."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The answer to a boot: `interval_s` is that of heartbeats, or of the next try where it is not accepted."""

    standing: Standing = Standing.ACCEPTED
    interval_s: int = 300


class Scan(StrEnum):
    """Whether somebody holds a token to the station just now, whenever that is told of."""

    ASKED = "asked"  # it asks whether the token may charge
    TOLD = "told"  # a transaction tells of it, which may have been asked for before
    NONE = "none"  # nobody does: it is told late, or again


class Backend(Protocol):
    """The side of the house that a station's messages know."""

    def registration(self) -> Registration:
        """Return whether the station is served."""
        ...

    async def async_authorise(self, evse: int | None, token: IdToken, scan: Scan = Scan.ASKED) -> Authorisation:
        """Return whether a token may charge; EVSE None: the station does not say where."""
        ...

    @property
    def takes_master_pass(self) -> bool:
        """Whether the station itself knows what a card may that ends any charge and begins none."""
        ...

    def end_all(self) -> None:
        """Have the station end all that runs at it, soon: such a card was held to one that knows none."""
        ...

    async def async_start_transaction(self, start: TransactionStarted) -> tuple[int, Authorisation]:
        """Give a transaction of 1.6 its number and tell its event with it; return once it is committed.

        A start that is sent again has the same number: EVSE, token, meter start and
        `told_at` are the same. The number is above 0 whether or not the token may charge.
        """
        ...

    def total_cost(self, transaction_id: str) -> float | None:
        """Return what a transaction that has ended cost, in the currency that its station shows; None: not known."""
        ...

    async def async_tell(self, events: tuple[StationEvent, ...]) -> None:
        """Take the events of one message; return once what opens or closes something is committed."""
        ...
