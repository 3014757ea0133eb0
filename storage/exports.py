"""Rows for files that leave the house, in pieces: no person, chat, dossier or session is in any of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Row, Select, and_, func, select

from offices.worktime import LOCAL
from storage.tables.petitions import petition, petition_leg, petition_rating
from storage.tables.ratings import answer, rating
from surveys.periods import Period

PIECE = 5_000
"""Petitions read at once: a large file never holds the database or the memory."""
RATINGS = 500
"""Ratings read at once, with some 10,000 answers of a long questionnaire."""

Given = tuple[str, int | None, str | None, str | None, int | None]
"""One answer: item, score, choice, text, amount."""


@dataclass(frozen=True, slots=True)
class RatingScope:
    """Which ratings: begun in the period, of these units (None = all), of one questionnaire or all (None)."""

    period: Period
    units: frozenset[str] | None = None
    questionnaire: str | None = None


@dataclass(frozen=True, slots=True)
class RatingRow:
    """One rating with its answers by item; `number` numbers the ratings within the database and names nobody."""

    number: int
    day: date
    unit: str
    field: str | None
    service: str
    procedure: str | None
    verified: bool
    assisted: bool
    channel: str
    questionnaire: str
    version: int
    state: str
    answers: list[Given]


@dataclass(frozen=True, slots=True)
class PetitionRow:
    """One petition with its last leg and its last rating; `text` and `answer` are the words themselves."""

    id: int
    code: str
    status: str
    subject: str
    field: str | None
    unit: str
    pace: str
    submitted_at: datetime
    due_on: date
    late_from: datetime
    provisional: bool
    extended: bool
    legs: int
    closed_at: datetime | None
    reason: str | None
    redirected_to: str | None
    resolved_at: datetime | None
    published_at: datetime | None
    score: int | None
    place: str
    text: str
    answer: str | None


def rating_count(connection: Connection, scope: RatingScope, most: int | None = None) -> int:
    """Count the ratings of a scope, `most` at most: whether there are few is known before all are counted."""
    return _count(connection, select(rating.c.id).where(*_in_scope(scope)), most)


def rating_rows(connection: Connection, scope: RatingScope, after: int = 0) -> list[RatingRow]:
    """Return the next ratings of the scope by number; `after` is the last number read.

    Ratings and answers are read apart, so that what all answers of a rating share is read and converted once.
    """
    query = select(*_RATING_COLUMNS).where(rating.c.id > after, *_in_scope(scope))
    ratings = connection.execute(query.order_by(rating.c.id).limit(RATINGS)).all()
    answers: dict[int, list[Given]] = {row.id: [] for row in ratings}
    given = select(answer.c.rating_id, *_ANSWER_COLUMNS).where(answer.c.rating_id.in_(list(answers)))
    for row in _as_they_come(connection.execute(given.order_by(answer.c.rating_id, answer.c.item))):
        answers[row[0]].append(row[1:])
    return [_rating_row(row, answers[row.id]) for row in ratings]


_RATING_COLUMNS = (
    rating.c.id, rating.c.day, rating.c.unit, rating.c.field, rating.c.service, rating.c.procedure, rating.c.verified,
    rating.c.assisted, rating.c.channel, rating.c.questionnaire, rating.c.version, rating.c.state,
)  # fmt: skip
_ANSWER_COLUMNS = (answer.c.item, answer.c.score, answer.c.choice, answer.c.text, answer.c.amount)


def _as_they_come(result: CursorResult[Any]) -> list[Any]:
    """Return the tuples of the driver, where no column is converted: making a Row of each takes as long again."""
    with result:
        return list(result.cursor.fetchall()) if result.cursor else []


def _rating_row(row: Row[*tuple[Any, ...]], answers: list[Given]) -> RatingRow:
    return RatingRow(
        row.id, row.day, row.unit, row.field, row.service, row.procedure, row.verified, row.assisted, row.channel,
        row.questionnaire, row.version, row.state, answers,
    )  # fmt: skip


def _in_scope(scope: RatingScope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [rating.c.day.between(scope.period.start, scope.period.end)]
    if scope.units is not None:
        # Not by the index of units: each piece would find and sort all their ratings of the period anew.
        conditions.append(rating.c.unit.concat("").in_(sorted(scope.units)))
    if scope.questionnaire is not None:
        conditions.append(rating.c.questionnaire == scope.questionnaire)
    return conditions


def petition_count(
    connection: Connection, period: Period, condition: ColumnElement[bool], most: int | None = None
) -> int:
    """Count the petitions that `petition_rows` gives, `most` at most."""
    return _count(connection, select(petition.c.id).where(condition, _submitted_in(period)), most)


def petition_rows(
    connection: Connection, period: Period, condition: ColumnElement[bool], after: int = 0
) -> list[PetitionRow]:
    """Return the next petitions submitted in the period that fulfil `condition`; `after` is the last id read.

    condition   what the reader may see: storage.petition_lists.visible, or true for who sees no words
    """
    leg, last = petition_leg, petition_leg.alias("last")
    newest = select(last.c.number).where(last.c.petition_id == petition.c.id).order_by(last.c.number.desc()).limit(1)
    query = (
        select(
            petition, leg.c.provisional, leg.c.extended, leg.c.number.label("legs"), petition_rating.c.score,
        )
        .select_from(petition)
        .join(leg, and_(leg.c.petition_id == petition.c.id, leg.c.number == newest.scalar_subquery()))
        .outerjoin(
            petition_rating,
            and_(petition_rating.c.petition_id == petition.c.id, petition_rating.c.look == petition.c.looks),
        )
        .where(condition, petition.c.id > after, _submitted_in(period))
    )  # fmt: skip
    rows = connection.execute(query.order_by(petition.c.id).limit(PIECE))
    return [_petition_row(row) for row in rows]


def _count(connection: Connection, query: Select[int], most: int | None) -> int:
    return connection.execute(select(func.count()).select_from(query.limit(most).subquery())).scalar_one()


def _submitted_in(period: Period) -> ColumnElement[bool]:
    first = datetime.combine(period.start, datetime.min.time(), LOCAL)
    after = datetime.combine(date.fromordinal(period.end.toordinal() + 1), datetime.min.time(), LOCAL)
    return and_(petition.c.submitted_at >= first, petition.c.submitted_at < after)


def _petition_row(row: Row[*tuple[Any, ...]]) -> PetitionRow:
    return PetitionRow(
        row.id, row.code, row.status, row.subject, row.field, row.unit, row.pace, row.submitted_at, row.due_on,
        row.late_from, row.provisional, row.extended, row.legs, row.closed_at, row.reason, row.redirected_to,
        row.resolved_at, row.published_at, row.score, row.place, row.text, row.answer,
    )  # fmt: skip
