"""What is told outside: whatever figures somebody keeps, no sum and difference of them is about a few people."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.disclosure import LEAST_PUBLIC, Told, Where, tells_of_enough

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
@given(st.lists(figures(), min_size=1, max_size=4, unique=True), PEOPLE)
def test_no_sum_of_figures_that_may_be_told_is_about_a_few(told: list[Told], people: dict[Where, int]) -> None:
    found = {counted(told, times, people) for times in product((-2, -1, 0, 1, 2), repeat=len(told))}
    if tells_of_enough(told, people):
        assert all(number == 0 or number >= LEAST_PUBLIC for number in found)
        assert all(tells_of_enough(told[:few], people) for few in range(len(told)))


def test_what_few_people_make_the_difference_of_two_figures_may_not_be_told() -> None:
    quarter, half = Told(FIRST, date(2026, 3, 31)), Told(FIRST, date(2026, 6, 30))
    people = {(FIRST, "tthc", ""): 30, (date(2026, 5, 1), "tthc", ""): 9}
    assert tells_of_enough([quarter], people)
    assert tells_of_enough([half], people)
    assert not tells_of_enough([quarter, half], people)
    assert tells_of_enough([quarter, half], people | {(date(2026, 5, 1), "agency", ""): 1})
