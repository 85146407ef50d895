"""A table as text: its lines by their headings, whatever separates the columns."""

import codecs
from collections.abc import Mapping, Sequence
import csv
from dataclasses import dataclass
import io

from .foreign_values import number
from .session import NoSessionsError
from .values import RefusedRowError
from .workbook import cells_of, is_workbook

_DELIMITERS = (",", ";", "\t")
#: How many headings an error repeats.
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of one line by their headings; what is empty is not there."""

    cells: Mapping[str, str]

    def text(self, heading: str | None) -> str | None:
        """Return what a cell says, None where it is empty, or no column has that heading."""
        return None if heading is None else self.cells.get(heading)


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, and lines of cells that may be more or fewer."""

    headings: tuple[str, ...]
    lines: Sequence[Sequence[str]]
    delimiter: str

    @property
    def has_decimal_commas(self) -> bool:
        """Whether a comma in a number is the sign of its decimals: where it does not separate columns."""
        return self.delimiter != ","

    def number(self, text: str | None) -> str | None:
        """Return a number as we write it, also where a spreadsheet in another language saved the table again."""
        return number(text, comma=self.has_decimal_commas)

    def line(self, cells: Sequence[str]) -> Line:
        """Return cells by their headings; RefusedRowError where there are more of them."""
        if len(cells) > len(self.headings):
            raise RefusedRowError("more_cells_than_headings")
        found = zip(self.headings, (cell.strip() for cell in cells), strict=False)
        return Line({heading: cell for heading, cell in found if cell})

    def need(self, *headings: str) -> None:
        """Have columns; NoSessionsError names what is missing, and what is there instead."""
        missing = [heading for heading in headings if heading not in self.headings]
        if missing:
            there = ", ".join(self.headings[:_SHOWN])
            raise NoSessionsError(f"it has no column {', '.join(missing)}; its columns are: {there}")


def table_of(data: str | bytes) -> Table:
    """Read a table whose first line has the headings."""
    lines = lines_of(data)
    headings, *rest = lines.cells
    return Table(tuple(heading.strip() for heading in headings), rest, lines.delimiter)


@dataclass(frozen=True, slots=True)
class Lines:
    """Cells line by line, without empty lines, and what separated them."""

    cells: Sequence[Sequence[str]]
    delimiter: str


def lines_of(data: str | bytes) -> Lines:
    """Read separated text, what separates is what the first line has most of; or the first sheet of a workbook.

    NoSessionsError where there is nothing to read.
    """
    if isinstance(data, bytes) and is_workbook(data):
        # Its numbers have a point, whatever its program shows.
        return _some([line for line in cells_of(data) if any(map(str.strip, line))], ",")
    text = data if isinstance(data, str) else _decoded(data)
    text = text.removeprefix("\ufeff").lstrip("\r\n")
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
    try:
        cells = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter) if any(map(str.strip, line))]
    except csv.Error as err:
        raise NoSessionsError(f"it is no table, {err}") from err
    return _some(cells, delimiter)


def _some(cells: Sequence[Sequence[str]], delimiter: str) -> Lines:
    if not cells:
        raise NoSessionsError("it is empty")
    return Lines(cells, delimiter)


def _decoded(data: bytes) -> str:
    """Return text of UTF-8 or, by its first bytes, UTF-16; what is neither was written by a spreadsheet of old."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
