"""Chats: how persons and staff are reached, and whether they still are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from offices.words import clean
from storage.prepared import Prepared
from storage.tables.people import chat, identity, person
from storage.tables.staff import staff_chat


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
    """Who turns up in a channel: the channel's ids, and what it tells about the person, as it tells it."""

    channel: str
    account: str
    external_chat: str
    external_person: str
    language: str
    name: str | None = None
    username: str | None = None


TABLET = "tablet:"
"""Begins the external id of a web chat at a counter tablet; the tablet's mark and the chat's own part follow."""
LONGEST_NAME, LONGEST_USERNAME = 120, 64
SEEN_ANEW = timedelta(hours=12)
"""A chat's last event is noted so often: enough to know who is still there, and no write for each message."""

_COLUMNS = (
    chat.c.id,
    chat.c.person_id,
    chat.c.channel,
    chat.c.account,
    chat.c.external_chat,
    chat.c.language,
    chat.c.state,
)

_OF_CALLER = select(*_COLUMNS).where(
    chat.c.channel == bindparam("channel"),
    chat.c.account == bindparam("account"),
    chat.c.external_chat == bindparam("external_chat"),
)
_WITH_LAST_SEEN = _OF_CALLER.add_columns(chat.c.last_seen_at)
_FIND = Prepared(_OF_CALLER)
_FIND_LOCKED = Prepared(_WITH_LAST_SEEN, _WITH_LAST_SEEN.with_for_update())
_REVIVE = Prepared(
    update(chat).where(chat.c.id == bindparam("number")).values(state="active", last_seen_at=bindparam("now"))
)
_ADD_PERSON = Prepared(insert(person).returning(person.c.id))
# Two first messages of one person may arrive at once on two workers: the second insert does nothing.
_ADD = Prepared.upsert(chat, lambda new: new.on_conflict_do_nothing().returning(chat.c.id))
_ADD_IDENTITY = Prepared(insert(identity))


def find(connection: Connection, channel: str, account: str, external_chat: str) -> Chat | None:
    """Return the chat with the channel's id, None when nobody has written from it yet."""
    row = _FIND.first(connection, {"channel": channel, "account": account, "external_chat": external_chat})
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


def welcome(
    connection: Connection, caller: Caller, now: datetime, *, is_there: bool = True, at: datetime | None = None
) -> Chat:
    """Return the caller's chat, locked for this transaction; a first-time caller gets one.

    is_there  whether the caller did something himself: who left is not back because somebody else wrote to him
    at        when he did, where a channel tells of it late or out of order: who left after that is not back either

    The lock serialises the events of one chat over all workers (security.md R8).
    """
    key = {"channel": caller.channel, "account": caller.account, "external_chat": caller.external_chat}
    row = _FIND_LOCKED.first(connection, key)
    if row is None:
        if (new := _add(connection, caller, now)) is not None:
            return new
        row = _FIND_LOCKED.first(connection, key)
    elif row.state != "active" and (not is_there or (at is not None and at < row.last_seen_at)):
        return Chat(row.id, row.person_id, row.channel, row.account, row.external_chat, row.language, row.state)
    elif is_there and (row.state != "active" or row.last_seen_at < now - SEEN_ANEW):
        _REVIVE.run(connection, {"number": row.id, "now": now})
    return Chat(
        row.id, row.person_id, row.channel, row.account, row.external_chat, row.language, state="active"
    )  # fmt: skip


def _add(connection: Connection, caller: Caller, now: datetime) -> Chat | None:
    """Add a chat, which nobody else can see before our commit; None where another worker was quicker."""
    person_id = _ADD_PERSON.first(connection, {"created_at": now}).id
    values = {
        "channel": caller.channel, "account": caller.account, "external_chat": caller.external_chat,
        "external_person": caller.external_person, "person_id": person_id, "language": caller.language,
        "state": "active", "created_at": now, "last_seen_at": now,
    }  # fmt: skip
    added = _ADD.first(connection, values)
    if added is None:
        return None
    name = clean(caller.name or "")[:LONGEST_NAME] or None
    username = clean(caller.username or "")[:LONGEST_USERNAME] or None
    if name or username:
        who = {"person_id": person_id, "name": name, "username": username, "updated_at": now}
        _ADD_IDENTITY.run(connection, who)
    return Chat(added.id, person_id, caller.channel, caller.account, caller.external_chat, caller.language, "active")


def set_language(connection: Connection, chat_id: int, language: str) -> None:
    """Speak `vi` or `en` in this chat from now on."""
    connection.execute(update(chat).where(chat.c.id == chat_id).values(language=language))


def set_state(connection: Connection, chat_id: int, state: str) -> None:
    """Mark a chat `active` or `unreachable` (blocked, gone)."""
    connection.execute(update(chat).where(chat.c.id == chat_id).values(state=state))


def leave(connection: Connection, chat_id: int, at: datetime) -> None:
    """Mark a chat as unreachable whose person left at `at`: what he did before, and is told later, is no return."""
    connection.execute(update(chat).where(chat.c.id == chat_id).values(state="unreachable", last_seen_at=at))


def move(connection: Connection, chat_id: int, external_chat: str) -> bool:
    """Keep the chat under the new id that its channel gave it; False when somebody wrote from there already.

    Then the old chat has nobody behind it any more: what is to be said is said in the new one.
    """
    old = by_id(connection, chat_id)
    if find(connection, old.channel, old.account, external_chat) is not None:
        set_state(connection, chat_id, "unreachable")
        return False
    connection.execute(update(chat).where(chat.c.id == chat_id).values(external_chat=external_chat))
    return True


def chats_of_staff(connection: Connection, staff_id: int) -> list[int]:
    """Return the numbers of the chats that an official linked."""
    query = select(staff_chat.c.chat_id).join(chat, chat.c.id == staff_chat.c.chat_id)
    return list(connection.scalars(query.where(staff_chat.c.staff_id == staff_id, chat.c.state == "active")))
