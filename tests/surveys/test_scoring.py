"""Scores: their formulas against independent ones, and what must hold for any counts."""

import math
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from surveys.intervals import CENSUS, EXACT, HYPERGEOMETRIC, Interval, exact, finite
from surveys.scoring import (
    MEAN_OF_FACTORS,
    MINIMUM_N,
    POOLED,
    TOP_TWO,
    Score,
    Tally,
    index_mean_of_factors,
    index_pooled,
    item_score,
)

COUNT = st.integers(0, 2000)
TALLIES = st.builds(Tally, st.tuples(COUNT, COUNT, COUNT, COUNT, COUNT))
SHARES = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
modest = settings(deadline=None, max_examples=100)


def score(top2: int, n: int) -> Score:
    return item_score(Tally((n - top2, 0, 0, 0, top2)))


@given(TALLIES)
@modest
def test_an_item_score_is_the_exact_share_of_fours_and_fives_or_nothing(tally: Tally) -> None:
    scored = item_score(tally)
    assert (scored.formula_id, scored.n, scored.answers, scored.top2) == (TOP_TWO, tally.n, tally.n, tally.top2)
    assert scored.share == (Fraction(tally.counts[3] + tally.counts[4], tally.n) if tally.n >= MINIMUM_N else None)


def test_nine_respondents_give_no_percentage_and_ten_do() -> None:
    assert score(9, 9).share is None
    assert score(9, 9).interval is None
    assert score(9, 10).share == Fraction(9, 10)


@given(TALLIES, TALLIES)
@modest
def test_the_pooled_index_lies_between_its_items_and_adds_up(one: Tally, other: Tally) -> None:
    assert (one + other).n == one.n + other.n
    assert (one + other).top2 == one.top2 + other.top2
    respondents = max(one.n, other.n)
    pooled = index_pooled([one, other], respondents)
    shares = [each.share for each in (item_score(one), item_score(other)) if each.share is not None]
    if min(one.n, other.n) >= MINIMUM_N and pooled.share is not None:
        assert min(shares) <= pooled.share <= max(shares)
    assert (pooled.answers, pooled.n, pooled.formula_id) == (one.n + other.n, respondents, POOLED)


def test_the_interval_of_an_index_counts_people_and_not_their_answers() -> None:
    tally = Tally((10, 0, 0, 0, 90))
    pooled = index_pooled([tally] * 16, respondents=100)
    assert pooled.share == Fraction(9, 10)
    assert pooled.interval == exact(90, 100)


def test_the_mean_of_factors_differs_from_the_pooled_index_when_factors_differ_in_size() -> None:
    good, bad = Tally((0, 0, 0, 0, 20)), Tally((20, 0, 0, 0, 0))
    factors = {"large": index_pooled([good] * 5, 20), "small": index_pooled([bad] * 3, 20)}
    mean = index_mean_of_factors(factors, 20)
    assert index_pooled([good] * 5 + [bad] * 3, 20).share == Fraction(5, 8)
    assert (mean.share, mean.formula_id, mean.n) == (Fraction(1, 2), MEAN_OF_FACTORS, 20)
    assert mean.interval is not None
    assert mean.interval.low == pytest.approx(exact(10, 20).low, abs=1e-12)


def test_a_factor_that_few_answered_widens_the_mean_and_is_left_out_below_the_minimum() -> None:
    tally, few = Tally((10, 0, 0, 0, 90)), Tally((1, 0, 0, 0, 9))
    one = index_mean_of_factors({"a": item_score(tally), "b": item_score(tally)}, 100)
    wider = index_mean_of_factors({"a": item_score(tally), "b": item_score(few)}, 100)
    without = index_mean_of_factors({"a": item_score(tally), "b": item_score(Tally((9, 0, 0, 0, 0)))}, 100)
    assert one.interval is not None
    assert wider.interval is not None
    assert width(wider.interval) > width(one.interval)
    assert without.share == Fraction(9, 10)
    assert index_mean_of_factors({}, 0).share is None


def width(interval: Interval) -> float:
    assert math.isfinite(interval.high)
    return interval.high - interval.low


@given(TALLIES, st.integers(0, 500))
@example(Tally((0, 0, 1, 0, 79)), 1)
@modest
def test_a_known_list_narrows_the_interval_until_all_have_answered(tally: Tally, silent: int) -> None:
    endless, listed = item_score(tally), item_score(tally, tally.n + silent)
    assert (listed.share, listed.population, endless.population) == (endless.share, tally.n + silent, None)
    if endless.interval is None:
        assert (listed.interval, listed.interval_id) == (None, None)
        return
    assert endless.interval_id == EXACT
    if silent == 0:
        assert (listed.interval, listed.interval_id) == (None, CENSUS)
        return
    assert listed.interval is not None
    assert listed.interval_id == HYPERGEOMETRIC
    # To the next number of the list: its shares have steps.
    step = 1 / (tally.n + silent) + 1e-12
    share = float(endless.share or 0)
    assert endless.interval.low - step <= listed.interval.low <= share + step
    assert share - step <= listed.interval.high <= endless.interval.high + step


def test_an_index_over_a_known_list_is_one_of_people_and_rounds_outwards() -> None:
    tally = Tally((10, 0, 0, 0, 90))
    assert index_pooled([tally] * 16, 100, 400).interval == finite(90, 100, 400)
    between = index_pooled([tally, Tally((0, 0, 0, 0, 1))], 100, 400).interval
    assert between is not None
    assert (between.low, between.high) == (finite(90, 100, 400).low, finite(91, 100, 400).high)
    mean = index_mean_of_factors({"a": item_score(tally), "b": item_score(Tally((5, 0, 0, 0, 20)))}, 100, 400)
    assert (mean.share, mean.population, mean.interval_id) == (Fraction(17, 20), 400, HYPERGEOMETRIC)
    assert mean.interval is not None
    assert finite(85, 100, 400).low > mean.interval.low
    assert index_mean_of_factors({"a": item_score(tally)}, 100, 100).interval is None


def test_more_answers_than_the_list_holds_are_refused() -> None:
    with pytest.raises(ValueError, match="100 answered but the list holds 99"):
        item_score(Tally((10, 0, 0, 0, 90)), 99)
