"""Tail probabilities against SciPy's, over counts from one to a billion."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from surveys.tails import beta_cdf, beta_quantile, hypergeometric_tail

modest = settings(deadline=None, max_examples=200)
SIZES = st.one_of(st.integers(1, 60), st.integers(1, 5000), st.integers(1, 10**9))
COUNTS = SIZES.flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.floats(1e-9, 1 - 1e-9))
@modest
def test_the_incomplete_beta_function_is_the_binomial_tail(counts: tuple[int, int], share: float) -> None:
    k, n = max(counts[0], 1), counts[1]
    assert beta_cdf(share, k, n - k + 1) == pytest.approx(float(stats.binom.sf(k - 1, n, share)), abs=1e-5)
    if n <= 5000:
        assert beta_cdf(share, k, n - k + 1) == pytest.approx(float(stats.binom.sf(k - 1, n, share)), abs=1e-10)


@given(st.floats(0.05, 1e6), st.floats(0.05, 1e6), st.floats(0.001, 0.999), st.floats(0, 1))
@modest
def test_a_quantile_is_found_from_any_start(a: float, b: float, probability: float, start: float) -> None:
    found = beta_quantile(probability, a, b, start)
    assert found == pytest.approx(float(stats.beta.ppf(probability, a, b)), abs=1e-9)


@given(st.data())
@modest
def test_draws_without_replacement_have_scipys_tail(data: st.DataObject) -> None:
    population = data.draw(st.one_of(st.integers(1, 60), st.integers(1, 100_000)))
    drawn, marked = data.draw(st.integers(0, population)), data.draw(st.integers(0, population))
    at_least = data.draw(st.integers(-1, drawn + 1))
    expected = float(stats.hypergeom.sf(at_least - 1, population, marked, drawn))
    assert hypergeometric_tail(at_least, drawn, marked, population) == pytest.approx(expected, abs=1e-9)
