"""Prices that somebody hands over, as CSV or as a list: read row by row, taken whole or not at all.

A row has a start and a price, and an end where it does not last until the next one. The
header of a CSV names its columns in any of the usual words, and may name the unit, too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
import csv
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
import io
from itertools import pairwise
import re
from typing import Any

from .price import PriceInterval
from .unit import PriceUnit, UnitProblem, parse_price

#: Three years of quarter hours.
MOST_ROWS = 110_000
_LONGEST = timedelta(hours=25)
_USUAL = timedelta(hours=1)
_YEARS = (2000, 2100)
_DELIMITERS = ";\t|,"

_START = frozenset(
    {"start", "starts", "start_time", "starts_at", "from", "valid_from", "time", "timestamp", "datetime", "date"}
    | {"hour", "start_unix_utc", "von", "beginn", "zeit", "zeitpunkt", "datum", "uhrzeit"}
)
_END = frozenset(("end", "ends", "end_time", "ends_at", "to", "until", "valid_to", "bis", "ende"))
_PRICE = frozenset(("price", "value", "price_per_kwh", "value_inc_vat", "preis", "wert", "kosten", "total", "rate"))
_UNIX = re.compile(r"[0-9]{9,10}")
_LOCAL = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})[ T]+([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")


class NoPricesError(ValueError):
    """The data as a whole is no list of prices; `reason` is a word, `detail` what was there."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """Keep word and detail."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRowProblem:
    """A row that cannot be taken, counted from 1 without the header, and the word for why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceContext:
    """What rows are read for: the currency, the unit of their prices, and whose local times without offset are."""

    currency: str
    unit: str | None
    zone: tzinfo
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPrices:
    """Intervals in order and without overlap, and what is wrong with rows: then nothing of it is to be taken."""

    intervals: tuple[PriceInterval, ...]
    problems: tuple[PriceRowProblem, ...]


class _RefusedError(ValueError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    start: datetime
    end: datetime | None
    price: Decimal


def read_prices(data: Any, context: PriceContext) -> ReadPrices:
    """Read CSV text or a list of mappings; raise where it is neither, or its unit is none."""
    rows, unit_text = _records(data)
    unit = PriceUnit.parse(context.unit or unit_text or f"{context.currency}/kWh", context.currency)
    if isinstance(unit, UnitProblem):
        raise NoPricesError("unit", unit.unit or "")
    problems: list[PriceRowProblem] = []
    read: list[_Row] = []
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise NoPricesError("too_many", str(MOST_ROWS))
        try:
            read.append(_read(number, row, unit, context.zone, read[-1].start if read else None))
        except _RefusedError as refused:
            problems.append(PriceRowProblem(row=number, reason=refused.reason))
    if not read and not problems:
        raise NoPricesError("empty")
    intervals, more = _intervals(read, context.now)
    return ReadPrices(intervals=intervals, problems=tuple(sorted((*problems, *more), key=lambda one: one.row)))


def _records(data: Any) -> tuple[Iterable[Any], str | None]:
    """Return rows, and the unit that a header names."""
    if isinstance(data, str):
        return _csv_rows(data.removeprefix("\ufeff"))
    if isinstance(data, Mapping):
        data = data.get("prices")
    if not isinstance(data, Sequence) or isinstance(data, bytes):
        raise NoPricesError("no_list")
    return (_named(row) for row in data), None


def _csv_rows(text: str) -> tuple[Iterator[Any], str | None]:
    lines = io.StringIO(text)
    header = ""
    while not header.strip():
        if not (header := lines.readline()):
            raise NoPricesError("empty")
    for delimiter in _DELIMITERS:
        cells = next(_rows([header.strip()], delimiter))
        names, unit = _columns(cells or ())
        if {"start", "price"} <= set(names):
            return _cells(_rows(lines, delimiter), names), unit
    raise NoPricesError("header", header.strip()[:100])


def _columns(header: Iterable[str]) -> tuple[list[str], str | None]:
    """Return what each column is, "" where it is of no use, and the unit that the price's name tells."""
    names: list[str] = []
    unit: str | None = None
    for cell in header:
        word, _, rest = re.sub(r"[(\[]", "(", cell.strip().casefold()).partition("(")
        word = word.strip().replace(" ", "_")
        own = rest.rstrip(")] ") or ("" if word in _PRICE else word.replace("_per_", "/"))
        if word in _START and "start" not in names:
            names.append("start")
        elif word in _END and "end" not in names:
            names.append("end")
        elif "price" not in names and (word in _PRICE or _is_unit(word)):
            names.append("price")
            unit = own if "/" in own else None
        else:
            names.append("")
    return names, unit


def _is_unit(word: str) -> bool:
    return re.fullmatch(r"[^/]+(?:/|_per_)(?:k|m)?wh", word) is not None


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[list[str] | None]:
    """Yield the cells of each row; None where a cell is longer than any, as after a quotation mark that stays open."""
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except csv.Error:
            yield None
        except StopIteration:
            return


def _cells(rows: Iterable[list[str] | None], names: list[str]) -> Iterator[Any]:
    for row in rows:
        if row is None:
            yield None
            continue
        if not any(cell.strip() for cell in row):
            continue
        yield dict(zip(names, row, strict=False)) if len(row) >= len(names) else None


def _named(row: Any) -> Any:
    if not isinstance(row, Mapping):
        return None
    found: dict[str, Any] = {}
    for key, value in row.items():
        word = str(key).casefold()
        for name, words in (("start", _START), ("end", _END), ("price", _PRICE)):
            if word in words and name not in found:
                found[name] = value
    return found


def _read(number: int, row: Any, unit: PriceUnit, zone: tzinfo, previous: datetime | None) -> _Row:
    if row is None:
        raise _RefusedError("columns_missing")
    start = _instant(row.get("start"), zone, previous)
    if start is None:
        raise _RefusedError("start_not_understood")
    end: datetime | None = None
    if (told := row.get("end")) is not None and told != "":
        if (end := _instant(told, zone, start)) is None:
            raise _RefusedError("end_not_understood")
        if end <= start:
            raise _RefusedError("end_before_start")
        if end - start > _LONGEST:
            raise _RefusedError("longer_than_a_day")
    raw = row.get("price")
    text = str(raw).strip()
    if (number_of := parse_price(text.replace(",", ".") if _COMMA.fullmatch(text) else raw)) is None:
        raise _RefusedError("price_not_a_number")
    if (price := unit.per_kwh(number_of)) is None:
        raise _RefusedError("price_absurd")
    return _Row(number, start, end, price)


def _instant(value: Any, zone: tzinfo, previous: datetime | None) -> datetime | None:
    """Return an instant in UTC; local time that comes twice in a night is told apart by what came before."""
    at = value if isinstance(value, datetime) else _parsed(str(value).strip())
    if at is None or not _YEARS[0] <= at.year <= _YEARS[1]:
        return None
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    first = at.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if previous is not None and first <= previous:
        again = at.replace(tzinfo=zone, fold=1).astimezone(UTC)
        return again if again > previous else first
    return first


def _parsed(text: str) -> datetime | None:
    if _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    if match := _LOCAL.fullmatch(text):
        day, month, year, clock = match.groups()
        text = f"{year}-{int(month):02d}-{int(day):02d}T{clock.zfill(5)}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _intervals(rows: Sequence[_Row], now: datetime) -> tuple[tuple[PriceInterval, ...], Sequence[PriceRowProblem]]:
    """Return the intervals in order of time; rows that overlap an earlier one are told."""
    ordered = sorted(rows, key=lambda row: row.start)
    steps = [other.start - one.start for one, other in pairwise(ordered)]
    usual = min((step for step in steps if step), default=_USUAL)
    problems: list[PriceRowProblem] = []
    intervals: list[PriceInterval] = []
    for row, step in zip(ordered, [*steps, usual], strict=False):
        # A hole in the list is a hole in the prices, not one long interval.
        end = row.end or row.start + min(step or usual, max(usual, _USUAL))
        one = PriceInterval(start=row.start, end=end, price_per_kwh=row.price, seen_at=now)
        if intervals and one.start < intervals[-1].end:
            if replace(one, end=intervals[-1].end) != intervals[-1]:
                problems.append(PriceRowProblem(row=row.number, reason="overlaps_another"))
            continue
        intervals.append(one)
    return tuple(intervals), problems
