"""What is told outside: whatever figures somebody keeps, no sum and difference of them is about a few people."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.disclosure import LEAST_PUBLIC, Told, Where, may_be_told

FIRST = date(2026, 1, 1)
DAYS = st.integers(0, 7).map(lambda number: FIRST + timedelta(days=number))
SERVICES = st.sampled_from(["tthc", "agency"])
PEOPLE = st.dictionaries(st.tuples(DAYS, SERVICES, st.just("")), st.integers(0, 25), max_size=8)


@st.composite
def figures(draw: st.DrawFn) -> Told:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return Told(first, last, draw(st.sampled_from([(), ("tthc",)])))


def counted(told: Sequence[Told], times: Sequence[int], people: dict[Where, int]) -> int:
    """Count the people whose answers are in a sum of figures, each taken some times or taken off."""
    return sum(
        number
        for where, number in people.items()
        if sum(by * figure.holds(where) for figure, by in zip(told, times, strict=True))
    )


@settings(deadline=None, max_examples=200)
@given(st.lists(figures(), min_size=1, max_size=5, unique=True), PEOPLE)
def test_no_sum_of_figures_that_were_told_one_by_one_is_about_a_few(
    wanted: list[Told], people: dict[Where, int]
) -> None:
    told: list[Told] = []
    for figure in wanted:
        told += [figure] if len(told) < 4 and may_be_told(figure, told, people) else []
    found = {counted(told, times, people) for times in product((-2, -1, 0, 1, 2), repeat=len(told))}
    assert all(number == 0 or number >= LEAST_PUBLIC for number in found)


def test_what_few_people_make_the_difference_of_two_figures_may_not_be_told() -> None:
    quarter, half = Told(FIRST, date(2026, 3, 31)), Told(FIRST, date(2026, 6, 30))
    people = {(FIRST, "tthc", ""): 30, (date(2026, 5, 1), "tthc", ""): 9}
    assert may_be_told(quarter, [], people)
    assert may_be_told(half, [], people)
    assert not may_be_told(half, [quarter], people)
    assert may_be_told(half, [quarter], people | {(date(2026, 5, 1), "agency", ""): 1})


def test_what_followed_before_holds_up_nothing_and_what_was_told_may_be_told_again() -> None:
    """Letters of before told the quarter and the half, with four people between them."""
    quarter, half, third = (Told(FIRST, date(2026, month, 30)) for month in (3, 6, 9))
    people = {(FIRST, "", ""): 30, (date(2026, 5, 1), "", ""): 4, (date(2026, 8, 1), "", ""): 10}
    assert may_be_told(third, [quarter, half], people)
    assert may_be_told(half, [quarter, half], people)
    assert not may_be_told(Told(FIRST, date(2026, 9, 30)), [quarter, half], people | {(date(2026, 8, 1), "", ""): 9})
