"""Ratings held against the list of finished dossiers: how many of each stratum answered, and what they say together.

The cohort are the dossiers whose result was ready in the period, whenever their citizens answered: codes live for days,
so answers come while the period is being closed, and after it. What is to hold still names a moment. A dossier counts
once, by its first rating of the questionnaire that was proved by a token and that the citizen filled in himself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, case, func, select

from offices.dossiers import StratumKey
from offices.units import Tier
from storage.dossiers import finished_by_stratum
from storage.tables.dossiers import dossier
from storage.tables.ratings import answer, rating
from surveys.periods import Period
from surveys.scoring import SATISFIED
from surveys.strata import PostStratified, Stratum, post_stratify


@dataclass(frozen=True)
class Asked:
    """What is estimated, over which dossiers.

    questionnaire, items   the codes; several items make an index, pooled
    period                 in which the dossiers were finished
    units, fields          codes of the dossiers'; units None and no fields = all
    answered_before        aware; answers from this moment on do not count; None = every answer does
    """

    questionnaire: str
    items: Collection[str]
    period: Period
    units: frozenset[str] | None = None
    fields: tuple[str, ...] = ()
    answered_before: datetime | None = None


@dataclass(frozen=True)
class ListFigures:
    """The estimate for the whole list, and the strata that it is made of, in the order of their codes."""

    estimate: PostStratified
    strata: tuple[Stratum, ...]


def list_figures(connection: Connection, asked: Asked) -> ListFigures:
    """Estimate the satisfied share of all finished dossiers from those that were rated.

    It reads the ratings themselves, not the tallies, which know the day of an answer and not that of the dossier: the
    cost grows with the rated dossiers of the period.
    """
    listed = finished_by_stratum(connection, asked.period, asked.units, asked.fields)
    answered = _answered(connection, asked)
    strata = tuple(_stratum(key, number, answered.get(key)) for key, number in listed.items())
    return ListFigures(post_stratify(strata), strata)


@dataclass(frozen=True)
class _Answered:
    """Respondents, their valid answers, and the satisfied ones of these."""

    n: int
    answers: int
    top2: int


def _stratum(key: StratumKey, population: int, found: _Answered | None) -> Stratum:
    if found is None:
        return Stratum(*key, population, 0, 0)
    return Stratum(*key, population, found.n, Fraction(found.top2 * found.n, found.answers))


def _answered(connection: Connection, asked: Asked) -> dict[StratumKey, _Answered]:
    rated = _rated(asked)
    key = (dossier.c.unit, dossier.c.field, dossier.c.level)
    counted = (func.count(), func.sum(rated.c.answers), func.sum(rated.c.top2))
    query = (
        select(*key, *counted).join(rated, rated.c.dossier == dossier.c.code).where(rated.c.place == 1).group_by(*key)
    )
    return {
        StratumKey(unit, field, Tier(level)): _Answered(n, int(answers), int(top2))
        for unit, field, level, n, answers, top2 in connection.execute(query)
    }


def _rated(asked: Asked) -> Subquery:
    """Give each rating of the cohort with its answers, and its place among those of its dossier."""
    satisfied = case((answer.c.score.in_(SATISFIED), 1), else_=0)
    return (
        select(
            rating.c.dossier,
            func.count().label("answers"),
            func.sum(satisfied).label("top2"),
            func.row_number().over(partition_by=rating.c.dossier, order_by=rating.c.id).label("place"),
        )
        .join(dossier, dossier.c.code == rating.c.dossier)
        .join(answer, answer.c.rating_id == rating.c.id)
        .where(*_cohort(asked), answer.c.item.in_(asked.items), answer.c.score.is_not(None))
        .group_by(rating.c.id, rating.c.dossier)
        .subquery()
    )


def _cohort(asked: Asked) -> list[ColumnElement[Any]]:
    conditions = [
        dossier.c.returned_on.between(asked.period.start, asked.period.end),
        rating.c.questionnaire == asked.questionnaire,
        rating.c.verified,
        ~rating.c.assisted,
    ]
    if asked.units is not None:
        conditions.append(dossier.c.unit.in_(asked.units))
    if asked.fields:
        conditions.append(dossier.c.field.in_(asked.fields))
    if asked.answered_before is not None:
        conditions.append(answer.c.answered_at < asked.answered_before)
    return conditions
