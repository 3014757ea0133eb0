"""What is told outside: whatever figures somebody keeps, no sum and difference of them is about a few people."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.disclosure import LEAST_PUBLIC, Known, Told, Where, may_tell, told_publicly
from surveys.periods import month_period

FIRST, DAY = date(2026, 1, 1), timedelta(days=1)
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


def told_of(figures: Sequence[Told], people: dict[Where, int]) -> list[Told]:
    """Tell figure after figure, those that may be."""
    told: list[Told] = []
    for figure in figures:
        if may_tell(figure, Known(told), people):
            told.append(figure)
    return told


def check_nothing_follows_about_a_few(told: Sequence[Told], people: dict[Where, int], chance: Random) -> None:
    """Try sums and differences: all of a few figures, some of many."""
    times = product((-2, -1, 0, 1, 2), repeat=len(told)) if len(told) < 4 else by_chance(len(told), chance)
    found = {counted(told, each, people) for each in times}
    assert all(number == 0 or number >= LEAST_PUBLIC for number in found), found


def by_chance(figures: int, chance: Random) -> Iterator[Sequence[int]]:
    for _ in range(150):
        yield [chance.choice((-2, -1, 0, 0, 0, 1, 2)) for _ in range(figures)]


@settings(deadline=None, max_examples=200)
@given(st.lists(figures(), min_size=1, max_size=5, unique=True), PEOPLE, st.randoms(use_true_random=False))
def test_no_sum_of_figures_that_were_told_is_about_a_few(
    wanted: list[Told], people: dict[Where, int], chance: Random
) -> None:
    check_nothing_follows_about_a_few(told_of(wanted, people), people, chance)


MONTHS = [month_period(year, month) for year in (2025, 2026) for month in (1, 2, 3)]
PIECES = st.sampled_from([each.start + timedelta(days=days) for each in MONTHS for days in (0, 14)])


@st.composite
def stretches(draw: st.DrawFn) -> Told:
    """Draw half months side by side."""
    first, last = sorted((draw(PIECES), draw(PIECES)))
    return Told(first, last + 13 * DAY)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(stretches(), max_size=3, unique=True),
    st.dictionaries(PIECES, st.integers(0, 25)),
    st.randoms(use_true_random=False),
)
def test_letters_and_the_public_page_together_tell_nothing_about_a_few(
    wanted: list[Told], answered: dict[date, int], chance: Random
) -> None:
    people = {(day, "", ""): number for day, number in answered.items()}
    letters = told_of(wanted, people)
    public = told_publicly(MONTHS, people, Known(letters))
    check_nothing_follows_about_a_few([*letters, *public], people, chance)
    for more in wanted:
        if may_tell(more, Known([*letters, *public]), people):
            again = told_publicly(MONTHS, people, Known([*letters, more]))
            assert set(public) <= set(again), "what the page told it goes on telling"


def test_what_few_people_make_the_difference_of_two_figures_may_not_be_told() -> None:
    quarter, half = Told(FIRST, date(2026, 3, 31)), Told(FIRST, date(2026, 6, 30))
    people = {(FIRST, "tthc", ""): 30, (date(2026, 5, 1), "tthc", ""): 9}
    assert told_of([quarter, half], people) == [quarter]
    assert told_of([half, quarter], people) == [half]
    assert told_of([quarter, half], people | {(date(2026, 5, 1), "agency", ""): 1}) == [quarter, half]


def test_one_who_answers_late_keeps_nothing_back_that_does_not_tell_of_him() -> None:
    """He is in what was told already, so that any page that shows it shows him; no later figure tells more."""
    quarter, half = Told(FIRST, date(2026, 3, 31)), Told(FIRST, date(2026, 6, 30))
    people = {(FIRST, "tthc", ""): 30, (FIRST + DAY, "agency", ""): 1, (date(2026, 5, 1), "tthc", ""): 12}
    known = Known([quarter, Told(FIRST, FIRST)])
    assert may_tell(half, known, people)
    assert not may_tell(Told(FIRST, date(2026, 2, 28), ("tthc",)), Known([quarter]), people)


def test_the_public_page_leaves_no_few_of_a_letter_over() -> None:
    """The letter less the page's January and February would be the four of March."""
    letter, months = Told(FIRST, date(2026, 3, 31)), [month_period(2026, month) for month in (1, 2, 3)]
    people = {(month.start, "", ""): number for month, number in zip(months, (12, 12, 4), strict=True)}
    told = told_publicly(months, people, Known([letter]))
    assert [figure.last for figure in told] == [date(2026, 1, 31), date(2026, 3, 31)]


def test_what_followed_before_holds_up_nothing_and_what_was_told_may_be_told_again() -> None:
    """Letters of before told the quarter and the half, with four people between them."""
    quarter, half, third = (Told(FIRST, date(2026, month, 30)) for month in (3, 6, 9))
    people = {(FIRST, "", ""): 30, (date(2026, 5, 1), "", ""): 4, (date(2026, 8, 1), "", ""): 10}
    known = Known([quarter, half])
    assert may_tell(third, known, people)
    assert may_tell(half, known, people)
    assert not may_tell(third, known, people | {(date(2026, 8, 1), "", ""): 9})
