"""Of many versions one is asked on a day: what the authority decided stands until it decides otherwise."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.errors import DataError
from surveys.questionnaires import Questionnaire
from surveys.registry import Days, Key, Questionnaires, packaged

QUICK = packaged().load("quick")
BEGIN = date(2026, 1, 1)


def version(number: int, first: date, last: date | None = None) -> Questionnaire:
    return replace(QUICK, version=number, valid_from=first, valid_to=last)


def registry(shipped: list[Questionnaire], own: list[Questionnaire]) -> Questionnaires:
    return Questionnaires(
        {(each.code, each.version): each for each in shipped}, {(each.code, each.version): each for each in own}
    )


def test_an_own_version_takes_over_on_its_first_day_and_stays_when_a_later_release_brings_another() -> None:
    own = version(2, date(2026, 7, 1))
    known = registry([version(1, BEGIN), version(2, date(2026, 3, 1)), version(3, date(2027, 1, 1))], [own])
    assert known.in_force("quick", date(2026, 6, 30)) == version(1, BEGIN)
    assert known.in_force("quick", date(2026, 7, 1)) is own
    assert known.in_force("quick", date(2027, 6, 1)) is own
    assert known.load("quick") is known.load("quick", 2) is own
    assert known.days_of(version(1, BEGIN)) == Days(BEGIN, date(2026, 6, 30))
    assert known.days_of(version(3, date(2027, 1, 1))) is None
    assert known.next_version("quick") == 4
    assert [known.is_own(each) for each in known.versions()] == [False, True, False]


def test_a_successor_that_has_ended_does_not_bring_back_the_one_before() -> None:
    known = registry([version(1, BEGIN)], [version(2, date(2026, 7, 1), date(2026, 9, 30))])
    assert known.in_force("quick", date(2026, 9, 30)) == version(2, date(2026, 7, 1), date(2026, 9, 30))
    assert known.in_force("quick", date(2026, 10, 1)) is None
    assert known.asked_of_visits(date(2026, 10, 1)) == ()


def test_an_altered_version_is_not_asked_and_is_refused_by_name() -> None:
    known = Questionnaires(packaged().shipped, {}, frozenset({("quick", 2)}))
    assert known.in_force("quick", date(2026, 10, 1)) is QUICK
    assert known.next_version("quick") == 3
    with pytest.raises(DataError, match="not the one that was published"):
        known.load("quick", 2)


def test_a_version_that_is_withdrawn_before_it_begins_ends_nothing() -> None:
    first, second = version(1, BEGIN), version(2, date(2027, 1, 1))
    for withdrawn in (date(2026, 11, 21), second.valid_from):
        known = replace(registry([first], [second]), withdrawn={("quick", 2): withdrawn})
        assert known.days_of(first) == Days(BEGIN, None)
        assert known.in_force("quick", date(2027, 1, 1)) is first
        assert known.days_of(second) is None
    begun = replace(registry([first], [second]), withdrawn={("quick", 2): date(2027, 1, 2)})
    assert begun.days_of(first) == Days(BEGIN, date(2026, 12, 31))
    assert begun.days_of(second) == Days(date(2027, 1, 1), date(2027, 1, 1))
    assert begun.in_force("quick", date(2027, 1, 2)) is None


DAYS = st.integers(0, 40).map(lambda days: BEGIN + timedelta(days=days))
VERSIONS = st.lists(st.tuples(DAYS, st.none() | st.integers(0, 20)), max_size=4).map(
    lambda rows: [
        version(number, first, None if length is None else first + timedelta(days=length))
        for number, (first, length) in enumerate(rows, start=1)
    ]
)


WITHDRAWN = st.dictionaries(st.integers(1, 4).map(lambda number: ("quick", number)), DAYS)


@given(VERSIONS, VERSIONS, WITHDRAWN, DAYS)
@settings(max_examples=200)
def test_a_version_is_in_force_on_its_days_and_on_no_other(
    shipped: list[Questionnaire], own: list[Questionnaire], withdrawn: dict[Key, date], day: date
) -> None:
    known = replace(registry(shipped, own), withdrawn=withdrawn)
    holding = [
        each
        for each in known.versions()
        if (days := known.days_of(each)) and days.first <= day and (days.last is None or day <= days.last)
    ]
    found = known.in_force("quick", day)
    assert holding == ([] if found is None else [found])


@given(VERSIONS, VERSIONS, WITHDRAWN, DAYS)
@settings(max_examples=200)
def test_a_version_that_never_began_is_as_if_it_had_never_been(
    shipped: list[Questionnaire], own: list[Questionnaire], withdrawn: dict[Key, date], day: date
) -> None:
    known = replace(registry(shipped, own), withdrawn=withdrawn)
    never = {
        (each.code, each.version)
        for each in known.versions()
        if withdrawn.get((each.code, each.version), date.max) <= each.valid_from
    }
    without = replace(
        known,
        shipped={key: each for key, each in known.shipped.items() if key not in {*known.own, *never}},
        own={key: each for key, each in known.own.items() if key not in never},
    )
    assert known.in_force("quick", day) == without.in_force("quick", day)
    assert all(known.days_of(each) == without.days_of(each) for each in without.versions())


@given(VERSIONS, VERSIONS, WITHDRAWN, st.integers(1, 4), DAYS)
@settings(max_examples=200)
def test_the_first_gap_is_the_first_day_on_which_nobody_is_asked_any_more(
    shipped: list[Questionnaire], own: list[Questionnaire], withdrawn: dict[Key, date], number: int, day: date
) -> None:
    known, key = replace(registry(shipped, own), withdrawn=withdrawn), ("quick", number)
    after = known.without(key, day)
    days = (BEGIN + timedelta(days=later) for later in range(70))
    lost = (each for each in days if known.in_force("quick", each) and not after.in_force("quick", each))
    assert known.first_gap(key, day) == next(lost, None)
