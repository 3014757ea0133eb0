"""The reporting calendars of the plans as dates."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offices.datafiles import Label
from surveys.periods import Period, Report, ending_in, month_period, year_period
from surveys.targets import load_plans, plan

LABEL = Label("kỳ", "period")


def calendar(code: str, year: int) -> dict[str, tuple[date, date, date | None]]:
    return {report.id: (report.period.start, report.period.end, report.due) for report in plan(code).reports(year)}


def test_ung_hoa_reports_cumulatively_from_december_of_the_year_before() -> None:
    start = date(2023, 12, 15)
    periodic = {key: days for key, days in calendar("UH24", 2024).items() if "SURVEY" not in key}
    assert periodic == {
        "UH24-Q1": (start, date(2024, 3, 1), date(2024, 3, 2)),
        "UH24-H1": (start, date(2024, 6, 1), date(2024, 6, 2)),
        "UH24-9M": (start, date(2024, 9, 1), date(2024, 9, 2)),
        "UH24-YEAR": (start, date(2024, 12, 1), date(2024, 12, 2)),
    }


def test_tay_ho_counts_its_third_quarter_by_itself() -> None:
    assert calendar("TH24", 2025) == {
        "TH24-Q1": (date(2024, 12, 15), date(2025, 3, 14), None),
        "TH24-H1": (date(2024, 12, 15), date(2025, 6, 14), None),
        "TH24-Q3": (date(2025, 6, 15), date(2025, 9, 14), None),
        "TH24-YEAR": (date(2024, 12, 15), date(2025, 12, 14), None),
    }


def test_yen_thanh_reports_each_month_before_the_fifth_of_the_next() -> None:
    months = calendar("YT24", 2024)
    assert months["YT24-MONTHLY-02"] == (date(2024, 2, 1), date(2024, 2, 29), date(2024, 3, 4))
    assert months["YT24-MONTHLY-12"] == (date(2024, 12, 1), date(2024, 12, 31), date(2025, 1, 4))


def test_ninh_giang_publishes_and_the_communes_of_ung_hoa_report_each_month_on_no_day() -> None:
    for name in ("NG24-MONTHLY", "UH24-SURVEY-MONTHLY"):
        months = {key: days for key, days in calendar(name[:4], 2026).items() if key.startswith(name)}
        assert len(months) == 12
        assert months[f"{name}-11"] == (date(2026, 11, 1), date(2026, 11, 30), None)


def test_tong_phan_names_no_dates() -> None:
    assert plan("TP24").reports(2024) == ()
    assert plan("TP24").reports_on(date(2024, 5, 1)) == ()


def test_a_report_says_its_year() -> None:
    assert plan("TH24").reports(2024)[0].period.label == Label("Quý I năm 2024", "First quarter 2024")


def test_yen_thanh_surveys_in_two_rounds_before_july_and_before_november() -> None:
    rules = {rule.id: rule for rule in plan("YT24").survey_rules}
    assert rules["YT24-SURVEY-HEALTHEDU"].fields == ("health", "education")
    days = calendar("YT24", 2026)
    june, october = date(2026, 6, 30), date(2026, 10, 31)
    assert days["YT24-SURVEY-ADMIN-1"] == (date(2026, 1, 1), june, june)
    assert days["YT24-SURVEY-ADMIN-2"] == (date(2026, 7, 1), october, october)
    assert days["YT24-SURVEY-HEALTHEDU-1"] == (date(2026, 1, 1), october, october)
    assert "YT24-SURVEY-ADMIN-3" not in days


YEARS = st.integers(2002, 2098)
CALENDARS = {
    "TH24 in its year": lambda year: named("TH24", ["TH24-H1", "TH24-Q3"], year),
    "TH24 by years": lambda year: named("TH24", ["TH24-YEAR"], year) + named("TH24", ["TH24-YEAR"], year + 1),
    "YT24 rounds": lambda year: named("YT24", ["YT24-SURVEY-ADMIN-1", "YT24-SURVEY-ADMIN-2"], year),
    "YT24 months": lambda year: monthly("YT24-MONTHLY", year) + monthly("YT24-MONTHLY", year + 1),
    "NG24 months": lambda year: monthly("NG24-MONTHLY", year),
    "UH24 months": lambda year: monthly("UH24-SURVEY-MONTHLY", year),
}


def named(code: str, ids: list[str], year: int) -> list[Report]:
    reports = {report.id: report for report in plan(code).reports(year)}
    return [reports[name] for name in ids]


def monthly(name: str, year: int) -> list[Report]:
    return named(name[:4], [f"{name}-{month:02}" for month in range(1, 13)], year)


@pytest.mark.parametrize("windows", CALENDARS.values(), ids=CALENDARS)
@given(year=YEARS)
def test_what_is_not_cumulative_neither_overlaps_nor_leaves_a_gap(
    windows: Callable[[int], list[Report]], year: int
) -> None:
    for earlier, later in pairwise(windows(year)):
        assert later.period.start - earlier.period.end == timedelta(days=1)


@given(YEARS)
def test_cumulative_windows_share_their_start(year: int) -> None:
    for code, cumulative in {"UH24": ["Q1", "H1", "9M", "YEAR"], "TH24": ["Q1", "H1", "YEAR"]}.items():
        reports = named(code, [f"{code}-{name}" for name in cumulative], year)
        assert {report.period.start for report in reports} == {date(year - 1, 12, 15)}
        assert [report.period.end for report in reports] == sorted({report.period.end for report in reports})


@given(YEARS)
def test_nothing_is_due_before_its_window_is_over_and_every_report_says_its_source(year: int) -> None:
    for each in load_plans().values():
        reports = each.reports(year)
        assert [report.period.end for report in reports] == sorted(report.period.end for report in reports)
        assert len({report.id for report in reports}) == len(reports)
        rounds = {rule.id for rule in each.survey_rules}
        for report in reports:
            assert report.source.section
            assert report.source.quote
            assert report.year == year == report.period.end.year
            if report.due is not None:
                is_round = report.id.rpartition("-")[0] in rounds
                assert report.due == report.period.end if is_round else report.due > report.period.end


@given(st.sampled_from(sorted(load_plans())), st.dates(date(2002, 1, 1), date(2098, 12, 31)))
def test_a_day_belongs_to_every_window_that_holds_it_and_to_no_other(code: str, day: date) -> None:
    found = plan(code).reports_on(day)
    near = [report for year in range(day.year - 1, day.year + 3) for report in plan(code).reports(year)]
    holding = [report for report in near if report.period.start <= day <= report.period.end]
    assert sorted(found, key=str) == sorted(holding, key=str)
    assert [report.period.end for report in found] == sorted(report.period.end for report in found)


def test_a_day_of_december_belongs_to_the_next_year_or_to_nothing() -> None:
    def cumulative(day: date) -> list[tuple[str, int]]:
        return [(report.id, report.year) for report in plan("UH24").reports_on(day) if "MONTHLY" not in report.id]

    assert cumulative(date(2026, 12, 1)) == [("UH24-YEAR", 2026)]
    assert cumulative(date(2026, 12, 2)) == []  # the plan leaves these days out
    assert cumulative(date(2026, 12, 15)) == [(f"UH24-{name}", 2027) for name in ("Q1", "H1", "9M", "YEAR")]
    assert [report.id for report in plan("TH24").reports_on(date(2026, 7, 1))] == ["TH24-Q3", "TH24-YEAR"]


@given(st.dates(date(2001, 1, 1), date(2090, 1, 1)), st.integers(0, 700), st.integers(2003, 2095))
def test_the_same_period_of_another_year_starts_and_ends_on_the_same_days(start: date, days: int, year: int) -> None:
    period = Period(start, date.fromordinal(start.toordinal() + days), LABEL)
    other = ending_in(year, period)
    assert other.end.year == year
    for day, moved in ((period.start, other.start), (period.end, other.end)):
        assert moved.year - day.year == year - period.end.year
        assert (moved.month, moved.day) in {(day.month, day.day), (2, 28)}
    assert abs(other.days - period.days) <= 1
    assert ending_in(period.end.year, period).end == period.end


def test_periods_have_their_days_in_order() -> None:
    assert year_period(2024).days == 366
    assert ending_in(2023, month_period(2024, 2)).end == date(2023, 2, 28)
    with pytest.raises(ValueError, match="ends before it starts"):
        Period(date(2024, 2, 1), date(2024, 1, 1), LABEL)


def test_a_report_of_a_year_is_not_called_year_twice() -> None:
    names = [report.period.label.vi for report in plan("TH24").reports(2026)]
    assert names == ["Quý I năm 2026", "6 tháng đầu năm 2026", "Quý III năm 2026", "Năm 2026"]
