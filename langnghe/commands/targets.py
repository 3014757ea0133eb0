"""`langnghe targets`: what was measured, held against the targets of the reform plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import utc_now
from langnghe.failures import WrongUse
from langnghe.parts import json_option, make, period_options, show_json
from langnghe.scope import period_of, plan_of, report_of, unit_scope_of
from langnghe.target_lines import as_json as row_as_json
from langnghe.target_lines import in_words
from langnghe.words import Words
from offices.fields import Fields
from offices.worktime import LOCAL
from storage import units
from storage.petition_figures import timeliness
from storage.plan_report import Measuring, TargetRow, plan_report
from storage.reference import NotInstalledError
from storage.unit_scope import View
from surveys.periods import Period
from surveys.plan import Plan
from surveys.targets import load_plans


@dataclass(frozen=True)
class PlanReport:
    """The measured targets of one plan."""

    plan: Plan
    period: Period
    as_of: date
    rows: Sequence[TargetRow]
    fields: Fields


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "targets", run,
        click.Option(["--plan", "code"], help=words("option.plan", codes=", ".join(load_plans()))),
        *period_options(words),
        click.Option(["--report"], help=words("option.report")),
        click.Option(["--year"], type=click.IntRange(2000, 2999), help=words("option.year")),
        click.Option(["--unit"], help=words("option.unit")),
        json_option(words),
    )  # fmt: skip


def run(
    words: Words, *, code: str | None, start: date | None, end: date | None, report: str | None, year: int | None,
    unit: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Measure every target of one plan, or of all."""
    plans = [plan_of(code)] if code else list(load_plans().values())
    now = utc_now()
    today = now.astimezone(LOCAL).date()
    period = _period(code, report, year or today.year) if report else period_of(start, end, today)
    if report and (start or end):
        raise WrongUse("report_and_period")
    reports = store.read(lambda connection: _measure(connection, plans, period, unit, now))
    if as_json:
        show_json([_plan_as_json(each) for each in reports])
    else:
        click.echo("\n\n".join(_plan_in_words(words, each) for each in reports))


def _period(code: str | None, report: str, year: int) -> Period:
    """Find the period of a report of the plan, by its id."""
    if code is None:
        raise WrongUse("report_needs_plan")
    return report_of(code, report, year).period


def _measure(
    connection: Connection, plans: Sequence[Plan], period: Period, unit: str | None, now: datetime
) -> list[PlanReport]:
    if units.authority(connection) is None:
        raise NotInstalledError
    fields = units.load_fields(connection)
    today = now.astimezone(LOCAL).date()
    scope = unit_scope_of(connection, unit, period, View.TIME, today)
    measuring = Measuring(period, now, timeliness, scope.units, succession=scope.succession)
    return [PlanReport(each, period, today, plan_report(connection, each.code, measuring), fields) for each in plans]


def _plan_in_words(words: Words, report: PlanReport) -> str:
    head = words(
        "targets.head", code=report.plan.code, title=report.plan.title, period=report.period.label[words.language],
        as_of=report.as_of,
    )  # fmt: skip
    return f"{head}\n\n{in_words(words, report.rows, report.fields)}"


def _plan_as_json(report: PlanReport) -> dict[str, object]:
    return {
        "plan": report.plan.code,
        "title": report.plan.title,
        "period": {"from": report.period.start.isoformat(), "to": report.period.end.isoformat()},
        "as_of": report.as_of.isoformat(),
        "targets": [row_as_json(row) for row in report.rows],
    }
