"""Tables as workbooks: evcc gives its sessions as XLSX, and other tables are saved again as such."""

from collections.abc import Sequence
from datetime import UTC, datetime
import io
from typing import Any
import zipfile

import pytest

from custom_components.ev_sessions.core.imports import workbook
from custom_components.ev_sessions.core.imports.session import NoSessionsError
from custom_components.ev_sessions.core.imports.workbook import cells_of

from .reading import read, reasons
from .test_tables import EVCC, EVENING

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="3">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/>
<numFmt numFmtId="166" formatCode="0.00 &quot;days&quot;"/></numFmts>
<cellStyleXfs><xf numFmtId="22"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="22"/></cellXfs>
</styleSheet>"""


def packed(sheet: str, **parts: str) -> bytes:
    """Return a workbook with one sheet, as its rows are written; with a part that is None left out."""
    sheets = '<sheets><sheet name="A" sheetId="1" r:id="rId3"/></sheets>'
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheets}</workbook>'
    relations = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    files = {
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": relations,
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
        **{f"xl/{name}.xml" if "/" not in name else name: text for name, text in parts.items()},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            if text:
                archive.writestr(name, text)
    return out.getvalue()


def inline(cells: Sequence[str]) -> str:
    return f"<row>{''.join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)}</row>"


def of_csv(text: str) -> bytes:
    """Return a table as a workbook that has each of its cells as text."""
    return packed("".join(inline(line.split(",")) for line in text.splitlines()))


def test_evcc_says_the_same_as_a_workbook_and_as_text() -> None:
    text, book = read((EVCC + EVENING).encode(), "evcc"), read(of_csv(EVCC + EVENING), "evcc")
    assert len(book.sessions) == 1
    ((mine,), (theirs,)) = book.sessions, text.sessions
    assert (mine.cost, mine.charger, mine.said, mine.note) == (theirs.cost, theirs.charger, theirs.said, theirs.note)
    for name in ("start", "end", "energy_mwh", "solar_mwh", "register_start_mwh", "charging_ms"):
        assert getattr(mine.session, name) == getattr(theirs.session, name)


def test_times_durations_and_numbers_are_read_as_they_are_shown() -> None:
    # 2026-03-02 18:00 is day 46083.75; an hour and a half a sixteenth of a day.
    rows = (
        inline(EVCC.strip().split(","))
        + '<row><c r="A2" s="1"><v>46083.75</v></c><c r="B2" s="4"><v>46083.833333333336</v></c>'
        + '<c r="C2" t="s"><v>1</v></c><c r="E2" t="str"><v>Kombi</v></c><c r="F2"><v>12345</v></c>'
        + '<c r="I2"><v>10.300000000000001</v></c><c r="J2" s="2"><v>6.25E-2</v></c>'
        + '<c r="O2"><v>2.5</v></c></row>'
    )
    texts = f'<sst xmlns="{MAIN}"><si><t>x</t></si><si><r><t>Gar</t></r><r><t>age</t></r><rPh><t>!</t></rPh></si></sst>'
    report = read(packed(rows, sharedStrings=texts, styles=STYLES), "evcc")
    assert reasons(report) == []
    (one,) = report.sessions
    session = one.session
    assert (session.start, session.end) == (datetime(2026, 3, 2, 17, tzinfo=UTC), datetime(2026, 3, 2, 19, tzinfo=UTC))
    assert (session.energy_mwh, session.charging_ms) == (10_300_000, 5_400_000)
    assert (one.charger.name, one.cost.total_nano) == ("Garage", 2_500_000_000)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("<c><v>0.30000000000000004</v></c>", "0.3"),
        ("<c><v>100</v></c>", "100"),
        ("<c><v>1E+3</v></c>", "1000"),
        ('<c s="3"><v>1.50</v></c>', "1.5"),
        ('<c s="1"><v>-1</v></c>', "-1"),
        ('<c s="1"><v>1e30</v></c>', "1" + "0" * 30),
        ('<c s="1"><v>nan</v></c>', "NaN"),
        ('<c s="99"><v>7</v></c>', "7"),
        ('<c s="x"><v>7</v></c>', "7"),
        ('<c s="2"><v>1.5</v></c>', "36:00:00"),
        ('<c s="1"><v>soon</v></c>', "soon"),
        ('<c t="b"><v>1</v></c>', "1"),
        ('<c t="e"><v>#DIV/0!</v></c>', ""),
        ('<c t="d"><v>2026-03-02T18:00:00</v></c>', "2026-03-02T18:00:00"),
        ('<c t="s"><v>9</v></c>', ""),
        ("<c/>", ""),
        ('<c r="C1"><f>A1</f><v>5</v></c>', "5"),
    ],
)
def test_a_cell(cell: str, shown: str) -> None:
    styles = STYLES.replace("</cellXfs>", '<xf numFmtId="165.5"/></cellXfs>')
    assert cells_of(packed(f"<row>{cell}</row>", styles=styles))[0][-1] == shown


def test_columns_stand_where_they_say_and_far_ones_are_not_looked_at() -> None:
    rows = '<row><c r="b1"><v>1</v></c><c><v>2</v></c><c r="XFD1"><v>3</v></c><c r="1"><v>4</v></c></row><row/>'
    assert cells_of(packed(rows)) == [["4", "1", "2"], []]


def test_a_sheet_by_a_whole_path_is_found() -> None:
    relations = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId3" Target="/xl/worksheets/sheet1.xml"/></Relationships>'
    )
    parts: dict[str, Any] = {"xl/_rels/workbook.xml.rels": relations}
    assert cells_of(packed("<row><c><v>1</v></c></row>", **parts)) == [["1"]]


def bomb() -> bytes:
    return packed(f"<row><c><v>{'0' * 3_000_000}</v></c></row>")


DECLARED = f'<!ENTITY a "{"x" * 1000}"><!ENTITY b "{"&a;" * 100}">'
ENTITIES = f'<!DOCTYPE sst [{DECLARED}]><sst xmlns="{MAIN}"><si><t>&b;</t></si></sst>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04 and then nothing", "no workbook"),
        (packed("")[:-40], "no workbook"),
        (packed("<row>"), "no workbook, mismatched tag"),
        (packed("", **{"xl/workbook.xml": ""}), "no workbook"),
        (packed("", **{"xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"/>'}), "it has no sheet"),
        (packed("", **{"xl/worksheets/sheet1.xml": ""}), "no workbook"),
        (packed("", sharedStrings=ENTITIES), "declares a document type"),
        (packed(""), "it is empty"),
        (bomb(), "too large"),
    ],
    ids=["nothing", "cut", "no XML", "no book", "no sheet", "no part", "entities", "empty", "bomb"],
)
def test_what_is_no_workbook_says_why(monkeypatch: pytest.MonkeyPatch, data: bytes, reason: str) -> None:
    monkeypatch.setattr(workbook, "MOST_BYTES", 1_000_000)
    with pytest.raises(NoSessionsError, match=reason):
        read(data, "evcc")


def test_text_before_any_string_is_nobodys() -> None:
    texts = f'<sst xmlns="{MAIN}"><t>lost</t><si><t>kept</t></si></sst>'
    assert cells_of(packed('<row><c t="s"><v>0</v></c></row>', sharedStrings=texts)) == [["kept"]]
