"""The steps of a broadcast's life: approved by a second person, paused, resumed, cancelled; each one on record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, update

from offices.errors import DomainError
from offices.staff import Staff
from storage.broadcasts.letters import call_back, hold, release
from storage.broadcasts.records import State, by_id, record
from storage.tables.broadcasts import broadcast

_PAUSED_FROM = (State.APPROVED, State.RUNNING)
_CANCELLED_FROM = (State.DRAFTED, State.APPROVED, State.RUNNING, State.PAUSED)


def approve(connection: Connection, number: int, official: Staff, now: datetime) -> None:
    """Let a draft go; it takes another person than the one who wrote it (security A4).

    Raises DomainError: `broadcast_not_found`, `broadcast_own`, `broadcast_moved_on`.
    """
    if by_id(connection, number).written_by == official.id:
        raise DomainError("broadcast_own")
    values = {"approved_by": official.id, "approved_at": now}
    _step(connection, number, (State.DRAFTED,), State.APPROVED, f"staff:{official.id}", now, values)


def pause(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """Stop for now, also what waits in the outbox. Raises DomainError as `approve`."""
    _step(connection, number, _PAUSED_FROM, State.PAUSED, actor, now, {})
    hold(connection, number)


def resume(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """Go on. Raises DomainError as `approve`."""
    before = by_id(connection, number)
    values = {"resumed_at": now} if before.started_at else {}
    after = State.RUNNING if before.started_at else State.APPROVED
    _step(connection, number, (State.PAUSED,), after, actor, now, values)
    release(connection, number)


def cancel(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """End for good; whoever has not got it by now will not. Raises DomainError as `approve`."""
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
) -> None:
    is_there = and_(broadcast.c.id == number, broadcast.c.state.in_([each.value for each in before]))
    changed = connection.execute(update(broadcast).where(is_there).values(state=after.value, **values)).rowcount
    if changed != 1:
        by_id(connection, number)
        raise DomainError("broadcast_moved_on")
    record(connection, number, after.value, actor, now)
