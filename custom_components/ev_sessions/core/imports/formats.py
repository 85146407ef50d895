"""Which program a list of sessions comes from, and what reads it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .chargepoint import ChargePointReader
from .easee import EaseeReader
from .evcc import EvccReader
from .evcc_json import EvccJsonReader
from .mapped import MappedReader
from .openwb import OpenWbReader
from .session import NoSessionsError, records_in
from .table import Line, Table, lines_of, table_of
from .where import Where
from .zaptec import ZaptecReader


class ImportFormat(StrEnum):
    """Whose sessions they are."""

    EV_SESSIONS = "ev_sessions"
    EVCC = "evcc"
    OPENWB = "openwb"
    EASEE = "easee"
    ZAPTEC = "zaptec"
    CHARGEPOINT = "chargepoint"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What a person says of data: its program, whose it is and, of a table of any kind, what its columns are.

    `columns` are headings by the field of a record, `time_format` is as in `strptime`.
    """

    format: ImportFormat
    where: Where
    columns: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """Rows, and what makes a record of ours of each; that raises RefusedRowError for a row that is not to be read."""

    rows: Sequence[Any]
    translate: Callable[[Any], Any]


def translated(data: Any, foreign: Foreign) -> Translated:
    """Return the rows of data; NoSessionsError where it is not what it is said to be."""
    where = foreign.where
    match foreign.format:
        case ImportFormat.EV_SESSIONS:
            return Translated(rows=records_in(data), translate=lambda row: row)
        case ImportFormat.EASEE:
            return Translated(rows=records_in(data), translate=EaseeReader(where))
        case ImportFormat.ZAPTEC:
            return Translated(rows=records_in(data, "Data"), translate=ZaptecReader(where))
        case ImportFormat.EVCC if _is_json(data):
            return Translated(rows=records_in(data, "result"), translate=EvccJsonReader(where))
        case ImportFormat.OPENWB:
            lines = lines_of(_text(data))
            return Translated(rows=lines.cells, translate=OpenWbReader(lines, where))
    table = table_of(_text(data))
    return Translated(rows=table.lines, translate=_by_line(table, _reader(table, foreign)))


def _reader(table: Table, foreign: Foreign) -> Callable[[Line], Any]:
    if foreign.format is ImportFormat.EVCC:
        return EvccReader(table, foreign.where)
    if foreign.format is ImportFormat.CHARGEPOINT:
        return ChargePointReader(table, foreign.where)
    return MappedReader(table, foreign.where, foreign.columns, foreign.time_format)


def _is_json(data: Any) -> bool:
    """Tell whether data are values, or text that begins as JSON does."""
    if isinstance(data, bytes):
        return data.lstrip()[:1] in {b"[", b"{"}
    return not isinstance(data, str) or data.lstrip()[:1] in {"[", "{"}


def _by_line(table: Table, read: Callable[[Line], Any]) -> Callable[[Sequence[str]], Any]:
    return lambda cells: read(table.line(cells))


def _text(data: Any) -> str | bytes:
    if not isinstance(data, str | bytes):
        raise NoSessionsError("it is no text, and a table is")
    return data
