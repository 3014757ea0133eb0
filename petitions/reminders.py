"""When somebody is reminded of a petition: before its end the handlers, after it their leader, then the coordinator.

Each reminder has a slot. A slot is used once, whatever happens to clocks and servers: who was asleep over three of them
goes on with the next one.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from offices.worktime import LOCAL, Calendar
from petitions.deadlines import DeadlineRule, Term

HOUR = time(8)
"""Local time of day at which reminders go out: offices are open, and nobody is woken."""


class Audience(StrEnum):
    """Who hears something about a petition."""

    REPORTER = "reporter"
    OFFICERS = "officers"
    LEADER = "leader"
    COORDINATOR = "coordinator"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder: `slot` is its name within the term, `late_days` the working days since the end, 0 before it."""

    slot: str
    at: datetime
    audiences: tuple[Audience, ...]
    late_days: int = 0


def reminders_before(term: Term) -> tuple[Reminder, ...]:
    """List what is sent before the term ends, in order: half time, the day before, the day itself.

    A short term has fewer: slots never fall together, and none falls before the term began.
    """
    slots = [("half", _half(term)), ("eve", _morning(term, -2)), ("day", _morning(term, -1))]
    by_moment = {at: slot for slot, at in slots if at and term.started_at < at < term.late_from}
    return tuple(Reminder(slot, at, (Audience.OFFICERS,)) for at, slot in sorted(by_moment.items()))


def late_reminder(term: Term, calendar: Calendar, rule: DeadlineRule, nth: int) -> Reminder:
    """Give the reminder of the `nth` working day after the end; from `escalate_after` on for the coordinator too."""
    at = _at_hour(calendar.due(term.due_on, nth).due_on)
    higher = (Audience.COORDINATOR,) if nth >= rule.escalate_after else ()
    return Reminder(f"late-{nth}", at, (Audience.LEADER, *higher), nth)


def next_reminder(term: Term, calendar: Calendar, rule: DeadlineRule, after: datetime) -> Reminder:
    """Give the first reminder after a moment; there is always one, for lateness does not end by itself."""
    for reminder in reminders_before(term):
        if reminder.at > after:
            return reminder
    passed = calendar.working_days_between(term.due_on, after.astimezone(LOCAL).date())
    nth = max(passed, 1)
    reminder = late_reminder(term, calendar, rule, nth)
    return reminder if reminder.at > after else late_reminder(term, calendar, rule, nth + 1)


def reminder_in(term: Term, calendar: Calendar, rule: DeadlineRule, slot: str) -> Reminder | None:
    """Give the reminder of a slot as the term stands now; None when the term has no such slot any more."""
    if slot.startswith("late-"):
        return late_reminder(term, calendar, rule, int(slot.removeprefix("late-")))
    return next((reminder for reminder in reminders_before(term) if reminder.slot == slot), None)


def _half(term: Term) -> datetime | None:
    if term.in_hours:
        return term.started_at + (term.late_from - term.started_at) / 2
    return _morning(term, len(term.counted) // 2 - 1) if len(term.counted) > _SHORTEST_WITH_HALF else None


_SHORTEST_WITH_HALF = 3
"""In a term of three days the half time is the day before the day before: no news."""


def _morning(term: Term, index: int) -> datetime | None:
    days = term.counted
    return _at_hour(days[index]) if -len(days) <= index < len(days) else None


def _at_hour(day: date) -> datetime:
    return datetime.combine(day, HOUR, LOCAL)
