"""Ratings with signs, as officials look through them: filtered, counted, paged; never with who the person is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from offices.errors import DomainError
from storage.rating_reviews import MOST_AT_ONCE, Decision, decided
from storage.tables.integrity import flagged_rating, rating_flag, rating_review
from storage.tables.ratings import answer, rating
from storage.tables.staff import staff
from surveys.periods import Period


class State(StrEnum):
    """Which ratings to list."""

    OPEN = "open"  # suspect, nobody has decided
    VALID = "valid"
    DOUBTFUL = "doubtful"
    WEAK = "weak"  # has signs that do not weigh enough together
    ALL = "all"


@dataclass(frozen=True)
class Filter:
    """Which ratings with signs: begun in the period, at these units (None = all), with one sign, in a state."""

    period: Period
    units: frozenset[str] | None = None
    detector: str = ""
    state: State = State.OPEN


@dataclass(frozen=True)
class Judged:
    """One decision: by whom, when, why."""

    decision: Decision
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Sign:
    """One sign: which value crossed which threshold, made up by how many ratings together."""

    detector: str
    value: float
    limit: float
    together: int


@dataclass(frozen=True)
class Listed:
    """One rating to look at. There is nothing in it that tells who the person is.

    scores    answers by item: a score, the code of a choice; texts are in `comment`
    history   decisions, the last one first
    """

    rating: int
    unit: str
    day: date
    started_at: datetime
    channel: str
    questionnaire: str
    version: int
    suspect: bool
    scores: Mapping[str, str]
    comment: str
    signs: Sequence[Sign]
    history: Sequence[Judged]


def matching(connection: Connection, chosen: Filter) -> int:
    """Count the ratings of a filter."""
    return connection.scalar(select(func.count()).select_from(_ids(chosen).subquery())) or 0


def listed(connection: Connection, chosen: Filter, *, offset: int, limit: int) -> list[Listed]:
    """List ratings of a filter, the newest day first."""
    query = _ids(chosen).order_by(flagged_rating.c.day.desc(), flagged_rating.c.rating_id.desc())
    return _read(connection, list(connection.scalars(query.offset(offset).limit(limit))))


def numbers(connection: Connection, chosen: Filter) -> list[int]:
    """Return the numbers of all ratings of a filter. Raises DomainError `too_many_ratings` (number, most)."""
    found = list(connection.scalars(_ids(chosen).limit(MOST_AT_ONCE + 1)))
    if len(found) > MOST_AT_ONCE:
        raise DomainError("too_many_ratings", number=matching(connection, chosen), most=MOST_AT_ONCE)
    return found


Group = tuple[str, str, str]
"""Questionnaire, field ("" where there is none) and service of ratings."""


def suspects(connection: Connection, period: Period, units: frozenset[str] | None) -> dict[Group, int]:
    """Count the suspect ratings of a period, whatever was decided about them."""
    columns = (rating.c.questionnaire, func.coalesce(rating.c.field, ""), rating.c.service)
    query = select(*columns, func.count()).join(flagged_rating, flagged_rating.c.rating_id == rating.c.id)
    query = query.where(flagged_rating.c.suspect.is_(True), *_where(period, units)).group_by(*columns)
    return {(row[0], row[1], row[2]): row[3] for row in connection.execute(query)}


def by_detector(connection: Connection, period: Period, units: frozenset[str] | None) -> dict[str, int]:
    """Count the ratings with each sign."""
    query = select(rating_flag.c.detector, func.count(rating_flag.c.rating_id.distinct()))
    query = query.join(flagged_rating, flagged_rating.c.rating_id == rating_flag.c.rating_id)
    rows = connection.execute(query.where(*_where(period, units)).group_by(rating_flag.c.detector))
    return {detector: number for detector, number in rows}  # noqa: C416 - rows are no pairs to the type checker


def _where(period: Period, units: frozenset[str] | None) -> list[ColumnElement[bool]]:
    days = flagged_rating.c.day.between(period.start, period.end)
    return [days] if units is None else [days, flagged_rating.c.unit.in_(sorted(units))]


def _ids(chosen: Filter) -> Select[Any]:
    number = flagged_rating.c.rating_id
    query = select(number).where(*_where(chosen.period, chosen.units))
    if chosen.detector:
        signs = select(rating_flag.c.rating_id).where(rating_flag.c.detector == chosen.detector)
        query = query.where(number.in_(signs))
    match chosen.state:
        case State.OPEN:
            return query.where(flagged_rating.c.suspect.is_(True), number.not_in(select(rating_review.c.rating_id)))
        case State.WEAK:
            return query.where(flagged_rating.c.suspect.is_(False))
        case State.VALID | State.DOUBTFUL:
            return query.where(number.in_(decided(Decision(chosen.state.value))))
        case State.ALL:
            return query


def _read(connection: Connection, ids: Sequence[int]) -> list[Listed]:
    query = select(rating, flagged_rating.c.suspect).join(flagged_rating, flagged_rating.c.rating_id == rating.c.id)
    rows = {row.id: row for row in connection.execute(query.where(rating.c.id.in_(ids)))}
    signs, history = _signs(connection, ids), _history(connection, ids)
    scores, comments = _answers(connection, ids)
    return [
        Listed(
            rating=number, unit=row.unit, day=row.day, started_at=row.started_at, channel=row.channel,
            questionnaire=row.questionnaire, version=row.version, suspect=row.suspect, scores=scores.get(number, {}),
            comment="\n".join(comments.get(number, ())), signs=signs.get(number, ()), history=history.get(number, ()),
        )
        for number in ids
        if (row := rows.get(number)) is not None
    ]  # fmt: skip


def _signs(connection: Connection, ids: Sequence[int]) -> dict[int, list[Sign]]:
    found: dict[int, list[Sign]] = defaultdict(list)
    query = select(rating_flag).where(rating_flag.c.rating_id.in_(ids))
    for row in connection.execute(query.order_by(rating_flag.c.rating_id, rating_flag.c.place)):
        found[row.rating_id].append(Sign(row.detector, row.value, row.threshold, row.together))
    return found


def _history(connection: Connection, ids: Sequence[int]) -> dict[int, list[Judged]]:
    found: dict[int, list[Judged]] = defaultdict(list)
    query = select(rating_review, staff.c.name).join(staff, staff.c.id == rating_review.c.staff_id)
    rows = connection.execute(query.where(rating_review.c.rating_id.in_(ids)).order_by(rating_review.c.id.desc()))
    for row in rows:
        found[row.rating_id].append(Judged(Decision(row.decision), row.reason, row.name, row.at))
    return found


def _answers(connection: Connection, ids: Sequence[int]) -> tuple[dict[int, dict[str, str]], dict[int, list[str]]]:
    scores: dict[int, dict[str, str]] = defaultdict(dict)
    comments: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(select(answer).where(answer.c.rating_id.in_(ids)).order_by(answer.c.item)):
        if row.text:
            comments[row.rating_id].append(row.text)
        elif row.score is not None or row.choice is not None:
            scores[row.rating_id][row.item] = str(row.choice if row.score is None else row.score)
    return scores, comments
