"""The rows that count a rating: one for each grain, with every cell of the questionnaire in it.

Year and month hold all fields of a unit together, which is what a card, a ranking and a series are read from.
Month and day by field and level hold the strata, and what plans say of single fields; days are the ragged ends of
reporting periods.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from storage.tables.ratings import tally
from surveys.desk import Rating
from surveys.tallies import Cell

TALLY_KEY = tuple(column.name for column in tally.primary_key.columns)


class Grain(StrEnum):
    """How finely a row counts, from the coarsest."""

    YEAR = "year"
    MONTH = "month"
    MONTH_FIELD = "month-field"
    DAY_FIELD = "day-field"

    @property
    def is_by_field(self) -> bool:
        """Whether its rows are of one field and level; else these are together."""
        return self in (Grain.MONTH_FIELD, Grain.DAY_FIELD)

    @property
    def stretch(self) -> str:
        """How long the stretch of one of its rows is: `year`, `month` or `day`."""
        return self.value.removesuffix("-field")

    def since(self, day: date) -> date:
        """Return the first day of its stretch that holds `day`."""
        if self is Grain.DAY_FIELD:
            return day
        return day.replace(month=1, day=1) if self is Grain.YEAR else month_of(day)


def month_of(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


SHARED = ("questionnaire", "unit", "service", "access", "version")
"""Columns of the key that are the same in all rows of a rating."""
APART = ("field", "level")
"""Columns that are empty where fields are together."""


def tally_scope(rating: Rating) -> dict[str, Any]:
    """Return what the keys of all rows of a rating are made of: SHARED, APART, and the first day of each stretch."""
    visit = rating.visit
    return {
        "questionnaire": rating.questionnaire, "unit": visit.unit, "service": visit.service.value,
        "access": visit.access.value, "version": rating.version, "field": visit.field or "", "level": visit.level or "",
        **{grain.stretch: grain.since(rating.day) for grain in Grain},
    }  # fmt: skip


def tally_keys(rating: Rating) -> list[dict[str, Any]]:
    """Return the keys of the rows that count a rating, in the order in which everybody writes them."""
    scope = tally_scope(rating)
    shared = {name: scope[name] for name in SHARED}
    apart, together = {name: scope[name] for name in APART}, dict.fromkeys(APART, "")
    return [
        {**shared, **(apart if grain.is_by_field else together), "grain": grain.value, "since": scope[grain.stretch]}
        for grain in Grain
    ]


def cell_name(cell: Cell) -> str:
    """Name a cell in a row: `overall=5`, `@index=`."""
    return "=".join(cell)


@lru_cache(4096)
def cell_of(name: str) -> Cell:
    """Read the name of a cell."""
    item, _, value = name.partition("=")
    return item, value


def named_cells(counted: Mapping[Cell, int]) -> dict[str, int]:
    """Name the cells that are not zero."""
    return {cell_name(cell): number for cell, number in sorted(counted.items()) if number}
