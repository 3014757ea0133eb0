"""How far a broadcast is; the figures come from the outbox itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select

from offices.quiet_hours import load_quiet_hours
from storage.broadcasts.audience import size
from storage.broadcasts.letters import ON_THEIR_WAY, by_state
from storage.broadcasts.records import ENDED, Broadcast, State
from storage.tables.delivery import outbox as letters

PACE_OVER = timedelta(minutes=2)
"""The present pace is that of the last two minutes."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast is, in chats.

    planned      the audience when it began; before that, the audience now
    waiting      not yet sent and still to be
    left_out     who said no or could not be reached any more since it began, or was spared by cancelling
    unknown      perhaps sent: never sent again
    per_minute   of the last two minutes
    expected_end at that pace, quiet hours counted in; None when nothing is to be expected
    """

    planned: int
    sent: int
    waiting: int
    unreachable: int
    refused: int
    unknown: int
    expired: int
    left_out: int
    per_minute: int
    expected_end: datetime | None

    @property
    def tried(self) -> int:
        """Chats to which it went out, whatever came of it: neither those that wait nor those left out."""
        return self.planned - self.waiting - self.left_out


def progress_of(connection: Connection, found: Broadcast, now: datetime) -> Progress:
    """Say how far a broadcast is; the figures come from the outbox itself."""
    if found.started_at is None:
        planned = 0 if found.state in ENDED else size(connection, found.draft)
        return Progress(planned, 0, planned, 0, 0, 0, 0, 0, 0, None)
    states = by_state(connection, found.id)
    told = {state: states.get(state, 0) for state in ("sent", "unreachable", "refused", "unknown", "expired")}
    open_ones = sum(states.get(state, 0) for state in ON_THEIR_WAY)
    waiting = 0 if found.state in ENDED else max(0, found.planned - found.queued) + open_ones
    per_minute = _pace(connection, found, now)
    return Progress(
        planned=max(found.planned, sum(told.values()) + waiting),
        waiting=waiting,
        left_out=max(0, found.planned - sum(told.values()) - waiting),
        per_minute=per_minute,
        expected_end=_expected_end(found, waiting, per_minute, now),
        **told,
    )


def _pace(connection: Connection, found: Broadcast, now: datetime) -> int:
    """Count what was sent in the last minutes of running, as letters a minute."""
    if found.state is not State.RUNNING or found.resumed_at is None:
        return 0
    since = max(now - PACE_OVER, found.resumed_at)
    recent = and_(letters.c.broadcast_id == found.id, letters.c.state == "sent", letters.c.sent_at >= since)
    sent = connection.scalar(select(func.count()).where(recent)) or 0
    return round(sent * 60 / max((now - since).total_seconds(), 1))


def _expected_end(found: Broadcast, waiting: int, per_minute: int, now: datetime) -> datetime | None:
    if not waiting or not per_minute:
        return None
    length = timedelta(minutes=waiting / per_minute)
    return now + length if found.draft.night_reason else load_quiet_hours().after(now, length)
