"""Large files that officials order: one per person at a time, written by a child process, kept for an hour.

The row tells all: a process that is killed leaves one whose writer is not heard any more, and it says so then.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from offices.errors import DomainError
from offices.staff import Staff
from storage import audit
from storage.tables.exports import file_order

KEPT = timedelta(hours=1)
"""How long a file can be fetched after it was written."""
REMEMBERED = timedelta(days=7)
"""How long its row is shown after that; the audit trail keeps what was taken for good."""
SILENCE = timedelta(seconds=30)
"""A writer tells of itself every second; one that was not heard for so long was killed or stands still."""
LISTED = 10


class State(StrEnum):
    """Where an order stands."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Failure(StrEnum):
    """Why a file was not written."""

    INTERRUPTED = "interrupted"  # the process that wrote it was killed
    DISK_FULL = "disk_full"
    RIGHTS = "rights"  # the rights of who ordered it have changed
    ERROR = "error"  # the log says which


UNDER_WAY = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is ordered: ratings or petitions of these days, as a kind of file, in a language."""

    subject: str
    ending: str
    since: date
    until: date
    language: str


@dataclass(frozen=True, slots=True)
class FileOrder:
    """One order; `done` of `total` ratings or petitions are written, `rows` and `bytes` are those of a ready file."""

    id: int
    staff_id: int
    granted: str
    subject: str
    ending: str
    since: date
    until: date
    language: str
    ordered_at: datetime
    state: State
    reason: str | None
    writer: str | None
    beat_at: datetime | None
    done: int
    total: int
    rows: int | None
    bytes: int | None
    ended_at: datetime | None

    @property
    def wanted(self) -> Wanted:
        """What it is about."""
        return Wanted(self.subject, self.ending, self.since, self.until, self.language)

    @property
    def file_name(self) -> str | None:
        """Name of its file in the folder of exports; None before anybody writes it."""
        return f"{self.id}-{self.writer}.{self.ending}" if self.writer else None

    @property
    def is_under_way(self) -> bool:
        """Whether it waits or is being written."""
        return self.state in UNDER_WAY

    @property
    def kept_until(self) -> datetime | None:
        """Until when a ready file can be fetched."""
        return self.ended_at + KEPT if self.ended_at and self.state is State.READY else None

    def is_there(self, now: datetime) -> bool:
        """Whether its file can be fetched now."""
        return self.kept_until is not None and now < self.kept_until


def granted_to(official: Staff) -> str:
    """Name what an account's reach follows from; a file of another one is not handed out to it.

    >>> from offices.staff import Role
    >>> granted_to(Staff(1, "Cán bộ mẫu 01", "xa-mau", frozenset({Role.LEADER, Role.ANALYST})))
    'xa-mau analyst leader'
    """
    return " ".join([official.unit, *sorted(official.roles)])


def order(connection: Connection, wanted: Wanted, official: Staff, now: datetime) -> int:
    """Order a file; return its number. On record in the same transaction.

    Raises DomainError `export_under_way` while another one of this person waits or is being written.
    """
    details = {
        "file": f"{wanted.subject}.{wanted.ending}", "start": wanted.since.isoformat(), "end": wanted.until.isoformat(),
    }  # fmt: skip
    # The audit trail is written first: its lock lets two orders of one person come one after the other.
    audit.record(
        connection, at=now, actor=f"staff:{official.id}", action="export.order", subject=wanted.subject, details=details
    )
    mine = (file_order.c.staff_id == official.id, file_order.c.state.in_(UNDER_WAY))
    if connection.scalar(select(file_order.c.id).where(*mine).limit(1)) is not None:
        raise DomainError("export_under_way")
    row = {
        "staff_id": official.id, "granted": granted_to(official), "subject": wanted.subject, "ending": wanted.ending,
        "since": wanted.since, "until": wanted.until, "language": wanted.language, "ordered_at": now,
        "state": State.WAITING, "done": 0, "total": 0,
    }  # fmt: skip
    number: int = connection.execute(insert(file_order).values(row).returning(file_order.c.id)).scalar_one()
    return number


def of(connection: Connection, number: int, official: Staff) -> FileOrder | None:
    """Return an order of this person; None for one that is somebody else's or was never made."""
    return _first(connection, file_order.c.id == number, file_order.c.staff_id == official.id)


def by_id(connection: Connection, number: int) -> FileOrder | None:
    """Return an order, for whoever writes it."""
    return _first(connection, file_order.c.id == number)


def latest(connection: Connection, official: Staff) -> list[FileOrder]:
    """Return the last orders of this person, the newest first."""
    query = select(file_order).where(file_order.c.staff_id == official.id)
    rows = connection.execute(query.order_by(file_order.c.ordered_at.desc(), file_order.c.id.desc()).limit(LISTED))
    return [_order(row) for row in rows.mappings()]


def cancel(connection: Connection, number: int, official: Staff, now: datetime) -> None:
    """Stop an order that waits or is being written; one that came to its end meanwhile stays as it is."""
    mine = (file_order.c.id == number, file_order.c.staff_id == official.id, file_order.c.state.in_(UNDER_WAY))
    ended = {"state": State.CANCELLED, "ended_at": now}
    if connection.execute(update(file_order).where(*mine).values(ended)).rowcount:
        audit.record(
            connection, at=now, actor=f"staff:{official.id}", action="export.cancel", subject=f"file_order:{number}",
            details={},
        )  # fmt: skip


def has_work(connection: Connection, now: datetime) -> bool:
    """Say whether an order waits, or one is to be called interrupted."""
    lost = (file_order.c.state == State.RUNNING) & (file_order.c.beat_at < now - SILENCE)
    found = select(file_order.c.id).where(or_(file_order.c.state == State.WAITING, lost)).limit(1)
    return connection.scalar(found) is not None


def take(connection: Connection, writer: str, now: datetime) -> FileOrder | None:
    """Take the order that waits longest, to write it; those whose writer fell silent are called interrupted."""
    lost = (file_order.c.state == State.RUNNING, file_order.c.beat_at < now - SILENCE)
    connection.execute(update(file_order).where(*lost).values(_failed(Failure.INTERRUPTED, now)))
    waiting = select(file_order.c.id).where(file_order.c.state == State.WAITING).order_by(file_order.c.id).limit(1)
    taken = {"state": State.RUNNING, "writer": writer, "beat_at": now, "done": 0, "total": 0}
    mine = (file_order.c.id == waiting.with_for_update(skip_locked=True).scalar_subquery(),)
    row = connection.execute(update(file_order).where(*mine).values(taken).returning(*file_order.c)).mappings().first()
    return _order(row) if row else None


def tell(connection: Connection, taken: FileOrder, done: int, total: int, now: datetime) -> bool:
    """Tell how far the writer is; False when the order is not its any more: cancelled, or called interrupted."""
    return _change(connection, taken, {"done": done, "total": total, "beat_at": now})


def settle(connection: Connection, taken: FileOrder, rows: int, size: int, now: datetime) -> bool:
    """Call a file ready; False as `tell`."""
    return _change(connection, taken, {"state": State.READY, "rows": rows, "bytes": size, "ended_at": now})


def fail(connection: Connection, taken: FileOrder, reason: Failure, now: datetime) -> bool:
    """Call an order failed; False as `tell`."""
    return _change(connection, taken, _failed(reason, now))


def give_back(connection: Connection, taken: FileOrder) -> bool:
    """Let an order wait again: its writer stops in good order; False as `tell`."""
    return _change(connection, taken, {"state": State.WAITING, "writer": None, "beat_at": None, "done": 0})


def kept_names(connection: Connection, now: datetime) -> set[str | None]:
    """Name the files that are being written or can still be fetched."""
    ready = (file_order.c.state == State.READY) & (file_order.c.ended_at > now - KEPT)
    rows = connection.execute(select(file_order).where(or_(file_order.c.state == State.RUNNING, ready))).mappings()
    return {_order(row).file_name for row in rows}


def forget(connection: Connection, now: datetime) -> int:
    """Remove the rows of orders that ended long ago; return how many."""
    old = file_order.c.ended_at < now - REMEMBERED
    return connection.execute(delete(file_order).where(old)).rowcount


def _failed(reason: Failure, now: datetime) -> dict[str, Any]:
    return {"state": State.FAILED, "reason": reason, "ended_at": now}


def _change(connection: Connection, taken: FileOrder, values: dict[str, Any]) -> bool:
    mine = (
        file_order.c.id == taken.id, file_order.c.writer == taken.writer, file_order.c.state == State.RUNNING,
    )  # fmt: skip
    return connection.execute(update(file_order).where(*mine).values(values)).rowcount == 1


def _first(connection: Connection, *conditions: Any) -> FileOrder | None:
    row = connection.execute(select(file_order).where(*conditions)).mappings().first()
    return _order(row) if row else None


_FIELDS: Collection[str] = tuple(each.name for each in fields(FileOrder))


def _order(row: Any) -> FileOrder:
    return FileOrder(**{name: row[name] for name in _FIELDS} | {"state": State(row["state"])})
