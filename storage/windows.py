"""Windows: when a person last wrote in a chat, and whether somebody answers there by hand.

Zalo lets an account write for free only 48 hours after the person's last interaction (zalo.md A8).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select, update

from storage.prepared import Prepared
from storage.tables.people import chat
from storage.tables.windows import chat_window as table
from storage.upsert import insert_for

WINDOWED_CHANNELS = frozenset({"zalo"})
LONGEST_ASIDE = 4000
"""Characters kept of what somebody writes while he is answered by hand: as much as a petition's text."""


@dataclass(frozen=True, slots=True)
class Window:
    """One chat's.

    interacted_at  None: never, as far as we know
    human_until    the bot is silent until then; None: it answers
    aside          what the person wrote since the last answer by hand, empty for nothing
    """

    interacted_at: datetime | None = None
    human_until: datetime | None = None
    aside: str = ""

    def is_answered_by_hand(self, now: datetime) -> bool:
        """Say whether the bot is to be silent."""
        return self.human_until is not None and now < self.human_until


_COLUMNS = (table.c.interacted_at, table.c.human_until, table.c.aside)
_FIND = Prepared(select(*_COLUMNS).where(table.c.chat_id == bindparam("chat")))
_INTERACTED = Prepared.upsert(
    table,
    lambda new: new.on_conflict_do_update(
        index_elements=["chat_id"],
        set_={"interacted_at": new.excluded.interacted_at},
        # Events come late and in any order; the last interaction is the latest.
        where=or_(table.c.interacted_at.is_(None), table.c.interacted_at < new.excluded.interacted_at),
    ),
)


def find(connection: Connection, chat_id: int) -> Window:
    """Return what is known of a chat's window; an empty one where nothing is."""
    row = _FIND.first(connection, {"chat": chat_id})
    return Window(row.interacted_at, row.human_until, row.aside or "") if row else Window()


def last_interaction(connection: Connection, chat_id: int) -> datetime | None:
    """Return when the person last did what opens the free window; None: never, as far as we know."""
    return find(connection, chat_id).interacted_at


def interactions(
    connection: Connection, channel: str, account: str, external_chats: Collection[str]
) -> dict[str, datetime]:
    """Return of some chats of an account, at most some hundred, when their person last did something, where known."""
    of_account = (chat.c.channel == channel, chat.c.account == account, chat.c.external_chat.in_(external_chats))
    query = select(chat.c.external_chat, table.c.interacted_at).join(table, table.c.chat_id == chat.c.id)
    rows = connection.execute(query.where(*of_account, table.c.interacted_at.is_not(None)))
    return {row.external_chat: row.interacted_at for row in rows}


def interacted(connection: Connection, chat_id: int, at: datetime) -> None:
    """Note that the person did something at `at`; an earlier moment than the known one changes nothing."""
    _INTERACTED.run(connection, {"chat_id": chat_id, "interacted_at": at})


def answered_by_hand(connection: Connection, chat_id: int, until: datetime) -> None:
    """Leave the chat to somebody who answers by hand; what the person wrote before has been answered by that."""
    new = insert_for(connection, table).values(chat_id=chat_id, human_until=until)
    later = or_(table.c.human_until.is_(None), table.c.human_until < new.excluded.human_until)
    changed = {"human_until": new.excluded.human_until, "aside": None}
    connection.execute(new.on_conflict_do_update(index_elements=["chat_id"], set_=changed, where=later))


def set_aside(connection: Connection, chat_id: int, text: str) -> None:
    """Keep what the person wrote while he is answered by hand, at most LONGEST_ASIDE characters in all."""
    joined = func.substr(func.coalesce(table.c.aside + "\n", "") + text, 1, LONGEST_ASIDE)
    connection.execute(update(table).where(table.c.chat_id == chat_id).values(aside=joined))


def take_over(connection: Connection, chat_id: int) -> None:
    """Let the bot answer again."""
    connection.execute(update(table).where(table.c.chat_id == chat_id).values(human_until=None))


def take_aside(connection: Connection, chat_id: int) -> str:
    """Return what was set aside, and forget it."""
    aside = find(connection, chat_id).aside
    if aside:
        connection.execute(update(table).where(table.c.chat_id == chat_id).values(aside=None))
    return aside


def forget_words(connection: Connection, person_id: int) -> None:
    """Forget what a person wrote to somebody who answers by hand."""
    chats = select(chat.c.id).where(chat.c.person_id == person_id)
    connection.execute(update(table).where(table.c.chat_id.in_(chats)).values(aside=None))
