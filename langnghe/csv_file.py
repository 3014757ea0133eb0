"""A CSV file as other programs write it: rows with their lines, or a refusal that says how to save it anew."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from offices.errors import DomainError, Fact

DELIMITERS = (",", ";", "\t")
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class CsvError(DomainError):
    """A file that cannot be read as CSV in UTF-8; `line` is where, None when it is the whole file."""

    def __init__(self, key: str, line: int | None = None, **params: Fact) -> None:
        """Keep the line beside the key and its parameters."""
        super().__init__(key, **params)
        self.line = line


Row = tuple[int, Sequence[str]]
"""The line on which a row ends, counted from 1, and its cells."""


@dataclass(frozen=True)
class CsvFile:
    """An open file: its header, then its rows once; blank rows are left out.

    place   how many bytes were read so far, of `size`
    sha256  of the bytes read so far, in hex: of the whole file once all rows were read

    Reading rows may raise CsvError: csv_not_utf8, csv_broken.
    """

    header: Sequence[str]
    rows: Iterator[Row]
    place: Callable[[], int]
    size: int
    sha256: Callable[[], str]


@contextmanager
def open_csv(path: Path, known: Callable[[Sequence[str]], int]) -> Iterator[CsvFile]:
    """Open a file by its header; `known` says how many columns of a header mean something: that tells the separator.

    Raises CsvError: csv_is_excel, csv_utf16, csv_not_utf8, csv_broken, csv_empty; OSError.
    """
    with path.open("rb") as raw:
        begins = raw.read(4)
        if begins.startswith(_EXCEL):
            raise CsvError("csv_is_excel")
        if begins.startswith(_UTF_16):
            raise CsvError("csv_utf16")
        raw.seek(0)
        found = sha256()
        lines = _lines(raw, found.update)
        first = next(lines, "")
        if not first.strip():
            raise CsvError("csv_empty")
        delimiter = max(DELIMITERS, key=lambda each: known(_cells(first, each)))
        rows = _rows(first, lines, delimiter)
        _, header = next(rows, (0, ()))
        if not header:
            raise CsvError("csv_empty")
        yield CsvFile(header, rows, raw.tell, path.stat().st_size, found.hexdigest)


def _lines(raw: BinaryIO, note: Callable[[bytes], None]) -> Iterator[str]:
    """Decode line by line, so that a wrong byte is told with its line; a mark at the beginning is dropped."""
    for number, line in enumerate(raw, start=1):
        note(line)
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise CsvError("csv_not_utf8", number) from None
        yield text.removeprefix("\ufeff") if number == 1 else text


def _cells(line: str, delimiter: str) -> Sequence[str]:
    """Part the first line; it need not be a whole row."""
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error as error:
        raise CsvError("csv_broken", 1, reason=str(error)) from error


def _rows(first: str, rest: Iterator[str], delimiter: str) -> Iterator[Row]:
    def lines() -> Iterator[str]:
        yield first
        yield from rest

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise CsvError("csv_broken", reader.line_num, reason=str(error)) from error
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells
