"""Until when a petition must be answered: rules as data, and terms that every pause and extension can be seen in.

Two clocks run. The leg's clock starts with the citizen's sending or the last transfer and decides what is late; the
citizen's clock runs from his sending to the end and is shown beside it. Both stand still only while he is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

from offices.datafiles import Label, Table, read_file
from offices.errors import DataError
from offices.worktime import LOCAL, OFFICE_HOURS, ONE_DAY, Calendar, OfficeHours
from petitions.kinds import Subject


class Pace(StrEnum):
    """How fast a petition must be dealt with."""

    NORMAL = "normal"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """How long each step may take; exactly one of `answer_days` and `answer_hours` is above 0.

    pace, subjects   what the rule is for; None and empty mean everything
    refuse_days      working days in which it can be refused or sent back
    supplement_days  working days in which the sender is first asked for more
    publish_days     working days from the answer to its publication
    extension_days   working days that the one extension adds
    escalate_after   working days of lateness after which the coordinator hears of it too
    """

    id: str
    pace: Pace | None
    subjects: frozenset[Subject]
    answer_days: int
    answer_hours: int
    refuse_days: int
    supplement_days: int
    publish_days: int
    extension_days: int
    escalate_after: int
    valid_from: date
    valid_to: date | None
    because: Label
    source: str

    def fits(self, subject: Subject, pace: Pace, day: date) -> bool:
        """Say whether the rule is for such a petition received on `day`."""
        meant = self.pace in (None, pace) and (not self.subjects or subject in self.subjects)
        return meant and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clock stood still: the citizen had been asked. `closed_at` is None while it lasts."""

    opened_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A counted term.

    due_on       local date of the last day on time
    late_from    aware; from this moment on it is late: the end of `due_on`, or the very hour of an urgent term
    counted      the working days that were counted, in order
    provisional  the count touches a year without a confirmed calendar ("tạm tính")
    """

    started_at: datetime
    due_on: date
    late_from: datetime
    counted: tuple[date, ...]
    provisional: bool
    in_hours: bool


def rule_for(rules: Sequence[DeadlineRule], subject: Subject, pace: Pace, day: date) -> DeadlineRule:
    """Give the first rule that fits; before the time of all rules the last one, so that none is without."""
    return next((rule for rule in rules if rule.fits(subject, pace, day)), rules[-1])


def term_of(
    rule: DeadlineRule,
    started_at: datetime,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
    *,
    extended: bool = False,
    office: OfficeHours = OFFICE_HOURS,
) -> Term:
    """Count the term for the answer of one leg.

    pauses  of this leg, in order, all closed; close a running one with the present moment to see how it stands

    A pause moves the end by exactly the working days in it (of an hourly term, by its office hours); one that was
    opened after the term had ended moves nothing.
    """
    if rule.answer_hours and not extended:
        return _hours_term(rule, started_at, calendar, pauses, office)
    days = rule.answer_days + (rule.extension_days if extended else 0)
    paused = (day for pause in pauses for day in _days_of(pause))
    due = calendar.closed_on(paused).due(calendar.received_on(started_at, office), days)
    return Term(started_at, due.due_on, end_of(due.due_on), due.counted, due.provisional, in_hours=False)


def end_of(day: date) -> datetime:
    """Give the moment (aware) at which a local day is over."""
    return datetime.combine(day + ONE_DAY, time(), LOCAL)


def _hours_term(
    rule: DeadlineRule, started_at: datetime, calendar: Calendar, pauses: Sequence[Pause], office: OfficeHours
) -> Term:
    """Count working hours stretch by stretch: up to each pause, then on from its end."""
    left, start, days = timedelta(hours=rule.answer_hours), started_at, list[date]()
    for pause in [*pauses, None]:
        due = calendar.due_hours(start, left / timedelta(hours=1), office)
        stretches = [(a, b) for a, b in due.counted if pause is None or a < pause.opened_at]
        days += [opens.astimezone(LOCAL).date() for opens, _ in stretches]
        if pause is None or due.due_at <= pause.opened_at or pause.closed_at is None:
            break
        left -= sum((min(b, pause.opened_at) - a for a, b in stretches), timedelta())
        start = pause.closed_at
    due_on = due.due_at.astimezone(LOCAL).date()
    return Term(started_at, due_on, due.due_at, tuple(dict.fromkeys(days)), due.provisional, in_hours=True)


def _days_of(pause: Pause) -> list[date]:
    """Days that do not count: after the day of asking up to the day of the reply."""
    if pause.closed_at is None:
        return []
    asked, replied = (moment.astimezone(LOCAL).date() for moment in (pause.opened_at, pause.closed_at))
    return [asked + ONE_DAY * step for step in range(1, (replied - asked).days + 1)]


@cache
def load_deadlines(preset: str) -> tuple[DeadlineRule, ...]:
    """Read the rules of a preset such as "commune-2025", once in a process; DataError names what is wrong."""
    file = files("petitions") / "presets" / preset / "deadlines.toml"
    return read_file(file, read_deadlines, f"{preset}/deadlines.toml")


def read_deadlines(table: Table) -> tuple[DeadlineRule, ...]:
    """Read the rules of a deadlines file; the last one must fit every petition."""
    rules = table.tables("rule", _rule, required=True, unique="id")
    last = rules[-1]
    if last.pace or last.subjects or last.valid_to or not last.answer_days:
        way_out = "let the last rule fit every petition: no pace, subjects or valid_to, in days"
        raise DataError(table.file, f"rule[{len(rules)}].id", last.id, way_out)
    return rules


def _rule(row: Table) -> DeadlineRule:
    days, hours = (row.optional(f"answer_working_{units}", row.whole, 1) or 0 for units in ("days", "hours"))
    if bool(days) == bool(hours):
        raise row.refusal("answer_working_days", "write either answer_working_days or answer_working_hours")
    rule = DeadlineRule(
        id=row.text("id"),
        pace=row.optional("pace", row.choice, Pace),
        subjects=frozenset(row.choices("subjects", Subject)),
        answer_days=days,
        answer_hours=hours,
        refuse_days=row.whole("refuse_working_days", 1),
        supplement_days=row.whole("supplement_working_days", 1),
        publish_days=row.whole("publish_working_days", 1),
        extension_days=row.whole("extension_working_days", 1),
        escalate_after=row.whole("escalate_after", 1),
        valid_from=row.day("valid_from"),
        valid_to=row.optional("valid_to", row.day),
        because=row.label("because"),
        source=row.text("source"),
    )
    if rule.valid_to and rule.valid_to < rule.valid_from:
        raise row.refusal("valid_to", "end the rule after it begins")
    return rule
