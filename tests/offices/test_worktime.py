from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.errors import DataError
from offices.worktime import LOCAL, OFFICE_HOURS, VIETNAM, Calendar, OfficeHours
from offices.yearly import read_year

DAYS = st.dates(date(2023, 11, 1), date(2027, 3, 1))
TERMS = st.integers(1, 60)
CLOSED = st.frozensets(DAYS, max_size=30)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
MODEST = settings(deadline=None, max_examples=100)

# Written out a second time, by hand, from the notices: the files must say the same.
OFF = {
    2024: "01-01 02-08 02-09 02-12 02-13 02-14 04-18 04-29 04-30 05-01 09-02 09-03",
    2025: "01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 05-02 09-01 09-02",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 04-27 04-30 05-01 08-31 09-01 09-02 11-24",
}
WORKED = {2024: "05-04", 2025: "04-26", 2026: "01-10 08-22"}


def days(listed: dict[int, str]) -> set[date]:
    return {date.fromisoformat(f"{year}-{day}") for year, text in listed.items() for day in text.split()}


def counts(day: date) -> bool:
    """Tell a working day without the code under test."""
    return day in days(WORKED) or (day.isoweekday() <= 5 and day not in days(OFF))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def test_every_day_of_three_years_is_what_the_notices_say() -> None:
    day = date(2024, 1, 1)
    while day.year < 2027:
        assert VIETNAM.is_working(day) == counts(day), day
        day += timedelta(days=1)


def test_every_special_day_has_a_name_and_a_source() -> None:
    for year in VIETNAM.years.values():
        for special in [*year.off.values(), *year.worked.values()]:
            assert special.name.vi
            assert special.name.en
            assert special.source


def test_days_that_wait_for_a_check_against_the_notice_are_listed() -> None:
    unchecked = [special.day for special in VIETNAM.years[2026].unchecked()]
    assert unchecked == [date(2026, 8, 22), date(2026, 8, 31)]
    assert VIETNAM.years[2025].unchecked() == ()


@pytest.mark.parametrize(
    ("received", "term", "due"),
    [
        (date(2025, 4, 29), 2, date(2025, 5, 6)),  # 30 April to 2 May off
        (date(2025, 4, 24), 2, date(2025, 4, 26)),  # Saturday 26 April was worked
        (date(2026, 11, 20), 2, date(2026, 11, 25)),  # 24 November off
        (date(2026, 4, 25), 1, date(2026, 4, 28)),  # made up on Monday 27
        (date(2024, 2, 7), 1, date(2024, 2, 15)),
        (date(2025, 7, 5), 5, date(2025, 7, 11)),  # received on a Saturday
    ],
)
def test_known_terms(received: date, term: int, due: date) -> None:
    assert VIETNAM.due(received, term).due_on == due


@MODEST
@given(DAYS, TERMS, CLOSED)
def test_a_term_ends_as_a_count_by_hand_says(received: date, term: int, closed: frozenset[date]) -> None:
    due = VIETNAM.closed_on(closed).due(received, term)
    by_hand = [
        day for day in (received + timedelta(days=step) for step in range(1, 400)) if counts(day) and day not in closed
    ]
    assert list(due.counted) == by_hand[:term]
    assert due.due_on == by_hand[term - 1]


@MODEST
@given(DAYS, TERMS)
def test_a_deadline_is_a_working_day_and_a_longer_term_ends_later(received: date, term: int) -> None:
    due = VIETNAM.due(received, term)
    assert due.due_on > received
    assert all(VIETNAM.is_working(day) for day in due.counted)
    assert len(due.counted) == term
    assert list(due.counted) == sorted(set(due.counted))
    assert VIETNAM.due(received, term + 1).due_on > due.due_on
    assert VIETNAM.due(received + timedelta(days=1), term).due_on >= due.due_on


@MODEST
@given(DAYS, TERMS)
def test_counting_back_gives_the_term(received: date, term: int) -> None:
    due_on = VIETNAM.due(received, term).due_on
    assert VIETNAM.working_days_between(received, due_on) == term
    assert VIETNAM.working_days_between(due_on, received) == -term
    assert VIETNAM.working_days_between(received, received) == 0


def test_a_deadline_in_a_year_without_calendar_is_provisional() -> None:
    assert not VIETNAM.due(date(2026, 12, 30), 1).provisional
    assert VIETNAM.due(date(2026, 12, 30), 2).provisional
    assert VIETNAM.due(date(2026, 12, 31), 1).provisional
    assert not VIETNAM.confirmed(2027)
    assert VIETNAM.due_hours(local("2026-12-31T16:00"), 4).provisional


@pytest.mark.parametrize("term", [0, -1])
def test_a_term_of_no_days_is_refused(term: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        VIETNAM.due(date(2026, 1, 5), term)


def test_a_term_that_ends_on_a_day_off_ends_on_the_next_working_day() -> None:
    assert VIETNAM.next_working(date(2026, 4, 30)) == date(2026, 5, 4)
    assert VIETNAM.next_working(date(2026, 5, 4)) == date(2026, 5, 4)


@pytest.mark.parametrize(
    ("received", "hours", "due"),
    [
        ("2025-07-07T08:00", 4, "2025-07-07T14:00"),  # 3.5 hours before lunch, the rest after
        ("2025-07-07T07:00", 4, "2025-07-07T11:30"),
        ("2025-07-07T11:45", 4, "2025-07-08T08:00"),
        ("2025-07-04T16:30", 4, "2025-07-07T11:00"),  # over a weekend
        ("2025-04-25T16:00", 8, "2025-04-26T16:30"),  # the worked Saturday counts
        ("2025-07-05T09:00", 4, "2025-07-07T11:30"),
    ],
)
def test_urgent_terms_count_office_hours(received: str, hours: int, due: str) -> None:
    assert VIETNAM.due_hours(local(received), hours).due_at == local(due)


@MODEST
@given(MOMENTS, st.integers(1, 2400))
def test_the_counted_hours_add_up_and_the_office_is_open_in_them(received: datetime, minutes: int) -> None:
    due = VIETNAM.due_hours(received, minutes / 60)
    assert sum((end - start for start, end in due.counted), timedelta(0)) == timedelta(hours=minutes / 60)
    assert all(VIETNAM.is_open(start) for start, _ in due.counted)
    assert due.counted[0][0] >= received
    assert due.due_at == due.counted[-1][1]
    assert VIETNAM.due_hours(received, (minutes + 1) / 60).due_at > due.due_at


def test_a_unit_open_on_saturday_mornings_counts_them_in_hours_only() -> None:
    office = OfficeHours(saturday=((time(7, 30), time(11, 30)),))
    friday_evening = local("2025-07-04T18:00")
    assert VIETNAM.due_hours(friday_evening, 2, office).due_at == local("2025-07-05T09:30")
    assert VIETNAM.due_hours(friday_evening, 2).due_at == local("2025-07-07T09:30")
    assert not VIETNAM.is_working(date(2025, 7, 5))
    assert not VIETNAM.is_open(local("2024-02-10T09:00"), office)  # Saturday of Tết


def test_what_comes_after_the_cut_off_counts_as_received_on_the_next_working_day() -> None:
    office = OfficeHours(cut_off=time(15))
    assert VIETNAM.received_on(local("2025-07-04T15:00"), office) == date(2025, 7, 4)
    assert VIETNAM.received_on(local("2025-07-04T15:01"), office) == date(2025, 7, 7)
    assert VIETNAM.received_on(local("2025-07-05T08:00"), office) == date(2025, 7, 7)
    assert VIETNAM.received_on(local("2025-07-05T08:00")) == date(2025, 7, 5)


def test_receipt_is_a_date_in_vietnam() -> None:
    assert VIETNAM.received_on(datetime(2025, 7, 6, 18, 0, tzinfo=UTC)) == date(2025, 7, 7)


def test_a_flood_closes_one_unit_and_no_other() -> None:
    flooded = VIETNAM.closed_on([date(2025, 7, 8), date(2025, 7, 9)])
    assert flooded.due(date(2025, 7, 7), 1).due_on == date(2025, 7, 10)
    assert VIETNAM.due(date(2025, 7, 7), 1).due_on == date(2025, 7, 8)
    assert not flooded.is_open(local("2025-07-08T09:00"))


@pytest.mark.parametrize("sessions", [(), ((time(9), time(8)),), ((time(8), time(11)), (time(10), time(17)))])
def test_office_hours_that_run_backwards_or_never_open_are_refused(sessions: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="office hours"):
        OfficeHours(sessions=sessions)


def test_a_time_without_zone_or_a_term_of_no_hours_is_refused() -> None:
    for moment, hours in ((datetime(2025, 7, 7, 8), 4), (local("2025-07-07T08:00"), 0)):  # noqa: DTZ001 - the point
        with pytest.raises(ValueError, match="zone"):
            VIETNAM.due_hours(moment, hours, OFFICE_HOURS)


def test_a_calendar_without_any_year_is_the_plain_week_and_says_so() -> None:
    due = Calendar({}).due(date(2025, 4, 29), 2)
    assert due.due_on == date(2025, 5, 1)
    assert due.provisional


ENTRY = 'name = { vi = "Ngày mẫu", en = "Sample day" }\nsource = "mẫu"\n'


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("[[off]]\nday = 2030-01-05\n", "Monday to Friday"),
        ("[[worked]]\nday = 2030-01-07\n", "Saturday or Sunday"),
        ("[[off]]\nday = 2031-01-06\n", "within 2030"),
        ("[[off]]\nfrom = 2030-01-08\nto = 2030-01-07\n", "first day before last"),
        ('[[off]]\nday = "2030-01-07"\n', "without quotes"),
        ("[[off]]\nholiday = 1\nday = 2030-01-07\n", "use one of"),
        (f"[[off]]\nday = 2030-01-07\n{ENTRY}[[off]]\nday = 2030-01-07\n", "once"),
        ("[[off]]\nday = 2030-01-07\nchecked = 1\n", "true or false"),
    ],
)
def test_a_wrong_calendar_is_one_clear_line(tmp_path: Path, entry: str, says: str) -> None:
    file = tmp_path / "vn-2030.toml"
    file.write_text(f'year = 2030\nsource = "mẫu"\n{entry}{ENTRY}', encoding="utf-8")
    with pytest.raises(DataError, match=says) as caught:
        read_year(file)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("vn-2030.toml")


def test_a_calendar_is_unconfirmed_until_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "vn-2030.toml"
    file.write_text('year = 2030\nsource = "mẫu"\n', encoding="utf-8")
    assert not read_year(file).confirmed
