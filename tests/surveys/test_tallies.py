"""Counts are sums over ratings, whatever the order in which answers came and changed."""

from collections import Counter
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.items import AnswerValue
from surveys.questionnaires import Questionnaire
from surveys.registry import packaged
from surveys.tallies import INDEX, Counts, cells, difference

QUICK, SIPAS = packaged().load("quick"), packaged().load("sipas")
CHANGES = st.lists(
    st.tuples(st.sampled_from([item.code for item in SIPAS.scored]), st.none() | st.integers(1, 5)), max_size=30
)


def test_a_quick_rating_counts_its_score_and_its_reason_but_no_text() -> None:
    counted = cells(QUICK, {"overall": 2, "reason": "cost", "comment": "chậm"}, "web")
    assert counted == Counter({("overall", "2"): 1, ("reason", "cost"): 1, ("@channel", "web"): 1})


def test_a_respondent_of_an_index_is_counted_once_for_it_and_once_for_each_factor() -> None:
    counted = cells(SIPAS, {"a1": 5, "a2": 3, "b1": None, "d1": 4, "made_pakn": "no"}, "web")
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
        before = cells(SIPAS, answers, "web")
        answers[item] = value
        for cell, change in difference(before, cells(SIPAS, answers, "web")).items():
            kept[cell] += change
            assert kept[cell] >= 0
    assert +kept == cells(SIPAS, answers, "web")


def test_scores_of_a_scope_are_read_from_its_counts() -> None:
    total: Counter[tuple[str, str]] = Counter()
    for number in range(20):
        total.update(cells(SIPAS, {"a1": 5 if number < 15 else 1, "b1": 4, "made_pakn": "no"}, "web"))
    counts = Counts(SIPAS, total)
    assert counts.score("a1").share == Fraction(3, 4)
    assert counts.factor("access").share == Fraction(3, 4)
    assert counts.factor("result").share is None
    assert (counts.pooled().share, counts.pooled().n, counts.pooled().answers) == (Fraction(7, 8), 20, 40)
    assert counts.mean_of_factors().share == Fraction(7, 8)
    assert counts.choices("made_pakn") == {"yes": 0, "no": 20}
    assert counts.channels() == {"web": 20}


@given(CHANGES, st.sampled_from([SIPAS, QUICK]))
@settings(deadline=None, max_examples=50)
def test_the_headline_says_what_the_cells_say(
    given_answers: list[tuple[str, int | None]], questionnaire: Questionnaire
) -> None:
    summed: Counter[tuple[str, str]] = Counter()
    for number, (_, value) in enumerate(given_answers * 3):
        summed.update(cells(questionnaire, {"overall": value, "a1": value, "b2": 4}, "web" if number % 2 else "zalo"))
    counts = Counts(questionnaire, summed)
    same = counts.score("overall") if questionnaire is QUICK else counts.pooled()
    assert counts.headline().score(questionnaire) == same
    assert sum(counts.channels().values()) == same.n


def test_who_only_answers_what_the_headline_leaves_out_is_no_respondent_of_a_channel() -> None:
    assert cells(SIPAS, {"made_pakn": "no"}, "web") == Counter({("made_pakn", "no"): 1})
