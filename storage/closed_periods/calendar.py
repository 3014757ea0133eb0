"""Where each report of a plan stands: ahead, running, over and to be closed, or closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from storage.closed_periods.records import ClosedPeriod
from surveys.periods import Report
from surveys.plan import Plan


class Standing(StrEnum):
    """Where a report stands on a day."""

    CLOSED = "closed"
    OVER = "over"  # its window is over: it can be closed
    RUNNING = "running"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Entry:
    """One report of the calendar; `is_late` when its last day in time has passed and it is not closed."""

    report: Report
    standing: Standing
    is_late: bool


def calendar(plan: Plan, year: int, today: date, closed: Iterable[ClosedPeriod]) -> list[Entry]:
    """List the reports of a year in order; `closed` holds the closings of the plan."""
    done = {(each.report, each.year) for each in closed if each.plan == plan.code}
    running = {(report.id, report.year) for report in plan.reports_on(today)}
    entries: list[Entry] = []
    for report in plan.reports(year):
        key = (report.id, report.year)
        if key in done:
            entries.append(Entry(report, Standing.CLOSED, is_late=False))
            continue
        ahead = Standing.OVER if report.period.end < today else Standing.AHEAD
        is_late = report.due is not None and report.due < today
        entries.append(Entry(report, Standing.RUNNING if key in running else ahead, is_late))
    return entries
