"""Rows for files that leave the house, in pieces: no person, chat, dossier or session is in any of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from offices.worktime import LOCAL
from storage.tables.petitions import petition, petition_leg, petition_rating
from storage.tables.ratings import answer, rating
from surveys.periods import Period

PIECE = 5_000
"""Rows read at once: a large file never holds the database or the memory."""


@dataclass(frozen=True, slots=True)
class RatingRow:
    """One answer of a rating; `number` numbers the ratings within the database and names nobody."""

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
    item: str
    score: int | None
    choice: str | None
    text: str | None
    amount: int | None


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


def rating_rows(
    connection: Connection, period: Period, units: Collection[str] | None, after: tuple[int, str] = (0, "")
) -> list[RatingRow]:
    """Return the next answers of ratings begun in the period, by rating and item; `after` is the last pair read."""
    columns = [each for each in rating.c if each.name in _RATING_COLUMNS]
    last = or_(rating.c.id > after[0], and_(rating.c.id == after[0], answer.c.item > after[1]))
    query = select(*columns, answer.c.item, answer.c.score, answer.c.choice, answer.c.text, answer.c.amount).join(
        answer, answer.c.rating_id == rating.c.id
    )
    query = query.where(rating.c.day.between(period.start, period.end), last)
    if units is not None:
        query = query.where(rating.c.unit.in_(sorted(units)))
    rows = connection.execute(query.order_by(rating.c.id, answer.c.item).limit(PIECE))
    return [_rating_row(row) for row in rows]


_RATING_COLUMNS = frozenset({
    "id", "day", "unit", "field", "service", "procedure", "verified", "assisted", "channel", "questionnaire",
    "version", "state",
})  # fmt: skip


def _rating_row(row: Row[*tuple[Any, ...]]) -> RatingRow:
    return RatingRow(
        row.id, row.day, row.unit, row.field, row.service, row.procedure, row.verified, row.assisted, row.channel,
        row.questionnaire, row.version, row.state, row.item, row.score, row.choice, row.text, row.amount,
    )  # fmt: skip


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
