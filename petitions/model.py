"""A petition and what belongs to it, as those see it who handle it: nothing here says who sent it (security P1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from offices.datafiles import Label
from offices.worktime import LOCAL, Calendar
from petitions.deadlines import Pace, Pause
from petitions.kinds import Subject
from petitions.lifecycle import Status


class IdentityChoice(StrEnum):
    """What the citizen lets the coordinator ask for; the unit that handles the petition never sees it."""

    SHOWN_TO_COORDINATOR = "shown_to_coordinator"
    HIDDEN = "hidden"
    NONE = "none"


class Outcome(StrEnum):
    """How a leg ended."""

    TRANSFERRED = "transferred"
    ANSWERED = "answered"
    REJECTED = "rejected"
    REDIRECTED = "redirected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class File:
    """A kept file without its original name: `ref` finds it in the file store, `size` is in bytes."""

    ref: str
    mime: str
    size: int

    def name_for(self, code: str, number: int) -> str:
        """Name the file for people: the petition's code, its number among the files, the ending it is kept under."""
        return f"{code}-{number}.{self.ref.rpartition('.')[2]}"


@dataclass(frozen=True, slots=True)
class Leg:
    """The time one unit had the petition; a transfer starts the next leg and its clock.

    look           0 for the first handling, 1 and 2 for second looks
    late_from      aware; from this moment on the leg is late
    refuse_by      last local day to refuse or send back; `supplement_by` the same for the first request to the sender
    reminders      slots already used
    publish_by     last local day of publication, once answered
    """

    number: int
    look: int
    unit: str
    started_at: datetime
    rule_id: str
    due_on: date
    late_from: datetime
    provisional: bool
    refuse_by: date
    supplement_by: date
    extended: bool = False
    pauses: tuple[Pause, ...] = ()
    reminders: tuple[str, ...] = ()
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    publish_by: date | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Petition:
    """One PAKN.

    about       code of the unit the citizen speaks about
    place_unit  code of the commune it lies in; `place` is the place in words
    unit        code of the owner: never empty
    handler     staff id of who took it on; drafted_by, approved_by, closed_by likewise
    kept_from   code of the unit whose line must not see it
    draft_step  number of the step in which the draft was written: its files stand under it
    barred      staff ids that decided an earlier look
    version     grows by one with each step; also the number of the step in the history
    """

    code: str
    status: Status
    subject: Subject
    field: str | None
    about: str | None
    place_unit: str | None
    place: str
    text: str
    pace: Pace
    unit: str
    submitted_at: datetime
    legs: tuple[Leg, ...]
    route_rule: str | None = None
    kept_from: str | None = None
    handler: int | None = None
    draft: str | None = None
    draft_step: int | None = None
    drafted_by: int | None = None
    approved_by: int | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    public_text: str | None = None
    public_answer: str | None = None
    published_at: datetime | None = None
    reason: str | None = None
    redirected_to: str | None = None
    closed_by: int | None = None
    closed_at: datetime | None = None
    result: str | None = None
    evidence: str | None = None
    resolved_at: datetime | None = None
    looks: int = 0
    barred: frozenset[int] = frozenset()
    version: int = 1
    id: int = 0

    @property
    def leg(self) -> Leg:
        """The leg that runs now, or ran last."""
        return self.legs[-1]

    def is_late(self, now: datetime) -> bool:
        """Say whether the answer is overdue; while the sender is asked nothing becomes overdue, nor is it cured."""
        if not self.status.is_open:
            return False
        until = self.leg.pauses[-1].opened_at if self.status.is_waiting else now
        return until >= self.leg.late_from

    def working_days_taken(self, calendar: Calendar, now: datetime) -> int:
        """Count the citizen's clock: working days from sending to the end or `now`, less those he was waited for."""
        pauses = [pause for leg in self.legs for pause in leg.pauses]
        until = self.closed_at or now
        paused = sum(_between(calendar, pause.opened_at, pause.closed_at or until) for pause in pauses)
        return _between(calendar, self.submitted_at, until) - paused


def _between(calendar: Calendar, start: datetime, end: datetime) -> int:
    return calendar.working_days_between(start.astimezone(LOCAL).date(), end.astimezone(LOCAL).date())


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step. `by` is a relation, never a person; `staff_id` names the official when one took it.

    details  what came with it, as JSON: texts, units, reason codes
    """

    number: int
    at: datetime
    event: str
    before: Status | None
    after: Status
    by: str
    unit: str
    staff_id: int | None = None
    details: Mapping[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a citizen sends. `person_id` and `chat_id` are kept apart from the petition."""

    person_id: int
    chat_id: int
    subject: Subject
    text: str
    identity: IdentityChoice = IdentityChoice.HIDDEN
    field: str | None = None
    about: str | None = None
    place_unit: str | None = None
    place: str = ""
    pace: Pace = Pace.NORMAL
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the citizen is told at once.

    counted      the working days up to `due_on`, so that he can count them himself
    late_from    aware; for an urgent term the very hour
    because      why this unit; `term` says how long it may take, `sources` where both are written
    """

    code: str
    unit: str
    due_on: date
    late_from: datetime
    in_hours: bool
    counted: tuple[date, ...]
    provisional: bool
    because: Label
    term: Label
    sources: tuple[str, str]


@dataclass(frozen=True, slots=True)
class CaseState:
    """All that a tracking code shows to whoever holds it: no content (security A5)."""

    code: str
    status: Status
    unit: str
    submitted_on: date
    due_on: date
    provisional: bool
    late: bool
