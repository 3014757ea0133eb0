"""A plan's targets against what was measured: each with n, interval, method, versions, period and verdict."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Protocol

from sqlalchemy import Connection

from offices.datafiles import Label
from offices.units import Directory, Unit
from offices.worktime import LOCAL
from storage import questionnaires
from storage.dossier_figures import Dossiers, backlog, promptness
from storage.dossier_import import complete_to
from storage.figures import Headlines, Scope, figures, headlines
from surveys.measurement import (
    Measurement,
    measured_count,
    measured_difference,
    measured_number,
    measured_share,
    no_difference,
    not_collected,
)
from surveys.metrics import Counted, Metric, Series, with_parts
from surveys.periods import Period, ending_in
from surveys.plan import Target
from surveys.revision import breaks
from surveys.scoring import Score
from surveys.series_breaks import break_between
from surveys.tallies import Counts
from surveys.targets import Judgement, compare, plan
from surveys.visits import Access


class OnTime(Protocol):
    """What the petition figures tell of a cohort of petitions due in a period."""

    @property
    def due(self) -> int:
        """Petitions whose deadline lies in the period."""

    @property
    def on_time(self) -> int:
        """Those of them handled by their deadline."""


class PetitionTimeliness(Protocol):
    """`storage.petition_figures.timeliness`, handed in so that figures and petitions stay apart."""

    def __call__(
        self,
        connection: Connection,
        /,
        start: date,
        end: date,
        now: datetime,
        *,
        published_required: bool,
        units: Sequence[str] | None,
    ) -> OnTime:
        """Count the petitions due from `start` to `end` at these units (None = all), as known at `now`."""


@dataclass(frozen=True)
class Measured:
    """A measurement with what it was measured on.

    versions     of the questionnaire; empty when none was answered or none is used
    apart        of the n respondents, how many answered each way; empty when no questionnaire is used
    by_successor whether it counts ratings of other units that these took over: a change between two years does
    undated      dossiers received in the period without a day they were due on, which are not in the figure; None where
                 it is not about dossiers due in the period
    withdrawn    as many due in the period that were taken back before they were late, not in the figure; None as above
    complete_to  the day of the period to which the list of dossiers is complete, none due later is judged; None where
                 no list was taken over
    """

    measurement: Measurement
    questionnaire: str | None = None
    versions: tuple[int, ...] = ()
    apart: Mapping[Access, int] = field(default_factory=dict)
    by_successor: bool = False
    undated: int | None = None
    withdrawn: int | None = None
    complete_to: date | None = None


@dataclass(frozen=True)
class TargetRow:
    """One line of a plan report. `source` and `method` are to be shown beside the figure."""

    target: Target
    period: Period
    measured: Measured
    judgement: Judgement

    @property
    def source(self) -> Label:
        """Where the figure comes from."""
        return (self.target.applies_to or self.target.metric).source

    @property
    def method(self) -> Label:
        """How it was computed."""
        return self.target.metric.method


@dataclass(frozen=True)
class Measuring:
    """How the targets of one report are measured.

    period       the days counted
    now          aware; the moment at which open petitions and dossiers are late or not
    timeliness   `storage.petition_figures.timeliness`
    units        None = the whole authority
    access       None = ratings of every way together
    succession   these units with all that they took over (offices.lineage), over which a change between two years is
                 measured, so that both years are about the same citizens; None = nothing but `units`
    """

    period: Period
    now: datetime
    timeliness: PetitionTimeliness
    units: frozenset[str] | None = None
    access: Access | None = None
    succession: frozenset[str] | None = None

    @property
    def with_predecessors(self) -> "Measuring":
        """The same over all that the units took over."""
        return self if self.succession is None else replace(self, units=self.succession)


def plan_report(connection: Connection, plan_code: str, measuring: Measuring) -> list[TargetRow]:
    """Measure every target of a plan, in the plan's order; DataError for an unknown plan."""
    return [_row(connection, target, measuring) for target in plan(plan_code).targets]


def _row(connection: Connection, target: Target, measuring: Measuring) -> TargetRow:
    measured = measure(connection, target, measuring)
    return TargetRow(target, measuring.period, measured, compare(target, measured.measurement))


def measure(connection: Connection, target: Target, measuring: Measuring) -> Measured:
    """Measure one target for a period; what is not collected yet says so."""
    return _MEASURES[target.metric.series](connection, target, measuring)


def _measure_ratings(connection: Connection, target: Target, measuring: Measuring) -> Measured:
    found = _asked(connection, target.metric, target, measuring, measuring.period)
    return _measured(measured_share(found.score), target.metric, found)


def _measure_change(connection: Connection, target: Target, measuring: Measuring) -> Measured:
    metric, period = target.applies_to or target.metric, measuring.period
    by_successor = measuring.units != measuring.with_predecessors.units
    measuring = measuring.with_predecessors
    now = _asked(connection, metric, target, measuring, period)
    this_year = measured_share(now.score)
    baseline = ending_in(target.baseline_year or period.end.year - 1, period)
    if baseline.end >= period.start:
        return _measured(no_difference(this_year, "not_after_baseline"), metric, now, by_successor=by_successor)
    before = _asked(connection, metric, target, measuring, baseline)
    if measures_otherwise(connection, metric, {*before.versions, *now.versions}):
        return _measured(no_difference(this_year, "other_questions"), metric, now, by_successor=by_successor)
    broken = break_between(metric.code, baseline.end.year, period.end.year)
    change = measured_difference(this_year, measured_share(before.score), broken)
    return _measured(change, metric, now, by_successor=by_successor)


def measures_otherwise(connection: Connection, metric: Metric, versions: Collection[int]) -> bool:
    """Whether among these versions one breaks the series of what the metric measures: the item, or the whole index."""
    asked = [questionnaires.load(connection, str(metric.questionnaire), number) for number in sorted(versions)]
    return any(breaks(before, after, metric.item) for before, after in pairwise(asked))


def _measure_petitions(connection: Connection, target: Target, measuring: Measuring) -> Measured:
    period = measuring.period
    counted = measuring.timeliness(
        connection,
        start=period.start,
        end=period.end,
        now=measuring.now,
        published_required=target.requires_publication,
        units=None if measuring.units is None else sorted(measuring.units),
    )
    return Measured(measured_count(counted.on_time, counted.due))


def _measure_dossiers(connection: Connection, target: Target, measuring: Measuring) -> Measured:
    of = Dossiers(measuring.units, with_parts(target.fields))
    listed, today = complete_to(connection), measuring.now.astimezone(LOCAL).date()
    if listed is not None:
        listed = min(listed, measuring.period.end)  # a later list of the same dossiers changes no figure
        today = min(today, listed + timedelta(days=1))
    if target.metric.counts is Counted.BACKLOG:
        left = backlog(connection, of, measuring.period, today)
        return Measured(measured_number(left.waiting, left.past_due), complete_to=listed)
    found = promptness(connection, of, measuring.period, today)
    good = found.early if target.metric.counts is Counted.EARLY else found.on_time
    count = measured_count(good, found.due)
    return Measured(count, undated=found.undated, withdrawn=found.withdrawn, complete_to=listed)


def _measure_nothing(_connection: Connection, _target: Target, _measuring: Measuring) -> Measured:
    return Measured(not_collected())


_MEASURES: dict[Series, Callable[[Connection, Target, Measuring], Measured]] = {
    Series.RATINGS: _measure_ratings,
    Series.DIFFERENCE: _measure_change,
    Series.PETITIONS: _measure_petitions,
    Series.DOSSIERS: _measure_dossiers,
    Series.NONE: _measure_nothing,
}


@dataclass(frozen=True)
class _Asked:
    """What a questionnaire gives for a metric."""

    score: Score
    apart: Mapping[Access, int]
    versions: tuple[int, ...]


def _asked(connection: Connection, metric: Metric, target: Target, measuring: Measuring, period: Period) -> _Asked:
    code = str(metric.questionnaire)
    scope = Scope(period, measuring.units, with_parts(target.fields), metric.services, measuring.access)
    kept = headlines(connection, code, scope)
    if _is_headline(connection, metric, kept):
        return _Asked(kept.score(), kept.respondents(), kept.versions)
    found = figures(connection, code, scope)
    scores = {access: _score(metric, counts) for access, counts in found.apart.items()}
    return _Asked(_score(metric, found.counts), {access: each.n for access, each in scores.items()}, found.versions)


def _is_headline(connection: Connection, metric: Metric, kept: Headlines) -> bool:
    """Whether the metric is the headline of every version that was answered; otherwise its cells are added up."""
    asked = [kept.questionnaire, *(questionnaires.load(connection, kept.questionnaire.code, v) for v in kept.versions)]
    items = {each.headline for each in asked}
    return len(items) == 1 and (items == {frozenset({metric.item})} if metric.item else bool(kept.questionnaire.scored))


def _score(metric: Metric, counts: Counts) -> Score:
    return counts.score(metric.item) if metric.item else counts.pooled()


def _measured(measurement: Measurement, metric: Metric, found: _Asked, *, by_successor: bool = False) -> Measured:
    return Measured(measurement, metric.questionnaire, found.versions, found.apart, by_successor)


def subtree(directory: Directory, unit: str, period: Period) -> frozenset[str]:
    """Return the codes of a unit and of all that stood under it in the period, or had ended before.

    What ended goes on being counted: its dossiers become late, and are rated, for weeks after.
    """
    return frozenset({unit, *(each.code for each in directory if _stood_under(directory, each, unit, period))})


def _stood_under(directory: Directory, each: Unit, upper: str, period: Period) -> bool:
    """Say whether a unit stood under another at the end of the period, or when it ended.

    What ended before stands under those, too, who had taken over above it by the first day.
    """
    if each.valid_from > period.end:
        return False
    last_day = min(each.valid_to or period.end, period.end)
    days = {last_day, max(last_day, period.start)}
    return any(above.code == upper for day in days for above in directory.ancestors(each.code, day))
