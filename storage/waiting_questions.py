"""Mere questions that wait in the outbox: worth nothing once the conversation has gone on, or too late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from storage.outbox import Urgency
from storage.prepared import Prepared
from storage.tables.delivery import outbox


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reply that waits to be sent; `stale_at` is set for a mere question."""

    id: int
    unique_key: str
    body: Mapping[str, Any]
    stale_at: datetime | None


def chats_with_stale(connection: Connection, now: datetime, limit: int = 200) -> list[int]:
    """Return the chats in which a question waited until it was stale."""
    is_stale = (text("state = 'queued' AND stale_at IS NOT NULL"), outbox.c.stale_at <= now)
    return list(connection.scalars(select(outbox.c.chat_id).where(*is_stale).distinct().limit(limit)))


def waiting_replies(connection: Connection, chat_id: int) -> list[Waiting]:
    """Return the replies that wait in a chat, in the order in which they are to go."""
    columns = (outbox.c.id, outbox.c.unique_key, outbox.c.body, outbox.c.stale_at)
    waits = (outbox.c.chat_id == chat_id, outbox.c.state == "queued", outbox.c.urgency == int(Urgency.REPLY))
    return [Waiting(*row) for row in connection.execute(select(*columns).where(*waits).order_by(outbox.c.id))]


def collapse(connection: Connection, chat_id: int) -> None:
    """Close the mere questions that wait in a chat: another one takes their place."""
    _COLLAPSE.run(connection, {"chat": chat_id})


_COLLAPSE = Prepared(
    update(outbox)
    .where(outbox.c.chat_id == bindparam("chat"), outbox.c.state == "queued", outbox.c.stale_at.is_not(None))
    .values(state="collapsed")
)


def keep_fresh(connection: Connection, chat_id: int, until: datetime | None) -> None:
    """Let the mere questions that wait in a chat be sent as they are until then; None: however late it is."""
    waits = (outbox.c.chat_id == chat_id, outbox.c.state == "queued", outbox.c.stale_at.is_not(None))
    connection.execute(update(outbox).where(*waits).values(stale_at=until))
