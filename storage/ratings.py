"""Ratings in SQL: a RatingStore over one connection. The transaction around it commits."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables.ratings import answer, rating, tally, visit_token
from storage.upsert import insert_for
from surveys.desk import NewRating, Rating, RatingState
from surveys.items import Answers, AnswerValue, Item, ItemKind
from surveys.questionnaires import load
from surveys.tallies import Cell
from surveys.visits import Service, Visit

_KEYS = tuple(column.name for column in tally.primary_key.columns)
_LOWER = (
    update(tally)
    .where(and_(*(tally.c[name] == bindparam(f"key_{name}") for name in _KEYS)))
    .values(count=tally.c["count"] + bindparam("change"))
)

WITH_ANSWERS = select(rating, answer.c.item, answer.c.score, answer.c.choice, answer.c.text).outerjoin(
    answer, answer.c.rating_id == rating.c.id
)
"""Ratings with a row for each answer, one row without an item where there is none."""


class Ratings:
    """Keeps ratings, their answers and the counts, as `surveys.desk.RatingStore` asks."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def start(self, new: NewRating) -> tuple[Rating, bool]:
        """Add the rating unless its round has one; return the one there is, and whether it is new."""
        added = self._connection.execute(
            insert_for(self._connection, rating)
            .values(_row(new))
            .on_conflict_do_nothing(index_elements=["person_id", "subject", "questionnaire", "round"])
            .returning(rating.c.id)
        ).scalar()
        if added is not None:
            return _opened(added, new), True
        number = self._connection.execute(
            select(rating.c.id).where(
                rating.c.person_id == new.person_id,
                rating.c.subject == new.subject,
                rating.c.questionnaire == new.questionnaire,
                rating.c.round == new.round,
            )
        ).scalar_one()
        found = self.by_id(number)
        if found is None:  # pragma: no cover - ratings are never deleted
            raise LookupError(f"rating {number} is gone")
        return found, False

    def by_id(self, rating_id: int) -> Rating | None:
        """Return a rating, locked for this transaction; None when there is none."""
        if self._connection.dialect.name == "postgresql":
            # A statement of its own: a join that waits for the lock would still see the answers of before.
            self._connection.execute(select(rating.c.id).where(rating.c.id == rating_id).with_for_update())
        return stored_rating(self._connection, rating_id)

    def put_answers(self, rating: Rating, answers: Answers, at: datetime) -> None:
        """Add answers or replace earlier ones of the same items; None is a skipped item."""
        questionnaire = load(rating.questionnaire, rating.version)
        statement = insert_for(self._connection, answer)
        replaced = {name: statement.excluded[name] for name in ("score", "choice", "text", "answered_at")}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["rating_id", "item"], set_=replaced),
            [
                {"rating_id": rating.id, "item": code, "answered_at": at, **_value(questionnaire.item(code), value)}
                for code, value in sorted(answers.items())
            ],
        )

    def drop_answers(self, rating_id: int, items: Collection[str]) -> None:
        """Take answers back."""
        self._connection.execute(delete(answer).where(answer.c.rating_id == rating_id, answer.c.item.in_(items)))

    def set_state(self, rating_id: int, state: RatingState, at: datetime) -> None:
        """Close a rating, or open it again."""
        closed_at = None if state is RatingState.OPEN else at
        self._connection.execute(
            update(rating).where(rating.c.id == rating_id).values(state=state.value, closed_at=closed_at)
        )

    def count(self, rating: Rating, changes: Mapping[Cell, int]) -> None:
        """Add the changes to the counts of the rating's scope, by day and by month."""
        # One order for everybody: two transactions that meet in several rows wait, and do not deadlock.
        rows = [
            {**key, "count": change} for cell, change in sorted(changes.items()) for key in tally_keys(rating, cell)
        ]
        self._raise_counts([row for row in rows if row["count"] > 0])
        self._lower_counts([row for row in rows if row["count"] < 0])

    def _raise_counts(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(_raising(insert_for(self._connection, tally)), rows)

    def _lower_counts(self, rows: list[dict[str, Any]]) -> None:
        # Not by the same upsert: the row it proposes would hold a negative count, which the table refuses.
        if rows:
            keyed = [{f"key_{name}": row[name] for name in _KEYS} | {"change": row["count"]} for row in rows]
            self._connection.execute(_LOWER, keyed)


def _raising(statement: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    total = tally.c["count"] + statement.excluded["count"]
    return statement.on_conflict_do_update(index_elements=list(_KEYS), set_={"count": total})


def tally_keys(rating: Rating, cell: Cell) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the keys of the two rows that count a cell of a rating: its day's and its month's."""
    item, value = cell
    key: dict[str, Any] = {
        "questionnaire": rating.questionnaire,
        "version": rating.version,
        "unit": rating.visit.unit,
        "field": rating.visit.field or "",
        "service": rating.visit.service.value,
        "verified": rating.visit.verified,
        "item": item,
        "value": value,
    }
    return {**key, "grain": "day", "since": rating.day}, {**key, "grain": "month", "since": month_of(rating.day)}


def month_of(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


def _row(new: NewRating) -> dict[str, Any]:
    visit = new.visit
    return {
        "person_id": new.person_id,
        "unit": visit.unit,
        "field": visit.field,
        "service": visit.service.value,
        "procedure": visit.procedure,
        "dossier": visit.dossier,
        "verified": visit.verified,
        "assisted": visit.assisted,
        "questionnaire": new.questionnaire,
        "version": new.version,
        "subject": new.subject,
        "round": new.round,
        "day": new.day,
        "channel": new.channel,
        "state": RatingState.OPEN.value,
        "started_at": new.started_at,
        "closed_at": None,
    }


def _opened(number: int, new: NewRating) -> Rating:
    return Rating(number, new.visit, new.questionnaire, new.version, new.day, RatingState.OPEN, {})


def _value(item: Item, value: AnswerValue | None) -> dict[str, AnswerValue | None]:
    column = {ItemKind.SCALE5: "score", ItemKind.CHOICE: "choice", ItemKind.TEXT: "text"}[item.kind]
    return {"score": None, "choice": None, "text": None} | {column: value}


def stored_rating(connection: Connection, rating_id: int) -> Rating | None:
    """Return a rating for reading only; None when there is none."""
    rows = connection.execute(WITH_ANSWERS.where(rating.c.id == rating_id)).all()
    return rating_from(rows[0], answers_from(rows)) if rows else None


def rating_from(row: Row[Any], answers: Answers) -> Rating:
    """Make the value of a row that holds the columns of `rating`."""
    visit = Visit(row.unit, row.field, Service(row.service), row.dossier, row.verified, row.assisted, row.procedure)
    return Rating(row.id, visit, row.questionnaire, row.version, row.day, RatingState(row.state), answers)


def answers_from(rows: Iterable[Row[Any]]) -> dict[str, AnswerValue | None]:
    """Collect the answers of one rating from rows with item, score, choice, text; without an item there is none."""
    return {
        row.item: next((value for value in (row.score, row.choice, row.text) if value is not None), None)
        for row in rows
        if row.item is not None
    }


def ratings_of_person(connection: Connection, person_id: int) -> list[Rating]:
    """Return all that a person has rated, latest first: for the person's own view of these data."""
    numbers = connection.scalars(
        select(rating.c.id).where(rating.c.person_id == person_id).order_by(rating.c.id.desc())
    )
    found = (stored_rating(connection, number) for number in numbers.all())
    return [each for each in found if each is not None]


def erase_person(connection: Connection, person_id: int) -> None:
    """Part a person from the ratings: no link, no free text. Scores stay, as nobody's, so figures stay true."""
    own = select(rating.c.id).where(rating.c.person_id == person_id)
    connection.execute(update(answer).where(answer.c.rating_id.in_(own)).values(text=None))
    connection.execute(update(rating).where(rating.c.person_id == person_id).values(person_id=None))
    connection.execute(update(visit_token).where(visit_token.c.used_by == person_id).values(used_by=None))
