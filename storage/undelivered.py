"""Messages that failed for good: refused by their channel, or perhaps sent and not to be sent twice.

An administrator sends one again where its class allows it (replies and notices may come twice, reminders and
broadcasts must not: security R5), or settles it. What it says is given out by `look_into` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from offices.errors import DomainError
from storage import audit
from storage.outbox import Urgency
from storage.tables.delivery import is_in, outbox
from storage.tables.people import chat

FAILED = ("refused", "unknown")


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that failed, without its words.

    kind        the notice's key, `reply` for what is in words already, `clear` for buttons to be taken away
    expires_at  after it the message means nothing any more
    """

    id: int
    at: datetime
    channel: str
    kind: str
    urgency: Urgency
    state: str
    reason: str
    attempts: int
    expires_at: datetime | None

    def may_go_again(self, now: datetime) -> bool:
        """Say whether sending it once more does no harm."""
        return self.urgency <= Urgency.NOTICE and (self.expires_at is None or self.expires_at > now)


_COLUMNS = (
    outbox.c.id, outbox.c.created_at, chat.c.channel, outbox.c.body["notice"].as_string().label("notice"),
    outbox.c.body["clear"].as_string().label("clear"), outbox.c.urgency, outbox.c.state, outbox.c.error,
    outbox.c.attempts, outbox.c.expires_at,
)  # fmt: skip


def some(connection: Connection, *, skip: int = 0, limit: int = 50) -> list[Undelivered]:
    """Return the messages that failed and that nobody has settled, latest first."""
    query = select(*_COLUMNS).join(chat, chat.c.id == outbox.c.chat_id).where(*_open())
    return [_letter(row) for row in connection.execute(query.order_by(outbox.c.id.desc()).offset(skip).limit(limit))]


def count(connection: Connection, most_urgent: Urgency | None = None) -> int:
    """Return how many messages failed and are not settled; `most_urgent` counts only those as urgent or more."""
    query = select(func.count()).select_from(outbox).where(*_open())
    if most_urgent is not None:
        query = query.where(outbox.c.urgency <= int(most_urgent))
    return connection.execute(query).scalar_one()


def one(connection: Connection, number: int) -> Undelivered:
    """Return a message that failed; DomainError `undelivered_unknown` for any other."""
    query = select(*_COLUMNS).join(chat, chat.c.id == outbox.c.chat_id).where(outbox.c.id == number, *_open())
    row = connection.execute(query).first()
    if row is None:
        raise DomainError("undelivered_unknown", number=number)
    return _letter(row)


def look_into(connection: Connection, number: int, *, now: datetime, actor: str) -> Mapping[str, Any]:
    """Return what the message says; the look is an entry of the audit trail."""
    _record(connection, one(connection, number), "look", now, actor)
    body: Mapping[str, Any] = connection.execute(select(outbox.c.body).where(outbox.c.id == number)).scalar_one()
    return body


def send_again(connection: Connection, number: int, *, now: datetime, actor: str) -> None:
    """Queue a message once more.

    Raises DomainError: `undelivered_unknown`; `undelivered_once` for one that must not come twice or is too late.
    """
    found = one(connection, number)
    if not found.may_go_again(now):
        raise DomainError("undelivered_once")
    values = {"state": "queued", "attempts": 0, "not_before": now, "lease_token": None, "error": None}
    _settle(connection, number, values)
    _record(connection, found, "send_again", now, actor)


def discard(connection: Connection, number: int, *, now: datetime, actor: str) -> None:
    """Settle a message: it stays as it ended, and is not shown any more. Raises DomainError `undelivered_unknown`."""
    found = one(connection, number)
    _settle(connection, number, {"settled_at": now})
    _record(connection, found, "discard", now, actor)


def _open() -> tuple[ColumnElement[bool], ...]:
    return is_in(*FAILED), outbox.c.settled_at.is_(None)


def _settle(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    statement = update(outbox).where(outbox.c.id == number, *_open()).values(**values)
    if connection.execute(statement).rowcount != 1:
        raise DomainError("undelivered_unknown", number=number)


def _record(connection: Connection, found: Undelivered, act: str, now: datetime, actor: str) -> None:
    details = {"channel": found.channel, "kind": found.kind, "state": found.state}
    subject = f"outbox:{found.id}"
    audit.record(connection, at=now, actor=actor, action=f"undelivered.{act}", subject=subject, details=details)


def _letter(row: Row[*tuple[Any, ...]]) -> Undelivered:
    kind = row.notice or ("clear" if row.clear else "reply")
    return Undelivered(
        row.id, row.created_at, row.channel, kind, Urgency(row.urgency), row.state, row.error or "", row.attempts,
        row.expires_at,
    )  # fmt: skip
