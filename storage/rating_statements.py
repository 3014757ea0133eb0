"""The statements of a rating, built once: building one costs as much as running it."""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, String, and_, bindparam, cast, delete, func, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.prepared import Prepared
from storage.tables.ratings import answer, rating, tally
from storage.tally_rows import TALLY_KEY, Grain

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


@cache
def counting(cells: int) -> Prepared:
    """Return the statement that adds as many changed cells to all rows of a rating's counts, or makes the rows.

    Of row 0, 1, … it takes `since_0` and the like, and of all rows together the columns of the new row as `new_…`,
    what is added to the headline as `more_…`, and of cell 0, 1, … its name and change as `cell_0` and `by_0`.
    A count that falls is in no new row: where one is proposed the row is there already.
    """
    # One statement for all rows, for each costs more than what it writes.
    rows = [
        {name: bindparam(f"{name}_{number}", type_=tally.c[name].type) for name in TALLY_KEY}
        | {name: bindparam(f"new_{name}", type_=tally.c[name].type) for name in (*HEADLINE, "cells")}
        for number in range(len(Grain))
    ]
    # SQLAlchemy compiles an INSERT of several VALUES anew each time, but not one of a SELECT.
    selected = union_all(*(select(*row.values()) for row in rows))
    return Prepared(
        _counting(sqlite.insert(tally).values(rows), _in_json(cells)),
        _counting(postgresql.insert(tally).from_select(list(rows[0]), selected), _in_jsonb(cells)),
    )


def _counting(new: Any, added: Any) -> Any:
    headline = {name: tally.c[name] + bindparam(f"more_{name}", type_=BigInteger()) for name in HEADLINE}
    return new.on_conflict_do_update(index_elements=list(TALLY_KEY), set_={**headline, "cells": added})


def _in_json(cells: int) -> Any:
    """Add to a text of JSON; the names of its cells are paths here."""
    changes = list[Any]()
    for number in range(cells):
        path = bindparam(f"cell_{number}", type_=String())
        counted = func.coalesce(func.json_extract(tally.c.cells, path), 0)
        changes += [path, counted + bindparam(f"by_{number}", type_=BigInteger())]
    return func.json_set(tally.c.cells, *changes)


def _in_jsonb(cells: int) -> Any:
    changes = list[Any]()
    for number in range(cells):
        name = bindparam(f"cell_{number}", type_=String())
        counted = func.coalesce(cast(tally.c.cells.op("->>")(name), BigInteger), 0)
        changes += [name, counted + bindparam(f"by_{number}", type_=BigInteger())]
    return tally.c.cells.op("||")(func.jsonb_build_object(*changes))
