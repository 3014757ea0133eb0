"""Making one export: rows come from the store in pieces while a thread writes the file."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, true

from admin.reports.csv_file import write_csv
from admin.reports.method import method_sheet
from admin.reports.order import Order
from admin.reports.parquet import write_parquet
from admin.reports.sheets import Block, Cell, Sheet
from admin.reports.tables import PETITION_COLUMNS, RATING_COLUMNS, WORD_COLUMNS, RatingCells, heads, petition_cells
from admin.reports.workbook import write_xlsx
from storage import audit, exports, petition_lists

T = TypeVar("T")
KINDS = ("csv", "xlsx", "parquet")
"""Kinds of files, by their ending."""
Tell = Callable[[int, int], None]
"""Is told how many ratings or petitions are written and how many there are; called in the writing thread."""


class Reads(Protocol):
    """What reads from the store."""

    def __call__(self, job: Callable[[Connection], T], /) -> Awaitable[T]:
        """Run a reading job."""
        ...


@dataclass(frozen=True)
class Made:
    """A file that is made: open for reading, gone from the disk as soon as it is closed."""

    file: BufferedReader
    rows: int


async def make(read: Reads, order: Order, subject: str, ending: str) -> Made:
    """Write a file that is small enough to be waited for."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="langnghe-export-"))
    try:
        path = folder / f"export.{ending}"
        rows = await write_file(read, order, subject, path, ending, lambda _done, _number: None)
        return Made(path.open("rb"), rows)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)  # the open file stays readable until it is closed


async def write_file(read: Reads, order: Order, subject: str, path: Path, ending: str, tell: Tell) -> int:
    """Write the ratings or petitions of an order into a file, as one of KINDS; return the rows."""
    number = await read(lambda connection: count(connection, order, subject))
    method = await read(lambda connection: method_sheet(order, connection, subject))
    store = _Store(read, asyncio.get_running_loop())
    sheet = SHEETS[subject](store, order, lambda done: tell(done, number))
    return await asyncio.to_thread(write, path, [sheet, method], ending)


def count(connection: Connection, order: Order, subject: str, most: int | None = None) -> int:
    """Count the ratings or petitions of an order, `most` at most."""
    if subject == "ratings":
        return exports.rating_count(connection, _scope(order), most)
    return exports.petition_count(connection, order.period, _seen(order), most)


def write(path: Path, sheets: Sequence[Sheet], ending: str) -> int:
    """Write a sheet, and those that tell of it where the kind of file can hold them; return the rows of the first."""
    if ending == "csv":
        return write_csv(path, sheets[0])
    return write_xlsx(path, sheets) if ending == "xlsx" else write_parquet(path, sheets)


def note(connection: Connection, order: Order, *, actor: str, subject: str, ending: str, rows: int) -> None:
    """Write down what was taken, by whom and how many rows."""
    narrower = {"unit": order.unit, "questionnaire": order.questionnaire}
    details = {
        "file": f"{subject}.{ending}", "rows": rows, "start": order.period.start.isoformat(),
        "end": order.period.end.isoformat(), **{name: code for name, code in narrower.items() if code is not None},
    }  # fmt: skip
    audit.record(connection, at=order.now, actor=actor, action="export", subject=subject, details=details)


class Pieces(Protocol):
    """Gives a thread what is read from the store, piece by piece."""

    def piece(self, job: Callable[[Connection], list[T]]) -> list[T]:
        """Run a reading job to its end."""
        ...


@dataclass(frozen=True)
class _Store:
    """The store as a writing thread reaches it: each piece is read in the event loop, where the database lives."""

    read: Reads
    loop: asyncio.AbstractEventLoop

    def piece(self, job: Callable[[Connection], list[T]]) -> list[T]:
        async def read() -> list[T]:
            return await self.read(job)

        return asyncio.run_coroutine_threadsafe(read(), self.loop).result()


def ratings(store: Pieces, order: Order, tell: Callable[[int], None]) -> Sheet:
    """Make the sheet of ratings, an answer a row; `tell` is told how many ratings were read."""
    scope, cells = _scope(order), RatingCells(order.reference, order.words)

    def read(after: int) -> list[exports.RatingRow]:
        return store.piece(lambda connection: exports.rating_rows(connection, scope, after))

    def blocks() -> Iterator[Block]:
        found, done = read(0), 0
        while found:
            yield from map(cells.block, found)
            done += len(found)
            tell(done)
            found = read(found[-1].number)

    kinds = tuple(RATING_COLUMNS.values())
    return Sheet(order.words.t("exports.ratings"), heads(RATING_COLUMNS, order.words), blocks(), kinds)


def petitions(store: Pieces, order: Order, tell: Callable[[int], None]) -> Sheet:
    """Make the sheet of petitions: their words only for those who may read petitions, and only those they may see."""
    words, seen, with_words = order.words, _seen(order), order.with_words
    columns = {**PETITION_COLUMNS, **WORD_COLUMNS} if with_words else PETITION_COLUMNS

    def read(after: int) -> list[exports.PetitionRow]:
        return store.piece(lambda connection: exports.petition_rows(connection, order.period, seen, after))

    def rows() -> Iterator[Sequence[Cell]]:
        found, done = read(0), 0
        while found:
            for row in found:
                yield petition_cells(row, order.reference, words, order.now, with_words=with_words)
            done += len(found)
            tell(done)
            found = read(found[-1].id)

    return Sheet.of_rows(words.t("exports.petitions"), heads(columns, words), rows(), tuple(columns.values()))


SHEETS: Mapping[str, Callable[[Pieces, Order, Callable[[int], None]], Sheet]] = {
    "ratings": ratings,
    "petitions": petitions,
}
"""Subject of a file -> what makes its sheet."""


def _scope(order: Order) -> exports.RatingScope:
    return exports.RatingScope(order.period, order.units, order.questionnaire)


def _seen(order: Order) -> ColumnElement[bool]:
    if order.reader is None or not order.with_words:
        return true()
    return petition_lists.visible(order.reader, order.reference.directory, order.now)
