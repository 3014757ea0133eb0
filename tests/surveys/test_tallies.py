"""Counts are sums over ratings, whatever the order in which answers came and changed."""

from collections import Counter
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.items import AnswerValue
from surveys.registry import packaged
from surveys.tallies import INDEX, Counts, cells, difference

QUICK, SIPAS = packaged().load("quick"), packaged().load("sipas")
CHANGES = st.lists(
    st.tuples(st.sampled_from([item.code for item in SIPAS.scored]), st.none() | st.integers(1, 5)), max_size=30
)


def test_a_quick_rating_counts_its_score_and_its_reason_but_no_text() -> None:
    counted = cells(QUICK, {"overall": 2, "reason": "cost", "comment": "chậm"})
    assert counted == Counter({("overall", "2"): 1, ("reason", "cost"): 1})


def test_a_respondent_of_an_index_is_counted_once_for_it_and_once_for_each_factor() -> None:
    counted = cells(SIPAS, {"a1": 5, "a2": 3, "b1": None, "d1": 4, "made_pakn": "no"})
    assert counted[INDEX] == 1
    assert {item for item, _ in counted if item.startswith("@factor:")} == {"@factor:access", "@factor:result"}


@given(CHANGES)
@settings(deadline=None, max_examples=60)
def test_adding_the_difference_of_each_change_gives_the_counts_of_the_end(
    changes: list[tuple[str, int | None]],
) -> None:
    answers: dict[str, AnswerValue | None] = {}
    kept: Counter[tuple[str, str]] = Counter()
    for item, value in changes:
        before = cells(SIPAS, answers)
        answers[item] = value
        for cell, change in difference(before, cells(SIPAS, answers)).items():
            kept[cell] += change
            assert kept[cell] >= 0
    assert +kept == cells(SIPAS, answers)


def test_scores_of_a_scope_are_read_from_its_counts() -> None:
    total: Counter[tuple[str, str]] = Counter()
    for number in range(20):
        total.update(cells(SIPAS, {"a1": 5 if number < 15 else 1, "b1": 4, "made_pakn": "no"}))
    counts = Counts(SIPAS, total)
    assert counts.score("a1").share == Fraction(3, 4)
    assert counts.factor("access").share == Fraction(3, 4)
    assert counts.factor("result").share is None
    assert (counts.pooled().share, counts.pooled().n, counts.pooled().answers) == (Fraction(7, 8), 20, 40)
    assert counts.mean_of_factors().share == Fraction(7, 8)
    assert counts.choices("made_pakn") == {"yes": 0, "no": 20}
