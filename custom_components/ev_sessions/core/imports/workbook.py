"""The first sheet of a workbook (XLSX: ECMA-376, Office Open XML) as cells of text, as its reader sees them.

Read by what Python has, within limits, as a stranger's file may be anything: an archive that
grows beyond them, or a document that declares entities, is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
import io
import re
from typing import Final
from xml.parsers import expat
import zipfile
import zlib

from .session import NoSessionsError

#: How each archive begins (PKZIP, local file header).
MAGIC: Final = b"PK\x03\x04"
#: No part of it grows beyond this many bytes; a hundred thousand sessions of twenty columns fit.
MOST_BYTES: Final = 64 * 1024 * 1024
#: Columns beyond this are not looked at.
_MOST_COLUMNS: Final = 256
_CHUNK: Final = 64 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, RuntimeError, EOFError, OSError)
#: Serial numbers of days count from here, as the year 1900 is taken for a leap year (ECMA-376, 18.17.4.1).
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's clock has no zone
_LAST_DAY: Final = 2_958_466
#: The formats that are built in and show dates, or times of the day (18.8.30).
_BUILT_IN: Final = {**dict.fromkeys((14, 15, 16, 17, 22), "yd"), **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "hs")}
_NO_CODE = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
#: A sheet shows no more digits of a number than these.
_DIGITS: Final = Context(prec=15)

type _Event = tuple[str, str, Mapping[str, str]]


def is_workbook(data: object) -> bool:
    """Tell whether data may be a workbook."""
    return isinstance(data, bytes) and data.startswith(MAGIC)


def cells_of(data: bytes) -> list[list[str]]:
    """Return the lines of a workbook's first sheet; NoSessionsError where it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _cells(archive)
    except expat.ExpatError as err:
        raise NoSessionsError(f"it is no workbook, {err}") from err
    except _BROKEN as err:
        raise NoSessionsError(f"it is no workbook, {str(err) or type(err).__name__}") from err


def _cells(archive: zipfile.ZipFile) -> list[list[str]]:
    names = set(archive.namelist())
    texts = _shared_texts(archive) if "xl/sharedStrings.xml" in names else []
    formats = _formats(archive) if "xl/styles.xml" in names else []
    return list(_lines(archive, _first_sheet(archive), texts, formats))


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """Return the name of the part that is the first sheet."""
    sheets = (attributes for _, name, attributes in _events(archive, "xl/workbook.xml") if name == "sheet")
    wanted = next((one["id"] for one in sheets if "id" in one), None)
    for _, name, attributes in _events(archive, "xl/_rels/workbook.xml.rels"):
        if name == "Relationship" and attributes.get("Id") == wanted:
            target = attributes.get("Target", "")
            return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    raise NoSessionsError("it is no workbook, it has no sheet")


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    texts: list[str] = []
    for kind, name, text in _with_text(archive, "xl/sharedStrings.xml", {"t"}):
        if kind == "start" and name == "si":
            texts.append("")
        elif kind == "text" and texts:
            texts[-1] += text
    return texts


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """Return by style what its numbers show: letters of dates and times, or nothing."""
    codes: dict[int, str] = dict(_BUILT_IN)
    styles: list[str] = []
    inside = False
    for kind, name, attributes in _events(archive, "xl/styles.xml"):
        if name == "cellXfs":
            inside = kind == "start"
        elif kind == "start" and name == "numFmt":
            codes[_whole(attributes.get("numFmtId"))] = _NO_CODE.sub("", attributes.get("formatCode", "")).lower()
        elif kind == "start" and name == "xf" and inside:
            styles.append(codes.get(_whole(attributes.get("numFmtId")), ""))
    return styles


def _lines(archive: zipfile.ZipFile, part: str, texts: Sequence[str], formats: Sequence[str]) -> Iterator[list[str]]:
    cells: list[str] = []
    cell: Mapping[str, str] = {}
    said = ""
    wanted = False
    for kind, name, attributes in _events(archive, part):
        if kind == "text":
            said += name if wanted else ""
        elif name in {"v", "t"}:
            wanted = kind == "start"
        elif kind == "start" and name == "row":
            cells = []
        elif kind == "start" and name == "c":
            cell, said = attributes, ""
        elif kind == "end" and name == "c":
            _put(cells, cell.get("r"), _shown(said, cell, texts, formats))
        elif kind == "end" and name == "row":
            yield cells


def _put(cells: list[str], place: str | None, text: str) -> None:
    """Put a cell in its column; one that does not say which is the next."""
    column = len(cells) if place is None else _column(place)
    if column < _MOST_COLUMNS:
        cells += [""] * (column + 1 - len(cells))
        cells[column] = text


def _column(place: str) -> int:
    """Return the number of the column of a place such as AB12, from 0."""
    number = 0
    for letter in place.rstrip("0123456789")[:4]:
        number = number * 26 + (ord(letter.upper()) - ord("A") + 1)
    return max(0, number - 1)


def _shown(said: str, cell: Mapping[str, str], texts: Sequence[str], formats: Sequence[str]) -> str:
    """Return what a cell shows."""
    match cell.get("t", "n"):
        case "s":
            place = _whole(said)
            return texts[place] if place < len(texts) else ""
        case "n":
            style = _whole(cell.get("s"))
            return _number(said, formats[style] if style < len(formats) else "")
        case "e":
            return ""
        case _:
            return said


def _number(said: str, code: str) -> str:
    try:
        value = _DIGITS.create_decimal(said)
    except InvalidOperation:
        return said
    if not value.is_finite() or not 0 <= value < _LAST_DAY or not code:
        return _plain(value)
    since = timedelta(seconds=round(value * 86_400))
    if "y" in code or "d" in code:
        return f"{_EPOCH + since:%Y-%m-%d %H:%M:%S}"
    if "h" in code or "s" in code:
        minutes, seconds = divmod(round(since.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return _plain(value)


def _plain(value: Decimal) -> str:
    # As it is written by people: neither with an exponent nor with noughts that say nothing.
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(text: str | None) -> int:
    with suppress(ValueError):
        return max(0, int(text or 0))
    return 0


def _with_text(archive: zipfile.ZipFile, part: str, wanted: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield elements that begin, and the text inside those that are wanted; how a word is pronounced is left out."""
    inside = spoken = False
    for kind, name, _ in _events(archive, part):
        if kind == "text":
            if inside and not spoken:
                yield "text", "", name
        elif name == "rPh":
            spoken = kind == "start"
        elif name in wanted:
            inside = kind == "start"
        elif kind == "start":
            yield "start", name, ""


def _events(archive: zipfile.ZipFile, part: str) -> Iterator[_Event]:
    """Yield what begins, what ends and the text between, in order; names without their namespaces."""
    found: list[_Event] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: found.append(
        ("start", _local(name), {_local(key): value for key, value in attributes.items()})
    )
    parser.EndElementHandler = lambda name: found.append(("end", _local(name), {}))
    parser.CharacterDataHandler = lambda text: found.append(("text", text, {}))
    parser.StartDoctypeDeclHandler = _refuse
    size = 0
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise NoSessionsError("it is too large")
            parser.Parse(chunk, False)
            yield from found
            found.clear()
    parser.Parse(b"", True)
    yield from found


def _refuse(*_: object) -> None:
    raise NoSessionsError("it is no workbook, it declares a document type")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
