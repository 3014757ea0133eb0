"""The statements of a rating, built once: building one costs as much as running it."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Executable, Table, Update, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables.ratings import answer, rating, tally

Insert = postgresql.Insert | sqlite.Insert

TALLY_KEY = tuple(column.name for column in tally.primary_key.columns)
ROUND_KEY = ("person_id", "subject", "questionnaire", "round")

WITH_ANSWERS = select(rating, answer.c.item, answer.c.score, answer.c.choice, answer.c.text).outerjoin(
    answer, answer.c.rating_id == rating.c.id
)
"""Ratings with a row for each answer, one row without an item where there is none."""

BY_ID = WITH_ANSWERS.where(rating.c.id == bindparam("number"))
BY_ROUND = select(rating.c.id).where(and_(*(rating.c[name] == bindparam(name) for name in ROUND_KEY)))
LOCK = select(rating.c.id).where(rating.c.id == bindparam("number")).with_for_update()
DROP = delete(answer).where(
    answer.c.rating_id == bindparam("number"), answer.c.item.in_(bindparam("items", expanding=True))
)
SET_STATE = (
    update(rating)
    .where(rating.c.id == bindparam("number"))
    .values(state=bindparam("new_state"), closed_at=bindparam("at"))
)


def _lower() -> Update:
    # Not by the same upsert as raising: the row that one proposes would hold a negative count, which the table refuses.
    found = and_(*(tally.c[name] == bindparam(f"key_{name}") for name in TALLY_KEY))
    return update(tally).where(found).values(count=tally.c["count"] + bindparam("change"))


LOWER = _lower()


@dataclass(frozen=True)
class Upserts:
    """The inserts that meet a row which is there already; each database has its own words for them."""

    start: Executable
    put: Insert
    raise_count: Insert


@cache
def upserts(dialect: str) -> Upserts:
    """Return the upserts for `sqlite` or `postgresql`."""
    start, put, raised = (_insert(dialect, table) for table in (rating, answer, tally))
    replaced = {name: put.excluded[name] for name in ("score", "choice", "text", "answered_at")}
    total = tally.c["count"] + raised.excluded["count"]
    return Upserts(
        start=start.on_conflict_do_nothing(index_elements=list(ROUND_KEY)).returning(rating.c.id),
        put=put.on_conflict_do_update(index_elements=["rating_id", "item"], set_=replaced),
        raise_count=raised.on_conflict_do_update(index_elements=list(TALLY_KEY), set_={"count": total}),
    )


def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
