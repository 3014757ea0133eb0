"""Sheets: tables of plain cells, and what makes a cell harmless in a spreadsheet.

A text that a spreadsheet would read as a formula runs on the computer of the official who opens the file
(security F4). Such a text gets an apostrophe before it, in every column and every file format.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from wording.formats import LOCAL

LONGEST = 32_767
"""Characters that a cell of a spreadsheet can hold."""

# A spreadsheet trims leading spaces of any kind, and some read full-width forms as the signs they stand for.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r\n＝＋－＠﹢﹣﹦﹫|%]")
_KEPT_CONTROLS = {"\n", "\t"}

Cell = str | int | bool | date | datetime | None
"""No fractions: a share is written in words, as its reader writes it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that begin alike: each is `shared` and one of `rests`, all of the same lengths."""

    shared: tuple[Cell, ...]
    rests: Sequence[tuple[Cell, ...]]


@dataclass(frozen=True)
class Sheet:
    """A table: its name, the heads of its columns, its rows; the types of its columns for files that are typed."""

    name: str
    heads: Sequence[str]
    blocks: Iterable[Block]
    kinds: Sequence[type] = ()

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """Give the rows whole."""
        return ((*block.shared, *rest) for block in self.blocks for rest in block.rests)

    @classmethod
    def of_rows(
        cls, name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], kinds: Sequence[type] = ()
    ) -> "Sheet":
        """Make a sheet of rows that have nothing in common."""
        return cls(name, heads, (Block(tuple(row), [()]) for row in rows), kinds)


def safe_text(text: str) -> str:
    """Make a text safe for a cell: NFC, no control characters, at most LONGEST long, never a formula.

    >>> safe_text("=1+1")
    "'=1+1"
    """
    dangerous = bool(_FORMULA.match(text)) or text[:1] == "\x00"
    visible = "".join(letter for letter in text if letter in _KEPT_CONTROLS or not _is_control(letter))
    composed = unicodedata.normalize("NFC", visible)
    # What stood behind a dropped character may be a formula too, so look again at what is left.
    marked = f"'{composed}" if dangerous or _FORMULA.match(composed) else composed
    return marked[:LONGEST]


def plain(cell: Cell) -> str | int:
    """Give what is written into a file: numbers as numbers, all else as safe text.

    Dates are ISO dates and moments ISO moments of Vietnam, so that they sort and no country reads them its own way.
    """
    match cell:
        case None:
            return ""
        case bool():
            return 1 if cell else 0
        case int():
            return cell
        case datetime():
            return cell.astimezone(LOCAL).isoformat(timespec="seconds")
        case date():
            return cell.isoformat()
        case _:
            return safe_text(cell)


def _is_control(letter: str) -> bool:
    """Say whether a letter is a control, a lone surrogate or a character XML cannot hold."""
    return unicodedata.category(letter) in {"Cc", "Cs"} or letter in "\ufffe\uffff"
