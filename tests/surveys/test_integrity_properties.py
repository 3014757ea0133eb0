"""What holds for any set of ratings: order does not matter, nothing is dropped, figures agree with a plain count."""

from datetime import timedelta
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.integrity import Context, check, check_unit
from surveys.integrity_facts import Fact
from surveys.integrity_texts import Commonness, text_keys
from surveys.integrity_totals import ALL_UNITS
from tests.surveys.integrity_world import MORNING, fact

TEXTS = st.sampled_from(
    [None, "tốt", "một hai ba bốn năm sáu bảy", "một hai ba bốn năm sáu tám", "một hai ba bốn năm chín"]
)


@st.composite
def ratings(draw: st.DrawFn) -> list[Fact]:
    number = draw(st.integers(1, 60))
    return [
        fact(
            place + 1,
            at=MORNING + timedelta(seconds=draw(st.integers(0, 200)) * draw(st.sampled_from([10, 3600, 40_000]))),
            seconds=draw(st.sampled_from([0.5, 3, 30])),
            unit=draw(st.sampled_from(["a", "b"])),
            scores=draw(st.sampled_from([(), (1,), (3,), (5,), (5,) * 12])),
            person=draw(st.sampled_from([None, 1, 2])),
            device=draw(st.sampled_from([None, "x"])),
            at_counter=draw(st.booleans()),
            helper=draw(st.sampled_from([None, None, "h"])),
            staff_unit=draw(st.sampled_from([None, None, "a"])),
            comment=draw(TEXTS),
        )
        for place in range(number)
    ]


@given(ratings(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_reading_changes_nothing(facts: list[Fact], chance: Random) -> None:
    shuffled = list(facts)
    chance.shuffle(shuffled)
    assert check(shuffled) == check(facts)


@given(ratings())
@settings(max_examples=60, deadline=None)
def test_flags_drop_nothing_and_both_figures_agree_with_a_plain_count(facts: list[Fact]) -> None:
    found = check(facts)
    with_scores = [each for each in facts if each.scores]
    both = found.figures.get((ALL_UNITS, "quick"))
    assert (both is None) == (not with_scores)
    if both is None:
        return
    kept = [each for each in with_scores if each.id not in found.suspect]
    for score, counted in ((both.every, with_scores), (both.without, kept)):
        answers = [one for each in counted for one in each.scores]
        assert (score.n, score.answers, score.top2) == (len(counted), len(answers), sum(one >= 4 for one in answers))
        if score.share is not None:
            assert score.share == Fraction(score.top2, score.answers)
    assert both.suspect == len(with_scores) - len(kept)


@given(ratings())
@settings(max_examples=60, deadline=None)
def test_every_flag_explains_itself(facts: list[Fact]) -> None:
    known = {each.id: each for each in facts}
    for number, flags in check(facts).flags.items():
        assert len({(flag.detector, flag.group) for flag in flags}) == len(flags)
        for flag in flags:
            assert flag.rating == number
            assert number in flag.group
            assert list(flag.group) == sorted(set(flag.group))
            assert {known[each].unit for each in flag.group} == {known[number].unit}


@given(ratings())
@settings(max_examples=30, deadline=None)
def test_units_one_after_another_give_what_all_together_give(facts: list[Fact]) -> None:
    context = Context()
    for each in facts:
        context.add(each)
    apart = check_unit([each for each in facts if each.unit == "a"], context)
    apart |= check_unit([each for each in facts if each.unit == "b"], context)
    assert apart == check(facts).flags


@given(st.lists(TEXTS, max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_text_is_never_taken_for_rarer_than_it_is(texts: list[str | None]) -> None:
    commonness, keyed = Commonness(), [text_keys(text, 6, 8) for text in texts]
    for keys in keyed:
        commonness.add(keys)
    for key in frozenset().union(*keyed):
        assert commonness.count(key) >= sum(key in keys for keys in keyed)


@given(st.permutations(["một", "hai", "ba", "bốn", "năm", "sáu", "bảy"]), st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_one_changed_word_always_leaves_a_common_key(words: list[str], place: int) -> None:
    changed = [*words[:place], "khác", *words[place + 1 :]]
    assert text_keys(" ".join(words), 6, 8) & text_keys(" ".join(changed), 6, 8)
