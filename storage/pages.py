"""What only the web pages read: lists and names that no rule of the domain needs. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from storage.tables.petitions import attachment, petition_rating
from storage.tables.staff import staff


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a petition: `number` is the step it came with, `size` is in bytes."""

    ref: str
    mime: str
    size: int
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerRating:
    """How the sender rated the answer of one look (0 is the first)."""

    look: int
    score: int
    comment: str
    at: datetime


def files_of(connection: Connection, petition_id: int) -> list[Attachment]:
    """Return a petition's files, in the order in which they came."""
    columns = (attachment.c.ref, attachment.c.mime, attachment.c.size, attachment.c.number, attachment.c.at)
    query = select(*columns).where(attachment.c.petition_id == petition_id).order_by(attachment.c.id)
    return [Attachment(*row) for row in connection.execute(query)]


def answer_ratings_of(connection: Connection, petition_id: int) -> list[AnswerRating]:
    """Return how the sender rated the answers, oldest first."""
    columns = (petition_rating.c.look, petition_rating.c.score, petition_rating.c.comment, petition_rating.c.at)
    query = select(*columns).where(petition_rating.c.petition_id == petition_id).order_by(petition_rating.c.look)
    return [AnswerRating(*row) for row in connection.execute(query)]


def names_of_staff(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of officials by their ids."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {
        row.id: row.name for row in connection.execute(select(staff.c.id, staff.c.name).where(staff.c.id.in_(wanted)))
    }
