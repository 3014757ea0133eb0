"""The life of a petition as one table: (status, event) -> who may, what it needs, what is next.

Desk, buttons, pages and docs/lifecycle.md read this table; nothing else decides what may follow what. An answer
("đã trả lời") is not a solution ("đã giải quyết"): `resolve` is a fact with a result of its own and changes no status.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a petition stands; names for people are in names.toml."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    FORWARDED = "forwarded"
    ACCEPTED = "accepted"
    NEED_INFO = "need_info"
    DRAFTED = "drafted"
    APPROVED = "approved"
    ANSWERED = "answered"
    PUBLISHED = "published"
    REJECTED = "rejected"
    REDIRECTED = "redirected"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes the citizen an answer."""
        return self in OPEN

    @property
    def is_waiting(self) -> bool:
        """Whether the clock stands still because the citizen has been asked."""
        return self is Status.NEED_INFO


class Event(StrEnum):
    """What can happen to a petition after it was submitted."""

    TRIAGE = "triage"
    FORWARD = "forward"
    ACCEPT = "accept"
    TRANSFER = "transfer"
    SEND_BACK = "send_back"
    ASK = "ask"
    SUPPLY = "supply"
    RESUME = "resume"
    DRAFT = "draft"
    RETURN_DRAFT = "return_draft"
    APPROVE = "approve"
    ANSWER = "answer"
    PUBLISH = "publish"
    REJECT = "reject"
    REDIRECT = "redirect"
    WITHDRAW = "withdraw"
    ADD = "add"
    EXTEND = "extend"
    REMIND = "remind"
    ESCALATE = "escalate"
    RATE_ANSWER = "rate_answer"
    SECOND_LOOK = "second_look"
    RESOLVE = "resolve"


class Relation(StrEnum):
    """What somebody is to one petition. A leader of its unit is also a handler."""

    REPORTER = "reporter"
    HANDLER = "handler"
    LEADER = "leader"
    COORDINATOR = "coordinator"
    SYSTEM = "system"


class Need(StrEnum):
    """What must come with an event."""

    TEXT = "text"
    UNIT = "unit"
    REASON = "reason"
    BODY = "body"
    SCORE = "score"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    status: Status
    event: Event
    who: frozenset[Relation]
    needs: tuple[Need, ...]
    next: Status


OPEN = (
    Status.RECEIVED,
    Status.TRIAGED,
    Status.FORWARDED,
    Status.ACCEPTED,
    Status.NEED_INFO,
    Status.DRAFTED,
    Status.APPROVED,
)
_TICKING = tuple(status for status in OPEN if not status.is_waiting)
_DESK = (Status.RECEIVED, Status.TRIAGED)
_LINE = (Status.FORWARDED, Status.ACCEPTED)
_TOLD = (Status.ANSWERED, Status.PUBLISHED)


def _rows(
    event: Event,
    statuses: Iterable[Status],
    who: Relation | tuple[Relation, ...],
    needs: tuple[Need, ...] = (),
    to: Status | None = None,
) -> list[Transition]:
    """Rows of one event from several statuses; without `to` the status stays."""
    relations = frozenset((who,) if isinstance(who, Relation) else who)
    return [Transition(status, event, relations, needs, to or status) for status in statuses]


_R = Relation
_ROWS = [
    *_rows(Event.TRIAGE, _DESK, _R.COORDINATOR, to=Status.TRIAGED),
    *_rows(Event.TRIAGE, _LINE, _R.COORDINATOR),
    *_rows(Event.FORWARD, _DESK, (_R.COORDINATOR, _R.SYSTEM), (Need.UNIT,), Status.FORWARDED),
    *_rows(Event.ACCEPT, _DESK, _R.COORDINATOR, to=Status.ACCEPTED),
    *_rows(Event.ACCEPT, [Status.FORWARDED], _R.HANDLER, to=Status.ACCEPTED),
    *_rows(Event.TRANSFER, _LINE, (_R.HANDLER, _R.COORDINATOR), (Need.UNIT, Need.TEXT), Status.FORWARDED),
    *_rows(Event.SEND_BACK, _LINE, _R.HANDLER, (Need.TEXT,), Status.RECEIVED),
    *_rows(Event.ASK, _LINE, _R.HANDLER, (Need.TEXT,), Status.NEED_INFO),
    *_rows(Event.SUPPLY, [Status.NEED_INFO], _R.REPORTER, (Need.TEXT,), Status.ACCEPTED),
    *_rows(Event.RESUME, [Status.NEED_INFO], _R.HANDLER, (Need.TEXT,), Status.ACCEPTED),
    *_rows(Event.DRAFT, [*_LINE, Status.DRAFTED], _R.HANDLER, (Need.TEXT,), Status.DRAFTED),
    *_rows(Event.RETURN_DRAFT, [Status.DRAFTED], _R.LEADER, (Need.TEXT,), Status.ACCEPTED),
    *_rows(Event.APPROVE, [Status.DRAFTED], _R.LEADER, to=Status.APPROVED),
    *_rows(Event.ANSWER, [Status.APPROVED], (_R.HANDLER, _R.SYSTEM), to=Status.ANSWERED),
    *_rows(Event.PUBLISH, [Status.ANSWERED], _R.COORDINATOR, (Need.TEXT,), Status.PUBLISHED),
    *_rows(Event.REJECT, _DESK, _R.COORDINATOR, (Need.REASON, Need.TEXT), Status.REJECTED),
    *_rows(Event.REJECT, [*_LINE, Status.NEED_INFO], _R.HANDLER, (Need.REASON, Need.TEXT), Status.REJECTED),
    *_rows(Event.REDIRECT, _DESK, _R.COORDINATOR, (Need.BODY, Need.TEXT), Status.REDIRECTED),
    *_rows(Event.REDIRECT, _LINE, _R.HANDLER, (Need.BODY, Need.TEXT), Status.REDIRECTED),
    *_rows(Event.WITHDRAW, OPEN, _R.REPORTER, to=Status.WITHDRAWN),
    *_rows(Event.ADD, _TICKING, _R.REPORTER, (Need.TEXT,)),
    *_rows(Event.EXTEND, [*_LINE, Status.DRAFTED], (_R.LEADER, _R.COORDINATOR), (Need.TEXT,)),
    *_rows(Event.REMIND, _TICKING, _R.SYSTEM),
    *_rows(Event.ESCALATE, _TICKING, _R.SYSTEM),
    *_rows(Event.RATE_ANSWER, _TOLD, _R.REPORTER, (Need.SCORE,)),
    *_rows(
        Event.SECOND_LOOK,
        [*_TOLD, Status.REJECTED, Status.REDIRECTED],
        _R.REPORTER,
        (Need.TEXT,),
        Status.FORWARDED,
    ),
    *_rows(Event.RESOLVE, _TOLD, _R.HANDLER, (Need.RESULT,)),
]

TRANSITIONS: Mapping[tuple[Status, Event], Transition] = {(row.status, row.event): row for row in _ROWS}


def transition(status: Status, event: Event) -> Transition | None:
    """Find the row for `event` in `status`; None when it cannot happen there."""
    return TRANSITIONS.get((status, event))


def next_status(status: Status, event: Event) -> Status:
    """Give the status after `event`; KeyError when it cannot happen in `status`."""
    return TRANSITIONS[status, event].next


def allowed(status: Status, relations: Iterable[Relation]) -> tuple[Event, ...]:
    """List the events somebody with `relations` to the petition may bring about, in the table's order."""
    held = frozenset(relations)
    return tuple(row.event for (at, _), row in TRANSITIONS.items() if at is status and row.who & held)
