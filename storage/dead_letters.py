"""Dead letters: events that could not be handled, seen by an administrator, tried again or dropped.

An administrator's act only marks the row and writes the audit trail; the worker of `bot.retrying` does what is
marked. What the person wrote is given out by `look_into` alone, which writes down who looked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, select, update

from offices.errors import DomainError
from storage import audit
from storage.tables.conversations import dead_letter

WITHHELD = "withheld"
"""Stands in the raw event of which a part was not kept: such an event can only be dropped."""
UNKNOWN = "unknown"
"""The state of an event of a kind that this version does not know (storage.unknown_events): nothing failed."""
STATES = ("new", UNKNOWN, "retry", "done", "discarded")
OF_UNKNOWN_KIND = "unknown:"
"""Begins the reason of such an event; the name of its kind follows."""
WAITING = ("new", UNKNOWN)
"""What an administrator decides on."""
SETTLED = ("done", "discarded")
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that failed, without what the person wrote.

    kind         what the person did, `update` for what could not even be read
    attempts     how often it was tried again in vain
    is_withheld  its words were not kept, so it cannot be tried again
    settled_at   when it was done or dropped
    """

    id: int
    at: datetime
    channel: str
    account: str
    kind: str
    reason: str
    state: str
    attempts: int
    is_withheld: bool
    settled_at: datetime | None


_KIND = func.coalesce(dead_letter.c.raw["kind"].as_string(), "update").label("kind")
_IS_WITHHELD = func.coalesce(dead_letter.c.raw[WITHHELD].as_string(), "").label("withheld")
_COLUMNS = (
    dead_letter.c.id, dead_letter.c.at, dead_letter.c.channel, dead_letter.c.account, _KIND, dead_letter.c.reason,
    dead_letter.c.state, dead_letter.c.attempts, _IS_WITHHELD, dead_letter.c.settled_at,
)  # fmt: skip


def some(connection: Connection, state: str, *, skip: int = 0, limit: int = 50) -> list[DeadLetter]:
    """Return dead letters of a state, latest first."""
    query = select(*_COLUMNS).where(dead_letter.c.state == state).order_by(dead_letter.c.id.desc())
    return [_letter(row) for row in connection.execute(query.offset(skip).limit(limit))]


def count_by_state(connection: Connection) -> dict[str, int]:
    """Return how many dead letters are in each state, those without any left out."""
    query = select(dead_letter.c.state, func.count().label("number")).group_by(dead_letter.c.state)
    return {row.state: row.number for row in connection.execute(query)}


def oldest_new(connection: Connection) -> datetime | None:
    """Return since when a dead letter has waited for an administrator, None when none does."""
    query = select(func.min(dead_letter.c.at)).where(dead_letter.c.state == "new")
    oldest: datetime | None = connection.execute(query).scalar()
    return oldest


def one(connection: Connection, number: int) -> DeadLetter:
    """Return a dead letter; an unknown number raises DomainError `dead_letter_unknown`."""
    row = connection.execute(select(*_COLUMNS).where(dead_letter.c.id == number)).first()
    if row is None:
        raise DomainError("dead_letter_unknown", number=number)
    return _letter(row)


def look_into(connection: Connection, number: int, *, now: datetime, actor: str) -> Mapping[str, Any]:
    """Return the whole event, personal text included; the look is an entry of the audit trail."""
    found = one(connection, number)
    _record(connection, found, "look", now, actor)
    raw: Mapping[str, Any] = connection.execute(
        select(dead_letter.c.raw).where(dead_letter.c.id == number)
    ).scalar_one()
    return raw


def retry(connection: Connection, number: int, *, now: datetime, actor: str) -> None:
    """Have an event tried again by the next worker.

    Raises DomainError: `dead_letter_unknown`, `dead_letter_settled` when it does not wait any more,
    `dead_letter_withheld` for one whose words were not kept.
    """
    found = one(connection, number)
    if found.is_withheld:
        raise DomainError("dead_letter_withheld")
    _move(connection, number, {"state": "retry"})
    _record(connection, found, "retry", now, actor)


def retry_all(connection: Connection, *, now: datetime, actor: str, state: str = "new") -> int:
    """Have all of a state tried again, after what stopped them was put right; return how many.

    state  one of WAITING
    """
    whole = and_(dead_letter.c.state == state, _IS_WITHHELD == "")
    count = connection.execute(update(dead_letter).where(whole).values(state="retry")).rowcount
    if count:
        audit.record(
            connection, at=now, actor=actor, action="dead_letter.retry", subject="dead_letter:all",
            details={"count": count, "state": state},
        )  # fmt: skip
    return count


def discard(connection: Connection, number: int, *, now: datetime, actor: str) -> None:
    """Drop an event: it will not be tried again. Raises DomainError as `retry` does."""
    found = one(connection, number)
    _move(connection, number, {"state": "discarded", "settled_at": now})
    _record(connection, found, "discard", now, actor)


def forget(connection: Connection, *, settled_before: datetime, waiting_before: datetime, now: datetime) -> int:
    """Delete with all they hold the events that were settled, and those that nobody settled; return how many.

    What is being tried again stays. Of events that nobody settled the audit trail tells how many went.
    """
    over = dead_letter.c.settled_at < settled_before
    count = connection.execute(delete(dead_letter).where(dead_letter.c.state.in_(SETTLED), over)).rowcount
    left = dead_letter.c.at < waiting_before
    unsettled = connection.execute(delete(dead_letter).where(dead_letter.c.state.in_(WAITING), left)).rowcount
    if unsettled:
        audit.record(
            connection, at=now, actor="system", action="dead_letter.expire", subject="dead_letter:all",
            details={"count": unsettled, "before": waiting_before.isoformat(timespec="seconds")},
        )  # fmt: skip
    return count + unsettled


def to_retry(connection: Connection, limit: int = 50) -> list[int]:
    """Return the numbers of what is to be tried again, oldest first."""
    query = select(dead_letter.c.id).where(dead_letter.c.state == "retry").order_by(dead_letter.c.id)
    return list(connection.scalars(query.limit(limit)))


@dataclass(frozen=True, slots=True)
class Taken:
    """A dead letter in the hands of the worker."""

    id: int
    at: datetime
    channel: str
    account: str
    raw: Mapping[str, Any]
    attempts: int
    reason: str

    @property
    def is_of_unknown_kind(self) -> bool:
        """Whether nobody knew what it was when it came."""
        return self.reason.startswith(OF_UNKNOWN_KIND)


def take(connection: Connection, number: int, now: datetime) -> Taken | None:
    """Mark an event done in the transaction that handles it; None when another worker was first."""
    statement = update(dead_letter).where(dead_letter.c.id == number, dead_letter.c.state == "retry")
    columns = (
        dead_letter.c.id, dead_letter.c.at, dead_letter.c.channel, dead_letter.c.account, dead_letter.c.raw,
        dead_letter.c.attempts, dead_letter.c.reason,
    )  # fmt: skip
    row = connection.execute(statement.values(state="done", settled_at=now).returning(*columns)).first()
    return Taken(*row) if row else None


def failed_again(connection: Connection, number: int, reason: str) -> None:
    """Let an event wait for an administrator again, with the new reason."""
    values = {"state": "new", "reason": reason[:LONGEST_REASON], "attempts": dead_letter.c.attempts + 1}
    statement = update(dead_letter).where(dead_letter.c.id == number, dead_letter.c.state == "retry")
    connection.execute(statement.values(**values))


def _move(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Change a row that still waits for a decision; two administrators do not act twice."""
    statement = update(dead_letter).where(dead_letter.c.id == number, dead_letter.c.state.in_(WAITING))
    if connection.execute(statement.values(**values)).rowcount != 1:
        raise DomainError("dead_letter_settled")


def _record(connection: Connection, found: DeadLetter, act: str, now: datetime, actor: str) -> None:
    details = {"channel": found.channel, "kind": found.kind, "at": found.at.isoformat(timespec="seconds")}
    subject = f"dead_letter:{found.id}"
    audit.record(connection, at=now, actor=actor, action=f"dead_letter.{act}", subject=subject, details=details)


def _letter(row: Row[*tuple[Any, ...]]) -> DeadLetter:
    return DeadLetter(
        row.id, row.at, row.channel, row.account, row.kind, row.reason, row.state, row.attempts,
        bool(row.withheld), row.settled_at,
    )  # fmt: skip
