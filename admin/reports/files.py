"""Writing sheets as CSV and XLSX; these functions block and run in a thread."""

import csv
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from admin.reports.sheets import Sheet, plain

_WIDEST = 60
_NARROWEST = 10


def write_csv(path: Path, sheet: Sheet) -> int:
    """Write one sheet as CSV that Excel opens with its letters intact (UTF-8 with BOM, CRLF); return the rows."""
    number = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([plain(head) for head in sheet.heads])
        for number, row in enumerate(sheet.rows, start=1):  # noqa: B007 - the last number is the answer
            writer.writerow([plain(cell) for cell in row])
    return number


def write_xlsx(path: Path, sheets: Sequence[Sheet]) -> int:
    """Write a workbook, every text as text; return the rows of its first sheet."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    library = import_module("xlsxwriter")  # takes long to load, and few requests need it
    with library.Workbook(str(path), {**options, "constant_memory": True}) as workbook:
        bold = workbook.add_format({"bold": True, "bg_color": "#DCEBEA", "bottom": 1})
        counts = []
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for column, head in enumerate(sheet.heads):
                page.set_column(column, column, min(max(len(head) + 4, _NARROWEST), _WIDEST))
                page.write_string(0, column, str(plain(head)), bold)
            counts.append(_write_rows(page, sheet))
    return counts[0]


def _write_rows(page: Any, sheet: Sheet) -> int:
    number = 0
    for number, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(map(plain, row)):
            if isinstance(cell, str):
                page.write_string(number, column, cell)
            else:
                page.write_number(number, column, cell)
    return number
