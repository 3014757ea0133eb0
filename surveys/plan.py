"""A reform plan as data: its targets, related targets, duties, survey rules and reporting calendar."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from surveys.metrics import Metric
from surveys.periods import MonthlyReport, Report, ReportingPeriod, Source, SurveyRounds

ALL_FIELDS = "all"


class Operator(StrEnum):
    """How a figure is held against a target; ">" is used only where the plan says "trên" (above)."""

    ABOVE = ">"
    AT_LEAST = ">="
    AT_MOST = "<="
    BELOW = "<"


class Commitment(StrEnum):
    """FIRM is a result to reach; STRIVE ("phấn đấu") an aim, shown as progress and never as a breach."""

    FIRM = "firm"
    STRIVE = "strive"


@dataclass(frozen=True)
class Target:
    """One figure that a plan promises.

    fields        codes of the fields it is about; empty = all of them
    joint         the plan gives one figure for several fields together
    value         exact, in the unit of the metric (90 = 90 %)
    applies_to    for a change between years: the metric whose change it is
    baseline_year for a change between years: the year that the plan compares with ("cao hơn năm 2023")
    """

    id: str
    section: str
    metric: Metric
    applies_to: Metric | None
    fields: tuple[str, ...]
    joint: bool
    scope_note: str | None
    operator: Operator
    value: Fraction
    stretch_value: Fraction | None
    baseline_year: int | None
    requires_publication: bool
    commitment: Commitment
    measured_by: str | None
    quote: str


@dataclass(frozen=True)
class RelatedTarget:
    """A figure of the plan on a neighbouring subject; shown, not measured here."""

    id: str
    section: str
    subject: str
    operator: Operator
    value: Fraction
    unit: str
    quote: str


@dataclass(frozen=True)
class Duty:
    """An obligation without a number."""

    id: str
    section: str
    subject: str
    scope_note: str | None
    quote: str


@dataclass(frozen=True)
class SurveyRule:
    """Who has to ask citizens, about what and when.

    frequency   "monthly", "continuous" or "rounds"; the rounds end before the days of `before`
    fields      empty = all fields
    """

    id: str
    by: str
    together_with: str | None
    report_to: str | None
    frequency: str
    before: tuple[date, ...]
    fields: tuple[str, ...]
    section: str
    scope_note: str | None
    quote: str

    @property
    def calendar(self) -> tuple[ReportingPeriod, ...]:
        """When its results are to be told; nothing for asking without dates."""
        source = Source(self.section, self.quote)
        if self.frequency == "monthly":
            return (MonthlyReport(self.id, source),)
        return (SurveyRounds(self.id, self.before, source),) if self.before else ()


@dataclass(frozen=True)
class Plan:
    """One yearly reform plan of one authority."""

    code: str
    year: int
    title: str
    issuing_unit: str
    parent: str | None
    province: str
    tier: str
    targets: tuple[Target, ...]
    related: tuple[RelatedTarget, ...]
    duties: tuple[Duty, ...]
    survey_rules: tuple[SurveyRule, ...]
    reporting_periods: tuple[ReportingPeriod, ...]

    def reports(self, year: int) -> tuple[Report, ...]:
        """Return the reports to hand in for a year, survey rounds among them, by the end of their periods."""
        calendar = (*self.reporting_periods, *(each for rule in self.survey_rules for each in rule.calendar))
        every = (report for rule in calendar for report in rule.reports(year))
        return tuple(sorted(every, key=lambda report: (report.period.end, report.id)))

    def reports_on(self, day: date) -> tuple[Report, ...]:
        """Return the reports whose windows hold a day, the one that ends first in front.

        Cumulative windows overlap, so there may be several; between two of them there may be none.
        """
        years = (day.year, day.year + 1)  # a window begins in its report year or in the year before
        return tuple(each for year in years for each in self.reports(year) if each.period.holds(day))
