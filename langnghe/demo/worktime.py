"""When things happen in the sample world: officials in office hours, citizens when they please."""

from datetime import date, datetime, time, timedelta
from random import Random

from offices.worktime import LOCAL, OFFICE_HOURS, Calendar

MARGIN = timedelta(minutes=10)
"""Nobody begins anything in the last minutes before the office closes."""


def office_moment(chance: Random, calendar: Calendar, after: datetime) -> datetime:
    """Choose a moment of office hours after `after`: the same day if it still lasts, else the next working day."""
    day = calendar.next_working(after.astimezone(LOCAL).date())
    while True:
        sessions = [(max(_at(day, opens), after), _at(day, closes) - MARGIN) for opens, closes in OFFICE_HOURS.sessions]
        open_ones = [(opens, closes) for opens, closes in sessions if opens < closes]
        if open_ones:
            opens, closes = chance.choice(open_ones)
            return opens + (closes - opens) * chance.random()
        day = calendar.next_working(day + timedelta(days=1))


def in_working_days(chance: Random, calendar: Calendar, now: datetime, days: int) -> datetime:
    """Choose a moment of office hours so many working days after today's; 0 = still today if the office is open."""
    today = now.astimezone(LOCAL).date()
    after = now if days == 0 else _at(calendar.due(today, days).due_on, time())
    return office_moment(chance, calendar, max(now, after))


def any_moment(chance: Random, day: date) -> datetime:
    """Choose a moment at which a citizen takes out the telephone: between six in the morning and ten at night."""
    return _at(day, time(6)) + timedelta(hours=16) * chance.random()


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, LOCAL)
