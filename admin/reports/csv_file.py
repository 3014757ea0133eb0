"""Writing sheets as CSV; this function blocks and runs in a thread."""

import csv
from functools import lru_cache
from pathlib import Path
from typing import Any

from admin.reports.lines import lines
from admin.reports.sheets import Cell, Sheet, plain

_END = "\r\n"
_KEPT = 2_048
"""Different cells whose text is kept: names and codes come again and again."""


class _Handed:
    """A file for csv.writer that keeps nothing: `writerow` returns what `write` does."""

    def write(self, text: str) -> str:
        return text


def write_csv(path: Path, sheet: Sheet) -> int:
    """Write one sheet as CSV that Excel opens with its letters intact (UTF-8 with BOM, CRLF); return the rows."""
    writer: Any = csv.writer(_Handed(), lineterminator=_END)  # the writer quotes what holds a letter of it
    cell_text = lru_cache(_KEPT)(plain)

    def text(cells: tuple[Cell, ...]) -> str:
        return str(writer.writerow(map(cell_text, cells))).removesuffix(_END)

    rows = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(text(tuple(sheet.heads)) + _END)
        for number, written in lines(sheet.blocks, text, begin="", between=",", end=_END):
            file.write(written)
            rows += number
    return rows
