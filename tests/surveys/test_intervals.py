"""Intervals: their formulas against independent ones to 1e-9, and how often they may be wrong."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from surveys.intervals import (
    TAIL,
    Z95,
    Interval,
    Part,
    effective_size,
    exact,
    finite,
    square_and_add,
    wilson,
)

SIZES = st.one_of(st.integers(1, 40), st.integers(1, 5000), st.integers(1, 10**9))
SHARES = SIZES.flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LISTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(n + 1, 3 * n + 40)))
modest = settings(deadline=None, max_examples=150)
NOISE = 1e-9
"""Of floats beside a bound that a chance may just reach."""


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
def test_wilson_is_exact_to_twelve_digits_and_agrees_with_scipy(share: tuple[int, int]) -> None:
    low, high = wilson_by_the_quadratic(*share)
    interval = wilson(*share)
    assert abs(Decimal(interval.low) - low) < Decimal("1e-12")
    assert abs(Decimal(interval.high) - high) < Decimal("1e-12")
    theirs = stats.binomtest(*share).proportion_ci(method="wilson")
    assert (interval.low, interval.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3; printed with four decimals.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_examples(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n).low == pytest.approx(low, abs=5e-5)
    assert wilson(successes, n).high == pytest.approx(high, abs=5e-5)


@given(LISTS)
@modest
def test_wilson_over_a_list_ends_where_its_test_just_accepts(case: tuple[int, int, int]) -> None:
    successes, n, population = case
    share, variance = successes / n, (population - n) / (population - 1) / n

    def miss(value: float) -> float:
        return (share - value) ** 2 - Z95**2 * value * (1 - value) * variance

    interval = wilson(successes, n, population)
    low = optimize.brentq(miss, 0, min(share, 1 - 1e-9), xtol=1e-14) if successes else 0.0
    high = optimize.brentq(miss, max(share, 1e-9), 1, xtol=1e-14) if successes < n else 1.0
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


@given(SHARES)
@modest
def test_the_exact_interval_agrees_with_scipy(share: tuple[int, int]) -> None:
    successes, n = share
    interval = exact(successes, n)
    low = stats.beta.ppf(TAIL, successes, n - successes + 1) if successes else 0.0
    high = stats.beta.ppf(1 - TAIL, successes + 1, n - successes) if successes < n else 1.0
    assert (interval.low, interval.high) == pytest.approx((float(low), float(high)), abs=1e-9)


@given(st.floats(0.3, 3000), st.floats(0.001, 1))
@modest
def test_the_exact_interval_of_an_effective_n_agrees_with_scipy(n: float, share: float) -> None:
    successes = share * n
    interval = exact(successes, n)
    assert interval.low == pytest.approx(float(stats.beta.ppf(TAIL, successes, n - successes + 1)), abs=1e-9)
    assert interval.high == pytest.approx(
        float(stats.beta.ppf(1 - TAIL, successes + 1, n - successes)) if successes < n else 1.0, abs=1e-9
    )


@pytest.mark.parametrize("formula", [wilson, exact])
@given(share=SHARES)
@modest
def test_an_interval_holds_the_share_stays_in_bounds_and_is_symmetric(formula: object, share: tuple[int, int]) -> None:
    assert callable(formula)
    successes, n = share
    interval, mirrored = formula(successes, n), formula(n - successes, n)
    assert 0 <= interval.low <= successes / n <= interval.high <= 1
    assert interval.low == pytest.approx(1 - mirrored.high, abs=1e-12)
    assert (interval.low == 0) == (successes == 0)
    assert (interval.high == 1) == (successes == n)


@pytest.mark.parametrize("formula", [wilson, exact])
@given(share=st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@modest
def test_an_interval_grows_with_the_share_and_narrows_with_n(formula: object, share: tuple[int, int]) -> None:
    assert callable(formula)
    successes, n = share
    if successes < n:
        assert formula(successes, n).low < formula(successes + 1, n).low
        assert formula(successes, n).high < formula(successes + 1, n).high
    wide, narrow = formula(successes, n), formula(4 * successes, 4 * n)
    assert narrow.high - narrow.low < wide.high - wide.low


@given(LISTS)
@example((0, 39, 40))  # one of forty is just 2.5 %: whether that is more than 2.5 % is a matter of the last digit
@modest
def test_an_interval_over_a_list_holds_every_number_that_is_likely_enough_and_no_other(
    case: tuple[int, int, int],
) -> None:
    successes, n, population = case
    interval = finite(successes, n, population)
    # By hand over every possible number of satisfied ones in the list.
    possible = range(successes, population - n + successes + 1)
    above = stats.hypergeom.sf(successes - 1, population, possible, n)
    below = stats.hypergeom.cdf(successes, population, possible, n)
    chances = [(each, min(up, down)) for each, up, down in zip(possible, above, below, strict=True)]
    surely = [each for each, chance in chances if chance > TAIL * (1 + NOISE)]
    perhaps = [each for each, chance in chances if chance > TAIL * (1 - NOISE)]
    assert min(perhaps) <= interval.least <= min(surely)
    assert max(surely) <= interval.most <= max(perhaps)
    assert interval.ends == (Fraction(interval.least, population), Fraction(interval.most, population))
    assert (interval.low, interval.high) == (interval.least / population, interval.most / population)


@given(st.integers(2, 60), st.data())
@modest
def test_no_end_errs_in_more_than_the_promised_share_of_surveys(n: int, data: st.DataObject) -> None:
    """Add up, over all results, the probability of those whose interval lies wholly above or below the truth."""
    share = data.draw(st.floats(0.001, 0.999))
    chances = stats.binom.pmf(range(n + 1), n, share)
    assert sum(chances[x] for x in range(n + 1) if exact(x, n).low > share) <= TAIL + 1e-12
    assert sum(chances[x] for x in range(n + 1) if exact(x, n).high < share) <= TAIL + 1e-12
    population = data.draw(st.integers(n + 1, 4 * n))
    satisfied = data.draw(st.integers(0, population))
    chances = stats.hypergeom.pmf(range(n + 1), population, satisfied, n)
    assert sum(chances[x] for x in range(n + 1) if finite(x, n, population).least > satisfied) <= TAIL + 1e-12
    assert sum(chances[x] for x in range(n + 1) if finite(x, n, population).most < satisfied) <= TAIL + 1e-12


def test_an_interval_over_a_list_narrows_as_more_of_it_answers_and_nears_the_endless_one() -> None:
    widths = [interval.high - interval.low for interval in (finite(90, 100, size) for size in (10**7, 1000, 200, 101))]
    assert widths == sorted(widths, reverse=True)
    endless, listed = exact(90, 100), finite(90, 100, 10**7)
    assert (listed.low, listed.high) == pytest.approx((endless.low, endless.high), abs=1e-5)
    assert effective_size(100, 100, 10**9) == pytest.approx(100, abs=1e-4)
    assert effective_size(100, 100, 199) == 200


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((10, 10), (0, 20), 0.6791, 1.0), ((10, 10), (0, 10), 0.6075, 1.0)],
)
def test_square_and_add_of_wilson_intervals_gives_newcombes_published_examples(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    parts = [Part(Fraction(weight), Fraction(*each), wilson(*each)) for weight, each in ((1, now), (-1, before))]
    interval = square_and_add(parts)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


def test_a_part_that_is_known_exactly_adds_no_doubt_and_one_part_alone_keeps_its_interval() -> None:
    sample = Part(Fraction(1), Fraction(9, 10), exact(9, 10))
    assert square_and_add([sample]).low == pytest.approx(exact(9, 10).low, abs=1e-15)
    assert square_and_add([sample]).high == pytest.approx(exact(9, 10).high, abs=1e-15)
    known = Part(Fraction(1, 2), Fraction(1, 3), None)
    assert square_and_add([known]) == Interval(1 / 6, 1 / 6)
