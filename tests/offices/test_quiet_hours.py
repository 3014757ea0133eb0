from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from offices.datafiles import Label
from offices.quiet_hours import QuietHours, load_quiet_hours
from offices.worktime import LOCAL

QUIET = load_quiet_hours()
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
HOURS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
SOME = st.builds(QuietHours, HOURS, HOURS, st.just(Label("vì thế", "because")))


def local(hour: int, minute: int = 0, day: int = 16) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=LOCAL)


def test_it_is_quiet_from_evening_to_morning() -> None:
    hours = [local(7, 59), local(8), local(19, 59), local(20), local(0)]
    assert [QUIET.hold(at) for at in hours] == [True, False, False, True, True]
    assert "91/2020" in QUIET.reason.vi


def test_what_waits_goes_on_in_the_morning() -> None:
    assert QUIET.over_at(local(21)) == local(8, day=17)
    assert QUIET.over_at(local(3)) == local(8)
    assert QUIET.over_at(local(12)) == local(12)


def test_an_hour_begun_late_ends_in_the_morning() -> None:
    assert QUIET.after(local(19, 30), timedelta(hours=1)) == local(8, 30, day=17)
    assert QUIET.after(local(22), timedelta(hours=13)) == local(9, day=18)


def test_hours_within_one_day_hold_too() -> None:
    noon = QuietHours(time(12), time(13), Label("nghỉ trưa", "lunch"))
    assert [noon.hold(local(hour)) for hour in (11, 12, 13)] == [False, True, False]


@settings(deadline=None, max_examples=100)
@given(SOME, MOMENTS)
def test_the_end_of_quiet_is_not_quiet_and_nothing_before_it_was_loud(quiet: QuietHours, at: datetime) -> None:
    end = quiet.over_at(at)
    assert at <= end <= at + timedelta(days=1)
    assert not quiet.hold(end)
    if end > at:
        assert all(quiet.hold(at + (end - at) * part) for part in (0.0, 0.3, 0.9))


@settings(deadline=None, max_examples=100)
@given(SOME, MOMENTS, st.integers(1, 3000))
def test_just_so_much_loud_time_passes(quiet: QuietHours, at: datetime, minutes: int) -> None:
    at = at.replace(second=0, microsecond=0)
    end = quiet.after(at, timedelta(minutes=minutes))
    whole = int((end - at).total_seconds() // 60)
    assert sum(not quiet.hold(at + timedelta(minutes=passed)) for passed in range(whole)) == minutes
