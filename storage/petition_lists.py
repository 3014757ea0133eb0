"""Lists of petitions for officials' pages: what each may see, filtered, searched, counted and paged.

Lists, counts and searches go through the rule that `petitions.rights.may_see` states for a single petition (security
A1); a test compares the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, false, func, or_, select

from offices.staff import Right, Staff, may
from offices.units import Directory
from offices.words import fold
from offices.worktime import LOCAL
from petitions.deadlines import Pace
from petitions.kinds import Subject
from petitions.lifecycle import OPEN, Status
from petitions.notices import excerpt
from petitions.routing import in_line_of
from storage.tables.petitions import petition

PAGE = 25
"""Petitions on one page of a list."""


class Lateness(StrEnum):
    """Where a petition stands against its clock; one that waits for its sender is neither late nor in time."""

    LATE = "late"
    IN_TIME = "in_time"
    WAITING = "waiting"
    CLOSED = "closed"


class Order(StrEnum):
    """In which order a list comes."""

    URGENCY = "urgency"  # open ones first, the most urgent on top, then the closed ones, newest first
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list; an empty filter lists everything one may see.

    unit   code of a unit: its own petitions and those of the units below it
    words  typed words, with or without diacritics; each must occur in code, text or place
    due_before   aware; only those that would be late by then
    """

    statuses: tuple[Status, ...] = ()
    lateness: Lateness | None = None
    unit: str | None = None
    field: str | None = None
    subject: Subject | None = None
    words: str = ""
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list; `excerpt` is the beginning of the text, `late_from` aware."""

    code: str
    status: Status
    subject: Subject
    field: str | None
    unit: str
    handler: int | None
    submitted_at: datetime
    due_on: date
    lateness: Lateness
    excerpt: str
    place: str
    late_from: datetime
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its lines, its number from 1, and how many petitions fit the filter in all."""

    lines: tuple[Listed, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def listed(
    connection: Connection,
    directory: Directory,
    official: Staff,
    now: datetime,
    wanted: Filter | None = None,
    page: int = 1,
    order: Order = Order.URGENCY,
) -> Page:
    """List what the official may see; a page beyond the last one gives the last one."""
    conditions = and_(visible(official, directory, now), *_conditions(wanted or Filter(), directory, now))
    total = connection.execute(select(func.count()).select_from(petition).where(conditions)).scalar_one()
    number = min(max(page, 1), max(1, -(-total // PAGE)))
    columns = (petition, _lateness(now).label("lateness"))
    query = select(*columns).where(conditions).order_by(*_order(order)).limit(PAGE).offset((number - 1) * PAGE)
    return Page(tuple(_line(row) for row in connection.execute(query)), number, total)


def counts(
    connection: Connection, directory: Directory, official: Staff, now: datetime
) -> Mapping[tuple[Status, Lateness], int]:
    """Count what the official may see by status and lateness, for the dashboard."""
    lateness = _lateness(now).label("lateness")
    query = select(petition.c.status, lateness, func.count().label("number")).where(visible(official, directory, now))
    rows = connection.execute(query.group_by(petition.c.status, lateness))
    return {(Status(row.status), Lateness(row.lateness)): row.number for row in rows}


def visible(official: Staff, directory: Directory, now: datetime) -> ColumnElement[bool]:
    """Say in SQL what `may_see` says: units within the official's reach, less what complains about his line."""
    today = now.astimezone(LOCAL).date()
    within = [unit.code for unit in directory if may(official, Right.SEE_CASES, unit.code, directory, today)]
    if not within or official.unit not in directory:
        return false()
    own = directory.heir(official.unit, today)
    line = own.code if own else official.unit
    against = [unit.code for unit in directory if in_line_of(line, unit.code, today, directory)]
    no_conflict = or_(petition.c.kept_from.is_(None), petition.c.kept_from.not_in(against))
    return and_(petition.c.unit.in_(within), no_conflict)


def _conditions(wanted: Filter, directory: Directory, now: datetime) -> Sequence[ColumnElement[bool]]:
    found = [petition.c.folded.contains(word, autoescape=True) for word in fold(wanted.words).split()]
    if wanted.statuses:
        found.append(petition.c.status.in_(wanted.statuses))
    if wanted.lateness:
        found.append(_lateness(now) == wanted.lateness)
    if wanted.unit is not None:
        found.append(petition.c.unit.in_(_below(wanted.unit, directory, now.astimezone(LOCAL).date())))
    if wanted.field is not None:
        found.append(petition.c.field == wanted.field)
    if wanted.due_before is not None:
        found.append(petition.c.late_from <= wanted.due_before)
    if wanted.subject is not None:
        found.append(petition.c.subject == wanted.subject)
    return found


def _order(order: Order) -> tuple[ColumnElement[Any], ...]:
    is_open = petition.c.status.in_(OPEN)
    match order:
        case Order.NEWEST:
            return (petition.c.submitted_at.desc(), petition.c.id.desc())
        case Order.OLDEST:
            return (petition.c.submitted_at, petition.c.id)
        case Order.URGENCY:
            by_urgency = (case((is_open, 0), else_=1), case((is_open, petition.c.late_from)))
            return (*by_urgency, petition.c.closed_at.desc(), petition.c.id)


def _below(code: str, directory: Directory, today: date) -> list[str]:
    """List a unit and everything below it; ended units count where their successors stand."""
    if code not in directory:
        return []
    return [code, *(unit.code for unit in directory if directory.covers(code, unit.code, today))]


def _lateness(now: datetime) -> ColumnElement[str]:
    return case(
        (petition.c.status.not_in(OPEN), Lateness.CLOSED.value),
        (petition.c.status == Status.NEED_INFO, Lateness.WAITING.value),
        (petition.c.late_from <= now, Lateness.LATE.value),
        else_=Lateness.IN_TIME.value,
    )


def _line(row: Row[Any]) -> Listed:
    return Listed(
        code=row.code,
        status=Status(row.status),
        subject=Subject(row.subject),
        field=row.field,
        unit=row.unit,
        handler=row.handler,
        submitted_at=row.submitted_at,
        due_on=row.due_on,
        lateness=Lateness(row.lateness),
        excerpt=excerpt(row.text),
        place=row.place,
        late_from=row.late_from,
        is_urgent=row.pace == Pace.URGENT,
    )
