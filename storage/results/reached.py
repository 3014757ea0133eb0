"""What a unit reached in a closed period and how that differs from the year before: computed once, then kept.

All who are told are told the same, however long the telling takes. Whoever corrects the period later adds a revision
there; a message that was sent stays as it was. A letter tells nothing from which, with other letters and the public
page, the answers of a few people follow (`surveys.disclosure`).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, select

from offices.lineage import Lineage, lineage
from offices.units import Directory, UnitKind
from offices.worktime import LOCAL
from storage.closed_periods.document import canonical
from storage.closed_periods.records import ClosedPeriod
from storage.figures import Headlines, Scope, headlines
from storage.plan_report import measures_otherwise
from storage.results.disclosed import Disclosed, disclosed, target_of, told_in, year_before
from storage.results.notes import note_of
from storage.tables.results import unit_result
from storage.upsert import insert_for
from surveys.measurement import Measurement, measured_difference, measured_share, no_difference
from surveys.metrics import Metric, load_metrics, with_parts
from surveys.periods import Period
from surveys.plan import Target
from surveys.series_breaks import break_between
from surveys.targets import compare

FEW_SINCE = "few_since"
"""Why there is no figure: with what was told before, it would tell what fewer than ten people answered."""


@dataclass(frozen=True)
class Reached:
    """What a unit reached by itself, without those below it; shares, ends and targets are percent.

    apart     of the n respondents, how many answered each way (`Access`)
    missing   why there is no share ("below_minimum", "nothing_counted", "few_since"); None where there is one
    verdict, operator, target   None where the plan has no target for such a unit
    change    percentage points against the same days of the year before; None with `no_change` saying why
    over      the units whose past counts for this one, over which the change is measured in both years
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
    over: tuple[str, ...]
    note: str


_FRACTIONS = ("share", "low", "high", "target", "before", "change", "change_low", "change_high")


def reached(
    connection: Connection, directory: Directory, closed: ClosedPeriod, units: Collection[str], now: datetime
) -> dict[str, Reached]:
    """Return what units reached, as it was computed when each was first asked for."""
    missing = sorted(set(units) - _kept(connection, closed, units).keys())
    if missing:
        measuring = _Measuring(connection, directory, closed, lineage(directory, closed.window.end))
        rows = [
            {**_key(closed, made.unit), "document": _written(made), "made_at": now}
            for made in measuring.all(missing, now)
        ]
        # Another worker may have been first.
        connection.execute(insert_for(connection, unit_result).on_conflict_do_nothing(), rows)
    return _kept(connection, closed, units)


def _key(closed: ClosedPeriod, unit: str) -> dict[str, Any]:
    return {"plan": closed.plan, "report": closed.report, "year": closed.year, "unit": unit}


def _kept(connection: Connection, closed: ClosedPeriod, units: Collection[str]) -> dict[str, Reached]:
    c = unit_result.c
    own = (c.plan == closed.plan, c.report == closed.report, c.year == closed.year, c.unit.in_(sorted(units)))
    return {
        unit: _read(unit, document) for unit, document in connection.execute(select(c.unit, c.document).where(*own))
    }


@dataclass(frozen=True)
class _Measuring:
    """Measures what units reached in a closed period; changes go by the units of its last day."""

    connection: Connection
    directory: Directory
    closed: ClosedPeriod
    lines: Lineage

    def all(self, units: Collection[str], now: datetime) -> list[Reached]:
        """Measure one unit after another: what is told of the first is known of when the next is measured."""
        concerned = {*units, *(each for unit in units for each in self._over(unit))}
        windows = (self.closed.window, year_before(self.closed.window))
        metrics = {_metric(self.directory, unit) for unit in units}
        wanted = [told_in(window, self.closed.plan, metric) for metric in metrics for window in windows]
        told = disclosed(self.connection, concerned, now.astimezone(LOCAL).date(), wanted)
        return [self._one(unit, told) for unit in units]

    def _one(self, unit: str, told: Disclosed) -> Reached:
        period, metric = self.closed.window, _metric(self.directory, unit)
        target, over = target_of(self.closed.plan, metric), self._over(unit)
        now = self._asked(metric, target, period, (unit,))
        found = measured_share(now.score())
        figure = told_in(period, self.closed.plan, metric)
        if found.value is not None and not told.may_tell(unit, figure):
            found = Measurement(found.n, None, missing=FEW_SINCE)
        if found.value is not None:
            told.tell(unit, figure)
        before, change = self._change(metric, target, over, found, told)
        return Reached(
            unit=unit, metric=metric.code, versions=now.versions, n=found.n,
            apart={str(access): number for access, number in now.respondents().items()},
            share=found.value, low=found.low, high=found.high, missing=found.missing,
            verdict=str(compare(target, found).verdict) if target else None,
            operator=str(target.operator) if target else None, target=target.value if target else None,
            before=before.value, before_n=before.n,
            change=change.value, change_low=change.low, change_high=change.high,
            no_change=change.missing, over=over, note=note_of(self.connection, self.closed, unit),
        )  # fmt: skip

    def _change(
        self, metric: Metric, target: Target | None, over: tuple[str, ...], found: Measurement, told: Disclosed
    ) -> tuple[Measurement, Measurement]:
        """Measure the figure of the year before, and the change: over the same citizens in both years."""
        period, earlier = self.closed.window, year_before(self.closed.window)
        now, before = (self._asked(metric, target, each, over) for each in (period, earlier))
        share_before = measured_share(before.score())
        if found.value is None:
            return share_before, no_difference(found, found.missing)
        if measures_otherwise(self.connection, metric, {*before.versions, *now.versions}):
            return share_before, no_difference(found, "other_questions")
        broken = break_between(metric.code, earlier.end.year, period.end.year)
        change = measured_difference(measured_share(now.score()), share_before, broken)
        figures = [told_in(each, self.closed.plan, metric) for each in (period, earlier)]
        if change.value is not None and not all(told.may_tell(unit, *figures) for unit in over):
            change = no_difference(found, FEW_SINCE)
        if change.value is not None:
            for unit in over:
                told.tell(unit, *figures)
        return share_before, change

    def _asked(self, metric: Metric, target: Target | None, period: Period, units: Collection[str]) -> Headlines:
        fields = with_parts(target.fields) if target else ()
        scope = Scope(period, frozenset(units), fields, metric.services)
        return headlines(self.connection, str(metric.questionnaire), scope)

    def _over(self, unit: str) -> tuple[str, ...]:
        """List the units whose past counts for this one; one whose row is another's stands for itself alone."""
        return tuple(sorted({unit, *(each.code for each in self.directory if self.lines.row(each.code) == unit)}))


def _metric(directory: Directory, unit: str) -> Metric:
    is_public = directory.unit(unit).kind is UnitKind.PUBLIC_SERVICE
    return load_metrics()["satisfaction_public_service" if is_public else "satisfaction_tthc"]


def _written(made: Reached) -> str:
    facts = dict(vars(made)) | dict.fromkeys(_FRACTIONS)
    exact = {name: getattr(made, name) for name in _FRACTIONS}
    return canonical(facts | {name: str(value) for name, value in exact.items() if value is not None})


def _read(unit: str, document: str) -> Reached:
    """Read what is kept; documents of before they said over which units a change is measured meant the unit alone."""
    facts: dict[str, Any] = {"over": [unit], **json.loads(document)}
    exact = {name: None if facts[name] is None else Fraction(facts[name]) for name in _FRACTIONS}
    return Reached(**{**facts, **exact, "versions": tuple(facts["versions"]), "over": tuple(facts["over"])})
