"""The cells of a sheet by heading, and where each stands, so that a fault can name sheet, row and column."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from offices.errors import DataError
from offices.words import fold

_TRANSLATED = re.compile(r"(label|hint) *::? *(.+)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\((\w+)\)\s*$")
_LANGUAGES = {"vi": "vi", "vietnamese": "vi", "tieng viet": "vi", "en": "en", "english": "en"}
_ALIASES = {
    "list name": "list_name",
    "value": "name",
    "id_string": "form_id",
    "title": "form_title",
    "relevance": "relevant",
}
_LETTERS = 26


@dataclass(frozen=True)
class Where:
    """A cell: name of the sheet, row from 1, and its column as people see it, such as "C, relevant"."""

    sheet: str
    row: int
    column: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row} ({self.column})"


class SheetError(DataError):
    """A cell that cannot be used; `where` names it."""

    def __init__(self, file: str, where: Where, value: object, way_out: str) -> None:
        """Keep the cell; `value` is what stands in it."""
        super().__init__(file, str(where), value, way_out)
        self.where = where


@dataclass(frozen=True)
class Row:
    """One row below the headings: the texts that are not empty, by heading, and the column of every heading."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    columns: Mapping[str, str]

    def __getitem__(self, heading: str) -> str:
        return self.cells.get(heading, "")

    def where(self, heading: str) -> Where:
        """Return the place of a cell; a column that is not there is named by its heading."""
        return Where(self.sheet, self.number, self.columns.get(heading, heading))


def rows(name: str, sheet: Sequence[Sequence[str]]) -> Iterator[Row]:
    """Yield the rows that hold something; the first row of the sheet names the columns."""
    headings = [_heading(written) for written in sheet[0]] if sheet else []
    columns = {
        heading: f"{_letters(place)}, {sheet[0][place].strip()}"
        for place, heading in reversed(list(enumerate(headings)))
        if heading
    }
    for number, cells in enumerate(sheet[1:], start=2):
        texts = [(heading, text.strip()) for heading, text in zip(headings, cells, strict=False)]
        filled = {heading: text for heading, text in reversed(texts) if heading and text}
        if filled:
            yield Row(name, number, filled, columns)


def _heading(written: str) -> str:
    """Bring a heading into one form: `label::Tiếng Việt (vi)` is label::vi, whatever its case and blanks."""
    found = _TRANSLATED.fullmatch(written.strip())
    if found is None:
        plain = " ".join(written.lower().split())
        return _ALIASES.get(plain, plain)
    code = _IN_BRACKETS.search(found[2])
    language = _LANGUAGES.get(fold(code[1] if code else found[2]))
    return f"{found[1].lower()}::{language or found[2]}"


def _letters(place: int) -> str:
    """Return the letters of a column counted from 0, as spreadsheets show them."""
    above, last = divmod(place, _LETTERS)
    return (_letters(above - 1) if above else "") + chr(ord("A") + last)
