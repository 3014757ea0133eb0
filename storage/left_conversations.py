"""Conversations that people left: interrupted by another one, or not gone on with."""

from datetime import datetime

from sqlalchemy import Connection, select

from storage.conversations import Conversation
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


def paused(connection: Connection, chat_id: int) -> list[Conversation]:
    """Return the chat's interrupted conversations, the latest first."""
    query = select(*_COLUMNS).where(conversation.c.chat_id == chat_id, conversation.c.status == "paused")
    rows = connection.execute(query.order_by(conversation.c.updated_at.desc(), conversation.c.id.desc()))
    return [Conversation(*row) for row in rows]


def overdue(
    connection: Connection, *, reminded_before: datetime, paused_before: datetime, limit: int = 100
) -> list[int]:
    """Return the conversations to be given up: open ones reminded so long ago, interrupted ones so old."""
    is_open = (conversation.c.status == "open") & (conversation.c.reminded_at <= reminded_before)
    is_paused = (conversation.c.status == "paused") & (conversation.c.updated_at <= paused_before)
    query = select(conversation.c.id).where(is_open | is_paused).order_by(conversation.c.updated_at).limit(limit)
    return list(connection.scalars(query))
