from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wording import formats

DAY = date(2026, 11, 3)
MOMENT = datetime(2026, 11, 20, 18, 5, tzinfo=UTC)  # 01:05 of the next day in Vietnam


def test_dates_in_both_languages() -> None:
    assert formats.date_vi(DAY) == "03/11/2026"
    assert formats.date_text(DAY, "vi") == "03/11/2026"
    assert formats.date_text(DAY, "en") == "3 Nov 2026"
    assert formats.date_with_weekday(DAY, "vi") == "Thứ Ba, 03/11/2026"
    assert formats.date_with_weekday(DAY, "en") == "Tuesday, 3 Nov 2026"


def test_moments_are_shown_in_the_time_of_vietnam() -> None:
    assert formats.datetime_text(MOMENT, "vi") == "01:05 ngày 21/11/2026"
    assert formats.datetime_text(MOMENT, "en") == "01:05 on 21 Nov 2026"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        formats.datetime_text(MOMENT.replace(tzinfo=None), "vi")


@pytest.mark.parametrize(
    ("share", "vi", "en"),
    [
        (0.8394, "83,94%", "83.94%"),
        (1.0, "100,00%", "100.00%"),
        (0.0, "0,00%", "0.00%"),
        (0.123456, "12,35%", "12.35%"),
    ],
)
def test_percentages_have_the_comma_of_the_language(share: float, vi: str, en: str) -> None:
    assert formats.percent(share, "vi") == vi
    assert formats.percent(share, "en") == en


def test_halves_round_up_and_there_is_no_minus_zero() -> None:
    assert formats.percent(Decimal("0.89995"), "vi") == "90,00%"
    assert formats.number(0.125, "en", 2) == "0.13"
    assert formats.number(-0.001, "en", 2) == "0.00"


def test_ranges_and_points() -> None:
    assert formats.percent_range(0.812, 0.861, "vi") == "81,20%–86,10%"
    assert formats.points(0.012, "vi") == "+1,20 điểm %"
    assert formats.points(-0.012, "en") == "-1.20 pp"
    assert formats.points(0, "vi", 1) == "0,0 điểm %"


def test_counts_have_thousand_separators() -> None:
    assert formats.count(1234567, "vi") == "1.234.567"
    assert formats.count(1234567, "en") == "1,234,567"
    assert formats.count(7, "vi") == "7"


@settings(deadline=None, max_examples=60)
@given(st.integers(-(10**12), 10**12))
def test_a_count_reads_back_as_itself(value: int) -> None:
    assert int(formats.count(value, "vi").replace(".", "")) == value
    assert int(formats.count(value, "en").replace(",", "")) == value


@pytest.mark.parametrize(
    ("length", "vi", "en"),
    [
        (timedelta(days=2, hours=3, minutes=9), "2 ngày 3 giờ", "2 days 3 hours"),
        (timedelta(hours=1), "1 giờ", "1 hour"),
        (timedelta(days=1, minutes=1), "1 ngày 1 phút", "1 day 1 minute"),
        (timedelta(seconds=59), "dưới 1 phút", "less than a minute"),
    ],
)
def test_durations_are_words(length: timedelta, vi: str, en: str) -> None:
    assert formats.duration(length, "vi") == vi
    assert formats.duration(length, "en") == en


@pytest.mark.parametrize(
    ("size", "vi", "en"),
    [(1, "1 KB", "1 KB"), (1000, "1 KB", "1 KB"), (1001, "2 KB", "2 KB"), (999_000, "999 KB", "999 KB"),
     (999_001, "1,0 MB", "1.0 MB"), (1_250_000, "1,3 MB", "1.3 MB"), (10_485_760, "10,5 MB", "10.5 MB")],
)  # fmt: skip
def test_sizes_of_files_are_written_as_people_read_them(size: int, vi: str, en: str) -> None:
    assert (formats.file_size(size, "vi"), formats.file_size(size, "en")) == (vi, en)


def test_a_negative_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        formats.duration(timedelta(seconds=-1), "vi")


def test_names_are_listed_as_in_a_sentence() -> None:
    assert formats.listing([], "vi") == ""
    assert formats.listing(["a"], "vi") == "a"
    assert formats.listing(["a", "b", "c"], "vi") == "a, b và c"
    assert formats.listing(["a", "b"], "en") == "a and b"


def test_a_fact_of_any_kind_becomes_words() -> None:
    assert formats.fact("PA-1", "vi") == "PA-1"
    assert formats.fact(1000, "vi") == "1.000"
    assert formats.fact(DAY, "vi") == "03/11/2026"
    assert formats.fact(MOMENT, "vi") == "01:05 ngày 21/11/2026"
