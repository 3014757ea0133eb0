"""A change between two years: of samples, of full counts, of weighed figures, and never of two methods."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from surveys.measurement import Measurement, measured_count, measured_difference, measured_list, measured_share
from surveys.scoring import MINIMUM_N, Tally, item_score
from surveys.strata import Stratum, post_stratify
from surveys.targets import Verdict, compare, plan

SHARES = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
TREND = next(each for each in plan("TP24").targets if each.id == "TP24-SAT-TREND")
modest = settings(deadline=None, max_examples=100)


def share(top2: int, n: int, population: int | None = None) -> Measurement:
    return measured_share(item_score(Tally((n - top2, 0, 0, 0, top2)), population))


def ends(top2: int, n: int) -> tuple[float, float]:
    low = float(stats.beta.ppf(0.025, top2, n - top2 + 1)) if top2 else 0.0
    high = float(stats.beta.ppf(0.975, top2 + 1, n - top2)) if top2 < n else 1.0
    return low, high


@given(SHARES, SHARES)
@modest
def test_a_difference_is_that_of_the_shares_and_mirrors_when_the_years_are_swapped(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    there, back = (measured_difference(share(*a), share(*b)) for a, b in ((one, other), (other, one)))
    if there.value is None or there.low is None or there.high is None or back.high is None:
        assert min(one[1], other[1]) < MINIMUM_N
        assert there.missing in {"below_minimum", "no_baseline"}
        return
    assert there.value == 100 * (Fraction(*one) - Fraction(*other))
    assert there.low == pytest.approx(-back.high, abs=1e-9)
    (low, high), (other_low, other_high) = ends(*one), ends(*other)
    a, b = one[0] / one[1], other[0] / other[1]
    assert float(there.low) == pytest.approx(100 * (a - b - math.hypot(a - low, other_high - b)), abs=1e-9)
    assert float(there.high) == pytest.approx(100 * (a - b + math.hypot(high - a, b - other_low)), abs=1e-9)


def test_two_full_counts_are_told_apart_by_a_single_answer() -> None:
    now, before = share(91, 100, 100), share(90, 100, 100)
    assert measured_difference(now, before).is_full_count
    assert measured_difference(now, before).interval_id == "census/1"
    assert compare(TREND, measured_difference(now, before)).verdict is Verdict.MET
    assert compare(TREND, measured_difference(before, before)).verdict is Verdict.NOT_MET


def test_one_full_count_leaves_the_doubt_of_the_other_year() -> None:
    full, sample = share(90, 100, 100), share(80, 100)
    between = measured_difference(full, sample)
    assert sample.low is not None
    assert sample.high is not None
    assert (between.value, between.interval_id) == (Fraction(10), "square-and-add/1")
    assert between.low == pytest.approx(90 - sample.high, abs=1e-9)
    assert between.high == pytest.approx(90 - sample.low, abs=1e-9)


def test_a_change_of_weighed_figures_is_judged_and_one_of_a_weighed_and_a_raw_figure_is_not() -> None:
    def weighed(satisfied: int) -> Measurement:
        return measured_list(
            post_stratify(
                [
                    Stratum("A", "land", "commune", 4000, 500, satisfied),
                    Stratum("A", "health", "commune", 1000, 500, 450),
                ]
            )
        )

    better = measured_difference(weighed(480), weighed(400))
    assert better.value == Fraction(64, 5)
    assert [better.n, better.population] == [1000, 5000]
    assert compare(TREND, better).verdict is Verdict.MET
    assert compare(TREND, measured_difference(weighed(400), weighed(480))).verdict is Verdict.NOT_MET
    assert compare(TREND, measured_difference(weighed(401), weighed(400))).verdict is Verdict.INCONCLUSIVE
    mixed = compare(TREND, measured_difference(weighed(480), share(400, 1000)))
    assert (mixed.verdict, mixed.reason) == (Verdict.NO_DATA, "different_formulas")


def test_a_count_carries_its_whole() -> None:
    counted = measured_count(9, 10)
    assert counted.value == 90
    assert (counted.n, counted.population, counted.interval_id) == (10, 10, "census/1")
    assert measured_difference(counted, measured_count(0, 0)).missing == "no_baseline"
