"""Dossiers that were rated low by their own code: what Decision 766/QĐ-TTg takes off, whichever questionnaire asked."""

from collections.abc import Sequence

from sqlalchemy import Connection, Select, func, select

from storage.petition_figures import DISLIKED
from storage.tables.ratings import answer, rating

OVERALL = "overall"
"""The item that says how satisfied somebody is altogether."""


def is_low(score: object) -> bool:
    """Say whether an answer to the item, a score or None, is a low one."""
    return isinstance(score, int) and score <= DISLIKED


def among(connection: Connection, codes: Sequence[str]) -> set[str]:
    """Return which of some dossiers, at most some thousand, are disliked."""
    return {str(code) for code in connection.scalars(low_ratings().where(rating.c.dossier.in_(codes)).distinct())}


def number(connection: Connection, code: str) -> int:
    """Count the low ratings of a dossier."""
    low = low_ratings().where(rating.c.dossier == code).subquery()
    return connection.scalar(select(func.count()).select_from(low)) or 0


def dossier_of(connection: Connection, rating_id: int) -> str | None:
    """Return the dossier of a rating when the rating is low and has one."""
    return connection.scalar(low_ratings().where(rating.c.id == rating_id))


def low_ratings() -> Select[str | None]:
    """Give the code of the dossier of each low rating that its own code proved."""
    return (
        select(rating.c.dossier)
        .join(answer, answer.c.rating_id == rating.c.id)
        .where(rating.c.verified, answer.c.item == OVERALL, answer.c.score <= DISLIKED)
    )
