"""`langnghe periods`: what was closed and corrected, the calendar of a plan, and the proof that nothing was altered."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import today
from langnghe.closed_lines import as_json as closed_as_json
from langnghe.closed_lines import in_words
from langnghe.failures import FAILED
from langnghe.parts import json_option, make, show_json
from langnghe.scope import plan_of
from langnghe.tables import table
from langnghe.words import Words
from storage.closed_periods import records
from storage.closed_periods.records import ClosedPeriod, Fault
from surveys.periods import Report
from surveys.plan import Plan
from surveys.targets import load_plans
from wording import formats


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "periods", run,
        click.Option(["--plan", "code"], help=words("option.calendar_plan", codes=", ".join(load_plans()))),
        click.Option(["--year"], type=click.IntRange(2000, 2999), help=words("option.year")),
        click.Option(["--check"], is_flag=True, help=words("option.check")),
        json_option(words),
    )  # fmt: skip


def run(words: Words, *, code: str | None, year: int | None, check: bool, as_json: bool) -> int:
    """List; the exit code is 1 when --check found stored figures that are not as they were closed."""
    plan = None if code is None else plan_of(code)

    def look(connection: Connection) -> tuple[list[ClosedPeriod], list[Fault]]:
        return records.every(connection, code), records.faults(connection) if check else []

    closed, faults = store.read(look)
    calendar = _calendar(plan, year or today().year, closed) if plan else []
    if as_json:
        show_json(_as_json(closed, calendar, faults if check else None))
    else:
        parts = [_calendar_in_words(words, plan, calendar)] if plan else []
        parts += [in_words(words, each) for each in closed] or [words("periods.none")]
        if check:
            parts += [words(f"periods.{each.what}", subject=each.subject, revision=each.revision) for each in faults]
            parts += [] if faults else [words("periods.whole", number=len(closed))]
        click.echo("\n\n".join(parts))
    return FAILED if faults else 0


def _calendar(plan: Plan, year: int, closed: Sequence[ClosedPeriod]) -> list[tuple[Report, str]]:
    """Give the reports of a year in order, each with where it stands: closed, over, running or ahead."""
    done = {(each.report, each.year) for each in closed}
    now = today()
    running = {(each.id, each.year) for each in plan.reports_on(now)}
    return [(each, _state(each, now, done, running)) for each in plan.reports(year)]


def _state(report: Report, day: date, done: set[tuple[str, int]], running: set[tuple[str, int]]) -> str:
    key = (report.id, report.year)
    if key in done:
        return "closed"
    if key in running:
        return "running"
    return "over" if report.period.end < day else "ahead"


def _calendar_in_words(words: Words, plan: Plan | None, calendar: Sequence[tuple[Report, str]]) -> str:
    if plan is None or not calendar:
        return words("periods.no_calendar")
    head = [words(f"periods.{name}") for name in ("id", "window", "due", "state")]
    rows = [
        [
            report.id,
            f"{_day(words, report.period.start)} – {_day(words, report.period.end)}",
            _day(words, report.due) if report.due else "–",
            words(f"periods.state_{state}"),
        ]
        for report, state in calendar
    ]
    return table(head, rows)


def _day(words: Words, day: date) -> str:
    return formats.date_text(day, words.language)


def _as_json(
    closed: Sequence[ClosedPeriod], calendar: Sequence[tuple[Report, str]], faults: Sequence[Fault] | None
) -> dict[str, Any]:
    told: dict[str, Any] = {"closed": [closed_as_json(each) for each in closed]}
    if calendar:
        told["calendar"] = [
            {
                "period": report.id,
                "year": report.year,
                "from": report.period.start.isoformat(),
                "to": report.period.end.isoformat(),
                "due": report.due.isoformat() if report.due else None,
                "state": state,
                "section": report.source.section,
                "quote": report.source.quote,
            }
            for report, state in calendar
        ]
    if faults is not None:
        told["faults"] = [{"period": each.subject, "revision": each.revision, "what": each.what} for each in faults]
    return told
