"""What stands still in our own tables: messages that wait too long, and failures that wait for somebody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, or_, select

from storage import channel_states, dead_letters, undelivered
from storage.channel_states import DEAD_LETTERS, OUTBOX
from storage.outbox import Urgency
from storage.tables.base import Utc
from storage.tables.delivery import is_in, outbox

LATE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Messages that should have left more than LATE_AFTER ago, broadcasts left out: these take their time."""

    count: int
    oldest: datetime | None


def backlog(connection: Connection, now: datetime) -> Backlog:
    """Count what is late: its time came that long ago, or it was tried and put off since."""
    limit = now - LATE_AFTER
    query = select(func.count().label("number"), func.min(outbox.c.created_at).label("oldest")).where(
        is_in("queued", "sending"),
        outbox.c.urgency < int(Urgency.BROADCAST),
        outbox.c.created_at <= limit,
        or_(outbox.c.not_before <= limit, outbox.c.attempts > 0),
    )
    row = connection.execute(query).one()
    return Backlog(row.number, row.oldest)


@dataclass(frozen=True, slots=True)
class Letters:
    """Messages of one class and state that are not done with.

    oldest  when the first of those was written whose time has come, None when none has
    """

    urgency: Urgency
    state: str
    count: int
    oldest: datetime | None


def open_letters(connection: Connection, now: datetime) -> list[Letters]:
    """Count what waits, is under way or failed and is not settled; what was sent grows for ever and is left out."""
    is_due = case((outbox.c.not_before <= now, outbox.c.created_at))
    query = (
        select(
            outbox.c.urgency, outbox.c.state, func.count().label("number"), func.min(is_due, type_=Utc).label("oldest")
        )
        .where(outbox.c.settled_at.is_(None))
        .group_by(outbox.c.urgency, outbox.c.state)
    )
    # Two queries, each over the index that holds just these; one for both would read everything that was sent.
    kinds = (("queued", "sending"), undelivered.FAILED)
    rows = [row for states in kinds for row in connection.execute(query.where(is_in(*states)))]
    found = [Letters(Urgency(row.urgency), row.state, row.number, row.oldest) for row in rows]
    return sorted(found, key=lambda each: (each.urgency, each.state))


def note_backlog(connection: Connection, now: datetime) -> channel_states.ChannelState | None:
    """Keep how late the outbox is; return the state before."""
    found = backlog(connection, now)
    problem = "outbox_late" if found.count else None
    return channel_states.put(connection, OUTBOX, problem=problem, now=now, waiting=found.count, since=found.oldest)


def note_failures(connection: Connection, now: datetime) -> channel_states.ChannelState | None:
    """Keep how many events and personal messages wait for an administrator; return the state before."""
    events = dead_letters.count_by_state(connection).get("new", 0)
    waiting = events + undelivered.count(connection, Urgency.NOTICE)
    problem = "failures_wait" if waiting else None
    since = dead_letters.oldest_new(connection)
    return channel_states.put(connection, DEAD_LETTERS, problem=problem, now=now, waiting=waiting, since=since)
