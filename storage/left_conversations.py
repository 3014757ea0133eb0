"""Conversations that people left: interrupted by another one, or not gone on with."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from storage.conversations import Conversation
from storage.prepared import Prepared
from storage.tables.conversations import conversation

_COLUMNS = (
    conversation.c.id,
    conversation.c.chat_id,
    conversation.c.script,
    conversation.c.args,
    conversation.c.journal,
    conversation.c.asked,
    conversation.c.step,
    conversation.c.updated_at,
)

_PAUSED = Prepared(
    select(*_COLUMNS)
    .where(conversation.c.chat_id == bindparam("chat"), conversation.c.status == "paused")
    .order_by(conversation.c.updated_at.desc(), conversation.c.id.desc())
)


def paused(connection: Connection, chat_id: int) -> list[Conversation]:
    """Return the chat's interrupted conversations, the latest first."""
    return [Conversation(*row) for row in _PAUSED.all(connection, {"chat": chat_id})]


def overdue(
    connection: Connection, *, reminded_before: datetime, paused_before: datetime, limit: int = 100
) -> list[int]:
    """Return the conversations to be given up: open ones reminded so long ago, interrupted ones so old."""
    is_open = (conversation.c.status == "open") & (conversation.c.reminded_at <= reminded_before)
    is_paused = (conversation.c.status == "paused") & (conversation.c.updated_at <= paused_before)
    query = select(conversation.c.id).where(is_open | is_paused).order_by(conversation.c.updated_at).limit(limit)
    return list(connection.scalars(query))
