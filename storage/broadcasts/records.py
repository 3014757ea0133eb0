"""Broadcasts as they are stored: what was written, for whom, and where it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, or_, select

from offices.errors import DomainError
from storage import audit
from storage.tables.broadcasts import broadcast
from storage.tables.delivery import outbox as letters


class Audience(StrEnum):
    """Whom a broadcast is for; of all only chats that can be reached and did not say no."""

    ALL = "all"
    RATED = "rated"  # who rated the unit
    PETITIONED = "petitioned"  # whose petition is with the unit


class State(StrEnum):
    """Where a broadcast stands."""

    DRAFTED = "drafted"  # its writer may still change it
    SUBMITTED = "submitted"  # waits for a second person
    APPROVED = "approved"  # begins by itself, after the quiet hours
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


ENDED = frozenset({State.DONE, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Draft:
    """What an official wrote.

    unit          code, for the audiences of a unit
    night_reason  why it may not wait for the morning, else None
    """

    text_vi: str
    text_en: str
    audience: Audience
    unit: str | None = None
    night_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One broadcast as it is stored.

    written_by, approved_by  numbers of accounts
    written_at               when it was last changed
    revision                 number of the change that made it what it is: 1, 2 …
    """

    id: int
    draft: Draft
    state: State
    written_by: int
    written_at: datetime
    revision: int
    approved_by: int | None
    approved_at: datetime | None
    started_at: datetime | None
    resumed_at: datetime | None
    ended_at: datetime | None
    planned: int
    queued: int
    cursor: int
    last_chat: int


def by_id(connection: Connection, number: int) -> Broadcast:
    """Return one. Raises DomainError `broadcast_not_found`."""
    row = connection.execute(select(broadcast).where(broadcast.c.id == number)).first()
    if row is None:
        raise DomainError("broadcast_not_found", number=number)
    return from_row(row)


def count(connection: Connection) -> int:
    """Count all that were ever written."""
    return connection.execute(select(func.count()).select_from(broadcast)).scalar_one()


def latest(connection: Connection, *, skip: int = 0, limit: int = 20) -> list[Broadcast]:
    """List them, the newest first."""
    query = select(broadcast).order_by(broadcast.c.id.desc()).offset(skip).limit(limit)
    return [from_row(row) for row in connection.execute(query)]


def unfinished(connection: Connection) -> list[Broadcast]:
    """List those that the worker has something to do for: also one that ended with a letter put back since."""
    put_back = exists().where(letters.c.broadcast_id == broadcast.c.id, letters.c.state == "queued")
    moving = broadcast.c.state.in_((State.APPROVED.value, State.RUNNING.value, State.PAUSED.value))
    query = select(broadcast).where(or_(moving, and_(broadcast.c.state == State.CANCELLED.value, put_back)))
    return [from_row(row) for row in connection.execute(query.order_by(broadcast.c.id))]


def from_row(row: Row[*tuple[Any, ...]]) -> Broadcast:
    """Read a whole row of the table."""
    draft = Draft(row.text_vi, row.text_en, Audience(row.audience), row.unit, row.night_reason)
    return Broadcast(
        row.id, draft, State(row.state), row.written_by, row.written_at, row.revision, row.approved_by, row.approved_at,
        row.started_at, row.resumed_at, row.ended_at, row.planned, row.queued, row.cursor, row.last_chat,
    )  # fmt: skip


def record(connection: Connection, number: int, what: str, actor: str, now: datetime) -> None:
    """Put on record what was done with a broadcast."""
    subject = f"broadcast:{number}"
    audit.record(connection, at=now, actor=actor, action=f"broadcast.{what}", subject=subject, details={})
