"""The lines of chats that are read from our own page or terminal: they are delivered by being written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from storage.prepared import Prepared
from storage.tables.delivery import web_message

DIRECT_CHANNELS = frozenset({"web", "terminal"})
"""Channels whose chats are read from this table."""
_ADD = Prepared.upsert(web_message, lambda new: new.on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chat page.

    own   written by the person
    body  `text`, and for ours also `buttons` (label, data), `columns`, `copy_code`, `wants`, `file`
    """

    id: int
    at: datetime
    own: bool
    body: Mapping[str, Any]


def add(
    connection: Connection,
    chat_id: int,
    *,
    own: bool,
    body: Mapping[str, Any],
    now: datetime,
    outbox_id: int | None = None,
) -> None:
    """Add a line; one that brings an outbox letter is added once, however often it is delivered."""
    values = {"chat_id": chat_id, "at": now, "own": own, "body": dict(body), "outbox_id": outbox_id}
    _ADD.run(connection, values)


def lines(connection: Connection, chat_id: int, *, after: int = 0, latest: int = 200) -> list[Line]:
    """Return the latest lines of a chat that came after line `after`, in order."""
    columns = (web_message.c.id, web_message.c.at, web_message.c.own, web_message.c.body)
    query = select(*columns).where(web_message.c.chat_id == chat_id, web_message.c.id > after)
    rows = connection.execute(query.order_by(web_message.c.id.desc()).limit(latest)).all()
    return [Line(*row) for row in reversed(rows)]


def find(connection: Connection, chat_id: int, line_id: int) -> Line | None:
    """Return one line of a chat; None where the chat has no such line."""
    query = select(web_message.c.id, web_message.c.at, web_message.c.own, web_message.c.body)
    row = connection.execute(query.where(web_message.c.id == line_id, web_message.c.chat_id == chat_id)).first()
    return Line(*row) if row else None


def forget_last_own(connection: Connection, chat_id: int) -> None:
    """Forget the line that the person wrote last: it held what must not be kept here."""
    last = select(func.max(web_message.c.id)).where(web_message.c.chat_id == chat_id, web_message.c.own.is_(True))
    connection.execute(delete(web_message).where(web_message.c.id == last.scalar_subquery()))


def newest(connection: Connection, chat_ids: Sequence[int]) -> dict[int, int]:
    """Return the number of the newest line of each of these chats that has one."""
    query = select(web_message.c.chat_id, func.max(web_message.c.id).label("newest"))
    rows = connection.execute(query.where(web_message.c.chat_id.in_(chat_ids)).group_by(web_message.c.chat_id))
    return {row.chat_id: row.newest for row in rows}


def clear(connection: Connection, chat_id: int) -> None:
    """Forget the lines of a chat: a kiosk does so when the person leaves."""
    connection.execute(delete(web_message).where(web_message.c.chat_id == chat_id))
