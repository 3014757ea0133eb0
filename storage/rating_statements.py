"""The statements of a rating, built once: building one costs as much as running it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    String,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    select,
    union_all,
    update,
)  # fmt: skip
from sqlalchemy.dialects import postgresql, sqlite

from storage.prepared import Prepared
from storage.tables.base import Json
from storage.tables.ratings import answer, rating, tally
from storage.tally_rows import APART, SHARED, TALLY_KEY, Grain

HEADLINE = ("respondents", "answers", "satisfied")
ROUND_KEY = ("person_id", "subject", "questionnaire", "round")

WITH_ANSWERS = select(rating, answer.c.item, answer.c.score, answer.c.choice, answer.c.text, answer.c.amount).outerjoin(
    answer, answer.c.rating_id == rating.c.id
)
"""Ratings with a row for each answer, one row without an item where there is none."""

BY_ID = Prepared(WITH_ANSWERS.where(rating.c.id == bindparam("number")))
BY_ROUND = Prepared(select(rating.c.id).where(and_(*(rating.c[name] == bindparam(name) for name in ROUND_KEY))))
LOCK = select(rating.c.id).where(rating.c.id == bindparam("number")).with_for_update()
DROP = delete(answer).where(
    answer.c.rating_id == bindparam("number"), answer.c.item.in_(bindparam("items", expanding=True))
)
SET_STATE = Prepared(
    update(rating)
    .where(rating.c.id == bindparam("number"))
    .values(state=bindparam("new_state"), closed_at=bindparam("at"))
)
START = Prepared.upsert(
    rating, lambda new: new.on_conflict_do_nothing(index_elements=list(ROUND_KEY)).returning(rating.c.id)
)


def _replacing(new: Any) -> Any:
    replaced = {name: new.excluded[name] for name in ("score", "choice", "text", "amount", "answered_at")}
    return new.on_conflict_do_update(index_elements=["rating_id", "item"], set_=replaced)


PUT = Prepared.upsert(answer, _replacing)


@dataclass(slots=True)
class Counting:
    """Adds changed cells to all rows of a rating's counts, or makes the rows: one statement for them all.

    It takes what `tally_scope` gives, the columns of a new row as `new_…` (its cells as a text), what is added to the
    headline as `more_…`, and of cell 0, 1, … its name and change as `cell_0` and `by_0`.
    A count that falls is in no new row: where one is proposed the row is there already.
    """

    on_sqlite: Prepared
    on_postgresql: Any
    text: str = ""

    def run(self, connection: Connection, values: dict[str, Any]) -> None:
        """Count; on PostgreSQL by the driver, for SQLAlchemy took as long around it as the server for it."""
        if connection.dialect.name == "sqlite":
            self.on_sqlite.run(connection, values)
            return
        self.text = self.text or str(self.on_postgresql.compile(dialect=connection.dialect))
        connection.exec_driver_sql(self.text, values)


@cache
def counting(cells: int) -> Counting:
    """Return what counts as many changed cells."""
    rows = [_proposed(grain) for grain in Grain]
    selected = union_all(*(select(*{**row, "cells": cast(row["cells"], Json)}.values()) for row in rows))
    return Counting(
        Prepared(_counting(sqlite.insert(tally).values(rows), _in_json(cells))),
        _counting(postgresql.insert(tally).from_select(list(rows[0]), selected), _in_jsonb(cells)),
    )


def _proposed(grain: Grain) -> dict[str, Any]:
    """Return the row of a grain as it is to be where there is none yet."""
    apart = {name: _value(name) if grain.is_by_field else literal_column("''") for name in APART}
    key = {
        **{name: _value(name) for name in SHARED}, **apart, "grain": literal_column(f"'{grain.value}'"),
        "since": bindparam(grain.stretch, type_=tally.c.since.type),
    }  # fmt: skip
    new = {name: bindparam(f"new_{name}", type_=tally.c[name].type) for name in HEADLINE}
    new["cells"] = bindparam("new_cells", type_=String())
    return {**{name: key[name] for name in TALLY_KEY}, **new}


def _value(name: str) -> Any:
    return bindparam(name, type_=tally.c[name].type)


def _counting(new: Any, added: Any) -> Any:
    headline = {name: tally.c[name] + bindparam(f"more_{name}", type_=BigInteger()) for name in HEADLINE}
    return new.on_conflict_do_update(index_elements=list(TALLY_KEY), set_={**headline, "cells": added})


def _in_json(cells: int) -> Any:
    """Add to a text of JSON; the names of its cells are paths here."""
    changes = list[Any]()
    for number in range(cells):
        path = bindparam(f"cell_{number}", type_=String())
        counted = func.coalesce(func.json_extract(tally.c.cells, path), literal_column("0"))
        changes += [path, counted + bindparam(f"by_{number}", type_=BigInteger())]
    return func.json_set(tally.c.cells, *changes)


def _in_jsonb(cells: int) -> Any:
    changes = list[Any]()
    for number in range(cells):
        name = bindparam(f"cell_{number}", type_=String())
        counted = func.coalesce(cast(tally.c.cells.op("->>")(name), BigInteger), literal_column("0"))
        changes += [name, counted + bindparam(f"by_{number}", type_=BigInteger())]
    return tally.c.cells.op("||")(func.jsonb_build_object(*changes))
