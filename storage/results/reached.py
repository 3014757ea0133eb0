"""What a unit reached in a closed period and how that differs from the year before: computed once, then kept.

All who are told are told the same, however long the telling takes. Whoever corrects the period later adds a revision
there; a message that was sent stays as it was.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, select

from offices.datafiles import Label
from offices.units import Directory, UnitKind
from storage.closed_periods.document import canonical
from storage.closed_periods.records import ClosedPeriod
from storage.figures import Headlines, Scope, headlines
from storage.plan_report import subtree
from storage.results.notes import note_of
from storage.tables.results import unit_result
from storage.upsert import insert_for
from surveys.measurement import Measurement, measured_difference, measured_share
from surveys.metrics import Metric, load_metrics, with_parts
from surveys.periods import Period, ending_in
from surveys.plan import Target
from surveys.series_breaks import break_between
from surveys.targets import compare, plan


@dataclass(frozen=True)
class Reached:
    """What a unit reached; shares, ends and targets are percent.

    apart     of the n respondents, how many answered each way (`Access`)
    missing   why there is no share ("below_minimum", "nothing_counted"); None where there is one
    verdict, operator, target   None where the plan has no target for such a unit
    change    percentage points against the same days of the year before; None with `no_change` saying why
    note      what the unit's leader wrote that it will change; empty for nothing
    """

    unit: str
    metric: str
    versions: tuple[int, ...]
    n: int
    apart: Mapping[str, int]
    share: Fraction | None
    low: Fraction | None
    high: Fraction | None
    missing: str | None
    verdict: str | None
    operator: str | None
    target: Fraction | None
    before: Fraction | None
    before_n: int
    change: Fraction | None
    change_low: Fraction | None
    change_high: Fraction | None
    no_change: str | None
    note: str


_FRACTIONS = ("share", "low", "high", "target", "before", "change", "change_low", "change_high")


def window(closed: ClosedPeriod) -> Period:
    """Return the days of a closed period."""
    told = json.loads(closed.document)
    label = Label(told["label"]["vi"], told["label"]["en"])
    return Period(date.fromisoformat(told["from"]), date.fromisoformat(told["to"]), label)


def reached(connection: Connection, directory: Directory, closed: ClosedPeriod, unit: str, now: datetime) -> Reached:
    """Return what a unit reached, as it was computed when it was first asked for."""
    key = {"plan": closed.plan, "report": closed.report, "year": closed.year, "unit": unit}
    c = unit_result.c
    stored = select(c.document).where(*(c[name] == value for name, value in key.items()))
    found = connection.scalar(stored)
    if found is None:
        made = _measured(connection, directory, closed, unit)
        adding = insert_for(connection, unit_result).values(**key, document=_written(made), made_at=now)
        connection.execute(adding.on_conflict_do_nothing())
        found = connection.execute(stored).scalar_one()  # another worker may have been first
    return _read(str(found))


def _measured(connection: Connection, directory: Directory, closed: ClosedPeriod, unit: str) -> Reached:
    period, metric = window(closed), _metric(directory, unit)
    target = next((each for each in plan(closed.plan).targets if _is_for(each, metric)), None)
    year_before = ending_in(period.end.year - 1, period)
    now = _asked(connection, metric, target, period, directory, unit)
    earlier = _asked(connection, metric, target, year_before, directory, unit)
    found, before = measured_share(now.score()), measured_share(earlier.score())
    broken = break_between(metric.code, year_before.end.year, period.end.year)
    change = measured_difference(found, before, broken)
    return Reached(
        unit=unit, metric=metric.code, versions=now.versions, n=found.n,
        apart={str(access): number for access, number in now.respondents().items()},
        share=found.value, low=found.low, high=found.high, missing=found.missing,
        verdict=_verdict(target, found), operator=str(target.operator) if target else None,
        target=target.value if target else None, before=before.value, before_n=before.n,
        change=change.value, change_low=change.low, change_high=change.high,
        no_change=change.missing, note=note_of(connection, closed, unit),
    )  # fmt: skip


def _metric(directory: Directory, unit: str) -> Metric:
    is_public = directory.unit(unit).kind is UnitKind.PUBLIC_SERVICE
    return load_metrics()["satisfaction_public_service" if is_public else "satisfaction_tthc"]


def _is_for(target: Target, metric: Metric) -> bool:
    """Say whether a target is about all that such a unit does: one for a few fields only is left to the reports."""
    return target.metric.code == metric.code and (not target.fields or (target.joint and not metric.services))


def _asked(
    connection: Connection, metric: Metric, target: Target | None, period: Period, directory: Directory, unit: str
) -> Headlines:
    fields = with_parts(target.fields) if target else ()
    scope = Scope(period, subtree(directory, unit, period), fields, metric.services)
    return headlines(connection, str(metric.questionnaire), scope)


def _verdict(target: Target | None, found: Measurement) -> str | None:
    return str(compare(target, found).verdict) if target else None


def _written(made: Reached) -> str:
    facts = dict(vars(made)) | dict.fromkeys(_FRACTIONS)
    exact = {name: getattr(made, name) for name in _FRACTIONS}
    return canonical(facts | {name: str(value) for name, value in exact.items() if value is not None})


def _read(document: str) -> Reached:
    facts: dict[str, Any] = json.loads(document)
    exact = {name: None if facts[name] is None else Fraction(facts[name]) for name in _FRACTIONS}
    return Reached(**{**facts, **exact, "versions": tuple(facts["versions"])})
