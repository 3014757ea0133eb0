"""Whether there is anything to do at all: in a year there are many hours in which nothing is due or waits."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, literal_column, or_, select

from bot.schedule import ABANDONED_AFTER, REMINDED_AFTER
from storage.prepared import Prepared
from storage.tables.conversations import conversation
from storage.tables.delivery import due, is_in, outbox

_ONE: ColumnElement[int] = literal_column("1")
_DUE = Prepared(select(due.c.id).where(due.c.state == "waiting", due.c.due_at <= bindparam("now")).limit(_ONE))
_IDLE = Prepared(
    select(conversation.c.id)
    .where(
        conversation.c.status == "open",
        or_(
            conversation.c.reminded_at.is_(None) & (conversation.c.updated_at <= bindparam("reminded")),
            conversation.c.updated_at <= bindparam("abandoned"),
        ),
    )
    .limit(_ONE)
)
_QUEUED = Prepared(select(outbox.c.id).where(is_in("queued", "sending"), outbox.c.state == "queued").limit(_ONE))


def has_due_work(connection: Connection, now: datetime) -> bool:
    """Say whether the schedule has anything to do: planned work, or a conversation that nobody goes on with."""
    if _DUE.first(connection, {"now": now}) is not None:
        return True
    since = {"reminded": now - REMINDED_AFTER, "abandoned": now - ABANDONED_AFTER}
    return _IDLE.first(connection, since) is not None


def has_letters(connection: Connection) -> bool:
    """Say whether a letter waits in the outbox."""
    return _QUEUED.first(connection, {}) is not None
