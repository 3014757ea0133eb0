"""Writing sheets as a workbook, row by row straight into its zip file; this blocks and runs in a thread.

A library that keeps formats and positions of cells takes ten times as long and more. What is written is
the smallest workbook that ECMA-376 part 1 allows (18.2 workbook, 18.3 worksheets, 18.4 shared strings, 18.8 styles):
cells without an address follow one another, every text is a text and never a formula.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from admin.reports.lines import Text, lines
from admin.reports.sheets import Cell, Sheet, plain

MOST_ROWS = 1_000_000
"""Rows of one sheet, of 1,048,576 that a spreadsheet can hold; further rows follow in another sheet."""
MOST_BYTES = 1_900_000_000
"""Of one sheet before it is compressed: beyond 2 GiB the zip file would need what not every spreadsheet reads."""
_KEPT = 2_048
_SHARED, _SHORT = 5_000, 64
"""So many texts, each so short at most, are written once and then named by their number."""
_WIDEST, _NARROWEST = 60, 10

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # a spreadsheet would read _x0041_ as A
_BOLD = 1
_STYLES = f"""{_HEAD}<styleSheet xmlns="{_MAIN}">
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>
<fill><patternFill patternType="solid"><fgColor rgb="FFDCEBEA"/><bgColor indexed="64"/></patternFill></fill></fills>
<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>
<border><left/><right/><top/><bottom style="thin"><color auto="1"/></bottom><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>"""


def write_xlsx(path: Path, sheets: Sequence[Sheet], most_rows: int = MOST_ROWS) -> int:
    """Write a workbook, every text as text; return the rows of its first sheet."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as file:
        book = _Book(file, most_rows)
        counts = [book.add(sheet) for sheet in sheets]
        book.finish()
    return counts[0]


@dataclass
class _Book:
    """A workbook that is being written: the names of its pages so far, and the texts that cells name by number."""

    file: ZipFile
    most_rows: int
    names: list[str] = field(default_factory=list)
    texts: dict[str, int] = field(default_factory=dict)

    def add(self, sheet: Sheet) -> int:
        """Write a sheet as one page, or as many as it needs; return its rows."""
        cell_xml = lru_cache(_KEPT)(self._cell)

        def text(cells: tuple[Cell, ...]) -> str:
            return "".join(map(cell_xml, cells))

        pages, rows, left = 1, 0, self.most_rows
        page = _Page(self._open(sheet.name), sheet.heads, text)
        try:
            for number, written in lines(sheet.blocks, text, begin="<row>", between="", end="</row>"):
                if number > left or page.size > MOST_BYTES:
                    page.close()
                    pages, left = pages + 1, self.most_rows
                    page = _Page(self._open(f"{sheet.name} ({pages})"), sheet.heads, text)
                page.write(written)
                rows, left = rows + number, left - number
        finally:
            page.close()
        return rows

    def finish(self) -> None:
        """Write what holds the pages together."""
        numbers = range(1, len(self.names) + 1)
        named = zip(numbers, self.names, strict=True)
        pages = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in named)
        links = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
        links += [("rIdStyles", "styles", "styles.xml"), ("rIdTexts", "sharedStrings", "sharedStrings.xml")]
        types = [(f"xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers]
        types += [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")]
        types.append(("xl/sharedStrings.xml", "sharedStrings"))
        self._put(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{pages}</sheets></workbook>',
        )
        self._put("xl/_rels/workbook.xml.rels", _links(links))
        self._put("_rels/.rels", _links([("rId1", "officeDocument", "xl/workbook.xml")]))
        self._put("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{"".join(map(_shared, self.texts))}</sst>')
        self.file.writestr("xl/styles.xml", _STYLES)
        parts = "".join(f'<Override PartName="/{part}" ContentType="{_TYPE}{kind}+xml"/>' for part, kind in types)
        defaults = (
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
        )
        self._put("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types">{defaults}{parts}</Types>')

    def _open(self, name: str) -> IO[bytes]:
        self.names.append(name)
        return self.file.open(f"xl/worksheets/sheet{len(self.names)}.xml", "w")

    def _put(self, part: str, xml: str) -> None:
        self.file.writestr(part, _HEAD + xml)

    def _cell(self, cell: Cell) -> str:
        value = plain(cell)
        if isinstance(value, int):
            return f"<c><v>{value}</v></c>"
        if not value:
            return "<c/>"
        number = self.texts.get(value)
        if number is None:
            if len(value) > _SHORT or len(self.texts) >= _SHARED:
                return f'<c t="inlineStr"><is>{_text(value)}</is></c>'
            number = self.texts[value] = len(self.texts)
        return f'<c t="s"><v>{number}</v></c>'


class _Page:
    """One page, from its heads to its end."""

    def __init__(self, part: IO[bytes], heads: Sequence[str], text: Text) -> None:
        widths = (min(max(len(head) + 4, _NARROWEST), _WIDEST) for head in heads)
        columns = (
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, start=1)
        )
        bold = text(tuple(heads)).replace("<c", f'<c s="{_BOLD}"')
        self._part = part
        self.size = 0
        self.write(
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f"<cols>{''.join(columns)}</cols><sheetData><row>{bold}</row>"
        )

    def write(self, xml: str) -> None:
        """Write rows."""
        self.size += self._part.write(xml.encode())

    def close(self) -> None:
        """End the page."""
        self.write("</sheetData></worksheet>")
        self._part.close()


def _links(links: Sequence[tuple[str, str, str]]) -> str:
    each = (f'<Relationship Id="{name}" Type="{_DOCUMENT}/{kind}" Target="{part}"/>' for name, kind, part in links)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(each)}</Relationships>'


def _shared(text: str) -> str:
    return f"<si>{_text(text)}</si>"


def _text(text: str) -> str:
    return f'<t xml:space="preserve">{escape(_LOOKS_ESCAPED.sub("_x005F_", text))}</t>'
