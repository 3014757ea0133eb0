"""The scope of a figure, from what was typed: period, report of a plan, unit with all below it, field."""

from datetime import date

import click
from sqlalchemy import Connection

from langnghe.failures import WrongUse
from offices.datafiles import Label
from offices.units import Directory
from storage import units
from storage.plan_report import subtree
from storage.unit_scope import UnitScope, View, unit_scope
from surveys.periods import Period, Report
from surveys.plan import Plan
from surveys.targets import load_plans
from wording import formats


def period_of(start: date | None, end: date | None, today: date) -> Period:
    """Return the period asked for; without an end to today, without a start from the first day of that year."""
    last = end or today
    first = start or date(last.year, 1, 1)
    if first > last:
        raise WrongUse("period_backwards", start=first, end=last)
    return Period(first, last, Label(*(f"{_day(first, name)} – {_day(last, name)}" for name in ("vi", "en"))))


def report_arguments() -> list[click.Parameter]:
    """Return PLAN PERIOD YEAR, as `code`, `period` and `year`."""
    return [
        click.Argument(["code"], metavar="PLAN"),
        click.Argument(["period"], metavar="PERIOD"),
        click.Argument(["year"], metavar="YEAR", type=click.IntRange(2000, 2999)),
    ]


def plan_of(code: str) -> Plan:
    """Return a plan. Raises WrongUse with the plans there are."""
    if code not in load_plans():
        raise WrongUse("plan_unknown", code=code, codes=", ".join(load_plans()))
    return load_plans()[code]


def report_of(code: str, report: str, year: int) -> Report:
    """Return a report of a plan for a year. Raises WrongUse with the reports there are."""
    reports = plan_of(code).reports(year)
    for each in reports:
        if each.id == report:
            return each
    if not reports:
        raise WrongUse("plan_without_reports", code=code)
    raise WrongUse("report_unknown", report=report, ids=", ".join(each.id for each in reports))


def units_of(connection: Connection, typed: str | None, period: Period) -> frozenset[str] | None:
    """Return the codes of a unit and all below it; None for the whole authority. Raises WrongUse."""
    if typed is None:
        return None
    directory = units.load_directory(connection)
    return subtree(directory, _known_unit(directory, typed, period), period)


def unit_scope_of(connection: Connection, typed: str | None, period: Period, view: View, today: date) -> UnitScope:
    """Return the units of a figure by a view; of the whole authority without a unit. Raises WrongUse."""
    directory = units.load_directory(connection)
    unit = None if typed is None else _known_unit(directory, typed, period)
    return unit_scope(directory, unit, period, view, today)


def field_of(connection: Connection, typed: str | None) -> tuple[str, ...]:
    """Return the code of a field; nothing for all of them. Raises WrongUse with the codes there are."""
    if typed is None:
        return ()
    fields = units.load_fields(connection)
    if typed not in fields:
        close = fields.find(typed) or list(fields)
        raise WrongUse("field_unknown", field=typed, codes=", ".join(each.code for each in close))
    return (typed,)


def _known_unit(directory: Directory, typed: str, period: Period) -> str:
    if typed in directory:
        return typed
    close = directory.find(typed, period.end) or directory.on(period.end)
    raise WrongUse("unit_unknown", unit=typed, codes=", ".join(each.code for each in close))


def _day(day: date, language: str) -> str:
    return formats.date_text(day, language)
