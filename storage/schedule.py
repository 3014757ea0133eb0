"""Work that falls due later: planned with what causes it, done once by whoever takes it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from storage.tables.delivery import due
from storage.upsert import insert_for

MOST_ATTEMPTS = 5
FIRST_WAIT = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often failing work is tried; each wait is four times the one before, up to `longest_wait`."""

    most_attempts: int = MOST_ATTEMPTS
    longest_wait: timedelta = timedelta(hours=2)

    def wait(self, attempts: int) -> timedelta:
        """Return how long to wait after so many failed attempts."""
        factor: int = min(4 ** (attempts - 1), self.longest_wait // FIRST_WAIT)
        return FIRST_WAIT * factor


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class DueWork:
    """One piece of work that is due: what kind, about what, under which key."""

    id: int
    unique_key: str
    due_at: datetime
    kind: str
    payload: Mapping[str, Any]


def plan(connection: Connection, *, unique_key: str, due_at: datetime, kind: str, payload: Mapping[str, Any]) -> None:
    """Have work of `kind` done at `due_at`; a key already planned, done or cancelled changes nothing."""
    values = {"unique_key": unique_key, "due_at": due_at, "kind": kind, "payload": dict(payload)}
    statement = insert_for(connection, due).values(**values, state="waiting", attempts=0)
    connection.execute(statement.on_conflict_do_nothing())


def cancel(connection: Connection, key_prefix: str) -> None:
    """Call off all waiting work whose key begins with `key_prefix`."""
    begins = due.c.unique_key.startswith(key_prefix, autoescape=True)
    connection.execute(update(due).where(due.c.state == "waiting", begins).values(state="cancelled"))


def due_now(connection: Connection, now: datetime, *, kinds: Collection[str], limit: int = 100) -> list[DueWork]:
    """Return what is due of some kinds, oldest first, without taking it."""
    columns = (due.c.id, due.c.unique_key, due.c.due_at, due.c.kind, due.c.payload)
    query = select(*columns).where(due.c.state == "waiting", due.c.due_at <= now, due.c.kind.in_(kinds))
    return [DueWork(*row) for row in connection.execute(query.order_by(due.c.due_at, due.c.id).limit(limit))]


def take(connection: Connection, work: DueWork) -> bool:
    """Mark the work done in the transaction that does it; False when somebody else was first."""
    statement = update(due).where(due.c.id == work.id, due.c.state == "waiting").values(state="done")
    return connection.execute(statement).rowcount == 1


def failed(connection: Connection, work: DueWork, error: str, now: datetime, patience: Patience = PATIENCE) -> bool:
    """Count a failed attempt and wait longer before each next one; after the last the work is kept as `failed`.

    Returns whether this was the last.
    """
    attempts = connection.execute(select(due.c.attempts).where(due.c.id == work.id)).scalar_one() + 1
    was_last = attempts >= patience.most_attempts
    statement = update(due).where(due.c.id == work.id, due.c.state == "waiting")
    changed = statement.values(
        attempts=attempts,
        error=error,
        due_at=now + patience.wait(attempts),
        state="failed" if was_last else "waiting",
    )
    return connection.execute(changed).rowcount == 1 and was_last


def give_up(connection: Connection, work: DueWork, error: str) -> bool:
    """Keep work that can never be done as `failed`, with the reason; False when somebody else closed it."""
    waits = (due.c.id == work.id, due.c.state == "waiting")
    return connection.execute(update(due).where(*waits).values(state="failed", error=error)).rowcount == 1
