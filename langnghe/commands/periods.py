"""`langnghe periods`: what was closed and corrected, the calendar of a plan, and the proof that nothing was altered."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import today
from langnghe.closed_lines import as_json as closed_as_json
from langnghe.closed_lines import closers, in_words
from langnghe.failures import FAILED
from langnghe.parts import json_option, make, show_json
from langnghe.scope import plan_of
from langnghe.tables import table
from langnghe.words import Words
from storage.closed_periods import records
from storage.closed_periods.calendar import Entry, calendar
from storage.closed_periods.records import ClosedPeriod, Fault
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

    def look(connection: Connection) -> tuple[list[ClosedPeriod], dict[str, str], list[Fault]]:
        closed = records.every(connection, code)
        return closed, closers(connection, closed), records.faults(connection) if check else []

    closed, people, faults = store.read(look)
    entries = calendar(plan, year or today().year, today(), closed) if plan else []
    if as_json:
        show_json(_as_json(closed, entries, faults if check else None))
    else:
        parts = [_calendar_in_words(words, plan, entries)] if plan else []
        parts += [in_words(words, each, people) for each in closed] or [words("periods.none")]
        if check:
            parts += [words(f"periods.{each.what}", subject=each.subject, revision=each.revision) for each in faults]
            parts += [] if faults else [words("periods.whole", number=len(closed))]
        click.echo("\n\n".join(parts))
    return FAILED if faults else 0


def _calendar_in_words(words: Words, plan: Plan | None, entries: Sequence[Entry]) -> str:
    if plan is None or not entries:
        return words("periods.no_calendar")
    head = [words(f"periods.{name}") for name in ("id", "window", "due", "state")]
    rows = [
        [
            each.report.id,
            f"{_day(words, each.report.period.start)} – {_day(words, each.report.period.end)}",
            _day(words, each.report.due) if each.report.due else "–",
            words(f"periods.state_{each.standing}"),
        ]
        for each in entries
    ]
    return table(head, rows)


def _day(words: Words, day: date) -> str:
    return formats.date_text(day, words.language)


def _as_json(
    closed: Sequence[ClosedPeriod], entries: Sequence[Entry], faults: Sequence[Fault] | None
) -> dict[str, Any]:
    told: dict[str, Any] = {"closed": [closed_as_json(each) for each in closed]}
    if entries:
        told["calendar"] = [
            {
                "period": each.report.id,
                "year": each.report.year,
                "from": each.report.period.start.isoformat(),
                "to": each.report.period.end.isoformat(),
                "due": each.report.due.isoformat() if each.report.due else None,
                "state": str(each.standing),
                "section": each.report.source.section,
                "quote": each.report.source.quote,
            }
            for each in entries
        ]
    if faults is not None:
        told["faults"] = [{"period": each.subject, "revision": each.revision, "what": each.what} for each in faults]
    return told
