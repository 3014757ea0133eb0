"""The web queue of petitions: filtered, sorted, paged, and only what the reader may see.

What may be seen is decided by the same rules as a single petition (petitions.rights), turned into a condition of the
query, so that counts and pages give nothing away either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from offices.staff import Right, Staff, may
from offices.words import fold
from offices.worktime import LOCAL
from petitions.kinds import Subject
from petitions.lifecycle import OPEN, Status
from petitions.routing import in_line_of
from storage.reference import Reference
from storage.tables.petitions import petition

PAGE_LENGTH = 25
SOON = timedelta(days=3)
EXCERPT = 160


class Lateness(StrEnum):
    """How a petition stands against its deadline; waiting for the sender, it stands still."""

    LATE = "late"
    SOON = "soon"
    IN_TIME = "in_time"


class Order(StrEnum):
    """In which order petitions are listed."""

    DUE = "due"
    NEWEST = "newest"
    OLDEST = "oldest"


_ORDERS: Mapping[Order, tuple[ColumnElement[Any], ...]] = {
    Order.DUE: (petition.c.late_from.asc(), petition.c.id.asc()),
    Order.NEWEST: (petition.c.submitted_at.desc(), petition.c.id.desc()),
    Order.OLDEST: (petition.c.submitted_at.asc(), petition.c.id.asc()),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which petitions are asked for; empty and None mean all of them.

    unit   code of the unit that owns it
    text   words that must all stand in its code, text or place; diacritics do not matter
    page   from 1
    """

    statuses: tuple[Status, ...] = OPEN
    unit: str | None = None
    lateness: Lateness | None = None
    text: str = ""
    order: Order = Order.DUE
    page: int = 1


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One petition in the queue; `excerpt` is the beginning of its text."""

    code: str
    status: Status
    subject: Subject
    field: str | None
    unit: str
    place: str
    excerpt: str
    submitted_at: datetime
    late_from: datetime
    urgent: bool

    @property
    def due_on(self) -> date:
        """The last local day on which the answer is on time."""
        return (self.late_from - timedelta(microseconds=1)).astimezone(LOCAL).date()

    def lateness(self, now: datetime) -> Lateness | None:
        """Say how it stands; None when no clock runs."""
        if not self.status.is_open or self.status.is_waiting:
            return None
        if now >= self.late_from:
            return Lateness.LATE
        return Lateness.SOON if self.late_from <= now + SOON else Lateness.IN_TIME


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of the queue, and how many rows and pages there are."""

    rows: tuple[QueueRow, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(-(-self.total // PAGE_LENGTH), 1)


def queue(connection: Connection, reference: Reference, reader: Staff, wanted: Wanted, now: datetime) -> Queue:
    """Read a page of the petitions that `reader` may see; a page beyond the last one gives the last one."""
    conditions = [_visible(reference, reader, now), *_conditions(wanted, now)]
    total: int = connection.execute(select(func.count()).select_from(petition).where(*conditions)).scalar_one()
    page = min(max(wanted.page, 1), max(-(-total // PAGE_LENGTH), 1))
    query = select(petition).where(*conditions).order_by(*_ORDERS[wanted.order])
    rows = connection.execute(query.limit(PAGE_LENGTH).offset((page - 1) * PAGE_LENGTH))
    return Queue(tuple(_row(row) for row in rows), total, page)


@dataclass(frozen=True, slots=True)
class Load:
    """How many petitions stand where: by status, and of the ticking ones how many are late or nearly so."""

    by_status: Mapping[Status, int]
    late: int
    soon: int

    @property
    def open(self) -> int:
        """The number of petitions that still owe an answer."""
        return sum(number for status, number in self.by_status.items() if status.is_open)


def load_of(connection: Connection, reference: Reference, reader: Staff, now: datetime) -> Load:
    """Count the petitions that `reader` may see."""
    visible = _visible(reference, reader, now)
    grouped = select(petition.c.status, func.count().label("number")).where(visible).group_by(petition.c.status)
    found = {Status(row.status): int(row.number) for row in connection.execute(grouped)}

    def number(lateness: Lateness) -> int:
        query = select(func.count()).select_from(petition).where(visible, _standing(lateness, now))
        return int(connection.execute(query).scalar_one())

    return Load({status: found.get(status, 0) for status in Status}, number(Lateness.LATE), number(Lateness.SOON))


def _visible(reference: Reference, reader: Staff, now: datetime) -> ColumnElement[bool]:
    """Turn petitions.rights.may_see into a condition."""
    directory, day = reference.directory, now.astimezone(LOCAL).date()
    seen = [unit.code for unit in directory if may(reader, Right.SEE_CASES, unit.code, directory, day)]
    own = directory.heir(reader.unit, day) if reader.unit in directory else None
    line = own.code if own else reader.unit
    barred = [unit.code for unit in directory if line in directory and in_line_of(line, unit.code, day, directory)]
    return and_(petition.c.unit.in_(seen), or_(petition.c.kept_from.is_(None), petition.c.kept_from.not_in(barred)))


def _conditions(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.statuses:
        conditions.append(petition.c.status.in_([status.value for status in wanted.statuses]))
    if wanted.unit:
        conditions.append(petition.c.unit == wanted.unit)
    if wanted.lateness:
        conditions.append(_standing(wanted.lateness, now))
    conditions += [petition.c.folded.contains(word, autoescape=True) for word in fold(wanted.text).split()]
    return conditions


def _standing(lateness: Lateness, now: datetime) -> ColumnElement[bool]:
    ticking = petition.c.status.in_([status.value for status in OPEN if not status.is_waiting])
    late, soon = petition.c.late_from <= now, petition.c.late_from <= now + SOON
    within = {
        Lateness.LATE: late,
        Lateness.SOON: and_(petition.c.late_from > now, soon),
        Lateness.IN_TIME: petition.c.late_from > now + SOON,
    }[lateness]
    return and_(ticking, within)


def _row(row: Row[Any]) -> QueueRow:
    text = " ".join(row.text.split())
    return QueueRow(
        code=row.code,
        status=Status(row.status),
        subject=Subject(row.subject),
        field=row.field,
        unit=row.unit,
        place=row.place,
        excerpt=text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}…",
        submitted_at=row.submitted_at,
        late_from=row.late_from,
        urgent=row.pace == "urgent",
    )
