"""Making one export: rows come from the store in pieces while a thread writes the file."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, true

from admin.calls import Call
from admin.reach import reach_of
from admin.reports.files import write_csv, write_xlsx
from admin.reports.method import method_sheet
from admin.reports.sheets import Cell, Sheet
from admin.reports.tables import PETITION_COLUMNS, RATING_COLUMNS, WORD_COLUMNS, heads, petition_cells, rating_cells
from offices.staff import Right, rights
from storage import exports, petition_lists
from surveys.periods import Period

MOST_ROWS = 1_000_000
"""What a sheet can hold; a longer period is exported in parts."""

T = TypeVar("T")


@dataclass(frozen=True)
class Made:
    """A file that is made: open for reading, gone from the disk as soon as it is closed."""

    file: BufferedReader
    rows: int


async def make(call: Call, period: Period, subject: str, ending: str) -> Made:
    """Write ratings or petitions of a period as csv or xlsx; one file at a time in this process."""
    store = _Store(call, asyncio.get_running_loop())
    sheet = _ratings(store, period) if subject == "ratings" else _petitions(store, period)
    method = await call.read(lambda connection: method_sheet(call, connection, period, subject))
    async with call.context.limits.exports:
        return await asyncio.to_thread(_write, sheet, method, ending)


@dataclass(frozen=True)
class _Store:
    """The store as a writing thread reaches it: each piece is read in the event loop, where the database lives."""

    call: Call
    loop: asyncio.AbstractEventLoop

    def piece(self, job: Callable[[Connection], list[T]]) -> list[T]:
        return asyncio.run_coroutine_threadsafe(self.call.read(job), self.loop).result()


def _write(sheet: Sheet, method: Sheet, ending: str) -> Made:
    folder = Path(tempfile.mkdtemp(prefix="langnghe-export-"))
    try:
        path = folder / f"export.{ending}"
        rows = write_csv(path, sheet) if ending == "csv" else write_xlsx(path, [sheet, method])
        return Made(path.open("rb"), rows)
    finally:
        shutil.rmtree(folder)  # the open file stays readable until it is closed


def _ratings(store: _Store, period: Period) -> Sheet:
    call, words = store.call, store.call.words
    units = reach_of(call.me, call.reference.directory, period)

    def read(after: tuple[int, str]) -> list[exports.RatingRow]:
        return store.piece(lambda connection: exports.rating_rows(connection, period, units, after))

    def rows() -> Iterator[Sequence[Cell]]:
        found, written = read((0, "")), 0
        while found and written < MOST_ROWS:
            yield from (rating_cells(row, call.reference, words) for row in found)
            written += len(found)
            found = read((found[-1].number, found[-1].item))

    return Sheet(words.t("exports.ratings"), heads(RATING_COLUMNS, words), rows())


def _petitions(store: _Store, period: Period) -> Sheet:
    """Make the sheet of petitions: their words only for those who may read petitions, and only those they may see."""
    call, words = store.call, store.call.words
    with_words = Right.SEE_CASES in rights(call.me)
    seen = petition_lists.visible(call.me, call.reference.directory, call.now) if with_words else true()
    columns = (*PETITION_COLUMNS, *WORD_COLUMNS) if with_words else PETITION_COLUMNS

    def read(after: int) -> list[exports.PetitionRow]:
        return store.piece(lambda connection: exports.petition_rows(connection, period, seen, after))

    def rows() -> Iterator[Sequence[Cell]]:
        found, written = read(0), 0
        while found and written < MOST_ROWS:
            for row in found:
                yield petition_cells(row, call.reference, words, call.now, with_words=with_words)
            written += len(found)
            found = read(found[-1].id)

    return Sheet(words.t("exports.petitions"), heads(columns, words), rows())
