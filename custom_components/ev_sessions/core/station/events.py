"""What a charging station tells, whatever its version of OCPP: the events that sessions are made of.

Every event carries two instants (UTC): `at`, when it happened as far as that is believed,
and `arrived_at`, when we heard of it. `timed_by` says whose clock `at` is. `evse` counts
from 1; 0 is the station as a whole (its main meter), None is not told. Energies are whole
thousandths of a Wh. Texts are as the station sent them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..id_token import IdToken
from ..reading import Activity
from ..sessions.transaction import TimedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events have."""

    at: datetime
    arrived_at: datetime
    timed_by: TimedBy = TimedBy.STATION
    evse: int | None = None


# The station


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted(Event):
    """The station has started. `reason` as it says (2.x), None where it does not."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameOnline(Event):
    """The station has connected, with or without a boot before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WentOffline(Event):
    """The station's connection is gone; what it does meanwhile it may tell later."""


# A connector


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTold(Event):
    """A connector's status: `activity` None is a word that nobody knows.

    `connected` is what 2.x knows and no more: its Occupied says that a cable is in, not
    what the car does, and its `activity` then is None. `error` is a code other than "no
    error", with the vendor's own beside it. `dated_at` is its own instant, where it counts as
    told in order after something a little newer.
    """

    connector: int = 1
    activity: Activity | None = None
    connected: bool | None = None
    error: str | None = None
    vendor_error: str | None = None
    info: str | None = None
    dated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusConfirmed(Event):
    """A status was told again, dated when it began: what was told last holds now as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised(Event):
    """A token was accepted before anything else happened; 1.6 and 2.x do not say at which EVSE."""

    token: IdToken


# Transactions


class SignedFormat(StrEnum):
    """Where in a message a signed value stood."""

    SIGNED_DATA = "SignedData"  # 1.6: the value itself
    SIGNED_METER_VALUE = "signedMeterValue"  # 2.x: a record beside the value


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedValue:
    """A meter's signed record, its `data` exactly as it was sent."""

    at: datetime
    data: str
    format: SignedFormat
    context: str | None = None
    encoding: str | None = None
    method: str | None = None
    public_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSample:
    """What a meter showed at an instant; None is "not told", and says nothing of the value before.

    `register_mwh` is the import register as shown, not cleaned; `returned_mwh` the export
    register. Currents are those of the lines in their order. `offered_a` and `offered_w` are
    the most that the station lets the car take.
    """

    register_mwh: int | None = None
    returned_mwh: int | None = None
    power_w: float | None = None
    currents_a: tuple[float, ...] | None = None
    voltages_v: tuple[float, ...] | None = None
    offered_a: float | None = None
    offered_w: float | None = None
    soc_percent: float | None = None
    signed: tuple[SignedValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered(Event):
    """A sample of a meter. `context` is the station's word for why it was taken (Sample.Periodic …)."""

    sample: MeterSample
    transaction_id: str | None = None
    context: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionEvent(Event):
    """What all events of a transaction have.

    `transaction_id` is the station's text; of 1.6 the number that we gave, as text.
    `sequence` is the station's number of the event (2.x), which some always leave at 0.
    """

    transaction_id: str
    token: IdToken | None = None
    sequence: int | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionStarted(TransactionEvent):
    """A transaction began. `transaction_id` is empty where we have yet to give it one (1.6).

    `activity` is the charging state where it tells one (2.x; Available: no car is there
    yet), `implied` what such a start stands for where nothing else is told. `told_at` is
    the instant that stands in the message, by which one that is sent again is known.
    """

    meter_start_mwh: int | None = None
    activity: Activity | None = None
    implied: Activity | None = None
    told_at: datetime | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    told: bool = True  # by the station; else it follows from what else was told


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionUpdated(TransactionEvent):
    """Something of a transaction changed; what is None did not."""

    activity: Activity | None = None
    remote_start_id: int | None = None
    trigger: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionEnded(TransactionEvent):
    """A transaction ended, for the station's `reason`; Local where it tells none, as OCPP says.

    `left` is whether the car has gone with it, which only what comes later can tell.
    """

    meter_stop_mwh: int | None = None
    reason: str = "Local"
    trigger: str | None = None
    left: bool = False
    told: bool = True  # by the station; else it follows from what else was told


type StationEvent = (
    Booted
    | CameOnline
    | WentOffline
    | StatusTold
    | StatusConfirmed
    | Authorised
    | Metered
    | TransactionStarted
    | TransactionUpdated
    | TransactionEnded
)
