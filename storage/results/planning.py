"""When people are told of a closed period: some days after its closing, so that the leaders can say what changes."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from offices.worktime import LOCAL
from storage import schedule
from storage.closed_periods.records import ClosedPeriod

KIND = "return-results"
WRITTEN_WITHIN = timedelta(days=3)
"""How long the leaders have for their words after a period was closed."""
NEWS_FOR = timedelta(days=180)
"""A period that ended longer ago is no news to anybody: closing it late tells nobody."""
MORNING = time(9)


def plan_returning(connection: Connection, closed: ClosedPeriod, now: datetime) -> None:
    """Have the results told in the morning three days on; a period that ended long ago is left alone."""
    if now.astimezone(LOCAL).date() - closed.window.end > NEWS_FOR:
        return
    at = datetime.combine((now + WRITTEN_WITHIN).astimezone(LOCAL).date(), MORNING, LOCAL)
    schedule.plan(connection, unique_key=work_key(closed, 0), due_at=at, kind=KIND, payload=payload(closed, 0))


def return_now(connection: Connection, closed: ClosedPeriod, now: datetime) -> None:
    """Have the results told from now on, whatever was planned; who was told already is not told again."""
    schedule.cancel(connection, _of_period(closed))
    again = now.isoformat()
    key, told = work_key(closed, 0, again), payload(closed, 0, again)
    schedule.plan(connection, unique_key=key, due_at=now, kind=KIND, payload=told)


def work_key(closed: ClosedPeriod, after: int, again: str = "") -> str:
    """Name the work of one page: a run that was begun `again`, at that moment, has pages of its own."""
    return f"{_of_period(closed)}{after}" + (f":{again}" if again else "")


def payload(closed: ClosedPeriod, after: int, again: str = "") -> dict[str, Any]:
    """Return what the worker is told: the period, the last person of the page before, and the run."""
    return {"plan": closed.plan, "report": closed.report, "year": closed.year, "after": after, "again": again}


def _of_period(closed: ClosedPeriod) -> str:
    return f"{KIND}:{closed.plan}:{closed.report}:{closed.year}:"
