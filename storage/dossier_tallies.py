"""Keeping the counts of dossiers: what a list adds and corrects, and what a rating changes, in its own transaction."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, text, update

from offices.dossiers import Dossier
from offices.promptness import Mark, marks
from storage.tables.dossiers import dossier_tally
from storage.tally_rows import Grain
from storage.upsert import insert_for

NUMBERS = tuple(mark.value for mark in Mark)
"""The counting columns of a row."""
KEY = tuple(column.name for column in dossier_tally.primary_key.columns)
ALONE = "LOCK TABLE dossier_tally IN SHARE ROW EXCLUSIVE MODE"
"""What a dossier was is taken off, so nobody may change it between our look and our count; readers go on."""
BESIDE = "LOCK TABLE dossier_tally IN ROW EXCLUSIVE MODE"

Row = tuple[str, date, str, str]
"""The key of a row, its columns in the order of KEY."""


def alone(connection: Connection) -> None:
    """Keep everybody else who takes over dossiers waiting until this transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(ALONE))


def beside(connection: Connection) -> None:
    """Wait for those who keep everybody waiting, and keep them waiting; others who rate dossiers go on."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(BESIDE))


class Sums:
    """What the dossiers of a list change in the counts, by row."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._days: defaultdict[tuple[str, str, date], Counter[str]] = defaultdict(Counter)

    def __len__(self) -> int:
        """Count the days of a unit and field that something was noted for."""
        return len(self._days)

    def replace(self, before: Dossier | None, after: Dossier, *, is_disliked: bool) -> None:
        """Note that a dossier is there, in the place of what it was; None when it is new."""
        if before is not None:
            self._add(before, -1, is_disliked=is_disliked)
        self._add(after, 1, is_disliked=is_disliked)

    def turn(self, dossier: Dossier, *, is_disliked: bool) -> None:
        """Note that a dossier is disliked now, or is not any more."""
        self._add(dossier, -1, is_disliked=not is_disliked)
        self._add(dossier, 1, is_disliked=is_disliked)

    def _add(self, dossier: Dossier, by: int, *, is_disliked: bool) -> None:
        for mark, day in marks(dossier, is_disliked=is_disliked):
            self._days[dossier.unit, dossier.field, day][mark.value] += by

    def write(self, connection: Connection) -> None:
        """Write it all, and begin again with nothing."""
        rows: defaultdict[Row, Counter[str]] = defaultdict(Counter)
        for (unit, of_field, day), numbers in self._days.items():
            for row in _rows_of(unit, of_field, day):
                for name, number in numbers.items():
                    rows[row][name] += number
        self._days.clear()
        changed = {row: numbers for row, numbers in rows.items() if any(numbers.values())}
        # What falls was counted before, so its row is there; a row proposed with less than nothing would be refused.
        falling = [_values(row, changed[row]) for row in sorted(changed) if min(changed[row].values()) < 0]
        rising = [_values(row, changed[row]) for row in sorted(changed) if min(changed[row].values()) >= 0]
        if falling:
            connection.execute(_FALL, falling)
        if rising:
            new = insert_for(connection, dossier_tally)
            added = {name: dossier_tally.c[name] + new.excluded[name] for name in NUMBERS}
            found: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (*KEY, *NUMBERS)}
            connection.execute(new.values(found).on_conflict_do_update(index_elements=KEY, set_=added), rising)


_FALL = (
    update(dossier_tally)
    .where(*(dossier_tally.c[name] == bindparam(f"new_{name}") for name in KEY))
    .values({name: dossier_tally.c[name] + bindparam(f"new_{name}") for name in NUMBERS})
)


def _rows_of(unit: str, of_field: str, day: date) -> Iterator[Row]:
    for grain in Grain:
        yield grain.value, grain.since(day), of_field if grain.is_by_field else "", unit


def _values(row: Row, numbers: Mapping[str, int]) -> dict[str, Any]:
    told = {**dict(zip(KEY, row, strict=True)), **{name: numbers.get(name, 0) for name in NUMBERS}}
    return {f"new_{name}": value for name, value in told.items()}
