"""Terms: counted from data, moved by pauses and extensions by exactly what they are worth."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.datafiles import read_file
from offices.errors import DataError
from offices.worktime import LOCAL, VIETNAM
from petitions.deadlines import DeadlineRule, Pace, Pause, load_deadlines, read_deadlines, rule_for, term_of
from petitions.kinds import Subject
from petitions.reminders import Audience, late_reminder, next_reminder, reminder_in, reminders_before

PRESETS = ("district-2024", "commune-2025")
DAYS, HOURS = load_deadlines("commune-2025")[1], load_deadlines("commune-2025")[0]
MOMENTS = st.datetimes(datetime(2025, 7, 1), datetime(2026, 10, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
RULES = st.builds(lambda days: replace(DAYS, answer_days=days), st.integers(1, 40))


def local(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=LOCAL)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_petition_of_a_preset_has_a_rule_with_a_source(preset: str) -> None:
    rules = load_deadlines(preset)
    for subject in Subject:
        for pace in Pace:
            rule = rule_for(rules, subject, pace, date(2026, 3, 2))
            assert rule.source
            assert bool(rule.answer_hours) == (subject is Subject.SITE and pace is Pace.URGENT)


def test_fifteen_working_days_skip_the_days_off_around_the_30th_of_april_2026() -> None:
    term = term_of(DAYS, local(2026, 4, 20, 9), VIETNAM)
    assert len(term.counted) == 15
    assert date(2026, 4, 27) not in term.counted
    assert term.due_on == date(2026, 5, 14)
    assert term.late_from == local(2026, 5, 15, 0)
    assert not term.provisional


def test_a_term_that_ends_in_a_year_without_calendar_is_provisional() -> None:
    assert term_of(DAYS, local(2026, 12, 28, 9), VIETNAM).provisional


@settings(deadline=None, max_examples=60)
@given(RULES, MOMENTS, MOMENTS)
def test_a_term_ends_after_it_began_and_never_earlier_for_a_later_start(
    rule: DeadlineRule, one: datetime, other: datetime
) -> None:
    early, late = sorted([one, other])
    first, second = term_of(rule, early, VIETNAM), term_of(rule, late, VIETNAM)
    assert first.late_from > early
    assert first.due_on <= second.due_on
    assert term_of(replace(rule, answer_days=rule.answer_days + 1), early, VIETNAM).due_on > first.due_on
    assert term_of(rule, early, VIETNAM, extended=True).due_on > first.due_on


@settings(deadline=None, max_examples=80)
@given(RULES, MOMENTS, st.integers(0, 30), st.integers(0, 40))
def test_a_pause_moves_the_end_by_exactly_its_working_days(
    rule: DeadlineRule, start: datetime, asked_after: int, lasted: int
) -> None:
    asked = start + timedelta(days=asked_after)
    plain = term_of(rule, start, VIETNAM)
    moved = term_of(rule, start, VIETNAM, [Pause(asked, asked + timedelta(days=lasted))])
    paused = VIETNAM.working_days_between(
        *(moment.astimezone(LOCAL).date() for moment in (asked, asked + timedelta(days=lasted)))
    )
    expected = paused if asked.astimezone(LOCAL).date() < plain.due_on else 0
    assert VIETNAM.working_days_between(plain.due_on, moved.due_on) == expected
    assert len(moved.counted) == rule.answer_days


@settings(deadline=None, max_examples=60)
@given(MOMENTS, st.integers(0, 20), st.integers(0, 100))
def test_a_pause_of_an_hourly_term_never_takes_time_away(start: datetime, asked_after: int, lasted: int) -> None:
    asked = start + timedelta(hours=asked_after)
    plain = term_of(HOURS, start, VIETNAM)
    moved = term_of(HOURS, start, VIETNAM, [Pause(asked, asked + timedelta(hours=lasted))])
    assert moved.late_from >= plain.late_from > start
    if asked >= plain.late_from:
        assert moved.late_from == plain.late_from


def test_four_working_hours_stop_while_the_sender_is_asked() -> None:
    asked = Pause(local(2026, 3, 2, 9), local(2026, 3, 2, 14))
    assert term_of(HOURS, local(2026, 3, 2, 8), VIETNAM).late_from == local(2026, 3, 2, 14)
    assert term_of(HOURS, local(2026, 3, 2, 8), VIETNAM, [asked]).late_from == local(2026, 3, 2, 17)


def test_the_extension_of_an_hourly_term_is_counted_in_days() -> None:
    assert term_of(HOURS, local(2026, 3, 2, 8), VIETNAM, extended=True).due_on == date(2026, 3, 4)


@settings(deadline=None, max_examples=60)
@given(st.one_of(RULES, st.just(HOURS)), MOMENTS)
def test_reminders_are_ordered_unique_and_inside_the_term(rule: DeadlineRule, start: datetime) -> None:
    term = term_of(rule, start, VIETNAM)
    before = reminders_before(term)
    after = [late_reminder(term, VIETNAM, rule, nth) for nth in range(1, 5)]
    moments = [reminder.at for reminder in [*before, *after]]
    assert moments == sorted(set(moments))
    assert len({reminder.slot for reminder in [*before, *after]}) == len(moments)
    assert all(start < reminder.at < term.late_from for reminder in before)
    assert all(reminder.at >= term.late_from for reminder in after)


@settings(deadline=None, max_examples=60)
@given(RULES, MOMENTS, st.integers(0, 90))
def test_who_was_asleep_goes_on_with_the_next_slot(rule: DeadlineRule, start: datetime, days: int) -> None:
    term, now = term_of(rule, start, VIETNAM), start + timedelta(days=days)
    following = next_reminder(term, VIETNAM, rule, now)
    assert following.at > now
    assert reminder_in(term, VIETNAM, rule, following.slot) == following
    slots = [*reminders_before(term), *(late_reminder(term, VIETNAM, rule, nth) for nth in range(1, 100))]
    assert following == next(reminder for reminder in slots if reminder.at > now)


def test_fifteen_days_are_reminded_at_half_time_the_day_before_and_on_the_day() -> None:
    term = term_of(DAYS, local(2026, 3, 2, 9), VIETNAM)
    assert [(reminder.slot, reminder.at) for reminder in reminders_before(term)] == [
        ("half", local(2026, 3, 11, 8)),
        ("eve", local(2026, 3, 20, 8)),
        ("day", local(2026, 3, 23, 8)),
    ]
    assert late_reminder(term, VIETNAM, DAYS, 1).audiences == (Audience.LEADER,)
    assert late_reminder(term, VIETNAM, DAYS, 3).audiences == (Audience.LEADER, Audience.COORDINATOR)


_GOOD = """
[[rule]]
id = "one"
answer_working_days = 15
refuse_working_days = 2
supplement_working_days = 5
publish_working_days = 2
extension_working_days = 10
escalate_after = 3
valid_from = 2025-07-01
because = { vi = "vì", en = "because" }
source = "nguồn"
"""


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("answer_working_days = 15", ""), "rule[1].answer_working_days"),
        (
            ("answer_working_days = 15", "answer_working_days = 15\nanswer_working_hours = 4"),
            "rule[1].answer_working_days",
        ),
        (("answer_working_days = 15", "answer_working_days = 0"), "rule[1].answer_working_days"),
        (("answer_working_days = 15", "answer_working_hours = 4"), "rule[1].id"),
        (("refuse_working_days = 2", ""), "rule[1].refuse_working_days"),
        (('source = "nguồn"', ""), "rule[1].source"),
        (('id = "one"', 'id = "one"\npace = "fast"'), "rule[1].pace"),
        (('id = "one"', 'id = "one"\npace = "urgent"'), "rule[1].id"),
        (('id = "one"', 'id = "one"\nsubjects = ["x"]'), "rule[1].subjects"),
        (('id = "one"', 'id = "one"\nvalid_to = 2025-01-01'), "rule[1].valid_to"),
        (('id = "one"', 'id = "one"\nspeed = 3'), "rule[1].speed"),
        ((_GOOD, _GOOD + _GOOD), "rule[2].id"),
        ((_GOOD, ""), "rule"),
    ],
)
def test_a_wrong_file_says_where_and_what_to_write(tmp_path: Path, change: tuple[str, str], place: str) -> None:
    file = tmp_path / "deadlines.toml"
    file.write_text(_GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        read_file(file, read_deadlines)
    assert refused.value.place == place
