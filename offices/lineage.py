"""For which unit the past of another one counts: what was said of a unit, added to whoever took over from it.

A unit has two kinds of figures. *By the unit of their time* each rating stays with the unit that was rated. *By
successor* it counts for the one unit that took over, however many renamings and mergers lie between. Both add up to the
same total, for every unit counts in exactly one row.

What was said of a unit that was divided cannot be divided: nobody knows which citizen meant which part, and shares by
staff or by citizens would be figures that nobody measured. Giving all of it to one part would praise or blame that part
for the others. So it stays in a row of its own, under the old name, within the whole that the parts belong to; and so
does what was said of a unit that ended without a successor. When all parts are merged again, the row joins them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, Self, TypeVar

from offices.units import Directory, Unit


class Addable(Protocol):
    """Something that can be summed: a number, counts, figures."""

    def __add__(self, other: Any, /) -> Self:
        """Return the sum."""


T = TypeVar("T", bound=Addable)


class Fate(StrEnum):
    """What became of a unit by that day."""

    STANDS = "stands"
    COMING = "coming"  # begins later
    SUCCEEDED = "succeeded"  # counts for the unit of another row
    DIVIDED = "divided"  # into several that are not one again
    ENDED = "ended"  # without a successor


@dataclass(frozen=True)
class Lineage:
    """The units of one day and, for each unit that ever was, the row in which its past counts.

    rows   code of a unit -> code of the unit of its row; make it with `lineage`
    """

    directory: Directory
    day: date
    rows: Mapping[str, str]

    def row(self, code: str) -> str:
        """Give the code of the unit for which `code` counts; one that is not in the directory counts for itself."""
        return self.rows.get(code, code)

    def fate(self, code: str) -> Fate:
        """Say what became of a unit."""
        if code not in self.directory:
            return Fate.STANDS
        unit = self.directory.unit(code)
        if unit.exists_on(self.day):
            return Fate.STANDS
        if self.day < unit.valid_from:
            return Fate.COMING
        if self.row(code) != code:
            return Fate.SUCCEEDED
        return Fate.DIVIDED if unit.successors else Fate.ENDED

    def summed(self, found: Mapping[str, T]) -> dict[str, T]:
        """Add what was found by the unit of its time to the rows of the successors; the total stays as it was."""
        by_row: dict[str, T] = {}
        for code, each in found.items():
            row = self.row(code)
            by_row[row] = by_row[row] + each if row in by_row else each
        return by_row

    def whole(self, code: str) -> frozenset[str]:
        """List all units, of whatever time, that count for this unit or for one below it; `code` stands for its row."""
        row = self.row(code)
        return frozenset({row, *(each.code for each in self.directory if row in self._rows_above(each.code))})

    def undivided(self, code: str) -> tuple[Unit, ...]:
        """List the divided units of which this unit, or one whose row it is, was a part: their past is not in it."""
        whole = self.whole(code)
        return tuple(
            unit
            for unit in self.directory
            if unit.code not in whole
            and self.fate(unit.code) is Fate.DIVIDED
            and any(successor in whole for successor in unit.successors)
        )

    def _rows_above(self, code: str) -> frozenset[str]:
        """List the rows in which a unit counts: its own, and those of the units above it."""
        found: dict[str, None] = {}
        row: str | None = self.row(code)
        while row is not None:
            found[row] = None
            row = next((above for above in self._above(row) if above not in found), None)
        return frozenset(found)

    def _above(self, row: str) -> Iterator[str]:
        """Give what may stand next above a row: of a unit of the day its parent of the day, then the rows as entered.

        A unit may have succeeded the one above it; who has been there looks further up.
        """
        parent = self.directory.parent(row, self.day) if self.directory.unit(row).exists_on(self.day) else None
        if parent is not None:
            yield parent.code
        yield from (self.row(above.code) for above in self.directory.ancestors(row))


def lineage(directory: Directory, day: date) -> Lineage:
    """Find the row of every unit as of a day: follow the successors while all of them come to one and the same row.

    A change that holds only after that day has not happened yet.
    """
    rows: dict[str, str] = {}

    def row_of(unit: Unit) -> str:
        if unit.code not in rows:
            ended = unit.valid_to is not None and unit.valid_to < day
            heirs = rows_of(unit.successors) if ended else set[str]()
            rows[unit.code] = heirs.pop() if len(heirs) == 1 else unit.code
        return rows[unit.code]

    def rows_of(codes: Iterable[str]) -> set[str]:
        return {row_of(directory.unit(code)) for code in codes}

    for unit in directory:
        row_of(unit)
    return Lineage(directory, day, rows)
