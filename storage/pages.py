"""What only the web pages read: lists and names that no rule of the domain needs. Reads only."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from petitions.model import File
from storage.tables.audit import audit
from storage.tables.petitions import answer_file, attachment, petition_rating
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


def draft_files_of(connection: Connection, petition_id: int) -> dict[int, list[File]]:
    """Return the files of every draft there was, in their order, by the number of the step that wrote it."""
    columns = (answer_file.c.step, answer_file.c.ref, answer_file.c.mime, answer_file.c.size)
    query = select(*columns).where(answer_file.c.petition_id == petition_id)
    found: dict[int, list[File]] = {}
    for step, *file in connection.execute(query.order_by(answer_file.c.step, answer_file.c.place)):
        found.setdefault(step, []).append(File(*file))
    return found


def answer_ratings_of(connection: Connection, petition_id: int) -> list[AnswerRating]:
    """Return how the sender rated the answers, oldest first."""
    columns = (petition_rating.c.look, petition_rating.c.score, petition_rating.c.comment, petition_rating.c.at)
    query = select(*columns).where(petition_rating.c.petition_id == petition_id).order_by(petition_rating.c.look)
    return [AnswerRating(*row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the audit trail."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]


def audit_entries(connection: Connection, *, begins: str, before: int | None, limit: int) -> list[AuditEntry]:
    """Return entries, latest first: those before number `before` whose actor, action or subject begins so."""
    columns = (audit.c.seq, audit.c.at, audit.c.actor, audit.c.action, audit.c.subject, audit.c.details)
    query = select(*columns).order_by(audit.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.seq < before)
    if begins:
        parts = (audit.c.actor, audit.c.action, audit.c.subject)
        query = query.where(or_(*(part.startswith(begins, autoescape=True) for part in parts)))
    rows = connection.execute(query)
    return [AuditEntry(row.seq, row.at, row.actor, row.action, row.subject, json.loads(row.details)) for row in rows]


def names_of_staff(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of officials by their ids."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {
        row.id: row.name for row in connection.execute(select(staff.c.id, staff.c.name).where(staff.c.id.in_(wanted)))
    }
