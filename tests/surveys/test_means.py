"""Means of amounts: exact, and with Student's interval."""

import math
import statistics
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.means import mean_of, student
from surveys.registry import packaged
from surveys.tallies import Counts, cells

AMOUNTS = st.lists(st.integers(0, 480), min_size=10, max_size=60)


def counts(amounts: list[int]) -> dict[int, int]:
    return {amount: amounts.count(amount) for amount in amounts}


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(9, 2.262157), (10, 2.228139), (19, 2.093024), (29, 2.045230), (99, 1.984217), (999, 1.962341)],
)
def test_the_quantile_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert math.isclose(student(freedom), quantile, abs_tol=1e-4)


def test_the_average_wait_of_ten_people() -> None:
    mean = mean_of(counts([5, 5, 10, 10, 10, 15, 15, 20, 30, 45]))
    assert (mean.n, mean.mean) == (10, Fraction(33, 2))
    assert mean.low is not None
    assert mean.high is not None
    # 16.5 ± 2.262157 · 12.4833 / √10, computed by hand.
    assert math.isclose(mean.low, 7.5699, abs_tol=2e-3)
    assert math.isclose(mean.high, 25.4301, abs_tol=2e-3)


def test_below_ten_answers_there_is_no_mean() -> None:
    assert (mean_of({15: 9}).n, mean_of({15: 9}).mean, mean_of({15: 9}).high) == (9, None, None)
    assert mean_of({}).n == 0


@given(AMOUNTS)
@settings(deadline=None)
def test_the_mean_is_exact_and_lies_in_its_interval(amounts: list[int]) -> None:
    found = mean_of(counts(amounts))
    assert found.mean == Fraction(sum(amounts), len(amounts))
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= float(found.mean) + 1e-9
    half = student(len(amounts) - 1) * statistics.stdev(amounts) / math.sqrt(len(amounts))
    assert math.isclose(found.high, float(found.mean) + half, rel_tol=1e-9, abs_tol=1e-9)


@given(st.lists(st.integers(0, 480), max_size=40))
@settings(deadline=None)
def test_amounts_are_counted_as_they_were_given(amounts: list[int]) -> None:
    waiting, summed = packaged().load("waiting-time"), cells(packaged().load("waiting-time"), {}, "web")
    for amount in amounts:
        summed.update(cells(waiting, {"minutes": amount, "overall": 4}, "web"))
    assert Counts(waiting, summed).amounts("minutes") == counts(amounts)
