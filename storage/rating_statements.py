"""The statements of a rating, built once: building one costs as much as running it."""

from typing import Any

from sqlalchemy import Update, and_, bindparam, delete, select, update

from storage.prepared import Prepared
from storage.tables.ratings import answer, rating, tally

TALLY_KEY = tuple(column.name for column in tally.primary_key.columns)
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


def _lower() -> Update:
    # Not by the same upsert as raising: the row that one proposes would hold a negative count, which the table refuses.
    found = and_(*(tally.c[name] == bindparam(f"key_{name}") for name in TALLY_KEY))
    return update(tally).where(found).values(count=tally.c["count"] + bindparam("change"))


LOWER = Prepared(_lower())


def _replacing(new: Any) -> Any:
    replaced = {name: new.excluded[name] for name in ("score", "choice", "text", "amount", "answered_at")}
    return new.on_conflict_do_update(index_elements=["rating_id", "item"], set_=replaced)


def _raising(new: Any) -> Any:
    total = tally.c["count"] + new.excluded["count"]
    return new.on_conflict_do_update(index_elements=list(TALLY_KEY), set_={"count": total})


PUT = Prepared.upsert(answer, _replacing)
RAISE = Prepared.upsert(tally, _raising)
