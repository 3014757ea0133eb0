"""Which dossiers have been rated: by at least one answer. Who opened a code and left said nothing yet."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, Select, exists, select

from storage.tables.ratings import answer, rating


def rated(connection: Connection, codes: Collection[str]) -> set[str]:
    """Return those of some dossiers of which somebody has answered something."""
    return {str(code) for code in connection.scalars(_answered().where(rating.c.dossier.in_(codes)))}


def is_rated(code: ColumnElement[str]) -> ColumnElement[bool]:
    """Say in a query whether somebody has answered something of the dossier of a code."""
    return exists(_answered().where(rating.c.dossier == code))


def is_rated_by_another(connection: Connection, dossier: str, person_id: int | None) -> bool:
    """Say whether somebody else than this person has answered something of a dossier.

    person_id  None for somebody of whom we know nothing; who was erased since is somebody else to everybody
    """
    found = _answered().where(rating.c.dossier == dossier)
    if person_id is not None:
        found = found.where(rating.c.person_id.is_distinct_from(person_id))
    return connection.scalar(found.limit(1)) is not None


def open_of_others(connection: Connection, dossier: str, person_id: int) -> list[int]:
    """Return the numbers of the ratings of a dossier that others have open, locked: they take no answer meanwhile."""
    others = (rating.c.dossier == dossier, rating.c.person_id.is_distinct_from(person_id), rating.c.closed_at.is_(None))
    return list(connection.scalars(select(rating.c.id).where(*others).order_by(rating.c.id).with_for_update()))


def _answered() -> Select[str]:
    return select(rating.c.dossier).join(answer, answer.c.rating_id == rating.c.id)
