"""The session ledger on SQLAlchemy: what happened, for ever, exact and on the disk before it is shown.

`Ledger` is the door; the records that go through it are named here.
"""

from ..core.sessions.trace import TraceSample
from .audit import LIMIT_ENDED, LIMITED, OUTSIDE, AuditRecord
from .check import CheckReport, Outcome
from .costings import Costing, CostLine, PeriodPrice
from .edits import SessionChanges
from .errors import (
    LedgerBusyError,
    LedgerClosedError,
    LedgerDamagedError,
    LedgerError,
    LedgerTooNewError,
    LedgerUnwritableError,
    NotALedgerError,
    RefusedEditError,
    UnknownRecordError,
)
from .figures import LedgerFigures
from .gifts import SessionGift
from .imports import ImportedSession, ImportReport, Rejection
from .ledger import Ledger
from .listing import EMPTY_BELOW_MWH, Order, SessionFilter, StoredSession
from .opening import OpenReport
from .places import ChargerRecord, ChargerWish, SiteRecord, Snapshot
from .recosting import Correction
from .retelling import Retelling
from .retention import Retention
from .schema import CostRole
from .session_owners import LastCharge, SessionOwner
from .signed import Signature, SignedRecord
from .slots import Grouping
from .stations import LocalList, StationSetting
from .steps import Checkpoint, PricedPeriod, StepRecord
from .tokens import StoredToken, TokenWish
from .totals import SpanTotal
from .transactions import StoredTransaction, TransactionChange, TransactionStart
from .versions import Kind, Version

__all__ = [
    "EMPTY_BELOW_MWH",
    "LIMITED",
    "LIMIT_ENDED",
    "OUTSIDE",
    "AuditRecord",
    "ChargerRecord",
    "ChargerWish",
    "CheckReport",
    "Checkpoint",
    "Correction",
    "CostLine",
    "CostRole",
    "Costing",
    "Grouping",
    "ImportReport",
    "ImportedSession",
    "Kind",
    "LastCharge",
    "Ledger",
    "LedgerBusyError",
    "LedgerClosedError",
    "LedgerDamagedError",
    "LedgerError",
    "LedgerFigures",
    "LedgerTooNewError",
    "LedgerUnwritableError",
    "LocalList",
    "NotALedgerError",
    "OpenReport",
    "Order",
    "Outcome",
    "PeriodPrice",
    "PricedPeriod",
    "RefusedEditError",
    "Rejection",
    "Retelling",
    "Retention",
    "SessionChanges",
    "SessionFilter",
    "SessionGift",
    "SessionOwner",
    "Signature",
    "SignedRecord",
    "SiteRecord",
    "Snapshot",
    "SpanTotal",
    "StationSetting",
    "StepRecord",
    "StoredSession",
    "StoredToken",
    "StoredTransaction",
    "TokenWish",
    "TraceSample",
    "TransactionChange",
    "TransactionStart",
    "UnknownRecordError",
    "Version",
]
