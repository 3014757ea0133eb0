"""Proving the counts of dossiers: count all dossiers again by the database, compare, and put right what differs."""

from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
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
    union_all,
)

from offices.dossiers import DossierState
from storage.dislikes import low_ratings
from storage.dossier_tallies import KEY, NUMBERS, Row, alone
from storage.recount import SHOWN, Comparison, Numbers, difference
from storage.tables.dossiers import dossier, dossier_tally
from storage.tally_rows import Grain


def compare(connection: Connection) -> Comparison:
    """Count every dossier anew and compare; in one snapshot, as `Database.read` gives it."""
    found = Comparison()
    for grain in Grain:
        have, should = _differing(connection, grain)
        kept = connection.scalar(select(func.count()).select_from(_kept(grain).subquery())) or 0
        found.compared[grain] = kept + len(should.keys() - have.keys())
        wrong = sorted(have.keys() | should.keys())
        if wrong:
            found.differing[grain] = len(wrong)
        shown = islice(wrong, SHOWN - len(found.examples))
        found.examples += [difference(row, have.get(row, {}), should.get(row, {})) for row in shown]
    return found


def rebuild(connection: Connection, grain: Grain) -> int:
    """Replace the counts of a grain by a recount; return how many rows were wrong."""
    alone(connection)
    have, should = _differing(connection, grain)
    wrong = len(have.keys() | should.keys())
    if wrong:
        connection.execute(delete(dossier_tally).where(dossier_tally.c.grain == grain.value))
        connection.execute(insert(dossier_tally).from_select([*KEY, *NUMBERS], _counted(connection, grain)))
    return wrong


def _differing(connection: Connection, grain: Grain) -> tuple[dict[Row, Numbers], dict[Row, Numbers]]:
    """Return the rows that differ as they are kept and as they are counted; what both tell alike is left out."""
    counted, kept = _counted(connection, grain), _kept(grain)
    return _rows(connection, except_(kept, counted)), _rows(connection, except_(counted, kept))


def _rows(connection: Connection, query: CompoundSelect[Any]) -> dict[Row, Numbers]:
    found: dict[Row, Numbers] = {}
    for row in connection.execute(query):
        grain, since, of_field, unit, *numbers = row
        found[grain, since, of_field, unit] = dict(zip(NUMBERS, numbers, strict=True))
    return found


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
    due, ready, taken_back = dossier.c.due_on, dossier.c.returned_on, dossier.c.withdrawn_on
    is_withdrawn = func.coalesce(dossier.c.state == DossierState.WITHDRAWN.value, literal(value=False))
    by_due_day = case(
        (taken_back > due, "late"), (is_withdrawn, "withdrawn"), (ready.is_(None), "open"), (ready < due, "early"),
        (ready == due, "on_day"), else_="late",
    )  # fmt: skip
    unit, of_field = dossier.c.unit, dossier.c.field
    return union_all(
        select(unit, of_field, due.label("day"), by_due_day.label("mark")).where(due.is_not(None)),
        select(unit, of_field, ready, literal("caught_up")).where(ready > due),
        select(unit, of_field, taken_back, literal("given_up")).where(taken_back > due),
        select(unit, of_field, ready, literal("ready")).where(ready.is_not(None)),
        select(unit, of_field, ready, literal("disliked")).where(
            ready.is_not(None), or_(due.is_(None), ready <= due), dossier.c.code.in_(low_ratings())
        ),
        select(unit, of_field, dossier.c.received_on, literal("undated")).where(due.is_(None), ~is_withdrawn),
    ).subquery()


def _first_day(connection: Connection, grain: Grain, day: ColumnElement[Any]) -> ColumnElement[Any]:
    if grain.stretch == "day":
        return day
    if connection.dialect.name == "sqlite":
        return type_coerce(func.date(day, f"start of {grain.stretch}"), Date)
    return cast(func.date_trunc(grain.stretch, day), Date)
