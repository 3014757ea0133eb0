"""Scores: their formulas against independent ones, and what must hold for any counts."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.scoring import (
    MEAN_OF_FACTORS,
    MINIMUM_N,
    POOLED,
    TOP_TWO,
    Z95,
    Interval,
    Score,
    Tally,
    index_mean_of_factors,
    index_pooled,
    item_score,
    newcombe,
    wilson,
)

COUNT = st.integers(0, 2000)
TALLIES = st.builds(Tally, st.tuples(COUNT, COUNT, COUNT, COUNT, COUNT))
SHARES = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
modest = settings(deadline=None, max_examples=100)


def wilson_by_the_quadratic(successes: int, n: int) -> tuple[Decimal, Decimal]:
    """Solve (p - x)^2 = z^2 x (1 - x) / n for x with 50 digits: where Wilson's test just accepts x."""
    with localcontext() as context:
        context.prec = 50
        share, z_squared = Decimal(successes) / n, Decimal(Z95) ** 2
        a, b, c = 1 + z_squared / n, -(2 * share + z_squared / n), share * share
        root = max(b * b - 4 * a * c, Decimal(0)).sqrt()
        return (-b - root) / (2 * a), (-b + root) / (2 * a)


@given(SHARES)
@modest
def test_wilson_is_exact_to_twelve_digits(share: tuple[int, int]) -> None:
    low, high = wilson_by_the_quadratic(*share)
    interval = wilson(*share)
    assert abs(Decimal(interval.low) - low) < Decimal("1e-12")
    assert abs(Decimal(interval.high) - high) < Decimal("1e-12")


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3; printed with four decimals.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_examples(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n).low == pytest.approx(low, abs=5e-5)
    assert wilson(successes, n).high == pytest.approx(high, abs=5e-5)


@given(SHARES)
@modest
def test_wilson_holds_the_share_stays_in_bounds_and_is_symmetric(share: tuple[int, int]) -> None:
    successes, n = share
    interval, mirrored = wilson(successes, n), wilson(n - successes, n)
    assert 0 <= interval.low <= successes / n <= interval.high <= 1
    assert interval.low == pytest.approx(1 - mirrored.high, abs=1e-12)
    assert (interval.low == 0) == (successes == 0)
    assert (interval.high == 1) == (successes == n)


@given(SHARES)
@modest
def test_wilson_grows_with_the_share_and_narrows_with_n(share: tuple[int, int]) -> None:
    successes, n = share
    if successes < n:
        assert wilson(successes, n).low < wilson(successes + 1, n).low
        assert wilson(successes, n).high < wilson(successes + 1, n).high
    wide, narrow = wilson(successes, n), wilson(4 * successes, 4 * n)
    assert narrow.high - narrow.low < wide.high - wide.low


def score(top2: int, n: int) -> Score:
    return item_score(Tally((n - top2, 0, 0, 0, top2)))


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((10, 10), (0, 20), 0.6791, 1.0), ((10, 10), (0, 10), 0.6075, 1.0)],
)
def test_newcombe_gives_the_published_examples(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    interval = newcombe(score(*now), score(*before))
    assert interval is not None
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


@given(SHARES, SHARES)
@modest
def test_newcombe_mirrors_when_the_years_are_swapped(one: tuple[int, int], other: tuple[int, int]) -> None:
    there, back = newcombe(score(*one), score(*other)), newcombe(score(*other), score(*one))
    if there is None or back is None:
        assert min(one[1], other[1]) < MINIMUM_N
        return
    assert there.low == pytest.approx(-back.high, abs=1e-12)
    assert -1 - 1e-12 <= there.low <= one[0] / one[1] - other[0] / other[1] <= there.high <= 1 + 1e-12


@given(TALLIES)
@modest
def test_an_item_score_is_the_exact_share_of_fours_and_fives_or_nothing(tally: Tally) -> None:
    scored = item_score(tally)
    assert (scored.formula_id, scored.n, scored.answers, scored.top2) == (TOP_TWO, tally.n, tally.n, tally.top2)
    assert scored.is_enough == (tally.n >= MINIMUM_N)
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
    assert pooled.interval == wilson(90, 100)


def test_the_mean_of_factors_differs_from_the_pooled_index_when_factors_differ_in_size() -> None:
    good, bad = Tally((0, 0, 0, 0, 20)), Tally((20, 0, 0, 0, 0))
    factors = {"large": index_pooled([good] * 5, 20), "small": index_pooled([bad] * 3, 20)}
    mean = index_mean_of_factors(factors, 20)
    assert index_pooled([good] * 5 + [bad] * 3, 20).share == Fraction(5, 8)
    assert (mean.share, mean.formula_id, mean.n) == (Fraction(1, 2), MEAN_OF_FACTORS, 20)
    assert mean.interval is not None
    assert mean.interval.low == pytest.approx(wilson(10, 20).low, abs=1e-12)


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
