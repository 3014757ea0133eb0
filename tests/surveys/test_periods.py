"""The reporting calendars of the plans as dates."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offices.datafiles import Label
from surveys.periods import Period, ending_in, month_period, year_period
from surveys.targets import plan

LABEL = Label("kỳ", "period")


def calendar(code: str, year: int) -> dict[str, tuple[date, date, date | None]]:
    return {report.id: (report.period.start, report.period.end, report.due) for report in plan(code).reports(year)}


def test_ung_hoa_reports_cumulatively_from_december_of_the_year_before() -> None:
    start = date(2023, 12, 15)
    assert calendar("UH24", 2024) == {
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
    assert len(months) == 12
    assert months["YT24-MONTHLY-02"] == (date(2024, 2, 1), date(2024, 2, 29), date(2024, 3, 4))
    assert months["YT24-MONTHLY-12"] == (date(2024, 12, 1), date(2024, 12, 31), date(2025, 1, 4))
    assert plan("NG24").reports(2024) == ()


def test_a_report_says_its_year() -> None:
    assert plan("TH24").reports(2024)[0].period.label == Label("Quý I năm 2024", "First quarter 2024")


def test_yen_thanh_surveys_in_two_rounds() -> None:
    rules = {rule.id: rule for rule in plan("YT24").survey_rules}
    assert rules["YT24-SURVEY-ADMIN"].before == (date(2024, 7, 1), date(2024, 11, 1))
    assert rules["YT24-SURVEY-HEALTHEDU"].fields == ("health", "education")


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
