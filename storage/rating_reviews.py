"""What people decided about ratings with signs, and every figure in three ways.

Nothing is ever dropped: a figure is given over all ratings, without the suspect ones, and with the decisions applied,
in which a rating that was found valid counts and one that was found doubtful does not, whatever the checks say of it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, func, insert, or_, select

from offices.errors import DomainError
from offices.words import clean
from storage import audit
from storage.figures import Scope
from storage.tables.integrity import flagged_rating, rating_review
from storage.tables.ratings import answer, rating
from surveys.scoring import Tally

MOST_AT_ONCE = 5000
"""Ratings that one decision may be about: an organised burst is judged as a whole."""
LONGEST_REASON = 1000
_CHUNK = 500


class Decision(StrEnum):
    """What a person found."""

    VALID = "valid"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Verdict:
    """A decision about some ratings, and why."""

    ratings: Collection[int]
    decision: Decision
    reason: str


def decide(connection: Connection, verdict: Verdict, *, staff_id: int, now: datetime) -> int:
    """Add a decision to each rating's history, with an entry of the audit trail; return how many ratings.

    Raises DomainError: `reason_missing`, `reason_too_long` (length, most), `ratings_missing` without any rating that
    has signs or a decision, `too_many_ratings` (number, most).
    """
    reason = clean(verdict.reason)
    if not reason:
        raise DomainError("reason_missing")
    if len(reason) > LONGEST_REASON:
        raise DomainError("reason_too_long", length=len(reason), most=LONGEST_REASON)
    if len(verdict.ratings) > MOST_AT_ONCE:
        raise DomainError("too_many_ratings", number=len(verdict.ratings), most=MOST_AT_ONCE)
    known = _known(connection, verdict.ratings)
    if not known:
        raise DomainError("ratings_missing")
    values = {"decision": verdict.decision.value, "reason": reason, "staff_id": staff_id, "at": now}
    connection.execute(insert(rating_review), [{"rating_id": number, **values} for number in known])
    audit.record(
        connection, at=now, actor=f"staff:{staff_id}", action="rating.review", subject=f"ratings:{len(known)}",
        details={"decision": verdict.decision.value, "reason": reason, "ratings": known},
    )  # fmt: skip
    return len(known)


class Left(StrEnum):
    """Which ratings a figure leaves out."""

    SUSPECT = "suspect"
    DECIDED = "decided"  # suspect and not found valid, or found doubtful


def left_out(connection: Connection, questionnaire: str, item: str, scope: Scope, left: Left) -> dict[str, Tally]:
    """Tally, by unit, the answers to a scale item that a figure without these ratings leaves out.

    Of the scope only period and units count.
    """
    query = (
        select(rating.c.unit, answer.c.score, func.count())
        .join(answer, answer.c.rating_id == rating.c.id)
        .where(rating.c.questionnaire == questionnaire, answer.c.item == item, answer.c.score.is_not(None))
        .where(rating.c.day.between(scope.period.start, scope.period.end), rating.c.id.in_(_left(left)))
        .group_by(rating.c.unit, answer.c.score)
    )
    if scope.units is not None:
        query = query.where(rating.c.unit.in_(sorted(scope.units)))
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for unit, score, number in connection.execute(query):
        counts[unit][score] += number
    return {unit: Tally((one[1], one[2], one[3], one[4], one[5])) for unit, one in counts.items()}


def _last() -> Select[Any]:
    """Select the last decision of each rating that has any."""
    newest = select(func.max(rating_review.c.id)).group_by(rating_review.c.rating_id)
    return select(rating_review.c.rating_id, rating_review.c.decision).where(rating_review.c.id.in_(newest))


def decided(decision: Decision) -> Select[Any]:
    """Select the numbers of the ratings whose last decision is this one."""
    last = _last().subquery()
    return select(last.c.rating_id).where(last.c.decision == decision.value)


def _left(left: Left) -> Any:
    suspect = select(flagged_rating.c.rating_id).where(flagged_rating.c.suspect.is_(True))
    if left is Left.SUSPECT:
        return suspect
    found_valid = decided(Decision.VALID)
    return suspect.where(flagged_rating.c.rating_id.not_in(found_valid)).union(decided(Decision.DOUBTFUL))


def _known(connection: Connection, asked: Collection[int]) -> list[int]:
    """Keep the numbers of ratings that have signs or a decision, in order."""
    known: set[int] = set()
    wanted = sorted(set(asked))
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        query = select(rating.c.id).where(
            rating.c.id.in_(some),
            or_(
                rating.c.id.in_(select(flagged_rating.c.rating_id)), rating.c.id.in_(select(rating_review.c.rating_id))
            ),
        )
        known.update(connection.scalars(query))
    return sorted(known)
