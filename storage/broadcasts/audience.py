"""Whom a broadcast reaches: chats that can be reached and did not say no."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, select, update

from storage.broadcasts.records import Audience, Draft
from storage.tables.broadcasts import broadcast_refusal
from storage.tables.delivery import outbox as letters
from storage.tables.people import chat
from storage.tables.petitions import petition, petition_reporter
from storage.tables.ratings import rating
from storage.upsert import insert_for
from storage.web_messages import DIRECT_CHANNELS


def chats_of(draft: Draft, *columns: ColumnElement[Any]) -> Select[Any]:
    """Select of the chats that a broadcast is for those that can be reached now and did not say no.

    Private chats only: in one of these, chat and person have the same number in every channel.
    """
    wanted = select(*columns).where(
        chat.c.state == "active",
        chat.c.channel.not_in(sorted(DIRECT_CHANNELS)),
        chat.c.external_chat == chat.c.external_person,
        ~exists().where(broadcast_refusal.c.chat_id == chat.c.id),
    )
    if draft.audience is Audience.RATED:
        return wanted.where(chat.c.person_id.in_(select(rating.c.person_id).where(rating.c.unit == draft.unit)))
    if draft.audience is Audience.PETITIONED:
        sent = select(petition_reporter.c.chat_id).join(petition, petition.c.id == petition_reporter.c.petition_id)
        return wanted.where(chat.c.id.in_(sent.where(petition.c.unit == draft.unit)))
    return wanted


def size(connection: Connection, draft: Draft) -> int:
    """Count the chats that a draft would go to now."""
    return connection.scalar(chats_of(draft, func.count())) or 0


def is_empty(connection: Connection, draft: Draft) -> bool:
    """Say whether nobody would get a draft now: at once, where `size` looks at every chat."""
    return connection.scalar(chats_of(draft, chat.c.id).limit(1)) is None


def refuse(connection: Connection, chat_id: int, now: datetime) -> None:
    """Send this chat no more broadcasts, not even one that waits; what concerns its own petitions still comes."""
    connection.execute(
        insert_for(connection, broadcast_refusal).values(chat_id=chat_id, at=now).on_conflict_do_nothing()
    )
    waits = and_(
        letters.c.chat_id == chat_id, letters.c.state.in_(("queued", "held")), letters.c.broadcast_id.is_not(None)
    )
    connection.execute(update(letters).where(waits).values(state="cancelled"))


def accept(connection: Connection, chat_id: int) -> None:
    """Send this chat broadcasts again."""
    connection.execute(delete(broadcast_refusal).where(broadcast_refusal.c.chat_id == chat_id))
