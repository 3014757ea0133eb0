"""Writing the counts of ratings: at once, or those of all ratings in one commit added up."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from storage.hopeful import gathered
from storage.json_text import compact_json
from storage.rating_statements import HEADLINE, counting
from storage.tally_rows import cell_name, tally_scope
from surveys.desk import Rating
from surveys.tallies import Cell, Headline

_CELLS_TOGETHER = 8
"""Cells changed by one statement where many are: each number of them has a statement of its own."""


def count(connection: Connection, rating: Rating, changes: Mapping[Cell, int], made: Headline) -> None:
    """Add the changes to the counts of the rating's scope, in every grain; `made` is theirs to the headline."""
    sums = gathered(connection, _Sums)
    if sums is None:
        _write(connection, tally_scope(rating), changes, made)
    else:
        sums.add(rating, changes, made)


@dataclass(slots=True)
class _Sum:
    """What the ratings of a scope add; one of them, by which the scope's rows are found."""

    rating: Rating
    cells: Counter[Cell] = field(default_factory=Counter)
    headline: Headline = field(default_factory=Headline)


@dataclass(slots=True)
class _Sums:
    """The counts of one commit by scope: all that decides in which rows a rating is counted."""

    _scopes: dict[tuple[Any, ...], _Sum] = field(default_factory=dict)

    def add(self, rating: Rating, changes: Mapping[Cell, int], made: Headline) -> None:
        visit = rating.visit
        scope = (
            rating.questionnaire, rating.version, rating.day,
            visit.unit, visit.field, visit.service, visit.level, visit.access,
        )  # fmt: skip
        found = self._scopes.get(scope)
        if found is None:
            found = self._scopes[scope] = _Sum(rating)
        for cell, change in changes.items():
            found.cells[cell] += change
        found.headline += made

    def write(self, connection: Connection) -> None:
        """Write each scope, some of its cells at a time; the headline with the first of them."""
        for made in self._scopes.values():
            scope, headline = tally_scope(made.rating), made.headline
            cells = [(cell, change) for cell, change in made.cells.items() if change]
            while cells or headline != Headline():
                _write(connection, scope, dict(cells[:_CELLS_TOGETHER]), headline)
                cells, headline = cells[_CELLS_TOGETHER:], Headline()


def _write(connection: Connection, scope: Mapping[str, Any], changes: Mapping[Cell, int], made: Headline) -> None:
    values = dict(scope)
    # A row that is proposed must be one that may be, also where what falls says that it is there already.
    new = Headline(max(made.respondents, 0), max(made.answers, 0), max(min(made.answers, made.satisfied), 0))
    for name in HEADLINE:
        values |= {f"more_{name}": getattr(made, name), f"new_{name}": getattr(new, name)}
    rising = {cell_name(cell): change for cell, change in sorted(changes.items()) if change > 0}
    values["new_cells"] = compact_json(rising)
    for number, (cell, change) in enumerate(sorted(changes.items())):
        values |= {f"cell_{number}": _place(connection, cell_name(cell)), f"by_{number}": change}
    counting(len(changes)).run(connection, values)


def _place(connection: Connection, cell: str) -> str:
    return f'$."{cell}"' if connection.dialect.name == "sqlite" else cell
