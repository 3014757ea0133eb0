"""Whether there is anything to do at all: in a year there are many hours in which nothing is due or waits."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, literal, or_, select

from bot.schedule import ABANDONED_AFTER, REMINDED_AFTER
from storage.tables.conversations import conversation
from storage.tables.delivery import due, outbox

_ONE = literal(1)
_DUE = select(_ONE).where(due.c.state == "waiting", due.c.due_at <= bindparam("now")).limit(1)
_IDLE = (
    select(_ONE)
    .where(
        conversation.c.status == "open",
        or_(
            conversation.c.reminded_at.is_(None) & (conversation.c.updated_at <= bindparam("reminded")),
            conversation.c.updated_at <= bindparam("abandoned"),
        ),
    )
    .limit(1)
)
_QUEUED = select(_ONE).where(outbox.c.state == "queued").limit(1)


def has_due_work(connection: Connection, now: datetime) -> bool:
    """Say whether the schedule has anything to do: planned work, or a conversation that nobody goes on with."""
    if connection.scalar(_DUE, {"now": now}) is not None:
        return True
    since = {"reminded": now - REMINDED_AFTER, "abandoned": now - ABANDONED_AFTER}
    return connection.scalar(_IDLE, since) is not None


def has_letters(connection: Connection) -> bool:
    """Say whether a letter waits in the outbox."""
    return connection.scalar(_QUEUED) is not None
