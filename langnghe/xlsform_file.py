"""XLSForm workbooks as files: XlsxWriter writes them, Calamine reads them."""

import re
from datetime import date, datetime
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from offices.errors import DataError
from surveys.xlsform import Sheet, Sheets

LARGEST = 20_000_000
"""Bytes of a workbook when unpacked: a questionnaire takes a thousandth of it."""
MOST_CELLS = 500_000
_WIDTH = 24
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")


def packed(sheets: Sheets) -> bytes:
    """Return the workbook; every cell is a text, so that no program takes one for a formula or a date."""
    file = BytesIO()
    library = import_module("xlsxwriter")
    book = library.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    bold = book.add_format({"bold": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(map(len, rows)) - 1, _WIDTH)
        for number, row in enumerate(rows):
            for place, text in enumerate(row):
                if text:
                    sheet.write_string(number, place, text, None if number else bold)
    book.close()
    return file.getvalue()


def read(file: Path) -> Sheets:
    """Read the sheets of a workbook, every cell as a text; DataError for a file that is none."""
    try:
        with ZipFile(file) as parts:
            _look_at_size(file.name, parts)
        with CalamineWorkbook.from_path(str(file)) as book:
            return {name.strip().lower(): _rows(book, name) for name in book.sheet_names}
    except (OSError, KeyError, BadZipFile, CalamineError) as error:
        raise DataError(file.name, "(file)", str(error), "give a workbook saved as .xlsx") from error


def _look_at_size(name: str, parts: ZipFile) -> None:
    """Refuse what would not fit into memory: the reader makes the whole rectangle up to the farthest cell."""
    parts.getinfo("xl/workbook.xml")
    if sum(part.file_size for part in parts.infolist()) > LARGEST:
        raise DataError(name, "(file)", name, f"give a workbook of at most {LARGEST} bytes unpacked")
    for part in parts.namelist():
        if part.startswith("xl/worksheets/"):
            places = _PLACE.findall(parts.read(part))
            width = max((_column(letters) for letters, _ in places), default=0)
            if max((int(number) for _, number in places), default=0) * width > MOST_CELLS:
                raise DataError(name, part, f"{width} columns", "delete what stands far outside the table")


def _column(letters: bytes) -> int:
    """Return the number of a column that spreadsheets name by letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _rows(book: CalamineWorkbook, name: str) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    return [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def _text(cell: Any) -> str:
    """Write a cell as people see it: 3.0 is 3, a moment is its day."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
