"""Conversations and the events that moved them: one open conversation per chat, each event taken once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage.prepared import Prepared
from storage.tables.conversations import conversation, dead_letter, event


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation as it is stored.

    script   name of the script; `args` is what it was started with (JSON)
    journal  JSON entries, see bot.dialogue
    asked    key of the question that the person was shown last, None when nothing is open
    step     grows with every turn, so that old buttons are known as old
    """

    id: int
    chat_id: int
    script: str
    args: Mapping[str, Any]
    journal: Sequence[Any]
    asked: str | None
    step: int
    updated_at: datetime

    def after(self, journal: Sequence[Any], asked: str | None) -> "Conversation":
        """Return the conversation one turn later."""
        return Conversation(  # dataclasses.replace takes five times as long, at each event
            self.id, self.chat_id, self.script, self.args, journal, asked, self.step + 1, self.updated_at
        )


_KEYS_AT_ONCE = 900
"""Fewer than the parameters that an old SQLite takes."""
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

_TAKE = Prepared.upsert(event, lambda new: new.on_conflict_do_nothing())
_OPEN_IN = Prepared(
    select(*_COLUMNS).where(conversation.c.chat_id == bindparam("chat"), conversation.c.status == "open")
)
_LATEST_PAUSED = Prepared(
    select(*_COLUMNS)
    .where(
        conversation.c.chat_id == bindparam("chat"),
        conversation.c.status == "paused",
        conversation.c.updated_at >= bindparam("since"),
    )
    .order_by(conversation.c.updated_at.desc(), conversation.c.id.desc())
    .limit(1)
)
_START = Prepared(insert(conversation).returning(conversation.c.id))
_TURN: dict[str, Any] = {
    "journal": bindparam("new_journal"), "asked": bindparam("now_asked"), "step": bindparam("new_step"),
    "updated_at": bindparam("now"), "reminded_at": None,
}  # fmt: skip
_OF_NUMBER = conversation.c.id == bindparam("number")
# A statement that sets the status writes every index that tells open ones from others anew, also where it stays.
_SAVE_OPEN = Prepared(update(conversation).where(_OF_NUMBER, conversation.c.status == "open").values(**_TURN))
_SAVE = Prepared(update(conversation).where(_OF_NUMBER).values(**_TURN, status=bindparam("new_status")))


def take_event(connection: Connection, channel: str, account: str, event_key: str, now: datetime) -> bool:
    """Note that an event is taken, in the transaction that handles it; False when it was taken before."""
    values = {"channel": channel, "account": account, "event_key": event_key, "taken_at": now}
    return _TAKE.adds(connection, values)


def known_events(connection: Connection, channel: str, account: str, keys: Sequence[str]) -> set[str]:
    """Return those of some keys whose events were taken."""
    found: set[str] = set()
    for begin in range(0, len(keys), _KEYS_AT_ONCE):
        some = event.c.event_key.in_(keys[begin : begin + _KEYS_AT_ONCE])
        found |= set(
            connection.scalars(
                select(event.c.event_key).where(event.c.channel == channel, event.c.account == account, some)
            )
        )
    return found


def forget_events(connection: Connection, before: datetime) -> int:
    """Forget the keys of events older than `before`; return how many. Channels repeat for two days at most."""
    return connection.execute(delete(event).where(event.c.taken_at < before)).rowcount


def open_in(connection: Connection, chat_id: int) -> Conversation | None:
    """Return the chat's open conversation."""
    row = _OPEN_IN.first(connection, {"chat": chat_id})
    return _conversation(row) if row else None


def by_id(connection: Connection, conversation_id: int) -> tuple[Conversation, str] | None:
    """Return a conversation with its status."""
    row = connection.execute(
        select(*_COLUMNS, conversation.c.status).where(conversation.c.id == conversation_id)
    ).first()
    return (_conversation(row), row.status) if row else None


def latest_paused(connection: Connection, chat_id: int, since: datetime) -> Conversation | None:
    """Return the conversation that was interrupted last, if it was not before `since`."""
    row = _LATEST_PAUSED.first(connection, {"chat": chat_id, "since": since})
    return _conversation(row) if row else None


def start(connection: Connection, chat_id: int, script: str, args: Mapping[str, Any], now: datetime) -> Conversation:
    """Open a conversation; the chat must have no open one."""
    values = {
        "chat_id": chat_id, "script": script, "args": dict(args), "journal": [], "asked": None, "step": 0,
        "status": "open", "started_at": now, "updated_at": now,
    }  # fmt: skip
    return Conversation(_START.first(connection, values).id, chat_id, script, dict(args), [], None, 0, now)


def save(connection: Connection, kept: Conversation, status: str, now: datetime) -> None:
    """Store where a conversation stands; `status` is open, paused, done, cancelled, abandoned or failed."""
    values = {
        "number": kept.id, "new_journal": list(kept.journal), "now_asked": kept.asked, "new_step": kept.step,
        "now": now,
    }  # fmt: skip
    if status != "open" or not _SAVE_OPEN.run(connection, values):
        _SAVE.run(connection, {**values, "new_status": status})


def idle(connection: Connection, now: datetime, after: timedelta, *, reminded: bool, limit: int = 100) -> list[int]:
    """Return open conversations without a word for `after`, that were (or were not) reminded."""
    was = conversation.c.reminded_at.is_not(None) if reminded else conversation.c.reminded_at.is_(None)
    query = select(conversation.c.id).where(
        conversation.c.status == "open", conversation.c.updated_at <= now - after, was
    )
    return list(connection.scalars(query.order_by(conversation.c.updated_at).limit(limit)))


def mark_reminded(connection: Connection, conversation_id: int, now: datetime) -> bool:
    """Note the one reminder of an idle conversation; False when there was one or it is no longer open."""
    statement = update(conversation).where(
        conversation.c.id == conversation_id, conversation.c.status == "open", conversation.c.reminded_at.is_(None)
    )
    return connection.execute(statement.values(reminded_at=now)).rowcount == 1


def bury(
    connection: Connection, *, channel: str, account: str, raw: Mapping[str, Any], reason: str, now: datetime
) -> None:
    """Keep an event that could not be handled, whole, with the reason."""
    values = {"channel": channel, "account": account, "raw": dict(raw), "reason": reason}
    connection.execute(insert(dead_letter).values(**values, at=now, state="new"))


def _conversation(row: Any) -> Conversation:
    return Conversation(row.id, row.chat_id, row.script, row.args, row.journal, row.asked, row.step, row.updated_at)
