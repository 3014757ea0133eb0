"""The steps of a broadcast's life, each one on record: submitted, approved by a second person, paused, cancelled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, true, update

from offices.errors import DomainError
from offices.staff import Staff
from storage.broadcasts.audience import is_empty
from storage.broadcasts.letters import call_back, hold, release
from storage.broadcasts.records import State, by_id, record
from storage.tables.broadcasts import broadcast

_PAUSED_FROM = (State.APPROVED, State.RUNNING)
_ANY = true()
_CANCELLED_FROM = (State.DRAFTED, State.SUBMITTED, State.APPROVED, State.RUNNING, State.PAUSED)


def submit(connection: Connection, number: int, official: Staff, now: datetime) -> None:
    """Lay a draft before the others; from now on it stays as it is.

    Raises DomainError: `broadcast_not_found`, `broadcast_not_yours`, `broadcast_nobody`, `broadcast_moved_on`.
    """
    found = by_id(connection, number)
    if found.written_by != official.id:
        raise DomainError("broadcast_not_yours")
    if found.state is State.DRAFTED and is_empty(connection, found.draft):
        raise DomainError("broadcast_nobody")
    _step(connection, number, (State.DRAFTED,), State.SUBMITTED, f"staff:{official.id}", now, {})


def give_back(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """Make a draft again of what was submitted: its writer takes it back, or another wants it changed.

    Raises DomainError: `broadcast_not_found`, `broadcast_moved_on`.
    """
    _step(connection, number, (State.SUBMITTED,), State.DRAFTED, actor, now, {})


def approve(connection: Connection, number: int, official: Staff, revision: int, now: datetime) -> None:
    """Let a submitted broadcast go; it takes another person than the one who wrote it (security A4).

    revision  the one that he read: it may have been taken back, changed and submitted again since

    Raises DomainError: `broadcast_not_found`, `broadcast_own`, `broadcast_changed`, `broadcast_nobody`,
    `broadcast_moved_on`.
    """
    found = by_id(connection, number)
    if found.written_by == official.id:
        raise DomainError("broadcast_own")
    if found.state is State.SUBMITTED and found.revision != revision:
        raise DomainError("broadcast_changed")
    if found.state is State.SUBMITTED and is_empty(connection, found.draft):
        raise DomainError("broadcast_nobody")
    values = {"approved_by": official.id, "approved_at": now}
    read = broadcast.c.revision == revision
    _step(connection, number, (State.SUBMITTED,), State.APPROVED, f"staff:{official.id}", now, values, read)


def pause(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """Stop for now, also what waits in the outbox. Raises DomainError: `broadcast_not_found`, `broadcast_moved_on`."""
    _step(connection, number, _PAUSED_FROM, State.PAUSED, actor, now, {})
    hold(connection, number)


def resume(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """Go on. Raises DomainError as `pause`."""
    before = by_id(connection, number)
    values = {"resumed_at": now} if before.started_at else {}
    after = State.RUNNING if before.started_at else State.APPROVED
    _step(connection, number, (State.PAUSED,), after, actor, now, values)
    release(connection, number)


def cancel(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """End for good; whoever has not got it by now will not. Raises DomainError as `pause`."""
    _step(connection, number, _CANCELLED_FROM, State.CANCELLED, actor, now, {"ended_at": now})
    call_back(connection, number)


def _step(
    connection: Connection,
    number: int,
    before: Sequence[State],
    after: State,
    actor: str,
    now: datetime,
    values: dict[str, Any],
    also: ColumnElement[bool] = _ANY,
) -> None:
    is_there = and_(broadcast.c.id == number, broadcast.c.state.in_([each.value for each in before]), also)
    changed = connection.execute(update(broadcast).where(is_there).values(state=after.value, **values)).rowcount
    if changed != 1:
        by_id(connection, number)
        raise DomainError("broadcast_moved_on")
    record(connection, number, after.value, actor, now)
