"""Proving the counts of dossiers: count all dossiers again by the database, compare, and put right what differs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    Subquery,
    case,
    cast,
    delete,
    except_,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    union,
    union_all,
)

from storage.dislikes import low_ratings
from storage.dossier_tallies import KEY, NUMBERS, Row, alone
from storage.tables.dossiers import dossier, dossier_tally
from storage.tally_rows import Grain

SHOWN = 1000
"""Differing rows that are kept for telling; the others are only counted."""

Numbers = Mapping[str, int]


@dataclass(frozen=True)
class Difference:
    """A row of which counts and recount tell different numbers; only those that differ, zeros where it is not there."""

    row: Row
    kept: Numbers
    counted: Numbers


@dataclass
class Comparison:
    """What a comparison found: rows by grain, how many of them are wrong, and the first SHOWN of these."""

    compared: dict[Grain, int] = field(default_factory=dict)
    differing: dict[Grain, int] = field(default_factory=dict)
    examples: list[Difference] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """Whether the counts are proved."""
        return not any(self.differing.values())


def compare(connection: Connection) -> Comparison:
    """Count every dossier anew and compare; in one snapshot, as `Database.read` gives it."""
    found = Comparison()
    for grain in Grain:
        counted, kept = _counted(connection, grain).subquery(), _kept(grain).subquery()
        both = union(*(select(*(side.c[name] for name in KEY)) for side in (counted, kept))).subquery()
        found.compared[grain] = connection.scalar(select(func.count()).select_from(both)) or 0
        wrong = list(_differences(connection, grain))
        found.differing[grain] = len(wrong)
        found.examples += islice(wrong, SHOWN - len(found.examples))
    return found


def rebuild(connection: Connection, grain: Grain) -> int:
    """Replace the counts of a grain by a recount; return how many rows were wrong."""
    alone(connection)
    wrong = len(list(_differences(connection, grain)))
    if wrong:
        connection.execute(delete(dossier_tally).where(dossier_tally.c.grain == grain.value))
        connection.execute(insert(dossier_tally).from_select([*KEY, *NUMBERS], _counted(connection, grain)))
    return wrong


def _differences(connection: Connection, grain: Grain) -> Iterator[Difference]:
    """Give the rows that differ, in the order of their keys; what both tell alike never leaves the database."""
    counted, kept = _counted(connection, grain), _kept(grain)
    sides = [
        {tuple(row[: len(KEY)]): dict(zip(NUMBERS, row[len(KEY) :], strict=True)) for row in connection.execute(query)}
        for query in (except_(kept, counted), except_(counted, kept))
    ]
    nothing = dict.fromkeys(NUMBERS, 0)
    for row in sorted(sides[0].keys() | sides[1].keys()):
        have, should = (side.get(row, nothing) for side in sides)
        wrong = [name for name in NUMBERS if have[name] != should[name]]
        yield Difference(row, {name: have[name] for name in wrong}, {name: should[name] for name in wrong})


def _kept(grain: Grain) -> Select[Any]:
    """Read the counts of a grain as they are kept, but for rows whose numbers all fell back to zero."""
    columns = [dossier_tally.c[name] for name in (*KEY, *NUMBERS)]
    some = or_(*(dossier_tally.c[name] != 0 for name in NUMBERS))
    return select(*columns).where(dossier_tally.c.grain == grain.value, some)


def _counted(connection: Connection, grain: Grain) -> Select[Any]:
    """Count the dossiers by the rows of a grain, in the order of the columns of a row."""
    marked = _marked()
    since = _first_day(connection, grain, marked.c.day)
    numbers = [func.count().filter(marked.c.mark == name).label(name) for name in NUMBERS]
    of_field = marked.c.field if grain.is_by_field else literal("").label("field")
    query = select(literal(grain.value).label("grain"), since.label("since"), of_field, marked.c.unit, *numbers)
    return query.group_by(since, marked.c.unit, *([marked.c.field] if grain.is_by_field else []))


def _marked() -> Subquery:
    """Give what is counted of each dossier, with its day: the rule of offices.promptness in other words."""
    due, ready = dossier.c.due_on, dossier.c.returned_on
    by_due_day = case((ready.is_(None), "open"), (ready < due, "early"), (ready == due, "on_day"), else_="late")
    unit, of_field = dossier.c.unit, dossier.c.field
    return union_all(
        select(unit, of_field, due.label("day"), by_due_day.label("mark")).where(due.is_not(None)),
        select(unit, of_field, ready, literal("caught_up")).where(ready > due),
        select(unit, of_field, ready, literal("ready")).where(ready.is_not(None)),
        select(unit, of_field, ready, literal("disliked")).where(
            ready.is_not(None), or_(due.is_(None), ready <= due), dossier.c.code.in_(low_ratings())
        ),
        select(unit, of_field, dossier.c.received_on, literal("undated")).where(due.is_(None)),
    ).subquery()


def _first_day(connection: Connection, grain: Grain, day: ColumnElement[Any]) -> ColumnElement[Any]:
    if grain.stretch == "day":
        return day
    if connection.dialect.name == "sqlite":
        return type_coerce(func.date(day, f"start of {grain.stretch}"), Date)
    return cast(func.date_trunc(grain.stretch, day), Date)
