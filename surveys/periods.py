"""Periods: the windows of dates that figures are counted over, and the plans' reporting calendars."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from offices.datafiles import Label, Table

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""A day before or behind these is a slip of the finger; counting on from it would leave the calendar."""
_MONTHS = 12
_ANY_YEAR = 2023  # without a 29 February


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both included; local dates (Asia/Ho_Chi_Minh)."""

    start: date
    end: date
    label: Label

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period ends before it starts: {self.start} to {self.end}")

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.end - self.start).days + 1

    def holds(self, day: date) -> bool:
        """Say whether a day lies in it."""
        return self.start <= day <= self.end


@dataclass(frozen=True)
class YearDay:
    """A day of the report year, or of the year before it (`years_before` = 1)."""

    years_before: int
    month: int
    day: int

    def in_year(self, year: int) -> date:
        """Return the date for a report year."""
        return date(year - self.years_before, self.month, self.day)


@dataclass(frozen=True)
class Source:
    """Where a plan says it, and its words."""

    section: str
    quote: str


@dataclass(frozen=True)
class Report:
    """One report to hand in: the window of its figures and its last day in time.

    year   the report year; a window may begin in the year before
    due    never before the window's last day; None = the plan states none
    """

    id: str
    year: int
    period: Period
    due: date | None
    source: Source


@dataclass(frozen=True)
class YearlyReport:
    """A report with fixed days, such as `15/12 of the year before to 14/3`."""

    id: str
    label: Label
    source: Source
    start: YearDay
    end: YearDay
    due: YearDay | None

    def reports(self, year: int) -> tuple[Report, ...]:
        """Return the one report of a year."""
        period = Period(self.start.in_year(year), self.end.in_year(year), _with_year(self.label, year))
        return (Report(self.id, year, period, self.due.in_year(year) if self.due else None, self.source),)


@dataclass(frozen=True)
class MonthlyReport:
    """A report on each calendar month, due on a day of the next one; None = the plan states no day."""

    id: str
    source: Source
    due_day_of_next_month: int | None = None

    def reports(self, year: int) -> tuple[Report, ...]:
        """Return the twelve reports of a year."""
        return tuple(self._report(month_period(year, month)) for month in range(1, _MONTHS + 1))

    def _report(self, month: Period) -> Report:
        due = month.end + timedelta(days=self.due_day_of_next_month) if self.due_day_of_next_month else None
        return Report(f"{self.id}-{month.start.month:02}", month.start.year, month, due, self.source)


@dataclass(frozen=True)
class SurveyRounds:
    """Rounds of asking, each to be done and told before a day ("trước tháng 7 và tháng 11").

    before   the days of the plan's year, the earliest first; the plans name no first days, so a round begins where
             the one before it ends, the first on 1 January
    """

    id: str
    before: tuple[date, ...]
    source: Source

    def reports(self, year: int) -> tuple[Report, ...]:
        """Return the rounds of a year, numbered from 1; the last day of a round is its last day in time."""
        starts = [date(year, 1, 1), *(day.replace(year=year) for day in self.before)]
        ends = [day - timedelta(days=1) for day in starts[1:]]
        return tuple(
            self._report(number, Period(*days, _round_label(number, year)))
            for number, days in enumerate(zip(starts, ends, strict=False), start=1)
        )

    def _report(self, number: int, period: Period) -> Report:
        return Report(f"{self.id}-{number}", period.end.year, period, period.end, self.source)


ReportingPeriod = YearlyReport | MonthlyReport | SurveyRounds


def _round_label(number: int, year: int) -> Label:
    return Label(f"Đợt khảo sát {number} năm {year}", f"Survey round {number} of {year}")


def _with_year(label: Label, year: int) -> Label:
    of_year = str(year) if label.vi.casefold().endswith("năm") else f"năm {year}"
    return Label(f"{label.vi} {of_year}", f"{label.en} {year}")


def days_period(start: date, end: date) -> Period:
    """Return a window that has no name but its days.

    >>> days_period(date(2026, 11, 1), date(2026, 11, 30)).label.vi
    '2026-11-01 – 2026-11-30'
    """
    days = f"{start} – {end}"
    return Period(start, end, Label(days, days))


def month_period(year: int, month: int) -> Period:
    """Return a calendar month."""
    label = Label(f"Tháng {month}/{year}", f"{month:02}/{year}")
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]), label)


def year_period(year: int) -> Period:
    """Return a calendar year."""
    return Period(date(year, 1, 1), date(year, _MONTHS, 31), Label(f"Năm {year}", f"Year {year}"))


def ending_in(year: int, period: Period) -> Period:
    """Return the same period of another year: it ends in that year, on the same day; 29 February becomes 28 February.

    >>> quarter = Period(date(2025, 12, 15), date(2026, 3, 14), Label("Quý I", "First quarter"))
    >>> str(ending_in(2023, quarter).start), str(ending_in(2023, quarter).end)
    ('2022-12-15', '2023-03-14')
    """
    years = year - period.end.year
    label = Label(f"Cùng kỳ năm {year} của: {period.label.vi}", f"The same period of {year}: {period.label.en}")
    return Period(_moved(period.start, years), _moved(period.end, years), label)


def _moved(day: date, years: int) -> date:
    last = monthrange(day.year + years, day.month)[1]
    return date(day.year + years, day.month, min(day.day, last))


def read_reporting_period(table: Table) -> ReportingPeriod:
    """Read one reporting period of a plan file; what is due before its window ends is refused."""
    name, source = table.text("id"), Source(table.text("section"), table.text("quote"))
    if table.flag("monthly"):
        return MonthlyReport(name, source, table.optional("due_day_of_next_month", table.whole, 1, 28))
    label = table.label("label")
    start, end = table.table("start", _read_day), table.table("end", _read_day)
    due = table.optional("due", table.table, _read_day)
    if start.in_year(_ANY_YEAR) > end.in_year(_ANY_YEAR):
        raise table.refusal("end", "write a day that is not before the start")
    if due and due.in_year(_ANY_YEAR) <= end.in_year(_ANY_YEAR):
        raise table.refusal("due", "write a day after the end")
    return YearlyReport(name, label, source, start, end, due)


def _read_day(table: Table) -> YearDay:
    years_before = table.optional("years_before", table.whole, 0, 1) or 0
    day = YearDay(years_before, table.whole("month", 1, _MONTHS), table.whole("day", 1, 31))
    if day.day > monthrange(_ANY_YEAR, day.month)[1]:
        raise table.refusal("day", "name a day which this month has in every year")
    return day
