"""Chats: how persons and staff are reached, and whether they still are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from storage.tables.people import chat, identity, person
from storage.tables.staff import staff_chat
from storage.upsert import insert_for


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat: its number, the person behind it, the channel and the language spoken in it."""

    id: int
    person_id: int
    channel: str
    account: str
    external_chat: str
    language: str
    state: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who turns up in a channel: the channel's ids, and what it tells about the person."""

    channel: str
    account: str
    external_chat: str
    external_person: str
    language: str
    name: str | None = None
    username: str | None = None


_COLUMNS = (
    chat.c.id,
    chat.c.person_id,
    chat.c.channel,
    chat.c.account,
    chat.c.external_chat,
    chat.c.language,
    chat.c.state,
)


def find(connection: Connection, channel: str, account: str, external_chat: str) -> Chat | None:
    """Return the chat with the channel's id, None when nobody has written from it yet."""
    row = connection.execute(
        select(*_COLUMNS).where(
            chat.c.channel == channel, chat.c.account == account, chat.c.external_chat == external_chat
        )
    ).first()
    return Chat(*row) if row else None


def by_id(connection: Connection, chat_id: int) -> Chat:
    """Return the chat with our number; there must be one."""
    return Chat(*connection.execute(select(*_COLUMNS).where(chat.c.id == chat_id)).one())


def lock(connection: Connection, chat_id: int) -> Chat:
    """Return a chat, locked for this transaction like one that is writing to us just now."""
    query = select(*_COLUMNS).where(chat.c.id == chat_id)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    return Chat(*connection.execute(query).one())


def welcome(connection: Connection, caller: Caller, now: datetime) -> Chat:
    """Return the caller's chat, locked for this transaction; a first-time caller gets one.

    The lock serialises the events of one chat over all workers (security.md R8).
    """
    query = select(*_COLUMNS, chat.c.last_seen_at).where(
        chat.c.channel == caller.channel,
        chat.c.account == caller.account,
        chat.c.external_chat == caller.external_chat,
    )
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    row = connection.execute(query).first()
    if row is None:
        _add(connection, caller, now)
        row = connection.execute(query).one()
    elif row.state != "active":
        connection.execute(update(chat).where(chat.c.id == row.id).values(state="active", last_seen_at=now))
    return Chat(row.id, row.person_id, row.channel, row.account, row.external_chat, row.language, "active")


def _add(connection: Connection, caller: Caller, now: datetime) -> None:
    person_id = connection.execute(insert(person).values(created_at=now).returning(person.c.id)).scalar_one()
    # Two first messages of one person may arrive at once on two workers: the second insert does nothing.
    added = connection.execute(
        insert_for(connection, chat)
        .values(
            channel=caller.channel, account=caller.account, external_chat=caller.external_chat,
            external_person=caller.external_person, person_id=person_id, language=caller.language,
            state="active", created_at=now, last_seen_at=now,
        )
        .on_conflict_do_nothing()
        .returning(chat.c.id)
    ).first()  # fmt: skip
    if added and (caller.name or caller.username):
        values = {"name": caller.name, "username": caller.username, "updated_at": now}
        connection.execute(insert(identity).values(person_id=person_id, **values))


def set_language(connection: Connection, chat_id: int, language: str) -> None:
    """Speak `vi` or `en` in this chat from now on."""
    connection.execute(update(chat).where(chat.c.id == chat_id).values(language=language))


def set_state(connection: Connection, chat_id: int, state: str) -> None:
    """Mark a chat `active` or `unreachable` (blocked, gone)."""
    connection.execute(update(chat).where(chat.c.id == chat_id).values(state=state))


def move(connection: Connection, chat_id: int, external_chat: str) -> None:
    """Keep the chat under the new id that its channel gave it."""
    connection.execute(update(chat).where(chat.c.id == chat_id).values(external_chat=external_chat))


def chats_of_person(connection: Connection, person_id: int) -> list[int]:
    """Return the numbers of the chats in which a person can be reached, latest first."""
    query = select(chat.c.id).where(chat.c.person_id == person_id, chat.c.state == "active")
    return list(connection.scalars(query.order_by(chat.c.last_seen_at.desc(), chat.c.id.desc())))


def chats_of_staff(connection: Connection, staff_id: int) -> list[int]:
    """Return the numbers of the chats that an official linked."""
    query = select(staff_chat.c.chat_id).join(chat, chat.c.id == staff_chat.c.chat_id)
    return list(connection.scalars(query.where(staff_chat.c.staff_id == staff_id, chat.c.state == "active")))
